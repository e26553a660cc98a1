//! Punctuation as Chinese print wants it. Calls are often typed, and packs often written, with half-width
//! marks; a paper that somebody signs has full-width ones.

/// Half-width marks as full-width ones, character for character, except between letters or digits
/// (`12:30`, `1,024`, `0.9`).
pub fn typeset(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let latin = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_ascii_alphanumeric());
    let wide = |(at, c): (usize, &char)| {
        let inside = latin(at.checked_sub(1)) && latin(Some(at + 1));
        match c {
            _ if inside => *c,
            ',' => '\u{FF0C}',
            ';' => '\u{FF1B}',
            ':' => '\u{FF1A}',
            '?' => '\u{FF1F}',
            '!' => '\u{FF01}',
            '(' => '\u{FF08}',
            ')' => '\u{FF09}',
            c => *c,
        }
    };
    chars.iter().enumerate().map(wide).collect()
}
