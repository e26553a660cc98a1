//! Charts from plain data: SVG that prints well in grey, and PNG of it for paper that takes no SVG.
//!
//! A mark carries its number as a direct label and its whole story in a `<title>`. Same data, same bytes.

mod bars;
mod heat;
mod pen;
mod raster;
mod strokes;
mod tiles;
mod trend;

pub use raster::{Raster, RasterError, has_chinese_font, png};

use pen::Pen;

/// A chart as plain data.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// 图题
    pub title: String,
    /// What a reader who does not see it should know.
    pub alt: String,
    /// Unit of its numbers, for the titles of marks.
    pub unit: String,
    /// What is drawn.
    pub plot: Plot,
}

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Plot {
    /// A line over time; the usual range behind it.
    Trend {
        /// In time order.
        points: Vec<Point>,
        /// What the range is, in words.
        band: Option<String>,
    },
    /// Horizontal bars in the order given.
    Bars(Vec<Mark>),
    /// Districts as tiles, shaded by size, in the order given.
    Tiles(Vec<Mark>),
    /// Hour by weekday, Monday first.
    Heat(Vec<Vec<u32>>),
}

/// A point of a trend.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// On the axis.
    pub label: String,
    /// Its height.
    pub value: f64,
    /// Its number as printed.
    pub shown: String,
    /// Edges of the usual range.
    pub band: Option<(f64, f64)>,
    /// Whether an alarm stands here.
    pub alarm: bool,
}

/// A bar or tile.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Its name.
    pub label: String,
    /// Its size.
    pub value: f64,
    /// Its number as printed.
    pub shown: String,
    /// Change against the time before: its sign and how it is printed.
    pub change: Option<(i8, String)>,
}

/// How words are set in a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lettering {
    /// As they are.
    Words,
    /// Numbers in place of words, drawn as strokes, where no font can draw the words: [`legend`] tells them.
    Numbers,
}

const DAYS: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];

/// The picture as SVG, self-contained, 720 units wide.
pub fn svg(picture: &Picture, lettering: Lettering) -> String {
    drawn(picture, Pen::new(lettering))
}

/// The picture as SVG whose marks lead somewhere: an address for each, in their order (a heat map's row by row),
/// empty for none.
pub fn svg_linked(picture: &Picture, links: &[String]) -> String {
    drawn(picture, Pen::new(Lettering::Words).leading(links))
}

fn drawn(picture: &Picture, mut pen: Pen) -> String {
    let height = match &picture.plot {
        Plot::Trend { points, band } => trend::draw(&mut pen, points, band.as_deref(), &picture.unit),
        Plot::Bars(marks) => bars::draw(&mut pen, marks),
        Plot::Tiles(marks) => tiles::draw(&mut pen, marks),
        Plot::Heat(rows) => heat::draw(&mut pen, rows, &picture.unit),
    };
    pen.close(&picture.title, &picture.alt, height)
}

/// The words that stand behind the numbers of a picture drawn with [`Lettering::Numbers`], in order.
pub fn legend(picture: &Picture) -> Vec<String> {
    match &picture.plot {
        Plot::Trend { .. } => Vec::new(),
        Plot::Bars(marks) | Plot::Tiles(marks) => marks.iter().map(|m| m.label.clone()).collect(),
        Plot::Heat(rows) => DAYS.iter().take(rows.len()).map(|d| (*d).to_owned()).collect(),
    }
}
