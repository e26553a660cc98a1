//! Two bundles on the same rows: figures, chance, and what would change.

use proptest::prelude::*;
use tingsu::eval::compare::{Answered, ChangeCounts, Comparison, Paired, Verdict, compare, mcnemar_exact};

fn row(id: usize, gold: &str, a: &str, b: &str) -> Answered {
    let label = |l: &str| (l != "-").then(|| l.to_owned());
    Answered { id: format!("t-{id}"), gold: vec![label(gold)], a: vec![label(a)], b: vec![label(b)] }
}

/// Rows as `gold a b`, several times each.
fn compared(rows: &[(usize, &str)]) -> Comparison {
    let mut all = Vec::new();
    for (times, spec) in rows {
        let [gold, a, b] = spec.split(' ').collect::<Vec<_>>().try_into().unwrap();
        (0..*times).for_each(|_| all.push(row(all.len(), gold, a, b)));
    }
    compare(("old", "new"), &["category"], &all)
}

#[test]
fn mcnemar_is_exact() {
    let check = |a: usize, b: usize, p: f64| {
        let found = mcnemar_exact(a, b);
        assert!((found - p).abs() < 1e-4 * p.max(1e-3), "{a} {b}: {found} and not {p}");
    };
    // scipy.stats.binomtest(min(a, b), a + b).pvalue
    check(0, 0, 1.0);
    check(0, 1, 1.0);
    check(0, 5, 0.0625);
    check(0, 6, 0.03125);
    check(3, 12, 0.035_156);
    check(12, 3, 0.035_156);
    check(10, 10, 1.0);
    check(59, 121, 4.345e-6);
    assert!(mcnemar_exact(0, 5_000) >= 0.0, "no underflow into nonsense");
    assert!((mcnemar_exact(4_999, 5_001) - 0.992).abs() < 0.001);
}

#[test]
fn figures_classes_and_confusions() {
    let found = compared(&[(4, "a a a"), (3, "a b a"), (1, "a a b"), (2, "b a a"), (5, "b b b"), (1, "- a b")]);
    let head = &found.heads[0];
    assert_eq!((found.rows, found.judged()), (16, 15));
    assert_eq!((head.a.hits, head.a.of, head.b.hits, head.b.of), (10, 15, 12, 15));
    assert_eq!(head.paired, Paired { both: 9, only_a: 1, only_b: 3, neither: 2, p: mcnemar_exact(1, 3) });
    let a = head.classes.iter().find(|c| c.label == "a").unwrap();
    assert_eq!((a.of, a.a.hit, a.a.missed, a.a.false_alarm), (8, 5, 3, 2));
    assert_eq!((a.b.hit, a.b.missed, a.b.false_alarm), (7, 1, 2));
    assert_eq!(head.confusions[0], [("a".to_owned(), "b".to_owned(), 3), ("b".to_owned(), "a".to_owned(), 2)]);
    assert_eq!(head.confusions[1], [("b".to_owned(), "a".to_owned(), 2), ("a".to_owned(), "b".to_owned(), 1)]);
    assert_eq!(head.changes.counts, ChangeCounts { better: 3, worse: 1, neither: 0, unjudged: 1 });
    assert_eq!(head.changes.list[0].verdict, Verdict::Worse, "the worse ones are listed first");
    assert_eq!(head.changes.by_class["a"], ChangeCounts { better: 3, worse: 1, neither: 0, unjudged: 1 });
}

#[test]
fn what_is_worse_is_named_with_its_margin() {
    // 90 right of 100 against 88
    let found = compared(&[(86, "a a a"), (4, "a a b"), (2, "a b a"), (8, "a b b")]);
    let worse = |margin| found.worse(&["category"], margin).len();
    assert_eq!((worse(0.0), worse(0.019), worse(0.02), worse(0.03)), (1, 1, 0, 0));
    assert!(found.worse(&["urgency"], 0.0).is_empty());
    let undecided = compared(&[(50, "- a b")]);
    assert!(undecided.worse(&["category"], 0.0).is_empty(), "what nobody decided says nothing");
    let said = found.to_string();
    for word in ["90.0 %", "88.0 %", "仅甲对 4 件,仅乙对 2 件", "可能出于偶然", "改对 2,改错 4"] {
        assert!(said.contains(word), "wanted `{word}` in:\n{said}");
    }
    let sure = compared(&[(50, "a a a"), (20, "a b a")]).to_string();
    assert!(sure.contains("乙确实更好") && sure.contains("p < 0.001"), "{sure}");
    assert!(undecided.to_string().contains("没有裁定过的工单"));
}

proptest! {
    /// Turning the two round turns everything round; the counts add up.
    #[test]
    fn turned_round(rows in prop::collection::vec((0..4_usize, 0..4_usize, 0..4_usize), 0..60)) {
        let word = |n: usize| ["-", "a", "b", "c"][n];
        let there: Vec<Answered> =
            rows.iter().enumerate().map(|(n, (g, a, b))| row(n, word(*g), word(*a), word(*b))).collect();
        let back: Vec<Answered> =
            rows.iter().enumerate().map(|(n, (g, a, b))| row(n, word(*g), word(*b), word(*a))).collect();
        let (x, y) = (compare(("a", "b"), &["h"], &there), compare(("b", "a"), &["h"], &back));
        let (x, y) = (&x.heads[0], &y.heads[0]);
        prop_assert_eq!((x.a, x.b), (y.b, y.a));
        prop_assert_eq!(x.paired.p, y.paired.p);
        prop_assert!((0.0..=1.0).contains(&x.paired.p));
        prop_assert_eq!(x.paired.both + x.paired.only_a + x.paired.only_b + x.paired.neither, x.a.of);
        let (c, d) = (x.changes.counts, y.changes.counts);
        prop_assert_eq!((c.better, c.worse, c.neither, c.unjudged), (d.worse, d.better, d.neither, d.unjudged));
        prop_assert_eq!(c.better, x.paired.only_b);
        prop_assert_eq!(c.worse, x.paired.only_a);
        prop_assert_eq!(x.changes.by_class.values().map(|c| c.all()).sum::<usize>(), c.all());
        prop_assert_eq!(x.classes.iter().map(|c| c.of).sum::<usize>(), x.a.of);
    }
}
