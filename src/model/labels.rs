//! `labels.json`: which heads there are and what they answer, in the order of their outputs.
//!
//! A bundle for triage answers the five heads of the field ([`TRIAGE`]), which the file names by their
//! own keys; any others stand under `heads`. A bundle for some other purpose has those alone.

use std::{collections::BTreeSet, ops::Range, str::FromStr};

use serde::{Deserialize, Serialize, Serializer};

use crate::domain::{AppealType, Flag, HeadKind, Urgency};

use super::ModelError;

/// Name of the file.
pub const LABELS_FILE: &str = "labels.json";

/// Names of the heads that triage asks, in the order of the outputs.
pub const TRIAGE: [&str; 5] = ["type", "category", "department", "urgency", "flags"];

/// Places of the five in the list of heads.
pub(crate) const TYPE: usize = 0;
pub(crate) const CATEGORY: usize = 1;
pub(crate) const DEPARTMENT: usize = 2;
pub(crate) const URGENCY: usize = 3;
pub(crate) const FLAGS: usize = 4;

/// Names of other tensors beside the heads'.
const RESERVED: [&str; 2] = ["dense", "vector"];

/// A head and its labels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadLabels {
    /// Name: small letters, digits and `_`, a letter first.
    pub name: String,
    /// How it answers.
    pub kind: HeadKind,
    /// Labels in the order of the outputs.
    pub labels: Vec<String>,
}

impl HeadLabels {
    /// Numbers that the head puts out: one for each label; a span head gives, for each token, one for
    /// "nothing" and two for each label (a stretch begins, a stretch goes on).
    pub fn outputs(&self) -> usize {
        if self.kind == HeadKind::Span { 2 * self.labels.len() + 1 } else { self.labels.len() }
    }

    /// Place of a label.
    pub fn position(&self, label: &str) -> Option<usize> {
        self.labels.iter().position(|l| l == label)
    }

    fn check(&self) -> Result<(), ModelError> {
        let bad = |why: String| bad(format!("head {}{why}", self.name));
        let mut letters = self.name.bytes();
        let named = letters.next().is_some_and(|c| c.is_ascii_lowercase())
            && letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_')
            && self.name.len() <= 40;
        if !named || RESERVED.contains(&self.name.as_str()) {
            let not = RESERVED.join(" or ");
            return Err(bad(format!(": the name must be small letters, digits and _, a letter first, and not {not}")));
        }
        if self.labels.is_empty() {
            return Err(bad(" has no labels".into()));
        }
        let mut seen = BTreeSet::new();
        match self.labels.iter().find(|l| l.is_empty() || !seen.insert(l.as_str())) {
            Some(label) if label.is_empty() => Err(bad(" has an empty label".into())),
            Some(twice) => Err(bad(format!(" has the label {twice} twice"))),
            None => Ok(()),
        }
    }
}

/// All heads of a bundle: those of triage first, if it has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    triage: bool,
    heads: Vec<HeadLabels>,
}

/// The file.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    appeal_type: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    urgency: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flags: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    heads: Vec<HeadLabels>,
}

fn bad(why: impl Into<String>) -> ModelError {
    ModelError::File { file: LABELS_FILE.into(), why: why.into() }
}

/// A head of triage.
fn of_triage(at: usize, labels: Vec<String>) -> HeadLabels {
    let kind = if at == FLAGS { HeadKind::Multi } else { HeadKind::Single };
    HeadLabels { name: TRIAGE[at].into(), kind, labels }
}

impl Labels {
    /// The heads of triage: the fixed labels of the field with the given categories and departments,
    /// sorted.
    pub fn new(category: BTreeSet<String>, department: BTreeSet<String>) -> Self {
        let lists = [
            AppealType::ALL.iter().map(|t| t.label().into()).collect(),
            category.into_iter().collect(),
            department.into_iter().collect(),
            Urgency::ALL.iter().map(|u| u.code().into()).collect(),
            Flag::FROM_TEXT.iter().map(|f| f.label().into()).collect(),
        ];
        let heads = lists.into_iter().enumerate().map(|(at, labels)| of_triage(at, labels)).collect();
        Self { triage: true, heads }
    }

    /// Heads of one's own, without those of triage.
    ///
    /// # Errors
    /// If there is none, a name cannot be used or stands twice, or a head has no labels or one twice.
    pub fn only(heads: Vec<HeadLabels>) -> Result<Self, ModelError> {
        Self { triage: false, heads: Vec::new() }.beside(heads)
    }

    /// These heads and further ones after them.
    ///
    /// # Errors
    /// As [`Labels::only`].
    pub fn beside(mut self, further: Vec<HeadLabels>) -> Result<Self, ModelError> {
        for head in further {
            head.check()?;
            if TRIAGE.contains(&head.name.as_str()) {
                return Err(bad(format!("head {}: triage has a head of that name", head.name)));
            }
            if self.get(&head.name).is_some() {
                return Err(bad(format!("head {} stands there twice", head.name)));
            }
            self.heads.push(head);
        }
        if self.heads.is_empty() { Err(bad("there are no heads")) } else { Ok(self) }
    }

    /// These heads of triage and those of another bundle, with its further heads: its own order where it
    /// has all of these labels, so that it can be continued.
    pub fn joined(&self, other: &Self) -> Self {
        let within = |head: &str| self.of(head).iter().all(|l| other.of(head).contains(l));
        if within(TRIAGE[CATEGORY]) && within(TRIAGE[DEPARTMENT]) {
            return other.clone();
        }
        let both = |head: &str| self.of(head).iter().chain(other.of(head)).cloned().collect();
        let mut joined = Self::new(both(TRIAGE[CATEGORY]), both(TRIAGE[DEPARTMENT]));
        joined.heads.extend_from_slice(other.further());
        joined
    }

    /// The same without some of the further heads.
    pub fn without(mut self, names: &[&str]) -> Self {
        let own = if self.triage { TRIAGE.len() } else { 0 };
        let mut at = 0;
        self.heads.retain(|h| {
            at += 1;
            at <= own || !names.contains(&h.name.as_str())
        });
        self
    }

    /// Reads `labels.json`.
    ///
    /// # Errors
    /// If it is broken, a head has no labels or one twice, a fixed head is in another order, or some of
    /// the heads of triage are there without the others.
    pub fn parse(json: &[u8]) -> Result<Self, ModelError> {
        let file: File = serde_json::from_slice(json).map_err(|e| bad(e.to_string()))?;
        let lists = [file.appeal_type, file.category, file.department, file.urgency, file.flags];
        let missing: Vec<&str> = lists.iter().zip(TRIAGE).filter(|(l, _)| l.is_none()).map(|(_, n)| n).collect();
        if missing.len() == TRIAGE.len() {
            return Self::only(file.heads);
        }
        if !missing.is_empty() {
            return Err(bad(format!("{} missing: a bundle has all heads of triage or none", missing.join(" "))));
        }
        let heads: Vec<HeadLabels> =
            lists.into_iter().flatten().enumerate().map(|(at, labels)| of_triage(at, labels)).collect();
        heads.iter().try_for_each(HeadLabels::check)?;
        if let Some(e) = heads[TYPE].labels.iter().find_map(|l| AppealType::from_str(l).err()) {
            return Err(bad(format!("head type: {e}")));
        }
        let fixed = Self::new(BTreeSet::new(), BTreeSet::new());
        if [URGENCY, FLAGS].iter().any(|at| heads[*at] != fixed.heads[*at]) {
            return Err(bad(format!(
                "urgency must be {} and flags {}, in this order",
                fixed.heads[URGENCY].labels.join(" "),
                fixed.heads[FLAGS].labels.join(" ")
            )));
        }
        Self { triage: true, heads }.beside(file.heads)
    }

    /// Whether the heads of triage are there; they are then the first five.
    pub fn triage(&self) -> bool {
        self.triage
    }

    /// All heads in the order of the outputs.
    pub fn heads(&self) -> &[HeadLabels] {
        &self.heads
    }

    /// The heads beside those of triage.
    pub fn further(&self) -> &[HeadLabels] {
        self.heads.get(if self.triage { TRIAGE.len() } else { 0 }..).unwrap_or_default()
    }

    /// A head by its name.
    pub fn get(&self, name: &str) -> Option<&HeadLabels> {
        self.heads.iter().find(|h| h.name == name)
    }

    /// The labels of a head; none if there is no such head.
    pub fn of(&self, name: &str) -> &[String] {
        self.get(name).map(|h| h.labels.as_slice()).unwrap_or_default()
    }

    /// Where the outputs of each head lie: among those for the whole text, or, for a span head, among
    /// those for each token.
    pub fn ranges(&self) -> Vec<Range<usize>> {
        let (mut text, mut token) = (0, 0);
        let mut next = |head: &HeadLabels| {
            let from = if head.kind == HeadKind::Span { &mut token } else { &mut text };
            let range = *from..*from + head.outputs();
            *from = range.end;
            range
        };
        self.heads.iter().map(&mut next).collect()
    }

    /// Number of outputs for the whole text, of all heads together.
    pub fn text_outputs(&self) -> usize {
        self.heads.iter().filter(|h| h.kind != HeadKind::Span).map(HeadLabels::outputs).sum()
    }
}

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut file = File { heads: self.further().to_vec(), ..File::default() };
        if self.triage {
            let list = |name: &str| Some(self.of(name).to_vec());
            file.appeal_type = list(TRIAGE[TYPE]);
            file.category = list(TRIAGE[CATEGORY]);
            file.department = list(TRIAGE[DEPARTMENT]);
            file.urgency = list(TRIAGE[URGENCY]);
            file.flags = list(TRIAGE[FLAGS]);
        }
        file.serialize(serializer)
    }
}
