//! The facts of a stretch of text in their order: tokens, numbers in any script, names, places, times, quotes.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::{
    city::CityPack,
    domain::{Field, brief::Run},
    report::edit::{marked, unmarked},
    text::{Analyser, Normalized},
};

use super::idioms::{NAME_ENDS, NO_NUMBERS, SURNAMES, TIMES, UNITS};

/// What a fact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactKind {
    /// A figure, quote or mark of the brief.
    Token,
    /// A number, with what it counts.
    Number,
    /// A place that the pack does not list.
    Place,
    /// A unit, region or category of the pack.
    Name,
    /// A time without a number.
    Time,
    /// Words between quotation marks.
    Quote,
    /// Letters of another script.
    Letters,
}

impl FactKind {
    /// Its name in a message.
    pub fn label(self) -> &'static str {
        match self {
            FactKind::Token => "数据标记",
            FactKind::Number => "数字",
            FactKind::Place => "地点",
            FactKind::Name => "单位、地区或类别名称",
            FactKind::Time => "时间",
            FactKind::Quote => "引文",
            FactKind::Letters => "字母",
        }
    }
}

/// A fact as it stands in a text.
pub(super) type Fact = (FactKind, String);

/// The names of a city, and how its texts are read. Built once for a pack.
pub struct Names<'p> {
    analyser: &'p Analyser,
    names: Vec<String>,
    finder: Option<AhoCorasick>,
}

impl std::fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Names").field("names", &self.names.len()).finish()
    }
}

impl<'p> Names<'p> {
    /// The names of a pack: units, regions with their aliases, categories, the city.
    pub fn of(pack: &CityPack, analyser: &'p Analyser) -> Self {
        let mut names: BTreeSet<String> = BTreeSet::new();
        let mut take = |name: &str| {
            let name = Normalized::of(name).text().to_owned();
            if name.chars().nth(1).is_some() {
                names.insert(name);
            }
        };
        take(&pack.name);
        pack.departments.iter().for_each(|d| take(&d.name));
        for region in &pack.regions {
            take(&region.district);
            region.town.iter().chain(&region.aliases).for_each(|name| take(name));
        }
        for category in pack.taxonomy.categories() {
            take(&category.level1);
            take(&category.level2);
        }
        let names: Vec<String> = names.into_iter().collect();
        let finder = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&names).ok();
        Self { analyser, names, finder }
    }

    /// Words of a text, as the segmenter cuts them.
    pub(super) fn words<'t>(&self, text: &'t str) -> Vec<&'t str> {
        self.analyser.segmenter.precise(text).into_iter().map(|token| token.word).collect()
    }

    /// Whether a word names somebody or something: tagged so by a dictionary, or in none and formed as names
    /// are. Other words that no dictionary has are the segmenter's leftovers (`地看`).
    pub(super) fn is_name(&self, word: &str) -> bool {
        let mut chars = word.chars();
        let (Some(first), Some(last)) = (chars.next(), chars.next_back()) else { return false };
        if self.analyser.segmenter.names_something(word) {
            return true;
        }
        let length = word.chars().count();
        !self.analyser.segmenter.is_common_word(word)
            && (NAME_ENDS.contains(last) || (SURNAMES.contains(first) && (2..=3).contains(&length)))
    }

    /// The facts of a marked text, in order.
    pub(super) fn facts(&self, text: &str) -> Vec<Fact> {
        let mut out = Vec::new();
        for run in unmarked(text) {
            match &run {
                Run::Text(words) => self.read(words, &mut out),
                token => out.push((FactKind::Token, marked(std::slice::from_ref(token)))),
            }
        }
        out
    }

    fn read(&self, words: &str, out: &mut Vec<Fact>) {
        let normal = Normalized::of(words);
        let text = normal.text();
        let chars: Vec<(usize, char)> = text.char_indices().collect();
        let byte = |at: usize| chars.get(at).map_or(text.len(), |(b, _)| *b);
        let names = self.spans_of_names(text);
        let again = Normalized::of(text);
        let places: Vec<(usize, usize)> = self
            .analyser
            .places
            .find(Field::Text, text, &again)
            .into_iter()
            .map(|p| (p.at.span.start, p.at.span.end))
            .collect();
        let mut at = 0;
        while at < chars.len() {
            let (start, c) = (byte(at), chars[at].1);
            let rest = text.get(start..).unwrap_or_default();
            let taken = |out: &mut Vec<Fact>, kind, length: usize| {
                let end = byte(at + length);
                out.push((kind, text.get(start..end).unwrap_or_default().to_owned()));
                at + length
            };
            if let Some(length) = quoted(&chars[at..]) {
                at = taken(out, FactKind::Quote, length);
            } else if let Some((_, end)) = names.iter().find(|(from, _)| *from == start) {
                let length = text.get(start..*end).map_or(1, |n| n.chars().count());
                at = taken(out, FactKind::Name, length);
            } else if let Some((_, end)) = places.iter().find(|(from, _)| *from == at) {
                at = taken(out, FactKind::Place, end - at);
            } else if let Some(idiom) = NO_NUMBERS.iter().find(|idiom| is_idiom(rest, idiom)) {
                at += idiom.chars().count();
            } else if let Some(length) = number(&chars, at) {
                at = taken(out, FactKind::Number, length);
            } else if let Some(time) = TIMES.iter().find(|time| rest.starts_with(**time)) {
                at = taken(out, FactKind::Time, time.chars().count());
            } else if c.is_alphabetic() && !is_han(c) {
                let length = chars[at..].iter().take_while(|(_, c)| c.is_alphabetic() && !is_han(*c)).count();
                at = taken(out, FactKind::Letters, length);
            } else {
                at += 1;
            }
        }
    }

    /// Bytes of the pack's names in a normalised text.
    fn spans_of_names(&self, text: &str) -> Vec<(usize, usize)> {
        self.finder.iter().flat_map(|finder| finder.find_iter(text)).map(|m| (m.start(), m.end())).collect()
    }
}

/// 十分 is one; 十分之一 is a number.
fn is_idiom(rest: &str, idiom: &str) -> bool {
    rest.strip_prefix(idiom).is_some_and(|after| !(idiom.ends_with('分') && after.starts_with('之')))
}

pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Characters of a quotation that begins here.
fn quoted(chars: &[(usize, char)]) -> Option<usize> {
    let close = match chars.first()?.1 {
        '“' => '”',
        '"' => '"',
        '‘' => '’',
        '「' => '」',
        '『' => '』',
        '《' => '》',
        _ => return None,
    };
    let end = chars.iter().skip(1).position(|(_, c)| *c == close);
    // A mark that is never closed is a fact of its own.
    Some(end.map_or(1, |end| end + 2))
}

fn is_numeral(c: char) -> bool {
    c.is_numeric() || "零〇一二三四五六七八九十百千万亿两几廿卅俩仨壹贰叁肆伍陆柒捌玖拾佰仟".contains(c)
}

/// Characters of a number that begins here, with what it counts. Enumerators (`一是`, `二是`) are none.
fn number(chars: &[(usize, char)], at: usize) -> Option<usize> {
    let c = |n: usize| chars.get(n).map(|(_, c)| *c);
    let begins = c(at).is_some_and(is_numeral);
    let ordinal = c(at) == Some('第') && c(at + 1).is_some_and(is_numeral);
    let weekday = matches!(c(at), Some('周' | '期' | '拜'))
        && matches!(c(at + 1), Some('一' | '二' | '三' | '四' | '五' | '六' | '日' | '天'));
    if !begins && !ordinal && !weekday {
        return None;
    }
    if begins && c(at + 1) == Some('是') && !c(at).is_some_and(char::is_numeric) {
        return None;
    }
    let mut end = at + 1;
    if weekday {
        return Some(2);
    }
    let joins = |n: usize| {
        c(n).is_some_and(|x| matches!(x, '.' | ',' | '/' | ':' | '-' | '~' | '分' | '之'))
            && c(n + 1).is_some_and(is_numeral)
            || (c(n) == Some('分') && c(n + 1) == Some('之'))
    };
    while c(end).is_some_and(|x| is_numeral(x) || matches!(x, '余' | '多' | '来')) || joins(end) {
        end += 1;
    }
    let rest: String = chars.get(end..).unwrap_or_default().iter().take(4).map(|(_, c)| *c).collect();
    if let Some(unit) = UNITS.iter().find(|unit| rest.starts_with(**unit)) {
        end += unit.chars().count();
    }
    Some(end - at)
}
