//! Puts a reading and a prediction together into a suggestion.

use crate::{
    domain::{
        Appeal, AppealType, Candidate, Category, FieldSpan, Flag, Reason, Suggestion, Urgency, UrgencySuggestion,
    },
    model::{Bundle, Prediction},
};

use super::{CANDIDATES, FLAG_THRESHOLD, Floor, Reading, Triager, keywords, places, precedent};

impl Triager {
    /// The answer of the model and of decided cases, raised by the rules.
    pub(super) fn by_model(
        &self,
        bundle: &Bundle,
        appeal: &Appeal,
        mut reading: Reading,
        mut prediction: Prediction,
    ) -> Suggestion {
        let head = places::of_head(appeal, &reading, places::found(&prediction.further));
        let places = places::merged(std::mem::take(&mut reading.places), head);
        // reasons are those of the model's own first category
        let own = prediction.category.first().map(|c| c.label.clone());
        let precedent = self.memory.as_ref().and_then(|memory| precedent::vote(memory, bundle, &mut prediction));
        let first_known = prediction.category.first().is_some_and(|c| self.knows_category(&c.label));
        let first_own = prediction.category.first().map(|c| &c.label) == own.as_ref();
        let reasons = if first_known && first_own { reasons(&reading, &prediction) } else { Vec::new() };
        let urgency = urgency(reading.floor, Some((self.thresholds.level(&prediction.urgency), &prediction)));
        Suggestion {
            model: Some(bundle.id().to_owned()),
            pack: self.pack.hash.clone(),
            appeal_type: best(prediction.appeal_type, |label| label.parse::<AppealType>().is_ok()),
            category: best(prediction.category, |code| self.knows_category(code)),
            department: best(prediction.department, |name| self.knows_department(name)),
            urgency,
            flag_p: prediction.flags,
            places,
            reasons,
            uncertain: prediction.uncertain || !first_known,
            precedent: precedent.filter(|p| self.knows_department(&p.department)),
            vector: (!prediction.vector.is_empty()).then_some(prediction.vector),
        }
    }

    /// The answer of the pack's rules alone.
    pub(super) fn by_rules(&self, reading: Reading) -> Suggestion {
        let found = self.keywords.score(&reading);
        let category = best(found.category, |_| true);
        let mut department: Vec<Candidate> = Vec::new();
        for (name, p) in category.iter().filter_map(|c| {
            let Category { department, .. } = self.pack.taxonomy.get(&c.label)?;
            Some((department, c.p))
        }) {
            match department.iter_mut().find(|d| d.label == *name) {
                Some(seen) => seen.p += p,
                None => department.push(Candidate { label: name.clone(), p }),
            }
        }
        department.sort_by(|a, b| b.p.total_cmp(&a.p));
        Suggestion {
            model: None,
            pack: self.pack.hash.clone(),
            appeal_type: keywords::appeal_type(reading.title.text(), reading.text.text()),
            category,
            department: best(department, |name| self.knows_department(name)),
            urgency: urgency(reading.floor, None),
            flag_p: Vec::new(),
            places: reading.places,
            reasons: found.reasons,
            uncertain: true,
            precedent: None,
            vector: None,
        }
    }
}

/// Level = max(floor, model); without a model the floor, or 一般.
fn urgency(floor: Floor, model: Option<(Urgency, &Prediction)>) -> UrgencySuggestion {
    let said = model.map_or(Urgency::U4, |(level, _)| level);
    let level = floor.level.map_or(said, |floor| floor.max(said));
    let probabilities = model.map_or([0.0; 4], |(_, p)| p.urgency);
    let p = Urgency::ALL.iter().zip(probabilities).find(|(l, _)| **l == level).map_or(0.0, |(_, p)| p);
    let mut flags = floor.flags;
    if let Some((_, prediction)) = model {
        flags
            .extend(prediction.flags.iter().filter(|(_, p)| *p >= FLAG_THRESHOLD).map(|(flag, _): &(Flag, f32)| *flag));
    }
    UrgencySuggestion {
        level,
        p,
        model: probabilities,
        floor: floor.level,
        cues: floor.cues,
        flags,
        linkage: floor.linkage,
    }
}

fn best(candidates: Vec<Candidate>, known: impl Fn(&str) -> bool) -> Vec<Candidate> {
    candidates.into_iter().filter(|c| known(&c.label)).take(CANDIDATES).collect()
}

/// Evidence in bytes of the normalised input → spans of the original, strongest first.
fn reasons(reading: &Reading, prediction: &Prediction) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = prediction
        .evidence
        .iter()
        .map(|e| {
            let span = reading.normalized(e.field).original_span(e.bytes.clone());
            Reason { at: FieldSpan { field: e.field, span }, weight: e.weight }
        })
        .filter(|reason| !reason.at.span.is_empty())
        .collect();
    reasons.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.at.cmp(&b.at)));
    reasons
}
