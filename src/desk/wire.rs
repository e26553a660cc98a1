//! The triage answer as other programs read it: one shape for `tingsu triage`, `POST /api/v1/triage`
//! and the console. Keep it stable.
//!
//! Spans are half-open character offsets into the appeal's *text*, as it was given. What lies in the
//! title is listed apart (`title_places`, `reasons.title`), so that a reader who knows only the text
//! never cuts in the wrong string.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{Candidate, Field, FoundPlace, Suggestion};

/// A label and the probability of that label.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct LabelP {
    /// The label.
    pub label: String,
    /// Calibrated probability, 0 to 1.
    pub p: f32,
}

/// A category and its probability.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CodeP {
    /// Level-2 code of the city's taxonomy.
    pub code: String,
    /// Calibrated probability, 0 to 1.
    pub p: f32,
}

/// A department and its probability.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct NameP {
    /// Name in the city pack.
    pub name: String,
    /// Calibrated probability, 0 to 1.
    pub p: f32,
}

/// A cue of the rule floor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CueWire {
    /// Rule id in the pack.
    pub rule: String,
    /// Level that it raises to.
    pub level: String,
    /// The words.
    pub text: String,
    /// `title` or `text`.
    #[schema(value_type = String)]
    pub field: Field,
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// Why, in Chinese.
    pub note: String,
}

/// Urgency with its floor.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct UrgencyWire {
    /// `U1` to `U4`: the higher of model and floor.
    pub level: String,
    /// The model's probability of `level`.
    pub p: f32,
    /// Level of the rules alone; null if no rule spoke.
    pub floor: Option<String>,
    /// The cues behind the floor.
    pub cues: Vec<CueWire>,
    /// 突发 敏感 集中 重要
    pub flags: Vec<String>,
    /// 联动单位: 110 119 120 122 or departments.
    pub linkage: Vec<String>,
}

/// How similar cases were decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PrecedentWire {
    /// The department that handled most of them.
    pub department: String,
    /// How many it handled.
    pub cases: u32,
    /// How many similar cases there are.
    pub of: u32,
    /// The most similar ones that it handled, at most three.
    pub tickets: Vec<String>,
}

/// A place phrase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlaceWire {
    /// The characters.
    pub text: String,
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// Region id, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// A stretch that spoke for the first category.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ReasonWire {
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// Share of the evidence.
    pub weight: f32,
}

/// Reasons by head and by where they lie.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ReasonsWire {
    /// For the first category, in the text.
    pub category: Vec<ReasonWire>,
    /// For the first category, in the title.
    pub title: Vec<ReasonWire>,
}

/// Suggestions for one appeal.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TriageWire {
    /// 诉求类型; null if nothing speaks for any.
    #[serde(rename = "type")]
    pub appeal_type: Option<LabelP>,
    /// Up to five types, best first.
    pub types: Vec<LabelP>,
    /// Up to five categories, best first.
    pub category: Vec<CodeP>,
    /// Up to five departments, best first.
    pub department: Vec<NameP>,
    /// Urgency.
    pub urgency: UrgencyWire,
    /// Places in the text.
    pub places: Vec<PlaceWire>,
    /// Places in the title.
    pub title_places: Vec<PlaceWire>,
    /// Reasons.
    pub reasons: ReasonsWire,
    /// 不确定: a person has to choose.
    pub uncertain: bool,
    /// How similar cases were decided; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precedent: Option<PrecedentWire>,
    /// Bundle id, or `rules` without a model.
    pub model: String,
    /// Hash of the city pack.
    pub pack: String,
}

fn p(value: f32) -> f32 {
    (value * 10_000.0).round() / 10_000.0
}

fn places(found: &[FoundPlace], field: Field) -> Vec<PlaceWire> {
    found
        .iter()
        .filter(|place| place.at.field == field)
        .map(|place| PlaceWire {
            text: place.text.clone(),
            start: place.at.span.start,
            end: place.at.span.end,
            region: place.region.clone(),
        })
        .collect()
}

fn reasons(s: &Suggestion, field: Field) -> Vec<ReasonWire> {
    s.reasons_in(field)
        .map(|(span, weight)| ReasonWire { start: span.start, end: span.end, weight: p(weight) })
        .collect()
}

impl From<&Suggestion> for TriageWire {
    fn from(s: &Suggestion) -> Self {
        let named = |c: &Candidate| LabelP { label: c.label.clone(), p: p(c.p) };
        let u = &s.urgency;
        Self {
            appeal_type: s.appeal_type.first().map(named),
            types: s.appeal_type.iter().map(named).collect(),
            category: s.category.iter().map(|c| CodeP { code: c.label.clone(), p: p(c.p) }).collect(),
            department: s.department.iter().map(|c| NameP { name: c.label.clone(), p: p(c.p) }).collect(),
            urgency: UrgencyWire {
                level: u.level.code().to_owned(),
                p: p(u.p),
                floor: u.floor.map(|f| f.code().to_owned()),
                cues: u
                    .cues
                    .iter()
                    .map(|cue| CueWire {
                        rule: cue.rule.clone(),
                        level: cue.level.code().to_owned(),
                        text: cue.text.clone(),
                        field: cue.at.field,
                        start: cue.at.span.start,
                        end: cue.at.span.end,
                        note: cue.note.clone(),
                    })
                    .collect(),
                flags: u.flags.iter().map(|f| f.label().to_owned()).collect(),
                linkage: u.linkage.iter().map(|l| l.name().to_owned()).collect(),
            },
            places: places(&s.places, Field::Text),
            title_places: places(&s.places, Field::Title),
            reasons: ReasonsWire { category: reasons(s, Field::Text), title: reasons(s, Field::Title) },
            uncertain: s.uncertain,
            precedent: s.precedent.as_ref().map(|own| PrecedentWire {
                department: own.department.clone(),
                cases: own.cases,
                of: own.of,
                tickets: own.tickets.iter().map(ToString::to_string).collect(),
            }),
            model: s.model.clone().unwrap_or_else(|| "rules".to_owned()),
            pack: s.pack.clone(),
        }
    }
}
