//! 一类事: recurring causes with their four parts, the comparison after an action, and the dossier.

use askama::Template;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};

use crate::{
    desk::{CaseAsk, Group},
    domain::{Fault, city_date},
    http::{
        Door,
        cases::address,
        console::{
            cockpit::CASES,
            frame::{Frame, link},
            page,
        },
        error::ApiResult,
        extract::Params,
        views::{CauseView, CausesView, EffectView},
    },
};

/// What is looked at for causes, as for events.
const LOOKED: SignedDuration = SignedDuration::from_hours(60 * 24);

#[derive(Template)]
#[template(path = "causes.html")]
struct CausesPage {
    frame: Frame,
    made: bool,
    categories: Vec<Row>,
    topics: Vec<Row>,
    chosen: Option<Chosen>,
}

/// One candidate.
#[derive(Debug)]
struct Row {
    href: String,
    view: CauseView,
    score: String,
    unsolved: String,
    /// The appeals that are counted.
    cases: String,
    /// Its units, each with its appeals of this cause; a topic's have no list of their own.
    units: Vec<(String, Option<String>)>,
}

/// The category that is looked at closely.
#[derive(Debug)]
struct Chosen {
    code: String,
    name: String,
    /// Its appeals.
    list: String,
    action: String,
    effect: Option<EffectView>,
    trend: Option<String>,
}

/// The list, and one category if `code` names it.
pub(crate) async fn causes(door: Door, Params(params): Params) -> ApiResult<Response> {
    params.only(&["code", "action"])?;
    let hot = door.desk.hot();
    let pack = door.desk.city();
    let view = CausesView::of(hot.as_deref(), &pack);
    let reached = door.desk.now().saturating_sub(LOOKED).unwrap_or(Timestamp::MIN);
    let from = city_date(reached).to_string();
    let mut chosen = None;
    if let Some(code) = params.one("code")? {
        let category = pack.taxonomy.get(code).ok_or_else(|| Fault::invalid("没有这个类别").at("code"))?;
        let action = params.one("action")?.unwrap_or_default().to_owned();
        let effect = if action.is_empty() {
            None
        } else {
            let day = action.parse().map_err(|_| Fault::invalid("日期写作 2026-05-12").at("action"))?;
            Some((&door.desk.effect(code, day).await?).into())
        };
        let trend = match door.desk.sees_all() {
            true => door.desk.trends().await?.category(code).map(|line| crate::http::views::trend_words(&line.trend)),
            false => None,
        };
        let list = link("/tickets", [("category", code), ("from", from.as_str())]);
        chosen = Some(Chosen { list, code: code.to_owned(), name: category.level2.clone(), action, effect, trend });
    }
    page(&CausesPage {
        frame: Frame::of(&door.desk, "一类事", "/topics").await,
        made: view.made_at.is_some(),
        categories: view.categories.into_iter().take(20).map(|v| row(v, Some(from.as_str()))).collect(),
        topics: view.topics.into_iter().take(20).map(|v| row(v, None)).collect(),
        chosen,
    })
}

/// A category with its appeals from a day on, or a topic with its appeals.
fn row(view: CauseView, from: Option<&str>) -> Row {
    let of_topic = CaseAsk { group: Some(Group::Topic(view.id.clone())), ..CaseAsk::default() };
    let list = |unit: Option<&str>| {
        let pairs = [("category", Some(view.id.as_str())), ("from", from), ("department", unit)];
        link("/tickets", pairs.into_iter().filter_map(|(key, value)| Some((key, value?))))
    };
    Row {
        href: if from.is_some() { link("/causes", [("code", view.id.as_str())]) } else { String::new() },
        cases: if from.is_some() { list(None) } else { address(CASES, &of_topic) },
        units: view.departments.iter().map(|d| (d.clone(), from.map(|_| list(Some(d))))).collect(),
        score: format!("{:.2}", view.score),
        unsolved: format!("{:.1}%", view.unsolved_share * 100.0),
        view,
    }
}
