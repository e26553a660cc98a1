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
/// Words that open the bottom of an order: told from above or from below.
const LAST: &[&str] = &["后三", "后五", "后四", "后两", "后十", "后3", "后5", "后10", "末三", "末五", "末位", "倒数"];
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
        let placed = places(reader, inside.clone(), checks);
        extreme(reader, groups, wholes, (inside, &placed), checks);
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

/// Which way a list runs.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Down,
    Up,
    /// Either, as long as it is one of them.
    Steady,
}

/// The way that the words before a list say.
fn way(lead: &str) -> Option<Way> {
    if has(lead, UP) {
        Some(Way::Up)
    } else if has(lead, LAST) {
        Some(Way::Steady)
    } else {
        has(lead, DOWN).then_some(Way::Down)
    }
}

/// How many a list says that it names: 前三位, 后5名.
fn wanted(lead: &str) -> Option<usize> {
    let cut = lead.rfind(['前', '后', '末'])?;
    let c = lead[cut..].chars().nth(1)?;
    let word = "一二三四五六七八九十".chars().position(|d| d == c).map(|n| n + 1);
    word.or_else(|| c.to_digit(10).map(|d| d as usize)).filter(|n| *n > 1)
}

fn order(reader: &Reader<'_>, inside: std::ops::Range<usize>, checks: &mut Vec<Check>) {
    let opens: Vec<usize> = inside.clone().filter(|k| way(&reader.all[*k].lead).is_some()).collect();
    let ends = opens.iter().skip(1).copied().chain([inside.end]);
    for (from, to) in opens.iter().copied().zip(ends) {
        checks.extend(listed(reader, from, from..to));
    }
}

/// The list that the words before quantity `from` open.
fn listed(reader: &Reader<'_>, from: usize, inside: std::ops::Range<usize>) -> Option<Check> {
    let all = reader.all;
    let lead = all[from].lead.as_str();
    let way = way(lead)?;
    // 增幅前三 orders something else than the counts.
    if has(lead, &["增幅", "降幅", "增速", "涨幅", "环比", "同比"]) {
        return None;
    }
    let mut items = ranked(reader, inside, from);
    // An order by a rate says nothing about counts.
    if lead.contains('率') && items.first().is_some_and(|k| all[*k].is_count()) {
        return None;
    }
    if let Some(n) = wanted(lead) {
        items.truncate(n);
    }
    if items.len() < 2 {
        return None;
    }
    let breaks = |up: bool| {
        items.windows(2).find(move |w| {
            let (a, b) = (&all[w[0]], &all[w[1]]);
            if up { a.lo > b.hi } else { a.hi < b.lo }
        })
    };
    // 后三位 may begin with the best of them or with the worst.
    let up = way == Way::Up || way == Way::Steady && all[items[0]].value < items.last().map_or(0.0, |k| all[*k].value);
    let wrong = breaks(up);
    let (first, last) = (items[0], items[items.len() - 1]);
    let terms: Vec<String> = items.iter().map(|k| reader.written(*k)).collect();
    let start = all[from].start - lead.chars().count().min(all[from].start);
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
    Some(check)
}

/// The place that the words around a count give it: 最多, 第二, 次之, 居第三位.
fn place(reader: &Reader<'_>, i: usize) -> Option<usize> {
    let said = format!("{}{}", said_of(reader, i), behind(reader, i));
    let words: [(&[&str], usize); 5] = [
        (
            &[
                "最多",
                "最集中",
                "最突出",
                "居首",
                "首位",
                "榜首",
                "占比最高",
                "量最大",
                "第一位",
                "第一名",
                "第一的",
                "第一为",
            ],
            1,
        ),
        (&["其次", "次之", "第二位", "第二名", "居第二", "列第二", "排第二", "第二的", "第二为", "第二是"], 2),
        (&["再次", "第三位", "第三名", "居第三", "列第三", "排第三", "第三的", "第三为", "第三是"], 3),
        (&["第四位", "第四名", "居第四", "列第四", "排第四", "第四的", "第四为", "第四是"], 4),
        (&["第五位", "第五名", "居第五", "列第五", "排第五", "第五的", "第五为", "第五是"], 5),
    ];
    let mut found = words.iter().filter(|(words, _)| has(&said, words)).map(|(_, n)| *n);
    found.next().filter(|_| found.next().is_none() && !has(&said, &["同比", "环比", "增", "降"]))
}

/// 甲最多,406件;乙次之,504件: each place holds no more than the one before it. The counts that were compared.
fn places(reader: &Reader<'_>, inside: std::ops::Range<usize>, checks: &mut Vec<Check>) -> Vec<usize> {
    let all = reader.all;
    let counted =
        |k: &usize| all[*k].is_count() && matches!(all[*k].role, Role::Plain | Role::Total | Role::Sum | Role::Rest);
    let placed: Vec<(usize, usize)> = inside.filter(counted).filter_map(|k| Some((k, place(reader, k)?))).collect();
    let mut known = Vec::new();
    for pair in placed.windows(2) {
        let [(a, first), (b, second)] = pair else { continue };
        if *second != first + 1 || !all[*a].alike(&all[*b]) || all[*a].measure != all[*b].measure {
            continue;
        }
        let from = all[*a].start - all[*a].piece.chars().count().min(all[*a].start);
        let mut check = reader.made(Kind::Rank, from, all[*b].end, reader.written(*b));
        check.arithmetic = format!("{} → {}", reader.written(*a), reader.written(*b));
        if all[*a].hi >= all[*b].lo {
            check.verdict = Verdict::Agrees;
        } else {
            check.verdict = Verdict::Disagrees;
            check.expected = Some(format!("不多于{}", reader.written(*a)));
            check.reason =
                format!("排在第{second}的“{}”比排在第{first}的“{}”大", reader.written(*b), reader.written(*a));
        }
        checks.push(check);
        known.extend([*a, *b]);
    }
    known
}

/// Blanks and marks at a place.
fn blank(reader: &Reader<'_>, at: usize) -> usize {
    (at..at + 8).take_while(|k| matches!(reader.page.at(*k), ' ' | ',' | ';' | '、' | '\t' | ')' | '(')).count()
}

fn extreme(
    reader: &Reader<'_>,
    groups: &[Group],
    wholes: &Wholes,
    (inside, placed): (std::ops::Range<usize>, &[usize]),
    checks: &mut Vec<Check>,
) {
    let all = reader.all;
    for i in inside.clone() {
        let q = &all[i];
        if placed.contains(&i) || !q.is_count() || !matches!(q.role, Role::Plain | Role::Total | Role::Sum) {
            continue;
        }
        let said = format!("{}{}", said_of(reader, i), behind(reader, i));
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
                    && !(dated(&q.lead).is_some() && dated(&q.lead) == dated(&all[k].lead))
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

/// The words behind a number, with a clause that only tells its place: 1200件,排名第一; 6.04万件,为上半年最高.
fn behind(reader: &Reader<'_>, i: usize) -> String {
    let q = &reader.all[i];
    let at = q.end + q.trail.chars().count();
    let next = reader.page.text(at, at + 14);
    let place = next.strip_prefix([',', ')']).map(|w| w.trim_start_matches(','));
    let place = place.and_then(|w| w.split([',', ';', '、', '。', '(']).next()).filter(|w| tells_place(w));
    format!("{}{}", q.trail, place.unwrap_or_default())
}

/// Does a clause tell the place of the number before it and nothing else?
fn tells_place(clause: &str) -> bool {
    ["排", "位", "居", "列", "为", "是"].iter().any(|w| clause.starts_with(w))
        && !clause.contains(|c: char| c.is_ascii_digit())
        && (has(clause, TOP) || has(clause, LOW) || clause.contains('第'))
}

/// The last words before a number, without a clause that tells the place of the number before that.
fn said_of(reader: &Reader<'_>, i: usize) -> String {
    let q = &reader.all[i];
    let first = reader.sentence(i).start == i;
    let lead = match q.lead.trim_start_matches([')', ',']).split_once([',', ';', '、']) {
        Some((clause, rest)) if !first && tells_place(clause) => rest,
        _ => q.lead.as_str(),
    };
    let all: Vec<char> = lead.chars().collect();
    all[all.len().saturating_sub(22)..].iter().collect()
}

/// The form of a label that begins with a date: two of one form are of one row.
fn dated(lead: &str) -> Option<&'static str> {
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).count();
    let form = |clause: &str| {
        let n = digits(clause);
        let rest = clause.get(n..).filter(|_| (1..=2).contains(&n))?.strip_prefix('月')?;
        let n = digits(rest);
        let day = (1..=2).contains(&n) && rest.get(n..).is_some_and(|r| r.starts_with(['日', '号']));
        Some(if day { "day" } else { "month" })
    };
    lead.rsplit([',', ';', '、', ':', '(']).find_map(form)
}
