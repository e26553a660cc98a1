//! `urgency.toml`: word lists, contexts and rules of the urgency floor.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Context, ContextKind, CueRule, Department, Flag, Linkage, Scope, Urgency};

use super::{
    PackFaults,
    document::{Document, Section, strings},
    files::URGENCY,
    meta::EmergencyNumber,
    table::Seen,
};

/// Distance within which co-conditions are looked for if a rule does not say.
const NEAR: u32 = 30;
/// Reach of a context signal if a context does not say.
const REACH: u32 = 6;
/// A longer cue is a sentence, which no second appeal will hold.
const LONGEST_WORD: usize = 16;
/// No distance may be longer: an appeal is rarely longer than this.
const FARTHEST: u32 = 1000;

const KINDS: [(&str, ContextKind); 6] = [
    ("negation", ContextKind::Negation),
    ("past", ContextKind::Past),
    ("question", ContextKind::Question),
    ("hypothetical", ContextKind::Hypothetical),
    ("quoted", ContextKind::Quoted),
    ("figurative", ContextKind::Figurative),
];
const SCOPES: [(&str, Scope); 3] = [("clause", Scope::Clause), ("sentence", Scope::Sentence), ("text", Scope::Text)];

/// Named word lists, used in rules and contexts as `@name`.
type Lists = BTreeMap<String, Vec<String>>;

pub(super) fn urgency(
    text: &str,
    departments: &[Department],
    numbers: &[EmergencyNumber],
    faults: &mut PackFaults,
) -> (Vec<CueRule>, Vec<Context>) {
    let doc = Document::parse(URGENCY, text, faults);
    let top = doc.top();
    let lists = lists(&top, faults);
    let units: BTreeSet<&str> = numbers
        .iter()
        .map(|n| n.number.as_str())
        .chain(departments.iter().filter(|d| d.first_response).map(|d| d.name.as_str()))
        .collect();
    let mut used = BTreeSet::new();
    let contexts: Vec<Context> =
        top.sections("context", faults).into_iter().filter_map(|s| context(s, &lists, &mut used, faults)).collect();
    let mut ids = Seen::default();
    let mut rules = Vec::new();
    for section in top.sections("rule", faults) {
        let line = section.line;
        let Some(rule) = rule(section, &lists, &units, &mut used, faults) else { continue };
        if let Some(first) = ids.earlier(&rule.id, line) {
            faults.add(URGENCY, line, format!("规则 `{}` 重复:第 {first} 行已有", rule.id));
            continue;
        }
        for kind in &rule.unless {
            if !contexts.iter().any(|c| c.kind == *kind) && *kind != ContextKind::Quoted {
                faults.add(URGENCY, line, format!("规则 `{}` 需要一个 {} 类的 [[context]]", rule.id, kind_name(*kind)));
            }
        }
        rules.push(rule);
    }
    for (name, line, _) in top.named("words", faults) {
        if !used.contains(&name) {
            faults.add(URGENCY, line, format!("词表 `{name}` 没有用到:请写 `@{name}` 引用,或删去"));
        }
    }
    top.finish(faults);
    (rules, contexts)
}

fn kind_name(kind: ContextKind) -> &'static str {
    KINDS.iter().find(|(_, k)| *k == kind).map_or("", |(name, _)| name)
}

fn lists(top: &Section<'_, '_>, faults: &mut PackFaults) -> Lists {
    let mut lists = Lists::new();
    for (name, line, value) in top.named("words", faults) {
        match strings(value.get_ref()) {
            Some(words) if !words.is_empty() && words.iter().all(|w| !w.is_empty() && !w.starts_with('@')) => {
                for word in &words {
                    check_word(word, line, faults);
                }
                lists.insert(name, words);
            }
            _ => faults.add(URGENCY, line, format!("词表 `{name}` 须为非空的词语列表")),
        }
    }
    lists
}

/// A word, or a number condition `{10+}户` / `{3-12}岁` (see [`CueRule::any`]).
fn check_word(word: &str, line: usize, faults: &mut PackFaults) {
    if word.chars().count() > LONGEST_WORD {
        faults.add(URGENCY, line, format!("线索词超过 {LONGEST_WORD} 字:请只写关键的部分"));
    }
    if !word.contains(['{', '}']) {
        return;
    }
    let fits = word.strip_prefix('{').and_then(|w| w.split_once('}')).is_some_and(|(range, unit)| {
        let (low, high) = match range.split_once('-') {
            Some((low, high)) => (low.parse::<u64>().ok(), high.parse::<u64>().ok()),
            None => (range.strip_suffix('+').and_then(|l| l.parse().ok()), Some(u64::MAX)),
        };
        low.zip(high).is_some_and(|(low, high)| low <= high) && !unit.is_empty() && !unit.contains(['{', '}'])
    });
    if !fits {
        faults.add(URGENCY, line, format!("数量条件 `{word}` 有误:请写成 {{10+}}户 或 {{3-12}}岁"));
    }
}

/// The words of a key with `@lists` put in.
fn words(
    section: &Section<'_, '_>,
    key: &'static str,
    lists: &Lists,
    used: &mut BTreeSet<String>,
    faults: &mut PackFaults,
) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for (word, line) in section.texts(key, faults) {
        let found = match word.strip_prefix('@') {
            Some(name) => match lists.get(name) {
                Some(list) => {
                    used.insert(name.to_owned());
                    list.clone()
                }
                None => {
                    faults.add(URGENCY, line, format!("没有词表 `@{name}`:请在 [words] 下定义"));
                    continue;
                }
            },
            None => {
                check_word(&word, line, faults);
                if out.contains(&word) {
                    faults.add(URGENCY, line, format!("`{key}` 中的词 `{word}` 重复"));
                }
                vec![word]
            }
        };
        for word in found {
            if !out.contains(&word) {
                out.push(word);
            }
        }
    }
    out
}

fn distance(section: &Section<'_, '_>, key: &'static str, default: u32, faults: &mut PackFaults) -> usize {
    let n = section.number(key, faults).unwrap_or(default);
    if n > FARTHEST {
        section.fault(key, format!("`{key}` 为 {n},最多 {FARTHEST} 字"), faults);
    }
    n as usize
}

/// Values of a key out of a closed list.
fn chosen<T: Copy>(
    section: &Section<'_, '_>,
    key: &'static str,
    known: &[(&str, T)],
    faults: &mut PackFaults,
) -> Vec<T> {
    let mut out = Vec::new();
    for (name, line) in section.texts(key, faults) {
        match known.iter().find(|(k, _)| *k == name) {
            Some((_, value)) => out.push(*value),
            None => faults.add(URGENCY, line, unknown(key, &name, known)),
        }
    }
    out
}

fn unknown<T>(key: &str, name: &str, known: &[(&str, T)]) -> String {
    let names: Vec<&str> = known.iter().map(|(k, _)| *k).collect();
    format!("{key} 没有 `{name}` 这个值:可用 {}", names.join(" "))
}

fn context(
    section: Section<'_, '_>,
    lists: &Lists,
    used: &mut BTreeSet<String>,
    faults: &mut PackFaults,
) -> Option<Context> {
    let kind = section.required("kind", faults).and_then(|name| match KINDS.iter().find(|(k, _)| *k == name) {
        Some((_, kind)) => Some(*kind),
        None => {
            section.fault("kind", unknown("kind", &name, &KINDS), faults);
            None
        }
    });
    let scope = match section.text("scope", faults) {
        None => Scope::Clause,
        Some(name) => match SCOPES.iter().find(|(k, _)| *k == name) {
            Some((_, scope)) => *scope,
            None => {
                section.fault("scope", unknown("scope", &name, &SCOPES), faults);
                Scope::Clause
            }
        },
    };
    let before = words(&section, "before", lists, used, faults);
    let after = words(&section, "after", lists, used, faults);
    let except = words(&section, "except", lists, used, faults);
    let reset = words(&section, "reset", lists, used, faults);
    let reach = distance(&section, "reach", REACH, faults);
    if before.is_empty() && after.is_empty() {
        faults.add(URGENCY, section.line, "语境没有词语:请写 `before` 或 `after`");
    }
    section.finish(faults);
    kind.map(|kind| Context { kind, before, after, reach, scope, except, reset })
}

fn rule(
    section: Section<'_, '_>,
    lists: &Lists,
    units: &BTreeSet<&str>,
    used: &mut BTreeSet<String>,
    faults: &mut PackFaults,
) -> Option<CueRule> {
    let line = section.line;
    let id = section.required("id", faults);
    let level = section.required("level", faults).and_then(|name| match name.parse::<Urgency>() {
        Ok(level) => Some(level),
        Err(fault) => {
            section.fault("level", fault.message, faults);
            None
        }
    });
    let known: Vec<(&str, Flag)> = Flag::ALL.iter().map(|f| (f.label(), *f)).collect();
    let flags = chosen(&section, "flags", &known, faults);
    let unless = chosen(&section, "unless", &KINDS, faults);
    let any = words(&section, "any", lists, used, faults);
    let with = words(&section, "with", lists, used, faults);
    let and = words(&section, "and", lists, used, faults);
    let without = words(&section, "without", lists, used, faults);
    let near = distance(&section, "near", NEAR, faults);
    let within = section.number("within", faults).map(|n| n as usize);
    let note = section.required("note", faults);
    let mut linkage = Vec::new();
    for (unit, line) in section.texts("linkage", faults) {
        if units.contains(unit.as_str()) {
            linkage.push(Linkage::Unit(unit));
        } else {
            let message = format!("没有联动单位 `{unit}`:须为 pack.toml 中的紧急号码,或 first_response 为是的单位");
            faults.add(URGENCY, line, message);
        }
    }
    if any.is_empty() {
        faults.add(URGENCY, line, "规则没有词语:`any` 至少写一个");
    }
    if with.is_empty() && !and.is_empty() {
        faults.add(URGENCY, line, "`and` 是第二个条件:第一个请写在 `with` 中");
    }
    if level == Some(Urgency::U4) && flags.is_empty() {
        faults.add(URGENCY, line, "U4 级的规则不会调高急度:请加 `flags` 或提高级别");
    }
    section.finish(faults);
    let (id, level, note) = (id?, level?, note?);
    (!any.is_empty()).then_some(CueRule {
        id,
        level,
        flags,
        any,
        with,
        and,
        without,
        near,
        within,
        unless,
        linkage,
        note,
    })
}
