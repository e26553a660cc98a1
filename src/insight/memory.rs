//! What an earlier pass thought, so that a further day does not unsettle the days before it.
//!
//! With each day every word becomes a little more or less rare, and groups at the edge would come and go. So a pass
//! first asks what it would have found one, two, four, eight … weeks after the first appeal, whichever is last, and
//! leans towards it. These times do not move when days are added, so that the result stays a function of the set of
//! appeals alone; together the earlier passes cost at most as much as the last one.

use std::collections::HashMap;

use super::{
    corpus::Corpus,
    heard::{Heard, Reader, Reading},
    likeness::CONTRADICTION,
    pass::{Scored, spells, with_same},
};

const WEEK: i64 = 7 * 24 * 3600;

/// Fewer appeals than this are not remembered.
const FEWEST: usize = 50;

/// What is added to the log-odds of two appeals that were one event.
const TOGETHER: f32 = 2.0;

/// The event of each appeal (by its place among all appeals) at the last of the fixed times; singles are events, too.
/// Readings lie beside all appeals; only `chosen` ones count.
pub(super) fn earlier(
    appeals: &[Heard],
    readings: &[Reading],
    chosen: &[usize],
    vectors: &[Vec<f32>],
    reader: &Reader<'_>,
) -> HashMap<usize, u32> {
    let seconds = || chosen.iter().filter_map(|&i| appeals[i].at).map(|at| at.as_second());
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
        chosen.iter().copied().filter(|&i| appeals[i].at.is_some_and(|at| at.as_second() <= end)).collect();
    if old.len() < FEWEST {
        return HashMap::new();
    }
    let (corpus, _, found) = spells(appeals, readings, &old, vectors, reader);
    let mut known = HashMap::new();
    for (number, members) in with_same(&corpus, found).iter().enumerate() {
        for &m in members {
            known.insert(corpus.entries[m as usize].source, number as u32);
        }
    }
    known
}

/// Leans scores towards what was thought earlier.
pub(super) fn lean(corpus: &Corpus, known: &HashMap<usize, u32>, scored: &mut Scored) {
    if known.is_empty() {
        return;
    }
    let of: Vec<Option<u32>> = corpus.entries.iter().map(|e| known.get(&e.source).copied()).collect();
    for pair in scored.iter_mut().filter(|c| c.score > CONTRADICTION) {
        let (a, b) = (of[pair.a as usize], of[pair.b as usize]);
        pair.score += if a.is_some() && a == b { TOGETHER } else { 0.0 };
    }
}
