//! Durable jobs: claimed for a while, then finished or given back.

use jiff::{SignedDuration, Timestamp};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, SqlitePool};

use super::{
    batch::{ROWS, push_list},
    open::backend,
    read::{id_of, number},
    sql,
};
use crate::{
    domain::{Job, JobKind},
    store::{
        StoreResult,
        record::{job_word, micros},
    },
};

/// Longest error text kept with a job, in characters.
const ERROR_LENGTH: usize = 500;

pub(super) async fn claim(
    db: &mut SqliteConnection,
    kind: JobKind,
    limit: u64,
    lease_seconds: i64,
    now: Timestamp,
) -> StoreResult<Vec<Job>> {
    let until = now.saturating_add(SignedDuration::from_secs(lease_seconds)).unwrap_or(Timestamp::MAX);
    let query = sqlx::query(sql::CLAIM_JOBS).bind(job_word(kind)).bind(micros(now)).bind(micros(until));
    let rows = query.bind(number(limit)).fetch_all(db).await.map_err(backend)?;
    let mut jobs = rows
        .iter()
        .map(|row| {
            let ticket: String = row.try_get("ticket").map_err(backend)?;
            Ok(Job {
                id: row.try_get("id").map_err(backend)?,
                kind,
                ticket: id_of(ticket)?,
                attempts: row.try_get("attempts").map_err(backend)?,
            })
        })
        .collect::<StoreResult<Vec<Job>>>()?;
    // RETURNING promises no order.
    jobs.sort_by_key(|job| job.id);
    Ok(jobs)
}

pub(super) async fn finish(db: &mut SqliteConnection, ids: &[i64]) -> StoreResult<()> {
    for chunk in ids.chunks(ROWS) {
        let mut query = QueryBuilder::new(sql::FINISH_JOBS_HEAD);
        execute_with(db, &mut query, chunk).await?;
    }
    Ok(())
}

pub(super) async fn fail(db: &mut SqliteConnection, ids: &[i64], error: &str, retry_at: Timestamp) -> StoreResult<()> {
    let error: String = error.chars().take(ERROR_LENGTH).collect();
    for chunk in ids.chunks(ROWS) {
        let mut query = QueryBuilder::new(sql::FAIL_JOBS_HEAD);
        query.push_bind(micros(retry_at)).push(", last_error = ").push_bind(error.clone()).push(" WHERE id IN ");
        execute_with(db, &mut query, chunk).await?;
    }
    Ok(())
}

/// Completes the statement with the list of ids and runs it.
async fn execute_with(db: &mut SqliteConnection, query: &mut QueryBuilder<Sqlite>, ids: &[i64]) -> StoreResult<()> {
    push_list(query, ids.iter().copied());
    query.build().persistent(false).execute(db).await.map(|_| ()).map_err(backend)
}

pub(super) async fn release(db: &mut SqliteConnection, now: Timestamp) -> StoreResult<u64> {
    let done = sqlx::query(sql::RELEASE_JOBS).bind(micros(now)).execute(db).await.map_err(backend)?;
    Ok(done.rows_affected())
}

pub(super) async fn open(readers: &SqlitePool, kind: JobKind) -> StoreResult<u64> {
    let count: i64 =
        sqlx::query_scalar(sql::OPEN_JOBS).bind(job_word(kind)).fetch_one(readers).await.map_err(backend)?;
    Ok(count.unsigned_abs())
}
