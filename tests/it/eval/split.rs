//! The held-back split is frozen: a changed hash would leak training rows into the figures.

use tingsu::domain::{FOLDS, fold, real_is_held_back, simulated_is_held_back};

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
    assert_eq!(real_is_held_back("a2-1"), fold("a2-1", 10) == 0);
}

#[test]
fn whole_authors_are_held_back() {
    for (id, held) in [("S09-001", true), ("S10-170", true), ("S01-009", false), ("S09", false), ("", false)] {
        assert_eq!(simulated_is_held_back(id), held, "{id}");
    }
}
