//! Shares: 6024件,占22.4%. Which count is the part, which is the whole, and does the print fit?

use std::collections::HashSet;

use super::{
    Check, Kind, Reader, Verdict, hundred,
    named::{Of, of, own_label},
    parts::{Group, Whole, label},
    quantity::{Quantity, Unit},
    role::{Role, between, opening, respective},
    say,
    total::Wholes,
};

/// A share with its part and the wholes that were tried.
struct Tried {
    share: usize,
    part: usize,
    named: bool,
    /// A word that names no whole of the text: the name.
    unknown: Option<String>,
    /// The whole that the sentence itself is about.
    strong: Option<usize>,
    wholes: Vec<usize>,
    /// 有效诉求中: the sentence itself says of what its shares are.
    scoped: bool,
    /// The wholes stand behind the share.
    forward: bool,
    /// Counts that have a share of their own: siblings, most likely.
    weak: Vec<usize>,
    fits: Option<usize>,
}

/// Sentences that a share's part may stand before, in characters.
const FAR: usize = 40;

pub(super) fn check(reader: &Reader<'_>, groups: &[Group], wholes: &Wholes, checks: &mut Vec<Check>) {
    let mut found = Vec::new();
    for i in 0..reader.all.len() {
        let q = &reader.all[i];
        if q.unit != Unit::Percent || q.role != Role::Share {
            continue;
        }
        match part(reader, i) {
            Some(part) => found.push((i, part)),
            None => checks.extend(hundred::without_part(reader, i)),
        }
    }
    let shared: HashSet<usize> = found.iter().map(|(_, part)| *part).collect();
    let tried: Vec<Tried> = found.iter().map(|(i, part)| attempt(reader, wholes, &shared, *i, *part)).collect();
    // A whole that two shares of a paragraph fit is what the others there are of too.
    for at in 0..tried.len() {
        let settled = settled(reader, &tried, at);
        checks.push(judge(reader, groups, wholes, &tried[at], settled));
    }
}

/// The count that a share is the share of.
fn part(reader: &Reader<'_>, i: usize) -> Option<usize> {
    let all = reader.all;
    let inside = reader.sentence(i);
    let share = &all[i];
    let own = own_label(share);
    // 电话800件、网络200件,分别占80%、20%: one count for each, or none.
    if let Some((place, first, length)) = respective(all, inside.clone(), i) {
        let upto = opening(all, inside.start, first).unwrap_or(first);
        let counts: Vec<usize> = (inside.start..upto)
            .rev()
            .take_while(|k| all[*k].is_count())
            .filter(|k| all[*k].role != Role::Sum)
            .take(length)
            .collect();
        return counts.get(length.checked_sub(place + 1)?).copied().filter(|_| counts.len() == length && length > 1);
    }
    let is_part = |k: &usize| {
        let q = &all[*k];
        q.is_count() && matches!(q.role, Role::Plain | Role::Total | Role::Sum | Role::Rest)
    };
    // 占受理总量26893件的50.8%: the count in between is the whole, not the part.
    let whole = i > inside.start && between(&all[i - 1], share);
    // 其中超过三成为噪音类; 6400件,超过半数为咨询类.
    let rough = share.measure != "%"
        && ["为", "的", "是", "来自", "属", "诉求", "集中"].iter().any(|w| share.trail.starts_with(w));
    let among = (share.lead.contains("其中") || rough) && !share.piece.contains('占');
    if (own.is_empty() || whole) && !among {
        let upto = if whole { i - 1 } else { i };
        for k in (inside.start..upto).rev() {
            let q = &all[k];
            let stop = all[k + 1..=i].iter().any(|n| n.mark == ';' || (n.mark == '、' && n.unit == Unit::Percent));
            if stop || q.depth > share.depth || share.start.saturating_sub(q.end) > FAR * 2 {
                break;
            }
            if is_part(&k) {
                return Some(k);
            }
            if !matches!(q.role, Role::Change(..) | Role::Delta(..) | Role::Base(_) | Role::Average(_) | Role::Share) {
                break;
            }
        }
    }
    // 占22.4%的社会保险6024件; 超过三成为噪音类,共2100件.
    let next = i + 1;
    if next < inside.end && is_part(&next) {
        let n = &all[next];
        let near = n.lead.chars().count() <= 18 && !n.lead.contains(';') && !n.lead.contains('、');
        let adds = share.mark != '(' && ["共", "共计", "计", "达", "有", "为", "共有"].iter().any(|w| n.piece == *w);
        let leads =
            rough || adds || ["的", "为", "是", "来自", "属于", "属"].iter().any(|w| share.trail.starts_with(w));
        let inner = n.depth == share.depth + 1 && n.lead.trim() == "(";
        let bracket = inner || (n.depth > 0 && n.depth == share.depth && n.lead.trim_matches([',', ' ']).is_empty());
        if near && (leads || bracket) {
            return Some(next);
        }
    }
    if own.chars().count() >= 2 {
        // 投诉占比12%, the count stood elsewhere in the paragraph.
        let from = i.saturating_sub(24);
        return (from..i)
            .rev()
            .filter(|k| all[*k].paragraph == share.paragraph)
            .find(|k| is_part(k) && label(&all[*k]).contains(own.as_str()));
    }
    None
}

/// Families of names that stand for one whole.
const NAMES: &[(&[&str], &[&str])] = &[
    (&["受理", "来电", "接听", "接收"], &["受理", "收到", "接到", "接收", "接听", "来电", "登记"]),
    (&["有效诉求", "有效受理", "有效工单", "有效"], &["有效"]),
    (&["派单", "派发", "转办", "转派", "交办"], &["派单", "派发", "转办", "转派", "交办", "派遣"]),
    (&["应办结"], &["应办结", "应办"]),
    (&["回访"], &["回访"]),
    (&["办结"], &["办结"]),
];

fn attempt(reader: &Reader<'_>, wholes: &Wholes, shared: &HashSet<usize>, share: usize, part: usize) -> Tried {
    let all = reader.all;
    let q = &all[share];
    let mut tried = Tried {
        share,
        part,
        named: false,
        unknown: None,
        strong: None,
        wholes: Vec::new(),
        scoped: false,
        forward: false,
        weak: Vec::new(),
        fits: None,
    };
    // 占受理总量26893件的50.8%; 分别占总量10700件的20%、15%.
    let inside = reader.sentence(share);
    let first = respective(all, inside.clone(), share).map_or(share, |(_, first, _)| first);
    if let Some(whole) = opening(all, inside.start, first).filter(|whole| part < *whole) {
        tried.named = true;
        tried.wholes = vec![whole];
    } else {
        let mut general = wholes.before(reader, share.max(part), &all[part]);
        if general.is_empty() {
            // 近七成来自电话,共3360件,本周共受理4800件.
            let behind = (part.max(share) + 1..all.len()).take(12).take_while(|k| all[*k].paragraph == q.paragraph);
            general.extend(behind.filter(|k| {
                matches!(all[*k].role, Role::Total | Role::Sum)
                    && all[*k].alike(&all[part])
                    && all[*k].lo >= all[part].lo
            }));
        }
        tried.forward = general.first().is_some_and(|k| *k > share && all[*k].sentence != q.sentence);
        (tried.weak, general) = general.into_iter().partition(|k| shared.contains(k));
        tried.strong = wholes.parent.get(&part).copied().filter(|k| all[*k].alike(&all[part]));
        match of(q) {
            Of::Named(name) => {
                let family = NAMES.iter().find(|(names, _)| names.iter().any(|n| name.starts_with(n)));
                let stem: String = name.trim_end_matches(['量', '数', '总', '类', '的']).to_owned();
                let says = |k: &usize| {
                    let text = label(&all[*k]);
                    match family {
                        Some((_, words)) => words.iter().any(|w| text.contains(w)),
                        None => !stem.is_empty() && text.contains(stem.trim_end_matches("诉求")),
                    }
                };
                let from = part.saturating_sub(60);
                // A name such as 受理量 is of a whole; any count may bear the name of a class.
                let near: Vec<usize> = match family {
                    Some(_) => tried.strong.into_iter().chain(general.iter().copied()).filter(says).collect(),
                    None => (from..share).rev().filter(|k| *k != part && says(k)).take(4).collect(),
                };
                let named: Vec<usize> =
                    near.into_iter().filter(|k| all[*k].is_count() && all[*k].hi >= all[part].lo).collect();
                tried.named = !named.is_empty();
                if named.is_empty() {
                    tried.unknown = Some(name);
                    tried.wholes = tried.strong.into_iter().chain(general).collect();
                } else {
                    tried.wholes = named;
                }
            }
            Of::Whole | Of::Unnamed => tried.wholes = tried.strong.into_iter().chain(general).collect(),
        }
        if !tried.named
            && let Some(whole) = wholes.scope(reader, part).filter(|k| tried.strong.is_none_or(|s| s == *k))
        {
            (tried.named, tried.scoped, tried.unknown) = (true, true, None);
            tried.weak.extend(std::mem::replace(&mut tried.wholes, vec![whole]));
        }
    }
    if !tried.named {
        tried.wholes.extend(tried.weak.iter().copied().filter(|k| Some(*k) != tried.strong));
    }
    let mut seen = Vec::new();
    tried.wholes.retain(|k| {
        let fresh = !seen.contains(k) && *k != part;
        seen.push(*k);
        fresh
    });
    tried.fits = tried.wholes.iter().copied().find(|k| fits(&all[part], &all[*k], q));
    tried
}

/// Can the print of a share come from these two counts?
pub(super) fn fits(part: &Quantity, whole: &Quantity, share: &Quantity) -> bool {
    if whole.lo <= 0.0 {
        return false;
    }
    let (lo, hi) = (part.lo / whole.hi * 100.0, part.hi / whole.lo * 100.0);
    lo <= share.hi + 1e-9 && hi >= share.lo - 1e-9
}

/// The whole that most shares of the same paragraph fit, if at least one other does.
fn settled(reader: &Reader<'_>, tried: &[Tried], at: usize) -> Option<usize> {
    let paragraph = reader.all[tried[at].share].paragraph;
    let from = at.saturating_sub(12);
    let mut best: Option<(usize, usize)> = None;
    for (k, other) in tried.iter().enumerate().take(at + 13).skip(from) {
        let Some(whole) = other.fits.filter(|_| k != at && reader.all[other.share].paragraph == paragraph) else {
            continue;
        };
        let votes = tried.iter().take(at + 13).skip(from).filter(|t| t.fits == Some(whole)).count();
        if best.is_none_or(|(_, most)| votes > most) {
            best = Some((whole, votes));
        }
    }
    best.map(|(whole, _)| whole)
}

fn judge(reader: &Reader<'_>, groups: &[Group], wholes: &Wholes, t: &Tried, settled: Option<usize>) -> Check {
    let all = reader.all;
    let (share, part) = (&all[t.share], &all[t.part]);
    let near = t.part.abs_diff(t.share) <= 3 && part.sentence == share.sentence;
    let (start, end) =
        if near { (part.start.min(share.start), part.end.max(share.end)) } else { (share.start, share.end) };
    let mut check = reader.made(Kind::Share, start, end, reader.written(t.share));
    if share.lo > 100.0 {
        check.verdict = Verdict::Disagrees;
        check.reason = "占比大于 100%".into();
        return check;
    }
    let told = |k: usize| {
        let q = &all[k];
        let name = label(q);
        if name.is_empty() { reader.written(k) } else { format!("{name}{}", reader.written(k)) }
    };
    let divided = |k: usize| {
        let value = part.value / all[k].value * 100.0;
        format!("{} ÷ {} = {}", say::count(part.value), say::count(all[k].value), say::fine(value, share))
    };
    if let Some(whole) = t.fits {
        let value = part.value / all[whole].value * 100.0;
        let exact = value >= share.lo - 1e-9 && value <= share.hi + 1e-9;
        check.verdict = if exact { Verdict::Agrees } else { Verdict::Unknown };
        check.expected = Some(say::percent(part.value / all[whole].value * 100.0, share));
        check.denominator = Some(told(whole));
        check.arithmetic = divided(whole);
        if !exact {
            check.reason = "按印出的约数计算不符,但在其舍入范围内可能相符".into();
        } else if t.wholes.first() != Some(&whole) && t.wholes.len() > 1 {
            check.reason = format!("文中有 {} 个可作分母的总数,以“{}”为分母相符", t.wholes.len(), told(whole));
        }
        return check;
    }
    if let Some(check) = among_equals(reader, t, &check) {
        return check;
    }
    let Some(&first) = t.wholes.first().filter(|k| t.named || t.strong == Some(**k) || !t.weak.contains(k)) else {
        check.reason = match &t.unknown {
            Some(name) => format!("文中没有“{name}”的件数"),
            None => "文中没有可作分母的总数".into(),
        };
        return check;
    };
    let best = t.strong.filter(|_| !t.named).or(settled.filter(|k| t.wholes.contains(k))).unwrap_or(first);
    check.denominator = Some(told(best));
    check.arithmetic = t.wholes.iter().map(|k| divided(*k)).collect::<Vec<_>>().join(";");
    let value = part.value / all[best].value * 100.0;
    let nearby = all[best].paragraph == share.paragraph;
    let mut values: Vec<f64> = t.wholes.iter().map(|k| all[*k].value).collect();
    values.dedup();
    let plain = t.named && (values.len() == 1 || t.wholes.iter().all(|k| all[*k].paragraph == share.paragraph));
    let sure = t.unknown.is_none()
        && (plain
            || t.strong.is_some()
            || (nearby && !t.named && !t.forward)
            || settled == Some(best)
            || (t.wholes.len() == 1 + t.weak.len() && !t.forward));
    if !sure {
        check.reason = match &t.unknown {
            Some(name) => format!("文中没有“{name}”的件数,以其他总数为分母均不相符,无从判断"),
            None => format!("文中有 {} 个总数,均不相符,但所指分母不明", t.wholes.len()),
        };
        return check;
    }
    check.verdict = Verdict::Disagrees;
    check.expected = Some(say::percent(value, share));
    check.reason = format!("应为 {},文中为 {}", say::percent(value, share), reader.written(t.share));
    if say::percent(value, share).trim_end_matches('%') != format!("{:.*}", share.decimals, share.value)
        && (value - share.value).abs() < 10f64.powi(-(share.decimals as i32))
    {
        check.reason.push_str("(尾数舍入有误)");
    }
    if let Some(other) = t.weak.iter().find(|k| t.scoped && fits(part, &all[**k], share)) {
        check.reason.push_str(&format!(";若以“{}”为分母则相符,前后分母不一致", told(*other)));
    }
    if let Some(listed) = listed(reader, groups, wholes, t) {
        check.reason.push_str(&listed);
    }
    check
}

/// 甲40件、乙60件,分别占40%、60%: the shares of the chain make a whole, so the counts do too.
fn among_equals(reader: &Reader<'_>, t: &Tried, check: &Check) -> Option<Check> {
    let all = reader.all;
    let (place, first, length) = respective(all, reader.sentence(t.share), t.share)?;
    let shares = all.get(first..first + length)?;
    let (lo, hi) = shares.iter().fold((0.0, 0.0), |(lo, hi), q| (lo + q.lo, hi + q.hi));
    let counts = all.get(t.part.checked_sub(place)?..)?.get(..length)?;
    let sum: f64 = counts.iter().map(|q| q.value).sum();
    let (part, share) = (&all[t.part], &all[t.share]);
    let value = part.value / sum * 100.0;
    let fits = value >= share.lo - 1e-9 && value <= share.hi + 1e-9;
    (lo <= 100.0 + 1e-9 && hi >= 100.0 - 1e-9 && fits).then(|| Check {
        verdict: Verdict::Agrees,
        expected: Some(say::percent(value, share)),
        denominator: Some(format!("所列各项之和 {}", say::count(sum))),
        arithmetic: format!("{} ÷ {} = {}", say::count(part.value), say::count(sum), say::fine(value, share)),
        ..check.clone()
    })
}

/// Does the sum of the list that the part stands in fit where no whole of the text does?
fn listed(reader: &Reader<'_>, groups: &[Group], wholes: &Wholes, t: &Tried) -> Option<String> {
    let group = wholes.group.get(&t.part).and_then(|g| groups.get(*g)).filter(|g| g.whole != Whole::Loose)?;
    let sum: f64 = group.items.iter().filter_map(|k| reader.all.get(*k)).map(|q| q.value).sum();
    let (part, share) = (&reader.all[t.part], &reader.all[t.share]);
    let value = part.value / sum * 100.0;
    (value >= share.lo && value <= share.hi)
        .then(|| format!(";若以所列各项之和 {} 为分母则相符,但文中没有这一总数", say::count(sum)))
}
