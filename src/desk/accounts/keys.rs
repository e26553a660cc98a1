//! Keys by which programs act.

use jiff::SignedDuration;
use tracing::warn;

use crate::domain::{Actor, ApiKey, Fault, Reach, Right, Rights, Role};

use super::{super::Desk, login, people::known};

/// Days that a key may live at most, and without other wish.
const DAYS: (i64, i64) = (1_095, 365);
/// Every key begins so: a key that was published by mistake can be searched for.
const PREFIX: &str = "tsk";
/// That a key is used is written at most this often.
const TOUCH: SignedDuration = SignedDuration::from_secs(60);

/// A key to be made.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// What it is for; the name under which the program acts.
    pub name: String,
    /// The role whose rights it has at most.
    pub role: Role,
    /// Whose tickets it sees.
    pub reach: Reach,
    /// Its rights; empty takes the role's.
    pub rights: Vec<Right>,
    /// Days until it opens nothing any more.
    pub days: Option<i64>,
}

/// Id and secret of a key as it is sent; none if it is no key.
pub fn key_parts(key: &str) -> Option<(&str, &str)> {
    let mut parts = key.splitn(3, '_');
    let (prefix, id, secret) = (parts.next()?, parts.next()?, parts.next()?);
    let sound = |part: &str, length| part.len() == length && part.bytes().all(|b| b.is_ascii_hexdigit());
    (prefix == PREFIX && sound(id, 8) && sound(secret, 64)).then_some((id, secret))
}

impl Desk {
    /// All keys, newest first.
    ///
    /// # Errors
    /// Not allowed, or the store failed.
    pub async fn keys(&self) -> Result<Vec<ApiKey>, Fault> {
        self.actor().needs(Right::Admin)?;
        Ok(self.room.store.accounts().keys().await?)
    }

    /// Makes a key. The text is shown once and kept nowhere.
    ///
    /// # Errors
    /// Not allowed; name, reach, rights or time is no good; or the name is taken.
    pub async fn add_key(&self, new: NewKey) -> Result<(ApiKey, String), Fault> {
        let actor = self.actor();
        actor.needs(Right::Admin)?;
        let name = crate::domain::account_name(&new.name)?;
        if self.room.store.accounts().user(&name).await?.is_some() {
            return Err(Fault::invalid(format!("{name} 是一个账号,密钥请用别的名称")).at("name"));
        }
        let of_role = new.role.rights();
        if let Some(right) = new.rights.iter().find(|right| !of_role.has(**right)) {
            let message = format!("{}没有“{}”权限,密钥也不能有", new.role.label(), right.label());
            return Err(Fault::invalid(message).at("rights"));
        }
        let days = new.days.unwrap_or(DAYS.1);
        if !(1..=DAYS.0).contains(&days) {
            return Err(Fault::invalid(format!("有效期为 1 至 {} 天", DAYS.0)).at("days"));
        }
        let rights: Rights = if new.rights.is_empty() { of_role } else { new.rights.into_iter().collect() };
        let (now, secret) = (self.now(), login::secret());
        let key = ApiKey {
            id: login::secret().chars().take(8).collect(),
            name,
            role: new.role,
            reach: known(new.reach, &self.city())?,
            rights,
            created_at: now,
            created_by: actor.name.clone(),
            expires_at: now.saturating_add(SignedDuration::from_hours(24 * days)).unwrap_or(now),
            revoked_at: None,
            used_at: None,
        };
        self.room.store.accounts().add_key(&key, &login::kept(&secret), &actor).await?;
        let text = format!("{PREFIX}_{}_{secret}", key.id);
        Ok((key, text))
    }

    /// Takes a key back, by its id or name.
    ///
    /// # Errors
    /// Not allowed, or there is none that opens anything.
    pub async fn revoke_key(&self, named: &str) -> Result<(), Fault> {
        let actor = self.actor();
        actor.needs(Right::Admin)?;
        let accounts = self.room.store.accounts();
        let found = accounts.keys().await?.into_iter().find(|key| key.id == named || key.name == named);
        let revoked = match found {
            Some(key) => accounts.revoke_key(&key.id, &actor, self.now()).await?,
            None => false,
        };
        let shown: String = named.chars().take(40).collect();
        if revoked { Ok(()) } else { Err(Fault::not_found(format!("没有可停用的密钥“{shown}”"))) }
    }

    /// Who acts with a key; `user` names a user of the program. None if the key opens nothing.
    ///
    /// # Errors
    /// The store failed.
    pub async fn actor_of_key(&self, key: &str, user: Option<&str>) -> Result<Option<Actor>, Fault> {
        let Some((id, secret)) = key_parts(key) else { return Ok(None) };
        let accounts = self.room.store.accounts();
        let Some((key, hash)) = accounts.key(id).await? else { return Ok(None) };
        let now = self.now();
        // Both are hashes, compared in constant time by their type.
        let right = blake3::Hash::from_hex(&hash).is_ok_and(|hash| hash == blake3::hash(secret.as_bytes()));
        if !right || key.revoked_at.is_some() || now >= key.expires_at {
            return Ok(None);
        }
        if key.used_at.is_none_or(|used| now.duration_since(used) >= TOUCH) {
            // a full disk is no reason to refuse who only reads
            if let Err(error) = accounts.touch_key(id, now).await {
                warn!(%error, "that a key is used was not written");
            }
        }
        Ok(Some(key.actor(user)))
    }
}
