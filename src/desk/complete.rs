//! Suggestions while a query is typed: frequent words of the index, names of the city, the person's own
//! kept searches; pinyin as a typing aid for places and departments, always last.

use std::sync::Arc;

use crate::{
    city::CityPack,
    domain::{Actor, AppealType, Channel, Fault, KeptSearch, Satisfaction, Status, Urgency},
    search::{Facet, SearchError, SearchIndex, facet_named},
    text::{Normalized, Pinyin, Segmenter, mask},
};

use super::{Desk, trouble::lost};

/// A word is told only if it stands in at least so many tickets, so that none tells of a single one.
const LEAST: u64 = 5;
/// Suggestions of one kind at most, while others are there too.
const OF_A_KIND: usize = 3;
/// Characters of a query for which suggestions are made.
const LONGEST: usize = 200;

/// What a suggestion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CompletionKind {
    /// One of the person's kept searches.
    Kept,
    /// A district or town.
    Place,
    /// A department.
    Department,
    /// A category.
    Category,
    /// A value of another field.
    Value,
    /// A frequent word.
    Word,
}

/// One suggestion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What to show.
    pub text: String,
    /// What it is.
    pub kind: CompletionKind,
    /// What takes the place of [`Completions::span`] in the query.
    pub insert: String,
    /// In about how many tickets a word stands.
    pub count: Option<u64>,
    /// Whether it was found by its pinyin only.
    pub by_pinyin: bool,
}

/// Suggestions for a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completions {
    /// First character of the query that a suggestion replaces; it replaces all from there on.
    pub start: usize,
    /// Best first.
    pub list: Vec<Completion>,
}

/// A name of the city that can be completed.
#[derive(Debug)]
struct Name {
    text: String,
    normalized: String,
    kind: CompletionKind,
    facet: Facet,
    pinyin: Option<Pinyin>,
}

/// The names of one pack, made once.
#[derive(Debug)]
pub(super) struct Names {
    pack: String,
    names: Vec<Name>,
}

impl Names {
    fn of(pack: &CityPack) -> Self {
        let mut names: Vec<Name> = Vec::new();
        let mut add = |text: &str, kind, facet, spelled: bool| {
            if !names.iter().any(|name| name.text == text && name.facet == facet) {
                let pinyin = spelled.then(|| Pinyin::of(text));
                names.push(Name { normalized: normal(text), text: text.to_owned(), kind, facet, pinyin });
            }
        };
        for region in &pack.regions {
            add(&region.district, CompletionKind::Place, Facet::District, true);
            if let Some(town) = &region.town {
                add(town, CompletionKind::Place, Facet::Town, true);
            }
        }
        for department in &pack.departments {
            add(&department.name, CompletionKind::Department, Facet::Department, true);
        }
        for category in pack.taxonomy.categories() {
            add(&category.level1, CompletionKind::Category, Facet::Level1, false);
            add(&category.level2, CompletionKind::Category, Facet::Category, false);
        }
        let mut values = |facet, labels: Vec<&str>| {
            labels.into_iter().for_each(|label| add(label, CompletionKind::Value, facet, false));
        };
        values(Facet::Urgency, Urgency::ALL.iter().map(|u| u.label()).collect());
        values(Facet::Type, AppealType::ALL.iter().map(|t| t.label()).collect());
        values(Facet::Channel, Channel::ALL.iter().map(|c| c.label()).collect());
        values(Facet::Status, Status::ALL.iter().map(|s| s.label()).collect());
        values(Facet::Satisfaction, Satisfaction::ALL.iter().map(|s| s.label()).collect());
        Self { pack: pack.hash.clone(), names }
    }
}

fn normal(text: &str) -> String {
    Normalized::of(text).text().to_owned()
}

/// The word at the end of a query, taken apart.
#[derive(Debug)]
struct Typed {
    /// Where it begins, past a minus.
    start: usize,
    /// Name of the field before a colon, as typed with the colon, and the field.
    field: Option<(String, Facet)>,
    /// What stands there, normalised.
    value: String,
}

impl Typed {
    fn of(q: &str) -> Option<Self> {
        let chars: Vec<char> = q.chars().collect();
        let mut start = chars.iter().rposition(|c| c.is_whitespace()).map_or(0, |at| at + 1);
        start += usize::from(chars.get(start).is_some_and(|c| matches!(c, '-' | '－')) && start + 1 < chars.len());
        let word: String = chars.get(start..)?.iter().collect();
        let quotes = ['"', '＂', '“', '”', '「', '」', '『', '』'];
        let field = word.split_once([':', '：']).and_then(|(name, value)| Some((facet_named(name)?, value.to_owned())));
        let (field, value) = match field {
            Some((facet, value)) => (Some((format!("{}:", facet.query_name()), facet)), value),
            None => (None, word.clone()),
        };
        let value = normal(value.trim_start_matches(quotes));
        (!value.is_empty() || field.is_some()).then_some(Self { start, field, value })
    }
}

impl Desk {
    /// Suggestions for what a person has typed so far, at most `most`: exact beginnings first, names
    /// that contain it next, pinyin last. Holds no appeal's text, nobody's name and no number, and of
    /// kept searches only the person's own.
    ///
    /// # Errors
    /// The index or the store failed.
    pub async fn complete(&self, actor: &Actor, q: &str, most: usize) -> Result<Completions, Fault> {
        let Some(typed) = Typed::of(q).filter(|_| q.chars().count() <= LONGEST) else {
            return Ok(Completions::default());
        };
        let names = self.names();
        let kept = match typed.field {
            None => self.room.store.kept_searches(Some(&actor.name)).await?,
            Some(_) => Vec::new(),
        };
        let (index, segmenter) = (self.room.index.live(), self.room.infer.current().analyser.segmenter.clone());
        let whole = q.trim().to_owned();
        // Words and their counts are of all tickets, so who sees some of them is told none.
        let words = if self.sees_all() { most } else { 0 };
        let made = tokio::task::spawn_blocking(move || {
            let sources = Sources { names: &names, kept: &kept, index: &index, segmenter: &segmenter, words };
            list(&typed, &whole, &sources, most)
        });
        match made.await.map_err(|_| lost("making suggestions"))? {
            Err(SearchError::Damaged { why, .. }) => Err(self.index_is_damaged(&why)),
            other => Ok(other?),
        }
    }

    fn names(&self) -> Arc<Names> {
        let pack = self.city();
        if let Some(names) = self.room.names.load_full().filter(|names| names.pack == pack.hash) {
            return names;
        }
        let names = Arc::new(Names::of(&pack));
        self.room.names.store(Some(names.clone()));
        names
    }
}

/// What suggestions are made of.
struct Sources<'a> {
    names: &'a Names,
    kept: &'a [KeptSearch],
    index: &'a SearchIndex,
    segmenter: &'a Segmenter,
    /// Words of the index at most.
    words: usize,
}

fn list(typed: &Typed, whole: &str, from: &Sources<'_>, most: usize) -> Result<Completions, SearchError> {
    let Sources { names, kept, index, segmenter, words: most_words } = *from;
    let value = typed.value.as_str();
    let as_name = |name: &Name, by_pinyin| Completion {
        text: name.text.clone(),
        kind: name.kind,
        insert: written(name.facet, &name.text),
        count: None,
        by_pinyin,
    };
    let fits = |name: &&Name| match &typed.field {
        Some((_, facet)) => name.facet == *facet || (*facet == Facet::Category && name.facet == Facet::Level1),
        None => !value.is_empty() && name.kind != CompletionKind::Value,
    };
    let of_field = typed.field.is_some();
    let mine = kept.iter().filter(|k| !value.is_empty() && begins(k, value, whole)).map(|k| Completion {
        text: k.name.clone(),
        kind: CompletionKind::Kept,
        insert: k.query.q.clone(),
        count: None,
        by_pinyin: false,
    });
    // A kept search is a whole query: it is suggested only while nothing else stands before it.
    let mine: Vec<Completion> = mine.filter(|s| typed.start == 0 && !s.insert.is_empty()).collect();
    let exact = names.names.iter().filter(fits).filter(|n| n.normalized.starts_with(value));
    let mut found: Vec<Completion> = capped(mine.into_iter().chain(exact.map(|n| as_name(n, false))), of_field);
    if !of_field && most_words > 0 {
        found.extend(words(value, index, segmenter, most_words)?);
    }
    let inside = names.names.iter().filter(fits).filter(|n| !value.is_empty() && n.normalized.contains(value));
    let mut later: Vec<Completion> = capped(inside.map(|n| as_name(n, false)), of_field);
    let spelled = names.names.iter().filter(fits).filter(|n| n.pinyin.as_ref().is_some_and(|p| p.begins_with(value)));
    later.extend(capped(spelled.map(|n| as_name(n, true)), of_field));
    for suggested in later {
        if !found.iter().any(|known| known.insert == suggested.insert) {
            found.push(suggested);
        }
    }
    found.truncate(most);
    Ok(Completions { start: typed.start, list: found })
}

/// At most a few of each kind, unless all are of one.
fn capped(all: impl Iterator<Item = Completion>, of_field: bool) -> Vec<Completion> {
    let mut taken: Vec<Completion> = Vec::new();
    for suggested in all {
        if of_field || taken.iter().filter(|t| t.kind == suggested.kind).count() < OF_A_KIND {
            taken.push(suggested);
        }
    }
    taken.sort_by_key(|t| t.kind);
    taken
}

fn begins(kept: &KeptSearch, value: &str, whole: &str) -> bool {
    normal(&kept.name).starts_with(value) || (kept.query.q.starts_with(whole) && kept.query.q != whole)
}

/// `字段:值`, quoted where a blank or a mark in the value would end it.
fn written(facet: Facet, value: &str) -> String {
    let plain = value.chars().all(char::is_alphanumeric);
    if plain { format!("{}:{value}", facet.query_name()) } else { format!("{}:\"{value}\"", facet.query_name()) }
}

/// Frequent words that begin like the value, or like its last word.
fn words(value: &str, index: &SearchIndex, segmenter: &Segmenter, most: usize) -> Result<Vec<Completion>, SearchError> {
    let tail = segmenter.precise(value).last().map(|token| token.bytes.start).unwrap_or(0);
    let mut found = Vec::new();
    for at in std::iter::once(0).chain((tail > 0).then_some(tail)) {
        let (before, prefix) = value.split_at_checked(at).unwrap_or((value, ""));
        for (word, count) in index.words_from(prefix, LEAST, most + 1)? {
            let text = format!("{before}{word}");
            let told = text == value || mask(&text).text != text;
            if !told && found.len() < most {
                let (kind, insert) = (CompletionKind::Word, text.clone());
                found.push(Completion { text, kind, insert, count: Some(count), by_pinyin: false });
            }
        }
        if !found.is_empty() {
            break;
        }
    }
    Ok(found)
}
