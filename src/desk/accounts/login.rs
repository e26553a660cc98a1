//! Logging in and out; sessions that end by themselves or by somebody's hand.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tracing::{info, warn};

use crate::{
    domain::{Actor, Fault, FaultKind, Right, Role, Session, User},
    store::EndSessions,
};

use super::{super::Desk, password::fits};

/// So many failed logins of an account lock it, of an address stop it.
const MOST: (u64, u64) = (5, 30);
/// For so long, from the last failure on.
const LOCKED: SignedDuration = SignedDuration::from_mins(15);
/// That a session is used is written at most this often.
const TOUCH: SignedDuration = SignedDuration::from_secs(60);
/// Longest description of a browser that is kept.
const AGENT: usize = 200;

/// Where a request comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entrance {
    /// Address of the client, as far as it is known.
    pub address: String,
    /// What its browser says it is.
    pub agent: String,
}

/// A session that was opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// For the cookie; kept nowhere.
    pub token: String,
    /// The session.
    pub session: Session,
    /// Who logged in.
    pub user: User,
}

/// Who sits in a session.
#[derive(Clone, Debug)]
pub struct Seated {
    /// The session.
    pub session: Session,
    /// The account.
    pub user: User,
}

pub(super) fn of_user(name: &str) -> String {
    format!("user:{name}")
}

/// A secret of 256 random bits.
pub(super) fn secret() -> String {
    blake3::Hash::from_bytes(rand::random()).to_hex().to_string()
}

/// What is kept of a secret. It is random and long, so a fast hash is enough.
pub(super) fn kept(secret: &str) -> String {
    blake3::hash(secret.as_bytes()).to_hex().to_string()
}

impl Desk {
    /// Opens a session.
    ///
    /// # Errors
    /// [`FaultKind::Unauthenticated`] if account or password is wrong (which of them is not said) or the
    /// account is stopped; [`FaultKind::TooMany`] after too many failures.
    pub async fn log_in(&self, name: &str, password: &str, from: &Entrance) -> Result<Opened, Fault> {
        let name: String = name.trim().chars().take(64).collect();
        let address = format!("address:{}", from.address);
        let subjects = [(of_user(&name), MOST.0), (address, MOST.1)];
        let accounts = self.room.store.accounts();
        // Looked at before the queue too, so that a flood of guesses does not hold up honest people.
        self.refuse_locked(&subjects).await?;
        let _alone = self.room.checking.lock().await;
        self.refuse_locked(&subjects).await?;
        let stored = accounts.user(&name).await?;
        let right = fits(password, stored.as_ref().map(|(_, hash)| hash.clone())).await?;
        let now = self.now();
        let user = match stored {
            Some((user, _)) if right && !user.disabled => user,
            _ => {
                let subjects = subjects.map(|(subject, _)| subject);
                let by = Actor::system();
                accounts.fail_login(&subjects, now, earlier(now, LOCKED), &by).await?;
                metrics::counter!("tingsu_logins_total", "outcome" => "failed").increment(1);
                warn!("a login failed");
                return Err(Fault::new(FaultKind::Unauthenticated, "账号或密码不正确,或账号已停用"));
            }
        };
        accounts.forgive(&subjects[0].0).await?;
        metrics::counter!("tingsu_logins_total", "outcome" => "ok").increment(1);
        let opened = self.open_session(user, from).await?;
        info!(session = opened.session.id, "logged in");
        Ok(opened)
    }

    async fn open_session(&self, user: User, from: &Entrance) -> Result<Opened, Fault> {
        let (now, accounts) = (self.now(), self.room.store.accounts());
        let over = EndSessions::Over(now, earlier(now, self.idle()));
        accounts.end_sessions(&over, &Actor::system(), now).await?;
        let token = secret();
        let life = SignedDuration::try_from(self.room.config.session_life).unwrap_or(SignedDuration::from_hours(12));
        let mut session = Session {
            id: 0,
            user: user.name.clone(),
            csrf: secret(),
            created_at: now,
            seen_at: now,
            expires_at: now.saturating_add(life).unwrap_or(now),
            address: from.address.clone(),
            agent: from.agent.chars().filter(|c| !c.is_control()).take(AGENT).collect(),
        };
        session.id = accounts.open_session(&session, &kept(&token), &user.actor()).await?;
        Ok(Opened { token, session, user })
    }

    /// Refuses to look at another password of an account after too many wrong ones.
    pub(super) async fn refuse_guessed(&self, subject: &str) -> Result<(), Fault> {
        self.refuse_locked(&[(subject.to_owned(), MOST.0)]).await
    }

    /// Counts a wrong password of somebody who is logged in.
    pub(super) async fn count_guess(&self, subject: String, by: &Actor) -> Result<(), Fault> {
        let now = self.now();
        Ok(self.room.store.accounts().fail_login(&[subject], now, earlier(now, LOCKED), by).await?)
    }

    async fn refuse_locked(&self, subjects: &[(String, u64)]) -> Result<(), Fault> {
        let now = self.now();
        for (subject, most) in subjects {
            let (count, last) = self.room.store.accounts().failures(subject, earlier(now, LOCKED)).await?;
            if let Some(last) = last.filter(|_| count >= *most) {
                let left = LOCKED - now.duration_since(last);
                let minutes = (left.as_secs() + 59).div_euclid(60).max(1);
                metrics::counter!("tingsu_logins_total", "outcome" => "locked").increment(1);
                let message = format!("登录失败次数过多,请 {minutes} 分钟后再试,或联系管理员重置密码");
                let wait = Duration::from_secs(minutes.unsigned_abs() * 60);
                return Err(Fault::new(FaultKind::TooMany, message).after(wait));
            }
        }
        Ok(())
    }

    /// Who sits in the session of a cookie; none if it is over, was ended, or the account is stopped.
    ///
    /// # Errors
    /// The store failed.
    pub async fn seated(&self, token: &str) -> Result<Option<Seated>, Fault> {
        let accounts = self.room.store.accounts();
        let Some((session, user)) = accounts.session(&kept(token)).await? else { return Ok(None) };
        let now = self.now();
        let idle = now.duration_since(session.seen_at);
        if user.disabled || now >= session.expires_at || idle >= self.idle() {
            return Ok(None);
        }
        if idle >= TOUCH {
            // a full disk is no reason to refuse who only reads; the session ends the earlier for it
            if let Err(error) = accounts.touch_session(session.id, now).await {
                warn!(%error, "that a session is used was not written");
            }
        }
        Ok(Some(Seated { session, user }))
    }

    fn idle(&self) -> SignedDuration {
        SignedDuration::try_from(self.room.config.session_idle).unwrap_or(SignedDuration::from_hours(1))
    }

    /// The actor's own sessions, or, for an administrator, everybody's; newest first.
    ///
    /// # Errors
    /// Not allowed, or the store failed.
    pub async fn sessions(&self, everybody: bool) -> Result<Vec<Session>, Fault> {
        let actor = self.actor();
        if everybody {
            actor.needs(Right::Admin)?;
        }
        let now = self.now();
        let all = self.room.store.accounts().sessions((!everybody).then_some(actor.name.as_str())).await?;
        let open = |s: &Session| now < s.expires_at && now.duration_since(s.seen_at) < self.idle();
        Ok(all.into_iter().filter(open).collect())
    }

    /// Ends a session: one's own, or, for an administrator, anybody's.
    ///
    /// # Errors
    /// There is none of that number that the actor may end.
    pub async fn end_session(&self, id: i64) -> Result<(), Fault> {
        let actor = self.actor();
        let may = actor.may(Right::Admin) || self.sessions(false).await?.iter().any(|s| s.id == id);
        let ended = match may {
            true => self.room.store.accounts().end_sessions(&EndSessions::One(id), &actor, self.now()).await?,
            false => 0,
        };
        if ended > 0 { Ok(()) } else { Err(Fault::not_found(format!("没有编号为 {id} 的会话"))) }
    }

    /// Ends all sessions of an account.
    ///
    /// # Errors
    /// Not allowed, or the store failed.
    pub async fn end_sessions_of(&self, user: &str) -> Result<u64, Fault> {
        let actor = self.actor();
        if actor.name != user || actor.role == Role::System {
            actor.needs(Right::Admin)?;
        }
        Ok(self.room.store.accounts().end_sessions(&EndSessions::Of(user.to_owned()), &actor, self.now()).await?)
    }
}

fn earlier(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_sub(by).unwrap_or(Timestamp::MIN)
}
