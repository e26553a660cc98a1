//! A query as the second look sees it: its words and pairs of characters, each with its rarity.

use std::collections::{BTreeSet, HashMap};

use tantivy::{Searcher, Term as IndexTerm};

use crate::{
    search::{
        Term, Wanted,
        analyser::{gram_chars, is_word},
        schema::Fields,
        units::is_function_word,
    },
    text::{Normalized, Segmenter},
};

/// Characters of a query that are compared: a longer one is known by its beginning.
const MAX_CHARS: usize = 200;
/// Distance between the places of two typed terms, so that no stretch runs across their border.
const GAP: u32 = 1_000;

/// A word of the query.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) chars: Vec<char>,
    pub(super) idf: f32,
}

/// Two neighbouring characters of the query.
#[derive(Clone, Debug)]
pub(super) struct Gram {
    pub(super) idf: f32,
    /// Where it stands in the query.
    pub(super) at: Vec<u32>,
    /// Words that begin with it.
    pub(super) begins: Vec<usize>,
}

/// Words and pairs of a query, each once.
#[derive(Clone, Debug, Default)]
pub(super) struct Profile {
    pub(super) words: Vec<Word>,
    pub(super) grams: Vec<Gram>,
    pub(super) known: HashMap<(char, char), usize>,
    /// Words of one character.
    pub(super) single: HashMap<char, Vec<usize>>,
    /// Characters compared.
    pub(super) chars: usize,
}

/// Rarity of what stands in so many of all tickets (BM25's, Robertson & Spärck Jones 1976).
fn rarity(tickets: f32, df: u64) -> f32 {
    (1.0 + (tickets - df as f32 + 0.5).max(0.0) / (df as f32 + 0.5)).ln()
}

impl Profile {
    /// What is typed in all terms that may be found.
    pub(super) fn of(wanted: &Wanted, segmenter: &Segmenter, searcher: &Searcher, fields: &Fields) -> Self {
        let tickets = searcher.num_docs() as f32;
        // titles and texts: the rest is short, or seldom there
        let idf = |form: fn(&super::super::schema::TextPair) -> tantivy::schema::Field, text: &str| {
            let df = |pair| searcher.doc_freq(&IndexTerm::from_field_text(form(pair), text)).unwrap_or(0);
            rarity(tickets, fields.texts.iter().take(2).map(df).max().unwrap_or(0))
        };
        let mut profile = Profile::default();
        let mut seen = BTreeSet::new();
        for (n, term) in wanted.groups.iter().flatten().enumerate() {
            let (Term::Words(typed) | Term::Phrase(typed)) = term;
            let left = MAX_CHARS.saturating_sub(profile.chars);
            let capped: String = typed.chars().take(left).collect();
            let normalized = Normalized::of(&capped);
            let chars: Vec<char> = gram_chars(normalized.text()).map(|(_, c)| c).collect();
            profile.chars += chars.len();
            for (at, pair) in chars.windows(2).enumerate() {
                let &[first, second] = pair else { continue };
                let next = profile.grams.len();
                let gram = *profile.known.entry((first, second)).or_insert(next);
                if gram == next {
                    let idf = idf(|t| t.grams, &pair.iter().collect::<String>());
                    profile.grams.push(Gram { idf, at: Vec::new(), begins: Vec::new() });
                }
                profile.grams[gram].at.push(n as u32 * GAP + at as u32);
            }
            for token in segmenter.search(normalized.text()) {
                if !is_word(token.word) || is_function_word(token.word) || !seen.insert(token.word.to_owned()) {
                    continue;
                }
                let chars: Vec<char> = gram_chars(token.word).map(|(_, c)| c).collect();
                let word = profile.words.len();
                match chars.as_slice() {
                    [] => continue,
                    [only] => profile.single.entry(*only).or_default().push(word),
                    [first, second, ..] => {
                        let Some(gram) = profile.known.get(&(*first, *second)) else { continue };
                        profile.grams[*gram].begins.push(word);
                    }
                }
                profile.words.push(Word { chars, idf: idf(|t| t.words, token.word) });
            }
        }
        profile
    }
}
