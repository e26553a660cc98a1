//! Scripts and styles, embedded in the binary, under a path that holds the hash of all of them:
//! a browser keeps them for ever, and a new version is a new path.

use std::sync::LazyLock;

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "src/http/console/static"]
struct Files;

/// First hex digits of the hash over names and contents.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Files::iter().collect();
    names.sort();
    let mut hash = blake3::Hasher::new();
    for name in names {
        hash.update(name.as_bytes());
        if let Some(file) = Files::get(&name) {
            hash.update(&file.data);
        }
    }
    hash.finalize().to_hex().chars().take(12).collect()
});

/// The address of a file.
pub(super) fn url(file: &str) -> String {
    format!("/assets/{}/{file}", *VERSION)
}

/// A file; none if there is none of that name. An old page that asks under an old path gets the
/// present file, uncached.
pub(super) fn serve(version: &str, file: &str) -> Option<Response> {
    let data = Files::get(file)?.data;
    let kind = match file.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let cache = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-store" };
    let mut response = data.into_owned().into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    Some(response)
}
