//! Which texts belong together.

use std::{
    collections::{BTreeMap, HashSet},
    path::PathBuf,
};

use crate::{
    labelled::{self, Paired, Part},
    model::ModelInput,
    text::Normalized,
};

use super::TrainError;

/// Where pairs come from.
#[derive(Clone, Debug, Default)]
pub struct PairSources {
    /// JSONL files (or folders) of appeals: id, title, text and, where there are, reply, group, event.
    pub appeals: Vec<PathBuf>,
    /// JSONL files of questions: a, b, label (1 where they ask the same).
    pub questions: Vec<PathBuf>,
}

/// Two texts that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The shorter one, as a rule: what somebody would search with.
    pub a: ModelInput,
    /// What it should find.
    pub b: ModelInput,
    /// Pairs of one group may belong together too.
    pub group: String,
    /// Which side of the split.
    pub part: Part,
    /// Whether it is a title with its own text: what the figures are about.
    pub titled: bool,
}

const HINT: &str = "check --appeals and --questions";

fn words(text: &str) -> String {
    Normalized::of(text).text().to_owned()
}

fn input(title: &str, text: &str) -> ModelInput {
    ModelInput { title: words(title), text: words(text) }
}

/// Reads all pairs; of a text that stands there twice the first counts.
///
/// # Errors
/// Names the file, the line and what is wrong with it.
pub(in crate::train) fn read(sources: &PairSources) -> Result<Vec<Pair>, TrainError> {
    let mut pairs = Vec::new();
    let mut seen = HashSet::new();
    for row in labelled::appeals_with_replies(&sources.appeals, HINT)? {
        let Paired { title, text, reply, group, event, .. } = row;
        if text.trim().is_empty() || !seen.insert(text.clone()) {
            continue;
        }
        let part = Part::of(&group);
        let pair = |a: ModelInput, b: ModelInput, titled: bool| Pair { a, b, group: group.clone(), part, titled };
        if !title.trim().is_empty() {
            pairs.push((event.clone(), pair(input(&title, ""), input("", &text), true)));
        }
        if let Some(reply) = reply.filter(|r| r.chars().count() >= 20) {
            pairs.push((None, pair(input("", &reply), input(&title, &text), false)));
        }
    }
    let mut own = Vec::with_capacity(pairs.len());
    // calls about one event: each with the next
    let mut events: BTreeMap<String, Vec<&Pair>> = BTreeMap::new();
    for (event, pair) in &pairs {
        if let Some(event) = event {
            events.entry(event.clone()).or_default().push(pair);
        }
        own.push(pair.clone());
    }
    for calls in events.values() {
        for two in calls.windows(2) {
            own.push(Pair { a: two[0].b.clone(), titled: false, ..two[1].clone() });
        }
    }
    for file in &sources.questions {
        for (n, (a, b)) in labelled::same_questions(file, HINT)?.into_iter().enumerate() {
            let group = format!("{}#{n}", file.display());
            // by its first question: search is measured with those held back
            let part = Part::of(&a);
            own.push(Pair { a: input("", &a), b: input("", &b), group, part, titled: false });
        }
    }
    Ok(own)
}
