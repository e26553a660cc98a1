//! What people decided for similar cases speaks for the same decision, and is told to the operator.
//!
//! Type, category and department are voted on; urgency is not: that a similar case was harmless must not
//! calm anybody (invariant 4).

use std::collections::BTreeMap;

use crate::{
    domain::{Precedent, TicketId},
    model::{
        Bundle, Prediction,
        memory::{Memory, Near, SIMILAR},
    },
};

/// Cases named with a precedent.
const NAMED: usize = 3;

/// Blends the votes of the nearest cases into the prediction; the precedent for the department, where
/// there are similar cases.
pub(super) fn vote(memory: &Memory, bundle: &Bundle, prediction: &mut Prediction) -> Option<Precedent> {
    let recalled = memory.recall(&prediction.vector, None);
    recalled.blend(&mut prediction.appeal_type, |d| d.appeal_type.as_ref());
    recalled.blend(&mut prediction.category, |d| d.category.as_ref());
    recalled.blend(&mut prediction.department, |d| d.department.as_ref());
    prediction.uncertain = prediction.category.first().is_none_or(|c| c.p < bundle.uncertain_below());
    precedent(&recalled.0)
}

fn precedent(nearest: &[Near]) -> Option<Precedent> {
    let mut by: BTreeMap<&str, Vec<&TicketId>> = BTreeMap::new();
    for near in nearest.iter().filter(|n| n.cosine >= SIMILAR) {
        if let Some(department) = &near.decided.department {
            by.entry(department).or_default().push(&near.ticket);
        }
    }
    let of = by.values().map(Vec::len).sum::<usize>() as u32;
    // the most cases; of several the one with the nearest case, of those the first by name
    let place = |ticket: &TicketId| nearest.iter().position(|n| n.ticket == *ticket);
    let (department, tickets) = by.iter().max_by(|a, b| {
        let nearer = || place(b.1[0]).cmp(&place(a.1[0]));
        a.1.len().cmp(&b.1.len()).then_with(nearer).then_with(|| b.0.cmp(a.0))
    })?;
    Some(Precedent {
        department: (*department).to_owned(),
        cases: tickets.len() as u32,
        of,
        tickets: tickets.iter().take(NAMED).map(|t| (*t).clone()).collect(),
    })
}
