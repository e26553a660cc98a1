//! Counts over time equal a count by hand.

use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use tingsu::{
    domain::{TimeRange, city_date, city_time, format_city},
    search::{Histogram, Interval, MOST_COLUMNS},
};

use super::*;

fn at(text: &str) -> Timestamp {
    parse_city(text).unwrap()
}

fn shelf_of(times: &[Timestamp]) -> Shelf {
    let doc = |(n, &received_at): (usize, &Timestamp)| IndexDoc {
        received_at,
        seq: n as i64 + 1,
        ..doc(&format!("T{n}"), 1, "井盖缺失", "人行道井盖缺失")
    };
    Shelf::of(&times.iter().enumerate().map(doc).collect::<Vec<_>>())
}

fn counted(shelf: &Shelf, interval: Interval, received: TimeRange) -> Histogram {
    let query = Query { over_time: Some(interval), received, limit: 0, ..asking(words("井盖")) };
    let found = shelf.found(&query);
    let histogram = found.over_time.unwrap();
    assert_eq!(histogram.columns.iter().map(|c| c.1).sum::<u64>(), found.total as u64);
    histogram
}

/// `day:count` of each column.
fn shown(histogram: &Histogram, length: usize) -> String {
    let column = |(begin, n): &(Timestamp, u64)| format!("{}:{n}", &format_city(*begin)[..length]);
    histogram.columns.iter().map(column).collect::<Vec<_>>().join(" ")
}

#[test]
fn columns_are_those_of_the_city() {
    let times = ["2026-05-03 23:59:59", "2026-05-04 00:00:00", "2026-05-04 07:30:00", "2026-05-06 12:00:00"].map(at);
    let shelf = shelf_of(&times);
    let all = TimeRange::default();
    assert_eq!(shown(&counted(&shelf, Interval::Day, all), 10), "2026-05-03:1 2026-05-04:2 2026-05-05:0 2026-05-06:1");
    assert_eq!(shown(&counted(&shelf, Interval::Week, all), 10), "2026-04-27:1 2026-05-04:3");
    assert_eq!(shown(&counted(&shelf, Interval::Month, all), 10), "2026-05-01:4");
    let hours = counted(&shelf, Interval::Hour, all);
    assert_eq!((hours.columns.len(), hours.columns[0], hours.columns[1].1), (62, (at("2026-05-03 23:00"), 1), 1));
    let late = TimeRange { from: Some(at("2026-05-04 00:00")), to: Some(at("2026-05-06 00:00")) };
    assert_eq!(shown(&counted(&shelf, Interval::Day, late), 10), "2026-05-04:2", "the same filters");
    assert_eq!(shelf.found(&asking(words("井盖"))).over_time, None, "only where asked");
    let none = shelf.found(&Query { over_time: Some(Interval::Auto), ..asking(words("路灯")) });
    assert_eq!(none.over_time.unwrap().columns, []);
}

#[test]
fn the_width_follows_the_length() {
    let check = |last: &str, interval: Interval| {
        let shelf = shelf_of(&[at("2026-01-01 08:00:00"), at(last)]);
        assert_eq!(counted(&shelf, Interval::Auto, TimeRange::default()).interval, interval, "{last}");
    };
    check("2026-01-01 20:00:00", Interval::Hour);
    check("2026-01-20 20:00:00", Interval::Day);
    check("2026-06-20 20:00:00", Interval::Week);
    check("2028-06-20 20:00:00", Interval::Month);
    let wide = shelf_of(&[at("1990-01-01 08:00:00"), at("2026-01-01 08:00:00"), at("9999-01-01 08:00:00")]);
    let histogram = counted(&wide, Interval::Hour, TimeRange::default());
    assert_eq!((histogram.interval, histogram.columns.len()), (Interval::Month, 3), "too many to show them empty");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn as_counted_by_hand(minutes in prop::collection::vec(0i64..60 * 24 * 900, 1..60), which in 1usize..5) {
        let start = at("2024-01-15 10:20:00");
        let times: Vec<Timestamp> = minutes.iter().map(|m| start + m.minutes()).collect();
        let interval = Interval::ALL[which];
        let histogram = counted(&shelf_of(&times), interval, TimeRange::default());
        let mut by_hand: BTreeMap<Timestamp, u64> = BTreeMap::new();
        for time in &times {
            let (date, hour) = (city_date(*time), i64::from(city_time(*time).hour()));
            let begin = match histogram.interval {
                Interval::Hour => at(&date.to_string()) + hour.hours(),
                Interval::Week => at(&(date - i64::from(date.weekday().to_monday_zero_offset()).days()).to_string()),
                Interval::Month => at(&date.first_of_month().to_string()),
                _ => at(&date.to_string()),
            };
            *by_hand.entry(begin).or_default() += 1;
        }
        let not_empty: BTreeMap<Timestamp, u64> = histogram.columns.iter().copied().filter(|c| c.1 > 0).collect();
        prop_assert_eq!(not_empty, by_hand);
        prop_assert!(histogram.interval >= interval && histogram.columns.len() <= MOST_COLUMNS);
        prop_assert!(histogram.columns.is_sorted_by(|a, b| a.0 < b.0));
    }
}
