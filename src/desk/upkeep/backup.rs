//! Backups, and the index built anew.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::{
    domain::{Fault, FaultKind, Right},
    store::Copied,
};

use super::super::Desk;

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

/// Whether a file name is one of [`Desk::back_up`]'s: letters that lead nowhere else.
fn is_backup(name: &str) -> bool {
    let inner = name.strip_prefix("tingsu-").and_then(|rest| rest.strip_suffix(".db"));
    inner.is_some_and(|inner| !inner.is_empty() && inner.bytes().all(|b| b.is_ascii_digit() || b == b'-'))
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

    /// Copies the database into the data folder's `backups`; the copy is read back and checked.
    ///
    /// # Errors
    /// Not allowed, there is no data folder, or the copy could not be written.
    pub async fn back_up(&self) -> Result<(PathBuf, Copied), Fault> {
        let actor = self.actor();
        actor.needs(Right::Admin)?;
        let dir = self.backup_folder()?;
        std::fs::create_dir_all(&dir).map_err(|e| Fault::internal(format!("{}: {e}", dir.display())))?;
        let name = crate::domain::city_time(self.now()).strftime("tingsu-%Y%m%d-%H%M%S.db").to_string();
        let path = dir.join(name);
        let copied = self.room.store.copy_to(&path).await?;
        self.note(&actor, "backed_up", format!("{} {}", path.display(), copied.hash)).await?;
        Ok((path, copied))
    }

    /// Backups in the data folder, newest first.
    ///
    /// # Errors
    /// Not allowed, or there is no data folder.
    pub fn backups(&self) -> Result<Vec<BackupFile>, Fault> {
        self.actor().needs(Right::Admin)?;
        let files = std::fs::read_dir(self.backup_folder()?).into_iter().flatten().flatten();
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

    /// Reads a backup as a whole: structure, references, every seal of the audit.
    ///
    /// # Errors
    /// Not allowed, there is none of that name, or it is damaged ([`FaultKind::Conflict`], with the reason).
    pub async fn check_backup(&self, name: &str) -> Result<Copied, Fault> {
        let path = self.backup_named(name)?;
        // On a copy: opening a database may write its log beside it.
        let aside = path.with_extension("check");
        let copied = tokio::task::spawn_blocking({
            let aside = aside.clone();
            move || std::fs::copy(&path, &aside)
        });
        let copied = copied.await.map_err(|_| super::super::trouble::lost("reading a backup"))?;
        copied.map_err(|e| Fault::internal(format!("{}: {e}", aside.display())))?;
        let checked = self.room.store.upkeep().check_copy_at(&aside).await;
        remove(&aside);
        checked.map_err(|error| Fault::new(FaultKind::Conflict, format!("备份 {name} 已损坏,不能用于恢复:{error}")))
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

fn remove(path: &Path) {
    for end in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        // What is not there need not go.
        let _ = std::fs::remove_file(PathBuf::from(name));
    }
}
