//! From a brief's chart to plain data for drawing.

use crate::{
    domain::brief::{Bar, Brief, Chart, Form, Plot as Told},
    report::chart::{Mark, Picture, Plot, Point},
};

/// The picture of a chart. A figure that the brief does not hold draws nothing and prints 〔缺〕.
pub(super) fn picture(brief: &Brief, chart: &Chart) -> Picture {
    let drawn = |id: &str| brief.figure(id).map_or(0.0, |f| f.drawn());
    let shown = |id: &str| brief.figure(id).map_or_else(|| "〔缺〕".to_owned(), |f| f.print(Form::Bare));
    let mark = |bar: &Bar| Mark {
        label: bar.label.clone(),
        value: drawn(&bar.figure),
        shown: shown(&bar.figure),
        change: bar.change.as_deref().and_then(|id| brief.figure(id)).map(|f| {
            let sign = f.value.top.signum() as i8;
            (sign, if sign == 0 { "持平".to_owned() } else { f.print(Form::Signed) })
        }),
    };
    let plot = match &chart.plot {
        Told::Trend { points, band } => Plot::Trend {
            points: points
                .iter()
                .map(|p| Point {
                    label: p.label.clone(),
                    value: drawn(&p.figure),
                    shown: shown(&p.figure),
                    band: p.band,
                    alarm: p.alarm,
                })
                .collect(),
            band: band.clone(),
        },
        Told::Bars { bars } => Plot::Bars(bars.iter().map(mark).collect()),
        Told::Districts { cells } => Plot::Tiles(cells.iter().map(mark).collect()),
        Told::Heat { rows, .. } => Plot::Heat(rows.clone()),
    };
    Picture { title: chart.title.clone(), alt: chart.alt.clone(), unit: chart.unit.clone(), plot }
}
