//! A pack's files on disk: written aside, synced, renamed; what stood there before is kept.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::domain::{Fault, FaultKind};

/// Folder, inside the pack's, of the versions before. Not part of a pack.
const VERSIONS: &str = "versions";

/// An error of the file system in the house's words; the kind tells what to do.
pub(super) fn told(path: &Path, error: &io::Error) -> Fault {
    let shown = path.display();
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            Fault::new(FaultKind::Conflict, format!("{shown} 只读,不能保存;请先把城市包复制到数据目录,或调整目录权限"))
        }
        io::ErrorKind::StorageFull => Fault::new(FaultKind::Unavailable, "磁盘已满,未保存;请清理后重试"),
        _ => Fault::new(FaultKind::Conflict, format!("{shown} 无法写入:{error}")),
    }
}

/// Replaces a file whole; at any instant the old one or the new one stands.
pub(super) fn replace(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), Fault> {
    let (aside, path) = (dir.join(format!(".{name}.new")), dir.join(name));
    let written = File::create(&aside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&aside, &path))
        .and_then(|()| File::open(dir)?.sync_all());
    written.map_err(|error| {
        // What could not be written must not lie about.
        let _ = fs::remove_file(&aside);
        told(&path, &error)
    })
}

/// Copies files of a pack into its folder of versions; the folder of this one. `version` names it: time
/// and hash.
pub(super) fn keep(dir: &Path, names: &[&str], version: &str) -> Result<PathBuf, Fault> {
    let mut kept = dir.join(VERSIONS).join(version);
    let mut n = 1;
    while kept.exists() {
        n += 1;
        kept = dir.join(VERSIONS).join(format!("{version}-{n}"));
    }
    fs::create_dir_all(&kept).map_err(|error| told(&kept, &error))?;
    for name in names {
        let (from, to) = (dir.join(name), kept.join(name));
        if from.is_file() {
            fs::copy(&from, &to).and_then(|_| File::open(&to)?.sync_all()).map_err(|error| told(&to, &error))?;
        }
    }
    Ok(kept)
}

/// Whether files of a folder can be replaced.
pub(super) fn is_writable(dir: &Path) -> bool {
    let probe = dir.join(".tingsu-probe");
    let written = File::create(&probe).is_ok();
    let _ = fs::remove_file(&probe);
    written
}
