//! 质量: how often suggestions were taken, where they go wrong, what to label next, which model answers.

mod models;
mod queue;

use askama::Template;
use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};

use crate::{
    city::CityPack,
    desk::quality::{Adoption, Bin, Doubt},
    domain::{Fault, FaultKind, Head, Right},
    http::{
        Door, Lobby,
        console::{
            frame::{Frame, grouped, link},
            page,
        },
        error::{ApiResult, status_of},
        extract::Params,
    },
};
use models::{ComparisonView, ModelsView};
use queue::QueueRow;

/// The page and its forms.
pub(crate) fn routes() -> Router<Lobby> {
    Router::new()
        .route("/quality", get(quality))
        .route("/quality/confused", get(queue::confused))
        .route("/quality/label", post(queue::label))
        .route("/quality/compare", post(models::compare))
        .route("/quality/activate", post(models::activate))
        .route("/quality/rollback", post(models::rollback))
}

/// A word of the address, and what the page says for it.
type Said = (&'static str, &'static str);

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
    confused: Vec<ConfusionRow>,
    departments: Vec<ConfusionRow>,
    bins: Vec<BinRow>,
    /// Mean distance of certainty and truth, weighted by counts.
    distance: String,
    lived: Vec<ShareRow>,
    queue: Vec<QueueRow>,
    filters: Vec<FilterLink>,
    models: Option<ModelsView>,
    comparison: Option<ComparisonView>,
    /// Why there is no list of models, if there is none.
    no_models: Option<String>,
    may_change: bool,
    may_decide: bool,
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
struct ConfusionRow {
    suggested: String,
    decided: String,
    count: String,
    /// The tickets behind it.
    href: String,
}

#[derive(Debug)]
struct BinRow {
    range: String,
    of: String,
    said: String,
    was: String,
    share: f64,
}

#[derive(Debug)]
struct FilterLink {
    name: &'static str,
    href: String,
    on: bool,
}

fn share_text(part: u64, of: u64) -> String {
    if of == 0 { "—".to_owned() } else { format!("{:.1}%", 100.0 * part as f64 / of as f64) }
}

fn ratio(part: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}

fn share(name: String, a: &Adoption) -> ShareRow {
    ShareRow {
        name,
        of: grouped(a.of),
        first: share_text(a.first, a.of),
        third: share_text(a.third, a.of),
        share: ratio(a.first, a.of),
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
        was: share_text(bin.right, bin.of),
        share: ratio(bin.right, bin.of),
    }
}

/// The expected calibration error (Naeini 2015) over the bins.
fn distance(bins: &[Bin]) -> String {
    let of: u64 = bins.iter().map(|bin| bin.of).sum();
    if of == 0 {
        return "—".to_owned();
    }
    let apart: f64 = bins.iter().map(|bin| (bin.sum - bin.right as f64).abs()).sum();
    format!("{:.1} 个百分点", 100.0 * apart / of as f64)
}

fn confusions(head: &str, list: &[(String, String, u64)], name: impl Fn(&str) -> String) -> Vec<ConfusionRow> {
    let row = |(suggested, decided, n): &(String, String, u64)| ConfusionRow {
        href: link("/quality/confused", [("head", head), ("suggested", suggested), ("decided", decided)]),
        suggested: name(suggested),
        decided: name(decided),
        count: grouped(*n),
    };
    list.iter().map(row).collect()
}

fn filters(chosen: Option<Doubt>) -> Vec<FilterLink> {
    let all = FilterLink { name: "全部", href: "/quality#queue".into(), on: chosen.is_none() };
    let own = Doubt::ALL.into_iter().map(|doubt| FilterLink {
        name: queue::word(doubt),
        href: format!("{}#queue", link("/quality", [("doubt", queue::code(doubt))])),
        on: chosen == Some(doubt),
    });
    std::iter::once(all).chain(own).collect()
}

async fn shown(
    door: &Door,
    doubt: Option<Doubt>,
    good: Option<&'static str>,
    bad: Option<String>,
) -> ApiResult<Response> {
    let mut report = door.desk.quality().await?;
    if doubt.is_some() {
        report.queue = door.desk.doubtful(doubt).await?;
    }
    let (pack, now, actor) = (door.desk.city(), door.desk.now(), door.desk.actor());
    let (versions, no_models) = match door.desk.models() {
        Ok(versions) => (Some(models::models_view(&versions, now)), None),
        Err(fault) => (None, Some(fault.message)),
    };
    let head = |head: Head| match head {
        Head::Type => "诉求类型",
        Head::Category => "类别",
        Head::Department => "主办单位",
        Head::Urgency => "急度",
    };
    page(&QualityPage {
        frame: Frame::of(&door.desk, "质量", "/quality").await,
        good,
        bad,
        decisions: grouped(report.decisions),
        unaided: grouped(report.unaided),
        heads: report.heads.iter().map(|(h, a)| share(head(*h).to_owned(), a)).collect(),
        categories: report.categories.iter().map(|(code, a)| share(category(code, &pack), a)).collect(),
        confused: confusions("category", &report.confused, |code| category(code, &pack)),
        departments: confusions("department", &report.departments, str::to_owned),
        distance: distance(&report.bins),
        bins: report.bins.iter().map(bin_row).collect(),
        lived: report.models.iter().map(|(id, a)| share(id.clone(), a)).collect(),
        queue: report.queue.iter().map(|(ticket, doubts)| queue::queue_row(ticket, doubts, &pack, now)).collect(),
        filters: filters(doubt),
        models: versions,
        comparison: door.desk.comparison()?.map(|comparing| models::comparison_view(&comparing, now)),
        no_models,
        may_change: actor.may(Right::Admin),
        may_decide: actor.may(Right::Decide),
    })
}

/// The page.
pub(crate) async fn quality(door: Door, Params(params): Params) -> ApiResult<Response> {
    params.only(&["said", "doubt"])?;
    let said = params.one("said")?;
    let labelled: [Said; 1] = [("labelled", "已记录。只作标注,不改变派单。")];
    let good = models::SAID.iter().chain(&labelled).find(|(word, _)| Some(*word) == said).map(|(_, text)| *text);
    let doubt = match params.one("doubt")? {
        None | Some("") => None,
        Some(code) => match Doubt::ALL.into_iter().find(|doubt| queue::code(*doubt) == code) {
            Some(doubt) => Some(doubt),
            None => return Err(Fault::invalid("没有这种疑点").at("doubt").into()),
        },
    };
    shown(&door, doubt, good, None).await
}

async fn answer(door: &Door, outcome: Result<(), Fault>, to: &'static str) -> ApiResult<Response> {
    match outcome {
        Ok(()) => Ok(Redirect::to(to).into_response()),
        Err(fault) if matches!(fault.kind, FaultKind::Invalid | FaultKind::Conflict | FaultKind::NotFound) => {
            let status = status_of(fault.kind);
            Ok((status, shown(door, None, None, Some(fault.message)).await?).into_response())
        }
        Err(fault) => Err(fault.into()),
    }
}
