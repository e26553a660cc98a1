//! Who acts, what the role may do, and which tickets are in reach.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Fault, FaultKind};

/// 角色 of the six kinds of user, and the software itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 受理员
    Operator,
    /// 办件
    Handler,
    /// 督办
    Supervisor,
    /// 研判员
    Analyst,
    /// 领导
    Leader,
    /// 管理员
    Admin,
    /// The service itself (jobs, rules, model): may raise urgency, never lower it.
    System,
}

impl Role {
    /// The roles that a person or an API key may have.
    pub const PEOPLE: [Role; 6] =
        [Role::Operator, Role::Handler, Role::Supervisor, Role::Analyst, Role::Leader, Role::Admin];

    /// Whether this role sees names, phones and identity numbers unmasked (invariant 10).
    pub fn sees_personal_data(self) -> bool {
        self.rights().has(Right::Personal)
    }

    /// Stable word.
    pub fn code(self) -> &'static str {
        match self {
            Role::Operator => "operator",
            Role::Handler => "handler",
            Role::Supervisor => "supervisor",
            Role::Analyst => "analyst",
            Role::Leader => "leader",
            Role::Admin => "admin",
            Role::System => "system",
        }
    }

    /// The role in Chinese.
    pub fn label(self) -> &'static str {
        match self {
            Role::Operator => "受理员",
            Role::Handler => "办件员",
            Role::Supervisor => "督办员",
            Role::Analyst => "研判员",
            Role::Leader => "领导",
            Role::Admin => "管理员",
            Role::System => "系统",
        }
    }

    /// Everything that the role may do.
    pub fn rights(self) -> Rights {
        use Right::*;
        let list: &[Right] = match self {
            Role::Operator => &[Read, Receive, Decide, Handle, Watch, Personal],
            Role::Handler => &[Read, Handle, Watch, Personal],
            Role::Supervisor => &[
                Read, Receive, Decide, Handle, Watch, Personal, Insight, Correct, Cockpit, Brief, Supervise, Quality,
                Export,
            ],
            Role::Analyst => &[Read, Decide, Watch, Insight, Correct, Cockpit, Brief, Quality, Export],
            Role::Leader => &[Read, Watch, Insight, Cockpit, Brief, Sign, Supervise, Quality],
            Role::Admin => &[Read, Watch, Insight, Cockpit, Brief, Quality, Admin],
            Role::System => &Right::ALL,
        };
        list.iter().copied().collect()
    }
}

impl FromStr for Role {
    type Err = Fault;

    /// Reads a role of people by its word or its Chinese name.
    fn from_str(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        Role::PEOPLE.into_iter().find(|role| role.code() == text || role.label() == text).ok_or_else(|| {
            let known: Vec<&str> = Role::PEOPLE.into_iter().map(Role::code).collect();
            Fault::invalid(format!("没有角色“{}”,可用:{}", text.chars().take(20).collect::<String>(), known.join(" ")))
                .at("role")
        })
    }
}

/// One thing that may be done. An API key has some of its role's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Right {
    /// 查看、检索工单
    Read,
    /// 登记工单、研判文本
    Receive,
    /// 定性
    Decide,
    /// 关注
    Watch,
    /// 查看未脱敏的个人信息
    Personal,
    /// 热点、专题
    Insight,
    /// 校正热点
    Correct,
    /// 驾驶舱
    Cockpit,
    /// 简报
    Brief,
    /// 签发
    Sign,
    /// 督办
    Supervise,
    /// 质量
    Quality,
    /// 导出
    Export,
    /// 管理
    Admin,
    /// 办理: 签收、联系、答复、退单
    Handle,
}

impl Right {
    /// All rights.
    pub const ALL: [Right; 15] = [
        Right::Read,
        Right::Receive,
        Right::Decide,
        Right::Watch,
        Right::Personal,
        Right::Insight,
        Right::Correct,
        Right::Cockpit,
        Right::Brief,
        Right::Sign,
        Right::Supervise,
        Right::Quality,
        Right::Export,
        Right::Admin,
        Right::Handle,
    ];

    /// Stable word.
    pub fn code(self) -> &'static str {
        match self {
            Right::Read => "read",
            Right::Receive => "receive",
            Right::Decide => "decide",
            Right::Watch => "watch",
            Right::Personal => "personal",
            Right::Insight => "insight",
            Right::Correct => "correct",
            Right::Cockpit => "cockpit",
            Right::Brief => "brief",
            Right::Sign => "sign",
            Right::Supervise => "supervise",
            Right::Quality => "quality",
            Right::Export => "export",
            Right::Admin => "admin",
            Right::Handle => "handle",
        }
    }

    /// The right in Chinese.
    pub fn label(self) -> &'static str {
        match self {
            Right::Read => "查看和检索工单",
            Right::Receive => "登记工单",
            Right::Decide => "定性",
            Right::Watch => "关注",
            Right::Personal => "查看未脱敏的个人信息",
            Right::Insight => "热点与专题",
            Right::Correct => "校正热点事件",
            Right::Cockpit => "驾驶舱",
            Right::Brief => "简报",
            Right::Sign => "签发",
            Right::Supervise => "督办",
            Right::Quality => "质量",
            Right::Export => "导出",
            Right::Admin => "管理",
            Right::Handle => "办理",
        }
    }

    /// Whether it shows sums over all departments and districts, so that nobody whose reach is limited
    /// may use it.
    pub fn is_city_wide(self) -> bool {
        matches!(
            self,
            Right::Insight
                | Right::Correct
                | Right::Cockpit
                | Right::Brief
                | Right::Sign
                | Right::Quality
                | Right::Admin
        )
    }
}

impl FromStr for Right {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        Right::ALL.into_iter().find(|right| right.code() == text.trim()).ok_or_else(|| {
            let known: Vec<&str> = Right::ALL.into_iter().map(Right::code).collect();
            Fault::invalid(format!("没有权限“{}”,可用:{}", text.chars().take(20).collect::<String>(), known.join(" ")))
                .at("rights")
        })
    }
}

/// A set of rights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rights(u32);

impl Rights {
    /// Whether the right is among them.
    pub fn has(self, right: Right) -> bool {
        self.0 & (1 << right as u32) != 0
    }

    /// Those that are in both.
    pub fn and(self, other: Rights) -> Rights {
        Rights(self.0 & other.0)
    }

    /// All of them, in the order of [`Right::ALL`].
    pub fn list(self) -> Vec<Right> {
        Right::ALL.into_iter().filter(|right| self.has(*right)).collect()
    }

    /// Their words, joined by blanks.
    pub fn words(self) -> String {
        self.list().into_iter().map(Right::code).collect::<Vec<_>>().join(" ")
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        Rights(rights.into_iter().fold(0, |set, right| set | (1 << right as u32)))
    }
}

/// 管辖范围: whose tickets a person sees. An empty list limits nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reach {
    /// 主办单位 or 协办单位
    pub departments: Vec<String>,
    /// 区县
    pub districts: Vec<String>,
}

impl Reach {
    /// Whether every ticket is in reach.
    pub fn is_all(&self) -> bool {
        self.departments.is_empty() && self.districts.is_empty()
    }

    /// Whether the person acts for the department that answers for a ticket, not only for one that assists.
    pub fn leads(&self, department: Option<&str>) -> bool {
        self.departments.is_empty() || department.is_some_and(|name| self.departments.iter().any(|own| own == name))
    }

    /// Whether a ticket of this department, these assisting units and this district is in reach; one of which a
    /// limited side is not known is not.
    pub fn covers(&self, department: Option<&str>, assisting: &[String], district: Option<&str>) -> bool {
        let within = |list: &[String], value: Option<&str>| {
            list.is_empty() || value.is_some_and(|value| list.iter().any(|own| own == value))
        };
        let unit = self.leads(department) || assisting.iter().any(|unit| self.departments.contains(unit));
        unit && within(&self.districts, district)
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_all() {
            return f.write_str("全市");
        }
        let names: Vec<&str> = self.departments.iter().chain(&self.districts).map(String::as_str).collect();
        f.write_str(&names.join("、"))
    }
}

/// Who does something, recorded with every decision and audit line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Actor {
    /// Account name, or `system`.
    pub name: String,
    /// In which role.
    pub role: Role,
    /// Whose tickets.
    #[serde(skip)]
    pub reach: Reach,
    /// What of the role's rights was left out of an API key; none for a person.
    #[serde(skip)]
    pub only: Option<Rights>,
}

/// The same person in the same role: what a record keeps of an actor.
impl PartialEq for Actor {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.role) == (&other.name, other.role)
    }
}

impl Eq for Actor {}

impl Actor {
    /// The service itself.
    pub fn system() -> Self {
        Self::person("system", Role::System)
    }

    /// A person whose reach is not limited.
    pub fn person(name: impl Into<String>, role: Role) -> Self {
        Self { name: name.into(), role, reach: Reach::default(), only: None }
    }

    /// The same with limits.
    pub fn within(self, reach: Reach) -> Self {
        Self { reach, ..self }
    }

    /// The same with some of the role's rights.
    pub fn with_only(self, rights: Rights) -> Self {
        Self { only: Some(rights), ..self }
    }

    /// What the actor may do.
    pub fn rights(&self) -> Rights {
        let of_role = self.role.rights();
        let rights = self.only.map_or(of_role, |only| of_role.and(only));
        let allowed = |right: &Right| self.reach.is_all() || !right.is_city_wide();
        rights.list().into_iter().filter(allowed).collect()
    }

    /// Whether the actor may do it.
    pub fn may(&self, right: Right) -> bool {
        self.rights().has(right)
    }

    /// Refuses what the actor may not do.
    ///
    /// # Errors
    /// [`FaultKind::Forbidden`], in the words of the house.
    pub fn needs(&self, right: Right) -> Result<(), Fault> {
        if self.may(right) {
            return Ok(());
        }
        let message = match self.reach.is_all() || !self.role.rights().has(right) {
            true => format!("{}没有“{}”权限,请联系管理员", self.role.label(), right.label()),
            false => format!("“{}”涉及全市数据,管辖范围受限的账号不能使用", right.label()),
        };
        Err(Fault::new(FaultKind::Forbidden, message))
    }

    /// Whether names, phones and identity numbers are shown unmasked.
    pub fn sees_personal_data(&self) -> bool {
        self.may(Right::Personal)
    }
}
