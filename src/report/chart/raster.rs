//! PNG of a chart, drawn with the fonts of the machine.

use std::sync::{Arc, LazyLock};

use resvg::{tiny_skia, usvg};

use super::{Lettering, Picture, svg};

/// A picture of points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raster {
    /// The PNG file.
    pub png: Vec<u8>,
    /// Width and height in points of the drawing (not pixels).
    pub size: (u32, u32),
    /// Whether the words were drawn, or numbers in their place.
    pub lettering: Lettering,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum RasterError {
    /// Our own SVG was not understood: a defect.
    #[error("the chart cannot be drawn: {0}")]
    Svg(#[from] usvg::Error),
    /// Too large for memory.
    #[error("the chart is too large to be drawn")]
    Size,
    /// Encoding failed.
    #[error("the chart cannot be written as PNG: {0}")]
    Png(String),
}

/// Pixels per unit of the drawing: 720 units on 15 cm of paper are 240 dots per inch.
const ZOOM: f32 = 2.0;
/// Families that hold the characters of the language; a face that names itself in Chinese does too.
const FAMILIES: &[&str] = &[
    "CJK",
    "Source Han",
    "YaHei",
    "SimSun",
    "SimHei",
    "FangSong",
    "KaiTi",
    "PingFang",
    "Heiti",
    "Songti",
    "WenQuanYi",
    "Droid Sans Fallback",
    "HarmonyOS Sans SC",
    "Sarasa",
    "LXGW",
];

/// Names a folder whose fonts are used instead of the machine's.
const FOLDER: &str = "TINGSU_FONTS";

static FONTS: LazyLock<Arc<usvg::fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = usvg::fontdb::Database::new();
    match std::env::var_os(FOLDER) {
        Some(folder) => fonts.load_fonts_dir(folder),
        None => fonts.load_system_fonts(),
    }
    Arc::new(fonts)
});

fn is_chinese(fonts: &usvg::fontdb::Database) -> bool {
    fonts.faces().any(|face| {
        face.families.iter().any(|(name, _)| {
            FAMILIES.iter().any(|known| name.contains(known)) || name.chars().any(|c| ('一'..='鿿').contains(&c))
        })
    })
}

/// Whether this machine has a font that draws Chinese.
pub fn has_chinese_font() -> bool {
    is_chinese(&FONTS)
}

/// Draws a picture. Without a Chinese font its words become numbers (see [`super::legend`]).
///
/// # Errors
/// Only defects and want of memory.
pub fn png(picture: &Picture) -> Result<Raster, RasterError> {
    let lettering = if has_chinese_font() { Lettering::Words } else { Lettering::Numbers };
    drawn(picture, lettering)
}

fn drawn(picture: &Picture, lettering: Lettering) -> Result<Raster, RasterError> {
    let options = usvg::Options { fontdb: Arc::clone(&FONTS), ..usvg::Options::default() };
    let tree = usvg::Tree::from_str(&svg(picture, lettering), &options)?;
    let size = tree.size().to_int_size();
    let large = size.scale_by(ZOOM).ok_or(RasterError::Size)?;
    let mut pixels = tiny_skia::Pixmap::new(large.width(), large.height()).ok_or(RasterError::Size)?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(ZOOM, ZOOM), &mut pixels.as_mut());
    let png = pixels.encode_png().map_err(|e| RasterError::Png(e.to_string()))?;
    Ok(Raster { png, size: (size.width(), size.height()), lettering })
}
