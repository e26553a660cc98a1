//! Strange input that every total function of the room must bear.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use proptest::prelude::*;

const MEGABYTE: usize = 1 << 20;

/// Long pathological texts of about one megabyte each.
pub(super) fn texts() -> Vec<(&'static str, String)> {
    let of = |unit: &str| unit.repeat(MEGABYTE / unit.len());
    vec![
        ("one han character", of("水")),
        ("one latin letter", of("a")),
        ("one digit", of("1")),
        ("spaces", of(" ")),
        ("zero width", of("\u{200B}")),
        ("combining marks", format!("e{}", of("\u{301}"))),
        ("lone combining marks of many classes", of("\u{301}\u{323}\u{5B0}")),
        ("marks after invisible ones", format!("a{}\u{301}", of("\u{200D}"))),
        ("emoji families", of("👨\u{200D}👩\u{200D}👧")),
        ("no punctuation", of("某地居民反映楼上漏水多次联系物业无人处理")),
        ("traditional in context", of("瞭乾著畫")),
        ("private use", of("\u{E000}")),
        ("right to left", of("שלום عربي ")),
        ("digits and dashes", of("138-1234-5678 ")),
        ("address particles", of("路号街村区组")),
        ("one address without end", of("和平路3号")),
        ("name cues", of("姓名王")),
        ("titles", of("王先生")),
        ("at signs", of("a@b.")),
        ("hangul jamo", of("\u{1100}\u{1161}\u{11A8}")),
    ]
}

/// Runs something that must be linear; ten seconds is far more than it needs, and far less than a
/// quadratic pass over a megabyte.
pub(super) fn in_time<T>(name: &str, run: impl FnOnce() -> T) -> T {
    let start = busy();
    let result = run();
    let took = busy().saturating_sub(start);
    assert!(took < Duration::from_secs(10), "{name}: {took:?}");
    result
}

/// Time that this thread has spent on a processor (a loaded machine must not fail the test); where the
/// system does not tell, time that has passed.
fn busy() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|line| line.split_whitespace().next()?.parse().ok());
    nanoseconds.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// Texts mixed from pieces that are hard: what appeals contain, and what breaks programs.
pub(super) fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "漏水",
            "樓",
            "瞭解",
            "瞭",
            "乾",
            "乾隆",
            "著",
            "著名",
            "計畫",
            "。",
            "，",
            "\n",
            " ",
            "\u{3000}",
            "\u{200B}",
            "\u{FE0F}",
            "\u{301}",
            "\u{323}",
            "\u{307}",
            "İ",
            "ﾊ",
            "ﾟ",
            "ᄀ",
            "\u{1161}",
            "한",
            "👨\u{200D}👩",
            "🇨🇳",
            "\u{E000}",
            "\u{0}",
            "\u{202E}",
            "ﷺ",
            "´",
            "①",
            "㈠",
            "１３８",
            "13812345678",
            "-",
            "Ａ",
            "ß",
            "Ⅷ",
            "㍿",
            "姓名：",
            "王",
            "王五",
            "先生",
            "女士",
            "苏A",
            "A12345",
            "@",
            "a@b.cn",
            "路",
            "3号",
            "和平路",
            "小区",
            "市",
            "区",
            "A3",
            "与",
            "交叉口",
            "附近",
            "村",
            "三组",
            "在",
            "的",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}
