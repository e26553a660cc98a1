//! Acts on tickets, calls of several tickets, kept lists.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{
    SqliteStore,
    batch::Batch,
    commit, intake,
    ledger::{Unsealed, append},
    list,
    open::backend,
    read::{self, id_of, number},
    write,
};
use crate::{
    domain::{Act, Actor, ChangeKind, Decision, KeptList, NewTicket, Ticket, TicketId},
    store::{
        Acts, Added, Entry, Intake, MOST_LISTS, StoreError, StoreResult, TicketFilter,
        record::{RECORD_VERSION, from_versioned, kept, micros, to_json},
    },
    text::mask,
};

const INSERT_ACT: &str =
    "INSERT INTO acts (ticket, at, actor, kind, version, record_json) VALUES ($1, $2, $3, $4, $5, $6)";
const ACTS_OF: &str = "SELECT version, record_json FROM acts WHERE ticket = $1 ORDER BY id";
const INSERT_PART: &str =
    "INSERT INTO call_parts (ticket, call, part) VALUES ($1, $2, $3) ON CONFLICT (ticket) DO NOTHING";
const SAME_CALL: &str = "SELECT o.ticket FROM call_parts p JOIN call_parts o ON o.call = p.call WHERE p.ticket = $1 \
                         ORDER BY o.part";
const COUNT_LISTS: &str = "SELECT COUNT(*) FROM kept_lists WHERE owner = $1 AND name <> $2";
const KEEP_LIST: &str = "INSERT INTO kept_lists (owner, name, query, created_at) VALUES ($1, $2, $3, $4) \
                         ON CONFLICT (owner, name) DO UPDATE SET query = excluded.query RETURNING id";
const KEPT_LISTS: &str = "SELECT id, name, query FROM kept_lists WHERE owner = $1 ORDER BY id";
const DROP_LIST: &str = "DELETE FROM kept_lists WHERE id = $1 AND owner = $2";

async fn act_on(
    db: &mut SqliteConnection,
    batch: &mut Batch,
    ticket: Option<&mut Ticket>,
    act: &Act,
    decision: Option<Decision>,
) -> StoreResult<StoreResult<Ticket>> {
    let Some(ticket) = ticket else { return Ok(Err(StoreError::NotFound(act.ticket.clone()))) };
    if let Some(decision) = decision {
        // What the workflow refuses is not decided either.
        if let Err(why) = act.apply(&mut ticket.clone()) {
            return Ok(Err(StoreError::Refused(why)));
        }
        match write::decided(db, batch, ticket, decision).await {
            Err(StoreError::Refused(why)) => return Ok(Err(StoreError::Refused(why))),
            done => done?,
        }
    }
    let detail = match act.apply(ticket) {
        Ok(detail) => detail,
        Err(why) => return Ok(Err(StoreError::Refused(why))),
    };
    sqlx::query(INSERT_ACT)
        .bind(act.ticket.as_str())
        .bind(micros(act.at))
        .bind(&act.actor.name)
        .bind(act.deed.code())
        .bind(RECORD_VERSION)
        .bind(to_json(act)?)
        .execute(&mut *db)
        .await
        .map_err(backend)?;
    ticket.seq = batch.change(&act.ticket, ChangeKind::Handled, act.at);
    batch.ticket(ticket, None)?;
    batch.audit(&act.ticket, &act.actor, act.at, vec![(act.deed.code(), detail)]);
    Ok(Ok(ticket.clone()))
}

#[async_trait]
impl Acts for SqliteStore {
    async fn act_decided(&self, acts: Vec<(Act, Option<Decision>)>) -> StoreResult<Vec<StoreResult<Ticket>>> {
        let mut tx = self.write().await?;
        let ids: Vec<TicketId> = acts.iter().map(|(act, _)| act.ticket.clone()).collect();
        let mut tickets: BTreeMap<TicketId, Ticket> =
            read::tickets(&mut tx, &ids).await?.into_iter().map(|t| (t.id.clone(), t)).collect();
        let mut batch = Batch::begin(&mut tx).await?;
        let mut done = Vec::with_capacity(acts.len());
        for (mut act, decision) in acts {
            act.at = kept(act.at);
            // What is refused half way leaves the ticket as it was.
            let mut fresh = tickets.get(&act.ticket).cloned();
            let result = act_on(&mut tx, &mut batch, fresh.as_mut(), &act, decision).await?;
            if let Ok(ticket) = &result {
                tickets.insert(ticket.id.clone(), ticket.clone());
            }
            done.push(result);
        }
        batch.write(&mut tx).await?;
        commit(tx).await?;
        Ok(done)
    }

    async fn acts_of(&self, ticket: &TicketId) -> StoreResult<Vec<Act>> {
        let rows = sqlx::query(ACTS_OF).bind(ticket.as_str()).fetch_all(&self.readers).await.map_err(backend)?;
        let act = |row: &SqliteRow| {
            let version = row.try_get("version").map_err(backend)?;
            from_versioned(version, row.try_get("record_json").map_err(backend)?, &format!("an act on `{ticket}`"))
        };
        rows.iter().map(act).collect()
    }

    async fn add_call(&self, parts: Vec<(NewTicket, Intake)>) -> StoreResult<Vec<Added>> {
        let mut tx = self.write().await?;
        let added: Vec<Added> = intake::add(&mut tx, parts).await?.into_iter().collect::<StoreResult<_>>()?;
        let ids: Vec<String> = added.iter().map(|a| id(a).as_str().to_owned()).collect();
        if added.iter().any(|part| matches!(part, Added::Same(_))) {
            // The same call again, whole and in its order; anything else would mix two calls.
            let call: Vec<String> =
                sqlx::query_scalar(SAME_CALL).bind(&ids[0]).fetch_all(&mut *tx).await.map_err(backend)?;
            if call != ids {
                let why = "有的部分已作为另一次来电登记;请按原样重发整次来电,或作为新的来电登记";
                return Err(StoreError::Conflict(why.to_owned()));
            }
        }
        for (part, own) in (0_i64..).zip(&ids) {
            let query = sqlx::query(INSERT_PART).bind(own).bind(&ids[0]).bind(part);
            query.execute(&mut *tx).await.map_err(backend)?;
        }
        commit(tx).await?;
        Ok(added)
    }

    async fn same_call(&self, ticket: &TicketId) -> StoreResult<Vec<TicketId>> {
        let query = sqlx::query_scalar::<_, String>(SAME_CALL).bind(ticket.as_str());
        query.fetch_all(&self.readers).await.map_err(backend)?.into_iter().map(id_of).collect()
    }

    async fn ids(&self, filter: &TicketFilter, limit: u64) -> StoreResult<Vec<TicketId>> {
        let mut reader = self.reader().await?;
        list::ids(&mut reader, filter, 0, limit).await
    }

    async fn keep_list(&self, by: &Actor, name: &str, query: &str, at: Timestamp) -> StoreResult<KeptList> {
        let mut tx = self.write().await?;
        let owner = by.name.as_str();
        let others: i64 =
            sqlx::query_scalar(COUNT_LISTS).bind(owner).bind(name).fetch_one(&mut *tx).await.map_err(backend)?;
        if others >= number(MOST_LISTS) {
            return Err(StoreError::Refused(format!("最多保存 {MOST_LISTS} 个筛选,请先删去不用的")));
        }
        let keep = sqlx::query_scalar(KEEP_LIST).bind(owner).bind(name).bind(query).bind(micros(at));
        let id: i64 = keep.fetch_one(&mut *tx).await.map_err(backend)?;
        let line = Entry::new(by, "list_kept", format!("#{id} {}", mask(name).text));
        append(&mut tx, vec![Unsealed::of(line, at)]).await?;
        commit(tx).await?;
        Ok(KeptList { id, name: name.to_owned(), query: query.to_owned() })
    }

    async fn kept_lists(&self, owner: &str) -> StoreResult<Vec<KeptList>> {
        let rows = sqlx::query(KEPT_LISTS).bind(owner).fetch_all(&self.readers).await.map_err(backend)?;
        let list = |row: &SqliteRow| {
            Ok(KeptList {
                id: row.try_get("id").map_err(backend)?,
                name: row.try_get("name").map_err(backend)?,
                query: row.try_get("query").map_err(backend)?,
            })
        };
        rows.iter().map(list).collect()
    }

    async fn drop_list(&self, by: &Actor, id: i64, at: Timestamp) -> StoreResult<bool> {
        let mut tx = self.write().await?;
        let done = sqlx::query(DROP_LIST).bind(id).bind(&by.name).execute(&mut *tx).await.map_err(backend)?;
        let dropped = done.rows_affected() > 0;
        if dropped {
            append(&mut tx, vec![Unsealed::of(Entry::new(by, "list_dropped", format!("#{id}")), at)]).await?;
        }
        commit(tx).await?;
        Ok(dropped)
    }
}

fn id(added: &Added) -> &TicketId {
    match added {
        Added::New(ticket) | Added::Same(ticket) => &ticket.id,
    }
}
