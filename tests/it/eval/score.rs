//! Scores against examples worked out by hand.

use proptest::prelude::*;
use tingsu::{
    domain::Urgency::{self, U1, U2, U3, U4},
    eval::score::{
        Bins, LabelCounts, Share, calibration_error, confusions, label_counts, macro_f1, risk_coverage, top_k,
        urgency_scores,
    },
};

fn near(value: Option<f64>, wanted: f64) {
    let value = value.unwrap();
    assert!((value - wanted).abs() < 1e-6, "{value}, not {wanted}");
}

#[test]
fn top_k_by_hand() {
    let gold = ["a", "b", "c", "d"];
    let ranked = [vec!["a", "b"], vec!["a", "b"], vec!["a", "b", "x", "c"], vec![]];
    for (k, hits) in [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3)] {
        assert_eq!(top_k(&gold, &ranked, k), Share { hits, of: 4 }, "k = {k}");
    }
}

#[test]
fn shares_and_intervals_by_hand() {
    assert_eq!(Share { hits: 0, of: 0 }.value(), None);
    assert_eq!(Share { hits: 0, of: 0 }.interval(), None);
    // Wilson for 8 of 10: 0.4902 .. 0.9433
    let (low, high) = Share { hits: 8, of: 10 }.interval().unwrap();
    assert!((low - 0.490_2).abs() < 1e-3 && (high - 0.943_3).abs() < 1e-3, "{low} {high}");
    let (low, high) = Share { hits: 3, of: 3 }.interval().unwrap();
    assert!(low > 0.4 && high <= 1.0, "{low} {high}");
}

#[test]
fn f1_by_hand() {
    let gold = ["a", "a", "a", "b", "b", "c"];
    let said = [Some("a"), Some("a"), Some("b"), Some("b"), None, Some("z")];
    let counts = label_counts(&gold, &said);
    let of = |hit, false_alarm, missed| LabelCounts { hit, false_alarm, missed };
    assert_eq!(counts["a"], of(2, 0, 1));
    assert_eq!(counts["b"], of(1, 1, 1));
    assert_eq!(counts["c"], of(0, 0, 1));
    assert_eq!(counts["z"], of(0, 1, 0));
    // a: 4/5, b: 2/4, c: 0; z does not occur in the truth.
    near(macro_f1(&gold, &said), (0.8 + 0.5 + 0.0) / 3.0);
    assert_eq!(macro_f1::<&str>(&[], &[]), None);
    assert_eq!(confusions(&gold, &said, 5), [("a", "b", 1), ("c", "z", 1)]);
    near(counts["a"].precision().value(), 1.0);
    near(counts["a"].recall().value(), 2.0 / 3.0);
}

#[test]
fn calibration_by_hand() {
    // Two bins of width 0.5: {0.2 wrong, 0.4 right} and {0.8 right, 1.0 right}.
    let answers = [(0.2, false), (1.0, true), (0.4, true), (0.8, true)];
    // |0.6 − 1| / 4 + |1.8 − 2| / 4
    near(calibration_error(&answers, Bins::Width(2)), (0.4 + 0.2) / 4.0);
    near(calibration_error(&answers, Bins::Mass(2)), (0.4 + 0.2) / 4.0);
    // Four bins of equal size are the answers themselves: 0.2 + 0.6 + 0.2 + 0.
    near(calibration_error(&answers, Bins::Mass(4)), 1.0 / 4.0);
    near(calibration_error(&[(1.0, true)], Bins::Width(15)), 0.0);
    near(calibration_error(&[(0.0, false)], Bins::Width(0)), 0.0);
    assert_eq!(calibration_error(&[], Bins::Width(15)), None);
}

#[test]
fn risk_by_hand() {
    let answers = [(0.5, false), (0.9, true), (0.7, true), (0.6, false)];
    let table = risk_coverage(&answers, &[1.0, 0.75, 0.5, 0.25, 0.0]);
    let seen: Vec<(f64, f32, f64)> = table.iter().map(|r| (r.coverage, r.threshold, r.risk)).collect();
    assert_eq!(seen, [(1.0, 0.5, 0.5), (0.75, 0.6, 1.0 / 3.0), (0.5, 0.7, 0.0), (0.25, 0.9, 0.0)]);
    assert!(risk_coverage(&[], &[1.0]).is_empty());
}

#[test]
fn urgency_by_hand() {
    let gold = [U1, U1, U2, U3, U4, U4];
    let said = [U1, U3, U1, U2, U4, U4];
    let scores = urgency_scores(&gold, &said);
    assert_eq!(scores.accuracy, Share { hits: 3, of: 6 });
    assert_eq!(scores.levels["U1"], LabelCounts { hit: 1, false_alarm: 1, missed: 1 });
    assert_eq!(scores.levels["U2"], LabelCounts { hit: 0, false_alarm: 1, missed: 1 });
    // Urgent at all: rows 0 and 2 hit, row 1 missed, row 3 a false alarm.
    assert_eq!(scores.urgent, LabelCounts { hit: 2, false_alarm: 1, missed: 1 });
    assert_eq!(scores.u1_missed_far, 1);
    // U1 ½, U2 0, U3 0, U4 1
    near(scores.macro_f1, 1.5 / 4.0);
}

fn level() -> impl Strategy<Value = Urgency> {
    prop::sample::select(Urgency::ALL.to_vec())
}

proptest! {
    #[test]
    fn scores_stay_in_bounds(pairs in prop::collection::vec((level(), level()), 0..40), answers in prop::collection::vec((0.0_f32..=1.0, any::<bool>()), 0..60)) {
        let (gold, said): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        let scores = urgency_scores(&gold, &said);
        prop_assert!(scores.macro_f1.is_none_or(|f| (0.0..=1.0).contains(&f)));
        prop_assert_eq!(scores.macro_f1.is_none(), gold.is_empty());
        let all: usize = scores.levels.values().map(|c| c.hit + c.missed).sum();
        prop_assert_eq!(all, gold.len());
        let same = urgency_scores(&gold, &gold);
        prop_assert!(same.macro_f1.is_none_or(|f| f == 1.0));
        for bins in [Bins::Width(15), Bins::Mass(15)] {
            let error = calibration_error(&answers, bins);
            prop_assert!(error.is_none_or(|e| (0.0..=1.0).contains(&e)), "{:?}", error);
        }
        let risk = risk_coverage(&answers, &[1.0, 0.5]);
        prop_assert!(risk.iter().all(|r| (0.0..=1.0).contains(&r.risk)));
    }
}
