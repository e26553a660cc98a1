//! What a quantity does in its sentence, told by the words before it.

use std::sync::LazyLock;

use regex::Regex;

use super::quantity::{Quantity, Unit};

/// Which earlier period something is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Period {
    /// The period just before: 环比, 上周, 上月.
    Last,
    /// The same period a year before: 同比, 去年同期.
    Year,
    /// Not said.
    Open,
}

/// What a quantity does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Role {
    /// Stands for itself.
    Plain,
    /// Says that it is a whole: 共受理, 收到.
    Total,
    /// Adds up what stands before it: 合计, 三类共.
    Sum,
    /// What the items before it leave over: 其余.
    Rest,
    /// The figure of an earlier period.
    Base(Period),
    /// Where a change begins: 由560件.
    From,
    /// How much was added or taken, with its sign.
    Delta(i8, Period),
    /// A share of something.
    Share,
    /// 办结率, 满意率: the words before 率.
    Rate(String),
    /// A relative change, with its sign; 0 if only the number's own sign tells.
    Change(i8, Period),
    /// 日均, 月均, 人均.
    Average(char),
    /// A part of no check.
    Other,
}

macro_rules! words {
    ($name:ident, $pattern:expr) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($pattern).ok());
    };
}

const UP: &str =
    "增加|上升|增长|提高|提升|上涨|攀升|激增|骤增|猛增|净增|增幅|升幅|涨幅|增速|扩大|多了|高出|多出|超出|增|升|涨|多";
const DOWN: &str = "减少|下降|降低|回落|下滑|降幅|跌幅|减幅|压降|缩小|少了|减|降|跌|少|低于";

words!(RISES, &format!("(?:{UP})(?:了|幅度|率|幅)?(?:为|达|达到|约|近|超|超过)?:?$"));
words!(FALLS, &format!("(?:{DOWN})(?:了|幅度|率|幅)?(?:为|达|达到|约|近|超|超过)?:?$"));
words!(CHANGES, &format!("同比|环比|{UP}|{DOWN}|较|比上|比去|变化"));
words!(
    REACHES,
    "(?:增|减|降|升|加|少|长|高|低|落|滑|涨|扩大)(?:至|到|为)(?:了|目前|现在|本周|本月|本期|今年|当前)?的?(?:约|近)?$|(?:达到|升至|降至|增至|减至)$"
);
words!(BEGINS, r"(?:由|从)[^,;、]{0,14}$");
words!(AGAINST, "^(?:较|相比|比|同比)[^,;]{1,12}的$");
words!(AGAINST_OUTSIDE, "(?:较|比|相比)[^,;()]{1,12}$");
words!(LAST, "环比|上周|上月|上期|上一|上季|上旬|前一|前日|上日|前周|上个|前期");
words!(YEAR, "同比|去年|上年|同期");
words!(AVERAGES, "(日均|月均|周均|人均|户均|平均每[天日]|平均|每日|每天|每周|每月)[^,;]{0,8}$");
words!(
    SUMS,
    "^(?:以上|上述|前|这)?[二两三四五六七八九十0-9]+(?:大类|类|项|者|种|家|个|部分|方面|位|名|区|县|镇|市|地|街道|单位|渠道|部门)[\\p{Han}]{0,8}?(?:合计|共计|总计|总共|共|累计|之和)[\\p{Han}]{0,8}$\
     |^(?:以上|上述|各类|各项)?(?:诉求|工单)?(?:合计|共计|总计|总共|合共|小计|之和)[\\p{Han}]{0,6}$|^(?:以上|上述)[\\p{Han}]{0,6}共[\\p{Han}]{0,6}$|^共有?$"
);
words!(RESTS, "(?:其余|剩余|余下|剩下)[^,;]{0,10}$");
words!(
    WHOLE,
    "共|总|受理|收到|接到|接听|接收|登记|来电|诉求量|呼入|派单|转办|转派|派发|交办|派遣|工单|全部|合计|有效|回访|应办结|办结|汇集|收集|办理"
);
words!(RATE, r"([\p{Han}]{0,10}率)(?:均?为|达到?|是|约|超过?|近|高达|仅|分别)?:?(?:为|达)?$");
words!(SPARSE, &format!("^(?:和|及|与|约|近|占|{UP}|{DOWN}|了)*$"));
words!(PART, "占|比重|份额|比例");
words!(PART_REACHES, "(?:占比|比重|占)[^,;]{0,6}(?:至|到|为)");

fn is(regex: &LazyLock<Option<Regex>>, text: &str) -> bool {
    regex.as_ref().is_some_and(|r| r.is_match(text))
}

/// Does the text say that something is a whole that shares can be of?
pub(super) fn is_whole(text: &str) -> bool {
    is(&WHOLE, text)
}

/// The earlier period that a text names.
pub(super) fn period(text: &str) -> Period {
    match (is(&LAST, text), is(&YEAR, text)) {
        (_, true) => Period::Year,
        (true, false) => Period::Last,
        (false, false) => Period::Open,
    }
}

/// Sign of a change that words tell; none if they tell of no change.
fn sign(text: &str) -> Option<i8> {
    if is(&FALLS, text) {
        Some(-1)
    } else if is(&RISES, text) {
        Some(1)
    } else {
        None
    }
}

/// Reads the roles of the quantities of one sentence.
pub(super) fn assign(all: &mut [Quantity]) {
    for i in 0..all.len() {
        // 较上周1000件上升20%: the period was named before the quantity in between.
        let earlier = match i.checked_sub(1).and_then(|k| all.get(k)) {
            Some(Quantity { role: Role::Base(p) | Role::Delta(_, p) | Role::Change(_, p), .. }) => *p,
            _ => Period::Open,
        };
        let (has_count, adjoins) = match i.checked_sub(1).and_then(|k| all.get(k)) {
            Some(b) => (b.is_count(), b.is_count() || b.unit == Unit::Percent),
            None => (false, false),
        };
        let q = &all[i];
        let of = i.checked_sub(1).and_then(|k| all.get(k)).is_some_and(|b| between(b, q));
        // 分别占22%、19%、16%: what the first of a chain is, the others are.
        let chained = q.mark == '、'
            && sparse(&q.piece)
            && i.checked_sub(1).is_some_and(|k| all[k].unit == Unit::Percent && all[k].role == Role::Share);
        let role = match q.unit {
            Unit::Percent if of || chained => Role::Share,
            Unit::Count | Unit::People | Unit::Money => count(q),
            Unit::Percent => percent(q, earlier, has_count, adjoins),
            // 较上月分别提升0.2、1.1、0.8个百分点.
            Unit::Point if q.mark == '、' && sparse(&q.piece) && follows(all, i) => all[i - 1].role.clone(),
            Unit::Point => {
                let p = named(&q.piece, &q.lead, earlier);
                Role::Change(sign(&q.piece).unwrap_or(0), p)
            }
            // 翻了一番: what it was, once more.
            Unit::Times if q.measure == "番" => Role::Change(1, named(&q.piece, &q.lead, earlier)),
            Unit::Times if sign(&q.piece).is_some() => Role::Change(1, named(&q.piece, &q.lead, earlier)),
            Unit::Times | Unit::Days => Role::Plain,
        };
        all[i].role = role;
    }
}

/// Does a change of the same unit stand right before?
fn follows(all: &[Quantity], i: usize) -> bool {
    i.checked_sub(1).is_some_and(|k| all[k].unit == all[i].unit && matches!(all[k].role, Role::Change(..)))
}

/// 占受理总量26893件的50.8%, 占总量(26893件)的50.8%: does a count stand between 占 and the number, as the whole?
pub(super) fn between(whole: &Quantity, share: &Quantity) -> bool {
    if !whole.is_count() || share.unit != Unit::Percent || share.piece.contains('占') {
        return false;
    }
    let plain = whole.piece.contains('占') && share.piece.starts_with('的');
    let inner = || {
        let outside = whole.lead.strip_suffix('(')?;
        let clause = outside.rsplit([',', ';', '、', '(', ')', ':']).next()?;
        let behind = share.lead.strip_prefix(')')?;
        Some(clause.contains('占') && (behind.is_empty() || behind.starts_with(['的', '约', '近'])))
    };
    plain || inner().unwrap_or(false)
}

/// Is this count there only to say of what the share behind it is?
pub(super) fn whole_of_share(all: &[Quantity], i: usize) -> bool {
    all.get(i).zip(all.get(i + 1)).is_some_and(|(whole, share)| between(whole, share))
}

/// A percentage of a chain such as 分别占80%、20%: its place in the chain, the chain's first and its length.
pub(super) fn respective(all: &[Quantity], inside: std::ops::Range<usize>, i: usize) -> Option<(usize, usize, usize)> {
    let unit = all.get(i)?.unit;
    let chained = |k: usize| {
        let q = &all[k];
        q.unit == unit
            && (q.mark == '、' && sparse(&q.piece) || q.mark == ' ' && q.piece.starts_with(['和', '及', '与']))
    };
    let mut first = i;
    while first > inside.start && chained(first) && all[first - 1].unit == unit && i - first < 40 {
        first -= 1;
    }
    // 分别占总量10700件的20%、15%: the word stands before the whole.
    let words = opening(all, inside.start, first).map_or(&all[first].piece, |whole| &all[whole].piece);
    if !["分别", "依次"].iter().any(|w| words.contains(w) || all[first].piece.contains(w)) {
        return None;
    }
    let mut last = i;
    while last + 1 < inside.end && chained(last + 1) && last - first < 40 {
        last += 1;
    }
    Some((i - first, first, last - first + 1))
}

/// The whole that stands before the first of a chain: 分别占总量10700件的20%、15%.
pub(super) fn opening(all: &[Quantity], start: usize, first: usize) -> Option<usize> {
    let before = first.checked_sub(1).filter(|k| *k >= start)?;
    between(all.get(before)?, all.get(first)?).then_some(before)
}

/// Nothing but words of degree.
fn sparse(piece: &str) -> bool {
    is(&SPARSE, piece)
}

/// The period that the nearest words name.
fn named(piece: &str, lead: &str, earlier: Period) -> Period {
    [period(piece), period(lead), earlier].into_iter().find(|p| *p != Period::Open).unwrap_or(Period::Open)
}

fn count(q: &Quantity) -> Role {
    let piece = q.piece.as_str();
    if is(&AVERAGES, piece) {
        let per = if piece.contains('月') {
            '月'
        } else if piece.contains("周均") || piece.contains("每周") {
            '周'
        } else if piece.contains('日') || piece.contains('天') {
            '日'
        } else {
            '人'
        };
        return Role::Average(per);
    }
    if is(&REACHES, piece) {
        return Role::Plain;
    }
    if is(&BEGINS, piece) && !is(&SUMS, piece) {
        return Role::From;
    }
    if let Some(sign) = sign(piece) {
        return Role::Delta(sign, named(piece, &q.lead, Period::Open));
    }
    if is(&SUMS, piece) {
        return Role::Sum;
    }
    if is(&RESTS, piece) {
        return Role::Rest;
    }
    // 较上周(8945件): the bracket's words stand before it.
    let outside = q.lead.strip_suffix('(').filter(|_| piece.is_empty()).map(|lead| {
        let all: Vec<char> = lead.chars().collect();
        all[all.len().saturating_sub(6)..].iter().collect::<String>()
    });
    let piece = outside.as_deref().filter(|words| period(words) != Period::Open).unwrap_or(piece);
    let short = piece.chars().count() <= 16;
    if short && period(piece) != Period::Open && !piece.contains("以来") {
        return Role::Base(period(piece));
    }
    // 较3月(54000件); 与3月的54000件相比.
    if compared_outside(q) || piece.starts_with('与') && q.trail.starts_with("相比") {
        return Role::Base(period(&q.lead));
    }
    // 较3月的54000件: an earlier figure, whatever its period is called.
    if is(&AGAINST, piece) {
        return Role::Base(period(piece));
    }
    if piece.contains('超') && q.trail.starts_with('的') {
        return Role::Other;
    }
    if is(&WHOLE, piece) { Role::Total } else { Role::Plain }
}

/// 较10月份(94.3%): a figure in brackets behind what something is compared with.
fn compared_outside(q: &Quantity) -> bool {
    q.piece.is_empty() && q.lead.strip_suffix('(').is_some_and(|outside| is(&AGAINST_OUTSIDE, outside))
}

fn percent(q: &Quantity, earlier: Period, has_count: bool, adjoins: bool) -> Role {
    let piece = q.piece.as_str();
    if compared_outside(q) {
        return Role::Base(period(&q.lead));
    }
    let compares = is(&CHANGES, piece);
    if is(&BEGINS, piece) && !ends_in_change(piece) {
        return Role::From;
    }
    if is(&PART, piece) && (!compares || is(&PART_REACHES, piece) || !ends_in_change(piece)) {
        return Role::Share;
    }
    if compares
        && !is(&REACHES, piece)
        && (ends_in_change(piece) || period(piece) != Period::Open || is(&AGAINST, piece))
    {
        if let Some(found) = rate(piece).filter(|_| sign(piece).is_none() && !piece.contains("比")) {
            return if period(piece) == Period::Open { Role::Rate(found) } else { Role::Base(period(piece)) };
        }
        if sign(piece).is_none() && !piece.contains("环比") && !piece.contains("同比") {
            return if q.negative { Role::Change(-1, period(piece)) } else { Role::Base(period(piece)) };
        }
        let own = sign(piece).unwrap_or(if q.negative { -1 } else { 0 });
        return Role::Change(own, named(piece, &q.lead, earlier));
    }
    if period(piece) != Period::Open && !piece.contains('占') && !compares {
        return Role::Base(period(piece));
    }
    if let Some(stem) = rate(piece) {
        return Role::Rate(stem);
    }
    if is(&REACHES, piece) {
        return Role::Plain;
    }
    let alone = piece.trim_matches(|c: char| c.is_whitespace() || matches!(c, '约' | '近' | '为' | '达')).is_empty();
    if alone && adjoins && has_count {
        return Role::Share;
    }
    let before_label = ["为", "是", "来自", "属于", "的诉求", "的"].iter().any(|w| q.trail.starts_with(w));
    if before_label || q.measure == "成" || q.measure == "分之" || q.measure.contains('半') {
        return Role::Share;
    }
    Role::Other
}

/// Do the words directly before a number speak of a change?
fn ends_in_change(piece: &str) -> bool {
    sign(piece).is_some() || piece.ends_with("同比") || piece.ends_with("环比")
}

/// The words before 率, if a rate is named.
fn rate(piece: &str) -> Option<String> {
    let found = RATE.as_ref()?.captures(piece)?.get(1)?.as_str();
    let found = found.trim_end_matches('率');
    let known = found.chars().count();
    (known > 0 && !found.ends_with('频') && !found.ends_with('效')).then(|| found.to_owned())
}
