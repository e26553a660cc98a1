//! Which appeals say nearly the same? So that a copy never lies on the other side of the split.
//!
//! Each appeal gets a sketch: the least hashes of its four-character pieces under 32 orders (MinHash,
//! Broder 1997), whose share of equal values estimates how much of the pieces two appeals share.
//! Appeals that agree in four neighbouring values are compared (locality-sensitive hashing, Indyk &
//! Motwani 1998); with two thirds of the values equal they are alike. By the binomial law, two that share
//! 0.8 of their pieces are missed in three of a hundred cases, two that share a third are never taken
//! for alike.

use std::collections::HashMap;

use crate::domain::Appeal;

use super::{
    Row,
    group::{Ties, groups},
};

const ORDERS: usize = 32;
const BAND: usize = 4;
const ALIKE: usize = 21;
/// Different appeals remembered in one bucket: more would only be looked at again and again.
const REMEMBERED: usize = 8;
const PIECE: usize = 4;

/// A sketch of an appeal's words; digits, punctuation and white space do not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sketch([u32; ORDERS]);

impl Sketch {
    /// The sketch of an appeal; none if it has fewer than four characters that count.
    pub fn of(appeal: &Appeal) -> Option<Self> {
        let said = |c: &char| c.is_alphabetic();
        let chars: Vec<char> =
            appeal.title.chars().chain(appeal.text.chars()).filter(said).flat_map(char::to_lowercase).collect();
        let mut least = [u32::MAX; ORDERS];
        for piece in chars.windows(PIECE) {
            let mut hash = piece.iter().fold(0xcbf2_9ce4_8422_2325_u64, |h, c| {
                (h ^ u64::from(u32::from(*c))).wrapping_mul(0x0000_0100_0000_01b3)
            });
            for least in &mut least {
                // the next number of a SplitMix64 sequence stands for the next order
                hash = hash.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut x = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                *least = (*least).min((x >> 32) as u32);
            }
        }
        (chars.len() >= PIECE).then_some(Self(least))
    }

    /// Whether two appeals say nearly the same.
    pub fn is_alike(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).filter(|(a, b)| a == b).count() >= ALIKE
    }
}

/// Pairs of indices of appeals that are alike: enough of them that all alike appeals are tied, directly
/// or through others.
fn pairs(sketches: &[Option<Sketch>]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let mut buckets: HashMap<(usize, [u32; BAND]), Vec<usize>> = HashMap::new();
    for (own, sketch) in sketches.iter().enumerate() {
        let Some(sketch) = sketch else { continue };
        for (band, values) in sketch.0.chunks_exact(BAND).enumerate() {
            let Ok(values) = values.try_into() else { continue };
            let bucket = buckets.entry((band, values)).or_default();
            let alike = |other: &&usize| {
                sketches.get(**other).and_then(Option::as_ref).is_some_and(|other| sketch.is_alike(other))
            };
            match bucket.iter().find(alike) {
                Some(other) => pairs.push((*other, own)),
                None if bucket.len() < REMEMBERED => bucket.push(own),
                None => {}
            }
        }
    }
    pairs
}

/// What is known of an appeal's company.
#[derive(Clone, Debug)]
pub struct Kin {
    /// Its id.
    pub id: String,
    /// The event that it is about.
    pub event: Option<String>,
    /// The earlier appeal that it repeats.
    pub repeat_of: Option<String>,
    /// Its words.
    pub sketch: Option<Sketch>,
}

/// A group for each appeal: those of one event, repetitions, and appeals that say nearly the same share
/// one, directly or through others. It is named by the least of its events, else of its ids.
pub fn groups_of(kin: &[Kin]) -> Vec<String> {
    let own = kin.iter().map(|k| Ties { id: &k.id, event: k.event.as_deref(), repeat_of: k.repeat_of.as_deref() });
    let sketches: Vec<Option<Sketch>> = kin.iter().map(|k| k.sketch.clone()).collect();
    let alike = pairs(&sketches);
    let also = alike.iter().filter_map(|(a, b)| {
        let (a, b) = (kin.get(*a)?, kin.get(*b)?);
        Some(Ties { id: &b.id, event: None, repeat_of: Some(&a.id) })
    });
    let ties: Vec<Ties<'_>> = own.chain(also).collect();
    let mut names = groups(&ties);
    names.truncate(kin.len());
    names
}

/// Gives groups that say nearly the same as a row of another source that row's group: nothing may be
/// trained on under one name and scored under another.
pub fn adopt(rows: &mut [Row], others: &[Row]) {
    if rows.is_empty() || others.is_empty() {
        return;
    }
    let sketches: Vec<Option<Sketch>> = others.iter().chain(rows.iter()).map(|r| Sketch::of(&r.appeal)).collect();
    let mut renamed: HashMap<String, String> = HashMap::new();
    for (a, b) in pairs(&sketches) {
        // the other sources come first, so that `a` is one of theirs wherever one is alike
        if let (Some(other), Some(own)) = (others.get(a), b.checked_sub(others.len()).and_then(|b| rows.get(b))) {
            renamed.entry(own.group.clone()).or_insert_with(|| other.group.clone());
        }
    }
    for row in rows {
        if let Some(group) = renamed.get(&row.group) {
            row.group.clone_from(group);
        }
    }
}
