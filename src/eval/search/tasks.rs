//! Tasks whose right answers are known: what is indexed, what is asked, what should come first.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::{Path, PathBuf},
};

use crate::labelled::{self, DataError, Paired, Part};

/// Shortest title that is asked with, in characters.
const TITLE: usize = 4;
/// Lengths of a first sentence that is asked with, and what must be left of the text.
const SENTENCE: std::ops::Range<usize> = 10..120;
const REST: usize = 20;
/// Shortest reply that is asked with, in characters.
const REPLY: usize = 20;
/// The task whose places and replies are indexed.
pub(super) const FILED: &str = "filed";
const HINT: &str = "name the folder that holds appeals/appeals.jsonl and pairs/ with --data";

/// A text to be found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Doc {
    /// 标题
    pub title: String,
    /// 诉求内容
    pub text: String,
    /// 地点
    pub place: String,
    /// 答复
    pub reply: String,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// As typed.
    pub query: String,
    /// Numbers of the documents that answer it.
    pub right: Vec<usize>,
    /// Queries of [`Part::Tune`] choose weights, those of [`Part::Held`] are reported; on the appeals of
    /// the rest the shipped vectors were trained.
    pub part: Part,
}

/// One task.
#[derive(Clone, Debug)]
pub struct Task {
    /// Short name.
    pub name: &'static str,
    /// What is asked for, in Chinese.
    pub title: &'static str,
    /// Whether whole texts are asked with, which are not read as a typed query.
    pub pasted: bool,
    /// What is indexed.
    pub docs: Vec<Doc>,
    /// What is asked; nothing of [`Part::Train`].
    pub asked: Vec<Asked>,
}

/// Title → own text, first sentence → appeal, reply → appeal over the real appeals under `data`, and
/// question → question over its pairs. Known-item queries leave out appeals that have a near-duplicate.
///
/// # Errors
/// A missing file, or the first wrong line with its number.
pub fn tasks(data: &Path) -> Result<Vec<Task>, DataError> {
    let rows = labelled::appeals_with_replies(&[data.join("appeals").join("appeals.jsonl")], HINT)?;
    let mut tasks = appeal_tasks(&rows);
    tasks.push(questions(&data.join("pairs"))?);
    Ok(tasks)
}

/// Appeals that may be asked for, with their numbers: without near-duplicates, which would be answers just as right.
fn known(rows: &[Paired]) -> Vec<(usize, &Paired)> {
    let mut groups: HashMap<&str, usize> = HashMap::new();
    let mut same: HashMap<&str, usize> = HashMap::new();
    for row in rows {
        *groups.entry(&row.group).or_default() += 1;
        *same.entry(&row.title).or_default() += 1;
        *same.entry(&row.text).or_default() += 1;
    }
    let single =
        |row: &Paired| groups[row.group.as_str()] == 1 && same[row.title.as_str()] == 1 && same[row.text.as_str()] == 1;
    rows.iter().enumerate().filter(|(_, r)| part(r) != Part::Train && single(r)).collect()
}

fn part(row: &Paired) -> Part {
    Part::of(&row.group)
}

fn long_enough(text: &str, least: usize) -> bool {
    text.chars().nth(least.saturating_sub(1)).is_some()
}

/// Title → own appeal where places and replies are in the index, as they are at a hotline: what the weights of
/// these two are chosen by. No reply is asked with. Of appeals without a place and a reply nothing is to be learned.
pub fn filed_task(rows: &[Paired]) -> Task {
    let rows: Vec<Paired> = rows.iter().filter(|r| r.reply.is_some() || !r.place.is_empty()).cloned().collect();
    let doc = |r: &Paired| Doc {
        text: r.text.clone(),
        place: r.place.clone(),
        reply: r.reply.clone().unwrap_or_default(),
        ..Doc::default()
    };
    let asked = known(&rows).into_iter().filter(|(_, r)| long_enough(&r.title, TITLE));
    Task {
        name: FILED,
        title: "标题 → 本件(索引中有地点和答复,没有标题)",
        pasted: false,
        docs: rows.iter().map(doc).collect(),
        asked: asked.map(|(n, r)| Asked { query: r.title.clone(), right: vec![n], part: part(r) }).collect(),
    }
}

/// The appeals of [`filed_task`]: the real ones under `data` and the simulated ones, which have places.
pub(super) fn filed(data: &Path, corpus: &Path) -> Result<Task, DataError> {
    let files = [data.join("appeals").join("appeals.jsonl"), corpus.to_owned()];
    Ok(filed_task(&labelled::appeals_with_replies(&files, HINT)?))
}

/// The three tasks over appeals.
pub fn appeal_tasks(rows: &[Paired]) -> Vec<Task> {
    let known = known(rows);
    let whole: Vec<Doc> =
        rows.iter().map(|r| Doc { title: r.title.clone(), text: r.text.clone(), ..Doc::default() }).collect();

    let mut titles = Task {
        name: "title",
        title: "标题 → 本件内容(索引中没有标题)",
        pasted: false,
        docs: Vec::new(),
        asked: Vec::new(),
    };
    titles.docs = rows.iter().map(|r| Doc { text: r.text.clone(), ..Doc::default() }).collect();
    titles.asked = known
        .iter()
        .filter(|(_, r)| long_enough(&r.title, TITLE))
        .map(|(n, r)| Asked { query: r.title.clone(), right: vec![*n], part: part(r) })
        .collect();

    let mut sentences = Task {
        name: "sentence",
        title: "内容第一句 → 本件(索引中去掉这一句)",
        pasted: false,
        docs: whole.clone(),
        asked: Vec::new(),
    };
    for (n, row) in &known {
        if let Some((first, rest)) = row.text.trim_start().split_once(['。', '！', '？', '!', '?', '\n'])
            && SENTENCE.contains(&first.chars().count())
            && long_enough(rest, REST)
        {
            sentences.asked.push(Asked { query: first.to_owned(), right: vec![*n], part: part(row) });
            sentences.docs[*n].text = rest.to_owned();
        }
    }

    let mut replies =
        Task {
            name: "reply", title: "答复 → 所答诉求(索引中没有答复)", pasted: true, docs: whole, asked: Vec::new()
        };
    for (n, row) in &known {
        if let Some(reply) = row.reply.as_ref().filter(|r| long_enough(r, REPLY)) {
            replies.asked.push(Asked { query: reply.clone(), right: vec![*n], part: part(row) });
        }
    }
    vec![titles, sentences, replies]
}

/// Questions that ask the same find one another among all questions of the files.
fn questions(dir: &Path) -> Result<Task, DataError> {
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(|e| DataError::Missing {
        path: dir.to_owned(),
        why: e.to_string(),
        hint: HINT,
    })? {
        files.extend(entry.ok().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "jsonl")));
    }
    files.sort();
    let mut task =
        Task { name: "pairs", title: "问句 → 同义问句", pasted: false, docs: Vec::new(), asked: Vec::new() };
    let mut at: HashMap<String, usize> = HashMap::new();
    let mut same: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for file in &files {
        for (a, b) in labelled::same_questions(file, HINT)? {
            let next = at.len();
            let n = *at.entry(b.clone()).or_insert(next);
            if n == next {
                task.docs.push(Doc { text: b.clone(), ..Doc::default() });
            }
            same.entry(a).or_default().push(n);
        }
    }
    let indexed: HashSet<&String> = at.keys().collect();
    for (query, right) in &same {
        // a question that stands in the index itself would find itself
        let part = Part::of(query);
        if part != Part::Train && !indexed.contains(query) {
            task.asked.push(Asked { query: query.clone(), right: right.clone(), part });
        }
    }
    Ok(task)
}
