//! Urgency rules as data: a cue, what it raises to, and the contexts in which it does not count.

use serde::{Deserialize, Serialize};

use super::{Field, FieldSpan, Flag, Urgency};

/// 联动单位 to be reached at once: an emergency number or a first-response department.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Linkage {
    /// 110 119 120 122, or a department's name in the pack.
    Unit(String),
}

impl Linkage {
    /// Number or department name.
    pub fn name(&self) -> &str {
        match self {
            Linkage::Unit(name) => name,
        }
    }
}

/// A kind of context that takes away (or lowers) the force of a cue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContextKind {
    /// 没有着火
    Negation,
    /// 去年被困过, 火已扑灭
    Past,
    /// 着火了打哪个电话
    Question,
    /// 万一着火, 容易引发火灾
    Hypothetical,
    /// inside quotation marks, a title or a proper name
    Quoted,
    /// 就像天塌了一样
    Figurative,
}

/// How far a context's signal word is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Within the clause of the cue (，、；： also end it).
    #[default]
    Clause,
    /// Within the sentence of the cue (。！？ and line ends end it).
    Sentence,
    /// Anywhere within reach.
    Text,
}

/// Words that signal a context near a cue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// Which context.
    pub kind: ContextKind,
    /// Words before the cue.
    pub before: Vec<String>,
    /// Words after the cue.
    pub after: Vec<String>,
    /// How many characters may stand between signal word and cue.
    pub reach: usize,
    /// In which part of the text.
    pub scope: Scope,
    /// Longer words in which a signal word signals nothing (`没人` for `没`).
    pub except: Vec<String>,
    /// Words that end the signal's force when they stand between it and the cue: 去年报修过,
    /// *今天*又着火了.
    pub reset: Vec<String>,
}

/// One rule of the pack's urgency floor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CueRule {
    /// Stable id, e.g. `fire.open`.
    pub id: String,
    /// The level that the cue raises to.
    pub level: Urgency,
    /// Marks that it sets.
    pub flags: Vec<Flag>,
    /// Any one of these words is the cue. Matched on normalised text. Here and in `with`, `and`,
    /// `without` a word may be a number condition: `{10+}户` is a number of ten or more (digits or
    /// Chinese numerals, 多/几/余/来 and 名/个 may follow) before 户; `{3-12}岁` is a range.
    pub any: Vec<String>,
    /// If not empty, one of these must also stand within `near` characters of the cue.
    pub with: Vec<String>,
    /// If not empty, one of these too: the second co-condition (e.g. a means *and* a time).
    pub and: Vec<String>,
    /// None of these may stand within `near` characters (e.g. `急诊` for `急`).
    pub without: Vec<String>,
    /// Distance in characters for `with`, `and` and `without`.
    pub near: usize,
    /// The cue must begin within so many characters of its text; none means anywhere. Who reports a
    /// danger says so early; deep in a long narrative the same word is mostly history.
    pub within: Option<usize>,
    /// Contexts that cancel the cue; empty cancels nothing.
    pub unless: Vec<ContextKind>,
    /// Units to link at once.
    pub linkage: Vec<Linkage>,
    /// Why, in Chinese, shown to the operator.
    pub note: String,
}

/// A cue found in an appeal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CueHit {
    /// Index of the rule in the list given to the matcher.
    pub rule: usize,
    /// Title or text.
    pub field: Field,
    /// The cue's place in the original.
    pub at: FieldSpan,
    /// The context that cancelled it, if any: a cancelled hit raises nothing but can be shown.
    pub cancelled: Option<ContextKind>,
}
