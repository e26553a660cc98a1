//! What speaks for a ticket, in numbers.

use super::{
    gather::{Standing, TEXTS},
    profile::Profile,
};

/// Numbers of one ticket.
pub const FEATURES: usize = 24;

/// Weights of title, text, place and reply inside the two BM25.
const TEXT_WEIGHTS: [f32; TEXTS] = [1.5, 1.0, 1.0, 0.5];

/// BM25F (Robertson, Zaragoza & Taylor 2004).
fn bm25(idf: &[f32], counts: &[[u16; TEXTS]], lengths: &[u32; TEXTS], mean: &[f32; TEXTS], k1: f32, b: f32) -> f32 {
    let norm: [f32; TEXTS] = std::array::from_fn(|t| 1.0 - b + b * lengths[t] as f32 / mean[t].max(1.0));
    idf.iter()
        .zip(counts)
        .map(|(idf, count)| {
            let tf: f32 = (0..TEXTS).map(|t| TEXT_WEIGHTS[t] * f32::from(count[t]) / norm[t].max(0.1)).sum();
            idf * tf * (k1 + 1.0) / (tf + k1)
        })
        .sum()
}

pub(super) fn features(
    profile: &Profile,
    standing: &Standing,
    lengths: &[f32; TEXTS],
    score: f32,
    top: f32,
    cosine: f32,
) -> [f32; FEATURES] {
    let word_idf: Vec<f32> = profile.words.iter().map(|w| w.idf).collect();
    let gram_idf: Vec<f32> = profile.grams.iter().map(|g| g.idf).collect();
    let word_sum: f32 = word_idf.iter().sum::<f32>().max(1e-3);
    let gram_sum: f32 = gram_idf.iter().sum::<f32>().max(1e-3);
    let any = |c: &[u16; TEXTS]| c.iter().any(|n| *n > 0);
    let covered = |idf: &[f32], counts: &[[u16; TEXTS]], power: f32| -> f32 {
        idf.iter().zip(counts).filter(|(_, c)| any(c)).map(|(i, _)| i.powf(power)).sum()
    };
    let words = bm25(&word_idf, &standing.words, &standing.lengths, lengths, 1.2, 0.6);
    let grams = bm25(&gram_idf, &standing.grams, &standing.lengths, lengths, 1.2, 0.6);
    let grams_sharp = bm25(&gram_idf, &standing.grams, &standing.lengths, lengths, 0.5, 0.8);
    let (longest, run_cover, tri, tri_sum) = runs(profile, standing, &gram_idf);
    let (dense, dense_at) = densest(profile, standing, &gram_idf, profile.chars.max(12) as u32 * 2);
    let (tight, _) = densest(profile, standing, &gram_idf, profile.chars.max(6) as u32);
    let (wide, _) = densest(profile, standing, &gram_idf, profile.chars.max(12) as u32 * 5);
    let long: f32 = standing.lengths.iter().sum::<u32>() as f32;
    let square_sum: f32 = gram_idf.iter().map(|i| i * i).sum::<f32>().max(1e-3);
    let rarest = word_idf.iter().zip(&standing.words).filter(|(_, c)| any(c)).map(|(i, _)| *i).fold(0.0, f32::max);
    let lacking = word_idf.iter().zip(&standing.words).filter(|(_, c)| !any(c)).map(|(i, _)| *i).fold(0.0, f32::max);
    [
        words,
        grams,
        words / word_sum,
        grams / gram_sum,
        covered(&word_idf, &standing.words, 1.0) / word_sum,
        covered(&gram_idf, &standing.grams, 1.0) / gram_sum,
        longest / profile.chars.max(1) as f32,
        (1.0 + longest).ln(),
        run_cover / gram_sum,
        dense / gram_sum,
        tight / gram_sum,
        1.0 / (1.0 + dense_at / 40.0),
        (1.0 + long).ln(),
        tri / tri_sum.max(1e-3),
        score,
        score / top.max(1e-3),
        cosine,
        wide / gram_sum,
        dense,
        run_cover,
        covered(&gram_idf, &standing.grams, 2.0) / square_sum,
        rarest,
        lacking,
        grams_sharp,
    ]
}

/// Characters of the longest stretch of the query that stands in one text; the rarity of all pairs that
/// stand in stretches of at least two pairs; the rarity of neighbouring pairs of the query that stand as
/// neighbours, and of all its neighbouring pairs.
fn runs(profile: &Profile, standing: &Standing, idf: &[f32]) -> (f32, f32, f32, f32) {
    let mut diagonals: Vec<(u8, i64, u32, u16)> = Vec::new();
    for &(text, at, gram) in &standing.places {
        for &own in &profile.grams[usize::from(gram)].at {
            diagonals.push((text, i64::from(at) - i64::from(own), own, gram));
        }
    }
    diagonals.sort_unstable();
    let mut in_run = vec![false; idf.len()];
    let mut neighbours: Vec<(u16, u16)> = Vec::new();
    let mut longest = 0;
    let mut from = 0;
    for to in 1..=diagonals.len() {
        let goes_on = diagonals.get(to).is_some_and(|next| {
            let last = &diagonals[to - 1];
            next.0 == last.0 && next.1 == last.1 && next.2 == last.2 + 1
        });
        if goes_on {
            neighbours.push((diagonals[to - 1].3, diagonals[to].3));
        } else {
            let run = &diagonals[from..to];
            longest = longest.max(run.len());
            if run.len() >= 2 {
                run.iter().for_each(|r| in_run[usize::from(r.3)] = true);
            }
            from = to;
        }
    }
    neighbours.sort_unstable();
    neighbours.dedup();
    let weight = |&(a, b): &(u16, u16)| idf[usize::from(a)] + idf[usize::from(b)];
    let tri = neighbours.iter().map(weight).sum();
    let mut all: Vec<(u32, u16)> =
        profile.grams.iter().enumerate().flat_map(|(g, gram)| gram.at.iter().map(move |at| (*at, g as u16))).collect();
    all.sort_unstable();
    let mut pairs: Vec<(u16, u16)> =
        all.windows(2).filter(|w| w[1].0 == w[0].0 + 1).map(|w| (w[0].1, w[1].1)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let cover = idf.iter().zip(&in_run).filter(|(_, r)| **r).map(|(i, _)| i).sum();
    (if longest == 0 { 0.0 } else { longest as f32 + 1.0 }, cover, tri, pairs.iter().map(weight).sum())
}

/// The greatest rarity of distinct pairs within so many characters of one text, and where that begins.
fn densest(profile: &Profile, standing: &Standing, idf: &[f32], window: u32) -> (f32, f32) {
    let places = &standing.places;
    let mut count = vec![0u16; profile.grams.len()];
    let (mut sum, mut best, mut best_at, mut from) = (0.0f32, 0.0f32, 0u32, 0usize);
    for to in 0..places.len() {
        let (text, at, gram) = places[to];
        while places[from].0 != text || places[from].1 + window < at {
            let gone = usize::from(places[from].2);
            count[gone] -= 1;
            if count[gone] == 0 {
                sum -= idf[gone];
            }
            from += 1;
        }
        let gram = usize::from(gram);
        if count[gram] == 0 {
            sum += idf[gram];
        }
        count[gram] += 1;
        if sum > best + 1e-4 {
            (best, best_at) = (sum, places[from].1);
        }
    }
    (best, best_at as f32)
}
