//! 热词: words that the last seven days hold more often than the three weeks before let expect.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::{insight::Heard, text::Normalized, triage::Triager};

/// Words shown at most.
const MOST: usize = 24;
/// Appeals that hold a word, at least.
const FEWEST: usize = 5;
/// Characters of an appeal that are read.
const READ: usize = 400;
/// Share of the week's appeals above which a word says nothing.
const COMMON: f64 = 0.2;

/// A word with the appeals of the last seven days that hold it.
#[derive(Clone, Debug, PartialEq)]
pub struct HotWord {
    /// The word.
    pub word: String,
    /// Appeals of the week that hold it, by time.
    pub tickets: Vec<String>,
    /// How many a week of the three before held it, on the average.
    pub usual: f64,
}

/// Hot words of what was heard, the most unusual first: by how many deviations of a Poisson count the week lies
/// above the usual.
pub(in crate::desk) fn hot_words(appeals: &[Heard], triager: &Triager, now: Timestamp) -> Vec<HotWord> {
    let days = |n: i64| now.saturating_sub(SignedDuration::from_hours(24 * n)).unwrap_or(Timestamp::MIN);
    let (week, before) = (days(7), days(28));
    let stops: BTreeSet<&str> = triager.pack.stop_words.iter().map(String::as_str).collect();
    let segmenter = &triager.analyser.segmenter;
    // who said it this week and when, and how often it was said before
    type Said<'a> = (Vec<(Timestamp, &'a str)>, u64);
    let mut counts: BTreeMap<String, Said<'_>> = BTreeMap::new();
    let mut all = 0_usize;
    for heard in appeals {
        let Some(at) = heard.at.filter(|at| *at >= before && *at <= now) else { continue };
        let said: String =
            heard.title.chars().chain(std::iter::once('\n')).chain(heard.text.chars()).take(READ).collect();
        let normal = Normalized::of(&said);
        let words: BTreeSet<&str> = segmenter
            .precise(normal.text())
            .into_iter()
            .map(|token| token.word)
            .filter(|word| word.chars().count() >= 2 && !stops.contains(word) && segmenter.is_common_word(word))
            .collect();
        all += usize::from(at >= week);
        for word in words {
            let entry = counts.entry(word.to_owned()).or_default();
            match at >= week {
                true => entry.0.push((at, &heard.id)),
                false => entry.1 += 1,
            }
        }
    }
    let place = |word: &str| triager.pack.regions.iter().any(|r| r.district == word || r.town.as_deref() == Some(word));
    let mut hot: Vec<(f64, HotWord)> = counts
        .into_iter()
        .filter(|(word, (now, _))| {
            now.len() >= FEWEST && now.len() as f64 <= COMMON * (all.max(FEWEST * 5)) as f64 && !place(word)
        })
        .map(|(word, (mut held, earlier))| {
            held.sort();
            let usual = earlier as f64 / 3.0;
            let score = (held.len() as f64 - usual) / (usual + 1.0).sqrt();
            (score, HotWord { word, tickets: held.into_iter().map(|(_, id)| id.to_owned()).collect(), usual })
        })
        .filter(|(score, _)| *score > 1.0)
        .collect();
    hot.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.word.cmp(&b.1.word)));
    hot.into_iter().map(|(_, word)| word).take(MOST).collect()
}
