//! Charts of the cockpit: drawn by `report`, their marks leading to the appeals behind them.

use crate::{
    desk::Board,
    http::cases::address,
    insight::trend::Trend,
    report::chart::{Picture, Plot, Point, svg_linked},
};

use super::cockpit::CASES;

/// Hour by weekday over 28 days.
pub(super) fn heat_svg(board: &Board) -> String {
    let rows = board.heat.iter().map(|row| row.iter().map(|c| u32::try_from(c.n).unwrap_or(u32::MAX)).collect());
    let picture = Picture {
        title: "来电时段:近 28 天按星期与小时".into(),
        alt: "每格为该星期、该小时的受理量,颜色越深越多".into(),
        unit: "件".into(),
        plot: Plot::Heat(rows.collect()),
    };
    let links: Vec<String> = board.heat.iter().flatten().map(|count| address(CASES, &count.of)).collect();
    svg_linked(&picture, &links)
}

/// The weeks behind and the range of the next one.
pub(super) fn forecast_svg(board: &Board, trend: &Trend) -> String {
    let label = |day: jiff::civil::Date| day.strftime("%m-%d").to_string();
    let mut points: Vec<Point> = board
        .weekly
        .iter()
        .map(|(from, count)| Point {
            label: label(*from),
            value: count.n as f64,
            shown: count.n.to_string(),
            band: None,
            alarm: false,
        })
        .collect();
    // The range opens from the last week that is known.
    if let Some(last) = points.last_mut() {
        last.band = Some((last.value, last.value));
    }
    points.push(Point {
        label: label(trend.from),
        value: trend.expected,
        shown: format!("约{:.0}", trend.expected),
        band: Some((f64::from(trend.range.0), f64::from(trend.range.1))),
        alarm: false,
    });
    let picture = Picture {
        title: "每周受理量与下周区间".into(),
        alt: format!("下周预计 {} 至 {} 件", trend.range.0, trend.range.1),
        unit: "件".into(),
        plot: Plot::Trend { points, band: Some("80% 区间".into()) },
    };
    let links: Vec<String> = board.weekly.iter().map(|(_, count)| address(CASES, &count.of)).collect();
    svg_linked(&picture, &links)
}
