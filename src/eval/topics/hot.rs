//! Known hot issues among real appeals: how whole each comes out. Only ids are kept here; the appeals are not ours.

use std::{cmp::Reverse, collections::HashSet, path::Path};

use serde::{Deserialize, Serialize};

use crate::{
    eval::command::EvalError,
    insight::{Findings, Heard, findings, times},
    labelled::jsonl,
    triage::Triager,
};

use super::{ear, reading};

/// How whole a hot issue came out.
#[derive(Clone, Debug, Serialize)]
pub struct HotScore {
    /// What it is.
    pub name: String,
    /// Members by hand.
    pub members: usize,
    /// Of these, in the event that holds most of them.
    pub in_event: usize,
    /// Others in that event.
    pub foreign: usize,
    /// Title of that event.
    #[serde(skip)]
    pub title: String,
    /// Events that hold members, and members that stayed alone.
    pub pieces: (usize, usize),
    /// Members in the topic that holds most of them, and others in it.
    pub in_topic: (usize, usize),
    /// Whether the event raised an alarm.
    pub alarmed: bool,
}

#[derive(Deserialize)]
struct Issues {
    issue: Vec<Issue>,
}

#[derive(Deserialize)]
struct Issue {
    name: String,
    members: Vec<String>,
    #[serde(default)]
    unsure: Vec<String>,
}

#[derive(Deserialize)]
struct Line {
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    text: String,
    time: Option<String>,
}

/// The prefix of the set's ids.
const SET: &str = "a3-";

/// Scores the issues of a file (ids without the set's prefix) among the appeals of the set.
///
/// # Errors
/// A file cannot be read, or the bundle fails to compute.
pub(super) fn hot(issues: &Path, appeals: &Path, triager: &Triager) -> Result<Vec<HotScore>, EvalError> {
    let text =
        std::fs::read_to_string(issues).map_err(|e| EvalError::File(issues.display().to_string(), e.to_string()))?;
    let issues: Issues =
        toml::from_str(&text).map_err(|e| EvalError::File(issues.display().to_string(), e.to_string()))?;
    let mut lines: Vec<Line> = jsonl::<Line>(appeals, "one appeal a line")?.into_iter().map(|(_, line)| line).collect();
    lines.retain(|line| line.id.starts_with(SET));
    let given: Vec<Option<String>> = lines.iter().map(|l| l.time.clone()).collect();
    let (at, _) = times(&given);
    let mut heard: Vec<Heard> = lines
        .into_iter()
        .zip(at)
        .map(|(line, at)| Heard { id: line.id, at, title: line.title, text: line.text, ..Heard::default() })
        .collect();
    let vectors = ear(triager, &mut heard)?;
    let found = findings(&heard, &vectors, &reading(triager), &triager.pack.calendar);
    Ok(issues.issue.iter().map(|issue| score(issue, &found)).collect())
}

fn score(issue: &Issue, found: &Findings) -> HotScore {
    let full = |ids: &[String]| -> HashSet<String> { ids.iter().map(|id| format!("{SET}{id}")).collect() };
    let (members, unsure) = (full(&issue.members), full(&issue.unsure));
    let own = |tickets: &[String]| tickets.iter().filter(|t| members.contains(*t)).count();
    let others = |tickets: &[String]| tickets.iter().filter(|t| !members.contains(*t) && !unsure.contains(*t)).count();
    // of two that hold as many the one with fewer others, then the first by its id
    let best = |tickets: &[String], id: &str| (own(tickets), Reverse(others(tickets)), Reverse(id.to_owned()));
    let holds = |tickets: &[String]| own(tickets) > 0;
    let main = found.events.iter().filter(|e| holds(&e.tickets)).max_by_key(|e| best(&e.tickets, &e.id));
    let topic = found.topics.iter().filter(|t| holds(&t.tickets)).max_by_key(|t| best(&t.tickets, &t.id));
    let pieces = found.events.iter().filter(|e| own(&e.tickets) > 0).count();
    let alone = found.alone.iter().filter(|a| members.contains(&a.ticket)).count();
    HotScore {
        name: issue.name.clone(),
        members: members.len(),
        in_event: main.map_or(0, |e| own(&e.tickets)),
        foreign: main.map_or(0, |e| others(&e.tickets)),
        title: main.map_or_else(String::new, |e| e.portrait.title.clone()),
        pieces: (pieces, alone),
        in_topic: topic.map_or((0, 0), |t| (own(&t.tickets), others(&t.tickets))),
        alarmed: main.is_some_and(|e| !e.alarms.is_empty()),
    }
}
