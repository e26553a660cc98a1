//! Normalisation with a way back.
//!
//! Rules, in this order: NFKC (full and half width, ㈠ ①, Kangxi radicals, compatibility forms),
//! lower case, traditional→simplified and variants, invisible characters dropped, every run of white
//! space one space, none at the ends. Normalising twice changes nothing more.
//!
//! The map back is a list of *pieces*: a linear piece has as many characters on both sides (at most
//! [`PIECE`], so that a look-up counts few), a block maps as a whole. Clean text costs 24 bytes for
//! every 64 characters, and is copied, not converted.

use std::ops::Range;

use crate::domain::Span;

use super::{
    fold::{Class, FOLD, Fold},
    han,
};

/// Characters of a linear piece at most.
const PIECE: usize = 64;

/// A text after NFKC, width folding, traditional→simplified, variants, lower case and white-space
/// folding, with the map back to the original's characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normalized {
    text: String,
    pieces: Vec<Piece>,
    original_chars: usize,
}

/// A stretch of both texts; it ends where the next begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    /// First byte in the normalised text.
    byte: usize,
    /// First character in the original. Every piece has at least one, so these rise strictly.
    original: usize,
    /// Whether the characters correspond one to one.
    linear: bool,
}

impl Normalized {
    /// Normalises any string; never fails.
    pub fn of(original: &str) -> Self {
        let mut walk = Walk { fold: &FOLD, original, at: 0, room: 0, chars: 0, out: Vec::new(), text: String::new() };
        walk.text.reserve(original.len());
        walk.run();
        Self { text: walk.text, pieces: walk.out, original_chars: walk.chars }
    }

    /// The normalised text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Number of characters of the original.
    pub fn original_chars(&self) -> usize {
        self.original_chars
    }

    /// The characters of the original from which `bytes` of the normalised text came; bytes inside a
    /// character are widened to it.
    pub fn original_span(&self, bytes: Range<usize>) -> Span {
        let start = bytes.start.min(self.text.len());
        let end = bytes.end.clamp(start, self.text.len());
        let first = if start == self.text.len() { self.original_chars } else { self.origin(start).start };
        if start == end { Span::new(first, first) } else { Span::new(first, self.origin(end - 1).end) }
    }

    /// As [`Normalized::original_span`], for a range of *characters* of the normalised text.
    pub fn char_span_to_original(&self, chars: Range<usize>) -> Span {
        let byte = |n: usize| self.text.char_indices().nth(n).map_or(self.text.len(), |(byte, _)| byte);
        self.original_span(byte(chars.start)..byte(chars.end))
    }

    /// The bytes of the normalised text that came from a span of the original (empty if they were
    /// all dropped).
    pub fn normalized_bytes(&self, original: Span) -> Range<usize> {
        let start = original.start.min(self.original_chars);
        let end = original.end.clamp(start, self.original_chars);
        let first = if start == self.original_chars { self.text.len() } else { self.image(start).start };
        if start == end { first..first } else { first..self.image(end - 1).end }
    }

    /// The original characters of the normalised byte `byte`, which is inside the text.
    fn origin(&self, byte: usize) -> Range<usize> {
        let after = self.pieces.partition_point(|piece| piece.byte <= byte);
        let Some(&piece) = after.checked_sub(1).and_then(|index| self.pieces.get(index)) else { return 0..0 };
        if piece.linear {
            let bytes = self.text.as_bytes().get(piece.byte..=byte).unwrap_or_default();
            let started = bytes.iter().filter(|&&b| b & 0xC0 != 0x80).count().max(1);
            piece.original + started - 1..piece.original + started
        } else {
            piece.original..self.pieces.get(after).map_or(self.original_chars, |next| next.original)
        }
    }

    /// The normalised bytes of the original character `index`, which exists.
    fn image(&self, index: usize) -> Range<usize> {
        let after = self.pieces.partition_point(|piece| piece.original <= index);
        let Some(&piece) = after.checked_sub(1).and_then(|index| self.pieces.get(index)) else { return 0..0 };
        let end = self.pieces.get(after).map_or(self.text.len(), |next| next.byte);
        if !piece.linear {
            return piece.byte..end;
        }
        let text = self.text.get(piece.byte..end).unwrap_or_default();
        match text.char_indices().nth(index - piece.original) {
            Some((at, c)) => piece.byte + at..piece.byte + at + c.len_utf8(),
            None => end..end,
        }
    }
}

/// One pass over the original.
struct Walk<'t> {
    fold: &'static Fold,
    original: &'t str,
    /// Byte in the original.
    at: usize,
    /// Characters that the last piece can still take; 0 if it is closed.
    room: usize,
    /// Characters of the original so far.
    chars: usize,
    out: Vec<Piece>,
    text: String,
}

impl Walk<'_> {
    fn run(&mut self) {
        loop {
            self.copy_clean();
            let rest = &self.original[self.at..];
            let Some(c) = rest.chars().next() else { break };
            let class = self.fold.class(c);
            match class {
                Class::White => self.white(),
                Class::Drop => {
                    let (bytes, chars) = self.length_while(self.at, |class| class == Class::Drop);
                    self.block(chars, bytes, "");
                }
                Class::Join => self.cluster(c),
                _ if self.is_joined(self.at + c.len_utf8()) => self.cluster(c),
                Class::Many => {
                    let folded = self.fold.many(&rest[..c.len_utf8()]);
                    self.block(1, c.len_utf8(), &folded);
                }
                Class::Same | Class::One | Class::Context => {
                    let to = match class {
                        Class::Context => {
                            let previous = self.original[..self.at].chars().next_back();
                            han::in_context(previous, c, rest.chars().nth(1))
                        }
                        _ => self.fold.one(c),
                    };
                    self.open_linear();
                    self.text.push(to);
                    self.advance(1, c.len_utf8());
                }
            }
        }
    }

    /// Copies characters that stay, up to one that a following character may change.
    fn copy_clean(&mut self) {
        loop {
            let room = if self.room == 0 { PIECE } else { self.room };
            let rest = &self.original[self.at..];
            let (mut bytes, mut chars, mut last) = (0, 0, 0);
            let mut stopped_by = Class::Same;
            for c in rest.chars() {
                let class = self.fold.class(c);
                if chars == room || class != Class::Same {
                    stopped_by = class;
                    break;
                }
                last = c.len_utf8();
                bytes += last;
                chars += 1;
            }
            if chars > 0 && matches!(stopped_by, Class::Join | Class::Drop) && self.is_joined(self.at + bytes) {
                bytes -= last;
                chars -= 1;
            }
            if chars == 0 {
                return;
            }
            self.open_linear();
            self.text.push_str(&rest[..bytes]);
            self.advance(chars, bytes);
        }
    }

    /// Whether at byte `at`, past invisible characters, stands one that may join what is before it.
    fn is_joined(&self, at: usize) -> bool {
        let classes = self.original[at..].chars().map(|c| self.fold.class(c));
        classes.into_iter().find(|&class| class != Class::Drop) == Some(Class::Join)
    }

    /// Bytes and characters from byte `at` on whose class passes.
    fn length_while(&self, at: usize, pass: impl Fn(Class) -> bool) -> (usize, usize) {
        let run = self.original[at..].chars().take_while(|&c| pass(self.fold.class(c)));
        run.fold((0, 0), |(bytes, chars), c| (bytes + c.len_utf8(), chars + 1))
    }

    fn white(&mut self) {
        let (bytes, chars) = self.length_while(self.at, |class| matches!(class, Class::White | Class::Drop));
        if self.text.is_empty() || self.at + bytes == self.original.len() {
            self.block(chars, bytes, "");
        } else if chars == 1 {
            self.open_linear();
            self.text.push(' ');
            self.advance(1, bytes);
        } else {
            self.block(chars, bytes, " ");
        }
    }

    /// A character with all that may combine with it.
    fn cluster(&mut self, first: char) {
        let (mut bytes, mut chars) = (first.len_utf8(), 1);
        let (mut seen_bytes, mut seen_chars) = (bytes, chars);
        for c in self.original[self.at + bytes..].chars() {
            let class = self.fold.class(c);
            if !matches!(class, Class::Join | Class::Drop) {
                break;
            }
            seen_bytes += c.len_utf8();
            seen_chars += 1;
            if class == Class::Join {
                (bytes, chars) = (seen_bytes, seen_chars);
            }
        }
        let folded = self.fold.many(&self.original[self.at..self.at + bytes]);
        self.block(chars, bytes, &folded);
    }

    /// Makes room in a linear piece for at least one character.
    fn open_linear(&mut self) {
        if self.room == 0 {
            self.out.push(Piece { byte: self.text.len(), original: self.chars, linear: true });
            self.room = PIECE;
        }
    }

    /// After characters were written to a linear piece.
    fn advance(&mut self, chars: usize, bytes: usize) {
        self.room -= chars;
        self.chars += chars;
        self.at += bytes;
    }

    fn block(&mut self, chars: usize, bytes: usize, text: &str) {
        self.out.push(Piece { byte: self.text.len(), original: self.chars, linear: false });
        self.text.push_str(text);
        self.chars += chars;
        self.at += bytes;
        self.room = 0;
    }
}
