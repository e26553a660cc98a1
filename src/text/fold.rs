//! What one character becomes: the classes and the table that [`super::Normalized`] walks with.
//!
//! The basic plane is a table made once (about 10 ms); rarer planes are worked out when they occur.

use std::{collections::HashMap, sync::LazyLock};

use unicode_normalization::{IsNormalized, UnicodeNormalization, char::canonical_combining_class, is_nfc_quick};

use super::han;

/// How a character is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Class {
    /// Stays.
    Same,
    /// Becomes one other character ([`Fold::one`]).
    One,
    /// Becomes several ([`Fold::many`]).
    Many,
    /// Its simplified form depends on the neighbours ([`han::in_context`]).
    Context,
    /// White space.
    White,
    /// Invisible: dropped.
    Drop,
    /// May combine with the character before it.
    Join,
}

/// The table.
pub(super) struct Fold {
    class: Vec<Class>,
    one: Vec<char>,
    han: HashMap<char, char>,
}

/// The one table of the process.
pub(super) static FOLD: LazyLock<Fold> = LazyLock::new(Fold::build);

impl Fold {
    fn build() -> Self {
        let mut fold = Self { class: vec![Class::Same; 0x1_0000], one: vec!['\0'; 0x1_0000], han: han::table() };
        let mut buffer = String::new();
        for code in 0..0x1_0000_u32 {
            if let Some(c) = char::from_u32(code) {
                let (class, one) = fold.work_out(c, &mut buffer);
                fold.class[code as usize] = class;
                fold.one[code as usize] = one;
            }
        }
        for c in han::contextual() {
            if let Some(class) = fold.class.get_mut(c as usize) {
                *class = Class::Context;
            }
        }
        fold
    }

    /// The class of any character.
    #[inline]
    pub(super) fn class(&self, c: char) -> Class {
        match self.class.get(c as usize) {
            Some(&class) => class,
            None => self.work_out(c, &mut String::new()).0,
        }
    }

    /// What a character of class [`Class::One`] becomes; any other character itself.
    #[inline]
    pub(super) fn one(&self, c: char) -> char {
        match self.one.get(c as usize) {
            Some(&one) => one,
            None => self.work_out(c, &mut String::new()).1,
        }
    }

    /// What a sequence of a character and those that may combine with it becomes.
    pub(super) fn many(&self, cluster: &str) -> String {
        let mut text = String::with_capacity(cluster.len());
        cluster.chars().filter(|c| !is_invisible(*c)).for_each(|c| decompose(c, &mut text));
        // Lower case or a simplified form may compose or reorder once more; three rounds settle it.
        for _ in 0..3 {
            let composed: String = text.nfc().collect();
            let mut next = String::with_capacity(composed.len());
            for c in composed.chars().flat_map(char::to_lowercase).filter(|c| !is_invisible(*c)) {
                let simplified = self.han.get(&c).copied();
                decompose(simplified.unwrap_or_else(|| han::in_context(None, c, None)), &mut next);
            }
            next = next.nfc().collect();
            if next == text {
                break;
            }
            text = next;
        }
        text
    }

    fn work_out(&self, c: char, buffer: &mut String) -> (Class, char) {
        if c.is_whitespace() {
            return (Class::White, ' ');
        }
        if is_invisible(c) {
            return (Class::Drop, c);
        }
        buffer.clear();
        decompose(c, buffer);
        if buffer.chars().next().is_some_and(joins) {
            return (Class::Join, c);
        }
        let folded = self.many(c.encode_utf8(&mut [0; 4]));
        let mut chars = folded.chars();
        match (chars.next(), chars.next()) {
            (None, _) => (Class::Drop, c),
            (Some(one), None) if one == c => (Class::Same, c),
            (Some(one), None) => (Class::One, one),
            _ => (Class::Many, c),
        }
    }
}

/// Compatibility decomposition. Spacing accents (´ ¨ ￣) stay: theirs begins with a space, which is
/// no longer the character that somebody typed.
fn decompose(c: char, out: &mut String) {
    let from = out.len();
    out.extend(std::iter::once(c).nfkd());
    if out.get(from..).is_some_and(|text| text.starts_with(' ') && text.len() > 1) {
        out.truncate(from);
        out.push(c);
    }
}

/// Whether a character may combine with one before it.
fn joins(c: char) -> bool {
    canonical_combining_class(c) != 0 || is_nfc_quick(std::iter::once(c)) == IsNormalized::Maybe
}

/// Controls, zero-width characters, direction marks, variation selectors, tags, fillers.
pub(super) fn is_invisible(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}')
}
