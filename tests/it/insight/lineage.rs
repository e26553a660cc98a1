//! Events keep their names from pass to pass, and what became of each is told.

use proptest::prelude::*;
use tingsu::insight::{Fate, inherit};

fn groups(text: &str) -> Vec<Vec<String>> {
    text.split_whitespace().map(|g| g.chars().map(String::from).collect()).collect()
}

/// `name:tickets name:tickets`, one letter a ticket.
fn named(text: &str) -> Vec<(String, Vec<String>)> {
    let one = |part: &str| part.split_once(':').map(|(n, g)| (n.to_owned(), g.chars().map(String::from).collect()));
    text.split_whitespace().filter_map(one).collect()
}

#[test]
fn names_go_with_most_of_the_appeals() {
    let check = |before: &str, found: &str, names: &[&str], fates: &[(&str, Fate)]| {
        let (got, told) = inherit(&named(before), &groups(found));
        assert_eq!(got, names, "{before} -> {found}");
        let wanted: Vec<(String, Fate)> = fates.iter().map(|(n, f)| ((*n).to_owned(), f.clone())).collect();
        assert_eq!(told, wanted, "{before} -> {found}");
    };
    check("", "abc", &["E-a"], &[("E-a", Fate::Born)]);
    check("x:abc", "abc", &["x"], &[]);
    // an earlier appeal joins: the name stays
    check("x:bcd", "abcd", &["x"], &[("x", Fate::Grew(1))]);
    check("x:abc y:defg", "abcdefg", &["y"], &[("y", Fate::Grew(3)), ("x", Fate::Merged("y".into()))]);
    check("x:abcde", "abc de", &["x", "E-d"], &[("E-d", Fate::Split("x".into()))]);
    check("x:ab", "cd", &["E-c"], &[("x", Fate::Ended), ("E-c", Fate::Born)]);
    // the name of the part that came out is not one that somebody has
    check("E-d:abcde", "abc de", &["E-d", "E-d-2"], &[("E-d-2", Fate::Split("E-d".into()))]);
}

proptest! {
    #[test]
    fn nobody_shares_a_name(before in prop::collection::vec(0_usize..6, 1..24), after in prop::collection::vec(0_usize..6, 24)) {
        let collect = |of: &[usize]| -> Vec<Vec<String>> {
            let group = |g: usize| (0..of.len()).filter(|&t| of[t] == g).map(|t| t.to_string()).collect::<Vec<_>>();
            (0..6).map(group).filter(|g| g.len() > 1).collect()
        };
        let earlier: Vec<(String, Vec<String>)> =
            collect(&before).into_iter().enumerate().map(|(n, g)| (format!("e{n}"), g)).collect();
        let found = collect(&after);
        let (names, _) = inherit(&earlier, &found);
        let distinct: std::collections::BTreeSet<&String> = names.iter().collect();
        prop_assert_eq!((names.len(), distinct.len()), (found.len(), found.len()));
        let own: Vec<(String, Vec<String>)> = names.iter().cloned().zip(found.iter().cloned()).collect();
        let (again, told) = inherit(&own, &found);
        prop_assert_eq!(again, names);
        prop_assert!(told.is_empty());
    }
}
