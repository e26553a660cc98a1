//! Durable jobs: claimed for a while, then finished or given back.

use jiff::{SignedDuration, Timestamp};
use sqlx::{Row, SqliteConnection, SqlitePool};

use super::{open::backend, read::number, sql};
use crate::{
    domain::{Job, JobKind, TicketId},
    store::{
        StoreError, StoreResult,
        record::{job_word, micros},
    },
};

/// Longest error text kept with a job, in characters.
const ERROR_LENGTH: usize = 500;

pub(super) async fn add(db: &mut SqliteConnection, kind: JobKind, ticket: &TicketId, at: Timestamp) -> StoreResult<()> {
    let query = sqlx::query(sql::INSERT_JOB).bind(job_word(kind)).bind(ticket.as_str()).bind(micros(at));
    query.execute(db).await.map(|_| ()).map_err(backend)
}

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
                ticket: TicketId::new(ticket).map_err(|_| StoreError::Damaged("a job names no ticket".into()))?,
                attempts: row.try_get("attempts").map_err(backend)?,
            })
        })
        .collect::<StoreResult<Vec<Job>>>()?;
    // RETURNING promises no order.
    jobs.sort_by_key(|job| job.id);
    Ok(jobs)
}

pub(super) async fn finish(db: &mut SqliteConnection, ids: &[i64]) -> StoreResult<()> {
    for id in ids {
        sqlx::query(sql::FINISH_JOB).bind(id).execute(&mut *db).await.map_err(backend)?;
    }
    Ok(())
}

pub(super) async fn fail(db: &mut SqliteConnection, ids: &[i64], error: &str, retry_at: Timestamp) -> StoreResult<()> {
    let error: String = error.chars().take(ERROR_LENGTH).collect();
    for id in ids {
        let query = sqlx::query(sql::FAIL_JOB).bind(id).bind(micros(retry_at)).bind(&error);
        query.execute(&mut *db).await.map_err(backend)?;
    }
    Ok(())
}

pub(super) async fn open(readers: &SqlitePool, kind: JobKind) -> StoreResult<u64> {
    let count: i64 =
        sqlx::query_scalar(sql::OPEN_JOBS).bind(job_word(kind)).fetch_one(readers).await.map_err(backend)?;
    Ok(count.unsigned_abs())
}
