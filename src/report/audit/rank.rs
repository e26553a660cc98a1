//! Orders: lists that say that they descend, and what is called the largest.

use super::{
    Check, Kind, Reader, Verdict,
    parts::{Group, label},
    quantity::Unit,
    role::Role,
    say,
    total::Wholes,
};

/// Words that open a descending list.
const DOWN: &[&str] = &[
    "前三",
    "前五",
    "前四",
    "前六",
    "前十",
    "前八",
    "前两",
    "前2",
    "前3",
    "前4",
    "前5",
    "前6",
    "前8",
    "前10",
    "前列",
    "由高到低",
    "从高到低",
    "由多到少",
    "从多到少",
    "排名靠前",
    "依次",
];
/// Words that open an ascending one.
const UP: &[&str] = &["由低到高", "从低到高", "由少到多", "从少到多"];
/// Words that call one the largest.
const TOP: &[&str] = &["最多", "居首", "首位", "第一", "最高", "最大", "榜首"];
/// Words that call one the smallest.
const LOW: &[&str] = &["最少", "最低", "最小"];

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|w| text.contains(w))
}

pub(super) fn check(reader: &Reader<'_>, groups: &[Group], wholes: &Wholes, checks: &mut Vec<Check>) {
    for sentence in &reader.outline.sentences {
        let inside = sentence.inside.clone();
        order(reader, inside.clone(), checks);
        extreme(reader, groups, wholes, inside, checks);
    }
}

/// The values that a list ranks: its counts, or its percentages if it has no counts.
fn ranked(reader: &Reader<'_>, inside: std::ops::Range<usize>, from: usize) -> Vec<usize> {
    let all = reader.all;
    let counts: Vec<usize> = (from..inside.end)
        .filter(|k| {
            all[*k].is_count() && matches!(all[*k].role, Role::Plain | Role::Total) && !all[*k].piece.ends_with("的")
        })
        .collect();
    let base = if counts.len() >= 2 {
        counts
    } else {
        (from..inside.end)
            .filter(|k| all[*k].unit == Unit::Percent && !matches!(all[*k].role, Role::Change(..) | Role::Base(_)))
            .collect()
    };
    let Some(first) = base.first().map(|k| all[*k].clone()) else { return base };
    base.into_iter().filter(|k| all[*k].unit == first.unit && all[*k].depth == first.depth).collect()
}

fn order(reader: &Reader<'_>, inside: std::ops::Range<usize>, checks: &mut Vec<Check>) {
    let all = reader.all;
    let opens = |k: &usize, words: &[&str]| has(&all[*k].lead, words);
    let Some(from) = inside.clone().find(|k| opens(k, DOWN) || opens(k, UP)) else { return };
    let up = opens(&from, UP);
    let wanted = all[from].lead.chars().skip_while(|c| *c != '前').nth(1).and_then(|c| {
        "一二三四五六七八九十"
            .chars()
            .position(|d| d == c)
            .map(|n| n + 1)
            .or_else(|| c.to_digit(10).map(|d| d as usize))
    });
    // 后三位 and 增幅前三 order something else than the counts.
    if has(&all[from].lead, &["增幅", "降幅", "增速", "涨幅", "后三", "后五", "环比", "同比"]) {
        return;
    }
    let mut items = ranked(reader, inside, from);
    // An order by a rate says nothing about counts.
    if all[from].lead.contains('率') && items.first().is_some_and(|k| all[*k].is_count()) {
        return;
    }
    if let Some(n) = wanted.filter(|n| *n > 1 && has(&all[from].lead, &["前"])) {
        items.truncate(n);
    }
    if items.len() < 2 {
        return;
    }
    let wrong = items.windows(2).find(|w| {
        let (a, b) = (&all[w[0]], &all[w[1]]);
        if up { a.lo > b.hi } else { a.hi < b.lo }
    });
    let (first, last) = (items[0], items[items.len() - 1]);
    let terms: Vec<String> = items.iter().map(|k| reader.written(*k)).collect();
    let start = all[from].start - all[from].lead.chars().count().min(all[from].start);
    let start = if start < all[first].start { start + blank(reader, start) } else { all[first].start };
    let mut check = reader.made(Kind::Rank, start, all[last].end, terms.join("、"));
    check.arithmetic = terms.join(" → ");
    match wrong {
        None => check.verdict = Verdict::Agrees,
        Some(w) => {
            check.verdict = Verdict::Disagrees;
            let mut sorted = items.clone();
            sorted.sort_by(|a, b| all[*b].value.total_cmp(&all[*a].value));
            if up {
                sorted.reverse();
            }
            check.expected = Some(sorted.iter().map(|k| reader.written(*k)).collect::<Vec<_>>().join("、"));
            let more = if up { "小" } else { "大" };
            check.reason = format!("“{}”比排在前面的“{}”{more}", reader.written(w[1]), reader.written(w[0]));
        }
    }
    checks.push(check);
}

/// Blanks and marks at a place.
fn blank(reader: &Reader<'_>, at: usize) -> usize {
    (at..at + 8).take_while(|k| matches!(reader.page.at(*k), ' ' | ',' | ';' | '、' | '\t' | ')' | '(')).count()
}

fn extreme(
    reader: &Reader<'_>,
    groups: &[Group],
    wholes: &Wholes,
    inside: std::ops::Range<usize>,
    checks: &mut Vec<Check>,
) {
    let all = reader.all;
    for i in inside.clone() {
        let q = &all[i];
        if !q.is_count() || !matches!(q.role, Role::Plain | Role::Total | Role::Sum) {
            continue;
        }
        let said = format!("{}{}", tail(&q.lead), behind(reader, i));
        let (top, low) = (has(&said, TOP), has(&said, LOW));
        if top == low || has(&said, &["同比", "环比", "增", "降", "率", "第一时间", "第一季", "最高人民"])
        {
            continue;
        }
        // Only its equals may be compared: items of one list, or counts that the same marks part.
        let group = wholes.group.get(&i).and_then(|g| groups.get(*g));
        let equals: Vec<usize> = match group {
            Some(group) => group.items.clone(),
            None => (i..inside.end.min(i + 12))
                .filter(|k| {
                    all[*k].alike(q)
                        && all[*k].depth == q.depth
                        && (*k == i || matches!(all[*k].role, Role::Plain | Role::Total | Role::Sum))
                        && (*k == i || !all[*k].lead.contains("其中"))
                        && (*k == i
                            || has(&all[*k].lead, &["其次", "再次", "然后", "最少", "第二", "第三"])
                            || all[*k].mark != ' ')
                })
                .collect(),
        };
        let rival = equals.iter().copied().filter(|k| *k != i).find(|k| {
            let other = &all[*k];
            (top && other.lo > q.hi) || (low && other.hi < q.lo)
        });
        if equals.len() < 2 {
            continue;
        }
        let from = q.start - q.piece.chars().count().min(q.start);
        let mut check = reader.made(Kind::Rank, from.max(q.start.saturating_sub(16)), q.end, reader.written(i));
        check.arithmetic = equals.iter().map(|k| reader.written(*k)).collect::<Vec<_>>().join("、");
        match rival {
            None => check.verdict = Verdict::Agrees,
            // Counts that no list ties together may be of different things.
            Some(k)
                if group.is_none()
                    && !has(
                        &format!("{}{}", all[k].lead, behind(reader, k)),
                        &["其次", "再次", "第二", "第三", "最少", "位居"],
                    ) =>
            {
                check.reason = format!(
                    "“{}{}”更{},但未必与它并列",
                    label(&all[k]),
                    reader.written(k),
                    if top { "多" } else { "少" }
                );
            }
            Some(k) => {
                check.verdict = Verdict::Disagrees;
                check.expected = Some(say::like(all[k].value, &all[k]));
                check.reason = format!("“{}{}”更{}", label(&all[k]), reader.written(k), if top { "多" } else { "少" });
            }
        }
        checks.push(check);
    }
}

/// The words behind a number, with a clause that only tells its place: 1200件,排名第一.
fn behind(reader: &Reader<'_>, i: usize) -> String {
    let q = &reader.all[i];
    let at = q.end + q.trail.chars().count();
    let next = reader.page.text(at, at + 9);
    let place = next.strip_prefix(',').filter(|w| ["排", "位", "居", "列", "为最"].iter().any(|p| w.starts_with(p)));
    let place = place.and_then(|w| w.split([',', ';', '、', '。']).next()).unwrap_or_default();
    format!("{}{place}", q.trail)
}

/// The last words before a number.
fn tail(lead: &str) -> String {
    let all: Vec<char> = lead.chars().collect();
    all[all.len().saturating_sub(22)..].iter().collect()
}
