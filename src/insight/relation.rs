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

/// Share of the new one's telling words from which both tell of one matter. A caller who calls again says it in
/// other words: true repeats of the tuning half of the simulated city share 0.051 and more (but for one, which the
/// vectors find), calls of one person about unlike matters 0.04 at most (but for 人行道违停 told twice).
const SAME_WORDS: f32 = 0.05;
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
    fn same_matter(&self) -> bool {
        self.words >= SAME_WORDS || self.cosine.is_some_and(|cosine| cosine >= SAME_MEANING)
    }
}

/// How the past case relates to the new one.
pub fn relation(new: &Side<'_>, past: &Side<'_>, common: &Common) -> Relation {
    let apart = past.at.duration_since(new.at).abs();
    let within = |days: i64| apart <= SignedDuration::from_hours(24 * days);
    let same_caller = new.caller.is_some_and(|c| !c.is_empty() && past.caller == Some(c));
    let other_category = new.category.zip(past.category).is_some_and(|(a, b)| a != b);
    if same_caller && !other_category && common.same_matter() && within(REPEAT_DAYS) {
        Relation::Repeat
    } else if !same_caller && common.same_place && !other_category && common.same_matter() && within(EVENT_DAYS) {
        Relation::SameEvent
    } else {
        Relation::SameKind
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
