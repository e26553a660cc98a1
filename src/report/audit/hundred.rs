//! Shares that the text gives without counts: do they come to a whole?

use super::{
    Check, Kind, Reader, Verdict,
    named::{Of, of, own_label},
    quantity::{Quantity, Unit},
    role::Role,
    say,
};

/// Shares of one list that come to more than a whole.
pub(super) fn check(reader: &Reader<'_>, checks: &mut Vec<Check>) {
    for sentence in &reader.outline.sentences {
        let shares: Vec<usize> = sentence
            .inside
            .clone()
            .filter(|k| {
                let q = &reader.all[*k];
                q.role == Role::Share
                    && q.depth == 0
                    && q.measure == "%"
                    && !q.piece.contains("合计")
                    && !q.piece.contains("共")
            })
            .collect();
        let alike = shares.iter().all(|k| matches!(of(&reader.all[*k]), Of::Unnamed));
        if shares.len() < 3 || !alike || !shares.iter().all(|k| !own_label(&reader.all[*k]).is_empty()) {
            continue;
        }
        let (Some(&first), Some(&last)) = (shares.first(), shares.last()) else { continue };
        let lo: f64 = shares.iter().map(|k| reader.all[*k].lo).sum();
        let value: f64 = shares.iter().map(|k| reader.all[*k].value).sum();
        let hi: f64 = shares.iter().map(|k| reader.all[*k].hi).sum();
        let mut check = reader.made(Kind::Sum, reader.all[first].start, reader.all[last].end, reader.written(last));
        let terms: Vec<String> = shares.iter().map(|k| reader.written(*k)).collect();
        check.arithmetic = format!("{} = {}%", terms.join(" + "), say::number(value, reader.all[first].decimals));
        if lo > 100.0 + 1e-9 {
            check.verdict = Verdict::Disagrees;
            check.expected = Some("100%".into());
            check.reason = "各项占比之和大于 100%".into();
        } else if hi >= 100.0 {
            check.verdict = Verdict::Agrees;
            check.expected = Some("100%".into());
        } else {
            continue;
        }
        checks.push(check);
    }
}

/// A share whose part the text does not give.
pub(super) fn without_part(reader: &Reader<'_>, i: usize) -> Option<Check> {
    let share = reader.all.get(i)?;
    let mut check = reader.made(Kind::Share, share.start, share.end, reader.written(i));
    if share.lo > 100.0 {
        check.verdict = Verdict::Disagrees;
        check.reason = "占比大于 100%".into();
    } else if let Some(added) = added(reader, i) {
        return Some(added);
    } else {
        check.reason = "文中没有与此占比对应的件数".into();
    }
    Some(check)
}

/// 噪声占20.1%,物业占15.2%,两类合计占35.3%: shares that add up what stands before them.
fn added(reader: &Reader<'_>, i: usize) -> Option<Check> {
    let share = reader.all.get(i)?;
    if !["合计", "共占", "总计", "累计", "合占", "之和"].iter().any(|w| share.piece.contains(w)) {
        return None;
    }
    let wanted = super::parts::wanted(&share.piece);
    let mut items: Vec<usize> = (reader.sentence(i).start..i)
        .filter(|k| {
            let q = &reader.all[*k];
            q.unit == Unit::Percent && q.role == Role::Share && q.depth == share.depth
        })
        .collect();
    if let Some(n) = wanted.filter(|n| items.len() > *n) {
        items = items.split_off(items.len() - n);
    }
    let (first, last) = (*items.first()?, *items.last()?);
    if items.len() < 2 || wanted.is_some_and(|n| n != items.len()) {
        return None;
    }
    let sum = |of: fn(&Quantity) -> f64| items.iter().map(|k| of(&reader.all[*k])).sum::<f64>();
    let (lo, value, hi) = (sum(|q| q.lo), sum(|q| q.value), sum(|q| q.hi));
    let (start, end) = (reader.all[first].start, share.end);
    let mut check = reader.made(Kind::Sum, start, end, reader.written(i));
    let terms: Vec<String> = items.iter().map(|k| reader.written(*k)).collect();
    let decimals = items.iter().map(|k| reader.all[*k].decimals).max().unwrap_or(reader.all[last].decimals);
    check.arithmetic = format!("{} = {}%", terms.join(" + "), say::number(value, decimals));
    check.expected = Some(format!("{}%", say::number(value, decimals.min(share.decimals.max(1)))));
    let printed = (value - share.value).abs() <= 0.5 * 10f64.powi(-(share.decimals as i32)) + 1e-9;
    if printed {
        check.verdict = Verdict::Agrees;
    } else if lo <= share.hi + 1e-9 && hi >= share.lo - 1e-9 {
        check.reason = "与印出的各项占比之和不同,但若由未舍入的数相加则可能相符".into();
    } else {
        check.verdict = Verdict::Disagrees;
        check.reason = format!("各项占比之和为 {}%", say::number(value, decimals));
    }
    Some(check)
}
