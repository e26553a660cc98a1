//! Shares in words: 三成五, 百分之二十二, 四分之一, 过半, 3‰.

use super::{
    number::{Numeral, numeral, round_place},
    page::Page,
    quantity::{Blur, Quantity, Unit, before, blank},
};

/// 三成, 三成五, 2.5成: tenths as percent.
pub(super) fn tenths(page: &Page, i: usize, n: Numeral, at: usize, blur: Blur) -> Quantity {
    let mut end = at + 1;
    let (mut value, mut place) = (n.value * 10.0, n.place * 10.0);
    if let Some(half) = numeral(page, end).filter(|h| h.end == end + 1 && h.value < 10.0 && h.value > 0.0) {
        value += half.value;
        place = 1.0;
        end = half.end;
    }
    let mut blur = blur;
    if page.says(end, "以上") || page.says(end, "多") {
        blur = Blur::More;
        end += if page.at(end) == '多' { 1 } else { 2 };
    }
    // 近四成 is nearer to four tenths than to three.
    let (lo, hi) = match blur {
        Blur::Less => (value - place / 2.0, value),
        blur => around(value, place, blur),
    };
    blank(i, end, value, lo, hi, 0, Unit::Percent, "成", false)
}

fn around(value: f64, place: f64, blur: Blur) -> (f64, f64) {
    match blur {
        Blur::More => (value, value + place),
        Blur::Less => (value - place, value),
        Blur::About | Blur::None => (value - place / 2.0, value + place / 2.0),
    }
}

/// 百分之二十二, 千分之三, 四分之一, 一半, 半数, 过半.
pub(super) fn fraction(page: &Page, i: usize) -> Option<Quantity> {
    let blur = before(page, i);
    for (word, of) in [("百分之", 100.0), ("千分之", 1000.0), ("万分之", 10000.0)] {
        if page.says(i, word) {
            let n = numeral(page, i + 3)?;
            let scale = 100.0 / of;
            let (lo, hi) = match blur {
                Blur::None => (n.value - n.place / 2.0, n.value + n.place / 2.0),
                blur => around(n.value, round_place(n.value, n.place), blur),
            };
            let point = page.says(n.end, "个百分点");
            return (!point).then(|| {
                blank(i, n.end, n.value * scale, lo * scale, hi * scale, n.decimals, Unit::Percent, "%", false)
            });
        }
    }
    for word in ["过半数", "过半", "一半", "半数"] {
        if page.says(i, word) && !page.says(i + 2, "以下") {
            let mut end = i + word.chars().count();
            let more = word.starts_with('过') || blur == Blur::More || page.says(end, "以上");
            end += if page.says(end, "以上") { 2 } else { 0 };
            let (lo, hi) = match blur {
                _ if more => (50.0, 100.0),
                Blur::Less => (40.0, 50.0),
                Blur::About => (45.0, 55.0),
                _ => (49.5, 50.5),
            };
            return Some(blank(i, end, 50.0, lo, hi, 0, Unit::Percent, word, false));
        }
    }
    let of = numeral(page, i)?;
    if page.says(of.end, "‰") {
        let half = of.place / 2.0;
        return Some(blank(
            i,
            of.end + 1,
            of.value / 10.0,
            (of.value - half) / 10.0,
            (of.value + half) / 10.0,
            of.decimals + 1,
            Unit::Percent,
            "‰",
            false,
        ));
    }
    if !page.says(of.end, "分之") || of.value < 2.0 {
        return None;
    }
    let n = numeral(page, of.end + 2)?;
    let value = n.value / of.value * 100.0;
    let (lo, hi) = match blur {
        Blur::More => (value, value * 1.2),
        Blur::Less => (value * 0.85, value),
        Blur::About => (value * 0.9, value * 1.1),
        Blur::None => (value * 0.98, value * 1.02),
    };
    Some(blank(i, n.end, value, lo, hi, 0, Unit::Percent, "分之", false))
}

/// 翻了一番, 翻两番, 翻番: added to what was, in times of it.
pub(super) fn doubled(page: &Page, i: usize) -> Option<Quantity> {
    if page.at(i) != '翻' {
        return None;
    }
    let at = i + if page.at(i + 1) == '了' { 2 } else { 1 };
    let (times, end) = match page.at(at) {
        '番' => (1.0, at + 1),
        '两' if page.at(at + 1) == '番' => (2.0, at + 2),
        _ => numeral(page, at).filter(|n| page.at(n.end) == '番').map(|n| (n.value, n.end + 1))?,
    };
    let value = 2f64.powf(times) - 1.0;
    let more = ["还多", "多", "以上", "有余"].iter().any(|w| page.says(end, w)) || before(page, i) == Blur::More;
    let (lo, hi) = match before(page, i) {
        _ if more => (value, 2.0 * value + 1.0),
        Blur::Less => (value * 0.8, value),
        Blur::About => (value * 0.9, value * 1.1),
        _ => (value - 0.05, value + 0.05),
    };
    (times > 0.0 && times <= 10.0).then(|| blank(i, end, value, lo, hi, 0, Unit::Times, "番", false))
}
