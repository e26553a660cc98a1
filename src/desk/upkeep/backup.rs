//! Backups, and the index built anew.
//!
//! To copy or to read a large database takes longer than a request may: both are tasks of their own that go on when
//! whoever asked goes away. That a backup is to be made stands in the store until it is made or has failed, so that a
//! service that was stopped meanwhile makes it after its start.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;
use tokio::sync::OwnedMutexGuard;
use tracing::warn;

use crate::{
    domain::{Actor, Fault, FaultKind, Right, Role},
    store::Copied,
};

use super::super::{Desk, trouble::lost};

/// The note that names who asked for a backup that is not made yet.
const ASKED: &str = "backup_asked";

/// A backup of the data folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupFile {
    /// File name.
    pub name: String,
    /// Size.
    pub bytes: u64,
    /// When it was written, as the file system says.
    pub at: Option<Timestamp>,
}

/// A backup that is made or read back, or the last one of this process.
#[derive(Clone, Debug)]
pub struct Copying {
    /// The backup that is read back; none while one is made.
    pub checked: Option<String>,
    /// Since when.
    pub at: Timestamp,
    /// The file and what is in it, or why there is none; none while it runs.
    pub found: Option<Result<(PathBuf, Copied), String>>,
}

/// Whether a file name is one of [`Desk::back_up`]'s: letters that lead nowhere else.
fn is_backup(name: &str) -> bool {
    ends(name, &[".db"])
}

/// Whether a file was left by a copy that did not come to its end.
fn is_left(name: &str) -> bool {
    let base = ["-wal", "-shm", "-journal"].iter().find_map(|log| name.strip_suffix(log)).unwrap_or(name);
    ends(base, &[".db.part", ".check"])
}

/// Whether a name is that of a backup, by its date, with one of these ends.
fn ends(name: &str, ends: &[&str]) -> bool {
    let rest = name.strip_prefix("tingsu-").unwrap_or_default();
    let inner = ends.iter().find_map(|end| rest.strip_suffix(end)).unwrap_or_default();
    !inner.is_empty() && inner.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

impl Desk {
    /// Builds the index anew beside the live one, for an administrator.
    ///
    /// # Errors
    /// Not allowed, or the folder cannot be written.
    pub async fn renew_index(&self) -> Result<(), Fault> {
        let actor = self.actor();
        actor.needs(Right::Admin)?;
        self.rebuild_index()?;
        self.room.changed.notify_waiters();
        self.note(&actor, "index_renewed", "").await
    }

    /// Copies the database into the data folder's `backups`; the copy is read back and checked. Goes on if nobody waits
    /// for it; see [`Desk::copying`].
    ///
    /// # Errors
    /// Not allowed, another one is made or read, there is no data folder, or the copy could not be written.
    pub async fn back_up(&self) -> Result<(PathBuf, Copied), Fault> {
        let actor = self.actor();
        actor.needs(Right::Admin)?;
        let (dir, turn) = (self.backup_folder()?, self.copying_turn()?);
        let desk = self.clone();
        let work = async move {
            desk.room.store.set_note(ASKED, &actor.name).await?;
            desk.made(&actor, &dir, turn).await
        };
        tokio::spawn(work).await.map_err(|_| lost("a backup"))?
    }

    /// Makes the backup that an earlier process was asked for and did not make; whether there was one.
    ///
    /// # Errors
    /// The store failed, or the copy could not be written.
    pub async fn resume_backup(&self) -> Result<bool, Fault> {
        let asked = self.room.store.note(ASKED).await?.filter(|name| !name.is_empty());
        let (Some(name), Ok(turn)) = (asked, self.copying_turn()) else { return Ok(false) };
        let dir = self.backup_folder()?;
        self.made(&Actor::person(name, Role::Admin), &dir, turn).await?;
        Ok(true)
    }

    /// Makes a backup and shows what became of it.
    async fn made(&self, actor: &Actor, dir: &Path, turn: OwnedMutexGuard<()>) -> Result<(PathBuf, Copied), Fault> {
        let begun = Copying { checked: None, at: self.now(), found: None };
        let work = async {
            let dir = dir.to_owned();
            let ready = tokio::task::spawn_blocking(move || ready(&dir).map(|()| dir));
            let dir = ready.await.map_err(|_| lost("a backup"))??;
            let name = crate::domain::city_time(self.now()).strftime("tingsu-%Y%m%d-%H%M%S.db").to_string();
            let path = dir.join(name);
            let copied = self.room.store.copy_to(&path).await?;
            self.note(actor, "backed_up", format!("{} {}", path.display(), copied.hash)).await?;
            Ok((path, copied))
        };
        let found = self.watched(begun, work, turn).await;
        if let Err(fault) = self.room.store.set_note(ASKED, "").await {
            warn!(error = %fault, "the backup is made again after the next start");
        }
        found
    }

    /// Shows that a copy is made or read, and then what became of it.
    async fn watched(
        &self,
        begun: Copying,
        work: impl Future<Output = Result<(PathBuf, Copied), Fault>>,
        _turn: OwnedMutexGuard<()>,
    ) -> Result<(PathBuf, Copied), Fault> {
        self.room.copying.store(Some(Arc::new(begun.clone())));
        let found = work.await;
        let shown = found.clone().map_err(|fault| fault.message);
        self.room.copying.store(Some(Arc::new(Copying { found: Some(shown), ..begun })));
        found
    }

    /// One copy is made or read at a time: each costs the disk the size of the database.
    fn copying_turn(&self) -> Result<OwnedMutexGuard<()>, Fault> {
        let turn = self.room.copies.clone().try_lock_owned();
        turn.map_err(|_| Fault::new(FaultKind::Conflict, "正在备份或校验,请等它完成"))
    }

    /// The copy that is made or read, or the last one of this process.
    ///
    /// # Errors
    /// Not allowed.
    pub fn copying(&self) -> Result<Option<Copying>, Fault> {
        self.actor().needs(Right::Admin)?;
        let Some(last) = self.room.copying.load_full() else { return Ok(None) };
        let mut last = Copying::clone(&last);
        if last.found.is_none() && self.room.copies.try_lock().is_ok() {
            last.found = Some(Err("中断,请查看日志后重试".to_owned()));
        }
        Ok(Some(last))
    }

    /// Backups in the data folder, newest first.
    ///
    /// # Errors
    /// Not allowed, or there is no data folder.
    pub fn backups(&self) -> Result<Vec<BackupFile>, Fault> {
        self.actor().needs(Right::Admin)?;
        let files = fs::read_dir(self.backup_folder()?).into_iter().flatten().flatten();
        let mut found: Vec<BackupFile> = files
            .filter_map(|f| {
                let (name, meta) = (f.file_name().into_string().ok()?, f.metadata().ok()?);
                let at = meta.modified().ok().and_then(|at| Timestamp::try_from(at).ok());
                is_backup(&name).then_some(BackupFile { name, bytes: meta.len(), at })
            })
            .collect();
        found.sort_by(|a, b| b.name.cmp(&a.name));
        Ok(found)
    }

    /// Where a backup lies, to be taken away. That it was taken is recorded before this returns: it holds
    /// personal data.
    ///
    /// # Errors
    /// Not allowed, or there is none of that name.
    pub async fn take_backup(&self, name: &str) -> Result<PathBuf, Fault> {
        let actor = self.actor();
        let path = self.backup_named(name)?;
        self.note(&actor, "backup_taken", name).await?;
        Ok(path)
    }

    /// Reads a backup as a whole: structure, references, every seal of the audit. Goes on if nobody waits for it; see
    /// [`Desk::copying`].
    ///
    /// # Errors
    /// Not allowed, another one is made or read, there is none of that name, or it is damaged
    /// ([`FaultKind::Conflict`], with the reason).
    pub async fn check_backup(&self, name: &str) -> Result<Copied, Fault> {
        let path = self.backup_named(name)?;
        let (dir, turn) = (self.backup_folder()?, self.copying_turn()?);
        let begun = Copying { checked: Some(name.to_owned()), at: self.now(), found: None };
        let (desk, name) = (self.clone(), name.to_owned());
        let work = async move {
            let read = async {
                // On a copy: opening a database may write its log beside it.
                let aside = path.with_extension("check");
                let copied = tokio::task::spawn_blocking({
                    let (path, aside) = (path.clone(), aside.clone());
                    move || ready(&dir).and_then(|()| fs::copy(&path, &aside).map_err(|e| failed(&aside, &e)))
                });
                copied.await.map_err(|_| lost("reading a backup"))??;
                let checked = desk.room.store.upkeep().check_copy_at(&aside).await;
                remove(&aside);
                let damaged = |error| format!("备份 {name} 已损坏,不能用于恢复:{error}");
                let checked = checked.map_err(|error| Fault::new(FaultKind::Conflict, damaged(error)))?;
                Ok((path.clone(), checked))
            };
            desk.watched(begun, read, turn).await
        };
        let found = tokio::spawn(work).await.map_err(|_| lost("reading a backup"))?;
        found.map(|(_, copied)| copied)
    }

    /// The data folder, if there is one.
    pub fn data_folder(&self) -> Option<&Path> {
        self.room.config.data.as_deref()
    }

    fn backup_named(&self, name: &str) -> Result<PathBuf, Fault> {
        self.actor().needs(Right::Admin)?;
        let path = self.backup_folder()?.join(name);
        match is_backup(name) && path.is_file() {
            true => Ok(path),
            false => Err(Fault::not_found("没有这个备份文件")),
        }
    }

    fn backup_folder(&self) -> Result<PathBuf, Fault> {
        let data = self.room.config.data.as_ref().map(|data| data.join("backups"));
        data.ok_or_else(|| Fault::invalid("此服务没有数据目录,请用 tingsu backup 备份"))
    }
}

fn failed(path: &Path, error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::StorageFull => Fault::new(FaultKind::Unavailable, "磁盘已满,未备份;请清理后重试"),
        _ => Fault::internal(format!("{}: {error}", path.display())),
    }
}

/// The folder of backups, which only the service's account reads, without what earlier copies left behind. Whoever
/// holds the turn calls it: no other copy is on its way.
fn ready(dir: &Path) -> Result<(), Fault> {
    let mut made = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut made, 0o700);
    made.recursive(true).create(dir).map_err(|e| failed(dir, &e))?;
    for file in fs::read_dir(dir).map_err(|e| failed(dir, &e))?.flatten() {
        if file.file_name().to_str().is_some_and(is_left) {
            fs::remove_file(file.path()).map_err(|e| failed(&file.path(), &e))?;
        }
    }
    Ok(())
}

fn remove(path: &Path) {
    for end in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        // What is not there need not go.
        let _ = fs::remove_file(PathBuf::from(name));
    }
}
