//! Labelled rows of the folder layouts that `tingsu eval` is pointed at, checked against a city pack.

use std::path::{Path, PathBuf};

use crate::{
    city::CityPack,
    labelled::{self, DataError, Known, Row},
};

const HINT_DATA: &str = "name the folder that holds annotations/train.tsv and appeals/appeals.jsonl with --data";
const HINT_CORPUS: &str = "name the folder of the simulated appeals with --corpus";

/// Real appeals with a reader's labels: `annotations/train.tsv` and further tables joined with
/// `appeals/appeals.jsonl` under `dir`, in the order of the annotations.
///
/// # Errors
/// A missing file, or the first wrong line with its number.
pub fn load_labelled(dir: &Path, further: &[PathBuf], pack: &CityPack) -> Result<Vec<Row>, DataError> {
    let appeals = dir.join("appeals").join("appeals.jsonl");
    let annotations = [&[dir.join("annotations").join("train.tsv")], further].concat();
    of_pack(pack, |known| labelled::annotated(&annotations, &appeals, known, HINT_DATA))
}

/// One table of labels joined with `appeals/appeals.jsonl` under `dir`.
///
/// # Errors
/// A missing file, or the first wrong line with its number.
pub fn load_table(dir: &Path, table: &Path, pack: &CityPack) -> Result<Vec<Row>, DataError> {
    let appeals = dir.join("appeals").join("appeals.jsonl");
    of_pack(pack, |known| labelled::annotated(&[table.to_owned()], &appeals, known, HINT_DATA))
}

/// Simulated appeals: every `*.jsonl` of a folder, in the order of the file names.
///
/// # Errors
/// A missing folder, a folder without appeals, or the first wrong line with its number.
pub fn load_corpus(dir: &Path, pack: &CityPack) -> Result<Vec<Row>, DataError> {
    of_pack(pack, |known| labelled::simulated(&[dir.to_owned()], known, HINT_CORPUS))
}

fn of_pack<T>(pack: &CityPack, read: impl FnOnce(&Known<'_>) -> T) -> T {
    read(&Known {
        category: &|code| pack.taxonomy.get(code).is_some(),
        department: &|name| pack.departments.iter().any(|d| d.name == name),
    })
}
