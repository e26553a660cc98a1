//! The defaults that travel in the binary: demo city, its simulated appeals, shipped bundle.

use std::borrow::Cow;

use rust_embed::RustEmbed;

use crate::{city::PackFiles, model::BundleFiles};

#[derive(RustEmbed)]
#[folder = "corpora/jianghai"]
#[exclude = "README.md"]
struct CityFolder;

#[derive(RustEmbed)]
#[folder = "models/default"]
#[exclude = "*.md"]
struct ModelFolder;

/// The files of the demo city's pack (without its appeals).
pub fn embedded_pack() -> PackFiles {
    CityFolder::iter()
        .filter(|name| !name.contains('/'))
        .filter_map(|name| Some((name.to_string(), CityFolder::get(&name)?.data)))
        .collect()
}

/// The simulated appeals of the demo city: file name and JSONL bytes, by name.
pub fn embedded_appeals() -> Vec<(String, Cow<'static, [u8]>)> {
    let mut files: Vec<_> = CityFolder::iter()
        .filter(|name| name.starts_with("appeals/") && name.ends_with(".jsonl"))
        .filter_map(|name| Some((name.to_string(), CityFolder::get(&name)?.data)))
        .collect();
    files.sort();
    files
}

/// The shipped bundle's files; empty in a build without one.
pub fn embedded_bundle() -> BundleFiles {
    ModelFolder::iter().filter_map(|name| Some((name.to_string(), ModelFolder::get(&name)?.data))).collect()
}
