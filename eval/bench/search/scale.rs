//! Large collections: our index beside SQLite FTS5, PostgreSQL GIN and plain tantivy over the same appeals, the same
//! queries with the same filters, counts and highlights, in the same run.
//!
//! The peers get words separated by blanks (jieba's search mode after our normalisation), since neither
//! segments Chinese; making the words is not counted against them. PostgreSQL is asked through `psql`,
//! which times each query itself.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use tingsu::{
    domain::{Appeal, TicketId},
    search::{Facet, IndexDoc, Query, SearchIndex, Term, Wanted, fragments},
    text::{Normalized, Segmenter},
};

use super::{
    peers::{Peer, Postgres, Sqlite},
    plain::Plain,
};

/// Queries of each run: the slowest ten of them lie above p99.
const QUERIES: usize = 1_000;
/// A query is selective that finds at most so many appeals.
const SELECTIVE: usize = 100;
/// Clients at once.
const CLIENTS: usize = 8;
/// Queries before the first that counts.
const WARM: usize = 20;
/// Documents that are written at once.
const BATCH: usize = 5_000;

/// One query of the mix.
pub(crate) struct Asked {
    pub(crate) words: Vec<String>,
    pub(crate) district: Option<String>,
}

/// The appeals of the source, taken apart and put together again: sentences of appeals of one category,
/// under the title of another one, with places and numbers of their own.
pub(crate) struct Recombined<'a> {
    source: &'a [IndexDoc],
    by_category: BTreeMap<&'a str, Vec<usize>>,
    rng: StdRng,
    made: i64,
}

impl<'a> Recombined<'a> {
    pub(crate) fn new(source: &'a [IndexDoc]) -> Self {
        let mut by_category: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (n, doc) in source.iter().enumerate() {
            by_category.entry(doc.facets.get(&Facet::Category).map_or("", String::as_str)).or_default().push(n);
        }
        Self { source, by_category, rng: StdRng::seed_from_u64(66), made: 0 }
    }

    pub(crate) fn make(&mut self) -> IndexDoc {
        let first = &self.source[self.rng.random_range(0..self.source.len())];
        let category = first.facets.get(&Facet::Category).map_or("", String::as_str);
        let alike = &self.by_category[category];
        let mut text = String::new();
        for _ in 0..self.rng.random_range(2..=4) {
            let from = &self.source[alike[self.rng.random_range(0..alike.len())]].appeal.text;
            let sentences: Vec<&str> = from.split_inclusive(['。', '，', '；', ',', ';']).collect();
            let at = self.rng.random_range(0..sentences.len());
            sentences.iter().skip(at).take(3).for_each(|s| text.push_str(s));
        }
        let number = self.rng.random_range(1..400);
        text.push_str(&format!("联系地址为{number}号{}幢。", self.rng.random_range(1..60)));
        let elsewhere = &self.source[self.rng.random_range(0..self.source.len())];
        let mut facets = first.facets.clone();
        facets.extend(elsewhere.facets.get(&Facet::District).map(|d| (Facet::District, d.clone())));
        self.made += 1;
        let title = &self.source[alike[self.rng.random_range(0..alike.len())]].appeal.title;
        let at = 1_700_000_000 + self.rng.random_range(0..60_000_000);
        IndexDoc {
            assisting: Vec::new(),
            ticket: TicketId::new(format!("R{:08}", self.made)).unwrap(),
            appeal: Appeal::new(title.clone(), text),
            reply: String::new(),
            place: elsewhere.place.clone(),
            facets,
            received_at: jiff::Timestamp::from_second(at).unwrap(),
            seq: self.made,
        }
    }
}

/// One to six words of titles; a third of the queries within a district.
pub(crate) fn mix(source: &[IndexDoc], segmenter: &Segmenter) -> Vec<Asked> {
    let mut rng = StdRng::seed_from_u64(7);
    let mut asked = Vec::new();
    while asked.len() < QUERIES {
        let doc = &source[rng.random_range(0..source.len())];
        let normal = Normalized::of(&doc.appeal.title);
        let mut words: Vec<String> = segmenter
            .precise(normal.text())
            .iter()
            .map(|t| t.word.to_owned())
            .filter(|w| w.chars().count() > 1 && w.chars().all(char::is_alphanumeric))
            .collect();
        words.truncate(rng.random_range(1..=6));
        let district = rng.random_bool(0.33).then(|| doc.facets.get(&Facet::District).cloned()).flatten();
        if !words.is_empty() {
            asked.push(Asked { words, district });
        }
    }
    asked
}

/// The blank-separated words of a text.
pub(crate) fn tokens(text: &str, segmenter: &Segmenter) -> String {
    let normal = Normalized::of(text);
    let words = segmenter.search(normal.text());
    let known: Vec<&str> = words.iter().map(|t| t.word).filter(|w| w.chars().any(char::is_alphanumeric)).collect();
    known.join(" ")
}

pub(crate) struct Ours {
    pub(crate) index: SearchIndex,
    pub(crate) texts: Vec<String>,
}

impl Ours {
    /// A page of results as the console shows it: ten hits with highlights, five facets.
    pub(crate) fn ask(&self, asked: &Asked) -> usize {
        let groups = asked.words.iter().map(|w| vec![Term::Words(w.clone())]).collect();
        let mut query = Query { wanted: Wanted { groups, not: Vec::new() }, limit: 10, ..Query::default() };
        query.count = vec![Facet::Level1, Facet::Category, Facet::Department, Facet::District, Facet::Urgency];
        query.filters.extend(asked.district.iter().map(|d| (Facet::District, vec![d.clone()])));
        let found = self.index.search(&query).unwrap();
        let marker = self.index.highlighter(&query.wanted);
        for hit in &found.hits {
            // the store gives the text; here it lies in memory for every system alike
            let at: usize = hit.ticket.as_str()[1..].parse().unwrap();
            let text = &self.texts[at - 1];
            std::hint::black_box(fragments(text, &marker.spans(text), 60, 3));
        }
        found.total
    }
}

/// Times of all queries by so many clients at once, sorted, in ms.
fn clients(count: usize, asked: &[Asked], ask: &(dyn Fn(usize, &Asked) -> Duration + Sync)) -> Vec<f64> {
    let times = std::thread::scope(|scope| {
        let one = |client: usize| {
            let mine = asked.iter().skip(client).step_by(count);
            mine.map(|a| ask(client, a).as_secs_f64() * 1e3).collect::<Vec<_>>()
        };
        let running: Vec<_> = (0..count).map(|client| scope.spawn(move || one(client))).collect();
        running.into_iter().flat_map(|r| r.join().unwrap()).collect::<Vec<_>>()
    });
    let mut times = times;
    times.sort_by(f64::total_cmp);
    times
}

pub(crate) fn at(times: &[f64], q: f64) -> f64 {
    times[((times.len() - 1) as f64 * q) as usize]
}

fn resident_mb() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|l| l.starts_with("VmRSS:")).unwrap_or("");
    line.split_whitespace().nth(1).and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// Bytes of all files in a folder, in MB.
pub(crate) fn size_mb(dir: &std::path::Path) -> f64 {
    let files = std::fs::read_dir(dir).unwrap().filter_map(|e| e.ok()?.metadata().ok());
    files.map(|m| m.len() as f64 / 1e6).sum()
}

/// Segments in a folder: each has a file of terms.
pub(crate) fn segments(dir: &std::path::Path) -> usize {
    let files = std::fs::read_dir(dir).unwrap();
    files.filter(|e| e.as_ref().is_ok_and(|e| e.path().extension().is_some_and(|e| e == "term"))).count()
}

pub(crate) fn scale(source: &[IndexDoc], sizes: &[usize]) {
    let segmenter = Arc::new(Segmenter::new(&[], &[]));
    let asked = mix(source, &segmenter);
    // by size: of each system the median of selective queries and of all
    let mut medians: Vec<(usize, Medians)> = Vec::new();
    for &size in sizes {
        println!(
            "\n{size} appeals, {} queries of 1-6 words, 10 highlighted hits, 5 facets, a third filtered",
            asked.len()
        );
        let dir = tempfile::tempdir().unwrap();
        let index = SearchIndex::open(dir.path(), segmenter.clone(), "bench").unwrap();
        let mut ours = Ours { index, texts: Vec::with_capacity(size) };
        let mut peers: Vec<Box<dyn Peer>> = vec![Box::new(Sqlite::new()), Box::new(Plain::new())];
        peers.extend(Postgres::new().map(|p| Box::new(p) as Box<dyn Peer>));
        let (mut indexing, mut theirs) = (Duration::ZERO, vec![Duration::ZERO; peers.len()]);
        let mut made = Recombined::new(source);
        let mut left = size;
        while left > 0 {
            let docs: Vec<IndexDoc> = (0..left.min(BATCH)).map(|_| made.make()).collect();
            left -= docs.len();
            let started = Instant::now();
            ours.index.apply(&docs).unwrap();
            indexing += started.elapsed();
            let words: Vec<String> =
                docs.iter().map(|d| tokens(&format!("{} {}", d.appeal.title, d.appeal.text), &segmenter)).collect();
            for (peer, time) in peers.iter_mut().zip(&mut theirs) {
                let started = Instant::now();
                peer.add(&docs, &words);
                *time += started.elapsed();
            }
            ours.texts.extend(docs.into_iter().map(|d| d.appeal.text));
        }
        let started = Instant::now();
        ours.index.commit(size as i64).unwrap();
        indexing += started.elapsed();
        for (peer, time) in peers.iter_mut().zip(&mut theirs) {
            let started = Instant::now();
            peer.finish();
            *time += started.elapsed();
        }
        for (peer, _) in peers.iter_mut().zip(&theirs) {
            peer.connect(CLIENTS);
        }
        let ask = |_: usize, a: &Asked| {
            let started = Instant::now();
            std::hint::black_box(ours.ask(a));
            started.elapsed()
        };
        // One client: every query is put to one system after the other, so that what else the machine does
        // falls on all of them alike.
        let mut one: Vec<Vec<f64>> = vec![Vec::new(); peers.len() + 1];
        for (n, asked) in asked[..WARM].iter().chain(&asked).enumerate() {
            let mut times = vec![ask(0, asked)];
            times.extend(peers.iter().map(|p| p.ask(0, asked)));
            if n >= WARM {
                one.iter_mut().zip(times).for_each(|(all, time)| all.push(time.as_secs_f64() * 1e3));
            }
        }
        // The same queries for every system: those that find little in our index.
        let few: Vec<bool> = asked.iter().map(|a| ours.ask(a) <= SELECTIVE).collect();
        let of_few = |times: &Vec<f64>| -> Vec<f64> {
            let mut own: Vec<f64> = times.iter().zip(&few).filter(|(_, few)| **few).map(|(time, _)| *time).collect();
            own.sort_by(f64::total_cmp);
            own
        };
        let selective: Vec<Vec<f64>> = one.iter().map(of_few).collect();
        one.iter_mut().for_each(|times| times.sort_by(f64::total_cmp));
        let mut eight = vec![clients(CLIENTS, &asked, &ask)];
        for peer in &peers {
            eight.push(clients(CLIENTS, &asked, &|client, a: &Asked| peer.ask(client, a)));
        }
        let (names, sizes): (Vec<&str>, Vec<f64>) = std::iter::once(("tingsu", size_mb(dir.path())))
            .chain(peers.iter().map(|p| (p.name(), p.size_mb())))
            .unzip();
        println!(
            "resident {:.0} MB, of which {:.0} MB are the texts; {} segments",
            resident_mb(),
            ours.texts.iter().map(|t| t.len() as f64 / 1e6).sum::<f64>(),
            segments(dir.path()),
        );
        println!("{} of the queries are selective: at most {SELECTIVE} hits", selective[0].len());
        println!(
            "| | docs/s | MB | 1 client: p50 / p99 ms | ratio | selective: p50 / p99 ms | ratio | 8 clients: p50 / p99 ms | ratio |\n|---|---|---|---|---|---|---|---|---|"
        );
        let few_at = |n: usize, q: f64| if selective[n].is_empty() { f64::NAN } else { at(&selective[n], q) };
        let median = |n: usize| (names[n].to_owned(), few_at(n, 0.5), at(&one[n], 0.5));
        medians.push((size, (0..names.len()).map(median).collect()));
        for n in 0..names.len() {
            let indexed = if n == 0 { indexing } else { theirs[n - 1] };
            println!(
                "| {} | {:.0} | {:.0} | {:.2} / {:.1} | {:.1} / {:.1} | {:.2} / {:.1} | {:.1} / {:.1} | {:.2} / {:.1} | {:.1} / {:.1} |",
                names[n],
                size as f64 / indexed.as_secs_f64(),
                sizes[n],
                at(&one[n], 0.5),
                at(&one[n], 0.99),
                at(&one[n], 0.5) / at(&one[0], 0.5),
                at(&one[n], 0.99) / at(&one[0], 0.99),
                few_at(n, 0.5),
                few_at(n, 0.99),
                few_at(n, 0.5) / few_at(0, 0.5),
                few_at(n, 0.99) / few_at(0, 0.99),
                at(&eight[n], 0.5),
                at(&eight[n], 0.99),
                at(&eight[n], 0.5) / at(&eight[0], 0.5),
                at(&eight[n], 0.99) / at(&eight[0], 0.99),
            );
        }
    }
    growth(&medians);
}

/// Of each system: its name, the medians of the selective queries and of all, in milliseconds.
type Medians = Vec<(String, f64, f64)>;

/// How the median grows from the smallest size to the largest: the exponent is 1 where twice the appeals take twice the
/// time.
fn growth(medians: &[(usize, Medians)]) {
    let by_size = |(size, _): &&(usize, _)| *size;
    let (Some((small, before)), Some((large, after))) =
        (medians.iter().min_by_key(by_size), medians.iter().max_by_key(by_size))
    else {
        return;
    };
    if small == large {
        return;
    }
    println!("\ngrowth of the median from {small} to {large} appeals, as the exponent of their number");
    println!("| | selective queries | all queries |\n|---|---|---|");
    let more = (*large as f64 / *small as f64).ln();
    for ((name, few, all), (_, few_after, all_after)) in before.iter().zip(after) {
        println!("| {name} | {:.2} | {:.2} |", (few_after / few).ln() / more, (all_after / all).ln() / more);
    }
}
