//! Parts of addresses in one text: from left to right, each accepted part bounds the next one's name.
//!
//! An address part is easy to end (路, 小区, 号) and hard to begin: nothing marks where 途经文昌路 starts to
//! be a name. The segmenter's words and their tags decide: from the suffix the walk goes left over words
//! that names are made of and stops at pronouns, prepositions, verbs, punctuation, and at what people are
//! called in appeals.

use std::ops::Range;

use super::{
    patterns::{PATTERNS, Patterns},
    regions::Regions,
    words::{self, Kind},
};
use crate::text::{Segmenter, segment::Tagged};

/// A part and the name of a region that it is, if it is one.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) bytes: Range<usize>,
    pub(super) kind: Kind,
    pub(super) region: Option<usize>,
}

/// Continuations (numbers, tails) after one part at most.
const MOST_TAILS: usize = 6;

/// Something that may become a part.
enum Event {
    Region(usize),
    Suffix(Kind),
    Building,
    Group,
    Pseudonym,
}

/// All accepted parts, in order, not overlapping.
pub(super) fn find(text: &str, segmenter: &Segmenter, regions: &Regions) -> Vec<Part> {
    let patterns = &*PATTERNS;
    let mut events: Vec<(Range<usize>, Event)> =
        regions.find(text).into_iter().map(|hit| (hit.bytes, Event::Region(hit.name))).collect();
    if let Some(suffixes) = &patterns.suffixes {
        events.extend(
            suffixes
                .find_overlapping_iter(text)
                .filter_map(|hit| Some((hit.range(), Event::Suffix(*patterns.kinds.get(hit.pattern().as_usize())?)))),
        );
    }
    for (rule, event) in [
        (words::BUILDING, (|| Event::Building) as fn() -> Event),
        (words::GROUP, || Event::Group),
        (words::PSEUDONYM, || Event::Pseudonym),
    ] {
        let hits = patterns.rules.get(rule).into_iter().flat_map(|rule| rule.find_iter(text));
        events.extend(hits.map(|hit| (hit.range(), event())));
    }
    if events.is_empty() {
        return Vec::new();
    }
    let order = |event: &Event| match event {
        Event::Region(_) => 0,
        Event::Pseudonym => 1,
        Event::Suffix(_) => 2,
        Event::Building | Event::Group => 3,
    };
    events.sort_by_key(|(bytes, event)| (bytes.start, order(event), usize::MAX - bytes.end));
    let words = segmenter.tagged(text);
    let region_ends: Vec<usize> =
        events.iter().filter(|(_, e)| matches!(e, Event::Region(_))).map(|(bytes, _)| bytes.end).collect();
    let mut walk = Walk { text, words: &words, region_ends, patterns, parts: Vec::new(), floor: 0 };
    for (bytes, event) in events {
        if bytes.start >= walk.floor {
            match event {
                Event::Region(name) => walk.region(bytes, name),
                Event::Suffix(kind) => walk.suffix(bytes, kind),
                Event::Building => walk.building(bytes.start),
                Event::Group => walk.group(bytes.start),
                Event::Pseudonym => walk.pseudonym(bytes),
            }
        }
    }
    walk.parts
}

pub(super) struct Walk<'a> {
    pub(super) text: &'a str,
    pub(super) words: &'a [Tagged<'a>],
    pub(super) region_ends: Vec<usize>,
    pub(super) patterns: &'static Patterns,
    pub(super) parts: Vec<Part>,
    /// End of the last accepted part.
    pub(super) floor: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn slice(&self, bytes: Range<usize>) -> &'a str {
        self.text.get(bytes).unwrap_or("")
    }

    fn push(&mut self, bytes: Range<usize>, kind: Kind, region: Option<usize>) {
        self.floor = bytes.end;
        self.parts.push(Part { bytes, kind, region });
        if kind != Kind::Number && kind != Kind::Tail && kind != Kind::Junction {
            self.continuation();
        }
    }

    /// Whether a part ends exactly here, and may be continued.
    fn adjoins(&self, byte: usize) -> bool {
        byte == self.floor && self.parts.last().is_some_and(|part| part.kind != Kind::Junction)
    }

    /// The word in which a byte lies.
    pub(super) fn word_at(&self, byte: usize) -> Option<(usize, &'a Tagged<'a>)> {
        let after = self.words.partition_point(|word| word.bytes.start <= byte);
        let index = after.checked_sub(1)?;
        self.words.get(index).map(|word| (index, word))
    }

    fn is_boundary(&self, byte: usize) -> bool {
        byte == self.text.len() || self.word_at(byte).is_some_and(|(_, word)| word.bytes.start == byte)
    }

    /// Whether a part may end here: at the end of a word, or before 口 段 民 … of 路口 路段 村民.
    fn may_end(&self, byte: usize) -> bool {
        self.is_boundary(byte)
            || self.word_at(byte).is_some_and(|(_, word)| words::INSIDE.contains(&self.slice(byte..word.bytes.end)))
            || self.patterns.at(words::NUMBER, self.text, byte) > 0
    }

    fn region(&mut self, bytes: Range<usize>, name: usize) {
        // A short alias must be a word of its own; a full name may have been joined to a neighbour.
        let short = self.slice(bytes.clone()).chars().count() < 3;
        if !short || (self.is_boundary(bytes.start) && self.may_end(bytes.end)) {
            self.push(bytes, Kind::Region, Some(name));
        }
    }

    fn suffix(&mut self, bytes: Range<usize>, kind: Kind) {
        let ends = if kind == Kind::Weak { self.is_boundary(bytes.end) } else { self.may_end(bytes.end) };
        if !ends {
            return;
        }
        let Some(start) = self.name_start(bytes.clone(), kind).map(|start| self.trimmed(start, bytes.start)) else {
            return;
        };
        let whole = self.slice(start..bytes.end);
        let name = self.slice(start..bytes.start);
        let adjoins = self.adjoins(start);
        let short_suffix = bytes.len() == 3;
        if kind == Kind::Admin && !self.is_admin(name, whole) && !adjoins {
            return;
        }
        // 沙湾村村: the suffix already stands there.
        if short_suffix && name.ends_with(self.slice(bytes.clone())) {
            return;
        }
        let names_road = kind == Kind::Road && self.patterns.road_names.contains(name);
        let general = name.is_empty()
            || (self.patterns.generic.contains(name) && !names_road)
            || self.patterns.never.contains(whole);
        let thin = name.chars().count() < if short_suffix { 2 } else { 1 } && kind != Kind::Admin;
        if (general || thin) && !adjoins {
            return;
        }
        // Without a name of its own, one character continues only a road named after a place (公园路), and
        // what looked like a whole name (沙湾 of 沙湾村, 官岭 of 官岭镇).
        let last = self.parts.last().map(|part| part.kind);
        let named_after = match last {
            Some(Kind::Site | Kind::Area) => kind == Kind::Road,
            Some(Kind::Weak) => matches!(kind, Kind::Road | Kind::Area | Kind::Admin),
            _ => false,
        };
        let doubled = kind == Kind::Road && last == Some(Kind::Road);
        if name.is_empty() && (doubled || (short_suffix && !named_after)) {
            return;
        }
        // 18路 is a bus; 312国道 a road.
        let numbered = name.bytes().all(|b| b.is_ascii_digit());
        if kind == Kind::Road
            && !name.is_empty()
            && numbered
            && !["道", "高速", "公路"].iter().any(|end| whole.ends_with(end))
        {
            return;
        }
        if kind == Kind::Weak && !adjoins && !self.is_numbered(bytes.end) {
            return;
        }
        self.push(start..bytes.end, kind, None);
    }

    /// A name of a province, city, county, town that nobody listed: `A市`, `西地省`, or a known word.
    fn is_admin(&self, name: &str, whole: &str) -> bool {
        let mut chars = name.chars();
        let pseudonym = chars.next().is_some_and(|c| c.is_ascii_lowercase()) && chars.all(|c| c.is_ascii_digit());
        let count = name.chars().count();
        pseudonym || ((2..=5).contains(&count) && !self.patterns.never.contains(whole))
    }

    /// Whether a building's number or a tail follows.
    fn is_numbered(&self, byte: usize) -> bool {
        self.patterns.at(words::NUMBER, self.text, byte) > 0 || self.patterns.at(words::TAIL, self.text, byte) > 0
    }

    /// A市, K12县: letters and digits that are no part of a longer word.
    fn pseudonym(&mut self, bytes: Range<usize>) {
        let before = self.slice(self.floor..bytes.start).chars().next_back();
        if !before.is_some_and(|c| c.is_ascii_alphanumeric()) {
            self.push(bytes, Kind::Admin, None);
        }
    }

    /// `丰收2组` right after a village or town.
    fn group(&mut self, at: usize) {
        let name = self.slice(self.floor..at);
        let length = name.chars().count();
        let settled = self.parts.last().is_some_and(|p| matches!(p.kind, Kind::Area | Kind::Admin | Kind::Region));
        if settled && (1..=4).contains(&length) && name.chars().all(|c| matches!(c, '\u{4E00}'..='\u{9FFF}')) {
            let known =
                self.word_at(at.saturating_sub(1)).is_some_and(|(_, word)| self.patterns.stop.contains(word.word));
            let length = self.patterns.at(words::NUMBER, self.text, at);
            if !known && length > 0 {
                self.push(self.floor..at + length, Kind::Area, None);
            }
        }
    }

    /// `富基家园54栋`, `9幢2单元`: a building number with a name before it or another number after it.
    fn building(&mut self, at: usize) {
        let mut start = at;
        let mut chars = 0;
        while start > self.floor {
            let Some((_, word)) = self.word_at(start - 1) else { break };
            let named =
                ["n", "x", "j", "l", "a", "s"].iter().any(|tag| word.tag.starts_with(tag)) && !word.word.is_ascii();
            if word.bytes.start < self.floor || !named || !self.may_name(word, chars, Kind::Area) {
                break;
            }
            chars += word.word.chars().count();
            start = word.bytes.start;
        }
        let name = self.slice(start..at);
        if chars >= 3 && !self.patterns.generic.contains(name) && !self.patterns.never.contains(name) {
            self.push(start..at, Kind::Area, None);
            return;
        }
        let first = self.patterns.at(words::NUMBER, self.text, at);
        let second = self.patterns.at(words::NUMBER, self.text, at + first).max(self.patterns.at(
            words::FLAT,
            self.text,
            at + first,
        ));
        if first > 0 && second > 0 {
            self.push(at..at + first, Kind::Number, None);
            self.continuation();
        }
    }

    /// Numbers, junctions and tails that follow the last part.
    fn continuation(&mut self) {
        for _ in 0..MOST_TAILS {
            let Some((kind, unit)) = self.parts.last().map(|part| (part.kind, self.slice(part.bytes.clone()))) else {
                return;
            };
            let at = self.floor + usize::from(self.text.get(self.floor..).is_some_and(|rest| rest.starts_with(' ')));
            let patterns = self.patterns;
            let is_road = kind == Kind::Road;
            let number = patterns.at(words::NUMBER, self.text, at);
            let housed = ["幢", "栋", "单元", "号楼", "楼", "座", "#"].iter().any(|end| unit.ends_with(end));
            let flat = if kind == Kind::Number && housed { patterns.at(words::FLAT, self.text, self.floor) } else { 0 };
            let kilometre = if is_road { patterns.at(words::KILOMETRE, self.text, self.floor) } else { 0 };
            let junction = patterns.at(words::JUNCTION, self.text, self.floor);
            let tail = patterns.at(words::TAIL, self.text, self.floor);
            let is_date = number > 0 && self.is_date(at + number);
            let (start, length, next) = if number > 0 && !is_date && !matches!(kind, Kind::Tail) {
                (at, number, Kind::Number)
            } else if kilometre > 0 || flat > 0 {
                (self.floor, kilometre.max(flat), Kind::Number)
            } else if tail > 0 && self.may_end(self.floor + tail) && !self.goes_on(self.floor + tail) {
                (self.floor, tail, Kind::Tail)
            } else if junction > 0 && is_road && self.may_end(self.floor + junction) {
                (self.floor, junction, Kind::Junction)
            } else {
                return;
            };
            self.floor = start + length;
            self.parts.push(Part { bytes: start..start + length, kind: next, region: None });
        }
    }

    /// Whether a tail is the beginning of a name: 北门路, 南岸村.
    fn goes_on(&self, end: usize) -> bool {
        self.slice(end..self.text.len()).starts_with(['路', '街', '村', '巷', '桥', '镇'])
    }

    /// Whether `小区3号` goes on as a date: 3号晚上, 3号起.
    fn is_date(&self, end: usize) -> bool {
        let rest = self.slice(end..self.text.len());
        self.slice(0..end).ends_with('号')
            && ["晚", "早", "上午", "下午", "凌晨", "起", "开始", "至", "到", "之前", "前", "以后"]
                .iter()
                .any(|w| rest.starts_with(w))
    }
}
