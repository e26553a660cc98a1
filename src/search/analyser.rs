//! Tokens of the three forms in which a normalised text is indexed: words, pairs of characters,
//! single characters.

use std::{collections::BTreeSet, sync::Arc};

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use crate::text::Segmenter;

/// Raise it when the tokens of any form change: an index of another version is emptied at opening.
pub(crate) const ANALYSER_VERSION: u32 = 1;

/// Names under which the tokenizers are registered.
pub(crate) const WORDS: &str = "tingsu_words";
/// See [`WORDS`].
pub(crate) const GRAMS: &str = "tingsu_grams";
/// See [`WORDS`].
pub(crate) const CHARS: &str = "tingsu_chars";

/// Whether a character takes part in grams: white space and invisible characters do not, so that a
/// line break inside a phrase, or a blank between 3幢 and 2单元, hides nothing.
pub(crate) fn is_gram_char(c: char) -> bool {
    !(c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}'))
}

/// Whether a token of the segmenter is a word rather than punctuation or white space.
pub(crate) fn is_word(word: &str) -> bool {
    word.chars().any(char::is_alphanumeric)
}

/// The form of a character in grams. Normalisation decides a few characters by their neighbours
/// (計畫 → 计划, 漫畫 → 漫画); a stretch cut out of a text has lost its neighbours, so both answers are
/// one here.
fn gram_form(c: char) -> char {
    match c {
        '乾' => '干',
        '瞭' => '了',
        '藉' => '借',
        '徵' => '征',
        '祇' => '只',
        '覆' => '复',
        '链' => '炼',
        '沈' => '沉',
        '划' => '画',
        '俱' => '具',
        '彷' => '仿',
        '噁' => '恶',
        '著' => '着',
        c => c,
    }
}

/// The characters of a normalised text that take part in grams, in gram form, with their byte
/// offsets.
pub(crate) fn gram_chars(text: &str) -> impl Iterator<Item = (usize, char)> {
    text.char_indices().filter(|&(_, c)| is_gram_char(c)).map(|(at, c)| (at, gram_form(c)))
}

/// jieba search mode over a normalised text; position = index of the first character, so that
/// distances in phrases are distances in characters.
#[derive(Clone)]
pub(crate) struct WordTokenizer(pub(crate) Arc<Segmenter>);

/// Pairs of neighbouring characters; position = index of the first one among the gram characters.
#[derive(Clone)]
pub(crate) struct GramTokenizer;

/// Each distinct character once.
#[derive(Clone)]
pub(crate) struct CharTokenizer;

impl Tokenizer for WordTokenizer {
    type TokenStream<'a> = WordStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream<'a> {
        let mut tokens = self.0.search(text);
        tokens.retain(|t| is_word(t.word));
        WordStream { tokens: tokens.into_iter(), token: Token::default() }
    }
}

/// See [`WordTokenizer`].
pub(crate) struct WordStream<'a> {
    tokens: std::vec::IntoIter<crate::text::Token<'a>>,
    token: Token,
}

impl TokenStream for WordStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(next) = self.tokens.next() else { return false };
        self.token.text.clear();
        self.token.text.push_str(next.word);
        self.token.position = next.char_start;
        self.token.offset_from = next.bytes.start;
        self.token.offset_to = next.bytes.end;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

impl Tokenizer for GramTokenizer {
    type TokenStream<'a> = GramStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> GramStream<'a> {
        let mut stream =
            GramStream { rest: text.char_indices(), last: None, next_position: 0, token: Token::default() };
        stream.last = stream.next_char();
        stream
    }
}

/// See [`GramTokenizer`].
pub(crate) struct GramStream<'a> {
    rest: std::str::CharIndices<'a>,
    last: Option<(usize, char)>,
    next_position: usize,
    token: Token,
}

impl GramStream<'_> {
    fn next_char(&mut self) -> Option<(usize, char)> {
        self.rest.by_ref().find(|&(_, c)| is_gram_char(c)).map(|(at, c)| (at, gram_form(c)))
    }
}

impl TokenStream for GramStream<'_> {
    fn advance(&mut self) -> bool {
        let (Some(first), Some(second)) = (self.last, self.next_char()) else { return false };
        self.token.text.clear();
        self.token.text.push(first.1);
        self.token.text.push(second.1);
        self.token.position = self.next_position;
        self.token.offset_from = first.0;
        self.token.offset_to = second.0 + second.1.len_utf8();
        self.next_position += 1;
        self.last = Some(second);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

impl Tokenizer for CharTokenizer {
    type TokenStream<'a> = CharStream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> CharStream {
        let distinct: BTreeSet<char> = gram_chars(text).map(|(_, c)| c).collect();
        CharStream { chars: distinct.into_iter(), token: Token { position: usize::MAX, ..Token::default() } }
    }
}

/// See [`CharTokenizer`].
pub(crate) struct CharStream {
    chars: std::collections::btree_set::IntoIter<char>,
    token: Token,
}

impl TokenStream for CharStream {
    fn advance(&mut self) -> bool {
        let Some(c) = self.chars.next() else { return false };
        self.token.text.clear();
        self.token.text.push(c);
        self.token.position = self.token.position.wrapping_add(1);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
