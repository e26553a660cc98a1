//! Tests of the room `city`, through its public face.

mod brief;
mod faults;
mod jianghai;
mod time;
mod warn;

use std::{borrow::Cow, path::PathBuf};

use tingsu::city::{PACK_FILES, PackFiles};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpora/jianghai")
}

/// The demo city's files, to be changed by a test.
fn files() -> PackFiles {
    PACK_FILES
        .iter()
        .map(|name| ((*name).to_owned(), Cow::Owned(std::fs::read(folder().join(name)).unwrap())))
        .collect()
}

fn text_of(files: &PackFiles, name: &str) -> String {
    String::from_utf8(files[name].to_vec()).unwrap()
}
