//! Who acts. Accounts with passwords come later; every act already names its actor.

use serde::{Deserialize, Serialize};

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
    /// Whether this role sees names, phones and identity numbers unmasked (invariant 10).
    pub fn sees_personal_data(self) -> bool {
        matches!(self, Role::Operator | Role::Handler | Role::Supervisor)
    }
}

/// Who does something, recorded with every decision and audit line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Account name, or `system`.
    pub name: String,
    /// In which role.
    pub role: Role,
}

impl Actor {
    /// The service itself.
    pub fn system() -> Self {
        Self { name: "system".into(), role: Role::System }
    }

    /// A person.
    pub fn person(name: impl Into<String>, role: Role) -> Self {
        Self { name: name.into(), role }
    }
}
