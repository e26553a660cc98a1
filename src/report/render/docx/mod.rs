//! Word: laid out after GB/T 9704-2012 (版头, 期号, 标题, 正文 一、（一）1., 版记; 22 lines of 28 characters).
//!
//! The package is written by hand: the standard fixes every measure, and a fixed package gives fixed
//! bytes.

mod body;
mod paper;
mod parts;
mod words;

use std::io::{Cursor, Write};

use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use super::{RenderError, Rendered};
use crate::domain::brief::Brief;

/// A picture of the package.
struct Media {
    /// `c1`
    id: String,
    png: Vec<u8>,
}

pub(super) fn render(brief: &Brief) -> Result<Rendered, RenderError> {
    let mut body = body::Body::of(brief);
    body.write()?;
    let body::Body { xml, media, notices, .. } = body;
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // The date that zip begins with: a package made twice is the same package.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let stored = options.compression_method(CompressionMethod::Stored);
    let document = format!("{}{xml}{}", parts::DOCUMENT_OPEN, parts::document_close());
    let texts = [
        ("[Content_Types].xml", parts::CONTENT_TYPES.to_owned()),
        ("_rels/.rels", parts::RELATIONS.to_owned()),
        ("docProps/core.xml", parts::core(brief)),
        ("docProps/app.xml", parts::APP.to_owned()),
        ("word/document.xml", document),
        ("word/_rels/document.xml.rels", parts::document_relations(&media)),
        ("word/styles.xml", parts::styles()),
        ("word/settings.xml", parts::SETTINGS.to_owned()),
        ("word/fontTable.xml", parts::fonts()),
        ("word/footer1.xml", parts::footer("right")),
        ("word/footer2.xml", parts::footer("left")),
    ];
    for (name, text) in texts {
        zip.start_file(name, options)?;
        zip.write_all(text.as_bytes())?;
    }
    for picture in &media {
        zip.start_file(format!("word/media/{}.png", picture.id), stored)?;
        zip.write_all(&picture.png)?;
    }
    Ok(Rendered { bytes: zip.finish()?.into_inner(), notices })
}
