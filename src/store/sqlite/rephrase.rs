//! Rephrasings of briefs in SQLite.

use sqlx::{Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};

use super::{open::backend, sql};
use crate::{
    domain::brief::Brief,
    store::{
        KeptRephrasing, StoreError, StoreResult,
        record::{from_json, instant, micros, to_json},
    },
};

pub(super) async fn insert(db: &mut SqliteConnection, made: &KeptRephrasing) -> StoreResult<i64> {
    sqlx::query_scalar(sql::INSERT_REPHRASING)
        .bind(&made.brief)
        .bind(i64::from(made.version))
        .bind(&made.section)
        .bind(&made.model)
        .bind(&made.asked_by)
        .bind(micros(made.at))
        .bind(to_json(&made.places)?)
        .fetch_one(db)
        .await
        .map_err(backend)
}

/// Marks one as the brief's new version.
pub(super) async fn mark_accepted(db: &mut SqliteConnection, id: i64, brief: &Brief) -> StoreResult<()> {
    let version = brief.history.last().map_or(0, |r| r.version);
    let query = sqlx::query(sql::ACCEPT_REPHRASING).bind(id).bind(&brief.id).bind(i64::from(version));
    if query.execute(db).await.map_err(backend)?.rows_affected() == 0 {
        return Err(StoreError::Conflict(format!("改写稿{id}不存在或已被采用")));
    }
    Ok(())
}

fn one(row: &SqliteRow) -> StoreResult<KeptRephrasing> {
    let whole = |n: i64| u32::try_from(n).map_err(|_| StoreError::Damaged(format!("a rephrasing has version {n}")));
    let accepted: Option<i64> = row.try_get("accepted").map_err(backend)?;
    Ok(KeptRephrasing {
        id: row.try_get("id").map_err(backend)?,
        brief: row.try_get("brief").map_err(backend)?,
        version: whole(row.try_get("version").map_err(backend)?)?,
        section: row.try_get("section").map_err(backend)?,
        model: row.try_get("model").map_err(backend)?,
        asked_by: row.try_get("asked_by").map_err(backend)?,
        at: instant(row.try_get("at").map_err(backend)?, "a rephrasing")?,
        places: from_json(row.try_get("places_json").map_err(backend)?, "a rephrasing")?,
        accepted: accepted.map(whole).transpose()?,
    })
}

pub(super) async fn of_brief(readers: &SqlitePool, brief: &str) -> StoreResult<Vec<KeptRephrasing>> {
    sqlx::query(sql::REPHRASINGS).bind(brief).fetch_all(readers).await.map_err(backend)?.iter().map(one).collect()
}
