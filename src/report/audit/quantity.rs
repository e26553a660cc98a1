//! Quantities: a numeral with its unit, the words before it, and the interval of true values that its
//! print allows.

use super::{
    fraction::{doubled, fraction, tenths},
    number::{Numeral, numeral, round_place},
    page::{Page, without_remarks},
    role::Role,
};

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Matters: 件, 起, 条, 次… Which word is used does not matter.
    Count,
    /// Persons, households.
    People,
    /// Money.
    Money,
    /// Percent; 成, 分之 and ‰ are turned into it.
    Percent,
    /// 个百分点.
    Point,
    /// 倍.
    Times,
    /// Days.
    Days,
}

/// A number with its unit.
#[derive(Clone, Debug)]
pub(super) struct Quantity {
    /// First character of the number.
    pub start: usize,
    /// First character behind the unit.
    pub end: usize,
    /// As printed.
    pub value: f64,
    /// Least true value that this print allows.
    pub lo: f64,
    /// Greatest.
    pub hi: f64,
    /// Decimals printed.
    pub decimals: usize,
    /// A minus sign stands before it.
    pub negative: bool,
    /// What is counted.
    pub unit: Unit,
    /// The measure word; empty if none is printed.
    pub measure: String,
    /// Number of the sentence.
    pub sentence: usize,
    /// Number of the paragraph.
    pub paragraph: usize,
    /// Open brackets around it.
    pub depth: usize,
    /// Words since the quantity before it in the sentence, or since the sentence began.
    pub lead: String,
    /// The part of `lead` behind its last mark.
    pub piece: String,
    /// That mark; a blank if there is none.
    pub mark: char,
    /// Words behind it, up to the next mark.
    pub trail: String,
    /// What it does in its sentence.
    pub role: Role,
}

impl Unit {
    /// Matters, persons or money.
    pub(super) fn is_count(self) -> bool {
        matches!(self, Self::Count | Self::People | Self::Money)
    }

    /// Percent.
    pub(super) fn is_percent(self) -> bool {
        self == Self::Percent
    }
}

impl Quantity {
    pub(super) fn is_count(&self) -> bool {
        self.unit.is_count()
    }

    /// Can this count be a whole of which `part` is a part? Items are not matters: 5个中心 holds no 300件.
    pub(super) fn holds(&self, part: &Self) -> bool {
        let items = matches!(self.measure.as_str(), "个" | "项" | "处" | "批" | "家");
        self.unit == part.unit && (!items || self.measure == part.measure)
    }

    /// Do two counts count alike?
    pub(super) fn alike(&self, other: &Self) -> bool {
        self.unit == other.unit
    }
}

/// Measure words, longest first.
const MEASURES: &[(&str, Unit)] = &[
    ("个百分点", Unit::Point),
    ("百分点", Unit::Point),
    ("件(次)", Unit::Count),
    ("件次", Unit::Count),
    ("人次", Unit::Count),
    ("件", Unit::Count),
    ("起", Unit::Count),
    ("条", Unit::Count),
    ("例", Unit::Count),
    ("宗", Unit::Count),
    ("单", Unit::Count),
    ("张", Unit::Count),
    ("份", Unit::Count),
    ("次", Unit::Count),
    ("通", Unit::Count),
    ("批", Unit::Count),
    ("篇", Unit::Count),
    ("封", Unit::Count),
    ("票", Unit::Count),
    ("笔", Unit::Count),
    ("项", Unit::Count),
    ("个", Unit::Count),
    ("处", Unit::Count),
    ("家", Unit::Count),
    ("户", Unit::People),
    ("人", Unit::People),
    ("名", Unit::People),
    ("位", Unit::People),
    ("元", Unit::Money),
    ("倍", Unit::Times),
    ("天", Unit::Days),
    ("%", Unit::Percent),
];

/// Behind these a measure word is another word: 个月, 个工作日, 次日, 人民, 单位, 条例, 项目.
const NOT: &[&str] = &[
    "个月",
    "个工作",
    "个小时",
    "个小区",
    "处理",
    "家庭",
    "家园",
    "家电",
    "家政",
    "家装",
    "处置",
    "处于",
    "项目",
    "份额",
    "名单",
    "人均",
    "次日",
    "人民",
    "单位",
    "条例",
    "个别",
    "起始",
    "天然",
    "件事",
];

fn unit(page: &Page, at: usize) -> Option<(usize, Unit, &'static str)> {
    let at = if page.at(at) == ' ' { at + 1 } else { at };
    if NOT.iter().any(|word| page.says(at, word)) {
        return None;
    }
    let (word, unit) = MEASURES.iter().find(|(word, _)| page.says(at, word))?;
    Some((at + word.chars().count(), *unit, word))
}

/// A small number in words is a quantity before these alone.
const COUNTED: &[&str] = &["件", "起", "例", "宗", "户", "人", "倍", "成", "天", "个百分点", "%", "余", "多"];

/// How a number is blurred by the words around it.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Blur {
    /// As printed.
    None,
    /// 约.
    About,
    /// 余, 超.
    More,
    /// 近, 不足.
    Less,
}

/// Every quantity of the stretch `from..to` of the page, which lies in one sentence.
pub(super) fn quantities(page: &Page, from: usize, to: usize) -> Vec<Quantity> {
    let mut all: Vec<Quantity> = Vec::new();
    let (mut i, mut depth, mut since) = (from, 0_usize, from);
    while i < to {
        match page.at(i) {
            '(' | '[' | '【' => depth += 1,
            ')' | ']' | '】' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match quantity(page, i, to).filter(|q| q.end <= to) {
            None => i = past(page, i),
            Some(mut q) => {
                let lead = page.text(since.max(q.start.saturating_sub(60)), q.start);
                let plain = without_remarks(&lead);
                let cut = plain.char_indices().rev().find(|(_, c)| is_mark(*c));
                (q.mark, q.piece) = match cut {
                    Some((at, c)) => (c, plain[at + c.len_utf8()..].trim().to_owned()),
                    None => (' ', plain.trim().to_owned()),
                };
                q.lead = lead;
                let mut stop = q.end;
                while stop < to && stop < q.end + 16 && !is_mark(page.at(stop)) {
                    stop += 1;
                }
                q.trail = page.text(q.end, stop);
                q.depth = depth;
                (i, since) = (q.end, q.end);
                all.push(q);
            }
        }
    }
    all
}

/// Does this character part phrases?
pub(super) fn is_mark(c: char) -> bool {
    matches!(
        c,
        ',' | ';' | ':' | '、' | '(' | ')' | '[' | ']' | '【' | '】' | '《' | '》' | '“' | '”' | '"' | '\t' | '|'
    )
}

/// The next place where a numeral may begin: digits that were no quantity are passed as a whole.
fn past(page: &Page, i: usize) -> usize {
    let mut at = i + 1;
    if page.at(i).is_ascii_digit() {
        while page.at(at).is_ascii_digit() {
            at += 1;
        }
    }
    at
}

fn quantity(page: &Page, i: usize, to: usize) -> Option<Quantity> {
    if let Some(q) = fraction(page, i).or_else(|| doubled(page, i)) {
        return Some(q);
    }
    if i > 0 && matches!(page.at(i - 1), '第' | '几' | '数' | '.' | '·' | '〔') {
        return None;
    }
    let n = numeral(page, i)?;
    // APP58件 is 58; COVID19 is nothing.
    let lettered = i > 0 && page.at(i - 1).is_ascii_alphabetic();
    if lettered && unit(page, n.end).is_none_or(|(_, u, _)| u != Unit::Count) {
        return None;
    }
    // 前三位, 后5名, 每3天; 两个方面, 一项制度.
    let ordinal = i > 0 && matches!(page.at(i - 1), '前' | '后' | '每' | '首' | '这' | '那' | '各') && n.value <= 100.0;
    let wordy = !page.at(i).is_ascii_digit() && n.value < 11.0 && !COUNTED.iter().any(|w| page.says(n.end, w));
    if ordinal || wordy {
        return None;
    }
    // 8:30.
    if page.at(n.end) == ':' && page.at(n.end + 1).is_ascii_digit() {
        return None;
    }
    let mut at = n.end;
    let mut blur = if n.more { Blur::More } else { before(page, i) };
    if matches!(page.at(at), '余' | '多') || (page.at(at) == '来' && unit(page, at + 1).is_some()) {
        blur = if page.at(at) == '来' { Blur::About } else { Blur::More };
        at += 1;
    }
    if page.at(at) == '成' && n.value >= 1.0 && n.value <= 10.0 && !page.says(at, "成立") && !page.says(at, "成功")
    {
        return Some(tenths(page, i, n, at, blur));
    }
    let (end, unit, word) = match unit(page, at) {
        Some(found) => found,
        None => (at, bare(page, i, at, to)?, ""),
    };
    // 1天以内, 1-3天: names of classes, no numbers of their own.
    let class = ["以内", "以上", "以下", "之内", "内"].iter().any(|w| page.says(end, w));
    if unit == Unit::Days && (class || i > 1 && page.at(i - 1) == '-' && page.at(i - 2).is_ascii_digit()) {
        return None;
    }
    let mut end = end;
    for (word, kind) in [
        ("以上", Blur::More),
        ("以下", Blur::Less),
        ("左右", Blur::About),
        ("上下", Blur::About),
        ("多", Blur::More),
        ("余", Blur::More),
    ] {
        let clings = word.chars().count() == 1 && !is_mark(page.at(end + 1)) && page.at(end + 1) != '的';
        if page.says(end, word) && unit != Unit::Point && !clings {
            blur = kind;
            end += word.chars().count();
            break;
        }
    }
    let negative = i > 0 && page.at(i - 1) == '-' && (i < 2 || !page.at(i - 2).is_ascii_digit());
    Some(made(i, end, n, unit, word, blur, negative))
}

/// What a number without a unit counts: 受理量26893, and all but the last of 分别为120、80件 and of
/// 分别提升0.2、1.1、0.8个百分点.
fn bare(page: &Page, i: usize, at: usize, to: usize) -> Option<Unit> {
    let back = page.text(i.saturating_sub(4), i);
    let next = page.at(at);
    if at < to && !is_mark(next) && next != ' ' {
        return None;
    }
    if ["量", "总数", "件数", "量:", "总数:", "件数:", "量为", "总数为"].iter().any(|word| back.ends_with(word))
    {
        return Some(Unit::Count);
    }
    // A chain of numbers that ends in one with a unit.
    if next != '、' || !page.at(i).is_ascii_digit() {
        return None;
    }
    let mut at = at + 1;
    for _ in 0..12 {
        let n = numeral(page, at)?;
        match unit(page, n.end) {
            Some((_, Unit::Count | Unit::People, _)) => return Some(Unit::Count),
            Some((_, unit @ (Unit::Point | Unit::Percent), _)) => return Some(unit),
            Some(_) => return None,
            None if matches!(page.at(n.end), '、' | '和' | '及') => at = n.end + 1,
            None => return None,
        }
    }
    None
}

/// 约, 近, 超… directly before a number.
pub(super) fn before(page: &Page, i: usize) -> Blur {
    let back = page.text(i.saturating_sub(3), i);
    let back = back.trim_end();
    if ["不足", "不到", "少于", "低于"].iter().any(|w| back.ends_with(w))
        || (back.ends_with('近') && !back.ends_with("最近"))
    {
        Blur::Less
    } else if ["超过", "超", "逾", "高于", "多于", "突破"].iter().any(|w| back.ends_with(w)) {
        Blur::More
    } else if ["约", "大约", "左右", "接近"].iter().any(|w| back.ends_with(w)) {
        Blur::About
    } else {
        Blur::None
    }
}

fn made(start: usize, end: usize, n: Numeral, unit: Unit, word: &str, blur: Blur, negative: bool) -> Quantity {
    let exact = unit == Unit::Count || unit == Unit::People || unit == Unit::Days;
    let step = round_place(n.value, n.place);
    let (lo, hi) = match blur {
        Blur::More => (n.value, n.value + if n.decimals > 0 { n.place } else { step }),
        Blur::Less => (n.value - if n.decimals > 0 { n.place } else { step }, n.value),
        Blur::About => (n.value - step.max(n.value * 0.05), n.value + step.max(n.value * 0.05)),
        Blur::None if exact && !n.rounded => (n.value, n.value),
        Blur::None => (n.value - n.place / 2.0, n.value + n.place / 2.0),
    };
    blank(start, end, n.value, lo, hi, n.decimals, unit, word, negative)
}

#[expect(clippy::too_many_arguments, reason = "a constructor of one private struct")]
pub(super) fn blank(
    start: usize,
    end: usize,
    value: f64,
    lo: f64,
    hi: f64,
    decimals: usize,
    unit: Unit,
    word: &str,
    negative: bool,
) -> Quantity {
    Quantity {
        start,
        end,
        value,
        lo,
        hi,
        decimals,
        negative,
        unit,
        measure: word.to_owned(),
        sentence: 0,
        paragraph: 0,
        depth: 0,
        lead: String::new(),
        piece: String::new(),
        mark: ' ',
        trail: String::new(),
        role: Role::Plain,
    }
}
