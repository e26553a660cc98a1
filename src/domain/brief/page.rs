//! What stands on the paper: sections, paragraphs, tables, lists and charts as plain data. Renderers
//! decide fonts, lines and colours; they decide no word and no number.

use serde::{Deserialize, Serialize};

use super::{
    claims::{JudgementId, ProposalId, QuoteId},
    evidence::FigureId,
    number::Form,
};

/// A piece of running text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Run {
    /// Words. Holds no number that counts appeals.
    Text(String),
    /// A figure, printed in a form.
    Figure {
        /// Which.
        id: FigureId,
        /// How it stands here.
        #[serde(default)]
        form: Form,
    },
    /// A quote: renderers print its masked text between “ ” and, where it is not said otherwise, the
    /// appeal's number.
    Quote {
        /// Which.
        id: QuoteId,
    },
    /// The mark 〔判断〕 behind a judgement's sentence.
    Judgement {
        /// Which.
        id: JudgementId,
    },
}

impl Run {
    /// Words.
    pub fn text(words: impl Into<String>) -> Self {
        Run::Text(words.into())
    }

    /// A figure in running text.
    pub fn figure(id: impl Into<FigureId>) -> Self {
        Run::Figure { id: id.into(), form: Form::Whole }
    }
}

/// Where a cell's content stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// Words.
    #[default]
    Left,
    /// Numbers.
    Right,
    /// Serial numbers, short marks.
    Centre,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Head, with the unit of its cells: `诉求量(件)`.
    pub head: String,
    /// Alignment.
    pub align: Align,
}

/// A table. Every row has as many cells as there are columns; a cell is a list of runs (mostly one);
/// an empty cell means that there is nothing to tell (shown as —).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// 表题
    pub title: String,
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows.
    pub rows: Vec<Vec<Vec<Run>>>,
    /// Under the table: scope, suppression.
    pub note: Option<String>,
}

/// One point of a trend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrendPoint {
    /// On the axis: `5-21`.
    pub label: String,
    /// The number, as a figure.
    pub figure: FigureId,
    /// Lower and upper edge of the usual range, where there is history enough.
    pub band: Option<(f64, f64)>,
    /// Whether an alarm stands here.
    pub alarm: bool,
}

/// One bar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    /// Its name.
    pub label: String,
    /// Its length.
    pub figure: FigureId,
    /// Change against the window before (Measure::Change), drawn as an arrow.
    pub change: Option<FigureId>,
}

/// What a chart shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Plot {
    /// A line over time with the usual range in grey.
    Trend {
        /// In time order.
        points: Vec<TrendPoint>,
        /// What the band is, in words; none if there is none.
        band: Option<String>,
    },
    /// Horizontal bars, largest first.
    Bars {
        /// The bars.
        bars: Vec<Bar>,
    },
    /// Districts, ranked, largest first; drawn as a tile map or as a ranked table.
    Districts {
        /// The districts.
        cells: Vec<Bar>,
    },
    /// Hour by weekday. Counts come straight from one cohort (the window's appeals), whose figure is
    /// `total`; cells add up to it.
    Heat {
        /// Monday first; 24 counts each, from 0 o'clock, city time.
        rows: Vec<Vec<u32>>,
        /// The figure that they add up to.
        total: FigureId,
    },
}

/// A chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    /// Stable within the brief: names the picture file. `c1`, `c2`, …
    pub id: String,
    /// 图题
    pub title: String,
    /// What a reader who does not see the picture should know.
    pub alt: String,
    /// The unit of its numbers: 件, %.
    pub unit: String,
    /// What it shows.
    pub plot: Plot,
}

/// What a block is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// A paragraph of running text.
    Paragraph {
        /// Its runs.
        runs: Vec<Run>,
    },
    /// A list; renderers number it 1. 2. 3. if `ordered`.
    List {
        /// Numbered or not.
        ordered: bool,
        /// The items.
        items: Vec<Vec<Run>>,
    },
    /// A table.
    Table {
        /// It.
        table: Table,
    },
    /// A chart.
    Chart {
        /// It.
        chart: Chart,
    },
    /// A proposal, in words made from its fields; `runs` are the editable sentence.
    Proposal {
        /// Which proposal it prints. The block that it lies in has an `id` of its own.
        #[serde(rename = "proposal")]
        id: ProposalId,
        /// Its sentence.
        runs: Vec<Run>,
    },
}

/// A block with a name that stays while the text is edited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// `b1`, `b2`, …
    pub id: String,
    /// What it is.
    #[serde(flatten)]
    pub content: Content,
}

/// Body or annex.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// 正文: numbered 一、 （一） 1. by level.
    #[default]
    Body,
    /// 附: not numbered, smaller.
    Annex,
}

/// A section: a heading and what stands under it, up to the next heading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// `s1`, `s2`, …
    pub id: String,
    /// 1: 一、 2: （一） 3: 1. — the number is the renderer's, not part of the heading.
    pub level: u8,
    /// Words of the heading; empty for an opening without one.
    pub heading: String,
    /// Body or annex.
    #[serde(default)]
    pub part: Part,
    /// What stands under it.
    pub blocks: Vec<Block>,
}
