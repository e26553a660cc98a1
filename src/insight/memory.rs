//! What an earlier pass thought, so that a further day does not unsettle the days before it.
//!
//! With each day every word becomes a little more or less rare, and groups at the edge would come and go. So a pass
//! first asks what it would have found one, two, four, eight … weeks after the first appeal, whichever is last, and
//! leans towards it. These times do not move when days are added, so that the result stays a function of the set of
//! appeals alone; together the earlier passes cost at most as much as the last one.

use std::collections::HashMap;

use super::{
    corpus::Corpus,
    heard::{Heard, Reader},
    likeness::CONTRADICTION,
    pass::{Scored, groups},
};

const WEEK: i64 = 7 * 24 * 3600;

/// Fewer appeals than this are not remembered.
const FEWEST: usize = 50;

/// What is added to the log-odds of two appeals that were one event.
const TOGETHER: f32 = 2.0;

/// The event of each appeal (by id) at the last of the fixed times; singles are events, too.
pub(super) fn earlier(appeals: &[Heard], vectors: &[Vec<f32>], reader: &Reader<'_>) -> HashMap<String, u32> {
    let seconds = || appeals.iter().filter_map(|a| a.at).map(|at| at.as_second());
    let (Some(first), Some(last)) = (seconds().min(), seconds().max()) else { return HashMap::new() };
    let mut weeks = 1_i64;
    if last - first <= WEEK {
        return HashMap::new();
    }
    while weeks.saturating_mul(2 * WEEK) < last - first {
        weeks *= 2;
    }
    let end = first.saturating_add(weeks.saturating_mul(WEEK));
    let old: Vec<usize> =
        (0..appeals.len()).filter(|&i| appeals[i].at.is_some_and(|at| at.as_second() <= end)).collect();
    if old.len() < FEWEST {
        return HashMap::new();
    }
    let own: Vec<Heard> = old.iter().map(|&i| appeals[i].clone()).collect();
    let beside: Vec<Vec<f32>> = old.iter().filter_map(|&i| vectors.get(i).cloned()).collect();
    let (corpus, _, found) = groups(&own, &beside, reader);
    let mut known = HashMap::new();
    for (number, members) in found.iter().enumerate() {
        for &m in members {
            known.insert(own[corpus.entries[m as usize].source].id.clone(), number as u32);
        }
    }
    known
}

/// Leans scores towards what was thought earlier.
pub(super) fn lean(corpus: &Corpus, appeals: &[Heard], known: &HashMap<String, u32>, scored: &mut Scored) {
    if known.is_empty() {
        return;
    }
    let of: Vec<Option<u32>> = corpus.entries.iter().map(|e| known.get(&appeals[e.source].id).copied()).collect();
    for (a, b, score) in scored.iter_mut().filter(|(_, _, s)| *s > CONTRADICTION) {
        let (a, b) = (of[*a as usize], of[*b as usize]);
        *score += if a.is_some() && a == b { TOGETHER } else { 0.0 };
    }
}
