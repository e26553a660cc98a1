//! A brief on paper: DOCX after GB/T 9704, HTML, XLSX with the evidence, Markdown, PDF.
//!
//! Renderers decide fonts, lines and colours; they decide no word and no number. Same brief, same bytes
//! (pictures: on machines with the same fonts).

mod docx;
mod html;
mod pdf;
mod picture;
mod xlsx;

use std::fmt;

use crate::domain::brief::Brief;

use super::{chart::RasterError, plain::markdown};

pub use pdf::{Printer, printer};

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Word, WPS, LibreOffice.
    Docx,
    /// One self-contained page, ready to print.
    Html,
    /// Figures with their evidence.
    Xlsx,
    /// Text.
    Markdown,
    /// The brief itself.
    Json,
    /// By LibreOffice or a browser of the machine.
    Pdf,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 6] =
        [Format::Docx, Format::Html, Format::Xlsx, Format::Markdown, Format::Json, Format::Pdf];

    /// The ending of a file's name, and the name on the command line.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Docx => "docx",
            Format::Html => "html",
            Format::Xlsx => "xlsx",
            Format::Markdown => "md",
            Format::Json => "json",
            Format::Pdf => "pdf",
        }
    }

    /// Media type.
    pub fn media(self) -> &'static str {
        match self {
            Format::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Format::Html => "text/html; charset=utf-8",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Format::Markdown => "text/markdown; charset=utf-8",
            Format::Json => "application/json",
            Format::Pdf => "application/pdf",
        }
    }
}

impl std::str::FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let name = name.trim().to_ascii_lowercase();
        let wanted = if name == "markdown" { "md" } else { name.as_str() };
        Format::ALL.into_iter().find(|f| f.ending() == wanted).ok_or(UnknownFormat(name))
    }
}

/// A format that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFormat(pub String);

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<&str> = Format::ALL.iter().map(|f| f.ending()).collect();
        write!(f, "没有“{}”格式;可用:{}", self.0, known.join("、"))
    }
}

impl std::error::Error for UnknownFormat {}

/// A rendered brief.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The file.
    pub bytes: Vec<u8>,
    /// What the reader should be told, in Chinese: missing fonts, rows left out.
    pub notices: Vec<String>,
}

impl Rendered {
    fn plain(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), notices: Vec::new() }
    }
}

/// Why a brief could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A chart.
    #[error(transparent)]
    Chart(#[from] RasterError),
    /// The package of a DOCX.
    #[error("the DOCX cannot be packed: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// Writing into memory, or a temporary file.
    #[error("writing the file: {0}")]
    Io(#[from] std::io::Error),
    /// The workbook.
    #[error("the workbook cannot be written: {0}")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// The brief as JSON.
    #[error("the brief cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Nothing on this machine prints PDF.
    #[error("本机没有可生成 PDF 的程序(LibreOffice 或 Chromium);请用 DOCX 在办公软件中另存为 PDF")]
    NoPrinter,
    /// The program that prints failed.
    #[error("生成 PDF 失败({0}):{1}")]
    Printer(&'static str, String),
}

/// Renders a brief.
///
/// # Errors
/// Defects, a full disk, or (PDF) no program that prints.
pub fn render(brief: &Brief, format: Format) -> Result<Rendered, RenderError> {
    match format {
        Format::Docx => docx::render(brief),
        Format::Html => Ok(Rendered::plain(html::render(brief))),
        Format::Xlsx => xlsx::render(brief),
        Format::Markdown => Ok(Rendered::plain(markdown(brief))),
        Format::Json => Ok(Rendered::plain(serde_json::to_vec_pretty(brief)?)),
        Format::Pdf => pdf::render(brief),
    }
}

/// A chart of a brief as SVG, for a page that stands around it.
pub fn chart_svg(brief: &Brief, chart: &crate::domain::brief::Chart) -> String {
    super::chart::svg(&picture::picture(brief, chart), super::chart::Lettering::Words)
}

/// How a figure is computed, in words with the figures and cohorts that go in.
pub fn formula_words(brief: &Brief, measure: &crate::domain::brief::Measure) -> String {
    html::formula(brief, measure)
}
