//! What of a query stands where in some tickets: read from the characters that the index keeps of each.

use tantivy::{DocAddress, Searcher, TantivyDocument, schema::Value};

use crate::search::{
    analyser::gram_chars,
    schema::{Fields, TEXT_END},
};

use super::profile::Profile;

/// Texts of a ticket.
pub(super) const TEXTS: usize = 4;
/// Characters of a ticket that are looked at: a longer one is known by its beginning.
const MAX_CHARS: usize = 3_000;

/// What of a query stands in one ticket.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    /// How often each word stands in each text.
    pub(super) words: Vec<[u16; TEXTS]>,
    /// How often each pair stands in each text.
    pub(super) grams: Vec<[u16; TEXTS]>,
    /// Text, place in it, pair: sorted.
    pub(super) places: Vec<(u8, u32, u16)>,
    /// Characters of each text.
    pub(super) lengths: [u32; TEXTS],
}

/// Reads what of the query stands in each of the tickets.
pub(super) fn gather(
    searcher: &Searcher,
    fields: &Fields,
    profile: &Profile,
    tickets: &[DocAddress],
) -> tantivy::Result<Vec<Standing>> {
    tickets
        .iter()
        .map(|address| {
            let doc: TantivyDocument = searcher.doc(*address)?;
            let said = doc.get_first(fields.said).and_then(|v| v.as_str()).unwrap_or_default();
            Ok(standing(profile, said))
        })
        .collect()
}

/// What of the query stands in texts, one after another with [`TEXT_END`] behind each.
pub(super) fn standing(profile: &Profile, said: &str) -> Standing {
    let mut own = Standing {
        words: vec![[0; TEXTS]; profile.words.len()],
        grams: vec![[0; TEXTS]; profile.grams.len()],
        ..Standing::default()
    };
    let chars: Vec<char> = said.chars().take(MAX_CHARS).collect();
    let (mut text, mut start) = (0, 0);
    let add = |count: &mut u16| *count = count.saturating_add(1);
    for (at, &c) in chars.iter().enumerate() {
        if c == TEXT_END {
            own.lengths[text] = (at - start) as u32;
            (text, start) = (text + 1, at + 1);
            if text == TEXTS {
                break;
            }
            continue;
        }
        for &word in profile.single.get(&c).into_iter().flatten() {
            add(&mut own.words[word][text]);
        }
        let Some(&next) = chars.get(at + 1) else { break };
        let Some(&gram) = profile.known.get(&(c, next)) else { continue };
        add(&mut own.grams[gram][text]);
        own.places.push((text as u8, (at - start) as u32, gram as u16));
        for &word in &profile.grams[gram].begins {
            if chars.get(at..).is_some_and(|rest| rest.starts_with(&profile.words[word].chars)) {
                add(&mut own.words[word][text]);
            }
        }
    }
    if text < TEXTS {
        own.lengths[text] = (chars.len() - start.min(chars.len())) as u32;
    }
    own
}

/// The characters of normalised texts as the index keeps them.
pub(in crate::search) fn said<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let mut said = String::new();
    for text in texts {
        said.extend(gram_chars(text).map(|(_, c)| c).filter(|c| *c != TEXT_END));
        said.push(TEXT_END);
    }
    said
}
