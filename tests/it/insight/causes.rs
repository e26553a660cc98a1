//! Recurring causes and what an action changed.

use jiff::{ToSpan, civil::Date};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tingsu::insight::{
    causes::{Matter, TooFew, candidates, effect},
    trend::Daily,
};

const FIRST: Date = Date::constant(2026, 1, 5);

fn poisson(rng: &mut StdRng, mean: f64) -> u32 {
    let (mut n, mut p) = (0, rng.random::<f64>());
    while p > (-mean).exp() {
        p *= rng.random::<f64>();
        n += 1;
    }
    n
}

#[test]
fn a_planted_cause_ranks_in_the_top_three() {
    let names: Vec<String> = (0..60).map(|n| format!("C{n:02}")).collect();
    let units: Vec<String> = (0..20).map(|n| format!("U{n:02}")).collect();
    let day = |n: i64| FIRST + n.days();
    let mut ranks = Vec::new();
    for seed in 0..20 {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut matters = Vec::new();
        // ordinary classes: one department each, one appeal in seven unsolved, some far larger than the planted one
        for (n, name) in names.iter().enumerate() {
            for _ in 0..rng.random_range(5..200) {
                let unsolved = rng.random_bool(0.6).then(|| rng.random_bool(0.15));
                let department = Some(units[n % 20].as_str());
                matters.push(Matter { cause: name, day: day(rng.random_range(0..56)), department, unsolved });
            }
        }
        // one great burst that is over
        for _ in 0..300 {
            matters.push(Matter { cause: "burst", day: day(30), department: Some("U01"), unsolved: Some(false) });
        }
        // the planted cause: every week, four departments, half of it unsolved
        for n in 0..64 {
            let department = Some(units[n % 4].as_str());
            let unsolved = Some(rng.random_bool(0.5));
            matters.push(Matter { cause: "planted", day: day(n as i64 % 56), department, unsolved });
        }
        let found = candidates(&matters, FIRST, day(55));
        ranks.push(found.iter().position(|c| c.cause == "planted").unwrap() + 1);
        let planted = found.iter().find(|c| c.cause == "planted").unwrap();
        assert_eq!((planted.volume, planted.weeks, planted.departments.len(), planted.known), (64, (8, 8), 4, 64));
        let burst = found.iter().position(|c| c.cause == "burst").unwrap();
        assert!(burst > 10, "one week is no recurrence: rank {burst}");
    }
    assert!(ranks.iter().all(|rank| *rank <= 3), "{ranks:?}");
}

#[test]
fn the_interval_covers_the_truth_ninety_times_in_a_hundred() {
    let check = |ratio: f64, a_day: f64, season: f64| {
        let mut covered = 0;
        for seed in 0..100 {
            let mut rng = StdRng::seed_from_u64(seed);
            let (mut own, mut others) = (Vec::new(), Vec::new());
            for week in 0..20 {
                // weeks differ beyond chance, and the whole line grows meanwhile
                let luck = 0.75 + 0.5 * rng.random::<f64>();
                let all = 1.0 + season * f64::from(week) / 20.0;
                for _ in 0..7 {
                    let after = if week >= 10 { ratio } else { 1.0 };
                    own.push(poisson(&mut rng, a_day * luck * all * after));
                    others.push(poisson(&mut rng, 60.0 * all));
                }
            }
            let (own, others) = (Daily { first: FIRST, counts: own }, Daily { first: FIRST, counts: others });
            let found = effect(&own, &others, FIRST + 70.days()).unwrap();
            assert_eq!(found.weeks, (10, 10));
            covered += usize::from(found.interval.0 <= ratio && ratio <= found.interval.1);
        }
        assert!(covered >= 90, "{ratio} at {a_day} a day: {covered} of 100");
    };
    check(0.5, 3.0, 0.0);
    check(0.7, 8.0, 0.5);
    check(1.0, 1.0, 0.3);
    check(1.6, 3.0, 0.3);
}

#[test]
fn three_weeks_on_each_side_are_needed() {
    let days = |n: usize| Daily { first: FIRST, counts: vec![2; n] };
    let check = |n: usize, action: i64, weeks: (usize, usize)| {
        assert_eq!(effect(&days(n), &days(n), FIRST + action.days()).err(), Some(TooFew { weeks }));
    };
    check(0, 0, (0, 0));
    check(70, 20, (2, 7));
    check(70, 60, (8, 1));
    check(70, -30, (0, 0));
    check(70, 300, (0, 0));
    let same = effect(&days(70), &days(70), FIRST + 35.days()).unwrap();
    assert!((same.ratio - 1.0).abs() < 0.05 && same.interval.0 < 1.0 && same.interval.1 > 1.0, "{same:?}");
    // nothing at all on one side: the interval stays finite
    let mut stopped = days(70);
    stopped.counts[35..].fill(0);
    let stopped = effect(&stopped, &days(70), FIRST + 35.days()).unwrap();
    assert!(stopped.interval.1 < 1.0 && stopped.interval.0 > 0.0, "{stopped:?}");
}

#[test]
fn few_appeals_are_no_cause_and_nothing_is_no_panic() {
    assert!(candidates(&[], FIRST, FIRST).is_empty());
    let one = Matter { cause: "a", day: FIRST, department: None, unsolved: None };
    assert!(candidates(&[one; 4], FIRST, FIRST).is_empty());
    let five = candidates(&[one; 5], FIRST, FIRST);
    assert_eq!((five[0].weeks, five[0].unsolved, five[0].departments.len()), ((1, 1), 0.5, 0));
}
