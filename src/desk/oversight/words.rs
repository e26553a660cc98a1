//! 热词: words that the last seven days hold more often than the three weeks before let expect, and that say what they
//! are about: a word of the city's dictionary, synonyms or category names, or one that its appeals' categories tell
//! apart from the rest (as class-based TF-IDF does: often in one class, seldom in the others).

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::{city::CityPack, insight::Heard, text::Normalized, triage::Triager};

/// Words shown at most.
const MOST: usize = 24;
/// Appeals that hold a word, at least.
const FEWEST: usize = 5;
/// Characters of an appeal that are read.
const READ: usize = 400;
/// Share of the week's appeals above which a word says nothing.
const COMMON: f64 = 0.2;

/// A word tells a first-level category if at least this share of its appeals are of it,
const TOLD: f64 = 0.35;
/// and so many are not of it by chance: n · ln(share of it / its share of all).
const BEYOND_CHANCE: f64 = 6.0;

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
    let taxonomy = &triager.pack.taxonomy;
    let mut counts: BTreeMap<String, Said<'_>> = BTreeMap::new();
    let (mut all, mut kinds) = (0_usize, BTreeMap::new());
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
        let kind = heard.categories.first().and_then(|(code, _)| Some(taxonomy.get(code)?.level1.as_str()));
        kind.into_iter().for_each(|kind| *kinds.entry(kind).or_default() += 1);
        for word in words {
            let entry = counts.entry(word.to_owned()).or_default();
            match at >= week {
                true => entry.now.push((at, &heard.id)),
                false => entry.earlier += 1,
            }
            kind.into_iter().for_each(|kind| *entry.kinds.entry(kind).or_default() += 1);
        }
    }
    let place = |word: &str| triager.pack.regions.iter().any(|r| r.district == word || r.town.as_deref() == Some(word));
    let tied = tied(&triager.pack);
    let says =
        |word: &str, said: &Said<'_>| tied(word) || (segmenter.can_be_a_matter(word) && said.tells_a_kind(&kinds));
    let mut hot: Vec<(f64, HotWord)> = counts
        .into_iter()
        .filter(|(word, said)| {
            let now = said.now.len();
            now >= FEWEST && now as f64 <= COMMON * (all.max(FEWEST * 5)) as f64 && !place(word) && says(word, said)
        })
        .map(|(word, Said { now: mut held, earlier, .. })| {
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

/// How many appeals there are of each first-level category.
type Kinds<'k> = BTreeMap<&'k str, u64>;

/// Who said a word this week and when, how often it was said before, and of which categories all that was.
#[derive(Default)]
struct Said<'a> {
    now: Vec<(Timestamp, &'a str)>,
    earlier: u64,
    kinds: Kinds<'a>,
}

impl Said<'_> {
    /// Whether it tells a category; where the categories of too few are known, nobody can say that it does not.
    fn tells_a_kind(&self, all: &Kinds<'_>) -> bool {
        let (own, of_all) = (self.kinds.values().sum::<u64>(), all.values().sum::<u64>());
        if own < FEWEST as u64 {
            return true;
        }
        self.kinds.iter().any(|(kind, n)| {
            let share = *n as f64 / own as f64;
            let usual = all.get(kind).copied().unwrap_or(*n) as f64 / of_all.max(1) as f64;
            share >= TOLD && *n as f64 * (share / usual).ln() >= BEYOND_CHANCE
        })
    }
}

/// Whether a word stands in the city's dictionary, its synonyms or the name of a category.
fn tied(pack: &CityPack) -> impl Fn(&str) -> bool {
    let words = pack.dictionary.iter().map(|word| word.word.as_str());
    let alike = pack.synonyms.iter().flat_map(|group| group.words.iter().map(String::as_str));
    let known: BTreeSet<&str> = words.chain(alike).collect();
    let names: Vec<&str> = pack.taxonomy.categories().iter().map(|c| c.level2.as_str()).collect();
    move |word| known.contains(word) || names.iter().any(|name| name.contains(word))
}
