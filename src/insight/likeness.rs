//! How likely two appeals speak of one event: log-odds from what they share.
//!
//! A linear model over evidence that people would name: the same rare words, the same place, the same kind of
//! matter, close in time, the same caller. Its weights ([`super::weights`]) were fitted on the tuning half of the
//! simulated city's events, not on the other half.

use std::cmp::Ordering;

use super::{
    cluster::FLOOR,
    coherence::{BURST_HOURS, Coherence, each_term},
    corpus::{Corpus, Entry, SCALE},
    heard::Kind,
    weights::{FULL, NO_VECTORS, WORDS, Weights},
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
pub const FEATURES: usize = 27;

/// Numbers that describe a pair at the second look.
pub(super) const MORE: usize = 10;

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
    /// Both name places of one kind (two estates, two roads, two schools), and no place is shared.
    pub rival: bool,
    /// The same caller, who is known.
    pub caller: bool,
}

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

/// What one comparison says before it is known which terms hold events together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Glance {
    /// Log-odds at the first look.
    pub first: f32,
    /// What the later looks add to: the part of their log-odds that does not change.
    pub own: f32,
    /// Log-odds, roughly, that the two are of one class of matter.
    pub matter: f32,
}

/// The first look at a pair.
pub(super) fn glance(corpus: &Corpus, a: &Entry, b: &Entry) -> Glance {
    let s = shared(corpus, a, b);
    let matter = matter(a, b, &s);
    if contradict(&s) {
        return Glance { first: CONTRADICTION, own: CONTRADICTION, matter };
    }
    let (features, weights) = (features(&s), weights(a, b));
    let first = dot(&features, &weights.first) - corpus.crowd;
    Glance { first, own: dot(&features, &weights.second[..FEATURES]) - corpus.crowd, matter }
}

/// What it adds to know which terms hold events together.
pub(super) fn further(corpus: &Corpus, coherence: &Coherence, a: &Entry, b: &Entry) -> f32 {
    dot(&more(corpus, coherence, a, b), &weights(a, b).second[FEATURES..])
}

/// Log-odds, roughly, that two appeals are of one class of matter: words, category, meaning; neither place nor time.
fn matter(a: &Entry, b: &Entry, s: &Shared) -> f32 {
    let words = s.words.max(0.0).sqrt();
    let known = !a.categories.is_empty() && !b.categories.is_empty();
    let score = match (known, a.vector.is_some() && b.vector.is_some()) {
        (true, true) => -6.0 + 8.0 * words + 3.0 * s.category + 4.0 * s.vector.max(0.0),
        (true, false) => -5.5 + 11.0 * words + 3.0 * s.category,
        (false, _) => -5.0 + 15.0 * words,
    };
    score.max(FLOOR)
}

/// All numbers of a pair, those of the first look first.
pub(super) fn numbers(corpus: &Corpus, coherence: &Coherence, a: &Entry, b: &Entry) -> Vec<f32> {
    let own = features(&shared(corpus, a, b));
    own.into_iter().chain(more(corpus, coherence, a, b)).collect()
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
                    dot += x * y * idf * idf;
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
    s.rival = s.place == 0.0 && a.kinds.iter().any(|c| b.kinds.contains(c));
    s.elsewhere = s.place == 0.0 && !a.kinds.is_empty() && !b.kinds.is_empty();
    if let (Some(a), Some(b)) = (&a.vector, &b.vector) {
        s.vector = a.cosine(b);
    }
    for (code, p) in &a.categories {
        s.category += b.categories.iter().find(|(c, _)| c == code).map_or(0.0, |(_, q)| (p * q).sqrt());
    }
    let town = |e: &Entry| e.region != 0 && e.region != e.district;
    s.town = town(a) && a.region == b.region;
    s.apart = a.district != 0 && b.district != 0 && (a.district != b.district || (town(a) && town(b) && !s.town));
    s.caller = a.caller != 0 && a.caller == b.caller;
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
        f32::from(s.caller),
        f32::from(s.caller) * mass,
        mass * s.vector.max(0.0),
        weeks * s.vector.max(0.0),
        f32::from(s.rival),
        f32::from(s.rival) * words,
        f32::from(s.elsewhere) * words,
        f32::from(s.elsewhere) * days,
    ]
}

/// What the second look adds: how coherent the shared terms are, best and together, in the scale of log-odds;
/// whether each side has a name of its own that holds an event together and that the other lacks.
pub(super) fn more(corpus: &Corpus, coherence: &Coherence, a: &Entry, b: &Entry) -> [f32; MORE] {
    let near = (a.hours - b.hours).abs() <= BURST_HOURS;
    let (mut best, mut sum, mut best_near, mut sum_near) = (0.0_f32, 0.0_f32, 0.0_f32, 0.0_f32);
    let (mut own, mut theirs, mut both) = (0.0_f32, 0.0_f32, 0.0_f32);
    each_term(&a.terms, &b.terms, |t, side| {
        let idf = corpus.idf[t as usize] / SCALE;
        let value = coherence.all[t as usize] * idf;
        let proper = if corpus.proper[t as usize] { value } else { 0.0 };
        match side {
            Ordering::Less => own = own.max(proper),
            Ordering::Greater => theirs = theirs.max(proper),
            Ordering::Equal => {
                both = both.max(proper);
                best = best.max(value);
                sum += (value - 0.5).max(0.0);
                if near {
                    let value = coherence.burst[t as usize] * idf;
                    best_near = best_near.max(value);
                    sum_near += (value - 0.5).max(0.0);
                }
            }
        }
    });
    let days = (-((a.hours - b.hours).abs() / 72.0) as f32).exp();
    let other = own.min(theirs);
    let f = [best, sum.sqrt(), best_near, sum_near.sqrt(), best * days, f32::from(near)];
    let o = [both, other, (other - both).max(0.0), own.max(theirs)];
    [f[0], f[1], f[2], f[3], f[4], f[5], o[0], o[1], o[2], o[3]]
}
