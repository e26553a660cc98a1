//! Hour by weekday: a cell for each, its number in it, darker for more.

use super::{
    DAYS,
    pen::{Anchor, FAINT, INK, Pen, WIDTH},
    tiles::{on, shade},
};

const LEFT: f64 = 48.0;
const TOP: f64 = 26.0;
const HIGH: f64 = 26.0;

pub(super) fn draw(pen: &mut Pen, rows: &[Vec<u32>], unit: &str) -> f64 {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(24).max(1);
    let wide = (WIDTH - LEFT - 12.0) / columns as f64;
    let most = rows.iter().flatten().copied().max().unwrap_or(0);
    for hour in 0..columns {
        pen.text((LEFT + wide * (hour as f64 + 0.5), TOP - 8.0), 11.0, FAINT, Anchor::Middle, &hour.to_string());
    }
    for (day, row) in rows.iter().enumerate() {
        let name = DAYS.get(day).copied().unwrap_or_default();
        let y = TOP + HIGH * day as f64;
        let word = pen.word(day, name);
        pen.text((LEFT - 8.0, y + 18.0), 13.0, INK, Anchor::End, &word);
        for (hour, count) in row.iter().enumerate() {
            let part = if most > 0 { f64::from(*count) / f64::from(most) } else { 0.0 };
            let x = LEFT + wide * hour as f64;
            let title = format!("{name} {hour}时至{}时 {count}{unit}", hour + 1);
            pen.mark(day * columns + hour);
            pen.rect([x + 0.5, y + 0.5, wide - 1.0, HIGH - 1.0], &shade(part), &title);
            if *count > 0 {
                let ink = on(part);
                let size = if *count > 999 { 9.0 } else { 11.0 };
                pen.text((x + wide / 2.0, y + 17.0), size, ink, Anchor::Middle, &count.to_string());
            }
            pen.marked(day * columns + hour);
        }
    }
    TOP + HIGH * rows.len() as f64 + 12.0
}
