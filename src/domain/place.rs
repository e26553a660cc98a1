//! Regions of a city and places found in a text.

use serde::{Deserialize, Serialize};

use super::FieldSpan;

/// A region that the city pack knows: a district or a town (街道/镇) in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Region {
    /// Stable id: `district` or `district/town`.
    pub id: String,
    /// 区县
    pub district: String,
    /// 街镇; none for the district itself.
    pub town: Option<String>,
    /// Other names by which people call it.
    pub aliases: Vec<String>,
}

/// A place phrase in an appeal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundPlace {
    /// Where it stands in the original.
    #[serde(flatten)]
    pub at: FieldSpan,
    /// The original's characters.
    pub text: String,
    /// Id of the [`Region`] that it lies in, where known.
    pub region: Option<String>,
}
