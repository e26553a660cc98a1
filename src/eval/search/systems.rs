//! What answers: our index in its three modes, and the peers, over the same texts.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use tantivy::{
    Index, TantivyDocument, Term as IndexTerm,
    collector::TopDocs,
    query::{BooleanQuery, Query as IndexQuery, TermQuery},
    schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions},
    tokenizer::{SimpleTokenizer, TextAnalyzer},
};

use crate::{
    domain::{Appeal, TicketId},
    numeric::Quantised,
    search::{IndexDoc, Mode, Query, SearchIndex, Term, Vectors, Wanted, parse},
    text::{Normalized, Segmenter},
};

use super::{SearchEvalError, Task, tasks::Doc};

/// Answers that count.
pub(super) const BEST: usize = 10;

/// Our index over a task's texts, in a temporary folder.
pub(super) struct Ours {
    pub(super) index: SearchIndex,
    dir: std::path::PathBuf,
}

impl Drop for Ours {
    fn drop(&mut self) {
        // a folder of the system's for temporary files; what stays behind is cleared by the system
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

fn id(number: usize) -> Result<TicketId, SearchEvalError> {
    TicketId::new(number.to_string()).map_err(|e| SearchEvalError::System("tingsu", e.message))
}

impl Ours {
    pub(super) fn of(task: &Task, segmenter: &Arc<Segmenter>, vectors: &[Vec<f32>]) -> Result<Self, SearchEvalError> {
        let dir = std::env::temp_dir().join(format!("tingsu-eval-search-{}-{}", std::process::id(), task.name));
        let fault = |e: crate::search::SearchError| SearchEvalError::System("tingsu", e.to_string());
        let ours = Self { index: SearchIndex::recreate(&dir, segmenter.clone(), "eval").map_err(fault)?, dir };
        let mut docs = Vec::with_capacity(task.docs.len());
        for (n, doc) in task.docs.iter().enumerate() {
            docs.push(IndexDoc {
                assisting: Vec::new(),
                ticket: id(n)?,
                appeal: Appeal::new(doc.title.clone(), doc.text.clone()),
                reply: doc.reply.clone(),
                place: doc.place.clone(),
                facets: BTreeMap::new(),
                // all at one time: nothing is to be won by recency
                received_at: Timestamp::UNIX_EPOCH,
                seq: n as i64 + 1,
            });
        }
        for chunk in docs.chunks(2_000) {
            ours.index.apply(chunk).map_err(fault)?;
        }
        ours.index.commit(docs.len() as i64).map_err(fault)?;
        if let Some(width) = vectors.first().map(Vec::len) {
            let table = Vectors::new("eval", width);
            let rounded: Vec<Quantised> = vectors.iter().map(|v| Quantised::of(v)).collect();
            table.put(docs.iter().zip(&rounded).map(|(d, r)| (&d.ticket, r.slice())));
            ours.index.set_vectors(Some(Arc::new(table)));
        }
        Ok(ours)
    }

    /// As the command line would ask; whole texts, which nobody types, as one term.
    pub(super) fn query(task: &Task, typed: &str, mode: Mode, vector: Option<&Vec<f32>>) -> Query {
        let read = match task.pasted {
            true => Query {
                wanted: Wanted { groups: vec![vec![Term::Words(typed.to_owned())]], not: Vec::new() },
                ..Query::default()
            },
            false => parse(typed, Timestamp::UNIX_EPOCH).0,
        };
        Query { mode, vector: vector.cloned(), ignore_recency: true, limit: BEST, ..read }
    }

    pub(super) fn ask(&self, query: &Query) -> Result<Vec<usize>, SearchEvalError> {
        let found = self.index.search(query).map_err(|e| SearchEvalError::System("tingsu", e.to_string()))?;
        Ok(found.hits.iter().filter_map(|h| h.ticket.as_str().parse().ok()).collect())
    }
}

/// Words of a text as the peers get them: jieba's search mode after our normalisation.
pub(super) fn tokens(text: &str, segmenter: &Segmenter) -> Vec<String> {
    let normalized = Normalized::of(text);
    let words = segmenter.search(normalized.text());
    words.iter().filter(|t| t.word.chars().any(char::is_alphanumeric)).map(|t| t.word.to_owned()).collect()
}

/// The tokens of a document in one line.
pub(super) fn line(doc: &Doc, segmenter: &Segmenter) -> String {
    [tokens(&doc.title, segmenter), tokens(&doc.text, segmenter)].concat().join(" ")
}

/// A plain tantivy index: jieba tokens in one field, OR, BM25 as it comes.
pub(super) struct Plain {
    searcher: tantivy::Searcher,
    text: Field,
}

impl Plain {
    pub(super) fn of(task: &Task, segmenter: &Segmenter) -> Result<Self, SearchEvalError> {
        let fault = |e: tantivy::TantivyError| SearchEvalError::System("tantivy", e.to_string());
        let mut schema = Schema::builder();
        let indexing =
            TextFieldIndexing::default().set_tokenizer("blanks").set_index_option(IndexRecordOption::WithFreqs);
        let text = schema.add_text_field("text", TextOptions::default().set_indexing_options(indexing));
        let number = schema.add_u64_field("number", FAST);
        let index = Index::create_in_ram(schema.build());
        index.tokenizers().register("blanks", TextAnalyzer::builder(SimpleTokenizer::default()).build());
        let mut writer = index.writer_with_num_threads(1, 64 << 20).map_err(fault)?;
        for (n, doc) in task.docs.iter().enumerate() {
            let mut out = TantivyDocument::new();
            out.add_text(text, line(doc, segmenter));
            out.add_u64(number, n as u64);
            writer.add_document(out).map_err(fault)?;
        }
        writer.commit().map_err(fault)?;
        Ok(Self { searcher: index.reader().map_err(fault)?.searcher(), text })
    }

    pub(super) fn ask(&self, typed: &str, segmenter: &Segmenter) -> Result<Vec<usize>, SearchEvalError> {
        let fault = |e: tantivy::TantivyError| SearchEvalError::System("tantivy", e.to_string());
        let mut words = tokens(typed, segmenter);
        words.sort_unstable();
        words.dedup();
        let any = words.iter().map(|w| -> Box<dyn IndexQuery> {
            Box::new(TermQuery::new(IndexTerm::from_field_text(self.text, w), IndexRecordOption::WithFreqs))
        });
        let query = BooleanQuery::union(any.collect());
        let top = self.searcher.search(&query, &TopDocs::with_limit(BEST).order_by_score()).map_err(fault)?;
        let mut found = Vec::new();
        for (_, address) in top {
            let fast = self.searcher.segment_reader(address.segment_ord).fast_fields();
            let number = fast.u64("number").map_err(fault)?;
            found.extend(number.first(address.doc_id).map(|n| n as usize));
        }
        Ok(found)
    }
}
