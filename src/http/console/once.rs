//! 只投诉一次 on 督办: the three rates of each unit, every number with the tickets behind it.

use crate::{
    desk::{Count, OnceRates, Rate},
    domain::Fault,
    http::{Door, cases::address, console::frame::grouped, error::ApiResult, params::Pairs},
};

/// Under this path are the tickets behind a number; whoever supervises a part of the city may open it too.
pub(super) const BEHIND: &str = "/supervise/cases";
/// Days of the window: the first is that of the cockpit's rates; a month of contacts needs more.
const WINDOWS: [(u16, &str); 3] = [(28, "近 28 天受理"), (180, "近 180 天"), (365, "近一年")];
/// Units shown before all are asked for.
const FIRST: usize = 5;

#[derive(Debug)]
pub(super) struct Number {
    pub(super) n: String,
    pub(super) href: String,
}

impl Number {
    fn of(count: &Count) -> Self {
        Self { n: grouped(count.n), href: address(BEHIND, &count.of) }
    }
}

#[derive(Debug)]
pub(super) struct Cell {
    pub(super) percent: String,
    pub(super) whole: Number,
    pub(super) of: Number,
}

impl Cell {
    fn of(rate: &Option<Rate>) -> Option<Self> {
        let rate = rate.as_ref()?;
        Some(Self {
            percent: format!("{:.1}", rate.percent()),
            whole: Number::of(&rate.whole),
            of: Number::of(&rate.of),
        })
    }
}

/// A unit, or all together.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) cells: [Option<Cell>; 3],
}

impl Line {
    fn of(rates: &OnceRates, name: &str) -> Self {
        Self { name: name.to_owned(), cells: [&rates.signed, &rates.contacted, &rates.kept].map(Cell::of) }
    }
}

/// The page's address with other values.
pub(super) type With<'a> = dyn Fn(&[(&str, &str)]) -> String + Sync + 'a;

/// The table.
#[derive(Debug)]
pub(super) struct OnceView {
    pub(super) windows: Vec<(String, &'static str, bool)>,
    pub(super) lines: Vec<Line>,
    pub(super) more: Option<(String, usize)>,
}

impl OnceView {
    /// Of the window that the address asks for; `with` is the page's address with other values.
    pub(super) async fn of(door: &Door, params: &Pairs, with: &With<'_>) -> ApiResult<OnceView> {
        let asked = params.one("days")?.map_or(Ok(WINDOWS[0].0), |v| v.parse().map_err(|_| ()));
        let known = asked.ok().filter(|days| WINDOWS.iter().any(|(own, _)| own == days));
        let days = known.ok_or_else(|| Fault::invalid("`days` is one of 28 180 365").at("days"))?;
        let whole = params.one("units")?.is_some();
        let table = door.desk.once(days).await?;
        let most = if whole { table.units.len() } else { FIRST };
        let units = table.units.iter().take(most).map(|unit| Line::of(unit, &unit.department));
        let at = |changes: &[(&str, &str)]| format!("{}#once", with(changes));
        let window = |(own, words): (u16, &'static str)| (at(&[("days", &own.to_string())]), words, own == days);
        let more = table.units.len().saturating_sub(most);
        Ok(Self {
            windows: WINDOWS.into_iter().map(window).collect(),
            lines: std::iter::once(Line::of(&table.all, "全部")).chain(units).collect(),
            more: (more > 0).then(|| (at(&[("units", "all")]), more)),
        })
    }
}
