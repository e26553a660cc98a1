//! Punctuation as Chinese print wants it. Calls are often typed, and packs often written, with half-width
//! marks; a paper that somebody signs has full-width ones.

use std::collections::HashMap;

/// Half-width marks as full-width ones, character for character, except between letters or digits
/// (`12:30`, `1,024`, `0.9`). Brackets that belong together are widened together or not at all: `f(x)`, but
/// `log2（1+人）`.
pub fn typeset(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let pairs = brackets(&chars);
    let latin = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_ascii_alphanumeric());
    let wide = |(at, c): (usize, &char)| {
        let between = |at: usize| latin(at.checked_sub(1)) && latin(Some(at + 1));
        let inside = between(at) && pairs.get(&at).is_none_or(|other| between(*other));
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

/// Where each half-width bracket has its other half.
fn brackets(chars: &[char]) -> HashMap<usize, usize> {
    let (mut open, mut pairs) = (Vec::new(), HashMap::new());
    for (at, c) in chars.iter().enumerate() {
        match c {
            '(' => open.push(at),
            ')' => {
                if let Some(from) = open.pop() {
                    pairs.extend([(from, at), (at, from)]);
                }
            }
            _ => {}
        }
    }
    pairs
}
