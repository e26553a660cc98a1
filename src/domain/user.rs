//! Accounts, sessions and API keys as they are kept; none of them holds a secret that opens anything.

use jiff::Timestamp;

use super::{Actor, Fault, Reach, Rights, Role};

/// Longest account name, in characters.
const LONGEST: usize = 32;

/// A person's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// 账号
    pub name: String,
    /// 姓名
    pub person: String,
    /// In which role the person acts.
    pub role: Role,
    /// Whose tickets the person sees.
    pub reach: Reach,
    /// Whether the password was given by somebody else and has to be changed first.
    pub must_change: bool,
    /// 停用
    pub disabled: bool,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Since when the password is the present one.
    pub password_at: Timestamp,
}

impl User {
    /// The person acting.
    pub fn actor(&self) -> Actor {
        Actor::person(self.name.clone(), self.role).within(self.reach.clone())
    }
}

/// Checks the name of a new account.
///
/// # Errors
/// Empty, too long, or with a character that is neither letter, digit nor one of `.-_`.
pub fn account_name(name: &str) -> Result<String, Fault> {
    let name = name.trim();
    let length = name.chars().count();
    let sound = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    if length == 0 || length > LONGEST || !sound || name == "system" {
        let message = format!("账号由 1 至 {LONGEST} 个文字、字母、数字或 . - _ 组成,且不能是 system");
        return Err(Fault::invalid(message).at("name"));
    }
    Ok(name.to_owned())
}

/// 会话: a browser in which a person is logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Number to name it by; opens nothing.
    pub id: i64,
    /// Account name.
    pub user: String,
    /// Proves that a form was sent from a page of this session.
    pub csrf: String,
    /// When the person logged in.
    pub created_at: Timestamp,
    /// When it was last used.
    pub seen_at: Timestamp,
    /// After which it is over, used or not.
    pub expires_at: Timestamp,
    /// Where the person logged in from.
    pub address: String,
    /// Which browser.
    pub agent: String,
}

/// 接口密钥: lets a program act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// First part of the key, by which it is known.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// The role whose rights it has at most.
    pub role: Role,
    /// Whose tickets it sees.
    pub reach: Reach,
    /// Its rights.
    pub rights: Rights,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// After which it opens nothing.
    pub expires_at: Timestamp,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub used_at: Option<Timestamp>,
}

impl ApiKey {
    /// The program acting, or one of its users: `name/user`, which no account is called.
    pub fn actor(&self, user: Option<&str>) -> Actor {
        let name = user.map_or_else(|| self.name.clone(), |user| format!("{}/{user}", self.name));
        Actor::person(name, self.role).within(self.reach.clone()).with_only(self.rights)
    }
}
