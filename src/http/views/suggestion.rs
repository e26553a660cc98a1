//! Suggestions on the wire: the line of `tingsu triage`, with names beside the codes.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    city::CityPack,
    domain::{Candidate, FieldSpan, Suggestion},
};

/// What the software suggests for a text, with its reasons. Positions are characters of the
/// original title or text, half-open.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TriageView {
    /// The id that was sent, if one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// 诉求类型, first choice; none without a model.
    #[serde(rename = "type")]
    pub appeal_type: Option<TypeChoice>,
    /// 诉求类型, best first, at most five.
    pub types: Vec<TypeChoice>,
    /// 二级分类, best first, at most five.
    pub category: Vec<CategoryChoice>,
    /// 主办单位, best first, at most five.
    pub department: Vec<DepartmentChoice>,
    /// 紧急程度.
    pub urgency: UrgencyView,
    /// Places found.
    pub places: Vec<PlaceView>,
    /// Words that spoke for the first choices.
    pub reasons: ReasonsView,
    /// 不确定: a person has to choose among the candidates.
    pub uncertain: bool,
    /// Id of the model, or `rules` where only the pack's rules answered.
    pub model: String,
    /// Hash of the city pack.
    pub pack: String,
}

/// A type and its probability.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TypeChoice {
    /// 咨询 求助 投诉 举报 建议 表扬 其他.
    pub label: String,
    /// Calibrated probability of this label.
    pub p: f32,
}

/// A category and its probability.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CategoryChoice {
    /// Code.
    pub code: String,
    /// Calibrated probability of this label.
    pub p: f32,
    /// 一级分类.
    pub level1: String,
    /// 二级分类.
    pub level2: String,
}

/// A department and its probability.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DepartmentChoice {
    /// Name.
    pub name: String,
    /// Calibrated probability of this label.
    pub p: f32,
}

/// 紧急程度: the higher of rule floor and model.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UrgencyView {
    /// U1 U2 U3 U4.
    pub level: String,
    /// 特急 紧急 加急 一般.
    pub label: String,
    /// The model's probability of this level; 0 without a model.
    pub p: f32,
    /// What the rules alone say.
    pub floor: Option<String>,
    /// The cues that made the floor, strongest first.
    pub cues: Vec<CueView>,
    /// 突发 敏感 集中 重要.
    pub flags: Vec<String>,
    /// Units to be reached at once: 110 119 120 122 or departments.
    pub linkage: Vec<String>,
}

/// A cue of an urgency rule.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CueView {
    /// Id of the rule.
    pub rule: String,
    /// Level that it raises to.
    pub level: String,
    /// The words.
    pub text: String,
    /// `title` or `text`.
    pub field: String,
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// Why, in Chinese.
    pub note: String,
}

/// A place in the text.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlaceView {
    /// The words.
    pub text: String,
    /// `title` or `text`.
    pub field: String,
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// Region of the pack that it lies in, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// Reasons by head.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReasonsView {
    /// For the first category.
    pub category: Vec<ReasonView>,
}

/// Words that spoke for a label.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReasonView {
    /// `title` or `text`.
    pub field: String,
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// Share of the evidence.
    pub weight: f32,
}

pub(crate) fn field_name(at: &FieldSpan) -> String {
    match at.field {
        crate::domain::Field::Title => "title".into(),
        crate::domain::Field::Text => "text".into(),
    }
}

fn types(candidates: &[Candidate]) -> Vec<TypeChoice> {
    candidates.iter().map(|c| TypeChoice { label: c.label.clone(), p: c.p }).collect()
}

impl CategoryChoice {
    fn of(candidate: &Candidate, pack: &CityPack) -> Self {
        let known = pack.taxonomy.get(&candidate.label);
        Self {
            code: candidate.label.clone(),
            p: candidate.p,
            level1: known.map_or_else(String::new, |c| c.level1.clone()),
            level2: known.map_or_else(|| candidate.label.clone(), |c| c.level2.clone()),
        }
    }
}

impl TriageView {
    /// A suggestion with the names of the pack.
    pub fn of(suggestion: &Suggestion, pack: &CityPack, id: Option<String>) -> Self {
        let types = types(&suggestion.appeal_type);
        let urgency = &suggestion.urgency;
        Self {
            id,
            appeal_type: types.first().cloned(),
            types,
            category: suggestion.category.iter().map(|c| CategoryChoice::of(c, pack)).collect(),
            department: suggestion
                .department
                .iter()
                .map(|c| DepartmentChoice { name: c.label.clone(), p: c.p })
                .collect(),
            urgency: UrgencyView {
                level: urgency.level.code().into(),
                label: urgency.level.label().into(),
                p: urgency.p,
                floor: urgency.floor.map(|level| level.code().into()),
                cues: urgency
                    .cues
                    .iter()
                    .map(|cue| CueView {
                        rule: cue.rule.clone(),
                        level: cue.level.code().into(),
                        text: cue.text.clone(),
                        field: field_name(&cue.at),
                        start: cue.at.span.start,
                        end: cue.at.span.end,
                        note: cue.note.clone(),
                    })
                    .collect(),
                flags: urgency.flags.iter().map(|flag| flag.label().into()).collect(),
                linkage: urgency.linkage.iter().map(|unit| unit.name().to_owned()).collect(),
            },
            places: suggestion
                .places
                .iter()
                .map(|place| PlaceView {
                    text: place.text.clone(),
                    field: field_name(&place.at),
                    start: place.at.span.start,
                    end: place.at.span.end,
                    region: place.region.clone(),
                })
                .collect(),
            reasons: ReasonsView {
                category: suggestion
                    .reasons
                    .iter()
                    .map(|r| ReasonView {
                        field: field_name(&r.at),
                        start: r.at.span.start,
                        end: r.at.span.end,
                        weight: r.weight,
                    })
                    .collect(),
            },
            uncertain: suggestion.uncertain,
            model: suggestion.model.clone().unwrap_or_else(|| "rules".into()),
            pack: suggestion.pack.clone(),
        }
    }
}
