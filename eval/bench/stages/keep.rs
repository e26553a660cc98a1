//! Store, index, and the whole import through the program itself.

use std::{collections::BTreeMap, fs, process::Command, sync::Arc, time::Instant};

use jiff::Timestamp;
use serde_json::Value;
use tantivy::{
    Index, TantivyDocument,
    schema::{IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions},
    tokenizer::{PreTokenizedString, Token},
};
use tingsu::{
    city::CityPack,
    domain::{Actor, Appeal, Channel, JobKind, NewTicket, Role, TicketId},
    search::{IndexDoc, SearchIndex},
    store::{Intake, SqliteStore, Store},
    text::{Analyser, Lexicon},
    triage::Triager,
};

use super::{Line, SLOW_RUNS, middle};

/// As `desk` does it.
const IMPORT_BATCH: usize = 500;
const TRIAGE_BATCH: usize = 128;
const INDEX_BATCH: usize = 2_000;
/// Rows that the slow peer is given.
const ONE_BY_ONE: usize = 300;

fn rows(appeals: &[Appeal], count: usize, round: &str) -> Vec<(NewTicket, Intake)> {
    let row = |n: usize| {
        let id = TicketId::new(format!("{round}-{n}")).unwrap();
        let ticket = NewTicket { id: Some(id), ..NewTicket::of(Channel::Phone, appeals[n % appeals.len()].clone()) };
        let intake = Intake {
            actor: Actor::person("bench", Role::Admin),
            at: Timestamp::from_second(1_780_000_000 + n as i64).unwrap(),
            idempotency_key: None,
            suggestion: None,
            due_at: None,
            floor: None,
        };
        (ticket, intake)
    };
    (0..count).map(row).collect()
}

/// `synchronous=FULL`: every transaction waits for the disk under the folder for temporary files.
pub(crate) fn store(appeals: &[Appeal], pack: &Arc<CityPack>, count: usize) -> Vec<Line> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let triager = Triager::new(Arc::clone(pack), None);
    let suggestions: Vec<_> = appeals.iter().map(|a| triager.rules_only(a)).collect();
    runtime.block_on(async {
        let store = SqliteStore::open(&dir.path().join("tingsu.db")).await.unwrap();
        let (mut batched, mut single) = (Vec::new(), Vec::new());
        for run in 0..SLOW_RUNS {
            let rows = rows(appeals, count, &format!("m{run}"));
            let start = Instant::now();
            for batch in rows.chunks(IMPORT_BATCH) {
                assert!(store.add_many(batch.to_vec()).await.unwrap().iter().all(Result::is_ok));
            }
            batched.push(start.elapsed().as_secs_f64());
        }
        for run in 0..SLOW_RUNS {
            let rows = self::rows(appeals, ONE_BY_ONE, &format!("s{run}"));
            let start = Instant::now();
            for (ticket, intake) in rows {
                store.add(ticket, intake).await.unwrap();
            }
            single.push(start.elapsed().as_secs_f64());
        }
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let (start, mut saved) = (Instant::now(), 0);
        loop {
            let jobs = store.claim_jobs(JobKind::Triage, TRIAGE_BATCH as u64, 300, now).await.unwrap();
            if jobs.is_empty() {
                break;
            }
            let rows = jobs.iter().enumerate();
            let rows = rows.map(|(n, j)| (j.ticket.clone(), suggestions[n % suggestions.len()].clone())).collect();
            store.save_suggestions(rows, &Actor::system(), now).await.unwrap();
            store.finish_jobs(&jobs.iter().map(|j| j.id).collect::<Vec<_>>()).await.unwrap();
            saved += jobs.len();
        }
        let took = start.elapsed().as_secs_f64();
        assert_eq!(store.count().await.unwrap() as usize, SLOW_RUNS * (count + ONE_BY_ONE));
        let name = format!("store, {IMPORT_BATCH} rows a transaction");
        vec![
            Line::new(&name, None, count, super::median(batched)),
            Line::new(&name, Some("same store, one row a transaction"), ONE_BY_ONE, super::median(single)),
            Line::new(&format!("store, suggestions by {TRIAGE_BATCH}"), None, saved, took),
        ]
    })
}

pub(crate) fn index(appeals: &[Appeal], pack: &CityPack) -> Vec<Line> {
    let lexicon =
        Lexicon { words: &pack.dictionary, regions: &pack.regions, rules: &pack.rules, contexts: &pack.contexts };
    let segmenter = Analyser::build(lexicon).segmenter;
    let docs: Vec<IndexDoc> = appeals
        .iter()
        .enumerate()
        .map(|(n, appeal)| IndexDoc {
            assisting: Vec::new(),
            ticket: TicketId::new(format!("b-{n}")).unwrap(),
            appeal: appeal.clone(),
            reply: String::new(),
            place: String::new(),
            facets: BTreeMap::new(),
            received_at: Timestamp::from_second(1_780_000_000 + n as i64).unwrap(),
            seq: n as i64 + 1,
        })
        .collect();
    let ours = middle(SLOW_RUNS, || {
        let dir = tempfile::tempdir().unwrap();
        let index = SearchIndex::open(dir.path(), Arc::clone(&segmenter), "bench").unwrap();
        let start = Instant::now();
        for batch in docs.chunks(INDEX_BATCH) {
            index.apply(batch).unwrap();
            index.commit(batch.last().unwrap().seq).unwrap();
        }
        assert_eq!(index.len(), docs.len());
        start.elapsed().as_secs_f64()
    });
    let jieba = jieba_rs::Jieba::new();
    let plain = middle(SLOW_RUNS, || plain_index(&docs, &jieba));
    vec![
        Line::new("index, words and grams", None, docs.len(), ours),
        Line::new("index, words and grams", Some("tantivy, jieba-rs words only, no filters"), docs.len(), plain),
    ]
}

/// What one would write in an afternoon: id, title and text as words of jieba, BM25 with positions.
fn plain_index(docs: &[IndexDoc], jieba: &jieba_rs::Jieba) -> f64 {
    let dir = tempfile::tempdir().unwrap();
    let mut schema = Schema::builder();
    let id = schema.add_text_field("id", STRING | STORED);
    let words = TextFieldIndexing::default().set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let words = TextOptions::default().set_indexing_options(words);
    let fields = [schema.add_text_field("title", words.clone()), schema.add_text_field("text", words)];
    let index = Index::create_in_dir(dir.path(), schema.build()).unwrap();
    let mut writer = index.writer_with_num_threads::<TantivyDocument>(2, 96 << 20).unwrap();
    let start = Instant::now();
    for batch in docs.chunks(INDEX_BATCH) {
        for doc in batch {
            let mut out = TantivyDocument::default();
            out.add_text(id, doc.ticket.as_str());
            for (field, text) in fields.into_iter().zip([&doc.appeal.title, &doc.appeal.text]) {
                let tokens = jieba.cut_for_search(text, true).into_iter().enumerate();
                let token = |(position, word): (usize, jieba_rs::Token)| Token {
                    position,
                    text: word.word.to_owned(),
                    ..Token::default()
                };
                let tokens = tokens.map(token).collect();
                out.add_pre_tokenized_text(field, PreTokenizedString { text: text.clone(), tokens });
            }
            writer.add_document(out).unwrap();
        }
        writer.commit().unwrap();
    }
    start.elapsed().as_secs_f64()
}

/// `tingsu import` on a fresh folder, as an operator runs it.
pub(crate) fn import(appeals: &[Appeal], count: usize, model: Option<&std::path::Path>) -> Vec<Line> {
    let dir = tempfile::tempdir().unwrap();
    let (file, data) = (dir.path().join("appeals.jsonl"), dir.path().join("data"));
    let line = |n: usize| {
        let appeal = &appeals[n % appeals.len()];
        format!("{}\n", serde_json::json!({ "id": format!("I-{n}"), "title": appeal.title, "text": appeal.text }))
    };
    fs::write(&file, (0..count).map(line).collect::<String>()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tingsu"));
    command.args(["import", "--json", "--data"]).arg(&data).arg(&file);
    if let Some(model) = model {
        command.arg("--model").arg(model);
    }
    let start = Instant::now();
    let out = command.output().unwrap();
    let whole = start.elapsed().as_secs_f64();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let report: Value = serde_json::from_slice(&out.stdout).unwrap();
    for part in ["stored", "triaged", "indexed"] {
        assert_eq!(report[part], count, "{report}");
    }
    let part = |name: &str| report["seconds"][name].as_f64().unwrap();
    let mut lines: Vec<Line> = [("store", "reading and storing"), ("triage", "triage"), ("index", "index")]
        .into_iter()
        .map(|(key, name)| Line::new(&format!("  of it: {name}"), None, count, part(key)))
        .collect();
    lines.insert(0, Line::new("tingsu import, start to end", None, count, whole));
    lines
}
