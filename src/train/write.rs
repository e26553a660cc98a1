//! A bundle directory appears whole or not at all: written aside, synced, renamed; the one that was
//! there before goes only after the new one stands.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

use super::TrainError;

/// Writes files as the directory `out`.
pub(super) fn directory(out: &Path, files: &[(&str, Vec<u8>)]) -> Result<(), TrainError> {
    let bad =
        |path: &Path, e: std::io::Error| TrainError::File { path: path.display().to_string(), why: e.to_string() };
    let name = out
        .file_name()
        .and_then(|n| n.to_str())
        .ok_or_else(|| TrainError::Data(format!("{} names no directory to write", out.display())))?;
    let parent = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(|e| bad(parent, e))?;
    let aside = parent.join(format!(".{name}.new-{}", std::process::id()));
    let before = parent.join(format!(".{name}.old-{}", std::process::id()));
    let written = (|| {
        let _ = fs::remove_dir_all(&aside);
        fs::create_dir(&aside).map_err(|e| bad(&aside, e))?;
        for (file, bytes) in files {
            let path = aside.join(file);
            let mut f = File::create(&path).map_err(|e| bad(&path, e))?;
            f.write_all(bytes).and_then(|()| f.sync_all()).map_err(|e| bad(&path, e))?;
        }
        File::open(&aside).and_then(|d| d.sync_all()).map_err(|e| bad(&aside, e))?;
        if out.exists() {
            fs::rename(out, &before).map_err(|e| bad(out, e))?;
        }
        fs::rename(&aside, out).map_err(|e| {
            let _ = fs::rename(&before, out);
            bad(out, e)
        })?;
        File::open(parent).and_then(|d| d.sync_all()).map_err(|e| bad(parent, e))
    })();
    let _ = fs::remove_dir_all(if written.is_ok() { &before } else { &aside });
    written
}

/// Writes one file beside its place, then renames it.
pub(super) fn file(path: &Path, bytes: &[u8]) -> Result<(), TrainError> {
    let bad = |e: std::io::Error| TrainError::File { path: path.display().to_string(), why: e.to_string() };
    if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        fs::create_dir_all(parent).map_err(bad)?;
    }
    let aside = path.with_added_extension(format!("new-{}", std::process::id()));
    let mut f = File::create(&aside).map_err(bad)?;
    let written = f.write_all(bytes).and_then(|()| f.sync_all()).and_then(|()| fs::rename(&aside, path));
    if written.is_err() {
        let _ = fs::remove_file(&aside);
    }
    written.map_err(bad)
}
