//! Working days and deadlines.

use jiff::{
    Timestamp,
    civil::{Date, Weekday, date},
};
use tingsu::{
    city::CityPack,
    domain::{AppealType, Urgency, city_date, city_instant, format_city, midnight, parse_city},
};

use super::files;

#[test]
fn working_days() {
    let calendar = CityPack::parse(&files()).unwrap().calendar;
    let cases: [(Date, bool, &str); 9] = [
        (date(2026, 5, 12), true, "an ordinary Tuesday"),
        (date(2026, 5, 16), false, "an ordinary Saturday"),
        (date(2026, 10, 1), false, "国庆节 on a Thursday"),
        (date(2026, 10, 4), false, "国庆节 on a Sunday"),
        (date(2026, 10, 10), true, "a Saturday shifted to work"),
        (date(2026, 2, 28), true, "a Saturday shifted to work"),
        (date(2026, 2, 17), false, "春节"),
        (date(2035, 10, 1), true, "a Monday past the calendar"),
        (date(2035, 10, 6), false, "a Saturday past the calendar"),
    ];
    for (day, works, what) in cases {
        assert_eq!(calendar.is_workday(day), works, "{day}: {what}");
    }
}

#[test]
fn due_times() {
    let pack = CityPack::parse(&files()).unwrap();
    let check = |kind: Option<AppealType>, urgency, from: &str, due: &str| {
        let got = pack.due_at(kind, urgency, parse_city(from).unwrap()).map(format_city);
        assert_eq!(got.as_deref(), Some(due), "{kind:?} {urgency} from {from}");
    };
    use AppealType::*;
    // Hours run on, nights and holidays included.
    check(None, Urgency::U1, "2026-10-01 22:30", "2026-10-02T22:30:00+08:00");
    check(Some(Enquiry), Urgency::U2, "2026-05-12 08:52", "2026-05-13T08:52:00+08:00");
    // U3: three working days whatever the type.
    check(Some(Complaint), Urgency::U3, "2026-05-12 08:52", "2026-05-15T23:59:59+08:00");
    // Over a weekend.
    check(Some(Enquiry), Urgency::U4, "2026-05-14 17:00", "2026-05-18T23:59:59+08:00");
    // Received on a Saturday: Monday is the first day.
    check(Some(Enquiry), Urgency::U4, "2026-05-16 09:00", "2026-05-19T23:59:59+08:00");
    // Over 国庆节: 30 September + 2 = 8 and 9 October.
    check(Some(Enquiry), Urgency::U4, "2026-09-30 10:00", "2026-10-09T23:59:59+08:00");
    // The shifted Saturday of 10 October counts.
    check(Some(Enquiry), Urgency::U4, "2026-10-08 10:00", "2026-10-10T23:59:59+08:00");
    // City time, not Greenwich: 00:30 on the 13th is still the 12th in Greenwich.
    check(Some(Enquiry), Urgency::U4, "2026-05-13 00:30", "2026-05-15T23:59:59+08:00");
    check(Some(Help), Urgency::U4, "2026-05-11 10:00", "2026-05-18T23:59:59+08:00");
    check(Some(Complaint), Urgency::U4, "2026-05-11 10:00", "2026-06-01T23:59:59+08:00");
    check(Some(Proposal), Urgency::U4, "2026-05-11 10:00", "2026-05-25T23:59:59+08:00");
    // No type: as 其他.
    check(None, Urgency::U4, "2026-05-11 10:00", "2026-05-18T23:59:59+08:00");
}

/// Days that the law itself gives (全国年节及纪念日放假办法, as of 2025), lunar ones by the almanac.
const STATUTORY: [(i16, [(i8, i8); 13]); 3] = [
    (
        2025,
        [
            (1, 1),
            (1, 28),
            (1, 29),
            (1, 30),
            (1, 31),
            (4, 4),
            (5, 1),
            (5, 2),
            (5, 31),
            (10, 1),
            (10, 2),
            (10, 3),
            (10, 6),
        ],
    ),
    (
        2026,
        [
            (1, 1),
            (2, 16),
            (2, 17),
            (2, 18),
            (2, 19),
            (4, 5),
            (5, 1),
            (5, 2),
            (6, 19),
            (9, 25),
            (10, 1),
            (10, 2),
            (10, 3),
        ],
    ),
    (
        2027,
        [(1, 1), (2, 5), (2, 6), (2, 7), (2, 8), (4, 5), (5, 1), (5, 2), (6, 9), (9, 15), (10, 1), (10, 2), (10, 3)],
    ),
];

/// A notice only shifts days: whoever works Monday to Friday is given thirteen weekdays a year, less
/// the weekends that are worked for them.
#[test]
fn the_calendar_adds_up() {
    let calendar = CityPack::parse(&files()).unwrap().calendar;
    let weekend = |day: &Date| matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    assert_eq!(calendar.years().into_iter().collect::<Vec<_>>(), STATUTORY.map(|(year, _)| year));
    for (day, name) in &calendar.workdays {
        assert!(weekend(day), "{day} {name}: only a weekend is worked for another day");
        assert!(!calendar.holidays.contains_key(day), "{day} is both free and worked");
    }
    for (year, days) in STATUTORY {
        for (month, day) in days {
            let day = date(year, month, day);
            assert!(calendar.holidays.contains_key(&day), "{day} is free by law");
        }
        let given = calendar.holidays.keys().filter(|d| d.year() == year && !weekend(d)).count();
        let worked = calendar.workdays.keys().filter(|d| d.year() == year).count();
        assert_eq!(given - worked, 13, "{year}: {given} weekdays given, {worked} weekend days worked");
    }
    assert!(calendar.assumed.iter().all(|d| d.year() == 2027), "published years are not assumed");
}

/// Days begin at midnight of the city, and near the ends of time, where no instant is left, at the first one.
#[test]
fn days_of_the_city() {
    assert_eq!(format_city(midnight(date(2026, 5, 12))), "2026-05-12T00:00:00+08:00");
    assert_eq!(city_date(midnight(date(2024, 2, 29))), date(2024, 2, 29));
    assert_eq!(city_instant(date(2026, 5, 12).at(8, 52, 0, 0)), parse_city("2026-05-12 08:52").unwrap());
    assert_eq!(midnight(Date::MIN), Timestamp::MIN);
    assert!(midnight(Date::MAX) < Timestamp::MAX);
}
