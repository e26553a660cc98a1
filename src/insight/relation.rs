//! How a past case relates to a new appeal.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

/// How a past case relates to a new one. The three are kept apart on purpose: a repeat is merged, an
/// event is handled once for many callers, a kind only teaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// 重复: same caller, same matter.
    Repeat,
    /// 同一事件: other caller, same place and matter, close in time.
    SameEvent,
    /// 同类
    SameKind,
}

/// One event is called in within days; later it is another one of the kind.
const EVENT_DAYS: i64 = 7;
/// 重复诉求 is counted within 30 days (`domain.md` §4, 重复投诉率).
const REPEAT_DAYS: i64 = 30;

/// Share of the new one's telling words, those of its places aside, from which both tell of one matter. Calls of one
/// person about unlike matters of the tuning half of the simulated city share 0.05 at most (but for 人行道违停 told
/// twice).
const SAME_WORDS: f32 = 0.05;
/// The same for a caller who names the same place again, which says much already: such repeats in other words
/// (第三次反映, 仍无改善) share 0.027 and more, unlike matters of one place next to nothing.
const SAME_WORDS_AND_PLACE: f32 = 0.02;
/// Cosine of the sentence vectors from which both tell of one matter, however few words they share: of unlike matters
/// 0.33 at most, of that one repeat 0.42. Either is enough, for repeats that share words reach down to 0.34.
/// `eval/README.md` (Search) has what both bounds change.
const SAME_MEANING: f32 = 0.4;

/// What is compared of a case.
#[derive(Clone, Debug, Default)]
pub struct Side<'a> {
    /// Number or key of the caller.
    pub caller: Option<&'a str>,
    /// Code of the category that counts.
    pub category: Option<&'a str>,
    /// Places as given and as found in the texts.
    pub places: BTreeSet<String>,
    /// 来电时间
    pub at: Timestamp,
}

/// What two cases have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Common {
    /// Share of the new one's telling words that the past one has, without the words of its places: 0 to about 1.
    pub words: f32,
    /// Cosine of the sentence vectors, where both have one.
    pub cosine: Option<f32>,
    /// Whether a definite place is named in both.
    pub same_place: bool,
    /// Whether both have a category, and the same one.
    pub same_category: bool,
}

impl Common {
    /// Compares the sides; likeness of the texts comes from the index.
    pub fn of(new: &Side<'_>, past: &Side<'_>, words: f32, cosine: Option<f32>) -> Self {
        Self {
            words,
            cosine,
            same_place: same_place(&new.places, &past.places),
            same_category: new.category.is_some() && new.category == past.category,
        }
    }

    /// Whether the texts tell of one matter: by what is shared of the telling words, else by the vectors.
    fn same_matter(&self, words: f32) -> bool {
        self.words >= words || self.cosine.is_some_and(|cosine| cosine >= SAME_MEANING)
    }
}

/// How the past case relates to the new one.
pub fn relation(new: &Side<'_>, past: &Side<'_>, common: &Common) -> Relation {
    let apart = past.at.duration_since(new.at).abs();
    let within = |days: i64| apart <= SignedDuration::from_hours(24 * days);
    let same_caller = new.caller.is_some_and(|c| !c.is_empty() && past.caller == Some(c));
    let other_category = new.category.zip(past.category).is_some_and(|(a, b)| a != b);
    let own_words = if common.same_place { SAME_WORDS_AND_PLACE } else { SAME_WORDS };
    let repeat = same_caller && common.same_matter(own_words) && within(REPEAT_DAYS);
    let event = !same_caller && common.same_place && common.same_matter(SAME_WORDS) && within(EVENT_DAYS);
    match (repeat, event) {
        _ if other_category => Relation::SameKind,
        (true, _) => Relation::Repeat,
        (_, true) => Relation::SameEvent,
        _ => Relation::SameKind,
    }
}

/// A place phrase of three characters or more names something definite: 某路, 某小区.
fn same_place(new: &BTreeSet<String>, past: &BTreeSet<String>) -> bool {
    new.iter().any(|own| {
        past.iter().any(|other| {
            let (short, long) = if own.chars().count() < other.chars().count() { (own, other) } else { (other, own) };
            short.chars().count() >= 3 && long.contains(short.as_str())
        })
    })
}
