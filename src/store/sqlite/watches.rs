//! Kept searches and alerts.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::{Row, sqlite::SqliteRow};

use super::{
    SqliteStore, commit,
    ledger::{Unsealed, append},
    open::backend,
    read::{self, id_of, number},
    sql, write,
};
use crate::{
    domain::{Actor, Alert, KeptQuery, KeptSearch, TicketId},
    store::{
        AlertFilter, Entry, MOST_KEPT, StoreError, StoreResult, Watches,
        record::{RECORD_VERSION, from_versioned, instant, micros, to_json},
    },
    text::mask,
};

/// The note that holds the place up to which tickets were matched.
const WATCHED: &str = "watched_seq";

fn kept(row: &SqliteRow) -> StoreResult<KeptSearch> {
    let whole = |column| row.try_get::<i64, _>(column).map_err(backend);
    let text = |column| row.try_get::<String, _>(column).map_err(backend);
    let what = "a kept search";
    Ok(KeptSearch {
        id: whole("id")?,
        owner: text("owner")?,
        name: text("name")?,
        query: from_versioned(whole("version")?, &text("record_json")?, what)?,
        created_at: instant(whole("created_at")?, what)?,
        after_seq: whole("after_seq")?,
        unread: whole("unread")?.unsigned_abs(),
        alerts: whole("alerts")?.unsigned_abs(),
    })
}

#[async_trait]
impl Watches for SqliteStore {
    async fn keep_search(&self, by: &Actor, name: &str, query: &KeptQuery, at: Timestamp) -> StoreResult<KeptSearch> {
        let mut tx = self.write().await?;
        let owner = by.name.as_str();
        let of_name = "SELECT COUNT(*) FROM kept_searches WHERE owner = $1 AND name = $2";
        let there: i64 =
            sqlx::query_scalar(of_name).bind(owner).bind(name).fetch_one(&mut *tx).await.map_err(backend)?;
        if there > 0 {
            return Err(StoreError::Conflict("a search of this name is kept already: choose another name".into()));
        }
        let inserted: Option<i64> = sqlx::query_scalar(sql::KEEP_SEARCH)
            .bind(owner)
            .bind(name)
            .bind(micros(at))
            .bind(RECORD_VERSION)
            .bind(to_json(query)?)
            .bind(number(MOST_KEPT))
            .fetch_optional(&mut *tx)
            .await
            .map_err(backend)?;
        let Some(id) = inserted else {
            return Err(StoreError::Refused(format!("{MOST_KEPT} searches are kept already: drop one first")));
        };
        let line = Entry::new(by, "search_kept", format!("#{id} {}", mask(name).text));
        append(&mut tx, vec![Unsealed::of(line, at)]).await?;
        commit(tx).await?;
        let mine = self.kept_searches(Some(owner)).await?;
        mine.into_iter()
            .find(|search| search.id == id)
            .ok_or_else(|| StoreError::Conflict("the search was dropped at once by somebody else".into()))
    }

    async fn kept_searches(&self, owner: Option<&str>) -> StoreResult<Vec<KeptSearch>> {
        let query = sqlx::query(sql::KEPT_SEARCHES).bind(owner);
        query.fetch_all(&self.readers).await.map_err(backend)?.iter().map(kept).collect()
    }

    async fn kept_revision(&self) -> StoreResult<(i64, i64)> {
        let row = sqlx::query(sql::KEPT_REVISION).fetch_one(&self.readers).await.map_err(backend)?;
        Ok((row.try_get(0).map_err(backend)?, row.try_get(1).map_err(backend)?))
    }

    async fn drop_search(&self, by: &Actor, id: i64, at: Timestamp) -> StoreResult<bool> {
        let mut tx = self.write().await?;
        let done = sqlx::query(sql::DROP_SEARCH).bind(id).bind(&by.name).execute(&mut *tx).await.map_err(backend)?;
        let dropped = done.rows_affected() > 0;
        if dropped {
            append(&mut tx, vec![Unsealed::of(Entry::new(by, "search_dropped", format!("#{id}")), at)]).await?;
        }
        commit(tx).await?;
        Ok(dropped)
    }

    async fn alerts(&self, owner: &str, filter: AlertFilter, limit: u64) -> StoreResult<Vec<Alert>> {
        let query = sqlx::query(sql::ALERTS).bind(owner).bind(filter.search).bind(i64::from(filter.unread));
        let query = query.bind(filter.before).bind(number(limit));
        let alert = |row: &SqliteRow| {
            Ok(Alert {
                id: row.try_get("id").map_err(backend)?,
                search: row.try_get("search").map_err(backend)?,
                ticket: id_of(row.try_get("ticket").map_err(backend)?)?,
                at: instant(row.try_get("at").map_err(backend)?, "an alert")?,
                read: row.try_get::<Option<i64>, _>("read_at").map_err(backend)?.is_some(),
            })
        };
        query.fetch_all(&self.readers).await.map_err(backend)?.iter().map(alert).collect()
    }

    async fn read_alerts(&self, owner: &str, search: Option<i64>, up_to: i64, at: Timestamp) -> StoreResult<u64> {
        let mut tx = self.write().await?;
        let query = sqlx::query(sql::READ_ALERTS).bind(owner).bind(search).bind(up_to).bind(micros(at));
        let done = query.execute(&mut *tx).await.map_err(backend)?;
        commit(tx).await?;
        Ok(done.rows_affected())
    }

    async fn watched_seq(&self) -> StoreResult<i64> {
        let note = read::note(&self.readers, WATCHED).await?;
        let damaged = |_| StoreError::Damaged(format!("note `{WATCHED}` is not a number"));
        note.map_or(Ok(0), |text| text.parse().map_err(damaged))
    }

    async fn tell(&self, matches: &[(i64, TicketId)], up_to: i64, at: Timestamp) -> StoreResult<u64> {
        let mut tx = self.write().await?;
        let mut told = 0;
        for (search, ticket) in matches {
            let query = sqlx::query(sql::TELL).bind(search).bind(ticket.as_str()).bind(micros(at));
            told += query.execute(&mut *tx).await.map_err(backend)?.rows_affected();
        }
        write::set_note(&mut tx, WATCHED, &up_to.to_string()).await?;
        commit(tx).await?;
        Ok(told)
    }
}
