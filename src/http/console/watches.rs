//! 关注: a person's kept searches and what they told of.

use askama::Template;
use axum::response::Response;
use jiff::Timestamp;

use crate::{
    desk::{AlertPage, ToldTicket},
    domain::KeptSearch,
    http::{
        Door,
        console::{
            frame::{Frame, When, link, ticket_link},
            page,
        },
        error::ApiResult,
        extract::{Acting, Params},
        views::{LabelsView, told_title},
    },
    search::Facet,
};

#[derive(Template)]
#[template(path = "watches.html")]
struct WatchesPage {
    frame: Frame,
    kept: Vec<KeptRow>,
    alerts: Vec<AlertRow>,
    /// The search whose alerts are shown alone.
    only: Option<i64>,
    /// Number of the newest alert shown, to mark them as seen.
    up_to: Option<i64>,
    older: Option<String>,
}

#[derive(Debug)]
struct KeptRow {
    id: i64,
    name: String,
    query: String,
    search: String,
    alerts_href: String,
    unread: u64,
    alerts: u64,
    since: When,
    on: bool,
}

#[derive(Debug)]
struct AlertRow {
    href: String,
    id: String,
    title: String,
    of: String,
    when: When,
    read: bool,
    labels: LabelsView,
}

/// The page.
pub(crate) async fn watches(door: Door, Acting(actor): Acting, Params(params): Params) -> ApiResult<Response> {
    let (filter, limit) = params.alert_filter()?;
    let kept = door.desk.kept_searches(&actor).await?;
    let told = door.desk.alerts(&actor, filter, limit).await?;
    let frame = Frame::of(&door.desk, "关注", "/watches").await;
    let (now, city) = (door.desk.now(), door.desk.city());
    let name_of = |id: i64| kept.iter().find(|k| k.id == id).map(|k| k.name.clone()).unwrap_or_default();
    let alert = |told: &ToldTicket| {
        let id = told.ticket.id.to_string();
        AlertRow {
            href: ticket_link(&id),
            id,
            title: told_title(told),
            of: name_of(told.alert.search),
            when: When::new(told.alert.at, now),
            read: told.alert.read,
            labels: LabelsView::of(&told.ticket.effective(), &city),
        }
    };
    let AlertPage { told, before } = told;
    let only = filter.search.map(|id| id.to_string());
    let older = before.map(|before| {
        let before = before.to_string();
        link("/watches", [("before", before.as_str())].into_iter().chain(only.as_deref().map(|id| ("search", id))))
    });
    page(&WatchesPage {
        alerts: told.iter().map(alert).collect(),
        up_to: told.iter().filter(|t| !t.alert.read).map(|t| t.alert.id).max(),
        kept: kept.iter().map(|k| row(k, filter.search, now)).collect(),
        only: filter.search,
        older,
        frame,
    })
}

fn row(kept: &KeptSearch, only: Option<i64>, now: Timestamp) -> KeptRow {
    let name = |code: &str| Facet::ALL.into_iter().find(|f| f.code() == code).map_or("", Facet::query_name);
    let filters = kept.query.filters.iter().map(|(code, value)| format!("{}:{value}", name(code)));
    let parts: Vec<String> = std::iter::once(kept.query.q.clone()).filter(|q| !q.is_empty()).chain(filters).collect();
    let pairs = kept.query.filters.iter().map(|(code, value)| (code.as_str(), value.as_str()));
    let id = kept.id.to_string();
    KeptRow {
        id: kept.id,
        name: kept.name.clone(),
        query: parts.join(" "),
        search: link("/search", std::iter::once(("q", kept.query.q.as_str())).chain(pairs)),
        alerts_href: link("/watches", [("search", id.as_str())]),
        unread: kept.unread,
        alerts: kept.alerts,
        since: When::new(kept.created_at, now),
        on: only == Some(kept.id),
    }
}
