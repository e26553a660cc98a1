//! Properties over made-up bulletins: true ones are never blamed, a planted error is found, any text is
//! taken, and twice the text takes about twice the time.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use tingsu::report::audit::{Verdict, audit};

const LABELS: &[&str] = &["物业服务", "劳动保障", "道路交通", "噪音扰民", "消费纠纷", "市容环卫"];

/// A bulletin's numbers: parts, decimals of the shares, last week's count.
#[derive(Clone, Debug)]
struct Facts {
    parts: Vec<u64>,
    decimals: usize,
    last: u64,
    order: bool,
}

fn facts() -> impl Strategy<Value = Facts> {
    (prop::collection::vec(20_u64..4000, 2..6), 0_usize..3, 200_u64..9000, any::<bool>()).prop_map(
        |(parts, decimals, last, order)| {
            let mut parts = parts;
            if order {
                parts.sort_unstable_by(|a, b| b.cmp(a));
            }
            Facts { parts, decimals, last, order }
        },
    )
}

/// What is printed wrongly.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Plant {
    Nothing,
    Total,
    Share,
    Change,
    Sum,
}

fn write(f: &Facts, plant: Plant, off: u64) -> String {
    let total: u64 = f.parts.iter().sum();
    let printed = if plant == Plant::Total { total + off } else { total };
    let change = (total as f64 - f.last as f64) / f.last as f64 * 100.0;
    let change = if plant == Plant::Change { change.abs() + 1.0 + off as f64 } else { change.abs() };
    let way = if total >= f.last { "上升" } else { "下降" };
    let items: Vec<String> = f
        .parts
        .iter()
        .enumerate()
        .map(|(at, n)| {
            let mut share = *n as f64 / total as f64 * 100.0;
            if plant == Plant::Share && at == 0 {
                share = if share > 50.0 { share - 3.0 } else { share + 3.0 };
            }
            format!("{}{n}件,占{share:.*}%", LABELS[at], f.decimals)
        })
        .collect();
    let sum = if plant == Plant::Sum { total + off } else { total };
    let order = if f.order { "从高到低依次为:" } else { "" };
    let again: Vec<String> = f.parts.iter().enumerate().map(|(at, n)| format!("{}{n}件", LABELS[at])).collect();
    format!(
        "本周共受理诉求{printed}件,较上周的{}件{way}{change:.1}%。其中,{}。{order}{},合计{sum}件。",
        f.last,
        items.join(";"),
        again.join("、")
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_true_bulletin_is_never_blamed(f in facts()) {
        let text = write(&f, Plant::Nothing, 0);
        let checks = audit(&text);
        prop_assert!(checks.iter().all(|c| c.verdict != Verdict::Disagrees), "{text}\n{checks:#?}");
        let agreed = checks.iter().filter(|c| c.verdict == Verdict::Agrees).count();
        prop_assert!(agreed >= f.parts.len() + 2, "{text}\n{checks:#?}");
    }

    #[test]
    fn a_planted_error_is_found(f in facts(), which in 0_usize..3, off in 1_u64..500) {
        let plant = [Plant::Share, Plant::Change, Plant::Sum][which];
        let text = write(&f, plant, off);
        let checks = audit(&text);
        prop_assert!(checks.iter().any(|c| c.verdict == Verdict::Disagrees), "{plant:?}\n{text}\n{checks:#?}");
    }

    #[test]
    fn a_total_that_its_shares_contradict_is_found(f in facts(), off in 300_u64..500) {
        // The total is far enough off for at least one share of two decimals to show it.
        let f = Facts { decimals: 2, ..f };
        let text = write(&f, Plant::Total, off + f.parts.iter().sum::<u64>() / 20);
        let checks = audit(&text);
        prop_assert!(checks.iter().any(|c| c.verdict == Verdict::Disagrees), "{text}\n{checks:#?}");
    }

    #[test]
    fn any_text_is_taken(text in "[0-9０-９一二三十百千万亿件起条个%％成倍占比其中分之共合计同环比上升下降,，、；;:：()（）。.\\-\t|\n 年月日至率满意回访约近余超]{0,200}") {
        let chars: Vec<char> = text.chars().collect();
        for c in audit(&text) {
            prop_assert!(c.start < c.end && c.end <= chars.len());
            prop_assert_eq!(chars[c.start..c.end].iter().collect::<String>(), c.claim);
        }
    }

    #[test]
    fn any_characters_are_taken(text in any::<String>()) {
        let chars: Vec<char> = text.chars().collect();
        for c in audit(&text) {
            prop_assert_eq!(chars[c.start..c.end].iter().collect::<String>(), c.claim);
        }
    }
}

/// The least of three runs.
fn time(text: &str) -> Duration {
    (0..3)
        .map(|_| {
            let (start, on_cpu) = (Instant::now(), crate::on_cpu());
            std::hint::black_box(audit(text));
            on_cpu.zip(crate::on_cpu()).map_or_else(|| start.elapsed(), |(before, after)| after.saturating_sub(before))
        })
        .min()
        .unwrap()
}

#[test]
fn time_grows_with_the_length() {
    let page =
        write(&Facts { parts: vec![812, 640, 598, 77], decimals: 1, last: 1999, order: true }, Plant::Nothing, 0);
    for unit in [
        format!("{page}\n"),
        page.replace('。', ";"),
        "(((12件,".into(),
        "1,".into(),
        "一百".into(),
        "其中3件、占5%".into(),
        "a\t5\n".into(),
        "3月5日至7日日均5件;".into(),
    ] {
        let n = 60_000 / unit.chars().count();
        let (small, large) = (time(&unit.repeat(n)), time(&unit.repeat(n * 4)));
        // Quadratic time would be sixteen times as long; the floor keeps noise out.
        let floor = Duration::from_millis(20);
        assert!(large < small.max(floor) * 9, "{unit:.20}: {small:?} -> {large:?}");
    }
}
