//! Suggestions on the wire: the line of `tingsu triage`, with the categories' names beside.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{city::CityPack, desk::wire::TriageWire, domain::Suggestion};

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
        Self { id, category_names: wire.category.iter().map(|c| name(&c.code)).collect(), wire }
    }

    /// Categories for people: name and probability.
    pub(crate) fn categories(&self) -> impl Iterator<Item = (&str, f32)> {
        self.category_names.iter().zip(&self.wire.category).map(|(name, c)| (name.level2.as_str(), c.p))
    }
}
