//! Shares that the text gives without counts: do they come to a whole?

use super::{
    Check, Kind, Reader, Verdict,
    named::{Of, of, own_label},
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
    } else {
        check.reason = "文中没有与此占比对应的件数".into();
    }
    Some(check)
}
