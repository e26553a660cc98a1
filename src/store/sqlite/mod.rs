//! SQLite: WAL, `synchronous=FULL`, one writer, several readers.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::{Sqlite, SqlitePool, Transaction, pool::PoolConnection};

use super::{
    Accounts, Acts, Added, AlarmLog, AuditLine, Copied, DayCount, Events, Intake, Ledger, Oversight, Store, StoreError,
    StoreResult, TicketFilter, TicketPage, Upkeep,
};
use crate::domain::{Actor, Change, Decision, Handling, Job, JobKind, NewTicket, Status, Suggestion, Ticket, TicketId};
use open::{Schema, backend};

mod accounts;
mod acts;
mod alarms;
mod batch;
mod briefs;
mod copy;
mod counted;
mod events;
mod intake;
mod jobs;
mod ledger;
mod list;
mod numbers;
mod open;
mod oversight;
mod read;
mod recent;
mod rephrase;
mod sql;
mod upkeep;
mod watches;
mod write;

/// The embedded store. Cheap to clone; all clones share the connections.
///
/// Several processes may open one file; each write waits up to ten seconds for another's.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    path: PathBuf,
    writer: SqlitePool,
    readers: SqlitePool,
    recent: recent::Recent,
}

impl SqliteStore {
    /// Opens or creates the database file and runs migrations.
    ///
    /// # Errors
    /// The file cannot be opened, is not a database, or is of a newer schema.
    pub async fn open(path: &Path) -> StoreResult<Self> {
        Self::opened(path, Schema::UpToDate).await
    }

    /// Opens a database that is there and leaves its schema as it is, which may be an older one: to copy it, and to
    /// look at it while a service runs on it.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub async fn open_as_is(path: &Path) -> StoreResult<Self> {
        Self::opened(path, Schema::AsItIs).await
    }

    async fn opened(path: &Path, schema: Schema) -> StoreResult<Self> {
        let (writer, readers) = open::open(path, schema).await?;
        Ok(Self { path: path.to_owned(), writer, readers, recent: recent::Recent::default() })
    }

    /// Whether the schema is that of this program.
    ///
    /// # Errors
    /// The database failed.
    pub async fn is_up_to_date(&self) -> StoreResult<bool> {
        Ok(open::steps_left(&self.readers).await? == 0)
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the whole database and checks its structure and references: for `doctor` and after a
    /// crash. Takes time in proportion to the size.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with the first faults found.
    pub async fn verify(&self) -> StoreResult<()> {
        open::verify(&self.readers).await
    }

    /// Reads a database file as a whole, as [`Store::copy_to`] does with what it wrote: before it takes
    /// the place of another.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with the first fault.
    pub async fn check_copy(path: &Path) -> StoreResult<Copied> {
        copy::checked(path).await
    }

    /// Limits the file to `pages` pages of 4 KiB (never under its present size): the next write
    /// past it fails as on a full disk. Holds until a write fails: the connection is then replaced.
    ///
    /// # Errors
    /// The database failed.
    pub async fn limit_pages(&self, pages: u32) -> StoreResult<()> {
        open::limit_pages(&self.writer, pages).await
    }

    /// Closes all connections; the write-ahead log is folded into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn write(&self) -> StoreResult<Transaction<'static, Sqlite>> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(backend)
    }

    /// A connection for one statement, which by itself sees one state of the database. To begin a transaction
    /// for it and end that would cost three times as many messages to the connection's thread.
    async fn reader(&self) -> StoreResult<PoolConnection<Sqlite>> {
        self.readers.acquire().await.map_err(backend)
    }

    /// A transaction that sees one state of the database through several statements.
    async fn snapshot(&self) -> StoreResult<Transaction<'static, Sqlite>> {
        self.readers.begin().await.map_err(backend)
    }
}

async fn commit(transaction: Transaction<'static, Sqlite>) -> StoreResult<()> {
    transaction.commit().await.map_err(backend)
}

#[async_trait]
impl Store for SqliteStore {
    async fn add(&self, ticket: NewTicket, intake: Intake) -> StoreResult<Added> {
        let mut results = self.add_many(vec![(ticket, intake)]).await?;
        results.pop().unwrap_or_else(|| Err(StoreError::Backend("one row went in and none came out".into())))
    }

    async fn add_many(&self, rows: Vec<(NewTicket, Intake)>) -> StoreResult<Vec<StoreResult<Added>>> {
        let mut tx = self.write().await?;
        let results = intake::add(&mut tx, rows).await?;
        commit(tx).await?;
        Ok(results)
    }

    async fn tickets(&self, ids: &[TicketId]) -> StoreResult<Vec<Ticket>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        // Each ticket is of one state by itself.
        let mut reader = self.reader().await?;
        self.recent.tickets(&mut reader, ids).await
    }

    async fn list(&self, filter: &TicketFilter, offset: u64, limit: u64) -> StoreResult<TicketPage> {
        let mut tx = self.snapshot().await?;
        list::page(&mut tx, &self.recent, filter, offset, limit).await
    }

    async fn daily(&self) -> StoreResult<Vec<DayCount>> {
        list::daily(&self.readers).await
    }

    async fn count(&self) -> StoreResult<u64> {
        read::count(&self.readers).await
    }

    async fn tickets_after(&self, seq: i64, limit: u64) -> StoreResult<Vec<Ticket>> {
        read::tickets_after(&self.readers, seq, limit).await
    }

    async fn save_suggestions(
        &self,
        rows: Vec<(TicketId, Suggestion)>,
        actor: &Actor,
        at: Timestamp,
    ) -> StoreResult<()> {
        let mut tx = self.write().await?;
        write::suggest(&mut tx, rows, actor, at).await?;
        commit(tx).await
    }

    async fn decide(&self, decision: Decision) -> StoreResult<Ticket> {
        let mut tx = self.write().await?;
        let ticket = write::decide(&mut tx, decision).await?;
        commit(tx).await?;
        Ok(ticket)
    }

    async fn decisions(&self, ticket: &TicketId) -> StoreResult<Vec<Decision>> {
        read::decisions(&self.readers, ticket).await
    }

    async fn handle(
        &self,
        ticket: &TicketId,
        status: Option<Status>,
        handling: Handling,
        actor: &Actor,
        at: Timestamp,
    ) -> StoreResult<Ticket> {
        let mut tx = self.write().await?;
        let ticket = write::handle(&mut tx, ticket, status, handling, actor, at).await?;
        commit(tx).await?;
        Ok(ticket)
    }

    async fn audit(&self, ticket: Option<&TicketId>, limit: u64) -> StoreResult<Vec<AuditLine>> {
        read::audit(&self.readers, ticket, limit).await
    }

    async fn copy_to(&self, path: &Path) -> StoreResult<Copied> {
        copy::copy(&self.path, path).await
    }

    async fn latest_decisions(&self, limit: u64) -> StoreResult<Vec<Decision>> {
        read::latest_decisions(&self.readers, limit).await
    }

    fn acts(&self) -> &dyn Acts {
        self
    }

    fn accounts(&self) -> &dyn Accounts {
        self
    }

    fn alarm_log(&self) -> &dyn AlarmLog {
        self
    }

    fn ledger(&self) -> &dyn Ledger {
        self
    }

    fn oversight(&self) -> &dyn Oversight {
        self
    }

    fn events(&self) -> &dyn Events {
        self
    }

    fn upkeep(&self) -> &dyn Upkeep {
        self
    }

    async fn changes(&self, seq: i64, limit: u64) -> StoreResult<Vec<Change>> {
        read::changes(&self.readers, seq, limit).await
    }

    async fn last_seq(&self) -> StoreResult<i64> {
        read::last_seq(&self.readers).await
    }

    async fn claim_jobs(&self, kind: JobKind, limit: u64, lease_seconds: i64, now: Timestamp) -> StoreResult<Vec<Job>> {
        let mut tx = self.write().await?;
        let claimed = jobs::claim(&mut tx, kind, limit, lease_seconds, now).await?;
        commit(tx).await?;
        Ok(claimed)
    }

    async fn finish_jobs(&self, ids: &[i64]) -> StoreResult<()> {
        let mut tx = self.write().await?;
        jobs::finish(&mut tx, ids).await?;
        commit(tx).await
    }

    async fn fail_jobs(&self, ids: &[i64], error: &str, retry_at: Timestamp) -> StoreResult<()> {
        let mut tx = self.write().await?;
        jobs::fail(&mut tx, ids, error, retry_at).await?;
        commit(tx).await
    }

    async fn release_jobs(&self, now: Timestamp) -> StoreResult<u64> {
        let mut tx = self.write().await?;
        let released = jobs::release(&mut tx, now).await?;
        commit(tx).await?;
        Ok(released)
    }

    async fn open_jobs(&self, kind: JobKind) -> StoreResult<u64> {
        jobs::open(&self.readers, kind).await
    }

    async fn note(&self, key: &str) -> StoreResult<Option<String>> {
        read::note(&self.readers, key).await
    }

    async fn set_note(&self, key: &str, value: &str) -> StoreResult<()> {
        let mut tx = self.write().await?;
        write::set_note(&mut tx, key, value).await?;
        commit(tx).await
    }

    async fn ping(&self) -> StoreResult<()> {
        read::ping(&self.readers).await
    }
}
