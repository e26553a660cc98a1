//! Suggestions on the wire: the line of `tingsu triage`, with the categories' names beside.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    city::CityPack,
    desk::{Matter, wire::TriageWire},
    domain::{Element, Field, FieldSpan, Suggestion},
    http::views::SpanView,
};

/// What the software suggests for a text, with its reasons.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TriageView {
    /// The id that was sent, if one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The suggestion.
    #[serde(flatten)]
    pub wire: TriageWire,
    /// Names of the categories suggested, in the same order.
    pub category_names: Vec<CategoryName>,
    /// 五要素: where each is said, and what to ask where it is not; only for a text that is not stored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub elements: Vec<ElementView>,
}

/// One of the five things that a caller has to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ElementView {
    /// `time` `place` `who` `what` `want`.
    pub element: String,
    /// 时间 地点 对象 事项 诉求
    pub label: String,
    /// Where it is said in the text, in characters; empty also if only the title says it.
    pub at: Vec<SpanView>,
    /// Whether it is said at all.
    pub said: bool,
    /// What to ask if it is not.
    pub question: String,
}

impl ElementView {
    /// What was found of one element, and what its city asks.
    pub fn of((element, found): &(Element, Vec<FieldSpan>), pack: &CityPack) -> Self {
        Self {
            element: element.code().into(),
            label: element.label().into(),
            at: found.iter().filter(|at| at.field == Field::Text).map(|at| at.span.into()).collect(),
            said: !found.is_empty(),
            question: pack
                .elements
                .iter()
                .find(|cues| cues.element == *element)
                .map_or_else(String::new, |c| c.question.clone()),
        }
    }
}

/// The matters of one call.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SplitView {
    /// In the order of the text; empty if it is about one matter only.
    pub parts: Vec<MatterView>,
}

/// A matter of its own.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MatterView {
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// The characters, without blanks around.
    pub text: String,
    /// What is suggested for it.
    pub suggestion: TriageView,
}

impl MatterView {
    /// A part of a text.
    pub fn of((span, said): &Matter, text: &str, pack: &CityPack) -> Self {
        let own = span.slice(text).trim().to_owned();
        Self { start: span.start, end: span.end, text: own, suggestion: TriageView::of(said, pack, None) }
    }
}

/// A category's names in the city pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CategoryName {
    /// Code.
    pub code: String,
    /// 一级分类; empty if the pack does not know the code.
    pub level1: String,
    /// 二级分类.
    pub level2: String,
}

impl TriageView {
    /// A suggestion with the names of the pack.
    pub fn of(suggestion: &Suggestion, pack: &CityPack, id: Option<String>) -> Self {
        let name = |code: &str| {
            let known = pack.taxonomy.get(code);
            CategoryName {
                code: code.to_owned(),
                level1: known.map_or_else(String::new, |c| c.level1.clone()),
                level2: known.map_or_else(|| code.to_owned(), |c| c.level2.clone()),
            }
        };
        let wire = TriageWire::from(suggestion);
        Self { id, category_names: wire.category.iter().map(|c| name(&c.code)).collect(), elements: Vec::new(), wire }
    }

    /// Categories for people: name and probability.
    pub(crate) fn categories(&self) -> impl Iterator<Item = (&str, f32)> {
        self.category_names.iter().zip(&self.wire.category).map(|(name, c)| (name.level2.as_str(), c.p))
    }
}
