//! The index on disk: opening, writing, committing, answering.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use arc_swap::{ArcSwap, ArcSwapOption};
use tantivy::{
    Index, IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyError, Term as IndexTerm, directory::MmapDirectory,
    schema::Field,
};

use crate::{
    domain::{Span, TicketId},
    text::Segmenter,
};

use super::{
    Found, Highlighter, Histogram, Hit, IndexDoc, MAX_LIMIT, MAX_OFFSET, Query, Ranking, SearchError, Vectors, Wanted,
    collect::{Gathered, Rank},
    folder,
    hybrid::LOOKED_AT,
    names::Names,
    plan::Planner,
    schema::{Fields, tokenizers},
    synonyms::Synonyms,
};

/// Memory of the writer before it writes a segment, in bytes, for all its threads.
const WRITER_MEMORY: usize = 96 << 20;
/// Threads of the writer.
const WRITER_THREADS: usize = 2;

/// Which index in a folder is taken over when it is opened; another is emptied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reuse {
    Nothing,
    Current,
    Any,
}

/// The index. One writer per folder; searching is concurrent, also from other processes
/// ([`SearchIndex::open_reading`]).
pub struct SearchIndex {
    pub(super) dir: PathBuf,
    pub(super) index: Index,
    pub(super) fields: Fields,
    pub(super) reader: IndexReader,
    /// None after a failure that could not be rolled back; made anew by the next write.
    pub(super) writer: Mutex<Option<IndexWriter>>,
    /// Whether another process may write, so that this one must not.
    pub(super) only_reads: bool,
    pub(super) committed: AtomicI64,
    pub(super) segmenter: Arc<Segmenter>,
    pub(super) synonyms: ArcSwap<Synonyms>,
    pub(super) ranking: ArcSwap<Ranking>,
    pub(super) vectors: ArcSwapOption<Vectors>,
    pub(super) names: Names,
}

impl std::fmt::Debug for SearchIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SearchIndex")
            .field("dir", &self.dir)
            .field("committed", &self.committed)
            .finish_non_exhaustive()
    }
}

impl SearchIndex {
    /// Opens or creates the index in a folder. An index of another schema, analyser or dictionary is
    /// emptied (its [`SearchIndex::committed_seq`] is then 0, so it fills up again from the store).
    /// All files are checked against their checksums, which reads them once (about 1 GB/s).
    ///
    /// # Errors
    /// [`SearchError::Locked`], or [`SearchError::Damaged`] if the files cannot be read.
    pub fn open(dir: &Path, segmenter: Arc<Segmenter>, dictionary_hash: &str) -> Result<Self, SearchError> {
        Self::open_folder(dir, segmenter, dictionary_hash, Reuse::Current)
    }

    /// Like [`SearchIndex::open`], but empties the folder first: the way out of
    /// [`SearchError::Damaged`].
    ///
    /// # Errors
    /// [`SearchError::Locked`], or [`SearchError::Damaged`] if the folder cannot be written.
    pub fn recreate(dir: &Path, segmenter: Arc<Segmenter>, dictionary_hash: &str) -> Result<Self, SearchError> {
        Self::open_folder(dir, segmenter, dictionary_hash, Reuse::Nothing)
    }

    /// Opens the index in a folder although it was made with another analyser or dictionary: it finds
    /// less well than a current one, but more than an empty one while that fills up.
    ///
    /// # Errors
    /// As [`SearchIndex::open`]; also if its fields are not those of this version.
    pub fn open_as_it_is(dir: &Path, segmenter: Arc<Segmenter>) -> Result<Self, SearchError> {
        Self::open_folder(dir, segmenter, "", Reuse::Any)
    }

    fn open_folder(
        dir: &Path,
        segmenter: Arc<Segmenter>,
        dictionary_hash: &str,
        reuse: Reuse,
    ) -> Result<Self, SearchError> {
        let damaged = |why: String| SearchError::Damaged { path: dir.display().to_string(), why };
        std::fs::create_dir_all(dir).map_err(|e| damaged(format!("cannot make the folder: {e}")))?;
        let (schema, fields) = Fields::build();
        let marker = folder::Marker::of(dictionary_hash);
        let reuse = match reuse {
            Reuse::Nothing => false,
            Reuse::Current => folder::Marker::read(dir).as_ref() == Some(&marker),
            Reuse::Any => true,
        };
        if !reuse {
            folder::empty(dir)?;
        }
        // tantivy is given a damaged file rarely enough that it may panic on one.
        let opened = catch_unwind(AssertUnwindSafe(|| -> Result<_, SearchError> {
            let fault = |e: tantivy::TantivyError| folder::open_error(dir, &e);
            let mmap = MmapDirectory::open(dir).map_err(|e| damaged(e.to_string()))?;
            let mut index =
                if reuse { Index::open(mmap) } else { Index::create(mmap, schema.clone(), Default::default()) }
                    .map_err(fault)?;
            if index.schema() != schema {
                return Err(damaged("its fields are not those of this version".to_owned()));
            }
            index.set_tokenizers(tokenizers(&segmenter));
            let writer = new_writer(&index).map_err(fault)?;
            let bad = index.validate_checksum().map_err(fault)?;
            if let Some(first) = bad.iter().min() {
                return Err(damaged(format!("checksum of {} is wrong", first.display())));
            }
            let seq = folder::payload_seq(&index.load_metas().map_err(fault)?)
                .ok_or_else(|| damaged("its commit does not say what it holds".to_owned()))?;
            let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual);
            // Texts of about 16 KiB each that stay unpacked.
            let reader = reader.doc_store_cache_num_blocks(1_000).try_into().map_err(fault)?;
            Ok((index, reader, writer, seq))
        }));
        let (index, reader, writer, seq) =
            opened.unwrap_or_else(|_| Err(damaged("a file is not what it should be".to_owned())))?;
        if !reuse {
            marker.write(dir).map_err(|e| damaged(format!("cannot write its version file: {e}")))?;
        }
        Ok(Self {
            dir: dir.to_owned(),
            index,
            fields,
            reader,
            writer: Mutex::new(Some(writer)),
            only_reads: false,
            committed: AtomicI64::new(seq),
            segmenter,
            synonyms: ArcSwap::default(),
            ranking: ArcSwap::default(),
            vectors: ArcSwapOption::empty(),
            names: Names::default(),
        })
    }

    /// Sets the synonym groups that queries are expanded by, from the next query on.
    pub fn set_synonyms(&self, groups: &[Vec<String>]) {
        self.synonyms.store(Arc::new(Synonyms::new(groups)));
    }

    /// Sets the weights of the ranking, from the next query on.
    pub fn set_ranking(&self, ranking: Ranking) {
        self.ranking.store(Arc::new(ranking));
    }

    /// Adds documents, each in the place of an older one with the same id.
    ///
    /// # Errors
    /// [`SearchError::NoRoom`] or [`SearchError::Backend`]: what was applied since the last commit is gone; apply everything
    /// after [`SearchIndex::committed_seq`] again.
    pub fn apply(&self, docs: &[IndexDoc]) -> Result<(), SearchError> {
        self.write(|writer| {
            for doc in docs {
                writer.delete_term(self.id_term(&doc.ticket));
                writer.add_document(self.fields.document(doc))?;
            }
            Ok(())
        })
    }

    /// Takes tickets out.
    ///
    /// # Errors
    /// As [`SearchIndex::apply`].
    pub fn remove(&self, tickets: &[TicketId]) -> Result<(), SearchError> {
        self.write(|writer| {
            for ticket in tickets {
                writer.delete_term(self.id_term(ticket));
            }
            Ok(())
        })
    }

    /// Makes what was applied durable and visible, together with the place in the change sequence
    /// that it stands for.
    ///
    /// # Errors
    /// As [`SearchIndex::apply`]; what was committed before stands.
    pub fn commit(&self, seq: i64) -> Result<(), SearchError> {
        self.write(|writer| {
            let mut prepared = writer.prepare_commit()?;
            prepared.set_payload(&folder::payload(seq));
            prepared.commit()?;
            Ok(())
        })?;
        self.reader.reload()?;
        self.committed.store(seq, Ordering::Release);
        Ok(())
    }

    /// The place in the change sequence of the last commit; 0 for an empty index.
    pub fn committed_seq(&self) -> i64 {
        self.committed.load(Ordering::Acquire)
    }

    /// Empties the index; to be filled again from the store.
    ///
    /// # Errors
    /// [`SearchError::Backend`].
    pub fn clear(&self) -> Result<(), SearchError> {
        self.write(|writer| writer.delete_all_documents().map(|_| ()))?;
        self.commit(0)
    }

    /// Number of tickets that can be found.
    pub fn len(&self) -> usize {
        usize::try_from(self.reader.searcher().num_docs()).unwrap_or(usize::MAX)
    }

    /// Whether nothing can be found.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Answers a query.
    ///
    /// # Errors
    /// [`SearchError::Backend`].
    pub fn search(&self, query: &Query) -> Result<Found, SearchError> {
        self.guarded(|searcher| {
            let limit = query.limit.min(MAX_LIMIT);
            let keep = if query.offset > MAX_OFFSET { 0 } else { query.offset + limit };
            let (synonyms, ranking) = (self.synonyms.load(), self.ranking.load());
            let mut planner = self.planner(searcher, &synonyms, &ranking);
            let mode = self.mode(query);
            let again = keep > 0 && self.looks_again(query, mode, searcher);
            let first = if again { keep.max(LOOKED_AT) } else { keep };
            let (mut gathered, relaxed) = self.first_look(&mut planner, query, mode, first)?;
            let also = std::mem::take(&mut planner.also);
            let by_vector = if again { self.second_look(&mut planner, query, mode, &mut gathered)? } else { 0 };
            let page: Vec<Rank> = gathered.best.iter().skip(query.offset).take(limit).copied().collect();
            let facets = facet_lists(&gathered);
            let over_time = query.over_time.map(|asked| Histogram::of(&gathered.hours, asked, query.received));
            Ok(Found {
                total: gathered.total,
                hits: self.hits(searcher, &page)?,
                facets,
                over_time,
                also,
                relaxed,
                mode,
                by_vector,
            })
        })
    }

    /// Where an original text matches what was wanted: sorted, not overlapping, in characters of the
    /// original. For many texts, take one [`SearchIndex::highlighter`].
    pub fn highlight(&self, wanted: &Wanted, original: &str) -> Vec<Span> {
        self.highlighter(wanted).spans(original)
    }

    /// Finds in texts what was wanted.
    pub fn highlighter(&self, wanted: &Wanted) -> Highlighter {
        Highlighter::new(wanted, &self.segmenter, &self.synonyms.load())
    }

    pub(super) fn planner<'a>(
        &'a self,
        searcher: &'a Searcher,
        synonyms: &'a Synonyms,
        ranking: &'a Ranking,
    ) -> Planner<'a> {
        Planner {
            fields: &self.fields,
            searcher,
            segmenter: &self.segmenter,
            synonyms,
            ranking,
            relaxed: false,
            relaxable: false,
            also: Vec::new(),
        }
    }

    pub(super) fn id_term(&self, id: &TicketId) -> IndexTerm {
        let field: Field = self.fields.id;
        IndexTerm::from_field_text(field, id.as_str())
    }

    fn hits(&self, searcher: &Searcher, ranks: &[Rank]) -> tantivy::Result<Vec<Hit>> {
        let ids = self.names.of(searcher, ranks.iter().map(|rank| rank.address))?;
        Ok(ranks.iter().zip(ids).filter_map(|(rank, id)| Some(Hit { ticket: id?, score: rank.score })).collect())
    }

    /// Reads with the present state of the index; a panic inside tantivy (a file damaged after it
    /// was opened) is an error here.
    pub(super) fn guarded<T>(&self, read: impl FnOnce(&Searcher) -> tantivy::Result<T>) -> Result<T, SearchError> {
        let searcher = self.reader.searcher();
        match catch_unwind(AssertUnwindSafe(|| read(&searcher))) {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(SearchError::Damaged {
                path: self.dir.display().to_string(),
                why: "reading it failed unexpectedly".to_owned(),
            }),
        }
    }

    fn locked_writer(&self) -> MutexGuard<'_, Option<IndexWriter>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a step of the writer. If it fails, everything since the last commit is rolled back, so
    /// that the next step starts from a known state.
    fn write<T>(&self, step: impl FnOnce(&mut IndexWriter) -> tantivy::Result<T>) -> Result<T, SearchError> {
        if self.only_reads {
            return Err(SearchError::Locked(self.dir.display().to_string()));
        }
        let mut slot = self.locked_writer();
        let writer = match &mut *slot {
            Some(writer) => writer,
            empty => empty.insert(new_writer(&self.index)?),
        };
        match catch_unwind(AssertUnwindSafe(|| step(writer))) {
            Ok(Ok(done)) => Ok(done),
            failed => {
                let failed = failed.map(|step| step.map_err(|error| own_words(error, writer)));
                let rolled_back = catch_unwind(AssertUnwindSafe(|| writer.rollback()));
                if !matches!(rolled_back, Ok(Ok(_))) {
                    *slot = None;
                }
                Err(match failed {
                    Ok(Err(error)) => error.into(),
                    _ => SearchError::Backend("the writer failed unexpectedly".to_owned()),
                })
            }
        }
    }
}

/// A thread of the writer that could not write is only told of as gone; joined, it says why (No space left).
fn own_words(error: TantivyError, writer: &mut IndexWriter) -> TantivyError {
    if !matches!(error, TantivyError::ErrorInThread(_)) {
        return error;
    }
    match catch_unwind(AssertUnwindSafe(|| writer.prepare_commit().map(drop))) {
        Ok(Err(cause)) => cause,
        _ => error,
    }
}

fn new_writer(index: &Index) -> tantivy::Result<IndexWriter> {
    index.writer_with_num_threads(WRITER_THREADS, WRITER_MEMORY)
}

/// Counts as lists, largest first, then by value.
fn facet_lists(gathered: &Gathered) -> BTreeMap<super::Facet, Vec<(String, u64)>> {
    let list = |values: &BTreeMap<String, u64>| {
        let mut list: Vec<(String, u64)> = values.iter().map(|(value, count)| (value.clone(), *count)).collect();
        list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        list
    };
    gathered.facets.iter().map(|(facet, values)| (*facet, list(values))).collect()
}
