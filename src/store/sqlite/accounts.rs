//! People, sessions, keys, failed logins.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{
    SqliteStore, commit,
    ledger::{Unsealed, append},
    open::backend,
};
use crate::{
    domain::{Actor, ApiKey, Role, Session, User},
    store::{
        Accounts, EndSessions, Entry, StoreError, StoreResult, UserChange,
        record::{from_json, instant, micros, to_json},
    },
};

const USER: &str = "SELECT name, person, role, reach_json, password, must_change, disabled, created_at, password_at \
    FROM users";
const INSERT_USER: &str = "INSERT INTO users (name, person, role, reach_json, password, must_change, disabled, \
    created_at, password_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (name) DO NOTHING";
const UPDATE_USER: &str = "UPDATE users SET person = $2, role = $3, reach_json = $4, password = $5, must_change = $6, \
    disabled = $7, password_at = $8 WHERE name = $1";
const ADMINS: &str = "SELECT COUNT(*) FROM users WHERE role = 'admin' AND disabled = 0";
const SESSION: &str = "SELECT s.id, s.user, s.csrf, s.created_at AS begun_at, s.seen_at, s.expires_at, s.address, \
    s.agent, u.name, u.person, u.role, u.reach_json, u.password, u.must_change, u.disabled, u.created_at, \
    u.password_at FROM sessions s JOIN users u ON u.name = s.user";
const INSERT_SESSION: &str = "INSERT INTO sessions (hash, user, csrf, created_at, seen_at, expires_at, address, agent) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id";
const KEY: &str = "SELECT id, hash, name, role, reach_json, rights, created_at, created_by, expires_at, revoked_at, \
    used_at FROM api_keys";
const INSERT_KEY: &str = "INSERT INTO api_keys (id, hash, name, role, reach_json, rights, created_at, created_by, \
    expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";

fn word<T: for<'r> sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>>(
    row: &SqliteRow,
    column: &'static str,
) -> StoreResult<T> {
    row.try_get(column).map_err(backend)
}

fn time(row: &SqliteRow, column: &'static str) -> StoreResult<Timestamp> {
    instant(word(row, column)?, "an account")
}

fn role(row: &SqliteRow) -> StoreResult<Role> {
    word::<String>(row, "role")?.parse().map_err(|_| StoreError::Damaged("an account has an unknown role".into()))
}

fn user(row: &SqliteRow) -> StoreResult<User> {
    Ok(User {
        name: word(row, "name")?,
        person: word(row, "person")?,
        role: role(row)?,
        reach: from_json(&word::<String>(row, "reach_json")?, "an account")?,
        must_change: word::<i64>(row, "must_change")? != 0,
        disabled: word::<i64>(row, "disabled")? != 0,
        created_at: time(row, "created_at")?,
        password_at: time(row, "password_at")?,
    })
}

fn session(row: &SqliteRow) -> StoreResult<Session> {
    Ok(Session {
        id: word(row, "id")?,
        user: word(row, "user")?,
        csrf: word(row, "csrf")?,
        created_at: time(row, "begun_at")?,
        seen_at: time(row, "seen_at")?,
        expires_at: time(row, "expires_at")?,
        address: word(row, "address")?,
        agent: word(row, "agent")?,
    })
}

fn key(row: &SqliteRow) -> StoreResult<ApiKey> {
    let some = |column| word::<Option<i64>>(row, column)?.map(|micros| instant(micros, "a key")).transpose();
    let rights = word::<String>(row, "rights")?;
    let damaged = |_| StoreError::Damaged("a key has an unknown right".into());
    Ok(ApiKey {
        id: word(row, "id")?,
        name: word(row, "name")?,
        role: role(row)?,
        reach: from_json(&word::<String>(row, "reach_json")?, "a key")?,
        rights: rights.split_whitespace().map(|w| w.parse().map_err(damaged)).collect::<StoreResult<_>>()?,
        created_at: time(row, "created_at")?,
        created_by: word(row, "created_by")?,
        expires_at: time(row, "expires_at")?,
        revoked_at: some("revoked_at")?,
        used_at: some("used_at")?,
    })
}

async fn note(db: &mut SqliteConnection, by: &Actor, action: &str, detail: String, at: Timestamp) -> StoreResult<()> {
    append(db, vec![Unsealed::of(Entry::new(by, action, detail), at)]).await
}

async fn whole(db: &mut SqliteConnection, sql: &'static str) -> StoreResult<i64> {
    sqlx::query_scalar(sql).fetch_one(db).await.map_err(backend)
}

async fn stored(db: &mut SqliteConnection, name: &str) -> StoreResult<Option<(User, String)>> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!("{USER} WHERE name = $1"))).bind(name);
    let row = row.fetch_optional(db).await.map_err(backend)?;
    row.as_ref().map(|row| Ok((user(row)?, word(row, "password")?))).transpose()
}

#[async_trait]
impl Accounts for SqliteStore {
    async fn users(&self) -> StoreResult<Vec<User>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{USER} ORDER BY name")));
        rows.fetch_all(&self.readers).await.map_err(backend)?.iter().map(user).collect()
    }

    async fn user(&self, name: &str) -> StoreResult<Option<(User, String)>> {
        let mut reader = self.reader().await?;
        stored(&mut reader, name).await
    }

    async fn add_user(&self, user: &User, password: &str, only_first: bool, by: &Actor) -> StoreResult<()> {
        let mut tx = self.write().await?;
        if only_first && whole(&mut tx, "SELECT COUNT(*) FROM users").await? > 0 {
            return Err(StoreError::Conflict("已有账号,首次设置已完成".into()));
        }
        let done = sqlx::query(INSERT_USER)
            .bind(&user.name)
            .bind(&user.person)
            .bind(user.role.code())
            .bind(to_json(&user.reach)?)
            .bind(password)
            .bind(i64::from(user.must_change))
            .bind(i64::from(user.disabled))
            .bind(micros(user.created_at))
            .bind(micros(user.password_at))
            .execute(&mut *tx)
            .await
            .map_err(backend)?;
        if done.rows_affected() == 0 {
            return Err(StoreError::Conflict(format!("账号 {} 已存在", user.name)));
        }
        let detail = format!("{} {} {}", user.name, user.role.code(), user.reach);
        note(&mut tx, by, "user_added", detail, user.created_at).await?;
        commit(tx).await
    }

    async fn change_user(&self, name: &str, change: &UserChange, by: &Actor, at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let Some((before, old)) = stored(&mut tx, name).await? else {
            return Err(StoreError::Refused(format!("没有账号 {}", name.chars().take(40).collect::<String>())));
        };
        let (role, reach) = change.role.clone().unwrap_or((before.role, before.reach.clone()));
        let disabled = change.disabled.unwrap_or(before.disabled);
        let (password, must_change) = change.password.clone().unwrap_or((old, before.must_change));
        let password_at = if change.password.is_some() { at } else { before.password_at };
        sqlx::query(UPDATE_USER)
            .bind(name)
            .bind(change.person.as_ref().unwrap_or(&before.person))
            .bind(role.code())
            .bind(to_json(&reach)?)
            .bind(password)
            .bind(i64::from(must_change))
            .bind(i64::from(disabled))
            .bind(micros(password_at))
            .execute(&mut *tx)
            .await
            .map_err(backend)?;
        let was_admin = before.role == Role::Admin && !before.disabled;
        if was_admin && whole(&mut tx, ADMINS).await? == 0 {
            return Err(StoreError::Refused("这是最后一个可用的管理员账号,不能停用或改为其他角色".into()));
        }
        let ended = sqlx::query("DELETE FROM sessions WHERE user = $1 AND id <> $2").bind(name);
        ended.bind(change.keep_session.unwrap_or(0)).execute(&mut *tx).await.map_err(backend)?;
        let mut parts = vec![name.to_owned()];
        if change.role.is_some() {
            parts.push(format!("{} {} -> {} {reach}", before.role.code(), before.reach, role.code()));
        }
        parts.extend(change.password.is_some().then(|| "password".to_owned()));
        parts.extend(change.disabled.map(|off| if off { "disabled".to_owned() } else { "enabled".to_owned() }));
        parts.extend(change.person.is_some().then(|| "person".to_owned()));
        note(&mut tx, by, "user_changed", parts.join(" "), at).await?;
        commit(tx).await
    }

    async fn open_session(&self, session: &Session, hash: &str, by: &Actor) -> StoreResult<i64> {
        let mut tx = self.write().await?;
        let id: i64 = sqlx::query_scalar(INSERT_SESSION)
            .bind(hash)
            .bind(&session.user)
            .bind(&session.csrf)
            .bind(micros(session.created_at))
            .bind(micros(session.seen_at))
            .bind(micros(session.expires_at))
            .bind(&session.address)
            .bind(&session.agent)
            .fetch_one(&mut *tx)
            .await
            .map_err(backend)?;
        note(&mut tx, by, "logged_in", format!("session {id} {}", session.address), session.created_at).await?;
        commit(tx).await?;
        Ok(id)
    }

    async fn session(&self, hash: &str) -> StoreResult<Option<(Session, User)>> {
        let query = sqlx::query(sqlx::AssertSqlSafe(format!("{SESSION} WHERE s.hash = $1"))).bind(hash);
        let row = query.fetch_optional(&self.readers).await.map_err(backend)?;
        row.as_ref().map(|row| Ok((session(row)?, user(row)?))).transpose()
    }

    async fn touch_session(&self, id: i64, at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let query = sqlx::query("UPDATE sessions SET seen_at = $2 WHERE id = $1 AND seen_at < $2");
        query.bind(id).bind(micros(at)).execute(&mut *tx).await.map_err(backend)?;
        commit(tx).await
    }

    async fn sessions(&self, user: Option<&str>) -> StoreResult<Vec<Session>> {
        let sql = format!("{SESSION} WHERE ($1 IS NULL OR s.user = $1) ORDER BY s.id DESC");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(user);
        query.fetch_all(&self.readers).await.map_err(backend)?.iter().map(session).collect()
    }

    async fn end_sessions(&self, which: &EndSessions, by: &Actor, at: Timestamp) -> StoreResult<u64> {
        let mut tx = self.write().await?;
        let (query, detail) = match which {
            EndSessions::One(id) => {
                (sqlx::query("DELETE FROM sessions WHERE id = $1").bind(*id), format!("session {id}"))
            }
            EndSessions::Of(user) => {
                (sqlx::query("DELETE FROM sessions WHERE user = $1").bind(user.clone()), format!("all of {user}"))
            }
            EndSessions::Over(now, unused) => {
                let sql = "DELETE FROM sessions WHERE expires_at <= $1 OR seen_at <= $2";
                (sqlx::query(sql).bind(micros(*now)).bind(micros(*unused)), "over".to_owned())
            }
        };
        let ended = query.execute(&mut *tx).await.map_err(backend)?.rows_affected();
        if ended > 0 {
            note(&mut tx, by, "session_ended", detail, at).await?;
        }
        commit(tx).await?;
        Ok(ended)
    }

    async fn add_key(&self, key: &ApiKey, hash: &str, by: &Actor) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let done = sqlx::query(INSERT_KEY)
            .bind(&key.id)
            .bind(hash)
            .bind(&key.name)
            .bind(key.role.code())
            .bind(to_json(&key.reach)?)
            .bind(key.rights.words())
            .bind(micros(key.created_at))
            .bind(&key.created_by)
            .bind(micros(key.expires_at))
            .execute(&mut *tx)
            .await
            .map_err(backend)?;
        if done.rows_affected() == 0 {
            return Err(StoreError::Conflict(format!("已有名为“{}”的接口密钥", key.name)));
        }
        let detail = format!("{} {} {} {} {}", key.id, key.name, key.role.code(), key.rights.words(), key.reach);
        note(&mut tx, by, "key_added", detail, key.created_at).await?;
        commit(tx).await
    }

    async fn keys(&self) -> StoreResult<Vec<ApiKey>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("{KEY} ORDER BY created_at DESC, id")));
        rows.fetch_all(&self.readers).await.map_err(backend)?.iter().map(key).collect()
    }

    async fn key(&self, id: &str) -> StoreResult<Option<(ApiKey, String)>> {
        let query = sqlx::query(sqlx::AssertSqlSafe(format!("{KEY} WHERE id = $1"))).bind(id);
        let row = query.fetch_optional(&self.readers).await.map_err(backend)?;
        row.as_ref().map(|row| Ok((key(row)?, word(row, "hash")?))).transpose()
    }

    async fn revoke_key(&self, id: &str, by: &Actor, at: Timestamp) -> StoreResult<bool> {
        let mut tx = self.write().await?;
        let query = sqlx::query("UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL");
        let done = query.bind(id).bind(micros(at)).execute(&mut *tx).await.map_err(backend)?.rows_affected() > 0;
        if done {
            note(&mut tx, by, "key_revoked", id.to_owned(), at).await?;
        }
        commit(tx).await?;
        Ok(done)
    }

    async fn touch_key(&self, id: &str, at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let query = sqlx::query("UPDATE api_keys SET used_at = $2 WHERE id = $1");
        query.bind(id).bind(micros(at)).execute(&mut *tx).await.map_err(backend)?;
        commit(tx).await
    }

    async fn failures(&self, subject: &str, since: Timestamp) -> StoreResult<(u64, Option<Timestamp>)> {
        let sql = "SELECT COUNT(*) AS n, MAX(at) AS last FROM login_failures WHERE subject = $1 AND at > $2";
        let query = sqlx::query(sql).bind(subject).bind(micros(since));
        let row = query.fetch_one(&self.readers).await.map_err(backend)?;
        let last = word::<Option<i64>>(&row, "last")?.map(|at| instant(at, "a failed login")).transpose()?;
        Ok((word::<i64>(&row, "n")?.unsigned_abs(), last))
    }

    async fn fail_login(&self, subjects: &[String], at: Timestamp, old: Timestamp, by: &Actor) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let drop = sqlx::query("DELETE FROM login_failures WHERE at <= $1").bind(micros(old));
        drop.execute(&mut *tx).await.map_err(backend)?;
        let mut told = Vec::with_capacity(subjects.len());
        for subject in subjects {
            let insert = sqlx::query("INSERT INTO login_failures (subject, at) VALUES ($1, $2)");
            insert.bind(subject).bind(micros(at)).execute(&mut *tx).await.map_err(backend)?;
            // What is no account's name may be a password in the wrong field; the audit keeps it for ever.
            let known = match subject.strip_prefix("user:") {
                None => true,
                Some(name) => {
                    let found = sqlx::query_scalar::<_, i64>("SELECT 1 FROM users WHERE name = $1").bind(name);
                    found.fetch_optional(&mut *tx).await.map_err(backend)?.is_some()
                }
            };
            told.push(if known { subject.as_str() } else { "user:?" });
        }
        note(&mut tx, by, "login_failed", told.join(" "), at).await?;
        commit(tx).await
    }

    async fn forgive(&self, subject: &str) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let query = sqlx::query("DELETE FROM login_failures WHERE subject = $1").bind(subject);
        query.execute(&mut *tx).await.map_err(backend)?;
        commit(tx).await
    }
}
