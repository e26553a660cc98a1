//! Where a place's name begins: the walk to the left of its suffix.

use std::ops::Range;

use super::{parts::Walk, words::Kind};
use crate::text::segment::Tagged;

/// Longest name before a suffix, in characters.
const LONGEST_NAME: usize = 9;

impl Walk<'_> {
    /// Where the name before a suffix starts; the suffix itself if it has none; none if the suffix is
    /// part of an ordinary word.
    pub(super) fn name_start(&self, suffix: Range<usize>, kind: Kind) -> Option<usize> {
        let mut start = suffix.start;
        let mut chars = 0;
        if let Some((_, word)) = self.word_at(suffix.start).filter(|(_, word)| word.bytes.start < suffix.start) {
            let from = word.bytes.start.max(self.floor);
            let own = self.slice(from..suffix.start);
            chars = own.chars().count();
            let known_place = ["ns", "nt", "nz", "nr", "x"].iter().any(|tag| word.tag.starts_with(tag));
            let whole = self.slice(word.bytes.clone());
            // 马路, 城市: an ordinary word; 东八路 and a word right after a certain part are not.
            let directed = self.slice(0..from).ends_with(['东', '西', '南', '北', '中', '第']) || from == self.floor;
            let ordinary = chars == 1 && suffix.len() == 3 && !known_place && !directed;
            if self.patterns.stop.contains(whole) || self.patterns.never.contains(whole) || ordinary {
                return None;
            }
            start = from;
        }
        while start > self.floor && self.region_ends.binary_search(&start).is_err() {
            let Some((_, word)) = self.word_at(start - 1) else { break };
            let length = word.word.chars().count();
            if word.bytes.start < self.floor {
                // A word that the last part cut: what is left of it belongs to the name.
                start = self.floor;
                break;
            }
            if chars + length > LONGEST_NAME || !self.may_name(word, chars, kind) {
                break;
            }
            chars += length;
            start = word.bytes.start;
            if kind == Kind::Admin && word.word.is_ascii() {
                break;
            }
        }
        Some(self.reaching_region(start, suffix, kind))
    }

    /// Right after a region or town, a short stretch is the name, whatever words the segmenter sees in it
    /// (学士街道春晖苑): the way back to the region, unless a word in between ends names.
    fn reaching_region(&self, start: usize, suffix: Range<usize>, kind: Kind) -> usize {
        let settled = self.parts.last().is_some_and(|part| matches!(part.kind, Kind::Region | Kind::Admin));
        let name = self.slice(self.floor..suffix.start);
        let short =
            (1..=5).contains(&name.chars().count()) && name.chars().all(|c| matches!(c, '\u{4E00}'..='\u{9FFF}'));
        if start == self.floor || !settled || !short || kind == Kind::Weak || kind == Kind::Admin {
            return start;
        }
        let mut at = self.floor;
        while at < start {
            let Some((_, word)) = self.word_at(at) else { return start };
            let one = word.word.chars().nth(1).is_none();
            let within = one && "上下前后里外".contains(word.word) && suffix.len() == 3;
            let ends = ["p", "c", "u", "r", "v", "d", "m"].iter().any(|tag| word.tag.starts_with(tag));
            if !within && (self.patterns.stop.contains(word.word) || (ends && !(one && word.tag.starts_with('m')))) {
                return start;
            }
            at = word.bytes.end;
        }
        self.floor
    }

    /// Without a function character that the segmenter took into an unknown word (去市一院).
    pub(super) fn trimmed(&self, start: usize, end: usize) -> usize {
        let name = self.slice(start..end);
        let first = name.chars().next().filter(|c| "在去到从于往离住是的有我来由至".contains(*c));
        match first {
            Some(c) if name.chars().nth(2).is_some() && start > self.floor => start + c.len_utf8(),
            _ => start,
        }
    }

    /// Whether a word may be part of a name that already has `chars` characters to its right.
    pub(super) fn may_name(&self, word: &Tagged<'_>, chars: usize, kind: Kind) -> bool {
        let text = word.word;
        if self.patterns.stop.contains(text) {
            return false;
        }
        if text.is_ascii() {
            let numbered = matches!(kind, Kind::Road | Kind::Admin | Kind::Area) && chars == 0;
            return numbered && text.len() <= 5 && text.bytes().all(|b| b.is_ascii_alphanumeric());
        }
        if !text.chars().all(char::is_alphanumeric) {
            return false;
        }
        let one = text.chars().nth(1).is_none();
        if !one && self.patterns.generic.contains(text) {
            return chars < 6;
        }
        if "东西南北中".contains(text) && one {
            return true;
        }
        let enough = match kind {
            Kind::Road | Kind::Admin => 3,
            _ => 6,
        };
        let names = ["ns", "nt", "nz", "nr", "x", "j"].iter().any(|tag| word.tag.starts_with(tag));
        match word.tag.chars().next() {
            _ if names => chars < enough,
            Some('s') => chars < 4 && !matches!(kind, Kind::Road | Kind::Admin),
            Some('n') => chars < enough && (chars < 2 || kind != Kind::Admin),
            Some('a' | 'b' | 'z' | 'l' | 'i' | 'g' | 'h') => chars < 4,
            Some('v') => chars == 0 && self.patterns.naming.contains(text),
            Some('m') => {
                is_ordinal(text) || (one && chars > 0) || (chars == 0 && kind == Kind::Road && is_numeral(text))
            }
            // One character that the dictionary takes for something else (溪 is q, 河 …) inside a name.
            Some('q' | 't' | 'd' | 'f' | 'y') => chars == 0 && !one && text.chars().count() <= 3 && kind == Kind::Road,
            None => true,
            _ => false,
        }
    }
}

/// 五一, 八一, 二: numerals that name roads.
fn is_numeral(text: &str) -> bool {
    text.chars().count() <= 2 && text.chars().all(|c| "一二三四五六七八九十".contains(c))
}

/// 第一, 第十二; not 第二天, 第三次.
fn is_ordinal(text: &str) -> bool {
    text.strip_prefix('第')
        .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| "一二三四五六七八九十".contains(c)))
}
