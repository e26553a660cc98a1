//! How found events are scored against gold ones.

use tingsu::eval::topics::b_cubed;

/// Groups, the events of the appeals in order (`-` for none), precision and recall.
fn check(groups: &[&[usize]], events: &str, precision: f64, recall: f64) {
    let event: Vec<Option<String>> = events.chars().map(|e| (e != '-').then(|| e.to_string())).collect();
    let groups: Vec<Vec<usize>> = groups.iter().map(|g| g.to_vec()).collect();
    let score = b_cubed(&groups, &event, |_| true);
    assert!((score.precision - precision).abs() < 1e-9, "{groups:?} {events}: {score:?}");
    assert!((score.recall - recall).abs() < 1e-9, "{groups:?} {events}: {score:?}");
}

#[test]
fn b_cubed_by_hand() {
    check(&[&[0, 1, 2]], "aaa", 1.0, 1.0);
    // two of three in one group: (2·2/3 + 1·1/3) / 3
    check(&[&[0, 1], &[2]], "aaa", 1.0, 5.0 / 9.0);
    // a stranger in the group costs precision alone
    check(&[&[0, 1, 2, 3]], "aaa-", 0.75, 1.0);
    // two events in one group: each appeal sees half of its own
    check(&[&[0, 1, 2, 3]], "aabb", 0.5, 1.0);
    // what is of no event is not scored
    check(&[&[0], &[1, 2]], "---", 0.0, 0.0);
}

#[test]
fn only_the_events_that_are_asked_for_are_scored() {
    let event: Vec<Option<String>> = ["a", "a", "b", "b"].iter().map(|e| Some((*e).to_owned())).collect();
    let groups = [vec![0, 1], vec![2], vec![3]];
    assert_eq!(b_cubed(&groups, &event, |e| e == "a").f1, 1.0);
    let other = b_cubed(&groups, &event, |e| e == "b");
    assert_eq!((other.precision, other.recall), (1.0, 0.5));
}
