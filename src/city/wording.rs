//! The sentences of the briefs: which exist, which slots each may use, and how a template is read.

use std::collections::BTreeMap;

use super::PackFaults;

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Words.
    Words(String),
    /// A slot that the composer fills, e.g. `received`.
    Slot(String),
}

/// One wording of a sentence.
pub type Template = Vec<Piece>;

/// All wordings of the pack: sentence name to its variants.
pub type Wordings = BTreeMap<String, Vec<Template>>;

/// Every sentence that the composer knows, with the slots that it can fill. A variant need not use
/// all of them; the composer takes the fullest one whose slots are all filled.
const SENTENCES: &[(&str, &[&str])] = &[
    // opening
    ("total", &["window", "office", "received", "change", "year"]),
    ("valid", &["valid", "share"]),
    ("callers", &["enterprise", "talent", "organisation"]),
    ("pending", &["pending"]),
    ("types", &["list"]),
    ("channels", &["list"]),
    ("urgent", &["urgent", "u1", "u2", "change"]),
    ("urgent.none", &["urgent"]),
    ("urgent.case", &["time", "where", "matter", "tail", "level", "unit", "state"]),
    ("urgent.more", &["rest"]),
    // items of lists
    ("item.share", &["name", "count", "share"]),
    ("item.part", &["name", "count", "share"]),
    ("item.count", &["name", "count"]),
    ("item.change", &["name", "count", "change"]),
    ("item.moved", &["name", "change"]),
    ("item.quote", &["quote", "tail"]),
    // hot matters
    ("hot.lead", &["rank", "list", "sum", "share"]),
    ("hot.rise", &["list"]),
    ("hot.fall", &["list"]),
    ("hot.even", &[]),
    ("focus.volume", &["name", "count", "share", "change", "callers"]),
    ("focus.matters", &["list"]),
    ("focus.places", &["list"]),
    ("focus.event", &["title", "count", "callers", "where", "whole", "matter", "main"]),
    ("focus.quotes", &["quotes"]),
    ("moves.topic", &["title", "count", "callers", "state", "where", "heat", "whole", "matter", "main"]),
    ("moves.alarm", &["title", "count", "time"]),
    ("moves.none", &[]),
    ("enterprise", &["count", "share", "list"]),
    ("enterprise.case", &["time", "where", "matter", "tail", "level", "unit", "state"]),
    ("enterprise.more", &["rest"]),
    ("answered", &["enterprise", "talent"]),
    // 考核
    ("assess.total", &["window", "received", "change", "satisfied", "points"]),
    ("assess.ranks", &["window", "by", "first", "last"]),
    ("lights", &["red", "orange", "yellow"]),
    // handling
    ("handling.dispatch", &["direct", "dispatched", "rate"]),
    ("handling.due", &["due", "ontime", "rate", "points"]),
    ("handling.revisit", &["revisited", "satisfied", "points", "contacted", "solved"]),
    ("handling.repeat", &["repeat", "rate", "points"]),
    ("handling.open", &["overdue"]),
    ("handling.none", &[]),
    ("units", &["list"]),
    ("districts", &["list"]),
    ("province", &["count", "list"]),
    // outlook
    ("hint.due", &["due", "window", "list"]),
    ("hint.rise", &["name", "change"]),
    ("hint.holiday", &["holiday", "advice"]),
    ("hint.season", &["advice"]),
    ("hint.none", &[]),
    // special
    ("special.title", &["subject", "judgement"]),
    ("special.volume", &["window", "office", "subject", "count", "share", "change", "year", "callers"]),
    ("special.topic", &["title", "count", "callers", "where", "state", "whole", "matter", "main"]),
    ("special.matter", &["name", "count", "callers"]),
    ("special.single", &["count"]),
    ("special.places", &["list"]),
    ("special.towns", &["list"]),
    ("special.days", &["day", "count"]),
    ("special.repeat", &["repeat", "rate"]),
    ("special.satisfaction", &["revisited", "satisfied"]),
    ("cause.rule", &["cause"]),
    ("cause.units", &["list"]),
    ("cause.reply", &["unit", "quote", "tail"]),
    ("cause.repeat", &["repeat", "rate"]),
    ("trend.range", &["low", "high", "periods"]),
    ("trend.up", &["change"]),
    ("trend.down", &["change"]),
    ("trend.even", &[]),
    ("trend.first", &[]),
    ("trend.short", &["since"]),
    ("trend.later", &["until"]),
    ("advice", &["action", "lead", "assisting", "due", "measure"]),
    // flash
    ("flash.lead", &["window", "office", "urgent", "u1", "u2"]),
    ("flash.units", &["list"]),
    ("flash.quiet", &[]),
    ("flash.alarm", &["time", "until", "callers"]),
    // dossier
    ("dossier.thing", &["window", "subject", "count", "callers", "share"]),
    ("dossier.units", &["units", "list"]),
    ("dossier.before", &["before", "count", "change"]),
    ("dossier.mechanism", &["mechanism"]),
];

/// Reads the templates of one sentence.
pub(super) fn read(
    file: &'static str,
    name: &str,
    line: usize,
    variants: &[String],
    faults: &mut PackFaults,
) -> Vec<Template> {
    let Some((_, slots)) = SENTENCES.iter().find(|(known, _)| *known == name) else {
        let known: Vec<&str> = SENTENCES.iter().map(|(name, _)| *name).collect();
        faults.add(file, line, format!("没有 `{name}` 这一句:可用 {}", known.join(", ")));
        return Vec::new();
    };
    if variants.is_empty() {
        faults.add(file, line, format!("`{name}` 这一句没有措辞:请写文字列表"));
    }
    variants.iter().filter_map(|text| template(file, name, line, text, slots, faults)).collect()
}

fn template(
    file: &'static str,
    name: &str,
    line: usize,
    text: &str,
    slots: &[&str],
    faults: &mut PackFaults,
) -> Option<Template> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (words, after) = (&rest[..open], &rest[open + 1..]);
        let Some(close) = after.find('}') else {
            faults.add(file, line, format!("`{name}` 这一句的空位没有用 }} 结束"));
            return None;
        };
        if !words.is_empty() {
            pieces.push(Piece::Words(words.to_owned()));
        }
        let slot = &after[..close];
        if !slots.contains(&slot) {
            let known = if slots.is_empty() { "无".to_owned() } else { slots.join(", ") };
            faults.add(file, line, format!("`{name}` 这一句没有空位 `{slot}`:可用 {known}"));
            return None;
        }
        pieces.push(Piece::Slot(slot.to_owned()));
        rest = &after[close + 1..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Words(rest.to_owned()));
    }
    if words_with_numbers(&pieces) {
        faults.add(file, line, format!("`{name}` 这一句自带数字(件、%、个百分点之前):数字只能来自空位"));
        return None;
    }
    Some(pieces)
}

/// Whether the words of a template hold a number that looks like a finding.
fn words_with_numbers(pieces: &[Piece]) -> bool {
    pieces.iter().any(|piece| match piece {
        Piece::Slot(_) => false,
        Piece::Words(words) => {
            let chars: Vec<char> = words.chars().collect();
            chars
                .windows(2)
                .any(|w| w[0].is_ascii_digit() && matches!(w[1], '件' | '%' | '\u{FF05}' | '个' | '人' | '起'))
        }
    })
}
