//! The ticket (工单): fields of GB/T 33358 as the hotlines keep them.

use std::{collections::BTreeMap, fmt, str::FromStr};

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{Appeal, AppealType, Fault, Flags, Repeat, Round, Suggestion, Urgency, Whistle};

/// 工单编号: 1–64 characters, no white space or control characters. An import keeps the number of
/// the source system; the service numbers its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TicketId(String);

impl TicketId {
    /// A checked id.
    ///
    /// # Errors
    /// [`super::FaultKind::Invalid`] if it is empty, too long or holds white space.
    pub fn new(id: impl Into<String>) -> Result<Self, Fault> {
        let id = id.into();
        let length = id.chars().count();
        if length == 0 || length > 64 {
            return Err(Fault::invalid(format!("工单编号有 {length} 个字符,只能是 1 到 64 个")).at("id"));
        }
        if id.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(Fault::invalid("工单编号中不能有空白或控制字符").at("id"));
        }
        Ok(Self(id))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes an enumeration whose variants have one field word each and other spellings that imports
/// use.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$vdoc:meta])* $variant:ident = $label:literal $(| $other:literal)*),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[doc = $label] #[serde(rename = $label)] $variant),+
        }

        impl $name {
            /// All values, in the order of the standard.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The field's word for it.
            pub fn label(self) -> &'static str {
                match self { $($name::$variant => $label),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.label())
            }
        }

        impl FromStr for $name {
            type Err = Fault;

            fn from_str(s: &str) -> Result<Self, Fault> {
                match s.trim() {
                    $($label $(| $other)* => Ok($name::$variant),)+
                    other => {
                        let shown: String = other.chars().take(20).collect();
                        Err(Fault::invalid(format!(
                            concat!("unknown ", $what, " `{}`: one of {}"),
                            shown,
                            [$($label),+].join(" "),
                        )))
                    }
                }
            }
        }
    };
}

words! {
    /// 受理渠道
    Channel, "channel" {
        Phone = "电话" | "来电" | "12345",
        Website = "网站" | "网页",
        Wechat = "微信" | "微信公众号" | "小程序",
        Weibo = "微博",
        App = "APP" | "app" | "App",
        Sms = "短信",
        Police = "110转办" | "110转" | "110",
        Province = "省平台" | "省级转办",
        Nation = "国办平台" | "国办" | "中国政府网",
        Mailbox = "领导信箱" | "市长信箱",
        Grid = "网格上报" | "网格",
        DigitalCity = "数字城管",
        Other = "其他" | "其它",
    }
}

words! {
    /// 来电主体
    CallerKind, "caller kind" {
        Person = "个人",
        Enterprise = "企业",
        Talent = "人才",
        Organisation = "组织",
    }
}

words! {
    /// 办理状态
    Status, "status" {
        Pending = "待受理",
        ToDispatch = "待派遣",
        ToSign = "待签收",
        Handling = "办理中",
        Replied = "已办结待回访" | "已办结",
        Revisited = "已回访",
        SecondRound = "二次办理",
        Archived = "已归档" | "已结案",
    }
}

impl Status {
    /// Whether the workflow (受理、派发、签收、办理、回访、二次办理、归档) allows the step.
    pub fn may_become(self, next: Status) -> bool {
        use Status::*;
        matches!(
            (self, next),
            (Pending, ToDispatch | Replied | Archived)
                | (ToDispatch, ToSign | Archived)
                | (ToSign, Handling | ToDispatch)
                | (Handling, Replied | ToDispatch)
                | (Replied, Revisited | SecondRound | Archived)
                | (Revisited, SecondRound | Archived)
                | (SecondRound, Replied | ToDispatch)
        )
    }
}

words! {
    /// 是否解决, asked at the revisit
    Outcome, "outcome" {
        Solved = "解决" | "已解决",
        Partly = "部分解决",
        Unsolved = "未解决",
        NotStated = "未表态",
    }
}

words! {
    /// 满意度, asked at the revisit
    Satisfaction, "satisfaction" {
        Satisfied = "满意" | "非常满意",
        Mostly = "基本满意",
        Dissatisfied = "不满意" | "非常不满意",
        NotRated = "未评价",
    }
}

words! {
    /// Whether suggestions are there yet (invariant 3).
    TriageState, "triage state" {
        Waiting = "待研判",
        Done = "已研判",
    }
}

/// 服务对象基本信息. Personal data: masked for every role that does not need it (invariant 10).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Caller {
    /// 来电主体
    pub kind: Option<CallerKind>,
    /// 姓名
    pub name: Option<String>,
    /// 来电号码, or the source's caller key.
    pub number: Option<String>,
    /// 联系电话
    pub contact: Option<String>,
    /// 是否保密
    pub confidential: bool,
    /// 是否匿名
    pub anonymous: bool,
}

/// Decided labels; what nobody decided is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Labels {
    /// 诉求类型
    pub appeal_type: Option<AppealType>,
    /// Level-2 code of the pack's taxonomy.
    pub category: Option<String>,
    /// 主办单位
    pub department: Option<String>,
    /// 紧急程度
    pub urgency: Option<Urgency>,
    /// 四类标记
    pub flags: Option<Flags>,
}

impl Labels {
    /// These labels, with gaps filled from `other`.
    pub fn or(self, other: Labels) -> Labels {
        Labels {
            appeal_type: self.appeal_type.or(other.appeal_type),
            category: self.category.or(other.category),
            department: self.department.or(other.department),
            urgency: self.urgency.or(other.urgency),
            flags: self.flags.or(other.flags),
        }
    }
}

/// 办理、督办、回访: what happened to the ticket after intake.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Handling {
    /// 协办单位
    pub assisting: Vec<String>,
    /// 派单时间
    pub dispatched_at: Option<Timestamp>,
    /// 签收时间
    pub signed_at: Option<Timestamp>,
    /// 退单次数
    pub returned: u32,
    /// 办结时限
    pub due_at: Option<Timestamp>,
    /// 办结时间
    pub closed_at: Option<Timestamp>,
    /// 回复内容
    pub reply: Option<String>,
    /// 是否联系
    pub contacted: Option<bool>,
    /// 是否有效回访
    pub revisited: Option<bool>,
    /// 是否解决
    pub outcome: Option<Outcome>,
    /// 满意度
    pub satisfaction: Option<Satisfaction>,
    /// 是否不合理诉求
    pub unreasonable: bool,
    /// 首次联系时间
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contacted_at: Option<Timestamp>,
    /// 回访时间
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revisited_at: Option<Timestamp>,
    /// 经办人
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handler: Option<String>,
    /// 标注: words by which people find tickets of theirs again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<String>,
    /// 承诺办结日: by the end of which a matter that was taken up again is promised to be settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promised: Option<Date>,
    /// 二次办理, each time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<Round>,
    /// 吹哨, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub whistles: Vec<Whistle>,
    /// 重复, as a person set it right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
}

/// A ticket as it comes in, checked for shape but not yet stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewTicket {
    /// The source's number; none lets the service choose.
    pub id: Option<TicketId>,
    /// 上级编号 (province, city)
    pub parent_no: Option<String>,
    /// 受理渠道
    pub channel: Channel,
    /// 来电时间; none means now.
    pub received_at: Option<Timestamp>,
    /// Who called.
    pub caller: Caller,
    /// 标题 and 诉求内容
    pub appeal: Appeal,
    /// 区县
    pub district: Option<String>,
    /// 街镇
    pub town: Option<String>,
    /// 地址 as given
    pub place: Option<String>,
    /// 涉事对象
    pub subject: Option<String>,
    /// Labels that the source decided already.
    pub labels: Labels,
    /// 办理状态; none means 待受理.
    pub status: Option<Status>,
    /// What the source knows of the handling.
    pub handling: Handling,
    /// 重复于: an earlier ticket of the same caller and matter, as intake said.
    pub repeat_of: Option<TicketId>,
    /// 事件: the source's event key.
    pub event: Option<String>,
    /// Columns of an import that no field takes, kept so that nothing is lost.
    pub extra: BTreeMap<String, String>,
}

impl NewTicket {
    /// A ticket with nothing but the appeal.
    pub fn of(channel: Channel, appeal: Appeal) -> Self {
        Self {
            id: None,
            parent_no: None,
            channel,
            received_at: None,
            caller: Caller::default(),
            appeal,
            district: None,
            town: None,
            place: None,
            subject: None,
            labels: Labels::default(),
            status: None,
            handling: Handling::default(),
            repeat_of: None,
            event: None,
            extra: BTreeMap::new(),
        }
    }
}

/// A stored ticket: the truth at the moment of reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ticket {
    /// 工单编号
    pub id: TicketId,
    /// 登记时间: when the store took it.
    pub registered_at: Timestamp,
    /// 来电时间
    pub received_at: Timestamp,
    /// 受理员
    pub registered_by: String,
    /// 办理状态
    pub status: Status,
    /// Whether triage is done.
    pub triage: TriageState,
    /// Decided labels (by the source or by a person).
    pub labels: Labels,
    /// Whether `labels.urgency` was set by a person: only then may it lie under the suggestion.
    pub urgency_by_person: bool,
    /// The latest suggestion.
    pub suggestion: Option<Suggestion>,
    /// Last change of this ticket in the change sequence.
    pub seq: i64,
    /// What came in. `labels`, `status`, `received_at` and `id` of it are moved to the fields above
    /// and left empty here.
    pub content: NewTicket,
}

impl Ticket {
    /// The labels to show and to index: decided ones, gaps filled by the suggestion's first
    /// choices. Urgency is the higher of the two unless a person decided it (invariant 4).
    pub fn effective(&self) -> Labels {
        let Some(s) = &self.suggestion else { return self.labels.clone() };
        let first = |c: &[super::Candidate]| c.first().map(|c| c.label.clone());
        let mut own = self.labels.clone();
        if !self.urgency_by_person {
            own.urgency = own.urgency.max(Some(s.urgency.level));
        }
        own.or(Labels {
            appeal_type: first(&s.appeal_type).and_then(|l| l.parse().ok()),
            category: first(&s.category),
            department: first(&s.department),
            urgency: Some(s.urgency.level),
            flags: Some(s.urgency.flags.clone()),
        })
    }
}
