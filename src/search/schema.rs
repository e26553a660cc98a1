//! Fields of the index.

use std::sync::Arc;

use tantivy::{
    TantivyDocument,
    schema::{FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions},
    tokenizer::TokenizerManager,
};

use crate::text::{Normalized, Segmenter};

use super::{
    Facet, IndexDoc,
    analyser::{CHARS, CharTokenizer, GRAMS, GramTokenizer, WORDS, WordTokenizer},
    rescore::said,
};

/// Raise it when fields change: an index of another version is emptied at opening.
pub(crate) const SCHEMA_VERSION: u32 = 3;

/// A text in its two searchable forms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextPair {
    pub(crate) words: Field,
    pub(crate) grams: Field,
}

/// Handles of all fields.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    /// 工单编号 as given.
    pub(crate) id: Field,
    /// 工单编号 in lower case, for lookup by prefix.
    pub(crate) id_folded: Field,
    /// Title, text, place, reply; the order of [`super::Ranking::texts`].
    pub(crate) texts: [TextPair; 4],
    /// Distinct characters of all texts.
    pub(crate) chars: Field,
    /// Characters of the texts, each ended by [`TEXT_END`]: what the second look reads.
    pub(crate) said: Field,
    facets: [Field; Facet::ALL.len()],
    /// 主办单位 and 协办单位, several values: whose ticket it is.
    pub(crate) units: Field,
    /// 来电时间 in microseconds since 1970.
    pub(crate) received: Field,
    /// Place in the change sequence.
    pub(crate) seq: Field,
}

/// Column of [`Fields::received`].
pub(crate) const RECEIVED: &str = "received_at";
/// Column of [`Fields::seq`].
pub(crate) const SEQ: &str = "seq";
/// Column of [`Fields::id`].
pub(crate) const ID: &str = "id";

/// Ends each of [`Fields::said`]; no gram character.
pub(crate) const TEXT_END: char = '\u{1}';

/// Names of the texts.
const TEXTS: [&str; 4] = ["title", "text", "place", "reply"];

impl Fields {
    /// The schema and its handles.
    pub(crate) fn build() -> (Schema, Fields) {
        let mut schema = Schema::builder();
        let form = |tokenizer: &str, record| {
            TextOptions::default()
                .set_indexing_options(TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(record))
        };
        let id = schema.add_text_field(ID, STRING | FAST);
        let id_folded = schema.add_text_field("id_folded", STRING | FAST);
        let texts = TEXTS.map(|name| TextPair {
            words: schema
                .add_text_field(&format!("{name}_words"), form(WORDS, IndexRecordOption::WithFreqsAndPositions)),
            grams: schema
                .add_text_field(&format!("{name}_grams"), form(GRAMS, IndexRecordOption::WithFreqsAndPositions)),
        });
        let chars = schema.add_text_field("chars", form(CHARS, IndexRecordOption::WithFreqs));
        let said = schema.add_text_field("said", STORED);
        let facets = Facet::ALL.map(|facet| schema.add_text_field(facet.code(), STRING | FAST));
        let units = schema.add_text_field("units", STRING);
        let received = schema.add_i64_field(RECEIVED, INDEXED | FAST);
        let seq = schema.add_i64_field(SEQ, FAST);
        (schema.build(), Fields { id, id_folded, texts, chars, said, facets, units, received, seq })
    }

    /// The field of a facet.
    pub(crate) fn facet(&self, facet: Facet) -> Field {
        self.facets[facet as usize]
    }

    /// A ticket as tantivy takes it: texts normalised, so that the tokenizers see what a query sees.
    pub(crate) fn document(&self, doc: &IndexDoc) -> TantivyDocument {
        let mut out = TantivyDocument::new();
        out.add_text(self.id, doc.ticket.as_str());
        out.add_text(self.id_folded, doc.ticket.as_str().to_lowercase());
        let mut all = String::new();
        let normalized = [&doc.appeal.title, &doc.appeal.text, &doc.place, &doc.reply].map(|t| Normalized::of(t));
        out.add_text(self.said, said(normalized.iter().map(Normalized::text)));
        for (pair, normalized) in self.texts.iter().zip(&normalized) {
            if normalized.text().is_empty() {
                continue;
            }
            out.add_text(pair.words, normalized.text());
            out.add_text(pair.grams, normalized.text());
            all.push_str(normalized.text());
        }
        out.add_text(self.chars, &all);
        for (facet, value) in &doc.facets {
            if !value.is_empty() {
                out.add_text(self.facet(*facet), value);
            }
        }
        for unit in doc.facets.get(&Facet::Department).into_iter().chain(&doc.assisting) {
            if !unit.is_empty() {
                out.add_text(self.units, unit);
            }
        }
        out.add_i64(self.received, doc.received_at.as_microsecond());
        out.add_i64(self.seq, doc.seq);
        out
    }
}

/// The tokenizers that the schema names.
pub(crate) fn tokenizers(segmenter: &Arc<Segmenter>) -> TokenizerManager {
    let tokenizers = TokenizerManager::default();
    tokenizers.register(WORDS, WordTokenizer(Arc::clone(segmenter)));
    tokenizers.register(GRAMS, GramTokenizer);
    tokenizers.register(CHARS, CharTokenizer);
    tokenizers
}
