//! Which column is what? Names that hotlines, petition offices and leaders' message boards give to
//! their columns, and the user's own map on top. A column that nothing claims goes to `extra`.

use std::{collections::BTreeMap, str::FromStr};

use crate::domain::Fault;

/// Columns of our own reject files; they are not imported.
pub(super) const REJECT_ROW: &str = "导入行号";
/// See [`REJECT_ROW`].
pub(super) const REJECT_REASON: &str = "拒绝原因";

macro_rules! targets {
    ($($(#[$doc:meta])* $variant:ident $name:literal [$($alias:literal),* $(,)?]),+ $(,)?) => {
        /// What a column can hold.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Target {
            $($(#[$doc])* $variant),+
        }

        impl Target {
            /// All targets.
            pub const ALL: &'static [Target] = &[$(Target::$variant),+];

            /// Its name in a column map.
            pub fn name(self) -> &'static str {
                match self { $(Target::$variant => $name),+ }
            }

            /// Names of columns that hold it, earlier ones first where a file has several.
            pub fn aliases(self) -> &'static [&'static str] {
                match self { $(Target::$variant => &[$($alias),*]),+ }
            }
        }
    };
}

targets! {
    /// 工单编号
    Id "id" ["id", "工单编号", "编号", "工单号", "工单id", "案件编号", "受理编号", "诉求编号", "留言编号", "ticket", "ticketid", "caseid", "case_id"],
    /// 上级编号
    ParentNo "parent_no" ["parent_no", "上级编号", "省平台编号", "上级工单编号", "来源编号"],
    /// 受理渠道
    Channel "channel" ["channel", "受理渠道", "来源渠道", "诉求渠道", "渠道", "工单来源", "诉求来源", "来源", "受理方式", "来电渠道", "source"],
    /// 来电时间
    Time "time" ["time", "at", "来电时间", "留言时间", "诉求时间", "受理时间", "反映时间", "提交时间", "来信时间", "登记时间", "创建时间", "received_at", "created_at", "date", "datetime"],
    /// 来电主体
    CallerKind "caller_kind" ["caller_kind", "来电主体", "诉求人类型", "服务对象类型"],
    /// 姓名
    Name "name" ["name", "姓名", "来电人姓名", "来电人", "诉求人", "诉求人姓名", "联系人", "反映人", "市民姓名", "caller_name"],
    /// 来电号码
    Number "caller" ["caller", "来电号码", "主叫号码", "来电电话", "留言用户", "用户", "caller_number", "用户id"],
    /// 联系电话
    Contact "phone" ["phone", "联系电话", "联系方式", "手机号", "手机号码", "电话", "电话号码", "手机", "contact", "tel", "mobile"],
    /// 是否保密
    Confidential "confidential" ["confidential", "是否保密", "保密"],
    /// 是否匿名
    Anonymous "anonymous" ["anonymous", "是否匿名", "匿名"],
    /// 标题
    Title "title" ["title", "标题", "诉求标题", "工单标题", "留言主题", "留言标题", "主题", "事由", "subject_line"],
    /// 诉求内容
    Text "text" ["text", "诉求内容", "内容", "留言详情", "留言内容", "工单内容", "诉求描述", "问题描述", "反映内容", "来电内容", "诉求", "正文", "详情", "content", "body", "description"],
    /// 诉求类型
    Type "type" ["type", "诉求类型", "工单类型", "诉求性质", "信访目的", "业务类型", "appeal_type"],
    /// 二级分类
    Category "category" ["category", "诉求分类", "问题分类", "二级分类", "分类", "内容分类", "类别", "问题类别", "category_code", "分类代码", "分类编码"],
    /// 承办单位
    Department "department" ["department", "承办单位", "主办单位", "承办部门", "责任单位", "处理单位", "办理单位", "主办部门", "部门", "unit"],
    /// 协办单位
    Assisting "assisting" ["assisting", "协办单位", "协办部门", "配合单位"],
    /// 紧急程度
    Urgency "urgency" ["urgency", "紧急程度", "缓急程度", "紧急度", "工单等级", "priority"],
    /// 四类标记
    Flags "flags" ["flags", "标记", "四类标记"],
    /// 区县
    District "district" ["district", "区县", "区县市", "所属区县", "所属区域", "区域", "行政区", "所在区", "县区", "县市区"],
    /// 街镇
    Town "town" ["town", "街镇", "街道", "镇街", "乡镇", "乡镇街道", "街道乡镇", "所属街道"],
    /// 地址
    Place "place" ["place", "地址", "诉求地址", "事发地址", "事发地点", "地点", "详细地址", "发生地址", "address", "location"],
    /// 涉事对象
    Subject "subject" ["subject", "涉事对象", "涉事主体", "被诉主体", "被投诉单位", "被反映单位", "企业名称", "被投诉对象"],
    /// 办理状态
    Status "status" ["status", "办理状态", "工单状态", "状态", "处理状态"],
    /// 派单时间
    DispatchedAt "dispatched_at" ["dispatched_at", "派单时间", "派发时间", "转办时间", "交办时间"],
    /// 签收时间
    SignedAt "signed_at" ["signed_at", "签收时间"],
    /// 退单次数
    Returned "returned" ["returned", "退单次数", "退回次数"],
    /// 办结时限
    DueAt "due_at" ["due_at", "办结时限", "截止时间", "办理期限", "办理时限", "到期时间", "处理时限"],
    /// 承诺办结日
    Promised "promised" ["promised", "承诺办结日", "承诺时限", "承诺办结时限", "承诺办结时间", "承诺解决时限", "承诺日期", "promised_on"],
    /// 办结时间
    ClosedAt "closed_at" ["closed_at", "reply_time", "办结时间", "答复时间", "回复时间", "办理完成时间", "结案时间", "replied_at"],
    /// 回复内容
    Reply "reply" ["reply", "答复意见", "回复内容", "答复内容", "办理结果", "处理结果", "回复", "答复", "办理意见", "办理情况", "处理意见", "result"],
    /// 是否联系
    Contacted "contacted" ["contacted", "是否联系"],
    /// 是否有效回访
    Revisited "revisited" ["revisited", "是否有效回访", "有效回访"],
    /// 是否解决
    Outcome "outcome" ["outcome", "是否解决", "解决情况"],
    /// 满意度
    Satisfaction "satisfaction" ["satisfaction", "满意度", "满意情况", "是否满意", "满意度评价", "评价"],
    /// 是否不合理诉求
    Unreasonable "unreasonable" ["unreasonable", "是否不合理诉求", "不合理诉求"],
    /// 重复于
    RepeatOf "repeat_of" ["repeat_of", "重复于", "重复工单", "关联工单", "原工单编号"],
    /// 事件
    Event "event" ["event", "事件", "事件编号", "event_id"],
    /// Kept under its own name.
    Extra "extra" [],
}

impl FromStr for Target {
    type Err = Fault;

    fn from_str(name: &str) -> Result<Self, Fault> {
        Target::ALL.iter().copied().find(|target| target.name() == name.trim()).ok_or_else(|| {
            let known: Vec<&str> = Target::ALL.iter().map(|target| target.name()).collect();
            Fault::invalid(format!("unknown field `{}` in a column map: one of {}", name.trim(), known.join(" ")))
        })
    }
}

/// Names of columns and what they hold: the user's own, then the known ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnMap {
    own: BTreeMap<String, Target>,
}

impl ColumnMap {
    /// Reads `标题=title,诉求=text`: column on the left, field on the right; `extra` keeps a column out of
    /// the fields.
    ///
    /// # Errors
    /// A part without `=`, an unknown field, or a field named twice.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let mut own: BTreeMap<String, Target> = BTreeMap::new();
        for part in text.split([',', '\u{ff0c}']).map(str::trim).filter(|part| !part.is_empty()) {
            let Some((column, field)) = part.rsplit_once('=') else {
                return Err(Fault::invalid(format!("`{part}` in a column map: write 列名=field")));
            };
            let target: Target = field.parse()?;
            if target != Target::Extra
                && let Some((other, _)) = own.iter().find(|(_, known)| **known == target)
            {
                let name = target.name();
                return Err(Fault::invalid(format!("columns `{other}` and `{}` both map to {name}", column.trim())));
            }
            own.insert(plain(column), target);
        }
        Ok(Self { own })
    }

    /// What a column of this name holds. A field that the user gave a column is not taken by another.
    pub fn target(&self, column: &str) -> Option<Target> {
        let column = plain(column);
        if let Some(target) = self.own.get(&column) {
            return Some(*target).filter(|target| *target != Target::Extra);
        }
        let known = Target::ALL.iter().copied().find(|target| target.aliases().contains(&column.as_str()))?;
        (!self.own.values().any(|own| *own == known)).then_some(known)
    }

    /// How well a name fits its field: of several columns for one field, the smallest is taken.
    pub(super) fn rank(&self, column: &str, target: Target) -> usize {
        let column = plain(column);
        if self.own.contains_key(&column) {
            return 0;
        }
        1 + target.aliases().iter().position(|alias| *alias == column).unwrap_or(usize::MAX - 1)
    }
}

/// A column name without what forms add to it: spaces, marks of a must, units in brackets, case, wide
/// letters. `* 来电时间 (必填):` is `来电时间`.
fn plain(column: &str) -> String {
    let mut depth = 0_usize;
    let mut out = String::new();
    for c in column.chars() {
        let c = match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            '【' | '〔' => '(',
            '】' | '〕' => ')',
            c => c,
        };
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '*' | ':' | '/' | '、' | '\u{feff}' | '"' => {}
            c if depth > 0 || c.is_whitespace() => {}
            c => out.extend(c.to_lowercase()),
        }
    }
    out
}
