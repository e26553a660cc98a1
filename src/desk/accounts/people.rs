//! People: adding them, changing them, resetting their passwords.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use crate::{
    city::CityPack,
    domain::{Fault, FaultKind, Reach, Right, Role, User, account_name},
    store::UserChange,
};

use super::{
    super::Desk,
    password::{fits, hashed, policy},
};

/// An account to be added.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// 账号
    pub name: String,
    /// 姓名; empty takes the account's name.
    pub person: String,
    /// 角色
    pub role: Role,
    /// 管辖范围
    pub reach: Reach,
    /// First password.
    pub password: String,
    /// Whether the person has to choose another one at the first login.
    pub must_change: bool,
}

/// Who is behind the accounts: records keep accounts, papers and pages name people.
#[derive(Clone, Debug, Default)]
pub struct Persons(BTreeMap<String, String>);

impl Persons {
    /// 姓名 of an account that has one.
    pub fn known(&self, account: &str) -> Option<&str> {
        self.0.get(account).map(String::as_str)
    }

    /// 姓名 of an account; the account where none is known, 系统 for the service itself.
    pub fn name<'a>(&'a self, account: &'a str) -> &'a str {
        match account {
            "system" => "系统",
            _ => self.known(account).unwrap_or(account),
        }
    }
}

/// For how long the names as last read are taken: pages name people more often than people change names.
const NAMES_STAND: Duration = Duration::from_secs(5);

/// Longest name of a person.
const LONGEST_PERSON: usize = 40;

impl Desk {
    /// Whether anybody has an account.
    ///
    /// # Errors
    /// The store failed.
    pub async fn has_accounts(&self) -> Result<bool, Fault> {
        Ok(!self.room.store.accounts().users().await?.is_empty())
    }

    /// All accounts, for an administrator.
    ///
    /// # Errors
    /// Not allowed, or the store failed.
    pub async fn users(&self) -> Result<Vec<User>, Fault> {
        self.actor().needs(Right::Admin)?;
        self.people().await
    }

    pub(in crate::desk) async fn people(&self) -> Result<Vec<User>, Fault> {
        Ok(self.room.store.accounts().users().await?)
    }

    /// Who is behind the accounts. Without the store nobody is known, and accounts stand for themselves.
    pub async fn persons(&self) -> Arc<Persons> {
        let kept = self.room.persons.load_full();
        if let Some(kept) = kept.as_deref().filter(|(at, _)| at.elapsed() < NAMES_STAND) {
            return kept.1.clone();
        }
        let Ok(users) = self.people().await else {
            return kept.map(|kept| kept.1.clone()).unwrap_or_default();
        };
        let named = users.into_iter().filter(|user| !user.person.is_empty());
        let persons = Arc::new(Persons(named.map(|user| (user.name, user.person)).collect()));
        self.room.persons.store(Some(Arc::new((Instant::now(), persons.clone()))));
        persons
    }

    /// Adds an account.
    ///
    /// # Errors
    /// Not allowed; the name, the reach or the password is no good; or the name is taken.
    pub async fn add_user(&self, new: NewUser) -> Result<User, Fault> {
        self.actor().needs(Right::Admin)?;
        self.add(new, false).await
    }

    /// Adds the first account, an administrator's; only while there is none.
    ///
    /// # Errors
    /// There is one already, or the name or the password is no good.
    pub async fn add_first_admin(&self, name: &str, person: &str, password: &str) -> Result<User, Fault> {
        let new = NewUser {
            name: name.to_owned(),
            person: person.to_owned(),
            role: Role::Admin,
            reach: Reach::default(),
            password: password.to_owned(),
            must_change: false,
        };
        self.add(new, true).await
    }

    async fn add(&self, new: NewUser, only_first: bool) -> Result<User, Fault> {
        let name = account_name(&new.name)?;
        let person = person(&new.person)?.unwrap_or_else(|| name.clone());
        let reach = known(new.reach, &self.city())?;
        policy(&name, &new.password)?;
        let hash = hashed(&new.password).await?;
        let now = self.now();
        let user = User {
            name,
            person,
            role: new.role,
            reach,
            must_change: new.must_change,
            disabled: false,
            created_at: now,
            password_at: now,
        };
        self.room.store.accounts().add_user(&user, &hash, only_first, &self.actor()).await?;
        self.room.reaches_changed.fetch_add(1, Ordering::Relaxed);
        Ok(user)
    }

    /// Changes role and reach of an account; its sessions end.
    ///
    /// # Errors
    /// Not allowed, the reach names what the city does not have, or the last administrator would go.
    pub async fn set_role(&self, name: &str, role: Role, reach: Reach) -> Result<(), Fault> {
        let reach = known(reach, &self.city())?;
        self.change(name, UserChange { role: Some((role, reach)), ..UserChange::default() }).await
    }

    /// Stops or lets in an account; its sessions end.
    ///
    /// # Errors
    /// Not allowed, or the last administrator would go.
    pub async fn set_disabled(&self, name: &str, disabled: bool) -> Result<(), Fault> {
        self.change(name, UserChange { disabled: Some(disabled), ..UserChange::default() }).await?;
        Ok(self.room.store.accounts().forgive(&super::login::of_user(name)).await?)
    }

    /// Sets another person's password, which that person has to change; its sessions end.
    ///
    /// # Errors
    /// Not allowed, or the password is no good.
    pub async fn reset_password(&self, name: &str, password: &str, must_change: bool) -> Result<(), Fault> {
        self.actor().needs(Right::Admin)?;
        policy(name, password)?;
        let hash = hashed(password).await?;
        self.change(name, UserChange { password: Some((hash, must_change)), ..UserChange::default() }).await?;
        Ok(self.room.store.accounts().forgive(&super::login::of_user(name)).await?)
    }

    async fn change(&self, name: &str, change: UserChange) -> Result<(), Fault> {
        self.actor().needs(Right::Admin)?;
        self.room.store.accounts().change_user(name, &change, &self.actor(), self.now()).await?;
        self.room.reaches_changed.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// A person's own new password; all other sessions of the account end.
    ///
    /// # Errors
    /// The old one is wrong, or the new one is no good.
    pub async fn change_password(&self, session: i64, old: &str, new: &str) -> Result<(), Fault> {
        let actor = self.actor();
        let _alone = self.room.checking.lock().await;
        let accounts = self.room.store.accounts();
        // A session that somebody left open is no place to guess either.
        let subject = super::login::of_user(&actor.name);
        self.refuse_guessed(&subject).await?;
        let stored = accounts.user(&actor.name).await?;
        if !fits(old, stored.map(|(_, hash)| hash)).await? {
            self.count_guess(subject, &actor).await?;
            return Err(Fault::new(FaultKind::Invalid, "原密码不正确").at("old"));
        }
        if old == new {
            return Err(Fault::invalid("新密码与原密码相同").at("password"));
        }
        policy(&actor.name, new)?;
        let hash = hashed(new).await?;
        let change = UserChange { password: Some((hash, false)), keep_session: Some(session), ..UserChange::default() };
        Ok(accounts.change_user(&actor.name, &change, &actor, self.now()).await?)
    }
}

fn person(name: &str) -> Result<Option<String>, Fault> {
    let name = name.trim();
    if name.chars().count() > LONGEST_PERSON || name.chars().any(char::is_control) {
        return Err(Fault::invalid(format!("姓名最多 {LONGEST_PERSON} 个字")).at("person"));
    }
    Ok((!name.is_empty()).then(|| name.to_owned()))
}

/// A reach whose names are the city's: a misspelt one would show nothing, and nobody would know why.
pub(super) fn known(mut reach: Reach, pack: &CityPack) -> Result<Reach, Fault> {
    for list in [&mut reach.departments, &mut reach.districts] {
        list.iter_mut().for_each(|name| *name = name.trim().to_owned());
        list.retain(|name| !name.is_empty());
        list.sort();
        list.dedup();
    }
    let strange = |name: &str, what: &str, field: &str| {
        Err(Fault::invalid(format!("城市包中没有{what}“{}”", name.chars().take(30).collect::<String>())).at(field))
    };
    if let Some(name) = reach.departments.iter().find(|name| !pack.departments.iter().any(|d| d.name == **name)) {
        return strange(name, "单位", "departments");
    }
    if let Some(name) = reach.districts.iter().find(|name| !pack.regions.iter().any(|r| r.district == **name)) {
        return strange(name, "区县", "districts");
    }
    Ok(reach)
}
