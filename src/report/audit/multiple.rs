//! Multiples: 300件,是上期120件的2.5倍.

use super::{
    Check, Kind, Reader, Verdict, change,
    quantity::{Quantity, Unit},
    role::{self, Period, Role},
    say,
};

/// The words right before a number, also those before the bracket that it stands in: 是去年同期(412件)的2.1倍.
fn clause(base: &Quantity) -> &str {
    match base.lead.strip_suffix('(') {
        Some(outside) if base.piece.is_empty() => outside.rsplit([',', ';']).next().unwrap_or_default(),
        _ => &base.piece,
    }
}

pub(super) fn check(reader: &Reader<'_>, checks: &mut Vec<Check>) {
    let all = reader.all;
    for (i, q) in all.iter().enumerate() {
        if q.unit != Unit::Times || q.role != Role::Plain {
            continue;
        }
        let inside = reader.sentence(i);
        let mut check = reader.made(Kind::Multiple, q.start, q.end, reader.written(i));
        let piece = q.piece.trim_end_matches(['近', '约', '超', '过', '逾']);
        let counted = |k: &usize| all[*k].is_count() && !matches!(all[*k].role, Role::Delta(..) | Role::Average(_));
        let before = i.checked_sub(1).filter(|k| *k >= inside.start && piece.ends_with('的'));
        let now = before.and_then(|base| (inside.start..base).rev().find(counted));
        let pair = now.zip(before).map(|(now, base)| (&all[now], &all[base]));
        let told = pair.filter(|(now, base)| {
            now.is_count()
                && now.alike(base)
                && ["是", "为", "达", "相当于"].iter().any(|w| clause(base).contains(w))
                && base.lo > 0.0
        });
        // 高峰日达4800件,为日均的1.5倍: the base is named, its number stood before.
        let named = || {
            let name = piece.strip_suffix('的')?.trim_start_matches(['约', '是', '为', '达', '相', '当', '于']);
            let now = (inside.start..i).rev().find(|k| all[*k].is_count())?;
            let base = (inside.start..now).rev().find(|k| all[*k].is_count() && all[*k].piece.contains(name))?;
            let fits = name.chars().count() >= 2 && all[now].alike(&all[base]) && all[base].lo > 0.0;
            fits.then(|| (&all[now], &all[base]))
        };
        // 由412件增至1236件,是上周的3倍: a period is named, its number stood before.
        let timed = || {
            let name = piece.strip_suffix('的')?;
            let says = ["是", "为", "达", "相当于"].iter().any(|w| name.contains(w));
            let period = Some(role::period(name)).filter(|p| says && *p != Period::Open)?;
            let ends = change::ends(reader, i, period, false)?;
            let base = ends.base.map(|k| &all[k]).filter(|base| base.lo > 0.0)?;
            Some((&all[ends.now], base)).filter(|(now, base)| now.alike(base))
        };
        let Some((now, base)) = told.or_else(named).or_else(timed) else {
            check.reason = "文中没有与此倍数对应的两个数".into();
            checks.push(check);
            continue;
        };
        let (lo, hi) = (now.lo / base.hi, now.hi / base.lo);
        let value = now.value / base.value;
        check.denominator = Some(reader.page.written(base.start, base.end));
        check.arithmetic =
            format!("{} ÷ {} = {}", say::count(now.value), say::count(base.value), say::number(value, q.decimals + 2));
        check.expected = Some(format!("{}倍", say::number(value, q.decimals)));
        // A multiple without decimals is good to the nearest whole one, though few would print it so.
        let whole = q.decimals == 0 && q.hi - q.lo <= 1.0;
        let (near, far) = if whole { (0.05 * q.value, 0.5) } else { (0.0, 0.0) };
        if lo <= q.hi.max(q.value + near) + 1e-9
            && hi >= q.lo.min(q.value - near) - 1e-9
            && (!whole || (value - q.value).abs() <= near + 1e-9)
        {
            check.verdict = Verdict::Agrees;
        } else if whole && (value - q.value).abs() < far - 1e-9 {
            check.reason = format!("算得 {}倍,若取整则相符", say::number(value, 2));
        } else {
            check.verdict = Verdict::Disagrees;
            check.reason = format!("应为 {}倍", say::number(value, q.decimals.max(1)));
        }
        checks.push(check);
    }
}
