//! 质量: how often suggestions were taken, where they go wrong, what to label next, which model answers.

use askama::Template;
use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};

use crate::{
    city::CityPack,
    desk::quality::{Adoption, Bin, Doubt, Models},
    domain::{Fault, FaultKind, Head, Right, Ticket},
    http::{
        Door, Lobby,
        console::{
            frame::{Frame, When, grouped, ticket_link},
            page,
        },
        error::{ApiResult, status_of},
        extract::{Form, Params},
        params::Pairs,
        views::seen,
    },
    shelf::Chosen,
};

/// The page and its forms.
pub(crate) fn routes() -> Router<Lobby> {
    Router::new()
        .route("/quality", get(quality))
        .route("/quality/activate", post(activate))
        .route("/quality/rollback", post(rollback))
}

#[derive(Template)]
#[template(path = "quality.html")]
struct QualityPage {
    frame: Frame,
    good: Option<&'static str>,
    bad: Option<String>,
    decisions: String,
    unaided: String,
    heads: Vec<ShareRow>,
    categories: Vec<ShareRow>,
    confused: Vec<(String, String, String)>,
    departments: Vec<(String, String, String)>,
    bins: Vec<BinRow>,
    lived: Vec<ShareRow>,
    queue: Vec<QueueRow>,
    models: Option<ModelsView>,
    /// Why there is no list of models, if there is none.
    no_models: Option<String>,
    may_change: bool,
}

#[derive(Debug)]
struct ShareRow {
    name: String,
    of: String,
    first: String,
    third: String,
    /// 0 to 1, for the bar.
    share: f64,
}

#[derive(Debug)]
struct BinRow {
    range: String,
    of: String,
    said: String,
    was: String,
}

#[derive(Debug)]
struct QueueRow {
    href: String,
    id: String,
    title: String,
    when: When,
    category: String,
    p: String,
    doubts: Vec<&'static str>,
}

#[derive(Debug)]
struct ModelsView {
    active: String,
    before: Option<String>,
    kept: Vec<ModelRow>,
    journal: Vec<JournalRow>,
}

#[derive(Debug)]
struct ModelRow {
    id: String,
    bytes: String,
    from: String,
    active: bool,
}

#[derive(Debug)]
struct JournalRow {
    when: When,
    who: String,
    to: String,
    from: String,
    reason: String,
}

fn percent(part: u64, of: u64) -> String {
    if of == 0 { "—".to_owned() } else { format!("{:.1}%", 100.0 * part as f64 / of as f64) }
}

fn share(name: String, a: &Adoption) -> ShareRow {
    ShareRow {
        name,
        of: grouped(a.of),
        first: percent(a.first, a.of),
        third: percent(a.third, a.of),
        share: if a.of == 0 { 0.0 } else { a.first as f64 / a.of as f64 },
    }
}

fn category(code: &str, pack: &CityPack) -> String {
    pack.taxonomy.get(code).map_or_else(|| code.to_owned(), |c| format!("{} / {}", c.level1, c.level2))
}

fn bin_row(bin: &Bin) -> BinRow {
    BinRow {
        range: format!("{:.0}%–{:.0}%", bin.from * 100.0, bin.to * 100.0),
        of: grouped(bin.of),
        said: if bin.of == 0 { "—".into() } else { format!("{:.1}%", 100.0 * bin.sum / bin.of as f64) },
        was: percent(bin.right, bin.of),
    }
}

fn queue_row(ticket: &Ticket, doubts: &[Doubt], pack: &CityPack, now: jiff::Timestamp) -> QueueRow {
    let appeal = &ticket.content.appeal;
    let said = if appeal.title.trim().is_empty() { &appeal.text } else { &appeal.title };
    let first = ticket.suggestion.as_ref().and_then(|s| s.category.first());
    let word = |doubt: &Doubt| match doubt {
        Doubt::Unsure => "把握不足",
        Doubt::Precedent => "与相似工单不一致",
        Doubt::Urgency => "规则与模型急度相差两级",
    };
    QueueRow {
        href: ticket_link(ticket.id.as_str()),
        id: ticket.id.to_string(),
        title: seen(&said.chars().take(40).collect::<String>(), false),
        when: When::new(ticket.received_at, now),
        category: first.map_or_else(|| "无".into(), |c| category(&c.label, pack)),
        p: first.map_or_else(|| "—".into(), |c| format!("{:.0}%", c.p * 100.0)),
        doubts: doubts.iter().map(word).collect(),
    }
}

fn name_of(chosen: &Chosen) -> String {
    match chosen {
        Chosen::Embedded => "内置模型".to_owned(),
        Chosen::Kept(id) => id.clone(),
    }
}

fn models_view(models: &Models, now: jiff::Timestamp) -> ModelsView {
    let kept = models.kept.iter().map(|kept| ModelRow {
        active: models.active == Chosen::Kept(kept.id.clone()),
        id: kept.id.clone(),
        bytes: format!("{:.1} MB", kept.bytes as f64 / 1e6),
        from: kept.about.as_ref().map(|a| a.from.clone()).unwrap_or_default(),
    });
    let embedded = ModelRow {
        active: models.active == Chosen::Embedded,
        id: "内置模型".into(),
        bytes: String::new(),
        from: "随程序发布".into(),
    };
    ModelsView {
        active: name_of(&models.active),
        before: models.before.as_ref().map(name_of),
        kept: std::iter::once(embedded).chain(kept).collect(),
        journal: models
            .journal
            .iter()
            .take(8)
            .map(|entry| JournalRow {
                when: When::new(entry.at, now),
                who: entry.who.clone(),
                to: name_of(&entry.bundle),
                from: name_of(&entry.instead_of),
                reason: entry.reason.clone().unwrap_or_default(),
            })
            .collect(),
    }
}

async fn shown(door: &Door, good: Option<&'static str>, bad: Option<String>) -> ApiResult<Response> {
    let report = door.desk.quality().await?;
    let (pack, now) = (door.desk.city(), door.desk.now());
    let (models, no_models) = match door.desk.models() {
        Ok(models) => (Some(models_view(&models, now)), None),
        Err(fault) => (None, Some(fault.message)),
    };
    let head = |head: Head| match head {
        Head::Type => "诉求类型",
        Head::Category => "类别",
        Head::Department => "主办单位",
        Head::Urgency => "急度",
    };
    let pairs = |list: &[(String, String, u64)], name: &dyn Fn(&str) -> String| {
        list.iter().map(|(a, b, n)| (name(a), name(b), grouped(*n))).collect::<Vec<_>>()
    };
    page(&QualityPage {
        frame: Frame::of(&door.desk, "质量", "/quality").await,
        good,
        bad,
        decisions: grouped(report.decisions),
        unaided: grouped(report.unaided),
        heads: report.heads.iter().map(|(h, a)| share(head(*h).to_owned(), a)).collect(),
        categories: report.categories.iter().map(|(code, a)| share(category(code, &pack), a)).collect(),
        confused: pairs(&report.confused, &|code| category(code, &pack)),
        departments: pairs(&report.departments, &|name| name.to_owned()),
        bins: report.bins.iter().map(bin_row).collect(),
        lived: report.models.iter().map(|(id, a)| share(id.clone(), a)).collect(),
        queue: report.queue.iter().map(|(ticket, doubts)| queue_row(ticket, doubts, &pack, now)).collect(),
        models,
        no_models,
        may_change: door.desk.actor().may(Right::Admin),
    })
}

/// The page.
pub(crate) async fn quality(door: Door, Params(params): Params) -> ApiResult<Response> {
    let good = match params.one("said")? {
        Some("activated") => Some("已换用所选模型,数秒内生效,正在处理的研判不受影响。"),
        Some("back") => Some("已退回此前的模型。"),
        _ => None,
    };
    shown(&door, good, None).await
}

async fn answer(door: &Door, outcome: Result<(), Fault>, to: &'static str) -> ApiResult<Response> {
    match outcome {
        Ok(()) => Ok(Redirect::to(to).into_response()),
        Err(fault) if matches!(fault.kind, FaultKind::Invalid | FaultKind::Conflict) => {
            let status = status_of(fault.kind);
            Ok((status, shown(door, None, Some(fault.message)).await?).into_response())
        }
        Err(fault) => Err(fault.into()),
    }
}

async fn activated(door: &Door, form: &Pairs) -> Result<(), Fault> {
    let id = form.one("id")?.unwrap_or_default();
    let id = (id != "内置模型").then_some(id);
    door.desk.activate_model(id, form.one("reason")?.unwrap_or_default()).await.map(drop)
}

/// Lets another model answer.
pub(crate) async fn activate(door: Door, Form(form): Form) -> ApiResult<Response> {
    answer(&door, activated(&door, &form).await, "/quality?said=activated").await
}

/// Lets the model before answer again.
pub(crate) async fn rollback(door: Door, Form(form): Form) -> ApiResult<Response> {
    let outcome = door.desk.roll_model_back(form.one("reason")?.unwrap_or_default()).await.map(drop);
    answer(&door, outcome, "/quality?said=back").await
}
