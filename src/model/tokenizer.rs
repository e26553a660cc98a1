//! `tokenizer.json` and how an appeal becomes one sequence: `[CLS] title [SEP] text [SEP]`.
//!
//! Total: any string gives a sequence within the limit. A long text keeps its head and its tail
//! (what happened is told first, what is wanted last).

use std::{borrow::Cow, ops::Range};

use tokenizers::Tokenizer;

use crate::domain::Field;

use super::{ModelError, ModelInput};

/// Name of the file.
pub const TOKENIZER_FILE: &str = "tokenizer.json";

/// Characters of a text that are tokenised at most, from its head and from its tail: several times
/// what a sequence can hold, so that a megabyte costs no more than a page.
const HEAD_CHARS: usize = 1600;
const TAIL_CHARS: usize = 800;

/// A token sequence and where its tokens lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// Token ids, special tokens included.
    pub ids: Vec<u32>,
    /// For each token the bytes that it covers; none for special tokens.
    pub spans: Vec<Option<(Field, Range<usize>)>>,
}

/// Turns appeals into sequences.
pub struct Reader {
    tokenizer: Tokenizer,
    first: u32,
    separator: u32,
    max: usize,
}

fn bad(why: impl Into<String>) -> ModelError {
    ModelError::File { file: TOKENIZER_FILE.into(), why: why.into() }
}

/// The parts of a text that are read: all of it, or head and tail with the byte at which each starts.
pub(super) fn readable(text: &str) -> Vec<(usize, &str)> {
    if text.len() <= HEAD_CHARS + TAIL_CHARS {
        return vec![(0, text)];
    }
    let head = text.char_indices().nth(HEAD_CHARS).map_or(text.len(), |(at, _)| at);
    let tail = text.char_indices().rev().nth(TAIL_CHARS - 1).map_or(0, |(at, _)| at);
    if tail <= head { vec![(0, text)] } else { vec![(0, &text[..head]), (tail, &text[tail..])] }
}

impl Reader {
    /// Reads `tokenizer.json`; sequences will have at most `max` tokens, ids below `vocabulary`.
    ///
    /// # Errors
    /// If the file is broken, lacks the special tokens, or knows more tokens than the encoder.
    pub fn parse(json: &[u8], vocabulary: usize, max: usize) -> Result<Self, ModelError> {
        let mut tokenizer = Tokenizer::from_bytes(json).map_err(|e| bad(e.to_string()))?;
        let _ = tokenizer.with_truncation(None);
        tokenizer.with_padding(None);
        let known = tokenizer.get_vocab_size(true);
        if known > vocabulary {
            return Err(ModelError::Mismatch(format!(
                "{TOKENIZER_FILE} has {known} tokens, the encoder only {vocabulary}"
            )));
        }
        // ids need not be dense: none may point past the encoder's embeddings
        if let Some(id) = tokenizer.get_vocab(true).into_values().find(|id| *id as usize >= vocabulary) {
            return Err(ModelError::Mismatch(format!(
                "{TOKENIZER_FILE} has a token with id {id}, the encoder knows ids below {vocabulary}"
            )));
        }
        let special = |names: [&str; 2]| {
            let id = names.iter().find_map(|n| tokenizer.token_to_id(n));
            id.filter(|id| (*id as usize) < vocabulary).ok_or_else(|| bad(format!("token {} is missing", names[0])))
        };
        let (first, separator) = (special(["[CLS]", "<s>"])?, special(["[SEP]", "</s>"])?);
        Ok(Self { tokenizer, first, separator, max: max.max(8) })
    }

    /// Longest sequence that it makes.
    pub fn max(&self) -> usize {
        self.max
    }

    fn tokens(&self, text: &str, field: Field) -> Vec<(u32, (Field, Range<usize>))> {
        let mut all = Vec::new();
        for (start, part) in readable(text) {
            // a tokenizer that fails on some string leaves that part unread
            let Ok(encoding) = self.tokenizer.encode(part, false) else { continue };
            for (&id, &(from, to)) in encoding.get_ids().iter().zip(encoding.get_offsets()) {
                all.push((id, (field, widened(part, from, to, start))));
            }
        }
        all
    }

    /// All tokens of a text and the byte at which each starts, without special tokens and without a
    /// limit.
    ///
    /// # Errors
    /// If the tokenizer fails on it.
    pub fn plain(&self, text: &str) -> Result<Vec<(u32, usize)>, ModelError> {
        let encoding = self.tokenizer.encode(text, false).map_err(|e| bad(e.to_string()))?;
        Ok(encoding.get_ids().iter().copied().zip(encoding.get_offsets().iter().map(|o| o.0)).collect())
    }

    /// Ids of the first token, the separator and, if there is one, the mask.
    pub fn special(&self) -> (u32, u32, Option<u32>) {
        let mask = ["[MASK]", "<mask>"].iter().find_map(|n| self.tokenizer.token_to_id(n));
        (self.first, self.separator, mask)
    }

    /// The sequence of an input.
    pub fn read(&self, input: &ModelInput) -> Sequence {
        let title = self.tokens(&input.title, Field::Title);
        let text = self.tokens(&input.text, Field::Text);
        let room = self.max - 3;
        // the title stays whole up to half of the room
        let title = kept(&title, (room / 2).max(room.saturating_sub(text.len())));
        let text = kept(&text, room - title.len());
        let mut sequence = Sequence { ids: vec![self.first], spans: vec![None] };
        for part in [title, text] {
            for (id, span) in part.iter() {
                sequence.ids.push(*id);
                sequence.spans.push(Some(span.clone()));
            }
            sequence.ids.push(self.separator);
            sequence.spans.push(None);
        }
        sequence
    }
}

/// Bytes `from..to` of `part`, widened to character boundaries and moved by `start`.
fn widened(part: &str, from: usize, to: usize, start: usize) -> Range<usize> {
    let (mut from, mut to) = (from.min(part.len()), to.min(part.len()));
    while !part.is_char_boundary(from) {
        from -= 1;
    }
    while !part.is_char_boundary(to) {
        to += 1;
    }
    start + from..start + to.max(from)
}

/// At most `room` elements: the first two thirds of the room and the last third.
fn kept<T: Clone>(all: &[T], room: usize) -> Cow<'_, [T]> {
    if all.len() <= room {
        return Cow::Borrowed(all);
    }
    let tail = room / 3;
    let mut out = all[..room - tail].to_vec();
    out.extend_from_slice(&all[all.len() - tail..]);
    Cow::Owned(out)
}
