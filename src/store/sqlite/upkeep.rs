//! Jobs as an administrator sees them; the audit read by what is asked for.

use std::path::Path;

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::{QueryBuilder, Sqlite};

use super::{
    SqliteStore, commit, copy,
    open::backend,
    read::{audit_line, get, id_of, number},
};
use crate::store::{
    AuditFilter, AuditLine, Copied, JobLine, StoreResult, Upkeep,
    record::{instant, job_kind, micros},
};

const JOBS: &str = "SELECT id, kind, ticket, attempts, due_at, last_error FROM jobs \
    ORDER BY CASE WHEN last_error IS NULL THEN 1 ELSE 0 END, due_at, id LIMIT $1";
const RETRY_ONE: &str = "UPDATE jobs SET due_at = $1 WHERE id = $2 AND last_error IS NOT NULL";
const RETRY_FAILED: &str = "UPDATE jobs SET due_at = $1 WHERE last_error IS NOT NULL";
const AUDIT_HEAD: &str = "SELECT id, at, actor, action, ticket, detail FROM audit WHERE TRUE";
/// Newest first, as the indices have them: a filter reads what it gives, not the whole audit.
const AUDIT_TAIL: &str = " ORDER BY at DESC, id DESC LIMIT ";
const AUDIT_AT: &str = "SELECT at FROM audit WHERE id = $1";

#[async_trait]
impl Upkeep for SqliteStore {
    async fn jobs(&self, limit: u64) -> StoreResult<Vec<JobLine>> {
        let rows = sqlx::query(JOBS).bind(number(limit)).fetch_all(&self.readers).await.map_err(backend)?;
        rows.iter()
            .map(|row| {
                Ok(JobLine {
                    id: get(row, "id")?,
                    kind: job_kind(get(row, "kind")?)?,
                    ticket: id_of(get(row, "ticket")?)?,
                    attempts: get(row, "attempts")?,
                    due_at: instant(get(row, "due_at")?, "job")?,
                    error: get(row, "last_error")?,
                })
            })
            .collect()
    }

    async fn retry_jobs(&self, id: Option<i64>, now: Timestamp) -> StoreResult<u64> {
        let mut tx = self.write().await?;
        let query = match id {
            Some(id) => sqlx::query(RETRY_ONE).bind(micros(now)).bind(id),
            None => sqlx::query(RETRY_FAILED).bind(micros(now)),
        };
        let done = query.execute(&mut *tx).await.map_err(backend)?;
        commit(tx).await?;
        Ok(done.rows_affected())
    }

    async fn audit_lines(&self, filter: &AuditFilter, limit: u64) -> StoreResult<Vec<AuditLine>> {
        let mut query = QueryBuilder::<Sqlite>::new(AUDIT_HEAD);
        if let Some(actor) = &filter.actor {
            query.push(" AND actor = ").push_bind(actor);
        }
        if let Some(action) = &filter.action {
            query.push(" AND action = ").push_bind(action);
        }
        if let Some(ticket) = &filter.ticket {
            query.push(" AND ticket = ").push_bind(ticket.as_str());
        }
        if let Some(from) = filter.at.from {
            query.push(" AND at >= ").push_bind(micros(from));
        }
        if let Some(to) = filter.at.to {
            query.push(" AND at < ").push_bind(micros(to));
        }
        if let Some(before) = filter.before {
            let at: Option<i64> =
                sqlx::query_scalar(AUDIT_AT).bind(before).fetch_optional(&self.readers).await.map_err(backend)?;
            match at {
                Some(at) => query.push(" AND (at, id) < (").push_bind(at).push(", ").push_bind(before).push(")"),
                None => query.push(" AND id < ").push_bind(before),
            };
        }
        query.push(AUDIT_TAIL).push_bind(number(limit));
        let rows = query.build().persistent(false).fetch_all(&self.readers).await.map_err(backend)?;
        rows.iter().map(audit_line).collect()
    }

    async fn check_copy_at(&self, path: &Path) -> StoreResult<Copied> {
        copy::checked(path).await
    }
}
