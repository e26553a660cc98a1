//! Copies of the whole database: written at one instant, read back before they count.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{SqliteStore, open};
use crate::store::{Copied, Store, StoreError, StoreResult, verify_ledger};

fn failed(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Backend(format!("{}: {error}", path.display()))
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// Removes a database file with its log.
fn remove(path: &Path) {
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(with_end(path, end));
    }
}

pub(super) async fn copy(from: &Path, to: &Path) -> StoreResult<Copied> {
    if to.exists() {
        return Err(StoreError::Refused(format!("{} 已存在,请换一个文件名", to.display())));
    }
    let part = with_end(to, ".part");
    remove(&part);
    own(&part)?;
    open::copy(from, &part).await.inspect_err(|_| remove(&part))?;
    let copied = checked(&part).await.inspect_err(|_| remove(&part))?;
    fs::rename(&part, to).map_err(|e| failed(to, &e))?;
    Ok(copied)
}

/// Reads a copy as a whole: structure, references, every seal of the audit.
pub(super) async fn checked(path: &Path) -> StoreResult<Copied> {
    let store = SqliteStore::open_as_is(path).await?;
    let read = async {
        store.verify().await?;
        let verdict = verify_ledger(&store).await?;
        if let Some((line, why)) = verdict.broken {
            return Err(StoreError::Damaged(format!("{}: 审计记录第 {line} 条{why}", path.display())));
        }
        Ok((store.count().await?, verdict.sound))
    };
    let read = read.await;
    store.close().await;
    let (tickets, lines) = read?;
    let bytes = fs::metadata(path).map_err(|e| failed(path, &e))?.len();
    let mut hasher = blake3::Hasher::new();
    let hashed = fs::File::open(path).and_then(|mut file| io::copy(&mut file, &mut hasher));
    hashed.map_err(|e| failed(path, &e))?;
    Ok(Copied { tickets, lines, bytes, hash: hasher.finalize().to_hex().to_string() })
}

/// Makes an empty file that is the own account's alone, before anything is written: what comes into it is personal
/// data. One that is there stays as it is.
pub(super) fn own(path: &Path) -> StoreResult<()> {
    let mut made = fs::OpenOptions::new();
    made.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut made, 0o600);
    match made.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(failed(path, &error)),
        Ok(_) | Err(_) => Ok(()),
    }
}
