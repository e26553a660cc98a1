//! Districts as tiles in the order of their rank: shade by size, number and change in words on each.

use super::{
    Mark,
    bars::{arrow, title},
    pen::{Anchor, INK, Pen, WIDTH, width},
};

const COLUMNS: usize = 4;
const HIGH: f64 = 74.0;
const GAP: f64 = 8.0;
const MARGIN: f64 = 12.0;

pub(super) fn draw(pen: &mut Pen, marks: &[Mark]) -> f64 {
    let columns = COLUMNS.min(marks.len().max(1));
    let wide = (WIDTH - 2.0 * MARGIN - GAP * (columns as f64 - 1.0)) / columns as f64;
    let most = marks.iter().map(|m| m.value).fold(0.0, f64::max);
    for (at, mark) in marks.iter().enumerate() {
        let (x, y) = (MARGIN + (wide + GAP) * (at % columns) as f64, MARGIN + (HIGH + GAP) * (at / columns) as f64);
        let part = if most > 0.0 { (mark.value / most).clamp(0.0, 1.0) } else { 0.0 };
        pen.mark(at);
        pen.rect([x, y, wide, HIGH], &shade(part), &title(mark));
        // Light words on dark tiles, by the tile's own lightness.
        let ink = on(part);
        let name = pen.word(at, &mark.label);
        let size = (14.0_f64).min(14.0 * (wide - 40.0) / width(&name, 14.0).max(1.0));
        pen.text((x + 10.0, y + 22.0), size, ink, Anchor::Start, &name);
        pen.text((x + wide - 10.0, y + 22.0), 12.0, ink, Anchor::End, &(at + 1).to_string());
        pen.text((x + 10.0, y + 50.0), 20.0, ink, Anchor::Start, &mark.shown);
        if let Some((sign, shown)) = &mark.change {
            let x = x + wide - 10.0;
            pen.text((x, y + 64.0), 12.0, ink, Anchor::End, shown);
            arrow(pen, (x - width(shown, 12.0) - 9.0, y + 64.0), *sign, ink);
        }
        pen.marked(at);
    }
    let rows = marks.len().div_ceil(columns).max(1);
    MARGIN * 2.0 + HIGH * rows as f64 + GAP * (rows as f64 - 1.0)
}

/// Ink that can be read on a shade, at least 4.5 to 1: in the middle, where neither the usual ink nor white can, black.
pub(super) fn on(part: f64) -> &'static str {
    match part {
        p if p > 0.81 => "#ffffff",
        p if p > 0.63 => "#000000",
        _ => INK,
    }
}

/// From near white to the accent; its grey falls evenly.
pub(super) fn shade(part: f64) -> String {
    let mix = |from: f64, to: f64| (from + (to - from) * part).round() as u8;
    format!("#{:02x}{:02x}{:02x}", mix(240.0, 43.0), mix(244.0, 92.0), mix(248.0, 143.0))
}
