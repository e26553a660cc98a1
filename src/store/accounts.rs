//! The contract for people, their sessions, programs' keys and failed logins.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::domain::{Actor, ApiKey, Reach, Role, Session, User};

use super::StoreResult;

/// What of an account is changed; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserChange {
    /// 姓名
    pub person: Option<String>,
    /// Role and reach.
    pub role: Option<(Role, Reach)>,
    /// Hash of the new password, and whether it has to be changed at the next login.
    pub password: Option<(String, bool)>,
    /// 停用 or 启用
    pub disabled: Option<bool>,
    /// The session that goes on; every other one of the account ends.
    pub keep_session: Option<i64>,
}

/// Which sessions end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndSessions {
    /// One.
    One(i64),
    /// All of an account.
    Of(String),
    /// Those that are over at this instant: their time is up, or they were last used before the other.
    Over(Timestamp, Timestamp),
}

/// Accounts. Every method that changes something is one transaction with its audit line.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// All accounts, by name.
    async fn users(&self) -> StoreResult<Vec<User>>;

    /// An account and the hash of its password.
    async fn user(&self, name: &str) -> StoreResult<Option<(User, String)>>;

    /// Adds an account. With `only_first`, only while there is none: two people who are first at the
    /// same time do not both become administrator.
    ///
    /// # Errors
    /// [`super::StoreError::Conflict`] if the name is taken, or there is an account already.
    async fn add_user(&self, user: &User, password: &str, only_first: bool, by: &Actor) -> StoreResult<()>;

    /// Changes an account and ends its sessions.
    ///
    /// # Errors
    /// [`super::StoreError::Refused`] if there is none of that name, or no administrator would be left.
    async fn change_user(&self, name: &str, change: &UserChange, by: &Actor, at: Timestamp) -> StoreResult<()>;

    /// Opens a session; `hash` is that of its token. Returns its number.
    async fn open_session(&self, session: &Session, hash: &str, by: &Actor) -> StoreResult<i64>;

    /// The session of a token's hash, with its account.
    async fn session(&self, hash: &str) -> StoreResult<Option<(Session, User)>>;

    /// Notes that a session is used.
    async fn touch_session(&self, id: i64, at: Timestamp) -> StoreResult<()>;

    /// Sessions of an account, or of all, newest first.
    async fn sessions(&self, user: Option<&str>) -> StoreResult<Vec<Session>>;

    /// Ends sessions; how many.
    async fn end_sessions(&self, which: &EndSessions, by: &Actor, at: Timestamp) -> StoreResult<u64>;

    /// Adds a key; `hash` is that of its secret part.
    ///
    /// # Errors
    /// [`super::StoreError::Conflict`] if one of that name is there.
    async fn add_key(&self, key: &ApiKey, hash: &str, by: &Actor) -> StoreResult<()>;

    /// All keys, newest first.
    async fn keys(&self) -> StoreResult<Vec<ApiKey>>;

    /// A key and the hash of its secret part.
    async fn key(&self, id: &str) -> StoreResult<Option<(ApiKey, String)>>;

    /// Takes a key back; whether there was one that was not.
    async fn revoke_key(&self, id: &str, by: &Actor, at: Timestamp) -> StoreResult<bool>;

    /// Notes that a key is used.
    async fn touch_key(&self, id: &str, at: Timestamp) -> StoreResult<()>;

    /// Failed logins of a subject since an instant, and the last of them.
    async fn failures(&self, subject: &str, since: Timestamp) -> StoreResult<(u64, Option<Timestamp>)>;

    /// Notes a failed login, and forgets those of before `old`.
    async fn fail_login(&self, subjects: &[String], at: Timestamp, old: Timestamp, by: &Actor) -> StoreResult<()>;

    /// Forgets the failed logins of a subject.
    async fn forgive(&self, subject: &str) -> StoreResult<()>;
}
