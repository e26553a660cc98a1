//! What do we suggest, and why? One pack version, one bundle, one answer.
//!
//! Pure composition: text is read by `text`, labels come from `model`, the urgency floor from the
//! pack's rules. Level = max(floor, model): software only raises (invariant 4). A [`Triager`] is
//! immutable, so old and new pack or bundle never mix inside one answer.

use std::sync::Arc;

use crate::{
    city::CityPack,
    domain::{Appeal, Suggestion},
    model::{Bundle, ModelError},
    text::Analyser,
};

/// One version of everything that a suggestion depends on.
#[derive(Debug)]
pub struct Triager {
    /// The city.
    pub pack: Arc<CityPack>,
    /// Its text tools.
    pub analyser: Analyser,
    /// The model; none means that the pack's rules answer alone.
    pub bundle: Option<Arc<Bundle>>,
}

impl Triager {
    /// Builds the text tools of the pack.
    pub fn new(pack: Arc<CityPack>, bundle: Option<Arc<Bundle>>) -> Self {
        let _ = (pack, bundle);
        todo!()
    }

    /// Suggestions for a batch, in order. `explain` adds reasons.
    ///
    /// # Errors
    /// Only if the model fails to compute; without a bundle it cannot fail.
    pub fn triage(&self, appeals: &[Appeal], explain: bool) -> Result<Vec<Suggestion>, ModelError> {
        let _ = (appeals, explain);
        todo!()
    }

    /// What the pack's rules alone suggest: the answer without a bundle.
    pub fn rules_only(&self, appeal: &Appeal) -> Suggestion {
        let _ = appeal;
        todo!()
    }
}
