//! Backup and restore of a data folder's truth; what is derived from it is built anew.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::store::{Copied, SqliteStore, Store};

use super::{BootError, Config};

fn failed(what: &str, path: &Path, error: &io::Error) -> BootError {
    BootError::Data { dir: path.display().to_string(), why: format!("{what}: {error}") }
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// Copies the database of a data folder to a new file, also while a service runs on it, and reads the
/// copy back: structure, references, and the whole audit.
///
/// # Errors
/// There is no data, the file exists, or the copy is not sound.
pub async fn backup(data: &Path, out: &Path) -> Result<Copied, BootError> {
    Ok(super::open::open_as_is(data).await?.copy_to(out).await?)
}

/// Puts a backup in the place of a data folder's database; one that is there is kept under another name.
/// Index and vectors are removed: they are of another history.
///
/// # Errors
/// The backup is not sound, a service runs on the folder, or a database is there without `force`.
pub async fn restore(config: &Config, from: &Path, force: bool) -> Result<(Copied, Option<PathBuf>), BootError> {
    let data = &config.data;
    let target = data.join("tingsu.db");
    if target.exists() {
        if !force {
            let why = "已有数据库;如确需以备份替换,请加 --force,原数据库会改名留存".to_owned();
            return Err(BootError::Data { dir: data.display().to_string(), why });
        }
        if super::open::is_served(config)? {
            let why = "服务正在使用它,请先停止服务".to_owned();
            return Err(BootError::Data { dir: data.display().to_string(), why });
        }
    }
    super::open::data_folder(data).map_err(|e| failed("无法建立", data, &e))?;
    let part = data.join("tingsu.db.restoring");
    remove_with_log(&part);
    fs::copy(from, &part).map_err(|e| failed("无法复制", from, &e))?;
    let kept = SqliteStore::check_copy(&part).await.inspect_err(|_| remove_with_log(&part))?;
    let aside = match target.exists() {
        true => Some(put_aside(data, &target)?),
        false => None,
    };
    for derived in ["index", "vectors"] {
        let dir = data.join(derived);
        if dir.exists() {
            fs::remove_dir_all(&dir).map_err(|e| failed("无法移除", &dir, &e))?;
        }
    }
    fs::rename(&part, &target).map_err(|e| failed("改名失败", &target, &e))?;
    Ok((kept, aside))
}

fn put_aside(data: &Path, target: &Path) -> Result<PathBuf, BootError> {
    let aside = data.join(format!("tingsu-before-{}.db", jiff::Timestamp::now().as_second()));
    for end in ["", "-wal", "-shm"] {
        let file = with_end(target, end);
        if file.exists() {
            fs::rename(&file, with_end(&aside, end)).map_err(|e| failed("改名失败", &file, &e))?;
        }
    }
    Ok(aside)
}

fn remove_with_log(path: &Path) {
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(with_end(path, end));
    }
}
