//! Reciprocal rank fusion, beside which the learned second look has to win.

/// Its name in the tables.
pub const FUSION: &str = "rank fusion";
/// Answers of each list that are fused, as many as the second look gets.
pub(super) const FUSED: usize = 100;
/// 1 / (this + place), added up (Cormack, Clarke & Büttcher 2009, who give 60); places count from one.
const CONSTANT: f64 = 60.0;

/// Lists of answers, best first, as one; of equals the one with the smaller number first.
pub fn fused(lists: &[Vec<usize>]) -> Vec<usize> {
    let mut scores = std::collections::BTreeMap::<usize, f64>::new();
    for list in lists {
        for (place, answer) in (1u32..).zip(list) {
            *scores.entry(*answer).or_default() += 1.0 / (CONSTANT + f64::from(place));
        }
    }
    let mut order: Vec<(usize, f64)> = scores.into_iter().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    order.into_iter().map(|(answer, _)| answer).collect()
}
