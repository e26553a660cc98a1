//! Chains: 分别为120件、135件、148件. What each member is compared with, and whether the row runs as the text says.

use super::{
    Check, Kind, Reader, Verdict,
    quantity::Unit,
    role::{Period, Role, period, respective},
};

/// Fewest numbers that make a row.
const LEAST: usize = 3;

/// The two figures that member `place` of a chain of changes is of: 分别为99.5%、92.1%,上月分别为99.3%、91.0%,
/// 分别提升0.2、1.1个百分点. The rows before it must be two of its length, one of them of an earlier period.
pub(super) fn ends(
    reader: &Reader<'_>,
    place: usize,
    first: usize,
    length: usize,
    of: fn(Unit) -> bool,
) -> Option<(usize, usize)> {
    let inside = reader.sentence(first);
    let (mut now, mut base) = (None, None);
    let mut k = inside.start;
    while k < first {
        let row = respective(reader.all, inside.clone(), k).filter(|(at, ..)| *at == 0);
        let Some((_, start, known)) = row else {
            k += 1;
            continue;
        };
        let head = &reader.all[start];
        if known == length && of(head.unit) && !matches!(head.role, Role::Change(..) | Role::Delta(..)) {
            // 上月分别为 tells of before; 分别为 behind it of now.
            let slot = if period(&head.piece) == Period::Open { &mut now } else { &mut base };
            if slot.replace(start).is_some() {
                return None;
            }
        }
        k = start + known;
    }
    Some((now? + place, base? + place))
}

/// What a clause says of the row before it.
struct Run {
    /// Every number is greater than the one before it; less, if false.
    rises: bool,
    /// So many of the last numbers are meant at least; all if none is told.
    last: Option<usize>,
    /// Characters of the clause.
    length: usize,
}

const UP: &[&str] = &["上升", "增加", "增长", "攀升", "上涨", "提升", "提高", "走高", "递增", "上扬"];
const DOWN: &[&str] = &["下降", "减少", "回落", "降低", "走低", "递减", "下滑"];

/// 逐周上升, 连续三周下降, 持续增长: nothing is said of a row by 总体上升.
fn run(clause: &str) -> Option<Run> {
    let clause = clause.trim_start_matches([',', ' ']).trim_start_matches("呈").trim_start_matches("已");
    let mut rest = clause;
    let mut last = None;
    if let Some(behind) = clause.strip_prefix('逐') {
        rest = behind.strip_prefix(['日', '周', '旬', '月', '季', '年', '天', '步'])?;
    } else if let Some(behind) = clause.strip_prefix("连续") {
        let digit = behind.chars().next()?;
        let number = "一两三四五六七八九十".chars().position(|c| c == digit).map(|n| n + 1);
        let number = number.or_else(|| digit.to_digit(10).map(|n| n as usize));
        last = number;
        rest = if number.is_some() { &behind[digit.len_utf8()..] } else { behind };
        rest = rest.trim_start_matches('个').trim_start_matches(['日', '周', '旬', '月', '季', '年', '天', '度']);
    } else if let Some(behind) = clause.strip_prefix("持续").or_else(|| clause.strip_prefix("依次")) {
        rest = behind;
    }
    if rest.len() == clause.len() {
        return None;
    }
    let rises = match (UP.iter().any(|w| rest.starts_with(w)), DOWN.iter().any(|w| rest.starts_with(w))) {
        (true, false) => true,
        (false, true) => false,
        _ => return None,
    };
    Some(Run { rises, last, length: clause.chars().count() })
}

/// Rows whose text says that they rise or fall throughout.
pub(super) fn check(reader: &Reader<'_>, checks: &mut Vec<Check>) {
    let all = reader.all;
    for sentence in &reader.outline.sentences {
        let mut k = sentence.inside.start;
        while k < sentence.inside.end {
            let row = respective(all, sentence.inside.clone(), k).filter(|(at, ..)| *at == 0);
            let Some((_, first, length)) = row else {
                k += 1;
                continue;
            };
            k = first + length;
            checks.extend(monotonic(reader, first, length, sentence.end));
        }
    }
}

/// Does a row run as the clause behind it says?
fn monotonic(reader: &Reader<'_>, first: usize, length: usize, stop: usize) -> Option<Check> {
    let all = reader.all;
    let row = all.get(first..first + length).filter(|row| row.len() >= LEAST)?;
    let end = row.last()?.end;
    let clause = reader.page.text(end, stop.min(end + 16));
    let clause = clause.trim_start_matches([',', ' ']).split([',', ';', '(', ':']).next()?;
    let skipped = reader.page.text(end, stop).chars().take_while(|c| matches!(c, ',' | ' ')).count();
    let said = run(clause)?;
    // 10月、9月、8月分别为…: the row is told backwards.
    let months: Vec<u32> = row[0]
        .lead
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|n| n.parse().ok().filter(|m| (1..=12).contains(m)))
        .collect();
    let backwards = months.len() == length && months.windows(2).all(|w| w[0] == w[1] + 1 || (w[0] == 1 && w[1] == 12));
    let mut order: Vec<usize> = (first..first + length).collect();
    if backwards {
        order.reverse();
    }
    let meant = said.last.map_or(0, |n| length.saturating_sub(n));
    let order = order.get(meant..).filter(|order| order.len() >= 2)?;
    let wrong = order.windows(2).find(|w| {
        let (a, b) = (&all[w[0]], &all[w[1]]);
        if said.rises { a.lo >= b.hi } else { a.hi <= b.lo }
    });
    let close = end + skipped + said.length;
    let mut check = reader.made(Kind::Change, row[0].start, close, clause.trim().to_owned());
    check.arithmetic = order.iter().map(|k| reader.written(*k)).collect::<Vec<_>>().join(" → ");
    match wrong {
        None => check.verdict = Verdict::Agrees,
        Some(w) => {
            check.verdict = Verdict::Disagrees;
            let word = if said.rises { "大" } else { "小" };
            check.reason = format!("“{}”并不比前一个数“{}”{word}", reader.written(w[1]), reader.written(w[0]));
        }
    }
    Some(check)
}
