//! Urgency cues: the readable cases, the floor over the simulated appeals, and any text at all.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::LazyLock,
};

use proptest::prelude::*;
use tingsu::{
    city::CityPack,
    domain::{Context, ContextKind, CueHit, CueRule, Field, Flag, Flags, Scope, Urgency},
    text::{CueMatcher, Normalized},
};

static PACK: LazyLock<CityPack> = LazyLock::new(|| {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/jianghai");
    CityPack::open(&dir).unwrap_or_else(|faults| panic!("{faults}"))
});
static MATCHER: LazyLock<CueMatcher> = LazyLock::new(|| CueMatcher::new(&PACK.rules, &PACK.contexts));

fn hits(title: &str, text: &str) -> Vec<CueHit> {
    MATCHER.find_in(&Normalized::of(title), &Normalized::of(text))
}

fn floor(hits: &[CueHit]) -> (Urgency, Flags) {
    let live = || hits.iter().filter(|h| h.cancelled.is_none()).map(|h| &PACK.rules[h.rule]);
    (live().map(|r| r.level).max().unwrap_or(Urgency::U4), live().flat_map(|r| r.flags.clone()).collect())
}

fn told(hits: &[CueHit]) -> Vec<String> {
    hits.iter().map(|h| format!("{} {:?} {:?}", PACK.rules[h.rule].id, h.at.span, h.cancelled)).collect()
}

/// Rows of the tables in a case file, without their heads.
fn rows(file: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/text/cases").join(file);
    let text = fs::read_to_string(path).unwrap();
    let rows: Vec<Vec<String>> = text
        .lines()
        .filter(|line| line.starts_with('|') && !line.starts_with("|---") && !line.starts_with("| 诉求 "))
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect();
    assert!(rows.len() > 20, "the case file {file} lost its rows");
    rows
}

#[test]
fn urgency_cases() {
    let mut wrong = Vec::new();
    for row in rows("urgency.md") {
        let [text, level, flags] = row.as_slice() else { panic!("three columns: {row:?}") };
        let found = hits("", text);
        let (got, marks) = floor(&found);
        let fits = match level.strip_prefix('≤') {
            Some(most) => got <= most.parse().unwrap(),
            None => got == level.parse().unwrap(),
        };
        let wanted: BTreeSet<Flag> = flags.split_whitespace().map(|f| f.parse().unwrap()).collect();
        if !fits || !wanted.is_subset(&marks) {
            wrong.push(format!("{text}: wanted {level} {flags}, got {got} {marks:?} from {:?}", told(&found)));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn context_cases() {
    let mut wrong = Vec::new();
    for row in rows("contexts.md") {
        let [text, id, context] = row.as_slice() else { panic!("three columns: {row:?}") };
        let rule = PACK.rules.iter().position(|r| r.id == *id).unwrap_or_else(|| panic!("no rule {id}"));
        let all = hits("", text);
        let own: Vec<&CueHit> = all.iter().filter(|h| h.rule == rule).collect();
        let got = match own.iter().find(|h| h.cancelled.is_none()).or(own.first()).map(|h| h.cancelled) {
            None => "不中",
            Some(None) => "算数",
            Some(Some(kind)) => match kind {
                ContextKind::Negation => "negation",
                ContextKind::Past => "past",
                ContextKind::Question => "question",
                ContextKind::Hypothetical => "hypothetical",
                ContextKind::Quoted => "quoted",
                ContextKind::Figurative => "figurative",
            },
        };
        if got != context {
            wrong.push(format!("{text} [{id}]: wanted {context}, got {got} from {:?}", told(&all)));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The rules were written with these appeals in sight, so this guards against regressions; how they
/// do on unseen appeals is told in `corpora/jianghai/README.md`.
#[test]
fn floor_over_the_simulated_appeals() {
    let mut table: BTreeMap<(Urgency, Urgency), usize> = BTreeMap::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/jianghai/appeals")).unwrap() {
        for line in fs::read_to_string(entry.unwrap().path()).unwrap().lines() {
            let appeal: serde_json::Value = serde_json::from_str(line).unwrap();
            let field = |name: &str| appeal[name].as_str().unwrap();
            let (got, _) = floor(&hits(field("title"), field("text")));
            *table.entry((field("urgency").parse().unwrap(), got)).or_default() += 1;
        }
    }
    assert_eq!(table.values().sum::<usize>(), 1700);
    let count = |wanted: &dyn Fn(Urgency, Urgency) -> bool| {
        table.iter().filter(|((gold, got), _)| wanted(*gold, *got)).map(|(_, n)| *n).sum::<usize>() as f64
    };
    for (level, recall_floor, precision_floor) in
        [(Urgency::U1, 0.98, 0.95), (Urgency::U2, 0.87, 0.93), (Urgency::U3, 0.62, 0.92)]
    {
        let both = count(&|gold, got| gold >= level && got >= level);
        let recall = both / count(&|gold, _| gold >= level);
        let precision = both / count(&|_, got| got >= level);
        assert!(recall >= recall_floor, "recall of {level} and above fell to {recall:.3}\n{table:?}");
        assert!(precision >= precision_floor, "precision of {level} and above fell to {precision:.3}\n{table:?}");
    }
}

fn rule(any: &[&str]) -> CueRule {
    let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect();
    CueRule {
        id: "test".into(),
        level: Urgency::U2,
        flags: Vec::new(),
        any: words(any),
        with: Vec::new(),
        and: Vec::new(),
        without: Vec::new(),
        near: 6,
        within: None,
        unless: Vec::new(),
        linkage: Vec::new(),
        note: "测试".into(),
    }
}

fn spans(rule: CueRule, text: &str) -> Vec<String> {
    let matcher = CueMatcher::new(&[rule], &[]);
    matcher.find(Field::Text, &Normalized::of(text)).iter().map(|h| h.at.span.slice(text).to_owned()).collect()
}

#[test]
fn number_conditions() {
    let ten = || rule(&["{10+}户"]);
    for (text, found) in [
        ("三十多户没水", &["三十多户"][..]),
        ("一百余户没水", &["一百余户"]),
        ("共213户", &["213户"]),
        ("几十户人家", &["几十户"]),
        ("三四百户", &["三四百户"]),
        ("一万两千户", &["一万两千户"]),
        ("上百户", &["百户"]),
        ("十几户", &["十几户"]),
        ("1.5万户", &["1.5万户"]),
        ("0.01万户", &["0.01万户"]),
        ("1.50户", &[]),
        ("3.20户", &[]),
        ("12.5户", &["12.5户"]),
        ("３０户", &["３０户"]),
        ("九户人家", &[]),
        ("3户", &[]),
        ("万一户主不在", &[]),
        ("户籍", &[]),
    ] {
        assert_eq!(spans(ten(), text), found, "{text}");
    }
    assert_eq!(spans(rule(&["{3-12}岁"]), "八岁的和13岁的、2岁的"), ["八岁"]);
    assert_eq!(spans(rule(&["{3-12}岁"]), "10.5岁的和1.5岁的"), ["10.5岁"]);
    assert!(spans(rule(&["{2+}个月"]), "拖了1.5个月").is_empty());
    assert_eq!(spans(rule(&["{10+}人"]), "四五十名人和三十多个人"), ["四五十名人", "三十多个人"]);
}

#[test]
fn conditions_stand_near() {
    let mut pair = rule(&["井盖"]);
    pair.with = vec!["没了".into()];
    assert_eq!(spans(pair.clone(), "井盖没了"), ["井盖"]);
    assert_eq!(spans(pair.clone(), "没了的井盖"), ["井盖"]);
    assert_eq!(spans(pair.clone(), "井盖一二三四五六没了"), ["井盖"]);
    assert!(spans(pair.clone(), "井盖一二三四五六七没了").is_empty(), "seven characters are too far");
    pair.without = vec!["新井盖".into()];
    assert!(spans(pair.clone(), "新井盖没了").is_empty(), "an excluded word around the cue counts, too");
    pair.without.clear();
    pair.within = Some(3);
    assert_eq!(spans(pair.clone(), "路上井盖没了"), ["井盖"]);
    assert!(spans(pair, "大路上井盖没了").is_empty(), "the cue begins too late");
}

#[test]
fn scope_except_and_reset() {
    let context = |scope, except: &[&str], reset: &[&str]| Context {
        kind: ContextKind::Past,
        before: vec!["去年".into()],
        after: vec!["灭了".into()],
        reach: 10,
        scope,
        except: except.iter().map(|w| (*w).to_owned()).collect(),
        reset: reset.iter().map(|w| (*w).to_owned()).collect(),
    };
    let mut fire = rule(&["着火"]);
    fire.unless = vec![ContextKind::Past];
    let check = |context: Context, text: &str, cancelled: bool| {
        let matcher = CueMatcher::new(std::slice::from_ref(&fire), &[context]);
        let found = matcher.find(Field::Text, &Normalized::of(text));
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].cancelled.is_some(), cancelled, "{text}");
    };
    check(context(Scope::Clause, &[], &[]), "去年着火", true);
    check(context(Scope::Clause, &[], &[]), "去年修过,着火", false);
    check(context(Scope::Sentence, &[], &[]), "去年修过,着火", true);
    check(context(Scope::Sentence, &[], &[]), "去年修过。着火", false);
    check(context(Scope::Text, &[], &[]), "着火!灭了", true);
    check(context(Scope::Clause, &[], &[]), "去年一二三四五六七八九十一着火", false);
    check(context(Scope::Clause, &["去年底"], &[]), "去年底着火", false);
    check(context(Scope::Clause, &[], &["今天"]), "去年修过今天着火", false);
}

#[test]
fn a_title_follows_its_text() {
    let cancelled = |title: &str, text: &str| -> Vec<Option<ContextKind>> {
        let rule = PACK.rules.iter().position(|r| r.id == "gas.leak").unwrap();
        let found = hits(title, text);
        found.iter().filter(|h| h.rule == rule).map(|h| h.cancelled).collect()
    };
    let over = cancelled("小区燃气泄漏", "楼下燃气泄漏,师傅来关了阀,没事了");
    assert_eq!(over, [Some(ContextKind::Past), Some(ContextKind::Past)]);
    assert_eq!(cancelled("小区燃气泄漏", "请快派人来"), [None]);
    assert_eq!(cancelled("小区燃气泄漏", "现在燃气泄漏,很冲"), [None, None]);
}

#[test]
fn spans_are_those_of_the_original() {
    let text = "☎ １０點，樓下 着　火 了，快來人！";
    let original = "樓下電動車著火了，快來救人";
    for (text, wanted) in [(original, "著火了"), (text, "")] {
        for hit in hits("", text).iter().filter(|h| PACK.rules[h.rule].id == "fire.open") {
            assert_eq!(hit.at.span.slice(text), wanted);
        }
    }
    assert_eq!(floor(&hits("", original)).0, Urgency::U1, "{:?}", told(&hits("", original)));
}

#[test]
fn a_million_cues_are_cheap_and_bounded() {
    // Were the cost quadratic, this would not end within the test's patience.
    let found = hits("", &"着火了快来".repeat(100_000));
    assert!(!found.is_empty() && found.len() <= 64 * PACK.rules.len());
    assert!(hits("", &"3".repeat(1_000_000)).is_empty());
}

proptest! {
    /// Any text, strewn with the pack's own words: no panic, and spans inside the original.
    #[test]
    fn any_text_is_read(parts in proptest::collection::vec(prop_oneof![
        "\\PC{0,6}",
        any::<String>(),
        (0usize..10_000).prop_map(|n| {
            let rule = &PACK.rules[n % PACK.rules.len()];
            rule.any[n % rule.any.len()].clone()
        }),
        (0usize..10_000).prop_map(|n| {
            let context = &PACK.contexts[n % PACK.contexts.len()];
            let words: Vec<&String> = context.before.iter().chain(&context.after).collect();
            words[n % words.len()].clone()
        }),
    ], 0..12)) {
        let text = parts.concat();
        let chars = text.chars().count();
        let found = hits(&text, &text);
        let mut last = (Field::Title, 0);
        for hit in found {
            prop_assert!(hit.at.span.start < hit.at.span.end && hit.at.span.end <= chars);
            prop_assert!((hit.field, hit.at.span.start) >= last, "hits stand in text order");
            last = (hit.field, hit.at.span.start);
        }
    }
}
