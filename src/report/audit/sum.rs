//! Does a list add up to its total?

use super::{
    Check, Kind, Reader, Verdict,
    parts::{Group, Whole, label},
    quantity::Quantity,
    say,
};

/// Labels that cut across any list: a matter may be several of these at once.
const ACROSS: &[&str] =
    &["涉企", "重复", "紧急", "疑难", "重点", "超期", "敏感", "涉及", "满意", "催办", "回访", "督办"];

/// Checks every list that has a total.
pub(super) fn check(reader: &Reader<'_>, groups: &[Group], checks: &mut Vec<Check>) {
    for group in groups {
        if let Some(check) = sum(reader, group) {
            checks.push(check);
        }
    }
}

fn sum(reader: &Reader<'_>, group: &Group) -> Option<Check> {
    let parent = group.parent?;
    let total = reader.all.get(parent)?;
    let items: Vec<&Quantity> = group.items.iter().filter_map(|k| reader.all.get(*k)).collect();
    let (first, last) = (items.first()?, items.last()?);
    if items.len() < 2 && !(items.len() == 1 && first.lo > total.hi) {
        return None;
    }
    let (lo, hi) = items.iter().fold((0.0, 0.0), |(lo, hi), q| (lo + q.lo, hi + q.hi));
    let value: f64 = items.iter().map(|q| q.value).sum();
    let (start, end) = (total.start.min(first.start), total.end.max(last.end));
    let mut check = reader.made(Kind::Sum, start, end, reader.written(parent));
    let terms: Vec<String> = items.iter().map(|q| say::count(q.value)).collect();
    check.arithmetic = format!("{} = {}", terms.join(" + "), say::count(value));
    let eps = 1e-6 * total.value.max(1.0);
    let fits = lo <= total.hi + eps && hi >= total.lo - eps;
    let gap = total.value - value;
    if fits {
        check.verdict = Verdict::Agrees;
        check.expected = Some(say::like(value, total));
        return Some(check);
    }
    if group.whole == Whole::Loose {
        return None;
    }
    // 超期工单37件 is no less of a whole for being 超期.
    let own = label(total);
    let across = items.iter().any(|q| ACROSS.iter().any(|w| label(q).contains(w) && !own.contains(w)));
    let least = items.iter().map(|q| q.value).fold(f64::INFINITY, f64::min);
    let over = lo > total.hi;
    let wrong = match group.whole {
        Whole::Said => !across || !over,
        _ if over => !across,
        Whole::Likely => gap < least && gap < total.value * 0.1,
        _ => items.len() >= 3 && gap < least / 2.0 && gap <= total.value * 0.01,
    };
    let word = if gap > 0.0 { "少" } else { "多" };
    if wrong {
        check.verdict = Verdict::Disagrees;
        check.expected = Some(say::like(value, total));
        check.reason = if items.len() == 1 {
            format!("所列 {} 大于其总数 {}", say::like(value, total), say::like(total.value, total))
        } else {
            format!(
                "各项之和 {} 与 {} 不符,{word} {}",
                say::like(value, total),
                say::like(total.value, total),
                say::like(gap.abs(), total)
            )
        };
    } else if over {
        check.reason = format!("各项之和 {} 多于总数,各项可能互有重叠", say::count(value));
    } else {
        check.reason = format!(
            "各项之和 {},比总数少 {};若只列举其中几项则无误,若已列全则不符",
            say::count(value),
            say::count(gap)
        );
    }
    Some(check)
}
