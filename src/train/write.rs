//! A bundle directory appears whole or not at all: written aside, synced, and put in the place of the
//! one before in one step; that one goes only after the new one stands.

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
    let written = (|| {
        let _ = fs::remove_dir_all(&aside);
        fs::create_dir(&aside).map_err(|e| bad(&aside, e))?;
        for (file, bytes) in files {
            let path = aside.join(file);
            let mut f = File::create(&path).map_err(|e| bad(&path, e))?;
            f.write_all(bytes).and_then(|()| f.sync_all()).map_err(|e| bad(&path, e))?;
        }
        File::open(&aside).and_then(|d| d.sync_all()).map_err(|e| bad(&aside, e))?;
        replace(&aside, out).map_err(|e| bad(out, e))?;
        File::open(parent).and_then(|d| d.sync_all()).map_err(|e| bad(parent, e))
    })();
    // the directory before, or what was written of the new one
    let _ = fs::remove_dir_all(&aside);
    written
}

/// Gives the directory `aside` the name `out`; a directory of that name lies at `aside` afterwards.
/// Linux swaps both names at once, so that an interruption at any instant finds one of them there.
fn replace(aside: &Path, out: &Path) -> std::io::Result<()> {
    if !out.exists() {
        return fs::rename(aside, out);
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        if renameat_with(CWD, aside, CWD, out, RenameFlags::EXCHANGE).is_ok() {
            return Ok(());
        }
    }
    // a system, or a file system, that cannot swap
    let before = aside.with_added_extension("before");
    fs::rename(out, &before)?;
    if let Err(e) = fs::rename(aside, out) {
        let _ = fs::rename(&before, out);
        return Err(e);
    }
    fs::rename(&before, aside)
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
