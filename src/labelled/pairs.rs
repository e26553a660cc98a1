//! Texts that belong together: appeals with their replies, questions that ask the same.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{
    DataError,
    files::{jsonl, jsonl_files},
    group::{Ties, groups},
};

/// An appeal for learning what belongs together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paired {
    /// 工单编号
    pub id: String,
    /// 标题
    pub title: String,
    /// 诉求内容
    pub text: String,
    /// 答复, where there is one.
    pub reply: Option<String>,
    /// District, town and place as far as they are given, with blanks between.
    pub place: String,
    /// Near-duplicates, calls about one event and repeated calls share it.
    pub group: String,
    /// The event, where one is known.
    pub event: Option<String>,
}

#[derive(Deserialize)]
struct Line {
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    text: String,
    reply: Option<String>,
    district: Option<String>,
    town: Option<String>,
    place: Option<String>,
    group: Option<String>,
    event: Option<String>,
    repeat_of: Option<String>,
    /// Rows of one source that have lost their stop words: no sentence is left in them.
    #[serde(default)]
    stopwords_removed: bool,
}

#[derive(Deserialize)]
struct Question {
    a: String,
    b: String,
    label: u8,
}

/// Appeals of JSONL files or folders of them, in the order of the files.
///
/// # Errors
/// A missing path, or the first wrong line with its number.
pub fn appeals_with_replies(paths: &[PathBuf], hint: &'static str) -> Result<Vec<Paired>, DataError> {
    let mut lines = Vec::new();
    for path in paths {
        for file in jsonl_files(path, hint)? {
            lines.extend(jsonl::<Line>(&file, hint)?.into_iter().map(|(_, row)| row));
        }
    }
    let ties: Vec<Ties<'_>> = lines
        .iter()
        .map(|r| Ties { id: &r.id, event: r.event.as_deref(), repeat_of: r.repeat_of.as_deref() })
        .collect();
    let groups = groups(&ties);
    let rows = lines.into_iter().zip(groups).filter(|(l, _)| !l.stopwords_removed).map(|(l, own)| Paired {
        id: l.id.clone(),
        title: l.title,
        text: l.text,
        reply: l.reply,
        place: [l.district, l.town, l.place]
            .into_iter()
            .flatten()
            .filter(|p| !p.is_empty())
            .collect::<Vec<_>>()
            .join(" "),
        group: l.group.unwrap_or(own),
        event: l.event,
    });
    Ok(rows.collect())
}

/// Pairs of a JSONL (a, b, label) whose label says that they ask the same.
///
/// # Errors
/// A missing file, or the first wrong line with its number.
pub fn same_questions(path: &Path, hint: &'static str) -> Result<Vec<(String, String)>, DataError> {
    let all = jsonl::<Question>(path, hint)?.into_iter().map(|(_, q)| q);
    Ok(all.filter(|q| q.label == 1).map(|q| (q.a, q.b)).collect())
}
