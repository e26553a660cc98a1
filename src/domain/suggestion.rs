//! What the software suggests for an appeal, with its reasons. Nothing here dispatches anything.

use serde::{Deserialize, Serialize};

use super::{Field, FieldSpan, Flag, Flags, FoundPlace, Linkage, Span, TicketId, Urgency};

/// The things that are suggested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Head {
    /// 诉求类型
    Type,
    /// 二级分类
    Category,
    /// 主办单位
    Department,
    /// 紧急程度
    Urgency,
}

/// How a head of a bundle answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeadKind {
    /// One label for the whole text.
    Single,
    /// Any number of labels for the whole text, each by itself.
    Multi,
    /// Stretches of the text, each with a label; they do not overlap.
    Span,
}

impl HeadKind {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            HeadKind::Single => "single",
            HeadKind::Multi => "multi",
            HeadKind::Span => "span",
        }
    }
}

/// A label and the calibrated probability of *that* label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Type label, category code, department name or urgency code.
    pub label: String,
    /// Probability in 0..=1.
    pub p: f32,
}

/// A span that spoke for the suggested category.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// Where, in the original.
    #[serde(flatten)]
    pub at: FieldSpan,
    /// Share of the evidence, 0..=1, larger is stronger.
    pub weight: f32,
}

/// A cue of the rule floor that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UrgencyCue {
    /// Id of the rule in the pack.
    pub rule: String,
    /// Level that the rule raises to.
    pub level: Urgency,
    /// The cue's words, from the original.
    pub text: String,
    /// Where.
    #[serde(flatten)]
    pub at: FieldSpan,
    /// Why, in Chinese.
    pub note: String,
}

/// Urgency: the higher of rule floor and model (invariant 4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UrgencySuggestion {
    /// The suggested level.
    pub level: Urgency,
    /// The model's calibrated probability of `level`; 0 without a model.
    pub p: f32,
    /// The model's probabilities in the order of [`Urgency::ALL`]; zeros without a model.
    pub model: [f32; 4],
    /// What the rules alone say.
    pub floor: Option<Urgency>,
    /// The cues that made the floor, strongest first.
    pub cues: Vec<UrgencyCue>,
    /// Marks.
    pub flags: Flags,
    /// 联动单位 named by the cues.
    pub linkage: Vec<Linkage>,
}

/// How similar cases were decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Precedent {
    /// The department that handled most of them.
    pub department: String,
    /// How many it handled.
    pub cases: u32,
    /// How many similar cases there are.
    pub of: u32,
    /// The most similar ones that it handled, at most three.
    pub tickets: Vec<TicketId>,
}

/// Everything suggested for one appeal, stored as it was shown (invariant 5).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    /// Id of the bundle (its content hash, short), or none when only the rules spoke.
    pub model: Option<String>,
    /// Content hash of the city pack.
    pub pack: String,
    /// 诉求类型, best first, at most five.
    pub appeal_type: Vec<Candidate>,
    /// Category codes, best first, at most five.
    pub category: Vec<Candidate>,
    /// Department names, best first, at most five.
    pub department: Vec<Candidate>,
    /// Urgency with its cues.
    pub urgency: UrgencySuggestion,
    /// Probabilities of the marks read from text, in the order of [`Flag::FROM_TEXT`].
    pub flag_p: Vec<(Flag, f32)>,
    /// Places found.
    pub places: Vec<FoundPlace>,
    /// Words that spoke for the first category.
    pub reasons: Vec<Reason>,
    /// 不确定: the first category's probability is under the bundle's threshold, or there is no
    /// model; a person has to choose among the candidates.
    pub uncertain: bool,
    /// How similar cases were decided, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precedent: Option<Precedent>,
    /// Sentence vector, if the bundle makes one (unit length).
    #[serde(skip)]
    pub vector: Option<Vec<f32>>,
}

impl Suggestion {
    /// Reasons that lie in one of the two texts.
    pub fn reasons_in(&self, field: Field) -> impl Iterator<Item = (Span, f32)> + '_ {
        self.reasons.iter().filter(move |r| r.at.field == field).map(|r| (r.at.span, r.weight))
    }

    /// The first label of a head.
    pub fn top(&self, head: Head) -> Option<&str> {
        match head {
            Head::Type => self.appeal_type.first().map(|c| c.label.as_str()),
            Head::Category => self.category.first().map(|c| c.label.as_str()),
            Head::Department => self.department.first().map(|c| c.label.as_str()),
            Head::Urgency => Some(self.urgency.level.code()),
        }
    }
}
