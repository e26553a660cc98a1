//! Files and the check that all import tests share.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
};

use tingsu::{
    city::CityPack,
    desk::import::{ImportSource, ReadOptions, RejectFile},
    domain::{Fault, NewTicket},
};

pub(crate) static PACK: LazyLock<Arc<CityPack>> = LazyLock::new(|| {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/jianghai");
    Arc::new(CityPack::open(&dir).unwrap())
});

/// What became of a file.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) tickets: Vec<NewTicket>,
    /// `place: reason`
    pub(crate) rejects: Vec<String>,
    pub(crate) broken: Option<String>,
    /// The reject file, if one was written.
    pub(crate) reject_file: Option<String>,
}

pub(crate) fn read(path: &Path, options: ReadOptions) -> Result<Outcome, Fault> {
    let dir = tempfile::tempdir().unwrap();
    let mut source = ImportSource::open(path, options, PACK.clone())?;
    let mut reject = RejectFile::of(&source, dir.path())?;
    let progress = source.progress();
    let (mut tickets, mut rejects) = (Vec::new(), Vec::new());
    for (row, result) in source.by_ref() {
        match result {
            Ok(ticket) => tickets.push(ticket),
            Err(fault) => {
                reject.write(&row, &fault).unwrap();
                rejects.push(format!("{}: {fault}", row.place()));
            }
        }
    }
    let broken = source.broken().map(ToString::to_string);
    if broken.is_none() {
        assert_eq!(progress.read(), progress.total, "all bytes were read");
    }
    let written = reject.finish().unwrap();
    let reject_file = written.map(|(path, count)| {
        assert_eq!(count, rejects.len() as u64);
        fs::read_to_string(path).unwrap()
    });
    Ok(Outcome { tickets, rejects, broken, reject_file })
}

/// A file of this name and content, read.
pub(crate) fn read_bytes(name: &str, bytes: &[u8], options: ReadOptions) -> Result<Outcome, Fault> {
    let dir = tempfile::tempdir().unwrap();
    let path: PathBuf = dir.path().join(name);
    fs::write(&path, bytes).unwrap();
    read(&path, options)
}

pub(crate) fn read_text(name: &str, text: &str) -> Outcome {
    read_bytes(name, text.as_bytes(), ReadOptions::default()).unwrap()
}

/// The outcome of a file: texts of its tickets, and a part of each reject's `place: reason`.
#[track_caller]
pub(crate) fn check(name: &str, bytes: &[u8], texts: &[&str], rejects: &[&str]) {
    let outcome = read_bytes(name, bytes, ReadOptions::default()).unwrap();
    let found: Vec<&str> = outcome.tickets.iter().map(|t| t.appeal.text.as_str()).collect();
    assert_eq!(found, texts, "{name}: {:?}", outcome.rejects);
    assert_eq!(outcome.rejects.len(), rejects.len(), "{name}: {:?}", outcome.rejects);
    for (found, wanted) in outcome.rejects.iter().zip(rejects) {
        let (place, reason) = wanted.split_once(": ").unwrap();
        assert!(
            found.starts_with(&format!("{place}: ")) && reason.split(": ").all(|part| found.contains(part)),
            "{name}: wanted `{wanted}`, got `{found}`"
        );
    }
    assert_eq!(outcome.reject_file.is_some(), !rejects.is_empty());
    assert_eq!(outcome.broken, None);
}
