//! Kept searches, alerts and suggestions while typing, on the wire.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    city::CityPack,
    desk::{AlertPage, CompletionKind, Completions, ToldTicket},
    domain::{KeptQuery, KeptSearch, format_city},
    http::views::{LabelsView, opening},
};

/// A search to keep.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeptSearchInput {
    /// The person's name for it, 1 to 40 characters.
    #[schema(example = "东湖停水")]
    pub name: String,
    /// The query, at most 500 characters.
    #[serde(default)]
    pub q: String,
    /// Further filters.
    #[serde(default)]
    pub filters: Vec<FilterView>,
}

/// A filter of a kept search.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterView {
    /// `type` `level1` `category` `department` `district` `town` `urgency` `channel` `status` `satisfaction`
    /// `caller`.
    pub facet: String,
    /// One of its values.
    pub value: String,
}

impl From<KeptSearchInput> for KeptQuery {
    fn from(input: KeptSearchInput) -> Self {
        Self { q: input.q, filters: input.filters.into_iter().map(|f| (f.facet, f.value)).collect() }
    }
}

/// A kept search.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct KeptSearchView {
    /// Its number.
    pub id: i64,
    /// The person's name for it.
    pub name: String,
    /// The query.
    pub q: String,
    /// Further filters.
    pub filters: Vec<FilterView>,
    /// Since when.
    pub created_at: String,
    /// Alerts that were not seen.
    pub unread: u64,
    /// Alerts in all.
    pub alerts: u64,
}

/// Kept searches.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct KeptSearchList {
    /// Oldest first.
    pub searches: Vec<KeptSearchView>,
}

/// A ticket that a kept search told of.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AlertView {
    /// Its number.
    pub id: i64,
    /// Number of the search.
    pub search: i64,
    /// When it was told.
    pub at: String,
    /// Whether it was seen.
    pub read: bool,
    /// 工单编号.
    pub ticket: String,
    /// 来电时间.
    pub received_at: String,
    /// 标题, masked; the beginning of the text without one.
    pub title: String,
    /// Present labels.
    pub labels: LabelsView,
}

/// Alerts.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AlertList {
    /// Newest first.
    pub alerts: Vec<AlertView>,
    /// Give it as `before` to get the next page.
    pub before: Option<i64>,
}

/// Alerts that were seen.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadInput {
    /// Of one kept search; of all without it.
    #[serde(default)]
    pub search: Option<i64>,
    /// The newest one that was seen.
    pub up_to: i64,
}

/// How many alerts became seen.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct ReadView {
    /// How many.
    pub read: u64,
}

/// Suggestions while typing.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CompletionsView {
    /// First character of the query that a suggestion replaces; it replaces all from there on.
    pub start: usize,
    /// Best first.
    pub suggestions: Vec<CompletionView>,
}

/// A suggestion.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CompletionView {
    /// What to show.
    pub text: String,
    /// `kept` `place` `department` `category` `value` `word`.
    pub kind: String,
    /// 关注 地名 部门 类别 条件 常用词.
    pub kind_label: String,
    /// What takes the place of the word being typed.
    pub insert: String,
    /// In about how many tickets a word stands.
    pub count: Option<u64>,
    /// Whether it was found by its pinyin only.
    pub by_pinyin: bool,
}

impl KeptSearchView {
    /// As the person sees it.
    pub fn of(kept: &KeptSearch) -> Self {
        let filter = |(facet, value): &(String, String)| FilterView { facet: facet.clone(), value: value.clone() };
        Self {
            id: kept.id,
            name: kept.name.clone(),
            q: kept.query.q.clone(),
            filters: kept.query.filters.iter().map(filter).collect(),
            created_at: format_city(kept.created_at),
            unread: kept.unread,
            alerts: kept.alerts,
        }
    }
}

impl AlertView {
    fn of(told: &ToldTicket, pack: &CityPack) -> Self {
        Self {
            id: told.alert.id,
            search: told.alert.search,
            at: format_city(told.alert.at),
            read: told.alert.read,
            ticket: told.ticket.id.to_string(),
            received_at: format_city(told.ticket.received_at),
            title: told_title(told),
            labels: LabelsView::of(&told.ticket.effective(), pack),
        }
    }
}

/// Characters of a text that stand for a missing title.
const OPENING: usize = 30;

/// The title, or the beginning of the text, masked.
pub(crate) fn told_title(told: &ToldTicket) -> String {
    opening(&told.ticket.content.appeal, OPENING)
}

impl AlertList {
    /// A page with the names of the pack.
    pub fn of(page: &AlertPage, pack: &CityPack) -> Self {
        Self { alerts: page.told.iter().map(|told| AlertView::of(told, pack)).collect(), before: page.before }
    }
}

/// Code and word of a kind of suggestion.
fn kind_words(kind: CompletionKind) -> (&'static str, &'static str) {
    match kind {
        CompletionKind::Kept => ("kept", "关注"),
        CompletionKind::Place => ("place", "地名"),
        CompletionKind::Department => ("department", "部门"),
        CompletionKind::Category => ("category", "类别"),
        CompletionKind::Value => ("value", "条件"),
        CompletionKind::Word => ("word", "常用词"),
    }
}

impl CompletionsView {
    /// As a person sees them.
    pub fn of(made: &Completions) -> Self {
        let view = |c: &crate::desk::Completion| {
            let (kind, kind_label) = kind_words(c.kind);
            CompletionView {
                text: c.text.clone(),
                kind: kind.into(),
                kind_label: kind_label.into(),
                insert: c.insert.clone(),
                count: c.count,
                by_pinyin: c.by_pinyin,
            }
        };
        Self { start: made.start, suggestions: made.list.iter().map(view).collect() }
    }
}
