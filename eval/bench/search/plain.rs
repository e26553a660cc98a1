//! tantivy as it comes: the same words in one stored field, its own counting and snippets.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use tantivy::{
    Index, IndexWriter, Searcher, TantivyDocument, Term,
    aggregation::{
        AggregationCollector,
        agg_req::{Aggregation, Aggregations},
    },
    collector::TopDocs,
    query::{BooleanQuery, Occur, Query, TermQuery},
    schema::{FAST, Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions},
    snippet::SnippetGenerator,
    tokenizer::{TextAnalyzer, WhitespaceTokenizer},
};
use tingsu::search::IndexDoc;

use super::{
    peers::{COUNTED, Peer, facet},
    scale::{Asked, size_mb},
};

/// One field of words, five columns to count.
pub(crate) struct Plain {
    dir: tempfile::TempDir,
    index: Index,
    writer: Option<IndexWriter>,
    searcher: Option<Searcher>,
    words: Field,
    columns: Vec<Field>,
    counts: Aggregations,
}

impl Plain {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut schema = Schema::builder();
        let indexing =
            TextFieldIndexing::default().set_tokenizer("blanks").set_index_option(IndexRecordOption::WithFreqs);
        let words = schema.add_text_field("words", TextOptions::default().set_indexing_options(indexing) | STORED);
        let columns = COUNTED.iter().map(|(name, _)| schema.add_text_field(name, STRING | FAST)).collect();
        let index = Index::create_in_dir(dir.path(), schema.build()).unwrap();
        index.tokenizers().register("blanks", TextAnalyzer::builder(WhitespaceTokenizer::default()).build());
        let writer = index.writer_with_num_threads(2, 256 << 20).unwrap();
        let count = |(name, _): &(&str, _)| {
            let terms = serde_json::json!({"terms": {"field": name, "size": 1000}});
            ((*name).to_owned(), serde_json::from_value::<Aggregation>(terms).unwrap())
        };
        let counts = COUNTED.iter().map(count).collect();
        Self { dir, index, writer: Some(writer), searcher: None, words, columns, counts }
    }
}

impl Peer for Plain {
    fn name(&self) -> &'static str {
        "plain tantivy"
    }

    fn add(&mut self, docs: &[IndexDoc], words: &[String]) {
        let Some(writer) = &self.writer else { return };
        for (doc, words) in docs.iter().zip(words) {
            let mut out = TantivyDocument::new();
            out.add_text(self.words, words);
            for ((_, counted), column) in COUNTED.iter().zip(&self.columns) {
                out.add_text(*column, facet(doc, *counted));
            }
            writer.add_document(out).unwrap();
        }
    }

    fn finish(&mut self) {
        if let Some(mut writer) = self.writer.take() {
            writer.commit().unwrap();
            writer.wait_merging_threads().unwrap();
        }
    }

    fn connect(&mut self, _clients: usize) {
        self.searcher = Some(self.index.reader().unwrap().searcher());
    }

    fn ask(&self, _client: usize, asked: &Asked) -> Duration {
        let Some(searcher) = &self.searcher else { return Duration::ZERO };
        let started = Instant::now();
        let term = |field, text: &str| -> Box<dyn Query> {
            Box::new(TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::WithFreqs))
        };
        let mut all: Vec<(Occur, Box<dyn Query>)> =
            asked.words.iter().map(|w| (Occur::Must, term(self.words, w))).collect();
        // the fourth column is the district
        all.extend(asked.district.iter().map(|d| (Occur::Must, term(self.columns[3], d))));
        let query = BooleanQuery::new(all);
        let counting = AggregationCollector::from_aggs(self.counts.clone(), Default::default());
        let (best, counts) = searcher.search(&query, &(TopDocs::with_limit(10).order_by_score(), counting)).unwrap();
        black_box(counts);
        let mut snippets = SnippetGenerator::create(searcher, &query, self.words).unwrap();
        snippets.set_max_num_chars(60);
        for (_, address) in best {
            let doc: TantivyDocument = searcher.doc(address).unwrap();
            black_box(snippets.snippet_from_doc(&doc).to_html());
        }
        started.elapsed()
    }

    fn size_mb(&self) -> f64 {
        size_mb(self.dir.path())
    }
}
