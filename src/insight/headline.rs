//! The title of a group of appeals: the words of one of them that say most of what all have in common, with the place.

use std::{collections::BTreeMap, sync::LazyLock};

use regex::Regex;

use crate::text::{Normalized, mask};

use super::{
    corpus::{Corpus, Entry},
    heard::{Heard, Kind},
};

/// Longest title, in characters.
const TITLE: usize = 30;

/// What callers' titles begin with, whatever they are about.
const OPENINGS: [&str; 12] = [
    "再次反映",
    "再次投诉",
    "多次反映",
    "强烈投诉",
    "紧急求助",
    "反映",
    "投诉",
    "举报",
    "求助",
    "咨询",
    "请问",
    "关于",
];

/// What they end with.
const ENDINGS: [&str; 8] =
    ["的相关问题", "的有关问题", "的一些问题", "的几点建议", "的问题", "的投诉", "的情况", "问题反映"];

/// What shows that a title tells of its caller rather than of the matter.
const PERSONAL: [&str; 12] =
    ["再次", "第二次", "第三次", "多次", "建议", "质疑", "咨询", "请问", "感谢", "希望", "我家", "联名"];

/// How much such a title is worth.
const ASIDE: f32 = 0.7;

/// What telling words cost that the others do not say.
const ODD: f32 = 0.12;

/// How often its caller has called, in front of a title and behind it: 第三次来电反映夜市油烟, 油烟整改无效再次来电.
static BEFORE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        "^(?:第?[0-9一二三四五六七八九十两多]{1,3}次|再次|又一次|再度)",
        "(?:(?:来电|来信|致电|拨打12345|打电话)(?:反映|投诉|举报|求助|咨询|询问|要求)?|反映|投诉|举报|求助|询问)[:：,，、 ]?"
    ))
    .ok()
});
static BEHIND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        "[,，、 ]?(?:第?[0-9一二三四五六七八九十两多]{1,3}次|再次|又一次|再度)(?:来电|来信|致电|反映|投诉|举报)$",
    )
    .ok()
});

/// A title without how often its caller has called, as long as enough of it remains.
fn once(title: &str) -> &str {
    let long = |rest: &&str| rest.chars().count() >= 4;
    let before = BEFORE.as_ref().and_then(|form| form.find(title)).and_then(|hit| title.get(hit.end()..));
    let title = before.filter(long).unwrap_or(title);
    let behind = BEHIND.as_ref().and_then(|form| form.find(title)).and_then(|hit| title.get(..hit.start()));
    behind.filter(long).unwrap_or(title)
}

/// A title without what titles begin and end with, as long as enough of it remains.
fn bare(title: &str) -> &str {
    let long = |rest: &&str| rest.chars().count() >= 6;
    let cut = |rest: &&str| rest.chars().next().is_some_and(char::is_alphanumeric);
    let own = once(title.trim());
    let own = OPENINGS.iter().find_map(|o| own.strip_prefix(o)).filter(long).filter(cut).unwrap_or(own);
    ENDINGS.iter().find_map(|e| own.strip_suffix(e)).filter(long).unwrap_or(own)
}

/// The member's own title that says most of what the group has in common and least besides, short ones first, and
/// whose it is.
pub(super) fn matter(
    corpus: &Corpus,
    heard: &[Heard],
    read: &[&Entry],
    shares: &BTreeMap<u32, f32>,
) -> (String, Option<String>) {
    let telling: Vec<(&str, f32)> =
        shares.iter().filter(|(_, s)| **s > 0.5).map(|(t, s)| (corpus.terms[*t as usize].text.as_str(), *s)).collect();
    let told = |of: &Entry, text: &str, whole: &str| -> f32 {
        let normal = Normalized::of(text);
        let said: f32 = telling.iter().filter(|(term, _)| normal.text().contains(term)).map(|(_, s)| s).sum();
        let idf = |t: u32| corpus.idf[t as usize];
        let odd = |t: u32| corpus.kind(t) == Kind::Word && shares.get(&t).is_none_or(|s| *s < 0.25 * idf(t));
        let own = of.terms.iter().filter(|(t, _)| odd(*t) && normal.text().contains(&corpus.terms[*t as usize].text));
        let besides: f32 = own.map(|(t, _)| idf(*t)).sum();
        let score = (said - ODD * besides) / (8.0 + text.chars().count() as f32).sqrt();
        if score > 0.0 && PERSONAL.iter().any(|word| whole.contains(word)) { ASIDE * score } else { score }
    };
    let candidates = read.iter().flat_map(|e| {
        let heard = &heard[e.source];
        let own = heard.title.trim();
        let own = if own.is_empty() { clauses(&heard.text) } else { vec![own.to_owned()] };
        own.into_iter().map(move |title| (*e, title, &heard.id))
    });
    let mut best: Option<(f32, String, &String)> = None;
    for (of, candidate, id) in candidates {
        let whole = candidate;
        let candidate: String = mask(bare(&whole)).text.chars().take(TITLE).collect();
        let score = told(of, &candidate, &whole);
        if best.as_ref().is_none_or(|(s, t, _)| score > *s || (score == *s && candidate < *t)) {
            best = Some((score, candidate, id));
        }
    }
    best.map_or_else(Default::default, |(_, t, id)| (t, Some(id.clone())))
}

/// A matter with the place in front where most of the group is there and it does not say so.
pub(super) fn title(matter: &str, places: &[(String, usize)], regions: &[(String, usize)], size: usize) -> String {
    let most = |n: usize| n * 10 >= size * 4;
    let place = places.first().filter(|(_, n)| most(*n)).map(|(name, _)| name.clone());
    let region = regions.first().filter(|(_, n)| *n * 10 >= size * 6);
    let region = region.and_then(|(id, _)| id.rsplit('/').next()).map(str::to_owned);
    match place.or(region) {
        Some(place) if !Normalized::of(matter).text().contains(&place) => format!("{place}:{matter}"),
        _ => matter.to_owned(),
    }
}

/// Stretches of a text between punctuation that could be a title.
fn clauses(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_alphanumeric() && c != '“' && c != '”');
    let fits = |part: &&str| (6..=TITLE).contains(&part.chars().count());
    let mut clauses: Vec<String> = parts.filter(fits).take(12).map(str::to_owned).collect();
    if clauses.is_empty() {
        clauses.push(text.trim().chars().take(TITLE).collect());
    }
    clauses
}
