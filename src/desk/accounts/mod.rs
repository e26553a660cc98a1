//! Accounts: people, sessions, programs' keys, and the audit over all of them.

mod keys;
mod ledger;
mod login;
mod password;
mod people;
mod reading;

pub use keys::{NewKey, key_parts};
pub use ledger::Verifying;
pub use login::{Entrance, Opened, Seated};
pub use password::policy;
pub use people::{NewUser, Persons};
pub(super) use reading::Readings;
