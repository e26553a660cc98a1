//! Any heads over any tables: a small TOML says which columns are texts and which are answers.
//!
//! ```toml
//! # Files are looked for beside this file, or in the folder that the command line names.
//! [[source]]
//! file = "messages.csv"        # .jsonl, .csv or .tsv with a header; or a folder of .jsonl
//! texts = "appeals.jsonl"      # texts in a table of their own, joined by the column `id`
//! title = "subject"            # may be left out
//! text = "body"                # "text" if left out
//! id = "number"                # rows of several sources with one id are one text with several answers
//! group = "event"              # near-duplicates share it; else texts that are alike are found
//! split = "set"                # says train, tune or held for each row; else the group decides
//! part = "held"                # the same for all rows of the source
//! only = { channel = ["电话"] } # rows with one of these values
//! except = { set = ["old"] }   # rows without
//! columns = { place = "where" } # a head's column is called otherwise here
//! weight = 1.0                 # of its rows beside those of the other sources
//!
//! [[head]]
//! name = "matter"
//! kind = "single"              # single: one label; multi: several; span: stretches of the text
//! column = "class"             # the head's name if left out; a source without it teaches other heads
//! labels = ["a", "b"]          # any other is an error; left out, those that occur
//! as = { b1 = "b", x = "" }    # takes a label for another; "" leaves it out
//! separator = "+"              # between several labels of a multi column (a JSON list needs none)
//! weight = 1.0                 # of the head's loss beside the others'
//! balance = true               # rare labels weigh more: by one over the root of their frequency
//! # A span column holds a phrase that stands in the text (empty or "-": there is none), or a JSON list
//! # of [first character, one past the last, label] over the text.
//! label = "place"              # what a phrase is labelled with; the head's name if left out
//! join = true                  # touching stretches with one label are one
//! ```

mod gold;
mod read;
mod table;

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::domain::{Appeal, FieldSpan, HeadKind};

use super::{DataError, Part, files::bad};

pub use gold::phrase_spans;

/// A task as its file says it.
#[derive(Clone, Debug)]
pub struct Task {
    /// The file, for messages.
    path: PathBuf,
    /// Folder of the sources.
    folder: PathBuf,
    sources: Vec<Source>,
    heads: Vec<Head>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    source: Vec<Source>,
    #[serde(default)]
    head: Vec<Head>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    file: PathBuf,
    texts: Option<PathBuf>,
    title: Option<String>,
    text: Option<String>,
    id: Option<String>,
    group: Option<String>,
    split: Option<String>,
    part: Option<Part>,
    #[serde(default)]
    only: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    except: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    columns: BTreeMap<String, String>,
    #[serde(default = "one")]
    weight: f32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    name: String,
    kind: HeadKind,
    column: Option<String>,
    labels: Option<Vec<String>>,
    #[serde(default, rename = "as")]
    renamed: BTreeMap<String, String>,
    separator: Option<String>,
    #[serde(default = "one")]
    weight: f32,
    #[serde(default)]
    balance: bool,
    label: Option<String>,
    #[serde(default)]
    join: bool,
}

fn one() -> f32 {
    1.0
}

/// A head with all its labels.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskHead {
    /// Name.
    pub name: String,
    /// How it answers.
    pub kind: HeadKind,
    /// Labels; as given, or those that occur, sorted.
    pub labels: Vec<String>,
    /// Weight of its loss.
    pub weight: f32,
    /// Whether rare labels weigh more.
    pub balance: bool,
    /// Name of its column.
    pub column: String,
    /// What a phrase is labelled with.
    pub phrase_label: Option<usize>,
}

/// What a row says for one head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeadGold {
    /// The label of a single-label head.
    One(usize),
    /// Yes or no for each label of a multi-label head.
    Each(Vec<bool>),
    /// Stretches of the original, with their labels.
    Spans(Vec<(FieldSpan, usize)>),
}

/// A text with what is known of it.
#[derive(Clone, Debug)]
pub struct TaskRow {
    /// Its id, or where it stands.
    pub id: String,
    /// Title and text.
    pub appeal: Appeal,
    /// Near-duplicates share it.
    pub group: String,
    /// What it is used for.
    pub part: Part,
    /// Weight beside other rows.
    pub weight: f32,
    /// One for each head; none where the row says nothing.
    pub gold: Vec<Option<HeadGold>>,
}

/// Everything that a task's files say.
#[derive(Clone, Debug, Default)]
pub struct TaskRows {
    /// The heads.
    pub heads: Vec<TaskHead>,
    /// The rows, in the order of sources and lines.
    pub rows: Vec<TaskRow>,
    /// What was left out and why, for people.
    pub notes: Vec<String>,
}

impl Task {
    /// Reads the file; sources are looked for in `folder`, else beside the file.
    ///
    /// # Errors
    /// Names the file, the line and what is wrong with it.
    pub fn open(path: &Path, folder: Option<&Path>) -> Result<Self, DataError> {
        let text = fs::read_to_string(path).map_err(|e| DataError::Missing {
            path: path.to_owned(),
            why: e.to_string(),
            hint: "name the file of the task with --task",
        })?;
        let beside = path.parent().unwrap_or(Path::new("")).to_owned();
        Self::parse(&text, path, folder.map_or(beside, Path::to_owned))
    }

    /// Reads the text of such a file; `path` is for messages.
    ///
    /// # Errors
    /// Names the file, the line and what is wrong with it.
    pub fn parse(toml: &str, path: &Path, folder: PathBuf) -> Result<Self, DataError> {
        let line = |at: usize| toml.as_bytes().iter().take(at).filter(|b| **b == b'\n').count() + 1;
        let file: File = toml::from_str(toml)
            .map_err(|e| bad(path, e.span().map_or(1, |s| line(s.start)), e.message().replace('\n', "; ")))?;
        let task = Self { path: path.to_owned(), folder, sources: file.source, heads: file.head };
        task.check().map_err(|(table, at, why)| {
            let starts = toml.match_indices(table).nth(at).map_or(0, |(start, _)| start);
            bad(path, line(starts), why)
        })?;
        Ok(task)
    }

    /// A wrong entry: the kind of table, which of them, and what is wrong.
    fn check(&self) -> Result<(), (&'static str, usize, String)> {
        if self.heads.is_empty() {
            return Err(("[", 0, "a task needs at least one [[head]]".into()));
        }
        let mut seen = HashSet::new();
        for (at, head) in self.heads.iter().enumerate() {
            let bad = |why: &str| Err(("[[head]]", at, format!("head {}: {why}", head.name)));
            if !seen.insert(&head.name) {
                return bad("stands there a second time");
            }
            if !(head.weight.is_finite() && head.weight > 0.0) {
                return bad("weight must be above zero");
            }
            if head.separator.is_some() && head.kind != HeadKind::Multi {
                return bad("separator is for multi heads");
            }
            if (head.label.is_some() || head.join) && head.kind != HeadKind::Span {
                return bad("label and join are for span heads");
            }
            if head.balance && head.kind != HeadKind::Single {
                return bad("balance is for single heads");
            }
        }
        for (at, source) in self.sources.iter().enumerate() {
            let bad = |why: String| Err(("[[source]]", at, format!("source {}: {why}", source.file.display())));
            if !(source.weight.is_finite() && source.weight > 0.0) {
                return bad("weight must be above zero".into());
            }
            if source.part.is_some() && source.split.is_some() {
                return bad("part and split cannot both be given".into());
            }
            if source.texts.is_some() && source.id.is_none() {
                return bad("texts of another file are joined by id: name that column".into());
            }
            if let Some(name) = source.columns.keys().find(|name| !self.heads.iter().any(|h| h.name == **name)) {
                return bad(format!("columns names a head `{name}` that there is not"));
            }
        }
        Ok(())
    }
}
