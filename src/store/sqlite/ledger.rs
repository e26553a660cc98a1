//! Audit lines: sealed one after another under the one writer's lock.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, SqlitePool, sqlite::SqliteRow};

use super::{SqliteStore, batch::ROWS, commit, open::backend, read::number};
use crate::store::{
    Entry, Ledger, LedgerHead, RawLine, StoreResult,
    record::{micros, role_word},
};

const HEAD: &str = "SELECT id, hash FROM audit_head";
const SET_HEAD: &str = "UPDATE audit_head SET id = $1, hash = $2";
const INSERT_HEAD: &str = "INSERT INTO audit (id, at, actor, role, action, ticket, detail, hash) ";
/// A byte that was changed may be no text any more, so all are read as bytes.
const RAW: &str = "SELECT id, at, CAST(actor AS BLOB) AS actor, CAST(role AS BLOB) AS role, \
    CAST(action AS BLOB) AS action, CAST(ticket AS BLOB) AS ticket, CAST(detail AS BLOB) AS detail, \
    CAST(hash AS BLOB) AS hash FROM audit WHERE id > $1 ORDER BY id LIMIT $2";
const UNSEALED: &str = "SELECT old FROM audit_head WHERE old > id";

/// A line without its number and seal.
pub(super) struct Unsealed {
    pub(super) at: i64,
    pub(super) actor: String,
    pub(super) role: &'static str,
    pub(super) action: String,
    pub(super) ticket: Option<String>,
    pub(super) detail: String,
}

impl Unsealed {
    pub(super) fn of(entry: Entry, at: Timestamp) -> Self {
        Self {
            at: micros(at),
            role: role_word(entry.actor.role),
            actor: entry.actor.name,
            action: entry.action,
            ticket: entry.ticket.map(|id| id.as_str().to_owned()),
            detail: entry.detail,
        }
    }
}

async fn head(db: &mut SqliteConnection) -> StoreResult<LedgerHead> {
    let row = sqlx::query(HEAD).fetch_one(db).await.map_err(backend)?;
    Ok(LedgerHead { id: row.try_get("id").map_err(backend)?, hash: row.try_get("hash").map_err(backend)? })
}

async fn set_head(db: &mut SqliteConnection, head: &LedgerHead) -> StoreResult<()> {
    sqlx::query(SET_HEAD).bind(head.id).bind(&head.hash).execute(db).await.map_err(backend)?;
    Ok(())
}

/// Adds lines at the end of the chain, within a write transaction.
pub(super) async fn append(db: &mut SqliteConnection, lines: Vec<Unsealed>) -> StoreResult<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let mut end = head(db).await?;
    let mut rows = Vec::with_capacity(lines.len());
    for line in lines {
        let mut raw = RawLine {
            id: end.id + 1,
            at: line.at,
            actor: line.actor.into_bytes(),
            role: line.role.as_bytes().to_vec(),
            action: line.action.into_bytes(),
            ticket: line.ticket.map(String::into_bytes),
            detail: line.detail.into_bytes(),
            hash: Vec::new(),
        };
        let hash = raw.seal(end.hash.as_bytes());
        raw.hash = hash.clone().into_bytes();
        end = LedgerHead { id: raw.id, hash };
        rows.push(raw);
    }
    // They were text a moment ago, so nothing is lost.
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut query = QueryBuilder::<Sqlite>::new(INSERT_HEAD);
        query.push_values(rows.by_ref().take(ROWS), |mut row, line| {
            row.push_bind(line.id).push_bind(line.at).push_bind(text(line.actor)).push_bind(text(line.role));
            row.push_bind(text(line.action)).push_bind(line.ticket.map(text)).push_bind(text(line.detail));
            row.push_bind(text(line.hash));
        });
        query.build().persistent(false).execute(&mut *db).await.map_err(backend)?;
    }
    set_head(db, &end).await
}

fn raw(row: &SqliteRow) -> StoreResult<RawLine> {
    let bytes = |column| row.try_get::<Vec<u8>, _>(column).map_err(backend);
    Ok(RawLine {
        id: row.try_get("id").map_err(backend)?,
        at: row.try_get("at").map_err(backend)?,
        actor: bytes("actor")?,
        role: bytes("role")?,
        action: bytes("action")?,
        ticket: row.try_get("ticket").map_err(backend)?,
        detail: bytes("detail")?,
        hash: bytes("hash")?,
    })
}

/// Seals the lines of a database of before the seal. Each step is a transaction, so that a killed
/// process goes on where it was.
pub(super) async fn seal_old(writer: &SqlitePool) -> StoreResult<()> {
    loop {
        let until: Option<i64> = sqlx::query_scalar(UNSEALED).fetch_optional(writer).await.map_err(backend)?;
        let Some(until) = until else { return Ok(()) };
        let mut tx = writer.begin_with("BEGIN IMMEDIATE").await.map_err(backend)?;
        let mut end = head(&mut tx).await?;
        let rows = sqlx::query(RAW).bind(end.id).bind(5_000_i64).fetch_all(&mut *tx).await.map_err(backend)?;
        let before = end.id;
        for row in &rows {
            let line = raw(row)?;
            if line.id > until {
                break;
            }
            let hash = line.seal(end.hash.as_bytes());
            let set = sqlx::query("UPDATE audit SET hash = $2 WHERE id = $1").bind(line.id).bind(&hash);
            set.execute(&mut *tx).await.map_err(backend)?;
            end = LedgerHead { id: line.id, hash };
        }
        if end.id == before {
            // Lines are missing where they should be; the check names them.
            return Ok(());
        }
        set_head(&mut tx, &end).await?;
        commit(tx).await?;
    }
}

#[async_trait]
impl Ledger for SqliteStore {
    async fn record(&self, entries: Vec<Entry>, at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        append(&mut tx, entries.into_iter().map(|entry| Unsealed::of(entry, at)).collect()).await?;
        commit(tx).await
    }

    async fn raw_lines(&self, after: i64, limit: u64) -> StoreResult<Vec<RawLine>> {
        let query = sqlx::query(RAW).bind(after).bind(number(limit));
        query.fetch_all(&self.readers).await.map_err(backend)?.iter().map(raw).collect()
    }

    async fn ledger_head(&self) -> StoreResult<LedgerHead> {
        let mut reader = self.reader().await?;
        head(&mut reader).await
    }

    async fn unlisted_line(&self) -> StoreResult<Option<i64>> {
        let told: Vec<String> =
            sqlx::query_scalar("PRAGMA integrity_check('audit')").fetch_all(&self.readers).await.map_err(backend)?;
        if told == ["ok"] {
            return Ok(None);
        }
        // "row 5 missing from index audit_by_action"; an index of a wrong order names no row.
        let row = |line: &String| line.strip_prefix("row ")?.split(' ').next()?.parse().ok();
        Ok(Some(told.iter().filter_map(row).min().unwrap_or_default()))
    }
}
