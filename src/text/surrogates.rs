//! Escapes of a JSON text that stand for no character: halves of surrogate pairs that stand alone.

use std::ops::Range;

/// Bytes of an escape `\uXXXX`.
const ESCAPE: usize = 6;

/// Bytes of every escape `\uD800` to `\uDFFF` in a JSON text that is no half of a pair, in order.
/// The text need not be sound otherwise.
pub fn lone_surrogates(json: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(offset) = json.get(at..).and_then(|rest| rest.find('\\')) {
        at += offset;
        let rest = json.get(at..).unwrap_or_default();
        match unit(rest) {
            Some(0xd800..=0xdbff) if matches!(rest.get(ESCAPE..).and_then(unit), Some(0xdc00..=0xdfff)) => {
                at += 2 * ESCAPE;
            }
            Some(0xd800..=0xdfff) => {
                found.push(at..at + ESCAPE);
                at += ESCAPE;
            }
            // Any other escape is two characters at least; the second may be a backslash.
            _ => at += 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
        }
    }
    found
}

/// The code unit of an escape at the start.
fn unit(text: &str) -> Option<u16> {
    let hex = text.strip_prefix("\\u")?.get(..4)?;
    hex.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u16::from_str_radix(hex, 16).ok()).flatten()
}
