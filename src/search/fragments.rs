//! Short stretches of a long text that show why it was found.

use crate::domain::Span;

use super::graphemes::Cuts;

/// Characters that may be added or given up to end a stretch at a clause.
const SLACK: usize = 12;

/// Up to `most` stretches of about `width` characters that show the highlights, cut at clause
/// boundaries where possible; the start of the text if nothing is highlighted. Sorted, not
/// overlapping, in characters of the original, none cut inside a letter with its accents; highlights past the end of the text are ignored.
pub fn fragments(original: &str, highlights: &[Span], width: usize, most: usize) -> Vec<Span> {
    let chars: Vec<char> = original.chars().collect();
    let (length, width) = (chars.len(), width.max(1));
    if length == 0 || most == 0 {
        return Vec::new();
    }
    let cuts = Cuts::of(original);
    let mut marks: Vec<Span> = highlights.iter().copied().filter(|h| h.start < length && !h.is_empty()).collect();
    marks.sort_unstable();
    if length <= width || marks.is_empty() {
        return vec![cuts.around(Span::new(0, clause_end(&chars, width.min(length))))];
    }
    // Candidate windows: one from each highlight on; worth the highlighted characters in it.
    let mut windows: Vec<(usize, usize, usize)> = Vec::new();
    for (n, mark) in marks.iter().enumerate() {
        let inside = marks.iter().skip(n).take_while(|m| m.end <= mark.start + width);
        let (worth, last) = inside.fold((0, mark.end), |(worth, last), m| (worth + m.len(), last.max(m.end)));
        windows.push((worth.max(mark.len().min(width)), mark.start, last));
    }
    windows.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut chosen: Vec<Span> = Vec::new();
    for (_, first, last) in windows {
        if chosen.len() == most {
            break;
        }
        let spare = width.saturating_sub(last - first);
        let start = clause_start(&chars, first.saturating_sub(spare / 2), first);
        let end = clause_end(&chars, (start + width).max(last.min(first + width)).min(length));
        let span = cuts.around(Span::new(start, end));
        if !chosen.iter().any(|c| c.overlaps(&span)) {
            chosen.push(span);
        }
    }
    chosen.sort_unstable();
    chosen
}

fn ends_clause(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '；' | '，' | '、' | '：' | '!' | '?' | ';' | ',' | '\n')
}

/// The first start of a clause within reach at or after `at`, or within reach before it.
fn clause_start(chars: &[char], at: usize, latest: usize) -> usize {
    let starts = |n: usize| n == 0 || chars.get(n - 1).copied().is_some_and(ends_clause);
    let after = (at..=latest.min(at + SLACK)).find(|&n| starts(n));
    let before = || (at.saturating_sub(SLACK)..at).rev().find(|&n| starts(n));
    after.or_else(before).unwrap_or(at)
}

/// The end of a clause within reach after `at`; `at` itself otherwise.
fn clause_end(chars: &[char], at: usize) -> usize {
    if at >= chars.len() {
        return chars.len();
    }
    let ends = |n: usize| n == chars.len() || n > 0 && chars.get(n - 1).copied().is_some_and(ends_clause);
    (at..=(at + SLACK).min(chars.len())).find(|&n| ends(n)).unwrap_or(at)
}
