//! The files of a pack: where they come from, how their bytes become lines.

use std::{borrow::Cow, collections::BTreeMap, fs, path::Path};

use encoding_rs::{Encoding, GB18030, UTF_8};

use super::PackFaults;

/// Files of a pack by name (`taxonomy.csv`, …): from a folder, or embedded in the binary.
pub type PackFiles = BTreeMap<String, Cow<'static, [u8]>>;

pub(super) const META: &str = "pack.toml";
pub(super) const TAXONOMY: &str = "taxonomy.csv";
pub(super) const DEPARTMENTS: &str = "departments.csv";
pub(super) const REGIONS: &str = "regions.csv";
pub(super) const DICTIONARY: &str = "dictionary.txt";
pub(super) const STOP_WORDS: &str = "stopwords.txt";
pub(super) const SYNONYMS: &str = "synonyms.csv";
pub(super) const URGENCY: &str = "urgency.toml";
pub(super) const DEADLINES: &str = "deadlines.toml";
pub(super) const CALENDAR: &str = "calendar.csv";
pub(super) const BRIEF: &str = "brief.toml";
pub(super) const PLAYBOOK: &str = "playbook.toml";
pub(super) const ELEMENTS: &str = "elements.toml";

/// The files that make a pack; all are required, what else lies in the folder (README, appeals)
/// does not belong to it.
pub const PACK_FILES: [&str; 10] =
    [META, TAXONOMY, DEPARTMENTS, REGIONS, DICTIONARY, STOP_WORDS, SYNONYMS, URGENCY, DEADLINES, CALENDAR];

/// Files that a pack may have besides: without the first it makes no briefs, without the second these
/// advise nothing, without the third 五要素 are found by the shipped words.
pub const OPTIONAL_PACK_FILES: [&str; 3] = [BRIEF, PLAYBOOK, ELEMENTS];

/// Those on which segmentation depends.
const SEGMENTING: [&str; 2] = [DICTIONARY, REGIONS];

/// The files of a pack's folder as they are, unchecked; one that is not there is left out.
///
/// # Errors
/// The folder or a file cannot be read.
pub fn read_files(dir: &Path) -> Result<PackFiles, PackFaults> {
    let mut faults = PackFaults::default();
    let files = read_folder(dir, &mut faults);
    if faults.0.is_empty() { Ok(files) } else { Err(faults) }
}

/// Reads the pack's files from a folder; a file that is not there is left out.
pub(super) fn read_folder(dir: &Path, faults: &mut PackFaults) -> PackFiles {
    let mut files = PackFiles::new();
    if !dir.is_dir() {
        faults.add(&dir.display().to_string(), 0, "没有这个目录:请给出城市包所在的目录");
        return files;
    }
    for name in PACK_FILES.into_iter().chain(OPTIONAL_PACK_FILES) {
        match fs::read(dir.join(name)) {
            Ok(bytes) => {
                files.insert(name.to_owned(), Cow::Owned(bytes));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => faults.add(name, 0, format!("无法读取:{error}")),
        }
    }
    files
}

/// The files as text with `\n` line ends. A byte-order mark, CRLF line ends and the encodings
/// GB18030 (GBK) and UTF-16 with a mark are what offices' tools write: they are read, not refused.
pub(super) struct Texts(BTreeMap<&'static str, String>);

impl Texts {
    pub(super) fn decode(files: &PackFiles, faults: &mut PackFaults) -> Self {
        let mut texts = BTreeMap::new();
        for name in PACK_FILES {
            match files.get(name) {
                Some(bytes) => {
                    texts.insert(name, text(name, bytes, faults));
                }
                None => faults.add(name, 0, "缺少文件:城市包必须有它,可以为空"),
            }
        }
        for name in OPTIONAL_PACK_FILES {
            if let Some(bytes) = files.get(name) {
                texts.insert(name, text(name, bytes, faults));
            }
        }
        Self(texts)
    }

    /// A file's text; empty if it is missing, which is a fault already.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether the file is there, so that faults of absence are not told twice.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

/// A file as text.
pub(super) fn text(name: &str, bytes: &[u8], faults: &mut PackFaults) -> String {
    let (encoding, start) = Encoding::for_bom(bytes).unwrap_or_else(|| {
        let plain = if std::str::from_utf8(bytes).is_ok() { UTF_8 } else { GB18030 };
        (plain, 0)
    });
    let rest = bytes.get(start..).unwrap_or_default();
    let (text, bad) = encoding.decode_without_bom_handling(rest);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    if bad {
        let line = text.lines().position(|line| line.contains('\u{fffd}')).map_or(0, |n| n + 1);
        faults.add(name, line, format!("不是 UTF-8,按 {} 也读不出:请另存为 UTF-8", encoding.name()));
    }
    text
}

/// First 16 hex digits of blake3 over names and bytes, in the order of names, each with its length
/// before it so that no two packs share a stream.
fn hash(files: &PackFiles, wanted: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for (name, bytes) in files.iter().filter(|(name, _)| wanted.contains(&name.as_str())) {
        for part in [name.as_bytes(), bytes] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    hasher.finalize().to_hex().chars().take(16).collect()
}

/// Hash of the whole pack.
pub(super) fn pack_hash(files: &PackFiles) -> String {
    let all: Vec<&str> = PACK_FILES.into_iter().chain(OPTIONAL_PACK_FILES).collect();
    hash(files, &all)
}

/// Hash of the parts that change how text is segmented.
pub(super) fn dictionary_hash(files: &PackFiles) -> String {
    hash(files, &SEGMENTING)
}
