//! Rates: 有效回访3500件,满意3262件,满意率93.20%. What a name such as 满意率 divides.

use super::{Check, Kind, Reader, Verdict, parts::label, quantity::Unit, role::Role, say};

/// A rate by its name: what it counts, what must not be counted, what it is of.
struct Known {
    name: &'static [&'static str],
    part: &'static [&'static str],
    not: &'static [&'static str],
    of: &'static [&'static str],
}

/// First fit wins: the longer names stand first.
const RATES: &[Known] = &[
    Known { name: &["不满意"], part: &["不满意"], not: &[], of: &["回访", "评价", "测评"] },
    Known { name: &["满意"], part: &["满意"], not: &["不满意"], of: &["回访", "评价", "测评"] },
    Known {
        name: &["按时办结", "按期办结", "及时办结", "限时办结", "按时结案"],
        part: &["按时", "按期", "及时", "限期内", "限时"],
        not: &["应办"],
        of: &["应办结", "办结", "派单", "转办", "交办"],
    },
    Known {
        name: &["直接答复", "直接解答", "在线解答", "在线答复", "直接办结", "即时办结", "当场办结", "直办", "直接解决"],
        part: &["直接", "在线", "即时", "当场", "直办"],
        not: &[],
        of: &["受理", "收到", "接到", "接听", "来电", "接收", "诉求"],
    },
    Known {
        name: &["办结", "结案"],
        part: &["办结", "结案"],
        not: &["应办", "按时", "未办结"],
        of: &["应办结", "派单", "转办", "转派", "交办", "派发", "受理", "工单"],
    },
    Known {
        name: &["解决"], part: &["解决"], not: &["未解决"], of: &["回访", "办结", "派单", "转办", "转派", "评价"]
    },
    Known {
        name: &["接通"], part: &["接通", "接听"], not: &["未接通"], of: &["来电", "呼入", "呼叫", "进线"]
    },
    Known {
        name: &["响应", "联系"], part: &["响应", "联系"], not: &["未联系"], of: &["回访", "派单", "工单"]
    },
    Known {
        name: &["退单", "退回"],
        part: &["退单", "退回"],
        not: &[],
        of: &["派单", "派发", "转办", "转派", "交办", "签收"],
    },
    Known {
        name: &["超期", "逾期", "超时"],
        part: &["超期", "逾期", "超时"],
        not: &["未超"],
        of: &["应办结", "派单", "派发", "转办", "办结"],
    },
    Known { name: &["签收"], part: &["签收"], not: &["未签收"], of: &["派单", "转办", "派发", "交办"] },
    Known { name: &["回访"], part: &["回访"], not: &[], of: &["办结", "派单", "转办", "应回访"] },
    Known {
        name: &["回复", "答复"], part: &["回复", "答复"], not: &[], of: &["派单", "转办", "受理", "收到"]
    },
];

/// Quantities before a rate that its parts may be among.
const FAR: usize = 14;

pub(super) fn check(reader: &Reader<'_>, checks: &mut Vec<Check>) {
    for i in 0..reader.all.len() {
        let q = &reader.all[i];
        let Role::Rate(name) = &q.role else { continue };
        if q.unit == Unit::Percent {
            checks.push(rate(reader, i, name));
        }
    }
}

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|w| text.contains(w))
}

/// 56件全部办结,办结率100%.
fn all_of(reader: &Reader<'_>, i: usize, name: &str, check: &Check) -> Option<Check> {
    let (all, q) = (reader.all, &reader.all[i]);
    let whole = i.checked_sub(1).map(|k| &all[k]).filter(|w| w.is_count() && w.sentence == q.sentence)?;
    let stem: String = name.chars().rev().take(2).collect::<Vec<_>>().into_iter().rev().collect();
    let every = ["全部", "均", "已全部", "均已", "都已"].iter().any(|w| whole.trail.starts_with(w));
    if !every || !whole.trail.contains(&stem) {
        return None;
    }
    let right = q.lo <= 100.0 && q.hi >= 100.0;
    Some(Check {
        verdict: if right { Verdict::Agrees } else { Verdict::Disagrees },
        expected: Some("100%".into()),
        denominator: Some(format!("{}{}", label(whole), reader.written(i - 1))),
        arithmetic: format!("{}{}", reader.written(i - 1), whole.trail),
        reason: if right { String::new() } else { "应为 100%".into() },
        ..check.clone()
    })
}

fn rate(reader: &Reader<'_>, i: usize, name: &str) -> Check {
    let all = reader.all;
    let q = &all[i];
    let start = q.start - (q.piece.chars().count()).min(name.chars().count() + 4).min(q.start);
    let mut check = reader.made(Kind::Rate, start, q.end, reader.written(i));
    if q.lo > 100.0 {
        check.verdict = Verdict::Disagrees;
        check.reason = "比率大于 100%".into();
        return check;
    }
    // 办结12.6万件,办结率96.9%,累计受理13.0万件: the whole may stand behind.
    let behind = (i + 1..reader.sentence(i).end).take(2).filter(|k| all[*k].role == Role::Total);
    let before: Vec<usize> = (i.saturating_sub(FAR)..i)
        .rev()
        .chain(behind)
        .filter(|k| {
            all[*k].paragraph == q.paragraph
                && all[*k].is_count()
                && matches!(all[*k].role, Role::Plain | Role::Total | Role::Sum | Role::Rest)
        })
        .collect();
    if let Some(check) = all_of(reader, i, name, &check) {
        return check;
    }
    let known = RATES.iter().find(|r| has(name, r.name));
    let stem: String = name.chars().rev().take(2).collect::<Vec<_>>().into_iter().rev().collect();
    let named = |k: &usize| label(&all[*k]);
    // What stands behind is a whole, never a part: 办结率100%;其中24小时内办结49件.
    let part = before.iter().copied().filter(|k| *k < i).find(|k| match known {
        Some(r) => has(&named(k), r.part) && !has(&named(k), r.not),
        None => named(k).contains(&stem),
    });
    let Some(part) = part else {
        check.reason = format!("文中没有“{name}率”的分子");
        return check;
    };
    let whole: Vec<usize> = before
        .iter()
        .copied()
        .filter(|k| *k != part && all[*k].hi >= all[part].lo && all[*k].lo > 0.0 && all[*k].alike(&all[part]))
        .collect();
    let of = |k: &usize| {
        known.is_some_and(|r| has(&named(k), r.of) && (r.name.contains(&"满意") || !has(&named(k), &r.part[..1])))
    };
    // Formulas: the part alone, or with 基本满意 whole or weighed as 0.9.
    let mut parts = vec![(all[part].lo, all[part].hi, all[part].value, say::count(all[part].value))];
    if known.is_some_and(|r| r.name.contains(&"满意")) {
        let base = before.iter().copied().find(|k| named(k).contains("基本满意"));
        let pure = before
            .iter()
            .copied()
            .find(|k| named(k).contains("满意") && !named(k).contains("基本") && !named(k).contains('不'));
        if let (Some(base), Some(pure)) = (base, pure) {
            parts = [1.0, 0.9]
                .iter()
                .map(|w| {
                    let value = all[pure].value + w * all[base].value;
                    let weight = if *w < 1.0 { "0.9 × " } else { "" };
                    (
                        value,
                        value,
                        value,
                        format!("({} + {weight}{})", say::count(all[pure].value), say::count(all[base].value)),
                    )
                })
                .chain([(all[pure].lo, all[pure].hi, all[pure].value, say::count(all[pure].value))])
                .collect();
        }
    }
    let line = |p: &(f64, f64, f64, String), k: usize| {
        format!("{} ÷ {} = {}", p.3, say::count(all[k].value), say::fine(p.2 / all[k].value * 100.0, q))
    };
    let fits = |p: &(f64, f64, f64, String), k: usize| {
        p.0 / all[k].hi * 100.0 <= q.hi + 1e-9 && p.1 / all[k].lo * 100.0 >= q.lo - 1e-9
    };
    let told = |k: usize| format!("{}{}", named(&k), reader.written(k));
    let ordered: Vec<usize> =
        whole.iter().copied().filter(of).chain(whole.iter().copied().filter(|k| !of(k))).collect();
    for k in &ordered {
        if let Some(p) = parts.iter().find(|p| fits(p, *k)) {
            let value = p.2 / all[*k].value * 100.0;
            let exact = value >= q.lo - 1e-9 && value <= q.hi + 1e-9;
            check.verdict = if exact { Verdict::Agrees } else { Verdict::Unknown };
            if !exact {
                check.reason = "按印出的约数计算不符,但在其舍入范围内可能相符".into();
            }
            check.denominator = Some(told(*k));
            check.arithmetic = line(p, *k);
            check.expected = Some(say::percent(p.2 / all[*k].value * 100.0, q));
            return check;
        }
    }
    let Some(&first) = ordered.first() else {
        check.reason = format!("文中没有“{name}率”的分母");
        return check;
    };
    check.denominator = Some(told(first));
    check.arithmetic =
        ordered.iter().flat_map(|k| parts.iter().map(move |p| line(p, *k))).take(6).collect::<Vec<_>>().join(";");
    if of(&first) || (ordered.len() == 1 && known.is_none() && all[first].sentence == q.sentence) {
        let value = parts[0].2 / all[first].value * 100.0;
        check.verdict = Verdict::Disagrees;
        check.expected = Some(say::percent(value, q));
        check.reason = format!("应为 {}", say::percent(value, q));
    } else {
        check.reason = format!("“{name}率”所指的分母不明");
    }
    check
}
