//! The n-gram baseline learns, and learns the same every time.

use tingsu::eval::baseline::{NgramConfig, Ngrams, SparseRows, SvmConfig, rank, train_binary};

const TRAIN: [(&str, &str); 12] = [
    ("小区停水两天了没有水用", "水"),
    ("自来水浑浊发黄没法喝", "水"),
    ("水压太低六楼没有水", "水"),
    ("水管爆裂路面都是水", "水"),
    ("昨晚停电到现在还没来电", "电"),
    ("电压不稳电器烧坏了", "电"),
    ("变压器旁的电线老化", "电"),
    ("电费多收了想查电表", "电"),
    ("公交车总是晚点", "车"),
    ("公交车司机不停站", "车"),
    ("等公交车一个小时", "车"),
    ("公交车线路改了", "车"),
];

fn features() -> (Ngrams, SparseRows, Vec<String>) {
    let texts: Vec<&str> = TRAIN.iter().map(|(text, _)| *text).collect();
    let ngrams = Ngrams::fit(&texts, NgramConfig::default());
    let rows = ngrams.transform(&texts);
    (ngrams, rows, TRAIN.iter().map(|(_, label)| (*label).to_owned()).collect())
}

#[test]
fn learns_a_toy_task() {
    let (ngrams, train, labels) = features();
    let test = ngrams.transform(&["家里停水没有水", "停电了电表坏了", "公交车又晚点", "xyz"]);
    let ranked = rank(&train, &labels, &test, &SvmConfig::default());
    let first: Vec<&str> = ranked.iter().map(|r| r[0].0.as_str()).collect();
    assert_eq!(first[..3], ["水", "电", "车"]);
    assert!(ranked.iter().all(|r| r.len() == 3 && r.windows(2).all(|w| w[0].1 >= w[1].1)));
    // Nothing of the last text is known: only the biases speak, all alike.
    assert!(ranked[3].iter().all(|(_, value)| *value < 0.0), "{:?}", ranked[3]);
}

#[test]
fn is_deterministic() {
    let run = || {
        let (ngrams, train, labels) = features();
        rank(&train, &labels, &ngrams.transform(&["停水停电等公交车"]), &SvmConfig::default())
    };
    assert_eq!(run(), run());
}

#[test]
fn reaches_the_optimum_of_its_objective() {
    let (_, rows, labels) = features();
    let yes: Vec<bool> = labels.iter().map(|l| l == "水").collect();
    let config = SvmConfig { tolerance: 1e-6, passes: 10_000, ..SvmConfig::default() };
    let best = train_binary(&rows, &yes, &config);
    let objective = |w: &[f32]| -> f64 {
        let size: f64 = w.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / 2.0;
        let loss: f64 = (0..rows.len())
            .map(|i| {
                let (columns, values) = rows.row(i);
                let inner: f64 = columns.iter().zip(values).map(|(c, v)| f64::from(w[*c as usize] * v)).sum();
                let y = if yes[i] { 1.0 } else { -1.0 };
                (1.0 - y * (inner + f64::from(*w.last().unwrap()))).max(0.0).powi(2)
            })
            .sum();
        size + config.c * loss
    };
    let least = objective(&best);
    for at in 0..best.len() {
        for step in [-0.01, 0.01] {
            let mut other = best.clone();
            other[at] += step;
            assert!(objective(&other) >= least - 1e-6, "weight {at} can be improved");
        }
    }
}

#[test]
fn weights_by_hand() {
    // Characters only; `a` stands in both rows, `b` and `c` in one each (and so not at all).
    let config = NgramConfig { least: 1, most: 1, min_rows: 2 };
    let ngrams = Ngrams::fit(&["aab", "Ac"], config);
    assert_eq!(ngrams.width(), 1);
    let rows = ngrams.transform(&["aaa", "zzz", ""]);
    assert_eq!(rows.row(0), ([0_u32].as_slice(), [1.0_f32].as_slice()));
    assert_eq!(rows.row(1), ([].as_slice(), [].as_slice()));
    assert_eq!(rows.row(9), ([].as_slice(), [].as_slice()));
    assert_eq!((rows.len(), rows.width()), (3, 1));
    // Two n-grams: `a` in 2 of 2 rows, idf 1; `b` in 2 of 2 too; counts 3 and 1.
    let ngrams = Ngrams::fit(&["ab", "ba"], config);
    let rows = ngrams.transform(&["aaab"]);
    let (a, b) = (1.0 + 3.0_f32.ln(), 1.0_f32);
    let norm = (a * a + b * b).sqrt();
    let (_, values) = rows.row(0);
    assert!((values[0] - a / norm).abs() < 1e-6 && (values[1] - b / norm).abs() < 1e-6, "{values:?}");
}

#[test]
fn poor_training_sets_do_not_break_it() {
    let check = |texts: &[&str], labels: &[&str], classes: usize| {
        let ngrams = Ngrams::fit(texts, NgramConfig::default());
        let labels: Vec<String> = labels.iter().map(|l| (*l).to_owned()).collect();
        let test = ngrams.transform(&["停水"]);
        let ranked = rank(&ngrams.transform(texts), &labels, &test, &SvmConfig::default());
        assert_eq!(ranked.len(), 1);
        assert_eq!(ranked[0].len(), classes, "{texts:?}");
    };
    check(&[], &[], 0);
    check(&["停水", "停水了"], &["a", "a"], 1);
    check(&["", ""], &["a", "b"], 2);
    check(&["停水", "停水"], &["a", "b"], 2);
}
