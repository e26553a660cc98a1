//! Search answers and similar cases on the wire: always masked, for they show other people's
//! appeals.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    city::CityPack,
    desk::{FindAnswer, FindHit, Relation, SimilarCase},
    domain::{Span, format_city},
    http::views::{LabelsView, seen},
    search::Histogram,
    text::COVER,
};

/// Characters of the masked original, half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SpanView {
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
}

impl From<Span> for SpanView {
    fn from(span: Span) -> Self {
        Self { start: span.start, end: span.end }
    }
}

/// A search's answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SearchView {
    /// How many match.
    pub total: usize,
    /// First of this page.
    pub offset: usize,
    /// This page.
    pub hits: Vec<HitView>,
    /// Counts by facet, largest first.
    pub facets: BTreeMap<String, Vec<FacetCount>>,
    /// Counts over time, if asked for.
    pub histogram: Option<HistogramView>,
    /// Hints about the query.
    pub notes: Vec<NoteView>,
    /// Words searched besides the typed ones: typed word and its synonyms.
    pub also: BTreeMap<String, Vec<String>>,
    /// Whether nothing matched as asked, so that tickets with only some of the words are shown.
    pub relaxed: bool,
    /// Which way the answer was found: `bm25`, `vector` or `hybrid`.
    pub mode: String,
    /// How many of the total have none of the demanded words, only a near sentence vector.
    pub by_vector: usize,
    /// Time taken.
    pub took_ms: f64,
}

/// One hit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HitView {
    /// 工单编号.
    pub ticket: String,
    /// Larger is better; 0 when sorted by time.
    pub score: f32,
    /// 来电时间.
    pub received_at: String,
    /// 办理状态.
    pub status: String,
    /// 渠道.
    pub channel: String,
    /// 区县.
    pub district: Option<String>,
    /// 街镇.
    pub town: Option<String>,
    /// Present labels.
    pub labels: LabelsView,
    /// 标题, masked.
    pub title: String,
    /// Highlights in the title.
    pub title_marks: Vec<SpanView>,
    /// Stretches of the text that show the match.
    pub fragments: Vec<FragmentView>,
    /// Stretches of the reply that show the match; with those of the text at most three.
    pub reply_fragments: Vec<FragmentView>,
    /// Where the source says it is, if the match shows there.
    pub place: Option<PlaceView>,
}

/// A place with highlights.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlaceView {
    /// 区县, 街镇 and 地址, masked.
    pub text: String,
    /// Highlights.
    pub marks: Vec<SpanView>,
}

/// Exact counts over time, under the same filters as the hits.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HistogramView {
    /// `hour`, `day`, `week` or `month`; wider than asked where there would be too many columns.
    pub interval: String,
    /// In order, empty ones too.
    pub columns: Vec<ColumnView>,
}

/// A column of a histogram.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ColumnView {
    /// First instant.
    pub from: String,
    /// How many.
    pub count: u64,
}

impl HistogramView {
    /// Counts with city times.
    pub fn of(histogram: &Histogram) -> Self {
        let column = |(from, count): &(jiff::Timestamp, u64)| ColumnView { from: format_city(*from), count: *count };
        Self { interval: histogram.interval.code().into(), columns: histogram.columns.iter().map(column).collect() }
    }
}

/// A stretch of a text.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FragmentView {
    /// First character of the whole text.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// The characters, masked.
    pub text: String,
    /// Highlights, in characters of the whole text.
    pub marks: Vec<SpanView>,
}

/// One value of a facet.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FacetCount {
    /// What to filter by.
    pub value: String,
    /// What to show.
    pub label: String,
    /// How many.
    pub count: u64,
}

/// A hint about a query that was not read as typed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NoteView {
    /// First character of the query.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// In Chinese.
    pub message: String,
}

/// Past cases.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SimilarList {
    /// Best first.
    pub cases: Vec<SimilarView>,
}

/// A past case beside a new appeal, masked.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SimilarView {
    /// 工单编号.
    pub ticket: String,
    /// Larger is more alike.
    pub score: f32,
    /// `repeat`, `same_event` or `same_kind`.
    pub relation: String,
    /// 重复 同一事件 同类.
    pub relation_label: String,
    /// 来电时间.
    pub received_at: String,
    /// 办理状态.
    pub status: String,
    /// 区县.
    pub district: Option<String>,
    /// 街镇.
    pub town: Option<String>,
    /// Present labels.
    pub labels: LabelsView,
    /// 标题, masked.
    pub title: String,
    /// 诉求内容, masked.
    pub text: String,
    /// 回复内容, masked.
    pub reply: Option<String>,
    /// 是否解决.
    pub outcome: Option<String>,
    /// 满意度.
    pub satisfaction: Option<String>,
    /// Why it is shown.
    pub why: WhyView,
}

/// What a past case has in common with the appeal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WhyView {
    /// Telling words of both, most telling first; none that masking covers.
    pub shared_words: Vec<String>,
    /// Whether a definite place is named in both.
    pub same_place: bool,
    /// Whether both have the same category.
    pub same_category: bool,
    /// Likeness of the sentence vectors, up to 1; absent where there are none.
    pub likeness: Option<f32>,
}

impl WhyView {
    /// The reasons in one line; empty if there are none.
    pub fn in_words(&self) -> String {
        let mut parts = Vec::new();
        if self.same_place {
            parts.push("同一地点".to_owned());
        }
        if self.same_category {
            parts.push("同一类别".to_owned());
        }
        if !self.shared_words.is_empty() {
            let words: Vec<&str> = self.shared_words.iter().take(4).map(String::as_str).collect();
            parts.push(format!("同有“{}”", words.join("”“")));
        }
        if parts.is_empty() && self.likeness.is_some() {
            parts.push("意思相近".to_owned());
        }
        parts.join(" · ")
    }
}

/// Code and word of a relation.
pub(crate) fn relation_words(relation: Relation) -> (&'static str, &'static str) {
    match relation {
        Relation::Repeat => ("repeat", "重复"),
        Relation::SameEvent => ("same_event", "同一事件"),
        Relation::SameKind => ("same_kind", "同类"),
    }
}

impl SearchView {
    /// An answer with the names of the pack.
    pub fn of(answer: &FindAnswer, offset: usize, pack: &CityPack) -> Self {
        let counts = |values: &[(String, String, u64)]| {
            let view = |(value, label, count): &(String, String, u64)| FacetCount {
                value: value.clone(),
                label: label.clone(),
                count: *count,
            };
            values.iter().map(view).collect()
        };
        let note = |n: &crate::search::QueryNote| NoteView {
            start: n.span.start,
            end: n.span.end,
            message: n.message.clone(),
        };
        Self {
            total: answer.total,
            offset,
            hits: answer.hits.iter().map(|hit| HitView::of(hit, pack)).collect(),
            facets: answer.facets.iter().map(|(facet, values)| (facet.code().to_owned(), counts(values))).collect(),
            histogram: answer.over_time.as_ref().map(HistogramView::of),
            notes: answer.notes.iter().map(note).collect(),
            also: answer.also.iter().cloned().collect(),
            relaxed: answer.relaxed,
            mode: answer.mode.code().to_owned(),
            by_vector: answer.by_vector,
            took_ms: (answer.took.as_secs_f64() * 1e5).round() / 100.0,
        }
    }
}

impl HitView {
    fn of(hit: &FindHit, pack: &CityPack) -> Self {
        let content = &hit.ticket.content;
        // Masked character for character, so every span of the original holds in it.
        let fragments = |of: &str, cut: &[(Span, Vec<Span>)]| -> Vec<FragmentView> {
            let text = if cut.is_empty() { String::new() } else { seen(of, false) };
            let view = |(span, marks): &(Span, Vec<Span>)| FragmentView {
                start: span.start,
                end: span.end,
                text: span.slice(&text).to_owned(),
                marks: shown(marks, &text),
            };
            cut.iter().map(view).collect()
        };
        Self {
            ticket: hit.ticket.id.to_string(),
            score: hit.score,
            received_at: format_city(hit.ticket.received_at),
            status: hit.ticket.status.label().into(),
            channel: content.channel.label().into(),
            district: content.district.clone(),
            town: content.town.clone(),
            labels: LabelsView::of(&hit.ticket.effective(), pack),
            title: seen(&content.appeal.title, false),
            title_marks: shown(&hit.title_marks, &seen(&content.appeal.title, false)),
            fragments: fragments(&content.appeal.text, &hit.fragments),
            reply_fragments: fragments(content.handling.reply.as_deref().unwrap_or_default(), &hit.reply),
            place: hit.place.as_ref().map(|(place, marks)| {
                let text = seen(place, false);
                PlaceView { marks: shown(marks, &text), text }
            }),
        }
    }
}

/// The marks in a masked text, without those on covered characters: they would say what is covered.
fn shown(marks: &[Span], masked: &str) -> Vec<SpanView> {
    let open = |mark: &&Span| !mark.slice(masked).contains(COVER);
    marks.iter().filter(open).copied().map(SpanView::from).collect()
}

impl SimilarView {
    /// A past case with the names of the pack.
    pub fn of(case: &SimilarCase, pack: &CityPack) -> Self {
        let content = &case.ticket.content;
        let (relation, relation_label) = relation_words(case.relation);
        let (title, text) = (seen(&content.appeal.title, false), seen(&content.appeal.text, false));
        let uncovered = |word: &&String| title.contains(word.as_str()) || text.contains(word.as_str());
        let why = WhyView {
            shared_words: case.why.words.iter().filter(uncovered).cloned().collect(),
            same_place: case.why.same_place,
            same_category: case.why.same_category,
            likeness: case.why.likeness,
        };
        Self {
            ticket: case.ticket.id.to_string(),
            score: case.score,
            relation: relation.into(),
            relation_label: relation_label.into(),
            received_at: format_city(case.ticket.received_at),
            status: case.ticket.status.label().into(),
            district: content.district.clone(),
            town: content.town.clone(),
            labels: LabelsView::of(&case.ticket.effective(), pack),
            title,
            text,
            why,
            reply: content.handling.reply.as_deref().map(|reply| seen(reply, false)),
            outcome: content.handling.outcome.map(|o| o.label().into()),
            satisfaction: content.handling.satisfaction.map(|s| s.label().into()),
        }
    }
}
