//! Which tickets speak of this? tantivy schema, own jieba analyser, query language, filters, facets,
//! highlight.
//!
//! Derived state (invariant 2): it can be thrown away and rebuilt. It answers with ids and scores;
//! what a ticket says now is the store's business. Sync; callers keep it off the async threads.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use jiff::Timestamp;

use crate::{
    domain::{Appeal, Span, TicketId, TimeRange},
    text::Segmenter,
};

/// Why the index did not answer.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The files on disk are damaged or of another version: rebuild.
    #[error("the search index at {path} cannot be used ({why}); run `tingsu reindex`")]
    Damaged {
        /// Folder.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// Another process writes this index.
    #[error("the search index at {0} is in use by another process")]
    Locked(String),
    /// tantivy failed (disk full, …); what was committed stands.
    #[error("the search index failed: {0}")]
    Backend(String),
}

/// A ticket as the index sees it: present effective labels, original texts.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexDoc {
    /// 工单编号
    pub ticket: TicketId,
    /// 标题 and 诉求内容
    pub appeal: Appeal,
    /// 回复内容
    pub reply: String,
    /// 地址, 街镇, 区县 as given and as found
    pub place: String,
    /// Values by filter; a ticket without a value is in no bucket.
    pub facets: BTreeMap<Facet, String>,
    /// 来电时间
    pub received_at: Timestamp,
    /// The ticket's place in the change sequence.
    pub seq: i64,
}

/// The things that can be filtered and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// 诉求类型
    Type,
    /// 一级分类 (name)
    Level1,
    /// 二级分类 (code)
    Category,
    /// 主办单位
    Department,
    /// 区县
    District,
    /// 街镇
    Town,
    /// 紧急程度 (U1–U4)
    Urgency,
    /// 渠道
    Channel,
    /// 办理状态
    Status,
    /// 满意度
    Satisfaction,
    /// 来电人 (caller key); filtered, not counted
    Caller,
}

impl Facet {
    /// All of them.
    pub const ALL: [Facet; 11] = [
        Facet::Type,
        Facet::Level1,
        Facet::Category,
        Facet::Department,
        Facet::District,
        Facet::Town,
        Facet::Urgency,
        Facet::Channel,
        Facet::Status,
        Facet::Satisfaction,
        Facet::Caller,
    ];

    /// Name in the query language: 类型 大类 类别 部门 区县 街镇 急度 渠道 状态 满意度 来电人.
    pub fn query_name(self) -> &'static str {
        match self {
            Facet::Type => "类型",
            Facet::Level1 => "大类",
            Facet::Category => "类别",
            Facet::Department => "部门",
            Facet::District => "区县",
            Facet::Town => "街镇",
            Facet::Urgency => "急度",
            Facet::Channel => "渠道",
            Facet::Status => "状态",
            Facet::Satisfaction => "满意度",
            Facet::Caller => "来电人",
        }
    }

    /// Name on the wire: `type`, `level1`, `category`, …
    pub fn code(self) -> &'static str {
        match self {
            Facet::Type => "type",
            Facet::Level1 => "level1",
            Facet::Category => "category",
            Facet::Department => "department",
            Facet::District => "district",
            Facet::Town => "town",
            Facet::Urgency => "urgency",
            Facet::Channel => "channel",
            Facet::Status => "status",
            Facet::Satisfaction => "satisfaction",
            Facet::Caller => "caller",
        }
    }
}

/// Order of the hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// BM25 with phrase boosts; ties by newer 来电时间.
    #[default]
    Relevance,
    /// 来电时间, newest first.
    Newest,
    /// 来电时间, oldest first.
    Oldest,
}

/// A closed query: what is asked, after parsing and after the actor's scope was added.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// What to look for.
    pub wanted: Wanted,
    /// Any of the values of each facet; facets are joined by AND.
    pub filters: BTreeMap<Facet, Vec<String>>,
    /// None of these values.
    pub excluded: BTreeMap<Facet, Vec<String>>,
    /// 来电时间
    pub received: TimeRange,
    /// Order.
    pub sort: Sort,
    /// First hit, from 0.
    pub offset: usize,
    /// How many hits.
    pub limit: usize,
    /// Facets to count under the same filters.
    pub count: Vec<Facet>,
}

/// The words of a query. `AND` over groups, `OR` inside a group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    /// Each group must match by one of its terms; empty finds everything.
    pub groups: Vec<Vec<Term>>,
    /// None of these may match.
    pub not: Vec<Term>,
}

/// One thing to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// A word as typed: segmented; the more of its parts the better.
    Words(String),
    /// Quoted: exactly these characters, in this order.
    Phrase(String),
}

/// A hint about a query that could not be read as typed; it was searched as plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryNote {
    /// Characters of the query concerned.
    pub span: Span,
    /// In Chinese, for the person who typed it.
    pub message: String,
}

/// One hit.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Which ticket.
    pub ticket: TicketId,
    /// Larger is better; 0 when sorted by time.
    pub score: f32,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// How many match in all.
    pub total: usize,
    /// This page.
    pub hits: Vec<Hit>,
    /// Counts per facet value, largest first.
    pub facets: BTreeMap<Facet, Vec<(String, u64)>>,
}

/// Reads the query language: words, `"phrases"` (also “ ” 「」), `-exclusion`, `OR`/`或`,
/// `字段:值` ([`Facet::query_name`], 时间:2026-05-01..2026-05-07, 时间:近7天). Never fails: what cannot be
/// read is searched as plain words and noted. `now` anchors relative times.
pub fn parse(typed: &str, now: Timestamp) -> (Query, Vec<QueryNote>) {
    let _ = (typed, now);
    todo!()
}

/// The index. One writer per folder; searching is concurrent.
pub struct SearchIndex {}

impl std::fmt::Debug for SearchIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SearchIndex")
    }
}

impl SearchIndex {
    /// Opens or creates the index in a folder. An index of another schema, analyser or dictionary is
    /// emptied (its [`SearchIndex::committed_seq`] is then 0, so it fills up again from the store).
    ///
    /// # Errors
    /// [`SearchError::Locked`], or [`SearchError::Damaged`] if the files cannot be read.
    pub fn open(dir: &Path, segmenter: Arc<Segmenter>, dictionary_hash: &str) -> Result<Self, SearchError> {
        let _ = (dir, segmenter, dictionary_hash);
        todo!()
    }

    /// Adds documents, each in the place of an older one with the same id.
    ///
    /// # Errors
    /// [`SearchError::Backend`]; apply them again.
    pub fn apply(&self, docs: &[IndexDoc]) -> Result<(), SearchError> {
        let _ = docs;
        todo!()
    }

    /// Makes what was applied durable and visible, together with the place in the change sequence
    /// that it stands for.
    ///
    /// # Errors
    /// [`SearchError::Backend`]; what was committed before stands.
    pub fn commit(&self, seq: i64) -> Result<(), SearchError> {
        let _ = seq;
        todo!()
    }

    /// The place in the change sequence of the last commit; 0 for an empty index.
    pub fn committed_seq(&self) -> i64 {
        todo!()
    }

    /// Empties the index; to be filled again from the store.
    ///
    /// # Errors
    /// [`SearchError::Backend`].
    pub fn clear(&self) -> Result<(), SearchError> {
        todo!()
    }

    /// Number of tickets that can be found.
    pub fn len(&self) -> usize {
        todo!()
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
        let _ = query;
        todo!()
    }

    /// Past tickets most like an appeal, best first, without `except`.
    ///
    /// # Errors
    /// [`SearchError::Backend`].
    pub fn similar(&self, appeal: &Appeal, limit: usize, except: Option<&TicketId>) -> Result<Vec<Hit>, SearchError> {
        let _ = (appeal, limit, except);
        todo!()
    }

    /// Where an original text matches what was wanted: sorted, not overlapping, in characters of the
    /// original.
    pub fn highlight(&self, wanted: &Wanted, original: &str) -> Vec<Span> {
        let _ = (wanted, original);
        todo!()
    }
}

/// Up to `most` stretches of about `width` characters that show the highlights, cut at clause
/// boundaries where possible; the start of the text if nothing is highlighted.
pub fn fragments(original: &str, highlights: &[Span], width: usize, most: usize) -> Vec<Span> {
    let _ = (original, highlights, width, most);
    todo!()
}
