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

/// Terms and whereabouts of one appeal.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// Terms with how often they occur; one in the title counts twice. Sorted.
    pub terms: Vec<(Term, f32)>,
    /// Id of the town (`district/town`) or district, where it is certain.
    pub region: Option<String>,
    /// Names of places that it holds, as they were read.
    pub names: Vec<String>,
    /// Normalised title and text.
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

    /// Terms and region of one appeal; any text will do.
    pub fn read(&self, heard: &Heard, given: &Given) -> Reading {
        let mut counts: HashMap<Term, f32> = HashMap::new();
        let mut places: Vec<String> = Vec::new();
        let mut regions: Vec<&str> = Vec::new();
        let found;
        {
            let title = Normalized::of(&heard.title);
            let text = Normalized::of(&heard.text);
            self.count(title.text(), 2.0, &mut counts);
            self.count(text.text(), 1.0, &mut counts);
            let mut all = self.analyser.places.find(Field::Title, &heard.title, &title);
            all.extend(self.analyser.places.find(Field::Text, &heard.text, &text));
            found = (all, format!("{}\n{}", title.text(), text.text()));
        }
        for place in &found.0 {
            places.push(place.text.clone());
            regions.extend(place.region.as_deref());
        }
        places.extend(heard.place.clone());
        let mut names: Vec<String> = places.iter().flat_map(|place| self.names(place, given)).collect();
        names.sort();
        names.dedup();
        let region = given.region(self.pack, heard, only(&regions));
        let mut terms: Vec<(Term, f32)> = counts.into_iter().collect();
        terms.sort_by(|a, b| a.0.cmp(&b.0));
        Reading { terms, region, names, text: found.1 }
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
        for part in normal.text().split(['与', '和', '、', ',', ' ', '及']) {
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

    /// Bytes of the longest region name at the start, if more follows.
    fn region_before(&self, text: &str, given: &Given) -> Option<usize> {
        let ends = text.char_indices().skip(2).take(9).map(|(at, _)| at);
        let region = |head: &str| self.regions.contains(head) || given.holds(head);
        ends.filter(|&end| text.get(..end).is_some_and(region)).last()
    }
}

/// Pairs of neighbouring characters that no word of two holds: parts of names, whatever the segmenter made of
/// them (it cuts the same name in different ways in different sentences). A bus line is one, too.
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
        if let Some(next) = tokens.get(at + 1).filter(|next| number && next.word == "路") {
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
