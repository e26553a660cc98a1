//! Names that the appeals themselves give: what one appeal names as its place is looked for in all the others.
//!
//! A pattern finds 御景湾小区 and not 御景湾; a source's place field says 观澜府, which no suffix marks; nothing but
//! its neighbours marks the stem of a firm's name. Once one appeal has given a name away, every text that holds it names the same thing.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, MatchKind};

use super::heard::{Heard, LOOSE, Reader};

/// Characters of the shortest name that is looked for.
const SHORTEST: usize = 3;

/// A name of more than this share of the appeals tells nothing apart.
const COMMON: f64 = 0.05;

/// What names of kinds of places end with and people leave out.
const TAILS: [&str; 10] = ["小区", "社区", "居民区", "行政村", "自然村", "村", "工地", "项目部", "项目", "分店"];

/// What names of firms end with, whatever the city.
const FIRMS: [&str; 40] = [
    "健身",
    "游泳馆",
    "瑜伽",
    "劳务",
    "置业",
    "地产",
    "物业",
    "教育",
    "培训",
    "驾校",
    "超市",
    "药房",
    "药店",
    "酒店",
    "宾馆",
    "饭店",
    "餐厅",
    "火锅",
    "烧烤",
    "美容",
    "美发",
    "珠宝",
    "家居",
    "装饰",
    "建材",
    "汽车",
    "电器",
    "银行",
    "保险",
    "旅行社",
    "网吧",
    "影院",
    "影城",
    "纺织",
    "幼儿园",
    "托管",
    "商场",
    "广场",
    "公司",
    "集团",
];

/// Names by which appeals are bound.
#[derive(Debug, Default)]
pub(super) struct Gazetteer {
    finder: Option<AhoCorasick>,
    names: Vec<String>,
}

/// A name without the tail that people leave out, as long as enough of it remains.
pub(super) fn stem(name: &str) -> &str {
    let mut stem = name;
    while let Some(cut) = TAILS.iter().find_map(|tail| stem.strip_suffix(tail)) {
        if cut.chars().count() < SHORTEST {
            break;
        }
        stem = cut;
    }
    stem
}

impl Gazetteer {
    /// Collects names from the place names read in each appeal (`places`, beside `texts`), from the sources' own
    /// place fields and from firms' endings.
    pub(super) fn of(appeals: &[&Heard], texts: &[&str], places: &[Vec<String>], reader: &Reader<'_>) -> Self {
        let mut held: BTreeMap<&str, usize> = BTreeMap::new();
        for (heard, names) in appeals.iter().zip(places) {
            let own: BTreeSet<&str> = names.iter().map(|n| stem(n)).collect();
            for name in own {
                let given = heard.place.as_ref().is_some_and(|p| p.contains(name));
                *held.entry(name).or_default() += if given { 2 } else { 1 };
            }
        }
        let firms = firms(texts, reader);
        let mut names: BTreeSet<&str> = held.iter().filter(|(_, n)| **n > 1).map(|(name, _)| *name).collect();
        names.extend(firms.iter().map(String::as_str));
        let tells = |name: &&str| name.chars().count() >= SHORTEST && !reader.is_common(name);
        let names: Vec<String> = names.into_iter().filter(tells).map(str::to_owned).collect();
        let build = |names: &[String]| {
            let finder = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(names).ok();
            finder.filter(|_| !names.is_empty())
        };
        let all = Self { finder: build(&names), names };
        let mut counts = vec![0_usize; all.names.len()];
        for text in texts {
            all.hits(text).into_iter().for_each(|at| counts[at] += 1);
        }
        let most = (texts.len() as f64 * COMMON).max(20.0) as usize;
        let kept = all.names.iter().zip(&counts).filter(|(_, n)| **n <= most).map(|(name, _)| name.clone());
        let names: Vec<String> = kept.collect();
        Self { finder: build(&names), names }
    }

    /// Names in a text, each once, by number.
    fn hits(&self, text: &str) -> BTreeSet<usize> {
        let Some(finder) = &self.finder else { return BTreeSet::new() };
        finder.find_iter(text).map(|hit| hit.pattern().as_usize()).collect()
    }

    /// Names in a text, each once.
    pub(super) fn find(&self, text: &str) -> Vec<&str> {
        self.hits(text).into_iter().filter_map(|at| self.names.get(at)).map(String::as_str).collect()
    }
}

/// Names of firms that two texts hold at least: the characters before a firm's ending, as many as are nearly always
/// there.
fn firms(texts: &[&str], reader: &Reader<'_>) -> BTreeSet<String> {
    let Ok(finder) = AhoCorasick::new(FIRMS) else { return BTreeSet::new() };
    let mut before: BTreeMap<(usize, String), Vec<String>> = BTreeMap::new();
    for text in texts {
        for hit in finder.find_iter(text) {
            let left: Vec<char> = text.get(..hit.start()).unwrap_or_default().chars().rev().take(4).collect();
            let name = |n: usize| left.iter().take(n).rev().collect::<String>();
            let solid = left.iter().take(2).filter(|c| matches!(c, '\u{4E00}'..='\u{9FFF}') && !LOOSE.contains(**c));
            if solid.count() == 2 && !reader.is_common(&name(2)) && !reader.is_region(&name(2)) {
                before.entry((hit.pattern().as_usize(), name(2))).or_default().push(name(4));
            }
        }
    }
    let mut firms = BTreeSet::new();
    for ((kind, stem), lefts) in before.into_iter().filter(|(_, lefts)| lefts.len() > 1) {
        let mut stem = stem;
        for n in 3..=4 {
            let grown = |left: &String| -> Option<String> {
                let all: Vec<char> = left.chars().collect();
                let from = all.len().checked_sub(n)?;
                all.get(from).filter(|c| matches!(c, '\u{4E00}'..='\u{9FFF}') && !LOOSE.contains(**c))?;
                Some(all.get(from..)?.iter().collect())
            };
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            lefts.iter().filter_map(grown).for_each(|g| *counts.entry(g).or_default() += 1);
            let most = counts.into_iter().max_by_key(|(g, k)| (*k, std::cmp::Reverse(g.clone())));
            let Some((longer, _)) = most.filter(|(g, k)| *k * 10 >= lefts.len() * 8 && g.ends_with(&stem)) else {
                break;
            };
            stem = longer;
        }
        // 动跃 alone is said as often as 动跃健身: the stem is the name, if it is long enough
        firms.insert(if stem.chars().count() >= SHORTEST { stem } else { format!("{stem}{}", FIRMS[kind]) });
    }
    firms
}
