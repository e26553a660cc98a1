//! What an appeal looks like to this room, and how its words and places are read.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use crate::{
    city::CityPack,
    domain::{Field, Urgency},
    text::{Analyser, Normalized, Token},
};

use super::whereabouts::Given;

/// An appeal as plain data. Everything but the id may be missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heard {
    /// Unique id; of two appeals with one id the first is used.
    pub id: String,
    /// When it came in.
    pub at: Option<Timestamp>,
    /// 标题
    pub title: String,
    /// 诉求内容
    pub text: String,
    /// Who called: any stable name of the caller.
    pub caller: Option<String>,
    /// 区县, as the source names it.
    pub district: Option<String>,
    /// 街镇, as the source names it.
    pub town: Option<String>,
    /// The place that the source names.
    pub place: Option<String>,
    /// Codes of the likeliest categories with their probabilities, best first.
    pub categories: Vec<(String, f32)>,
    /// 承办单位
    pub department: Option<String>,
    /// 紧急程度
    pub urgency: Option<Urgency>,
    /// Whether the caller said it again (重复); none where nobody knows.
    pub repeat: Option<bool>,
    /// Whether it is still unsolved; none where nobody knows.
    pub unsolved: Option<bool>,
    /// 受理渠道
    pub channel: Option<String>,
    /// Whether it was told in confidence (保密): it counts, and its words stand for nobody else's.
    pub confidential: bool,
}

/// What a term is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A word, or two neighbouring characters that no word of two holds.
    Word,
    /// A place phrase without its region and its house number.
    Place,
}

/// A term of an appeal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    /// What it is.
    pub kind: Kind,
    /// Normalised characters.
    pub text: String,
}

/// What one appeal says by itself, whatever the others say.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// Words with how often they occur; one in the title counts twice. Sorted.
    pub words: Vec<(Term, f32)>,
    /// Phrases of places, the source's own last.
    pub places: Vec<String>,
    /// Ids of the regions of these phrases, where they are certain.
    pub regions: Vec<String>,
    /// What is searched for names: normalised title and text, and the source's place.
    pub text: String,
}

/// Reads appeals with the words of one city.
#[derive(Debug)]
pub struct Reader<'p> {
    analyser: &'p Analyser,
    pack: &'p CityPack,
    stop: HashSet<&'p str>,
    regions: HashSet<&'p str>,
}

/// Characters that names do not hold: particles, pronouns, verbs of speech, numerals and units.
pub(super) const LOOSE: &str = "的了是在我有和就不人都一上也很到说要去你会着没看好自这那他她它们个把被让给对向从为与及或但而且又再还才只么吗呢吧啊呀哦嘛年月日号点分时次天元块万千百十两二三四五六七八九零半多少几第每各某今昨明早晚请称问想能可已未前后里外内下中间旁边来起出进过回做用打叫走等同将其此该于由因所以之间当即已经得地及含约近至该仍应须需如何怎什谁哪";

impl<'p> Reader<'p> {
    /// A reader with the segmenter, places, stop words and regions of a pack.
    pub fn new(pack: &'p CityPack, analyser: &'p Analyser) -> Self {
        let stop = pack.stop_words.iter().map(String::as_str).collect();
        let mut regions = HashSet::new();
        for region in &pack.regions {
            regions.insert(region.district.as_str());
            regions.extend(region.town.as_deref());
            regions.extend(region.aliases.iter().map(String::as_str));
        }
        Self { analyser, pack, stop, regions }
    }

    /// Whether a term is part of a name rather than a word of the language.
    pub fn is_proper(&self, term: &Term) -> bool {
        term.kind == Kind::Place || !self.analyser.segmenter.is_common_word(&term.text)
    }

    /// Whether a word is one of the language, or one that tells nothing.
    pub fn is_common(&self, word: &str) -> bool {
        self.stop.contains(word) || self.analyser.segmenter.is_common_word(word)
    }

    /// Whether the pack knows a region of this name.
    pub fn is_region(&self, name: &str) -> bool {
        self.regions.contains(name)
    }

    /// The pack whose words these are.
    pub fn pack(&self) -> &CityPack {
        self.pack
    }

    /// What one appeal says by itself; any text will do.
    pub fn read(&self, heard: &Heard) -> Reading {
        let mut counts: HashMap<Term, f32> = HashMap::new();
        let (title, text) = (Normalized::of(&heard.title), Normalized::of(&heard.text));
        self.count(title.text(), 2.0, &mut counts);
        self.count(text.text(), 1.0, &mut counts);
        let mut found = self.analyser.places.find(Field::Title, &heard.title, &title);
        found.extend(self.analyser.places.find(Field::Text, &heard.text, &text));
        let (mut places, mut regions) = (Vec::new(), Vec::new());
        for place in found {
            places.push(place.text);
            regions.extend(place.region);
        }
        places.extend(heard.place.clone());
        let mut words: Vec<(Term, f32)> = counts.into_iter().collect();
        words.sort_by(|a, b| a.0.cmp(&b.0));
        let text = format!("{}\n{}\n{}", title.text(), text.text(), heard.place.as_deref().unwrap_or_default());
        Reading { words, places, regions, text }
    }

    /// Id of the town or district of an appeal, where it is certain, and the names of the places that it holds, as
    /// read: both by what all appeals give.
    pub(super) fn whereabouts(&self, heard: &Heard, reading: &Reading, given: &Given) -> (Option<String>, Vec<String>) {
        let regions: Vec<&str> = reading.regions.iter().map(String::as_str).collect();
        let mut names: Vec<String> = reading.places.iter().flat_map(|place| self.names(place, given)).collect();
        names.sort();
        names.dedup();
        (given.region(self.pack, heard, only(&regions)), names)
    }

    fn count(&self, text: &str, weight: f32, counts: &mut HashMap<Term, f32>) {
        let tokens = self.analyser.segmenter.precise(text);
        for token in tokens.iter().filter(|t| self.says_something(t.word)) {
            *counts.entry(Term { kind: Kind::Word, text: token.word.to_owned() }).or_default() += weight;
        }
        for name in loose_pairs(&tokens) {
            *counts.entry(Term { kind: Kind::Word, text: name }).or_default() += weight;
        }
    }

    /// Whether a word tells matters apart.
    pub fn says_something(&self, word: &str) -> bool {
        word.chars().nth(1).is_some()
            && !self.stop.contains(word)
            && word.chars().all(char::is_alphanumeric)
            && !word
                .chars()
                .all(|c| c.is_ascii_digit() || "一二三四五六七八九十百千万两几多年月日号点元块次天".contains(c))
    }

    /// Names in a place phrase: without regions before them and without house numbers; two roads that
    /// cross are two names.
    fn names(&self, place: &str, given: &Given) -> Vec<String> {
        let normal = Normalized::of(place);
        let mut names = Vec::new();
        for part in self.parts(normal.text()) {
            let mut rest = part;
            while let Some(cut) = self.region_before(rest, given) {
                rest = rest.get(cut..).unwrap_or_default();
            }
            let end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
            let name = rest.get(..end).unwrap_or_default();
            let region = self.regions.contains(name) || given.holds(name);
            if (2..=12).contains(&name.chars().count()) && !region && !self.stop.contains(name) {
                names.push(name.to_owned());
            }
        }
        names
    }

    /// What words that join two places leave: 和 in 和平路 is no such word.
    fn parts<'t>(&self, place: &'t str) -> Vec<&'t str> {
        let (mut parts, mut from) = (Vec::new(), 0);
        for token in self.analyser.segmenter.precise(place) {
            if JOINS.contains(&token.word) {
                parts.extend(place.get(from..token.bytes.start));
                from = token.bytes.end;
            }
        }
        parts.extend(place.get(from..));
        parts
    }

    /// Bytes of the longest region name at the start, if more follows.
    fn region_before(&self, text: &str, given: &Given) -> Option<usize> {
        let ends = text.char_indices().skip(2).take(9).map(|(at, _)| at);
        let region = |head: &str| self.regions.contains(head) || given.holds(head);
        ends.filter(|&end| text.get(..end).is_some_and(region)).last()
    }
}

/// What stands between two places of one phrase.
const JOINS: [&str; 6] = ["与", "和", "及", "、", ",", " "];

/// What is counted and measured: a number before it is no part of a name.
const MEASURES: [&str; 24] = [
    "小时",
    "分钟",
    "公里",
    "千米",
    "厘米",
    "毫米",
    "平米",
    "平方",
    "平方米",
    "立方",
    "公斤",
    "千克",
    "万元",
    "亿元",
    "人民币",
    "余人",
    "余户",
    "岁数",
    "左右",
    "以上",
    "以下",
    "以内",
    "月份",
    "年度",
];

/// Pairs of neighbouring characters that no word of two holds: parts of names, whatever the segmenter made of
/// them (it cuts the same name in different ways in different sentences). A bus line is one, too, and a firm whose
/// name begins with a number.
fn loose_pairs(tokens: &[Token<'_>]) -> Vec<String> {
    let solid = |c: char| matches!(c, '\u{4E00}'..='\u{9FFF}') && !LOOSE.contains(c);
    let mut pairs = Vec::new();
    let mut before: Option<char> = None;
    for (at, token) in tokens.iter().enumerate() {
        let chars = token.word.chars().count();
        for (n, c) in token.word.chars().enumerate() {
            let is_word = chars == 2 && n == 1;
            if let Some(left) = before.filter(|_| solid(c) && !is_word) {
                pairs.push([left, c].iter().collect());
            }
            before = solid(c).then_some(c);
        }
        let number = token.word.bytes().all(|b| b.is_ascii_digit()) && token.word.len() <= 4;
        let named = |next: &&Token<'_>| {
            let word = next.word.chars().count() > 1 && next.word.chars().all(solid);
            next.word == "路" || (word && token.word.len() > 1 && !MEASURES.contains(&next.word))
        };
        if let Some(next) = tokens.get(at + 1).filter(|_| number).filter(named) {
            pairs.push(format!("{}{}", token.word, next.word));
        }
    }
    pairs
}

/// The one region that all agree on; a district gives way to its town.
fn only<'r>(regions: &[&'r str]) -> Option<&'r str> {
    let longest = regions.iter().max_by_key(|r| (r.contains('/'), std::cmp::Reverse(**r)))?;
    let fits = |r: &&str| longest == r || longest.strip_prefix(*r).is_some_and(|rest| rest.starts_with('/'));
    regions.iter().all(fits).then_some(longest)
}
