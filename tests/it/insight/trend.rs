//! Next week's range: how often it holds, what a holiday and a season do to it, and what is too short.

use jiff::{ToSpan, civil::Date};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tingsu::{
    city::Calendar,
    insight::trend::{BackTest, Daily, NEEDED, TESTED, TooShort, trend},
};

const FIRST: Date = Date::constant(2023, 1, 2);

/// Appeals as a city has them: working days and weekends, a season, weeks that are better or worse than others
/// (`spread` is the variance of a week's factor), and chance.
fn series(seed: u64, weeks: usize, a_day: f64, season: f64, spread: f64) -> Daily {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut counts = Vec::new();
    for week in 0..weeks {
        let shape = if spread > 0.0 { (1.0 / spread).round() as usize } else { 0 };
        let gamma: f64 = (0..shape).map(|_| -(1.0 - rng.random::<f64>()).ln()).sum::<f64>();
        let luck = if shape > 0 { gamma / shape as f64 } else { 1.0 };
        for day in 0..7 {
            let turn = (std::f64::consts::TAU * week as f64 / 52.0).sin();
            let mean = a_day * luck * (1.0 + season * turn) * if day < 5 { 1.0 } else { 0.5 };
            counts.push(poisson(&mut rng, mean));
        }
    }
    Daily { first: FIRST, counts }
}

fn poisson(rng: &mut StdRng, mean: f64) -> u32 {
    let (mut n, mut p) = (0, rng.random::<f64>());
    while p > (-mean).exp() {
        p *= rng.random::<f64>();
        n += 1;
    }
    n
}

#[test]
fn the_range_holds_in_four_weeks_of_five() {
    let check = |a_day: f64, season: f64, spread: f64| {
        let all = (0..30).map(|seed| trend(&series(seed, 130, a_day, season, spread), &Calendar::default()).unwrap());
        let sum = all.fold(BackTest::default(), |sum, t| sum.and(t.back_test));
        assert_eq!(sum.weeks, 30 * TESTED);
        let held = sum.coverage().unwrap();
        assert!((0.7..=0.9).contains(&held), "{a_day} a day, season {season}, spread {spread}: {held}");
    };
    check(40.0, 0.0, 0.0);
    check(40.0, 0.3, 0.02);
    check(5.0, 0.5, 0.05);
    check(0.3, 0.0, 0.0);
    check(20.0, 0.2, 0.2);
}

#[test]
fn a_holiday_week_is_expected_to_bring_less() {
    let days = series(1, 20, 30.0, 0.0, 0.0);
    let plain = trend(&days, &Calendar::default()).unwrap();
    let mut calendar = Calendar::default();
    for n in 0..5 {
        calendar.holidays.insert(plain.from + n.days(), "长假".to_owned());
    }
    let holiday = trend(&days, &calendar).unwrap();
    assert!(holiday.expected < plain.expected * 0.75, "{} of {}", holiday.expected, plain.expected);
    assert_eq!((plain.from, plain.to), (FIRST + 140.days(), FIRST + 146.days()));
}

#[test]
fn the_season_counts_after_a_year() {
    // every year the 60th to 62nd weeks bring three times as much
    let mut days = series(3, 60 + 52, 20.0, 0.0, 0.0);
    let plain = trend(&days, &Calendar::default()).unwrap();
    for n in &mut days.counts[7 * 59..7 * 63] {
        *n *= 3;
    }
    let seasonal = trend(&days, &Calendar::default()).unwrap();
    assert!(seasonal.season.unwrap() > 2.0 && seasonal.expected > plain.expected * 2.0);
    assert!(trend(&series(3, 50, 20.0, 0.0, 0.0), &Calendar::default()).unwrap().season.is_none());
}

#[test]
fn too_short_is_said() {
    let check = |days: usize, weeks: usize| {
        let daily = Daily { first: FIRST, counts: vec![3; days] };
        assert_eq!(trend(&daily, &Calendar::default()).err(), Some(TooShort { weeks }));
    };
    check(0, 0);
    check(6, 0);
    check(7 * NEEDED - 1, NEEDED - 1);
    let first = trend(&Daily { first: FIRST, counts: vec![3; 7 * NEEDED] }, &Calendar::default()).unwrap();
    assert_eq!(first.back_test.coverage(), None);
    assert!(first.range.0 <= 21 && first.range.1 >= 21 && (first.expected - 21.0).abs() < 2.0);
    // nothing at all comes: nothing is expected
    let none = trend(&Daily { first: FIRST, counts: vec![0; 200] }, &Calendar::default()).unwrap();
    assert_eq!(none.range.0, 0);
    assert!(none.range.1 <= 1);
}

#[test]
fn a_leap_day_is_a_day() {
    let first = Date::constant(2024, 1, 1);
    let daily = Daily::of(
        first,
        Date::constant(2024, 3, 3),
        [(Date::constant(2024, 2, 29), 4), (Date::constant(2025, 1, 1), 9)],
    );
    assert_eq!((daily.counts.len(), daily.counts[59], daily.counts.iter().sum::<u32>()), (63, 4, 4));
    assert_eq!(trend(&daily, &Calendar::default()).unwrap().from, Date::constant(2024, 3, 4));
}
