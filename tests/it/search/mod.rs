//! The index through its public face: every test builds a real one in a temporary folder.

mod abuse;
mod cells;
mod find;
mod full_disk;
mod hybrid;
mod lifecycle;
mod marks;
mod over_time;
mod percolate;
mod query_language;
mod recall;
mod words;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use tingsu::{
    domain::{Appeal, TicketId, parse_city},
    search::{Facet, Found, IndexDoc, Query, SearchIndex, Term, Wanted},
    text::Segmenter,
};

/// Dictionary hash of the test indexes.
const HASH: &str = "test-dictionary";

fn segmenter() -> Arc<Segmenter> {
    static SEGMENTER: std::sync::LazyLock<Arc<Segmenter>> =
        std::sync::LazyLock::new(|| Arc::new(Segmenter::new(&[], &[])));
    Arc::clone(&SEGMENTER)
}

fn open(dir: &Path) -> SearchIndex {
    SearchIndex::open(dir, segmenter(), HASH).unwrap()
}

fn id(text: &str) -> TicketId {
    TicketId::new(text).unwrap()
}

/// A ticket received `day` days into May 2026.
fn doc(ticket: &str, day: u32, title: &str, text: &str) -> IndexDoc {
    IndexDoc {
        assisting: Vec::new(),
        ticket: id(ticket),
        appeal: Appeal::new(title, text),
        reply: String::new(),
        place: String::new(),
        facets: BTreeMap::new(),
        received_at: parse_city(&format!("2026-05-{day:02} 10:00:00")).unwrap(),
        seq: i64::from(day),
    }
}

/// An index of some documents, with the folder that keeps it.
struct Shelf {
    index: SearchIndex,
    _dir: tempfile::TempDir,
}

impl Shelf {
    fn of(docs: &[IndexDoc]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let index = open(dir.path());
        index.apply(docs).unwrap();
        index.commit(docs.len() as i64).unwrap();
        Self { index, _dir: dir }
    }

    fn found(&self, query: &Query) -> Found {
        self.index.search(query).unwrap()
    }

    /// Ids that a typed query finds, best first.
    fn ids(&self, typed: &str) -> Vec<String> {
        let (query, notes) = tingsu::search::parse(typed, now());
        assert_eq!(notes, [], "{typed}");
        ids(&self.found(&Query { limit: 100, ..query }))
    }
}

fn now() -> jiff::Timestamp {
    parse_city("2026-05-20 15:30:00").unwrap()
}

fn ids(found: &Found) -> Vec<String> {
    found.hits.iter().map(|h| h.ticket.to_string()).collect()
}

fn phrase(text: &str) -> Wanted {
    Wanted { groups: vec![vec![Term::Phrase(text.to_owned())]], not: Vec::new() }
}

fn words(text: &str) -> Wanted {
    Wanted { groups: vec![vec![Term::Words(text.to_owned())]], not: Vec::new() }
}

fn asking(wanted: Wanted) -> Query {
    Query { wanted, limit: 100, ..Query::default() }
}

/// The simulated appeals of the demo city.
fn simulated() -> Vec<IndexDoc> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/jianghai/appeals");
    let mut files: Vec<_> = std::fs::read_dir(&dir).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "jsonl"));
    files.sort();
    let mut docs = Vec::new();
    for file in files {
        for line in std::fs::read_to_string(file).unwrap().lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let field = |name: &str| row[name].as_str().unwrap_or("").to_owned();
            let at = format!("2026-{}:00", field("at"));
            let mut doc = IndexDoc {
                assisting: Vec::new(),
                ticket: id(&field("id")),
                appeal: Appeal::new(field("title"), field("text")),
                reply: field("reply"),
                place: format!("{} {} {}", field("district"), field("town"), field("place")),
                facets: BTreeMap::new(),
                received_at: parse_city(&at).unwrap_or_else(|_| now()),
                seq: docs.len() as i64 + 1,
            };
            for (facet, name) in [
                (Facet::Type, "type"),
                (Facet::Category, "category"),
                (Facet::Department, "department"),
                (Facet::District, "district"),
                (Facet::Town, "town"),
                (Facet::Urgency, "urgency"),
                (Facet::Channel, "channel"),
                (Facet::Satisfaction, "satisfaction"),
                (Facet::Caller, "caller"),
            ] {
                doc.facets.insert(facet, field(name));
            }
            docs.push(doc);
        }
    }
    assert!(docs.len() > 1_000, "only {} appeals in {}", docs.len(), dir.display());
    docs
}
