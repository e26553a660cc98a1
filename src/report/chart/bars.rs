//! Ranked bars: name at the left, number at the bar's end, change with an arrow at the right.

use super::{
    Mark,
    pen::{ACCENT, Anchor, FAINT, INK, LINE, Pen, WIDTH, width},
};

const ROW: f64 = 30.0;
const TOP: f64 = 12.0;

/// What a mark says in full.
pub(super) fn title(mark: &Mark) -> String {
    match &mark.change {
        Some((_, shown)) => format!("{} {},较上期 {shown}", mark.label, mark.shown),
        None => format!("{} {}", mark.label, mark.shown),
    }
}

/// A triangle for a change; fonts may lack the arrows.
pub(super) fn arrow(pen: &mut Pen, (x, y): (f64, f64), sign: i8, ink: &str) {
    match sign {
        1 => pen.path(&[(x, y - 9.0), (x + 4.5, y - 1.0), (x - 4.5, y - 1.0)], true, ink, ""),
        -1 => pen.path(&[(x - 4.5, y - 9.0), (x + 4.5, y - 9.0), (x, y - 1.0)], true, ink, ""),
        _ => pen.line([x - 4.5, y - 5.0, x + 4.5, y - 5.0], ink, 1.5),
    }
}

pub(super) fn draw(pen: &mut Pen, marks: &[Mark]) -> f64 {
    let names: Vec<String> = marks.iter().enumerate().map(|(at, m)| pen.word(at, &m.label)).collect();
    let left = names.iter().map(|w| width(w, 14.0)).fold(60.0, f64::max).min(220.0) + 20.0;
    let changes = marks.iter().any(|m| m.change.is_some());
    let right = if changes { 104.0 } else { 16.0 };
    let numbers = marks.iter().map(|m| width(&m.shown, 13.0)).fold(0.0, f64::max) + 12.0;
    let room = WIDTH - left - right - numbers;
    let most = marks.iter().map(|m| m.value).fold(0.0, f64::max);
    for (at, mark) in marks.iter().enumerate() {
        let y = TOP + ROW * at as f64;
        let long = if most > 0.0 { (mark.value / most).clamp(0.0, 1.0) * room } else { 0.0 };
        pen.text((left - 10.0, y + 20.0), 14.0, INK, Anchor::End, &names[at]);
        pen.mark(at);
        pen.rect([left, y + 6.0, long.max(1.0), ROW - 12.0], ACCENT, &title(mark));
        pen.text((left + long.max(1.0) + 6.0, y + 20.0), 13.0, INK, Anchor::Start, &mark.shown);
        pen.marked(at);
        if let Some((sign, shown)) = &mark.change {
            arrow(pen, (WIDTH - 88.0, y + 20.0), *sign, if *sign < 0 { FAINT } else { INK });
            pen.text((WIDTH - 12.0, y + 20.0), 13.0, if *sign < 0 { FAINT } else { INK }, Anchor::End, shown);
        }
    }
    let bottom = TOP + ROW * marks.len() as f64;
    pen.line([left, TOP, left, bottom], LINE, 1.0);
    bottom + 10.0
}
