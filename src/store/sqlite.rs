//! SQLite: WAL, `synchronous=FULL`, one writer.

use std::path::Path;

use super::StoreResult;

/// The embedded store.
#[derive(Debug, Clone)]
pub struct SqliteStore {}

impl SqliteStore {
    /// Opens or creates the database file and runs migrations.
    ///
    /// # Errors
    /// The file cannot be opened, is not a database, or is of a newer schema.
    pub async fn open(path: &Path) -> StoreResult<Self> {
        let _ = path;
        todo!()
    }
}
