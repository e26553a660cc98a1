//! Stretches of text as tags of tokens, and back: 0 is nothing, 1 + 2·l begins a stretch with label l,
//! 2 + 2·l goes on with it (Ramshaw & Marcus 1995).
//!
//! One definition for training ([`tags`]) and answering ([`decode`]): the best sequence of tags in which
//! nothing goes on that has not begun (Viterbi 1967).

use std::ops::Range;

use crate::domain::Field;

use super::{ModelInput, tokenizer::Sequence};

/// A stretch with its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Place of the label in its head.
    pub label: usize,
    /// Title or text.
    pub field: Field,
    /// Bytes of that normalised text.
    pub bytes: Range<usize>,
}

/// A stretch that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// Where and what.
    pub stretch: Stretch,
    /// Probability that exactly this stretch stands there, before calibration.
    pub p: f32,
}

/// The tag of each token. A stretch begins with the first token that it touches; of stretches that
/// share a token the earlier in the list counts. One that the sequence does not hold (a long text is
/// cut) is left out.
pub fn tags(sequence: &Sequence, stretches: &[Stretch]) -> Vec<u32> {
    let mut tags = vec![0; sequence.ids.len()];
    for stretch in stretches {
        let touched: Vec<usize> = sequence
            .spans
            .iter()
            .enumerate()
            .filter(|(_, span)| {
                span.as_ref().is_some_and(|(field, bytes)| {
                    *field == stretch.field && bytes.start < stretch.bytes.end && stretch.bytes.start < bytes.end
                })
            })
            .map(|(at, _)| at)
            .collect();
        if touched.iter().any(|at| tags[*at] != 0) {
            continue;
        }
        for (n, at) in touched.into_iter().enumerate() {
            tags[at] = 1 + 2 * stretch.label as u32 + u32::from(n > 0);
        }
    }
    tags
}

/// Whether each token goes on where the one before it ended: same text, nothing but white space
/// between.
fn joined(sequence: &Sequence, input: &ModelInput) -> Vec<bool> {
    let mut before: Option<&(Field, Range<usize>)> = None;
    let each = sequence.spans.iter().map(|span| {
        let own = span.as_ref();
        let joins = match (before, own) {
            (Some((f, b)), Some((field, bytes))) if f == field => {
                let between = input.field(*field).get(b.end..bytes.start);
                // tokens of one character (a piece of it each) overlap
                bytes.start <= b.end || between.is_some_and(|t| t.chars().all(char::is_whitespace))
            }
            _ => false,
        };
        before = own;
        joins
    });
    each.collect()
}

/// The most probable stretches, in the order of the tokens; `logits` are the tags' of each token.
pub fn decode(sequence: &Sequence, input: &ModelInput, logits: &[f32], labels: usize) -> Vec<Scored> {
    let width = 2 * labels + 1;
    let tokens = sequence.ids.len().min(logits.len() / width);
    let logs: Vec<Vec<f32>> = logits.chunks_exact(width).take(tokens).map(log_softmax).collect();
    let joined = joined(sequence, input);
    let path = best_path(&logs, &joined, |at| sequence.spans.get(at).is_some_and(Option::is_some));
    let mut found: Vec<Scored> = Vec::new();
    let mut at = 0;
    while at < tokens {
        let tag = path[at];
        let Some((field, first)) = sequence.spans[at].as_ref().filter(|_| tag % 2 == 1) else {
            at += 1;
            continue;
        };
        let goes_on = tag + 1;
        let mut log = logs[at][tag];
        let mut end = at + 1;
        while end < tokens && path[end] == goes_on {
            log += logs[end][goes_on];
            end += 1;
        }
        if end < tokens && joined[end] {
            // it could have gone on, but does not
            log += (1.0 - logs[end][goes_on].exp()).max(1e-6).ln();
        }
        let last = sequence.spans[end - 1].as_ref().map_or(first.end, |(_, bytes)| bytes.end);
        let bytes = first.start..last.max(first.end);
        found.push(Scored { stretch: Stretch { label: tag / 2, field: *field, bytes }, p: log.exp() });
        at = end;
    }
    found
}

fn log_softmax(logits: &[f32]) -> Vec<f32> {
    let max = logits.iter().copied().fold(f32::MIN, f32::max);
    let sum = logits.iter().map(|v| (v - max).exp()).sum::<f32>().ln() + max;
    logits.iter().map(|v| v - sum).collect()
}

/// The best tags: a token may go on only if it joins one that has begun or gone on with the same label;
/// a token that is not `text` has no tag but 0.
fn best_path(logs: &[Vec<f32>], joined: &[bool], text: impl Fn(usize) -> bool) -> Vec<usize> {
    let Some(width) = logs.first().map(Vec::len) else { return Vec::new() };
    let mut score = vec![f32::MIN; width];
    let mut from: Vec<Vec<usize>> = Vec::with_capacity(logs.len());
    for (at, log) in logs.iter().enumerate() {
        let best = (0..width).fold(0, |best, tag| if score[tag] > score[best] { tag } else { best });
        let before = if at == 0 { 0.0 } else { score[best] };
        let (mut next, mut back) = (vec![f32::MIN; width], vec![best; width]);
        for tag in 0..width {
            let goes_on = tag > 0 && tag % 2 == 0;
            if tag > 0 && !text(at) || goes_on && (at == 0 || !joined[at]) {
                continue;
            }
            let base = if goes_on {
                back[tag] = if score[tag] > score[tag - 1] { tag } else { tag - 1 };
                score[back[tag]]
            } else {
                before
            };
            if base > f32::MIN {
                next[tag] = base + log[tag];
            }
        }
        score = next;
        from.push(back);
    }
    let mut tag = (0..width).fold(0, |best, tag| if score[tag] > score[best] { tag } else { best });
    let mut path = vec![0; logs.len()];
    for at in (0..logs.len()).rev() {
        path[at] = tag;
        tag = from[at][tag];
    }
    path
}
