//! What would change: tickets whose first suggestion differs, judged by what was decided.

use std::collections::BTreeMap;

use serde::Serialize;

/// What a changed suggestion means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Wrong before, right now.
    Better,
    /// Right before, wrong now.
    Worse,
    /// Wrong before and now.
    Neither,
    /// Nobody decided it.
    Unjudged,
}

impl Verdict {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Verdict::Better => "改对",
            Verdict::Worse => "改错",
            Verdict::Neither => "都不对",
            Verdict::Unjudged => "无裁定",
        }
    }
}

/// A ticket whose first suggestion differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The ticket.
    pub id: String,
    /// What was decided.
    pub decided: Option<String>,
    /// What the first suggests.
    pub a: Option<String>,
    /// What the second suggests.
    pub b: Option<String>,
    /// By the decided label.
    pub verdict: Verdict,
}

impl Change {
    /// None if both say the same.
    pub fn of(id: &str, decided: Option<String>, a: Option<String>, b: Option<String>) -> Option<Self> {
        if a == b {
            return None;
        }
        let verdict = match &decided {
            None => Verdict::Unjudged,
            Some(_) if b == decided => Verdict::Better,
            Some(_) if a == decided => Verdict::Worse,
            Some(_) => Verdict::Neither,
        };
        Some(Self { id: id.to_owned(), decided, a, b, verdict })
    }
}

/// Changes counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ChangeCounts {
    /// Wrong before, right now.
    pub better: usize,
    /// Right before, wrong now.
    pub worse: usize,
    /// Wrong before and now.
    pub neither: usize,
    /// Nobody decided it.
    pub unjudged: usize,
}

impl ChangeCounts {
    fn add(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Better => &mut self.better,
            Verdict::Worse => &mut self.worse,
            Verdict::Neither => &mut self.neither,
            Verdict::Unjudged => &mut self.unjudged,
        } += 1;
    }

    /// All of them.
    pub fn all(self) -> usize {
        self.better + self.worse + self.neither + self.unjudged
    }
}

/// What would change in a head.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Changes {
    /// All changes.
    pub counts: ChangeCounts,
    /// By the decided label; changes that nobody judged are under what the first suggests.
    pub by_class: BTreeMap<String, ChangeCounts>,
    /// Each of them: worse ones first, then better ones, by id.
    pub list: Vec<Change>,
}

/// Counts changes.
pub fn changes(all: impl IntoIterator<Item = Change>) -> Changes {
    let mut own = Changes { list: all.into_iter().collect(), ..Changes::default() };
    for change in &own.list {
        own.counts.add(change.verdict);
        if let Some(class) = change.decided.as_ref().or(change.a.as_ref()).or(change.b.as_ref()) {
            own.by_class.entry(class.clone()).or_default().add(change.verdict);
        }
    }
    let weight = |v: Verdict| match v {
        Verdict::Worse => 0,
        Verdict::Better => 1,
        Verdict::Neither => 2,
        Verdict::Unjudged => 3,
    };
    own.list.sort_by(|x, y| (weight(x.verdict), &x.id).cmp(&(weight(y.verdict), &y.id)));
    own
}
