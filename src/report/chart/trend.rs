//! A line over time: the usual range in grey, every number at its point, alarms marked by shape.

use super::{
    Point,
    pen::{ACCENT, ALARM, Anchor, BAND, FAINT, INK, LINE, Pen, WIDTH, n, scale, width},
};

const TOP: f64 = 30.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 24.0;
const PLOT: f64 = 200.0;

pub(super) fn draw(pen: &mut Pen, points: &[Point], band: Option<&str>, unit: &str) -> f64 {
    let most = points.iter().flat_map(|p| [p.value, p.band.map_or(0.0, |b| b.1)]).fold(0.0, f64::max);
    let (top, step) = match scale(most) {
        // between one appeal and two there is nothing to mark
        (top, step) if step.fract() != 0.0 && points.iter().all(|p| p.value.fract() == 0.0) => {
            (top.ceil(), step.ceil())
        }
        found => found,
    };
    let y = |v: f64| TOP + PLOT * (1.0 - (v / top).clamp(0.0, 1.0));
    let room = WIDTH - LEFT - RIGHT;
    let x = |at: usize| match points.len() {
        0 | 1 => LEFT + room / 2.0,
        many => LEFT + 14.0 + (room - 28.0) * at as f64 / (many - 1) as f64,
    };
    let mut mark = 0.0;
    while mark <= top + 1e-9 {
        pen.line([LEFT, y(mark), WIDTH - RIGHT, y(mark)], LINE, if mark == 0.0 { 1.2 } else { 0.6 });
        pen.text((LEFT - 8.0, y(mark) + 4.0), 12.0, FAINT, Anchor::End, &n(mark));
        mark += step;
    }
    let mut foot = TOP + PLOT + 34.0;
    let ranged: Vec<(usize, (f64, f64))> =
        points.iter().enumerate().filter_map(|(at, p)| Some((at, p.band?))).collect();
    if ranged.len() > 1 {
        let upper = ranged.iter().map(|(at, b)| (x(*at), y(b.1)));
        let lower = ranged.iter().rev().map(|(at, b)| (x(*at), y(b.0)));
        let edge: Vec<_> = upper.chain(lower).collect();
        pen.path(&edge, true, BAND, band.unwrap_or_default());
        if let Some(words) = band {
            // Below the days: beside the line it would stand on the numbers.
            let words = pen.note(words);
            pen.rect([LEFT, foot - 2.0, 16.0, 10.0], BAND, "");
            pen.text((LEFT + 22.0, foot + 7.0), 11.0, FAINT, Anchor::Start, &words);
            foot += 20.0;
        }
    }
    let line: Vec<(f64, f64)> = points.iter().enumerate().map(|(at, p)| (x(at), y(p.value))).collect();
    if line.len() > 1 {
        pen.path(&line, false, ACCENT, "");
    }
    // Labels where there is room for them: every point, or the ends, the extremes and the alarms.
    let widest = points.iter().map(|p| width(&p.shown, 12.0).max(width(&p.label, 12.0))).fold(0.0, f64::max) + 6.0;
    let every = ((widest * points.len() as f64 / room).ceil() as usize).max(1);
    let (mut high, mut low) = (0, 0);
    for (at, p) in points.iter().enumerate() {
        if p.value > points[high].value {
            high = at;
        }
        if p.value < points[low].value {
            low = at;
        }
    }
    let mut last = f64::NEG_INFINITY;
    for (at, p) in points.iter().enumerate() {
        let (px, py) = (x(at), y(p.value));
        let usual = p.band.map_or_else(String::new, |(lo, hi)| format!(",常见范围{}至{}", n(lo), n(hi)));
        let title = format!("{} {}{unit}{usual}{}", p.label, p.shown, if p.alarm { ",预警" } else { "" });
        pen.mark(at);
        if p.alarm {
            pen.path(&[(px, py - 7.0), (px + 6.5, py + 5.0), (px - 6.5, py + 5.0)], true, ALARM, &title);
        } else {
            pen.dot((px, py), 3.5, ACCENT, &title);
        }
        if every == 1 || at == high || (at == low && p.value > 0.0) || at + 1 == points.len() || p.alarm {
            let ink = if p.alarm { ALARM } else { INK };
            pen.text((px, py - 10.0), 12.0, ink, Anchor::Middle, &p.shown);
        }
        pen.marked(at);
        if at % every == 0 && px - last >= widest * 0.9 {
            pen.text((px, TOP + PLOT + 20.0), 12.0, FAINT, Anchor::Middle, &p.label);
            last = px;
        }
    }
    foot
}
