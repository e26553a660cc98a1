//! How likely two appeals speak of one event: log-odds from what they share.
//!
//! A linear model over evidence that people would name: the same rare words, the same place, the same kind of
//! matter, close in time. Its weights were fitted on the tuning half of the simulated city's events
//! (`tingsu eval topics`), not on the other half.

use super::{
    coherence::{BURST_HOURS, Coherence, shared_terms},
    corpus::{Corpus, Entry, SCALE, weight},
    heard::Kind,
};

/// Log-odds of a pair that contradicts itself: as far under the floor as the floor is under even odds, so that it
/// pulls the mean of two groups down and does not forbid their union by itself.
pub(super) const CONTRADICTION: f32 = -12.0;

/// Beyond so many days, other places and nothing rare in common are a contradiction; within them a matter may be
/// the whole city's (an outage, a storm).
const SAME_TIME_DAYS: f32 = 3.0;

/// A term of one appeal in a hundred (in units of [`SCALE`]) is rare enough to stand against other places.
const RARE: f32 = 0.62;

/// Numbers that describe a pair.
pub(super) const FEATURES: usize = 19;

/// Numbers that describe a pair at the second look.
pub(super) const MORE: usize = 6;

/// What a pair has in common, in the order of the weights.
pub(super) type Features = [f32; FEATURES];

/// Everything that is shared, before it becomes evidence.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shared {
    /// Cosine of the idf-weighted words and names.
    pub words: f32,
    /// Sum of squared idf of shared terms, of the scale's square.
    pub mass: f32,
    /// The rarest shared word or name, of the scale.
    pub rarest: f32,
    /// The rarest shared place, of the scale.
    pub place: f32,
    /// Both name places, and none is shared.
    pub elsewhere: bool,
    /// Cosine of the sentence vectors.
    pub vector: f32,
    /// Overlap of the category distributions (Bhattacharyya).
    pub category: f32,
    /// Days between them.
    pub days: f32,
    /// Same town.
    pub town: bool,
    /// Different towns, both known.
    pub apart: bool,
}

/// Weights of the first and of the second look.
#[derive(Debug)]
struct Weights {
    first: Features,
    second: [f32; FEATURES + MORE],
}

/// With categories and sentence vectors.
const FULL: Weights = Weights {
    first: [
        -8.157, 3.265, 0.304, 0.234, 3.864, 0.548, 4.598, 3.422, -0.422, -2.562, 4.678, -0.641, 1.424, -0.703, 2.073,
        0.967, 2.115, -1.136, -2.822,
    ],
    second: [
        -8.364, 0.427, 0.102, 0.892, 2.348, 0.496, 4.527, 3.206, 0.082, -1.912, 4.103, 0.910, 0.538, -1.007, 2.100,
        0.940, 1.122, -1.644, -2.129, 0.349, 0.853, -0.411, 0.992, -0.244, -0.398,
    ],
};

/// With categories alone.
const NO_VECTORS: Weights = Weights {
    first: [
        -8.049, 4.670, 0.814, 0.276, 3.796, 0.624, 0.0, 4.522, -0.266, -2.310, 4.752, -0.580, 1.445, -0.856, 2.319,
        1.190, 2.035, -1.295, -2.944,
    ],
    second: [
        -8.279, 1.928, 0.656, 0.890, 2.242, 0.566, 0.0, 4.272, 0.295, -1.577, 4.120, 0.904, 0.484, -1.148, 2.387,
        1.184, 0.967, -1.815, -2.171, 0.398, 0.745, -0.389, 0.826, -0.087, -0.270,
    ],
};

/// With words, places and times alone.
const WORDS: Weights = Weights {
    first: [
        -7.640, 12.824, -0.530, 0.586, 3.870, 0.611, 0.0, 0.0, 0.385, -2.049, 4.248, -0.879, 1.691, -0.501, 0.0, 0.0,
        1.886, 0.0, -2.674,
    ],
    second: [
        -7.977, 7.141, -0.185, 0.803, 1.531, 0.284, 0.0, 0.0, 1.081, -1.026, 3.962, 0.967, 0.455, -0.891, 0.0, 0.0,
        1.110, 0.0, -2.637, 1.074, 0.058, 0.552, -0.191, -0.080, -0.732,
    ],
};

/// The weights for what both appeals have.
fn weights(a: &Entry, b: &Entry) -> &'static Weights {
    let categories = !a.categories.is_empty() && !b.categories.is_empty();
    match (categories, a.vector.is_some() && b.vector.is_some()) {
        (true, true) => &FULL,
        (true, false) => &NO_VECTORS,
        (false, _) => &WORDS,
    }
}

/// Whether two appeals cannot be one event: they name other places, in other towns, at other times, and nothing
/// rare binds them.
pub fn contradict(s: &Shared) -> bool {
    s.elsewhere && s.apart && s.days > SAME_TIME_DAYS && s.rarest < RARE
}

/// Log-odds at the first look.
pub(super) fn first_look(corpus: &Corpus, a: &Entry, b: &Entry) -> f32 {
    let s = shared(corpus, a, b);
    if contradict(&s) {
        return CONTRADICTION;
    }
    dot(&features(&s), &weights(a, b).first) - corpus.crowd
}

/// Log-odds once it is known which terms hold events together.
pub(super) fn second_look(corpus: &Corpus, coherence: &Coherence, a: &Entry, b: &Entry) -> f32 {
    let s = shared(corpus, a, b);
    if contradict(&s) {
        return CONTRADICTION;
    }
    let weights = &weights(a, b).second;
    let (own, further) = weights.split_at(FEATURES);
    dot(&features(&s), own) + dot(&more(corpus, coherence, a, b), further) - corpus.crowd
}

fn dot(values: &[f32], weights: &[f32]) -> f32 {
    values.iter().zip(weights).map(|(v, w)| v * w).sum()
}

/// What two appeals share.
pub fn shared(corpus: &Corpus, a: &Entry, b: &Entry) -> Shared {
    let mut s = Shared { days: ((a.hours - b.hours).abs() / 24.0) as f32, ..Shared::default() };
    let (mut dot, mut mass) = (0.0_f32, 0.0_f32);
    let (mut i, mut j) = (0, 0);
    while let (Some(&(t, x)), Some(&(u, y))) = (a.terms.get(i), b.terms.get(j)) {
        if t < u {
            i += 1;
        } else if u < t {
            j += 1;
        } else {
            let idf = corpus.idf[t as usize];
            let of_scale = idf / SCALE;
            match corpus.kind(t) {
                Kind::Place => s.place = s.place.max(of_scale),
                Kind::Word => {
                    dot += weight(x) * weight(y) * idf * idf;
                    mass += of_scale * of_scale;
                    s.rarest = s.rarest.max(of_scale);
                }
            }
            i += 1;
            j += 1;
        }
    }
    s.words = dot / (a.norm * b.norm).max(1e-6);
    s.mass = mass;
    let names_place = |e: &Entry| e.terms.iter().any(|(t, _)| corpus.kind(*t) == Kind::Place);
    s.elsewhere = s.place == 0.0 && names_place(a) && names_place(b);
    if let (Some(a), Some(b)) = (&a.vector, &b.vector) {
        s.vector = a.cosine(b);
    }
    for (code, p) in &a.categories {
        s.category += b.categories.iter().find(|(c, _)| c == code).map_or(0.0, |(_, q)| (p * q).sqrt());
    }
    let town = |e: &Entry| e.region != 0 && e.region != e.district;
    s.town = town(a) && a.region == b.region;
    s.apart = a.district != 0 && b.district != 0 && (a.district != b.district || (town(a) && town(b) && !s.town));
    s
}

/// The numbers that the weights belong to.
pub(super) fn features(s: &Shared) -> Features {
    let mass = s.mass.sqrt();
    let words = s.words.max(0.0).sqrt();
    let hours = (-s.days * 24.0 / 8.0).exp();
    let days = (-s.days / 3.0).exp();
    let weeks = (-s.days / 14.0).exp();
    let town = f32::from(s.town);
    let apart = f32::from(s.apart);
    [
        1.0,
        words,
        mass,
        s.rarest,
        s.place,
        f32::from(s.elsewhere),
        s.vector,
        s.category,
        town,
        apart,
        hours,
        days,
        weeks,
        town * mass,
        town * s.category,
        days * s.category,
        days * mass,
        s.category * mass,
        hours * mass,
    ]
}

/// What the second look adds: how coherent the shared terms are, best and together, in the scale of log-odds.
pub(super) fn more(corpus: &Corpus, coherence: &Coherence, a: &Entry, b: &Entry) -> [f32; MORE] {
    let near = (a.hours - b.hours).abs() <= BURST_HOURS;
    let (mut best, mut sum, mut best_near, mut sum_near) = (0.0_f32, 0.0_f32, 0.0_f32, 0.0_f32);
    shared_terms(&a.terms, &b.terms, |t| {
        let idf = corpus.idf[t as usize] / SCALE;
        let value = coherence.all[t as usize] * idf;
        best = best.max(value);
        sum += (value - 0.5).max(0.0);
        if near {
            let value = coherence.burst[t as usize] * idf;
            best_near = best_near.max(value);
            sum_near += (value - 0.5).max(0.0);
        }
    });
    let days = (-((a.hours - b.hours).abs() / 72.0) as f32).exp();
    [best, sum.sqrt(), best_near, sum_near.sqrt(), best * days, f32::from(near)]
}
