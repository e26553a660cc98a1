//! Written aside, synced, renamed.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    path::Path,
};

use super::ShelfError;

/// Begins the name of everything that is not there yet.
pub(super) const ASIDE: &str = ".new-";

pub(super) fn failed(path: &Path, error: impl ToString) -> ShelfError {
    ShelfError::File { path: path.display().to_string(), why: error.to_string() }
}

/// A process that writes holds this; another one waits for it. Freed by the system when a process dies.
pub(super) fn lock(root: &Path) -> Result<File, ShelfError> {
    fs::create_dir_all(root).map_err(|e| failed(root, e))?;
    let path = root.join(".lock");
    let file = OpenOptions::new().create(true).append(true).open(&path).map_err(|e| failed(&path, e))?;
    file.lock().map_err(|e| failed(&path, e))?;
    // whoever holds the lock is alone: what lies aside was left by a process that ended half-way
    for entry in fs::read_dir(root).map_err(|e| failed(root, e))?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(ASIDE) {
            let path = entry.path();
            let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        }
    }
    Ok(file)
}

fn written(path: &Path, bytes: &[u8]) -> Result<(), ShelfError> {
    let mut file = File::create(path).map_err(|e| failed(path, e))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|e| failed(path, e))
}

fn synced(dir: &Path) -> Result<(), ShelfError> {
    File::open(dir).and_then(|d| d.sync_all()).map_err(|e| failed(dir, e))
}

/// Replaces a file of the shelf whole.
pub(super) fn replace(root: &Path, name: &str, bytes: &[u8]) -> Result<(), ShelfError> {
    let aside = root.join(format!("{ASIDE}{name}"));
    let path = root.join(name);
    let done = written(&aside, bytes).and_then(|()| fs::rename(&aside, &path).map_err(|e| failed(&path, e)));
    if done.is_err() {
        let _ = fs::remove_file(&aside);
    }
    done.and_then(|()| synced(root))
}

/// Puts a folder of files in its place; one that stood there goes.
pub(super) fn folder(root: &Path, name: &str, files: &[(&str, &[u8])]) -> Result<(), ShelfError> {
    let (aside, path) = (root.join(format!("{ASIDE}{name}")), root.join(name));
    let done = (|| {
        fs::create_dir(&aside).map_err(|e| failed(&aside, e))?;
        for (file, bytes) in files {
            written(&aside.join(file), bytes)?;
        }
        synced(&aside)?;
        if path.exists() {
            let old = root.join(format!("{ASIDE}{name}.old"));
            fs::rename(&path, &old).map_err(|e| failed(&path, e))?;
        }
        fs::rename(&aside, &path).map_err(|e| failed(&path, e))?;
        synced(root)
    })();
    let _ = fs::remove_dir_all(root.join(format!("{ASIDE}{name}.old")));
    if done.is_err() {
        let _ = fs::remove_dir_all(&aside);
    }
    done
}

/// Adds a line to a file. A line that a killed process left unfinished is closed first.
pub(super) fn append(path: &Path, line: &str) -> Result<(), ShelfError> {
    let before = fs::read(path).unwrap_or_default();
    let mut file = OpenOptions::new().create(true).append(true).open(path).map_err(|e| failed(path, e))?;
    let gap = if before.last().is_some_and(|b| *b != b'\n') { "\n" } else { "" };
    file.write_all(format!("{gap}{line}\n").as_bytes()).and_then(|()| file.sync_all()).map_err(|e| failed(path, e))
}
