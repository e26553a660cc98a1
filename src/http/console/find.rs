//! 检索: query, filters as a sentence, hits with highlights, counts.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use jiff::Timestamp;

use crate::{
    city::CityPack,
    desk::{self, FindAnswer, FindHit, FindRequest},
    domain::{Fault, Span},
    http::{
        Door,
        console::{
            curve::Curve,
            frame::{Frame, When, grouped, link, ticket_link},
            marks::{Mark, Piece, pieces},
            page,
        },
        error::ApiResult,
        extract::Params,
        params::{DEEPEST, Pairs},
        views::{LabelsView, seen},
    },
    search::{Facet, Interval, Mode, QueryNote, Sort},
};

/// Counted at the right, in this order.
const COUNTED: [Facet; 8] = [
    Facet::Urgency,
    Facet::Type,
    Facet::Level1,
    Facet::Department,
    Facet::District,
    Facet::Town,
    Facet::Channel,
    Facet::Status,
];
/// Values shown of one facet.
const VALUES: usize = 6;
const PER_PAGE: usize = 20;
/// Characters named of a place that could not be read.
const NAMED: usize = 12;

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    frame: Frame,
    chips: Vec<Chip>,
    hits: Vec<HitRow>,
    facets: Vec<FacetBox>,
    /// Why nothing was searched.
    refused: Option<String>,
    /// What was typed, with what could not be read marked; empty if all could.
    unread: Vec<Piece>,
    doubts: Vec<Doubt>,
    also: Vec<String>,
    relaxed: bool,
    sorts: Vec<SortLink>,
    modes: Vec<SortLink>,
    /// What to say of the hits that the words alone would not have found.
    by_meaning: Option<String>,
    hidden: Vec<(String, String)>,
    total: String,
    took: String,
    curve: Option<Curve>,
    /// The query, if this search can be kept.
    keep: Option<String>,
    kept_filters: Vec<(&'static str, String)>,
    /// What would be kept, in words.
    kept_what: String,
    range: String,
    previous: Option<String>,
    next: Option<String>,
}

#[derive(Debug)]
struct Chip {
    name: &'static str,
    value: String,
    without: String,
}

/// Something that could not be read as typed.
#[derive(Debug)]
struct Doubt {
    /// Where it stands, if it was typed.
    place: Option<String>,
    message: String,
}

#[derive(Debug)]
struct SortLink {
    name: &'static str,
    href: String,
    now: bool,
}

#[derive(Debug)]
struct FacetBox {
    name: &'static str,
    values: Vec<FacetRow>,
}

#[derive(Debug)]
struct FacetRow {
    label: String,
    count: String,
    href: String,
    on: bool,
}

#[derive(Debug)]
struct HitRow {
    id: String,
    href: String,
    title: Vec<Piece>,
    fragments: Vec<Fragment>,
    reply: Vec<Fragment>,
    place: Vec<Piece>,
    when: When,
    status: &'static str,
    region: String,
    labels: LabelsView,
}

#[derive(Debug)]
struct Fragment {
    pieces: Vec<Piece>,
    /// Classes: whether text comes before it and after it.
    cut: &'static str,
}

/// The page.
pub(crate) async fn search(door: Door, Params(params): Params) -> ApiResult<Response> {
    let mut request = match params.find_request() {
        Err(fault) if fault.field.as_deref() == Some("q") => return refused(&door, &params, fault).await,
        read => read?,
    };
    request.limit = PER_PAGE;
    request.count = COUNTED.to_vec();
    request.over_time = request.over_time.or(Some(Interval::Auto));
    let now = door.desk.now();
    let answer = door.desk.find(request.clone(), now).await?;
    let mut frame = Frame::of(&door.desk, "检索", "/search").await;
    frame.q = request.q.clone();
    page(&view(frame, &request, &answer, &door.desk.city(), now))
}

/// The page with what was typed still in its box, beside why it was not searched.
async fn refused(door: &Door, params: &Pairs, fault: Fault) -> ApiResult<Response> {
    let mut frame = Frame::of(&door.desk, "检索", "/search").await;
    frame.q = params.one("q")?.unwrap_or_default().to_owned();
    let request = FindRequest::default();
    let shown = view(frame, &request, &FindAnswer::default(), &door.desk.city(), door.desk.now());
    let mut answer = page(&SearchPage { refused: Some(fault.message), ..shown })?;
    *answer.status_mut() = StatusCode::BAD_REQUEST;
    Ok(answer)
}

fn view(frame: Frame, request: &FindRequest, answer: &FindAnswer, pack: &CityPack, now: Timestamp) -> SearchPage {
    let shown = request.offset + answer.hits.len();
    let here = Here(request);
    SearchPage {
        chips: request
            .filters
            .iter()
            .map(|(facet, value)| Chip {
                name: name_of(*facet),
                value: value_label(*facet, value, pack),
                without: here.toggled(*facet, value),
            })
            .collect(),
        hits: answer.hits.iter().map(|hit| row(hit, pack, now)).collect(),
        facets: boxes(&here, answer),
        refused: None,
        unread: unread(&request.q, &answer.notes),
        doubts: answer.notes.iter().map(|note| doubt(&request.q, note)).collect(),
        also: answer.also.iter().map(|(word, others)| format!("{word}({})", others.join("、"))).collect(),
        relaxed: answer.relaxed,
        sorts: [(Sort::Relevance, "最相关"), (Sort::Newest, "最新"), (Sort::Oldest, "最早")]
            .into_iter()
            .map(|(sort, name)| SortLink { name, href: here.sorted(sort), now: sort == request.sort })
            .collect(),
        modes: [(Mode::Bm25, "按词"), (Mode::Hybrid, "按词和意思"), (Mode::Vector, "按意思")]
            .into_iter()
            .map(|(mode, name)| SortLink { name, href: here.in_mode(mode), now: mode == request.mode })
            .collect(),
        by_meaning: by_meaning(request, answer),
        hidden: here.pairs(request.sort, 0).into_iter().filter(|(key, _)| key != "q").collect(),
        total: grouped(answer.total as u64),
        took: format!("{:.0}", (answer.took.as_secs_f64() * 1000.0).max(1.0)),
        curve: answer.over_time.as_ref().and_then(|found| Curve::of(found, |time| here.at(time))),
        keep: (!request.q.trim().is_empty() || !request.filters.is_empty()).then(|| request.q.clone()),
        kept_filters: request.filters.iter().map(|(facet, value)| (facet.code(), value.clone())).collect(),
        kept_what: std::iter::once(request.q.trim().to_owned())
            .filter(|q| !q.is_empty())
            .chain(
                request
                    .filters
                    .iter()
                    .map(|(facet, v)| format!("{}:{}", name_of(*facet), value_label(*facet, v, pack))),
            )
            .collect::<Vec<_>>()
            .join(" "),
        range: if answer.hits.is_empty() {
            String::new()
        } else {
            format!("第 {}–{} 件", request.offset + 1, shown)
        },
        previous: (request.offset > 0).then(|| here.page(request.offset.saturating_sub(PER_PAGE))),
        next: (shown < answer.total && !answer.hits.is_empty() && request.offset + PER_PAGE <= DEEPEST)
            .then(|| here.page(request.offset + PER_PAGE)),
        frame,
    }
}

fn unread(q: &str, notes: &[QueryNote]) -> Vec<Piece> {
    let marks: Vec<_> = notes.iter().map(|note| note.span).filter(|span| !span.is_empty()).collect();
    if marks.is_empty() { Vec::new() } else { pieces(q, 0, marks.into_iter().map(|span| (span, Mark::Unread))) }
}

/// A note with its place in the words of people, who count from one.
fn doubt(q: &str, note: &QueryNote) -> Doubt {
    let Span { start, end } = note.span;
    let typed: String = note.span.slice(q).chars().take(NAMED).collect();
    let more = if end - start > NAMED { "…" } else { "" };
    let place = match end - start {
        0 => None,
        1 => Some(format!("第 {end} 个字“{typed}”")),
        _ => Some(format!("第 {}–{end} 个字“{typed}{more}”", start + 1)),
    };
    Doubt { place, message: note.message.clone() }
}

/// Words are counted exactly; what is near in meaning has no natural end, so the page tells how many it added.
fn by_meaning(request: &FindRequest, answer: &FindAnswer) -> Option<String> {
    match (request.mode, answer.mode) {
        _ if request.q.trim().is_empty() => None,
        (Mode::Bm25, _) => None,
        (_, Mode::Bm25) => Some("句向量暂不可用,本次只按词检索".to_owned()),
        (_, _) if answer.by_vector == 0 => Some("没有按意思另外找到的工单".to_owned()),
        (_, _) => Some(format!("其中 {} 件不含检索词,按意思相近找到", grouped(answer.by_vector as u64))),
    }
}

fn boxes(here: &Here<'_>, answer: &FindAnswer) -> Vec<FacetBox> {
    let row = |facet: Facet, (value, label, count): &(String, String, u64)| FacetRow {
        label: if label.is_empty() { value.clone() } else { label.clone() },
        count: grouped(*count),
        href: here.toggled(facet, value),
        on: here.0.filters.iter().any(|(f, v)| *f == facet && v == value),
    };
    COUNTED
        .iter()
        .filter_map(|facet| answer.facets.iter().find(|(counted, _)| counted == facet))
        .filter(|(_, values)| !values.is_empty())
        .map(|(facet, values)| FacetBox {
            name: name_of(*facet),
            values: values.iter().take(VALUES).map(|value| row(*facet, value)).collect(),
        })
        .collect()
}

fn row(hit: &FindHit, pack: &CityPack, now: Timestamp) -> HitRow {
    let content = &hit.ticket.content;
    let marked = |spans: &[Span]| spans.iter().map(|span| (*span, Mark::Hit)).collect::<Vec<_>>();
    let text = seen(&content.appeal.text, false);
    let title = seen(&content.appeal.title, false);
    let reply = content.handling.reply.as_deref().unwrap_or_default();
    let id = hit.ticket.id.to_string();
    HitRow {
        href: ticket_link(&id),
        id,
        title: pieces(&title, 0, marked(&hit.title_marks)),
        fragments: fragments(&text, &hit.fragments),
        reply: if hit.reply.is_empty() { Vec::new() } else { fragments(&seen(reply, false), &hit.reply) },
        place: match &hit.place {
            Some((place, marks)) => pieces(&seen(place, false), 0, marked(marks)),
            None => Vec::new(),
        },
        when: When::new(hit.ticket.received_at, now),
        status: hit.ticket.status.label(),
        region: [content.district.as_deref(), content.town.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" "),
        labels: LabelsView::of(&hit.ticket.effective(), pack),
    }
}

/// Stretches of a masked text.
fn fragments(text: &str, cut: &[desk::Fragment]) -> Vec<Fragment> {
    let length = text.chars().count();
    let of = |(span, marks): &desk::Fragment| Fragment {
        pieces: pieces(span.slice(text), span.start, marks.iter().map(|mark| (*mark, Mark::Hit))),
        cut: match (span.start > 0, span.end < length) {
            (true, true) => "after before",
            (true, false) => "after",
            (false, true) => "before",
            (false, false) => "",
        },
    };
    cut.iter().map(of).collect()
}

fn name_of(facet: Facet) -> &'static str {
    facet.query_name()
}

fn value_label(facet: Facet, value: &str, pack: &CityPack) -> String {
    match facet {
        Facet::Category => pack.taxonomy.get(value).map_or_else(|| value.to_owned(), |c| c.level2.clone()),
        _ => value.to_owned(),
    }
}

/// The address of this search and of its neighbours.
struct Here<'a>(&'a FindRequest);

impl Here<'_> {
    fn pairs(&self, sort: Sort, offset: usize) -> Vec<(String, String)> {
        let mut pairs = vec![("q".to_owned(), self.0.q.clone())];
        pairs.extend(self.0.filters.iter().map(|(facet, value)| (facet.code().to_owned(), value.clone())));
        match sort {
            Sort::Relevance => {}
            Sort::Newest => pairs.push(("sort".into(), "newest".into())),
            Sort::Oldest => pairs.push(("sort".into(), "oldest".into())),
        }
        if self.0.mode != Mode::default() {
            pairs.push(("mode".into(), self.0.mode.code().into()));
        }
        if offset > 0 {
            pairs.push(("offset".into(), offset.to_string()));
        }
        pairs.retain(|(_, value)| !value.is_empty());
        pairs
    }

    fn address(pairs: &[(String, String)]) -> String {
        link("/search", pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())))
    }

    fn sorted(&self, sort: Sort) -> String {
        Self::address(&self.pairs(sort, 0))
    }

    fn in_mode(&self, mode: Mode) -> String {
        let mut pairs = self.pairs(self.0.sort, 0);
        pairs.retain(|(key, _)| key != "mode");
        if mode != Mode::default() {
            pairs.push(("mode".into(), mode.code().into()));
        }
        Self::address(&pairs)
    }

    fn page(&self, offset: usize) -> String {
        Self::address(&self.pairs(self.0.sort, offset))
    }

    /// The same within a time; one that was typed gives way.
    fn at(&self, time: &str) -> String {
        let timed = |word: &&str| {
            !["时间:", "时间:", "日期:", "来电时间:", "time:", "date:"].iter().any(|own| word.starts_with(own))
        };
        let words: Vec<&str> = self.0.q.split_whitespace().filter(timed).collect();
        let q = format!("{} 时间:{time}", words.join(" "));
        let mut pairs = self.pairs(self.0.sort, 0);
        pairs.retain(|(key, _)| key != "q");
        pairs.insert(0, ("q".to_owned(), q.trim().to_owned()));
        Self::address(&pairs)
    }

    fn toggled(&self, facet: Facet, value: &str) -> String {
        let mut pairs = self.pairs(self.0.sort, 0);
        let pair = (facet.code().to_owned(), value.to_owned());
        match pairs.iter().position(|p| *p == pair) {
            Some(at) => {
                pairs.remove(at);
            }
            None => pairs.push(pair),
        }
        Self::address(&pairs)
    }
}
