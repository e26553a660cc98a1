//! The held-back split is frozen: a changed hash would leak training rows into the figures.

use tingsu::domain::{FOLDS, fold, is_for_tuning, is_held_back};

#[test]
fn folds_are_frozen_and_even() {
    let first: Vec<u32> = ["", "a", "a3-262339", "t-84840", "听诉"].iter().map(|g| fold(g, FOLDS)).collect();
    assert_eq!(first, [2, 5, 3, 0, 3]);
    let mut sizes = [0; 10];
    for n in 0..10_000 {
        sizes[fold(&format!("a2-{n}"), FOLDS) as usize] += 1;
    }
    assert!(sizes.iter().all(|s| (900..1100).contains(s)), "{sizes:?}");
    assert_eq!(fold("x", 0), 0);
    assert_eq!(is_held_back("a2-1"), fold("a2-1", 10) == 0);
}

#[test]
fn the_three_parts_do_not_overlap() {
    for n in 0..1_000 {
        let group = format!("E{n}");
        assert!(!(is_held_back(&group) && is_for_tuning(&group)), "{group}");
    }
}
