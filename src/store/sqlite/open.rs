//! What is SQLite's own: files, pragmas, migrations, error codes.

use std::{borrow::Cow, path::Path, time::Duration};

use sqlx::{
    Connection, Row, SqlSafeStr, SqliteConnection, SqlitePool,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::store::{StoreError, StoreResult};

/// `Ting` in ASCII: marks the file as ours, so that another program's database is not taken over.
const APPLICATION_ID: i64 = 0x5469_6e67;
const READERS: u32 = 4;
const BUSY: Duration = Duration::from_secs(10);
const ACQUIRE: Duration = Duration::from_secs(30);

/// All schema steps, oldest first. A step that was shipped is never edited.
fn migrator() -> Migrator {
    let steps = [
        (1, "truth", include_str!("migrations/0001_truth.sql")),
        (2, "watches", include_str!("migrations/0002_watches.sql")),
        (3, "events", include_str!("migrations/0003_events.sql")),
        (4, "briefs", include_str!("migrations/0004_briefs.sql")),
        (5, "accounts", include_str!("migrations/0005_accounts.sql")),
        (6, "rephrasings", include_str!("migrations/0006_rephrasings.sql")),
        (7, "oversight", include_str!("migrations/0007_oversight.sql")),
        (8, "acts", include_str!("migrations/0008_acts.sql")),
        (10, "alarms", include_str!("migrations/0010_alarms.sql")),
        (11, "looked_up", include_str!("migrations/0011_looked_up.sql")),
        (12, "second", include_str!("migrations/0012_second.sql")),
        (13, "whistles", include_str!("migrations/0013_whistles.sql")),
        (14, "signed", include_str!("migrations/0014_signed.sql")),
        (15, "readings_apart", include_str!("migrations/0015_readings_apart.sql")),
        (16, "assisted", include_str!("migrations/0016_assisted.sql")),
        (17, "repeats", include_str!("migrations/0017_repeats.sql")),
    ];
    Migrator::with_migrations(
        steps
            .into_iter()
            .map(|(version, name, sql)| {
                Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, sql.into_sql_str(), false)
            })
            .collect(),
    )
}

/// What an opening may do to the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Schema {
    /// It is made if it is not there, and brought up to date.
    UpToDate,
    /// It has to be there and stays of the schema that it has, which may be an older one.
    AsItIs,
}

/// Opens writer and readers of a database file.
pub(super) async fn open(path: &Path, schema: Schema) -> StoreResult<(SqlitePool, SqlitePool)> {
    let name = path.display();
    if path.is_dir() {
        return Err(StoreError::Backend(format!("{name} is a folder, a database file is needed")));
    }
    if schema == Schema::UpToDate {
        // Its log takes its mode from it.
        super::copy::own(path).map_err(|error| {
            let what = "the file cannot be opened: check that the folder exists and may be written";
            StoreError::Backend(format!("{name}: {what} ({error})"))
        })?;
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(schema == Schema::UpToDate)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .synchronous(SqliteSynchronous::Full)
        .pragma("cache_size", "-32768")
        .pragma("temp_store", "MEMORY");
    let pool = |n: u32| {
        SqlitePoolOptions::new()
            .max_connections(n)
            .acquire_timeout(ACQUIRE)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .after_release(|connection, _| Box::pin(left_clean(connection)))
    };
    let context = |e: sqlx::Error| named(path, backend(e));
    let writer = pool(1).connect_with(options.clone().journal_mode(SqliteJournalMode::Wal)).await.map_err(context)?;
    claim(&writer, path).await?;
    match schema {
        Schema::UpToDate => {
            migrator().run(&writer).await.map_err(|e| migration_error(path, e))?;
            super::ledger::seal_old(&writer).await?;
            sqlx::query("PRAGMA application_id = 1416195687").execute(&writer).await.map_err(context)?;
        }
        Schema::AsItIs => {
            steps_left(&writer).await.map_err(|error| named(path, error))?;
        }
    }
    let readers = pool(READERS).connect_with(options.pragma("query_only", "ON")).await.map_err(context)?;
    Ok((writer, readers))
}

/// Whether a connection can be used again. SQLite ends a transaction by itself when the disk is full
/// or fails; sqlx does not notice, its rollback fails, and the connection would refuse every later
/// `BEGIN`. Such a connection is closed and the pool opens another.
async fn left_clean(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if !connection.is_in_transaction() {
        return Ok(true); // the usual case, without asking the connection's thread
    }
    connection.ping().await?; // the rollback of a dropped transaction has been run by now
    Ok(!connection.is_in_transaction())
}

/// Refuses a database that another program made.
async fn claim(writer: &SqlitePool, path: &Path) -> StoreResult<()> {
    let number = |sql: &'static str| async move {
        let found: i64 = sqlx::query_scalar(sql).fetch_one(writer).await.map_err(|e| named(path, backend(e)))?;
        Ok::<i64, StoreError>(found)
    };
    let application = number("PRAGMA application_id").await?;
    let tables = number("SELECT COUNT(*) FROM sqlite_master").await?;
    let ours = number("SELECT COUNT(*) FROM sqlite_master WHERE name = '_sqlx_migrations'").await?;
    if application == APPLICATION_ID || tables == 0 || (application == 0 && ours == 1) {
        return Ok(());
    }
    Err(StoreError::Damaged(format!("{} is a database of another program", path.display())))
}

/// How many schema steps the database lacks.
pub(super) async fn steps_left(db: &SqlitePool) -> StoreResult<usize> {
    let done: Vec<i64> = sqlx::query_scalar("SELECT version FROM _sqlx_migrations ORDER BY version")
        .fetch_all(db)
        .await
        .map_err(backend)?;
    let known: Vec<i64> = migrator().iter().map(|step| step.version).collect();
    match done.iter().find(|version| !known.contains(version)) {
        Some(version) => Err(unknown_step(*version)),
        None => Ok(known.len() - done.len()),
    }
}

fn unknown_step(version: i64) -> StoreError {
    StoreError::Damaged(format!("schema version {version}, which this program does not know; use a newer tingsu"))
}

fn migration_error(path: &Path, error: MigrateError) -> StoreError {
    let name = path.display();
    match error {
        MigrateError::VersionMissing(version) => named(path, unknown_step(version)),
        MigrateError::VersionMismatch(version) => {
            StoreError::Damaged(format!("{name}: schema step {version} differs from this program's"))
        }
        MigrateError::Dirty(version) => StoreError::Damaged(format!("{name}: schema step {version} is half done")),
        MigrateError::Execute(e) | MigrateError::ExecuteMigration(e, _) => named(path, backend(e)),
        other => StoreError::Backend(format!("{name}: {other}")),
    }
}

fn named(path: &Path, error: StoreError) -> StoreError {
    match error {
        StoreError::Backend(what) => StoreError::Backend(format!("{}: {what}", path.display())),
        StoreError::Damaged(what) => StoreError::Damaged(format!("{}: {what}", path.display())),
        other => other,
    }
}

/// An error of the database in the store's words. SQLite's messages name tables and columns, never
/// values, so no appeal text passes through here.
pub(super) fn backend(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(e) => {
            let code = e.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or(0) & 0xff;
            let plain = match code {
                5 | 6 => "the database is locked by another process",
                8 => "the database is read-only: check the rights of the folder and the file",
                10 => "reading or writing the disk failed",
                11 => return StoreError::Damaged(format!("the database file is damaged ({})", e.message())),
                13 => "the disk is full",
                14 => "the file cannot be opened: check that the folder exists and may be written",
                26 => return StoreError::Damaged("the file is not a database".into()),
                _ => "the database refused",
            };
            StoreError::Backend(format!("{plain} ({})", e.message()))
        }
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => {
            StoreError::Damaged(error.to_string())
        }
        sqlx::Error::PoolTimedOut => StoreError::Backend("no free connection within 30 s".into()),
        sqlx::Error::PoolClosed => StoreError::Backend("the store is closed".into()),
        _ => StoreError::Backend(error.to_string()),
    }
}

pub(super) async fn verify(readers: &SqlitePool) -> StoreResult<()> {
    let lines: Vec<String> =
        sqlx::query_scalar("PRAGMA integrity_check(5)").fetch_all(readers).await.map_err(backend)?;
    if lines != ["ok"] {
        return Err(StoreError::Damaged(lines.join("; ")));
    }
    let orphan = sqlx::query("PRAGMA foreign_key_check").fetch_optional(readers).await.map_err(backend)?;
    match orphan {
        None => Ok(()),
        Some(row) => {
            let table: String = row.try_get(0).map_err(backend)?;
            Err(StoreError::Damaged(format!("a row of {table} refers to nothing")))
        }
    }
}

/// Copies the database at one instant, into a file that is empty or not there. It has a connection of its own: the
/// writer goes on meanwhile.
pub(super) async fn copy(from: &Path, to: &Path) -> StoreResult<()> {
    let text = to.to_str().ok_or_else(|| StoreError::Backend("the file name is not UTF-8".into()))?;
    let options = SqliteConnectOptions::new().filename(from).busy_timeout(BUSY);
    let context = |e: sqlx::Error| named(to, backend(e));
    let mut connection = SqliteConnection::connect_with(&options).await.map_err(context)?;
    sqlx::query("VACUUM INTO $1").bind(text).execute(&mut connection).await.map_err(context)?;
    connection.close().await.map_err(context)?;
    let synced = std::fs::File::open(to).and_then(|file| file.sync_all());
    synced.map_err(|e| StoreError::Backend(format!("{text}: {e}")))
}

pub(super) async fn limit_pages(writer: &SqlitePool, pages: u32) -> StoreResult<()> {
    // A pragma takes no parameters; the number is a u32, nothing else can get into the text.
    let sql = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
    sqlx::query(sql).execute(writer).await.map_err(backend)?;
    Ok(())
}
