//! Changes: 环比上升5%, 较上月减少41件, 提高1.3个百分点.

use super::{
    Check, Kind, Reader, Verdict, chain,
    parts::label,
    quantity::{Quantity, Unit},
    role::{Period, Role, respective, whole_of_share},
    say,
};

pub(super) fn check(reader: &Reader<'_>, checks: &mut Vec<Check>) {
    for i in 0..reader.all.len() {
        let q = &reader.all[i];
        match (&q.role, q.unit) {
            (Role::Change(sign, period), Unit::Percent | Unit::Times) => {
                checks.push(relative(reader, i, *sign, *period));
            }
            (Role::Change(sign, period), Unit::Point) => checks.push(points(reader, i, *sign, *period)),
            (Role::Delta(sign, period), _) => checks.extend(amount(reader, i, *sign, *period)),
            _ => {}
        }
    }
}

/// The two ends of a change.
pub(super) struct Ends {
    /// The later figure.
    pub now: usize,
    /// The earlier one.
    pub base: Option<usize>,
    /// What was added or taken, if the text says it.
    delta: Option<usize>,
}

/// Words that only say when or how, not what.
fn what(q: &Quantity) -> String {
    let mut text = label(q);
    for word in [
        "提高",
        "降低",
        "增加",
        "本周",
        "上周",
        "本月",
        "上月",
        "本期",
        "上期",
        "去年同期",
        "上年同期",
        "同期",
        "去年",
        "今年",
        "受理",
        "收到",
        "接到",
        "诉求",
        "总量",
        "总数",
        "件数",
        "由",
        "从",
        "下降",
        "上升",
        "增加",
        "减少",
        "至",
        "到",
        "的",
        "各类",
        "共",
        "较",
        "比",
        "环比",
        "同比",
        "前一周",
        "昨日",
        "今日",
        "量",
        "为",
    ] {
        text = text.replace(word, "");
    }
    text.trim().to_owned()
}

fn agree(a: &Quantity, b: &Quantity) -> bool {
    // 由4000件增至5000件: what the second is has been said with the first.
    if a.role == Role::From || b.role == Role::From {
        return true;
    }
    let (a, b) = (what(a), what(b));
    a.is_empty() || b.is_empty() || a.contains(&b) || b.contains(&a)
}

/// Is `q` a figure that a change can be of?
fn is_figure(q: &Quantity, percent: bool) -> bool {
    let right = if percent { q.unit == Unit::Percent } else { q.is_count() };
    right && matches!(q.role, Role::Plain | Role::Total | Role::Sum | Role::Rest | Role::Rate(_) | Role::Share)
}

fn is_base(q: &Quantity, period: Period, percent: bool) -> bool {
    let right = if percent { q.unit == Unit::Percent } else { q.is_count() };
    right
        && match &q.role {
            Role::From => true,
            Role::Base(own) => *own == period || period == Period::Open || *own == Period::Open,
            _ => false,
        }
}

/// Finds what a change at `i` goes from and to.
pub(super) fn ends(reader: &Reader<'_>, i: usize, period: Period, percent: bool) -> Option<Ends> {
    let all = reader.all;
    let inside = reader.sentence(i);
    if let Some(ends) = months(reader, i, period).filter(|_| !percent) {
        return Some(ends);
    }
    let figure = |k: &usize| is_figure(&all[*k], percent) && !whole_of_share(all, *k);
    // 民生类下降15%,由4200件降至3570件;涉企类下降10%,由600件降至540件: each change has its own two ends behind it.
    if let (Some(from), Some(to)) = (all.get(i + 1), all.get(i + 2))
        && inside.contains(&(i + 2))
        && from.role == Role::From
        && from.mark != ';'
        && from.piece.starts_with(['由', '从'])
        && is_base(from, period, percent)
        && figure(&(i + 2))
        && from.unit == to.unit
    {
        return Some(Ends { now: i + 2, base: Some(i + 1), delta: None });
    }
    let Some(now) = (inside.start..i).rev().find(figure) else {
        // 环比下降12.5%,由4000件下降到3500件: both ends stand behind.
        let (base, now) = (i + 1, i + 2);
        let pair = now < inside.end && is_base(&all[base], period, percent) && is_figure(&all[now], percent);
        return (pair && all[base].unit == all[now].unit).then_some(Ends { now, base: Some(base), delta: None });
    };
    // A figure in brackets belongs to what stands before the bracket.
    let before = (inside.start..now).rev().take_while(|k| !figure(k)).find(|k| is_base(&all[*k], period, percent));
    let between = (now + 1..i).find(|k| is_base(&all[*k], period, percent));
    let behind = (i + 1..inside.end).take(1).find(|k| {
        let q = &all[*k];
        // 较上期提高0.2个百分点;上期为99.4%.
        let names = super::role::period(&q.piece) != Period::Open && what(q).is_empty();
        is_base(q, period, percent) && (names || (q.mark != ';' && q.mark != '、'))
    });
    let earlier = || {
        let sentence = all[i].sentence.checked_sub(1)?;
        let first = (inside.start..now).all(|k| !is_figure(&all[k], percent));
        let previous = reader.outline.sentences.get(sentence).filter(|s| first && s.paragraph == all[i].paragraph)?;
        previous.inside.clone().rev().find(|k| is_base(&all[*k], period, percent) && agree(&all[*k], &all[now]))
    };
    let base = between.or(behind).or(before.filter(|k| agree(&all[*k], &all[now]))).or_else(earlier);
    let delta = if percent {
        None
    } else {
        (now + 1..i).rev().chain((i + 1..inside.end).take(1)).find(|k| match all[*k].role {
            Role::Delta(_, own) => own == period || own == Period::Open || period == Period::Open,
            _ => false,
        })
    };
    Some(Ends { now, base, delta })
}

/// The month or the quarter that a clause begins with: 9月环比, 二季度受理. Its number and how many a year has.
fn month(piece: &str) -> Option<(u32, u32)> {
    if let Some((number, _)) = piece.split_once("季度") {
        let number = number.trim().trim_start_matches('第');
        let quarter = ["一", "二", "三", "四"].iter().position(|q| *q == number)?;
        return Some((quarter as u32 + 1, 4));
    }
    let (number, rest) = piece.split_once('月')?;
    let known = !rest.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '至' | '-' | '到' | '均'));
    number.trim().parse().ok().filter(|m| known && (1..=12).contains(m)).map(|m| (m, 12))
}

/// 8月1188件,9月1452件,9月环比增长22.2%: a row of months or quarters, each the base of the next. A change that names
/// none is of the last one told: 一季度21.6万件,二季度24.3万件,环比增长12.5%.
fn months(reader: &Reader<'_>, i: usize, period: Period) -> Option<Ends> {
    let all = reader.all;
    let inside = reader.sentence(i);
    let told = |k: usize| Some(all.get(k)?).filter(|q| q.is_count()).and_then(|q| month(&q.piece));
    let last = || told(i.checked_sub(1).filter(|k| inside.contains(k))?);
    let (own, year) = month(&all[i].piece).or_else(last).filter(|_| period == Period::Last)?;
    let of = |wanted: u32| {
        (i.saturating_sub(24)..i)
            .rev()
            .find(|k| all[*k].paragraph == all[i].paragraph && told(*k) == Some((wanted, year)))
    };
    let (now, base) = (of(own)?, of((own + year - 2) % year + 1)?);
    all[now].alike(&all[base]).then_some(Ends { now, base: Some(base), delta: None })
}

fn start_of(reader: &Reader<'_>, i: usize) -> usize {
    let q = &reader.all[i];
    q.start - q.piece.chars().count().min(10).min(q.start)
}

fn claim(reader: &Reader<'_>, kind: Kind, i: usize) -> Check {
    let q = &reader.all[i];
    let mut start = start_of(reader, i);
    while start < q.start && reader.page.at(start).is_whitespace() {
        start += 1;
    }
    reader.made(kind, start, q.end, reader.written(i))
}

fn word(sign: f64) -> &'static str {
    if sign < 0.0 { "下降" } else { "上升" }
}

fn relative(reader: &Reader<'_>, i: usize, sign: i8, period: Period) -> Check {
    let all = reader.all;
    let q = &all[i];
    let mut check = claim(reader, Kind::Change, i);
    let respective = respective(all, reader.sentence(i), i);
    let of_chain = respective.and_then(|(place, first, length)| {
        let (now, base) = chain::ends(reader, place, first, length, Unit::is_count)?;
        Some(Ends { now, base: Some(base), delta: None })
    });
    if respective.is_some() && of_chain.is_none() {
        check.reason = "“分别”所指的各数不明".into();
        return check;
    }
    let counted = of_chain.or_else(|| ends(reader, i, period, false));
    let shared = || ends(reader, i, period, true).filter(|e| e.base.is_some());
    let of_counts = counted.as_ref().is_some_and(|e| e.base.is_some() || e.delta.is_some());
    let Some(ends) = (if of_counts { counted } else { shared().or(counted) }) else {
        check.reason = "文中没有可比的两个数".into();
        return check;
    };
    let now = &all[ends.now];
    let (lo, hi, value, arithmetic);
    if let Some(base) = ends.base.map(|k| &all[k]) {
        if base.lo <= 0.0 {
            check.reason = "上期为零,增减幅度没有意义".into();
            return check;
        }
        lo = (now.lo - base.hi) / base.hi;
        hi = (now.hi - base.lo) / base.lo;
        value = (now.value - base.value) / base.value;
        arithmetic = format!("({} − {}) ÷ {}", say::count(now.value), say::count(base.value), say::count(base.value));
        check.denominator = ends.base.map(|k| reader.written(k));
    } else if let Some(k) = ends.delta
        && let Role::Delta(way, _) = all[k].role
    {
        let way = f64::from(way);
        let delta = &all[k];
        let base = now.value - way * delta.value;
        if base <= 0.0 || now.lo - way * delta.hi <= 0.0 {
            check.reason = "由增减数推得的上期数不大于零".into();
            return check;
        }
        let signed = if way < 0.0 { (-delta.hi, -delta.lo) } else { (delta.lo, delta.hi) };
        lo = signed.0 / (now.lo - signed.0);
        hi = signed.1 / (now.hi - signed.1);
        value = way * delta.value / base;
        arithmetic = format!("上期为 {};{} ÷ {}", say::count(base), say::count(way * delta.value), say::count(base));
        check.denominator = Some(format!("上期 {}", say::like(base, now)));
    } else {
        check.reason = "文中没有上期(同期)数".into();
        return check;
    }
    let (lo, hi) = (lo.min(hi), lo.max(hi));
    let scale = if q.unit == Unit::Times { 1.0 } else { 100.0 };
    let print = |v: f64| {
        if q.unit == Unit::Times { format!("{}倍", say::number(v, q.decimals)) } else { say::percent(v * 100.0, q) }
    };
    check.arithmetic = format!(
        "{arithmetic} = {}",
        if q.unit == Unit::Times { say::number(value, 4) } else { say::fine(value * 100.0, q) }
    );
    let fits = |sign: f64| {
        let (a, b) = (q.lo.min(q.hi) * sign, q.hi.max(q.lo) * sign);
        lo * scale <= a.max(b) + 1e-9 && hi * scale >= a.min(b) - 1e-9
    };
    let given = if sign == 0 { vec![1.0, -1.0] } else { vec![f64::from(sign)] };
    check.expected = Some(format!("{}{}", word(value), print(value.abs())));
    // 98.76%至99.31%,上升0.55%: the difference of two percentages in the dress of a change.
    let printed = format!("{:.*}", q.decimals, value.abs() * scale);
    let points = now.unit == Unit::Percent
        && ends.base.is_some_and(|k| ((now.value - all[k].value).abs() - q.value).abs() < 1e-9)
        && printed != format!("{:.*}", q.decimals, q.value);
    if given.iter().any(|s| fits(*s)) && !points {
        check.verdict = Verdict::Agrees;
    } else if q.measure == "番" && value > q.hi && value < 2.0 * q.value + 1.0 {
        check.reason = format!("实为原来的 {} 倍,多于所说", say::number(value + 1.0, 2));
    } else {
        check.verdict = Verdict::Disagrees;
        let turned = sign != 0 && value != 0.0 && value.signum() != f64::from(sign);
        check.reason =
            if turned { "增减方向不符".into() } else { format!("应为{}{}", word(value), print(value.abs())) };
        let difference = now.value - ends.base.map_or(now.value, |k| all[k].value);
        if now.unit == Unit::Percent && (difference.abs() - q.value).abs() < 1e-9 {
            check.reason = format!("两个百分比之差应称“{} 个百分点”", say::number(difference.abs(), q.decimals));
        }
    }
    check
}

/// 提高1.3个百分点.
fn points(reader: &Reader<'_>, i: usize, sign: i8, period: Period) -> Check {
    let q = &reader.all[i];
    let mut check = claim(reader, Kind::Points, i);
    let found = match respective(reader.all, reader.sentence(i), i) {
        Some((place, first, length)) if length > 1 => chain::ends(reader, place, first, length, Unit::is_percent),
        _ => ends(reader, i, period, true).and_then(|e| Some((e.now, e.base?))),
    };
    let Some((now, base)) = found else {
        check.reason = "文中没有可比的两个百分比".into();
        return check;
    };
    let (now, base) = (&reader.all[now], &reader.all[base]);
    differ(&mut check, q, now, base, sign, "个百分点");
    check
}

/// 较上月减少41件, when both months are given.
fn amount(reader: &Reader<'_>, i: usize, sign: i8, period: Period) -> Option<Check> {
    let q = &reader.all[i];
    let found = ends(reader, i, period, false)?;
    let (now, base) = (&reader.all[found.now], &reader.all[found.base?]);
    if !now.alike(q) {
        return None;
    }
    let mut check = claim(reader, Kind::Change, i);
    differ(&mut check, q, now, base, sign, &q.measure.clone());
    Some(check)
}

fn differ(check: &mut Check, q: &Quantity, now: &Quantity, base: &Quantity, sign: i8, unit: &str) {
    let value = now.value - base.value;
    // Both ends as printed, and as what they may have been rounded from.
    let (lo, hi) = (now.lo - base.hi, now.hi - base.lo);
    let decimals = now.decimals.max(base.decimals).max(q.decimals);
    check.arithmetic = format!(
        "{} − {} = {}",
        say::number(now.value, now.decimals),
        say::number(base.value, base.decimals),
        say::number(value, decimals)
    );
    let printed = |s: f64| (value - s * q.value).abs() < 0.5 * 10f64.powi(-(q.decimals as i32)) + 1e-9;
    let possible = |s: f64| lo <= (q.lo * s).max(q.hi * s) + 1e-9 && hi >= (q.lo * s).min(q.hi * s) - 1e-9;
    let any = |fits: &dyn Fn(f64) -> bool| if sign == 0 { fits(1.0) || fits(-1.0) } else { fits(f64::from(sign)) };
    check.expected = Some(format!("{}{}{unit}", word(value), say::number(value.abs(), decimals)));
    if any(&printed) || (q.unit != Unit::Point && any(&possible)) {
        check.verdict = Verdict::Agrees;
    } else if any(&possible) {
        check.reason = "与印出的两个百分比之差不同,但若由未舍入的数相减则可能相符".into();
    } else {
        check.verdict = Verdict::Disagrees;
        let turned = sign != 0 && value != 0.0 && value.signum() != f64::from(sign);
        check.reason = if turned {
            "增减方向不符".into()
        } else {
            format!("应为{}{}{unit}", word(value), say::number(value.abs(), decimals))
        };
    }
}
