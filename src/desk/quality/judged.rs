//! What decisions say of the suggestions that they answered.

use std::collections::BTreeMap;

use crate::domain::{Candidate, Decision, Head};

use super::{Adoption, Bin, QualityReport, ROWS};

const BINS: usize = 5;

impl Adoption {
    fn count(&mut self, given: &[Candidate], decided: &str) {
        self.of += 1;
        self.first += u64::from(given.first().is_some_and(|c| c.label == decided));
        self.third += u64::from(given.iter().take(3).any(|c| c.label == decided));
    }
}

/// What a decision says of a head, in the words of the suggestions.
pub(super) fn label(decision: &Decision, head: Head) -> Option<String> {
    let labels = &decision.labels;
    match head {
        Head::Type => labels.appeal_type.map(|t| t.label().to_owned()),
        Head::Category => labels.category.clone(),
        Head::Department => labels.department.clone(),
        Head::Urgency => labels.urgency.map(|u| u.code().to_owned()),
    }
}

/// What decisions say of the suggestions that they answered.
pub(super) fn judged(decisions: &[Decision]) -> QualityReport {
    let mut heads =
        BTreeMap::from([Head::Type, Head::Category, Head::Department, Head::Urgency].map(|h| (h, Adoption::default())));
    let mut categories: BTreeMap<String, Adoption> = BTreeMap::new();
    let mut models: BTreeMap<String, Adoption> = BTreeMap::new();
    let mut pairs: [BTreeMap<(String, String), u64>; 2] = Default::default();
    let width = 1.0 / BINS as f32;
    let mut bins: Vec<Bin> =
        (0..BINS).map(|n| Bin { from: n as f32 * width, to: (n + 1) as f32 * width, ..Bin::default() }).collect();
    let mut unaided = 0;
    for decision in decisions {
        let Some(s) = &decision.suggestion else {
            unaided += 1;
            continue;
        };
        let level = [Candidate { label: s.urgency.level.code().to_owned(), p: s.urgency.p }];
        let rows: [(Head, &[Candidate]); 4] = [
            (Head::Type, &s.appeal_type),
            (Head::Category, &s.category),
            (Head::Department, &s.department),
            (Head::Urgency, &level),
        ];
        for (head, given) in rows {
            let (Some(decided), Some(first)) = (label(decision, head), given.first()) else { continue };
            heads.entry(head).or_default().count(given, &decided);
            if head == Head::Category {
                categories.entry(first.label.clone()).or_default().count(given, &decided);
                models.entry(s.model.clone().unwrap_or_else(|| "rules".into())).or_default().count(given, &decided);
                let at = ((first.p / width) as usize).min(BINS - 1);
                if let Some(bin) = bins.get_mut(at) {
                    bin.of += 1;
                    bin.right += u64::from(first.label == decided);
                    bin.sum += f64::from(first.p);
                }
            }
            let side = match head {
                Head::Category => 0,
                Head::Department => 1,
                _ => continue,
            };
            if first.label != decided {
                *pairs[side].entry((first.label.clone(), decided)).or_default() += 1;
            }
        }
    }
    let [confused, departments] = pairs.map(|pairs| {
        let mut list: Vec<(String, String, u64)> = pairs.into_iter().map(|((a, b), n)| (a, b, n)).collect();
        list.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| (&a.0, &a.1).cmp(&(&b.0, &b.1))));
        list.truncate(ROWS);
        list
    });
    let most = |map: BTreeMap<String, Adoption>| {
        let mut list: Vec<(String, Adoption)> = map.into_iter().collect();
        list.sort_by(|a, b| b.1.of.cmp(&a.1.of).then_with(|| a.0.cmp(&b.0)));
        list.truncate(ROWS);
        list
    };
    QualityReport {
        decisions: decisions.len() as u64,
        unaided,
        heads: heads.into_iter().collect(),
        categories: most(categories),
        confused,
        departments,
        bins,
        models: most(models),
        queue: Vec::new(),
    }
}
