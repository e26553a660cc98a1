//! 一类事: recurring causes with their four parts, the comparison after an action, and the dossier.

use askama::Template;
use axum::response::Response;

use crate::{
    domain::Fault,
    http::{
        Door,
        console::{
            frame::{Frame, link},
            page,
        },
        error::ApiResult,
        extract::Params,
        views::{CauseView, CausesView, EffectView},
    },
};

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
}

/// The category that is looked at closely.
#[derive(Debug)]
struct Chosen {
    code: String,
    name: String,
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
        chosen = Some(Chosen { code: code.to_owned(), name: category.level2.clone(), action, effect, trend });
    }
    page(&CausesPage {
        frame: Frame::of(&door.desk, "一类事", "/topics").await,
        made: view.made_at.is_some(),
        categories: view.categories.into_iter().take(20).map(|v| row(v, true)).collect(),
        topics: view.topics.into_iter().take(20).map(|v| row(v, false)).collect(),
        chosen,
    })
}

fn row(view: CauseView, category: bool) -> Row {
    Row {
        href: if category { link("/causes", [("code", view.id.as_str())]) } else { String::new() },
        score: format!("{:.2}", view.score),
        unsolved: format!("{:.1}%", view.unsolved_share * 100.0),
        view,
    }
}
