//! Corrections of events, lineage and parent tickets in SQLite.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::{Row, Sqlite, SqliteConnection, sqlite::SqliteRow};

use super::{
    SqliteStore, commit,
    ledger::{Unsealed, append},
    open::backend,
    read::number,
};
use crate::{
    domain::{Actor, Amendment, Correction, EventTurn, Parent, SeenEvent, TicketId, Undone},
    store::{
        Entry, Events, StoreError, StoreResult,
        record::{RECORD_VERSION, from_versioned, instant, micros, role_word, to_json},
    },
};

const INSERT: &str = "INSERT INTO corrections (at, actor, role, kind, reason, version, record_json) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
const SELECT: &str = "SELECT id, at, actor, role, reason, version, record_json, undone_at, undone_by, undo_reason \
                      FROM corrections WHERE ($1 = 1 OR undone_at IS NULL) AND ($2 IS NULL OR id = $2) ORDER BY id";
const UNDO: &str = "UPDATE corrections SET undone_at = $2, undone_by = $3, undo_reason = $4 \
                    WHERE id = $1 AND undone_at IS NULL";
const REVISION: &str = "SELECT COUNT(*) + COUNT(undone_at) FROM corrections";
const SEEN: &str = "SELECT id, title, version, record_json FROM events WHERE present = 1 ORDER BY id";
const SAVE: &str = "INSERT INTO events (id, title, present, changed_at, version, record_json) \
                    VALUES ($1, $2, 1, $3, $4, $5) ON CONFLICT (id) DO UPDATE SET title = excluded.title, \
                    present = 1, changed_at = excluded.changed_at, version = excluded.version, \
                    record_json = excluded.record_json";
const END: &str = "UPDATE events SET present = 0, changed_at = $2 WHERE id = $1";
const TURN: &str = "INSERT INTO event_turns (at, event, fate, other, grown) VALUES ($1, $2, $3, $4, $5)";
const TURNS: &str = "SELECT at, event, fate, other, grown FROM (SELECT * FROM event_turns ORDER BY id DESC LIMIT $1) \
                     AS newest ORDER BY id";
const OPEN_PARENT: &str = "SELECT id FROM parents WHERE ticket = $1 AND undone_at IS NULL";
const INSERT_PARENT: &str = "INSERT INTO parents (ticket, event, at, reason) VALUES ($1, $2, $3, $4) RETURNING id";
const STANDS: &str = "SELECT id FROM parents WHERE id = $1 AND undone_at IS NULL";
const ATTACH: &str = "INSERT INTO parent_children (parent, ticket, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
const DETACH: &str = "DELETE FROM parent_children WHERE parent = $1 AND ticket = $2";
const REPLY: &str = "UPDATE parents SET reply = $2, replied_by = $3, replied_at = $4 \
                     WHERE id = $1 AND undone_at IS NULL";
const UNDO_PARENT: &str = "UPDATE parents SET undone_at = $2, undone_by = $3, undo_reason = $4 \
                           WHERE id = $1 AND undone_at IS NULL";
const PARENTS: &str = "SELECT id, ticket, event, at, reason, reply, replied_by, replied_at, undone_at, undone_by, \
                       undo_reason FROM parents ORDER BY id";
const CHILDREN: &str = "SELECT parent, ticket, at FROM parent_children ORDER BY parent, at, ticket";

fn get<'r, T>(row: &'r SqliteRow, column: &'static str) -> StoreResult<T>
where
    T: sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite>,
{
    row.try_get(column).map_err(backend)
}

fn time(row: &SqliteRow, column: &'static str, what: &str) -> StoreResult<Timestamp> {
    instant(get(row, column)?, what)
}

fn undone(row: &SqliteRow, what: &str) -> StoreResult<Option<Undone>> {
    let Some(at) = get::<Option<i64>>(row, "undone_at")? else { return Ok(None) };
    let text = |column| Ok::<String, StoreError>(get::<Option<String>>(row, column)?.unwrap_or_default());
    Ok(Some(Undone { at: instant(at, what)?, by: text("undone_by")?, reason: text("undo_reason")? }))
}

fn correction(row: &SqliteRow) -> StoreResult<Correction> {
    let what = "a correction";
    let role: String = get(row, "role")?;
    let role = role.parse().map_err(|_| StoreError::Damaged(format!("{what}: role `{role}` is not known")))?;
    Ok(Correction {
        id: get(row, "id")?,
        at: time(row, "at", what)?,
        actor: Actor::person(get::<String>(row, "actor")?, role),
        reason: get(row, "reason")?,
        act: from_versioned(get(row, "version")?, get(row, "record_json")?, what)?,
        undone: undone(row, what)?,
    })
}

fn seen(row: &SqliteRow) -> StoreResult<SeenEvent> {
    let tickets = from_versioned(get(row, "version")?, get(row, "record_json")?, "an event")?;
    Ok(SeenEvent { id: get(row, "id")?, title: get(row, "title")?, tickets })
}

fn turn(row: &SqliteRow) -> StoreResult<EventTurn> {
    Ok(EventTurn {
        at: time(row, "at", "a line of lineage")?,
        event: get(row, "event")?,
        fate: get(row, "fate")?,
        other: get(row, "other")?,
        grown: get::<Option<i64>>(row, "grown")?.map(i64::unsigned_abs),
    })
}

fn parent(row: &SqliteRow, children: &mut BTreeMap<i64, Vec<(String, Timestamp)>>) -> StoreResult<Parent> {
    let what = "a parent ticket";
    let id: i64 = get(row, "id")?;
    let reply = match (get::<Option<String>>(row, "reply")?, get::<Option<i64>>(row, "replied_at")?) {
        (Some(text), Some(at)) => {
            Some((text, get::<Option<String>>(row, "replied_by")?.unwrap_or_default(), instant(at, what)?))
        }
        _ => None,
    };
    Ok(Parent {
        id,
        ticket: get(row, "ticket")?,
        event: get(row, "event")?,
        at: time(row, "at", what)?,
        reason: get(row, "reason")?,
        children: children.remove(&id).unwrap_or_default(),
        reply,
        undone: undone(row, what)?,
    })
}

/// A line of the audit; the one ticket that it is about, if it is about one.
async fn told(
    db: &mut SqliteConnection,
    actor: &Actor,
    action: &str,
    ticket: Option<&str>,
    detail: String,
    at: Timestamp,
) -> StoreResult<()> {
    let mut entry = Entry::new(actor, action, detail);
    entry.ticket = ticket.and_then(|t| TicketId::new(t).ok());
    append(db, vec![Unsealed::of(entry, at)]).await
}

fn one_ticket(act: &Amendment) -> Option<&str> {
    match act {
        Amendment::Move { ticket, .. } | Amendment::Exclude { ticket, .. } => Some(ticket),
        _ => None,
    }
}

fn gone(what: &str, id: i64) -> StoreError {
    StoreError::Refused(format!("没有可撤销的{what} {id}:编号不存在,或已经撤销"))
}

#[async_trait]
impl Events for SqliteStore {
    async fn correct_all(
        &self,
        acts: &[Amendment],
        reason: &str,
        actor: &Actor,
        at: Timestamp,
    ) -> StoreResult<Vec<i64>> {
        let mut tx = self.write().await?;
        let mut ids = Vec::with_capacity(acts.len());
        for act in acts {
            let query = sqlx::query_scalar(INSERT).bind(micros(at)).bind(&actor.name).bind(role_word(actor.role));
            let query = query.bind(act.code()).bind(reason).bind(RECORD_VERSION).bind(to_json(act)?);
            let id: i64 = query.fetch_one(&mut *tx).await.map_err(backend)?;
            let detail = format!("{id}: {}", act.events().join(" "));
            told(&mut tx, actor, &format!("event_{}", act.code()), one_ticket(act), detail, at).await?;
            ids.push(id);
        }
        commit(tx).await?;
        Ok(ids)
    }

    async fn undo_correction(&self, id: i64, reason: &str, actor: &Actor, at: Timestamp) -> StoreResult<Correction> {
        let mut tx = self.write().await?;
        let query = sqlx::query(UNDO).bind(id).bind(micros(at)).bind(&actor.name).bind(reason);
        if query.execute(&mut *tx).await.map_err(backend)?.rows_affected() == 0 {
            return Err(gone("校正", id));
        }
        let row = sqlx::query(SELECT).bind(1_i64).bind(id).fetch_one(&mut *tx).await.map_err(backend)?;
        let undone = correction(&row)?;
        let detail = format!("{id}: {} {}", undone.act.code(), undone.act.events().join(" "));
        told(&mut tx, actor, "event_undo", one_ticket(&undone.act), detail, at).await?;
        commit(tx).await?;
        Ok(undone)
    }

    async fn corrections(&self, all: bool) -> StoreResult<Vec<Correction>> {
        let query = sqlx::query(SELECT).bind(i64::from(all)).bind(None::<i64>);
        query.fetch_all(&self.readers).await.map_err(backend)?.iter().map(correction).collect()
    }

    async fn corrections_revision(&self) -> StoreResult<i64> {
        sqlx::query_scalar(REVISION).fetch_one(&self.readers).await.map_err(backend)
    }

    async fn seen_events(&self) -> StoreResult<Vec<SeenEvent>> {
        sqlx::query(SEEN).fetch_all(&self.readers).await.map_err(backend)?.iter().map(seen).collect()
    }

    async fn event_turns(&self, limit: u64) -> StoreResult<Vec<EventTurn>> {
        let query = sqlx::query(TURNS).bind(number(limit));
        query.fetch_all(&self.readers).await.map_err(backend)?.iter().map(turn).collect()
    }

    async fn save_events(
        &self,
        changed: &[SeenEvent],
        gone: &[String],
        turns: &[EventTurn],
        at: Timestamp,
    ) -> StoreResult<()> {
        let mut tx = self.write().await?;
        for event in changed {
            let query = sqlx::query(SAVE).bind(&event.id).bind(&event.title).bind(micros(at));
            let query = query.bind(RECORD_VERSION).bind(to_json(&event.tickets)?);
            query.execute(&mut *tx).await.map_err(backend)?;
        }
        for id in gone {
            sqlx::query(END).bind(id).bind(micros(at)).execute(&mut *tx).await.map_err(backend)?;
        }
        for turn in turns {
            let grown = turn.grown.map(number);
            let query = sqlx::query(TURN).bind(micros(turn.at)).bind(&turn.event).bind(&turn.fate);
            query.bind(&turn.other).bind(grown).execute(&mut *tx).await.map_err(backend)?;
        }
        commit(tx).await
    }

    async fn open_parent(
        &self,
        ticket: &str,
        event: &str,
        reason: &str,
        actor: &Actor,
        at: Timestamp,
    ) -> StoreResult<i64> {
        let mut tx = self.write().await?;
        let open = sqlx::query_scalar(OPEN_PARENT).bind(ticket);
        if let Some(id) = open.fetch_optional(&mut *tx).await.map_err(backend)? {
            return Ok(id);
        }
        let query = sqlx::query_scalar(INSERT_PARENT).bind(ticket).bind(event).bind(micros(at)).bind(reason);
        let id: i64 = query.fetch_one(&mut *tx).await.map_err(backend)?;
        told(&mut tx, actor, "parent_opened", Some(ticket), format!("{id}: {event} {reason}"), at).await?;
        commit(tx).await?;
        Ok(id)
    }

    async fn attach(
        &self,
        parent: i64,
        add: &[String],
        remove: &[String],
        actor: &Actor,
        at: Timestamp,
    ) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let stands = sqlx::query_scalar::<_, i64>(STANDS).bind(parent).fetch_optional(&mut *tx);
        if stands.await.map_err(backend)?.is_none() {
            return Err(gone("母单", parent));
        }
        for (sql, tickets, action) in [(ATTACH, add, "parent_attached"), (DETACH, remove, "parent_detached")] {
            for ticket in tickets {
                let query = sqlx::query(sql).bind(parent).bind(ticket);
                let query = if sql == ATTACH { query.bind(micros(at)) } else { query };
                if query.execute(&mut *tx).await.map_err(backend)?.rows_affected() > 0 {
                    told(&mut tx, actor, action, Some(ticket), parent.to_string(), at).await?;
                }
            }
        }
        commit(tx).await
    }

    async fn reply_parent(&self, parent: i64, text: &str, actor: &Actor, at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let query = sqlx::query(REPLY).bind(parent).bind(text).bind(&actor.name).bind(micros(at));
        if query.execute(&mut *tx).await.map_err(backend)?.rows_affected() == 0 {
            return Err(gone("母单", parent));
        }
        told(&mut tx, actor, "parent_replied", None, parent.to_string(), at).await?;
        commit(tx).await
    }

    async fn undo_parent(&self, parent: i64, reason: &str, actor: &Actor, at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let query = sqlx::query(UNDO_PARENT).bind(parent).bind(micros(at)).bind(&actor.name).bind(reason);
        if query.execute(&mut *tx).await.map_err(backend)?.rows_affected() == 0 {
            return Err(gone("母单", parent));
        }
        told(&mut tx, actor, "parent_undone", None, parent.to_string(), at).await?;
        commit(tx).await
    }

    async fn parents(&self) -> StoreResult<Vec<Parent>> {
        let mut tx = self.snapshot().await?;
        let mut children: BTreeMap<i64, Vec<(String, Timestamp)>> = BTreeMap::new();
        for row in sqlx::query(CHILDREN).fetch_all(&mut *tx).await.map_err(backend)? {
            let child = (get(&row, "ticket")?, time(&row, "at", "an attached ticket")?);
            children.entry(get(&row, "parent")?).or_default().push(child);
        }
        let rows = sqlx::query(PARENTS).fetch_all(&mut *tx).await.map_err(backend)?;
        rows.iter().map(|row| parent(row, &mut children)).collect()
    }
}
