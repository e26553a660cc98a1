//! Alarms, heat, states and the chances behind them.

use tingsu::{
    city::Calendar,
    insight::{
        State,
        alarm::{AlarmKind, Arrival, Change, Past, Season, watch},
        chance::{negative_binomial_tail, poisson_tail},
        heat, state,
    },
};

#[test]
fn tails_are_exact() {
    let check = |got: f64, wanted: f64| assert!((got / wanted - 1.0).abs() < 1e-9, "{got:e} is not {wanted:e}");
    // scipy.stats.poisson.sf(k - 1, mean), nbinom.sf(k - 1, size, size / (size + mean))
    check(poisson_tail(3, 0.1), 1.546_530_702_646_717_2e-4);
    check(poisson_tail(1, 2.0), 0.864_664_716_763_387_3);
    check(poisson_tail(40, 10.0), 7.341_636_314_560_681e-13);
    check(negative_binomial_tail(5, 1.0, 2.0), 0.017_832_647_462_277_102);
    // P(0) is no float here
    check(negative_binomial_tail(900, 933.0, 4000.0), 0.838_299_085_361_754_2);
    check(negative_binomial_tail(5000, 5000.0, 3000.0), 0.499_232_220_688_149_3);
    check(negative_binomial_tail(1100, 1000.0, 4000.0), 0.002_824_607_371_745_519);
    check(negative_binomial_tail(1500, 1000.0, 4000.0), 1.092_054_536_777_063_3e-38);
    assert_eq!(negative_binomial_tail(2, 933.0, 4000.0), 1.0);
    assert_eq!(negative_binomial_tail(2, 5000.0, 3000.0), 1.0);
    assert_eq!(poisson_tail(0, 3.0), 1.0);
    assert_eq!(poisson_tail(2, 0.0), 0.0);
}

fn flat() -> Season {
    let hours: Vec<f64> = (0..2400).map(|h| 480_000.0 + f64::from(h)).collect();
    Season::of(&hours, &Calendar::default())
}

#[test]
fn callers_count_and_not_calls() {
    let past = Past { count: 2.0, mass: 2400.0, since: 480_000.0 };
    let calls = |same: bool| -> Vec<Arrival> {
        (0..5)
            .map(|n| Arrival { hours: 482_300.0 + f64::from(n) * 0.1, caller: if same { 7 } else { n as u32 + 1 } })
            .collect()
    };
    assert!(watch(&calls(true), &flat(), past, 10).is_empty());
    let alarms = watch(&calls(false), &flat(), past, 10);
    assert_eq!(alarms[0].change, Change::Raised);
    assert_eq!((alarms[0].kind, alarms[0].callers), (AlarmKind::Sudden, 3));
}

/// What the first line says of each look is what counting its window says.
#[test]
fn callers_of_a_window_are_those_in_it() {
    // seven callers in turn, every third call without one, over a month
    let arrivals: Vec<Arrival> = (0..200_u32)
        .map(|n| Arrival { hours: 481_800.0 + f64::from(n) * 3.7, caller: if n % 3 == 0 { 0 } else { 1 + n % 7 } })
        .collect();
    let mut raised = 0;
    let (season, past) = (flat(), Past { count: 0.0, mass: 1e9, since: 480_000.0 });
    for from in (0..arrivals.len()).step_by(9) {
        for alarm in watch(&arrivals[from..], &season, past, 1).iter().filter(|a| a.change != Change::Closed) {
            let inside = |a: &&Arrival| a.hours <= alarm.hours && a.hours > alarm.hours - alarm.window;
            let inside: Vec<&Arrival> = arrivals[from..].iter().filter(inside).collect();
            let known: std::collections::BTreeSet<u32> = inside.iter().map(|a| a.caller).filter(|c| *c != 0).collect();
            let unknown = inside.iter().filter(|a| a.caller == 0).count();
            assert_eq!(alarm.callers, known.len() + unknown, "{alarm:?}");
            raised += 1;
        }
    }
    assert!(raised > 20, "{raised}");
}

#[test]
fn an_alarm_is_updated_closed_and_raised_again() {
    let past = Past { count: 2.0, mass: 2400.0, since: 480_000.0 };
    let mut arrivals: Vec<Arrival> =
        (0..8).map(|n| Arrival { hours: 482_000.0 + f64::from(n) * 0.2, caller: n + 1 }).collect();
    arrivals.extend((0..4).map(|n| Arrival { hours: 482_200.0 + f64::from(n) * 0.2, caller: n + 20 }));
    let alarms = watch(&arrivals, &flat(), past, 10);
    let changes: Vec<Change> = alarms.iter().map(|a| a.change).collect();
    let wanted = [Change::Raised, Change::Updated, Change::Updated, Change::Closed, Change::Raised, Change::Updated];
    assert_eq!(changes, wanted);
    assert!(alarms.windows(2).all(|w| w[0].hours <= w[1].hours));
}

/// What has come once a day for weeks, from somebody else each time, is no news when it comes again; that it comes six
/// times in a day is. What an alarm was about is no part of what is usual.
#[test]
fn what_keeps_coming_is_no_news() {
    let past = Past { count: 0.0, mass: 2400.0, since: 481_000.0 };
    let daily =
        |days: std::ops::Range<u32>| days.map(|d| Arrival { hours: 481_000.0 + 24.0 * f64::from(d), caller: d + 1 });
    let burst = |day: f64, n: u32| {
        (0..n).map(move |k| Arrival {
            hours: 481_000.0 + 24.0 * day + 1.0 + 0.5 * f64::from(k),
            caller: day as u32 * 100 + k,
        })
    };
    let raised = |mut arrivals: Vec<Arrival>| {
        arrivals.sort_by(|a, b| a.hours.total_cmp(&b.hours));
        let alarms = watch(&arrivals, &flat(), past, 100);
        alarms.iter().filter(|a| a.change == Change::Raised).map(|a| ((a.hours - 481_000.0) / 24.0) as u32).collect()
    };
    let steady: Vec<u32> = raised(daily(0..60).filter(|a| a.hours > 481_000.0 + 24.0 * 20.0).collect());
    assert_eq!(steady.len(), 1, "it is news once: {steady:?}");
    let none: Vec<u32> = raised(daily(0..60).step_by(4).collect());
    assert_eq!(none, Vec::<u32>::new());
    let once: Vec<u32> = raised(daily(0..60).step_by(4).chain(burst(40.0, 8)).collect());
    assert_eq!(once, [40]);
    let twice: Vec<u32> = raised(daily(0..60).step_by(8).chain(burst(30.0, 8)).chain(burst(50.0, 8)).collect());
    assert_eq!(twice, [30, 50]);
}

#[test]
fn a_busy_stream_needs_more() {
    // two a day of the like: three in a day are nothing
    let past = Past { count: 200.0, mass: 2400.0, since: 480_000.0 };
    let arrivals: Vec<Arrival> =
        (0..3).map(|n| Arrival { hours: 482_000.0 + f64::from(n) * 8.0, caller: n + 1 }).collect();
    assert!(watch(&arrivals, &flat(), past, 10).is_empty());
}

#[test]
fn fewer_than_expected_are_no_alarm_however_many_are_expected() {
    // a thousand a week of the like, and three came
    let past = Past { count: 20_000.0, mass: 2400.0, since: 480_000.0 };
    let arrivals: Vec<Arrival> =
        (0..3).map(|n| Arrival { hours: 482_000.0 + f64::from(n) * 8.0, caller: n + 1 }).collect();
    assert!(watch(&arrivals, &flat(), past, 10).is_empty());
}

#[test]
fn heat_shows_its_parts() {
    let h = heat(7, 9, 4.0, 0.5, 0.25);
    assert!((h.growth - 1.0).abs() < 1e-12);
    assert!((h.value - 3.0 * 2.0 * 1.25 * 1.125).abs() < 1e-12);
    assert_eq!(heat(0, 0, 10.0, 0.0, 0.0).value, 0.0);
}

#[test]
fn states_follow_their_tests() {
    let week = 168.0;
    let every = |from: f64, to: f64, n: usize| -> Vec<f64> {
        (0..n).map(|i| from + (to - from) * (i as f64 + 0.5) / n as f64).collect()
    };
    let join = |parts: &[Vec<f64>]| parts.concat();
    let check = |hours: &[f64], callers, channels, wanted| {
        assert_eq!(state(hours, 6.0 * week, week, callers, channels), wanted)
    };
    check(&every(5.0 * week, 6.0 * week, 6), 6, 2, State::New);
    check(&every(5.0 * week, 6.0 * week, 6), 4, 2, State::Steady);
    check(&join(&[every(0.0, 4.0 * week, 8), every(4.0 * week, 6.0 * week, 20)]), 10, 2, State::Rising);
    check(&join(&[every(0.0, 5.0 * week, 40), every(5.0 * week, 6.0 * week, 1)]), 1, 1, State::Falling);
    check(&join(&[every(0.0, 0.5 * week, 4), every(5.2 * week, 6.0 * week, 4)]), 4, 1, State::Returning);
    check(&every(0.0, 6.0 * week, 24), 4, 2, State::Steady);
}
