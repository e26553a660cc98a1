//! Model versions: compared, activated, gone back from.

use axum::response::Response;

use super::{Said, answer, grouped, share_text};
use crate::{
    desk::quality::{Comparing, Models},
    domain::Fault,
    http::{Door, console::frame::When, error::ApiResult, extract::Form, params::Pairs},
    shelf::Chosen,
};

/// What the embedded bundle is called on the page.
const EMBEDDED: &str = "内置模型";

#[derive(Debug)]
pub(super) struct ModelsView {
    pub(super) active: String,
    pub(super) before: Option<String>,
    pub(super) kept: Vec<ModelRow>,
    pub(super) journal: Vec<JournalRow>,
}

#[derive(Debug)]
pub(super) struct ModelRow {
    pub(super) id: String,
    pub(super) bytes: String,
    pub(super) from: String,
    pub(super) active: bool,
}

#[derive(Debug)]
pub(super) struct JournalRow {
    pub(super) when: When,
    pub(super) who: String,
    pub(super) to: String,
    pub(super) from: String,
    pub(super) reason: String,
    pub(super) forced: bool,
}

/// A comparison as the page shows it.
#[derive(Debug)]
pub(super) struct ComparisonView {
    pub(super) present: String,
    pub(super) other: String,
    pub(super) when: When,
    pub(super) running: bool,
    pub(super) progress: String,
    /// Why it did not end.
    pub(super) failed: Option<String>,
    pub(super) rows: Vec<HeadRow>,
    pub(super) against: Vec<String>,
}

#[derive(Debug)]
pub(super) struct HeadRow {
    pub(super) name: &'static str,
    pub(super) of: String,
    pub(super) present: String,
    pub(super) other: String,
    /// Only the present one right, only the other one.
    pub(super) only: (String, String),
    /// Whether the difference is more than chance.
    pub(super) sure: &'static str,
}

fn name_of(chosen: &Chosen) -> String {
    match chosen {
        Chosen::Embedded => EMBEDDED.to_owned(),
        Chosen::Kept(id) => id.clone(),
    }
}

pub(super) fn models_view(models: &Models, now: jiff::Timestamp) -> ModelsView {
    let kept = models.kept.iter().map(|kept| ModelRow {
        active: models.active == Chosen::Kept(kept.id.clone()),
        id: kept.id.clone(),
        bytes: format!("{:.1} MB", kept.bytes as f64 / 1e6),
        from: kept.about.as_ref().map(|a| a.from.clone()).unwrap_or_default(),
    });
    let embedded = ModelRow {
        active: models.active == Chosen::Embedded,
        id: EMBEDDED.into(),
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
                forced: entry.forced,
            })
            .collect(),
    }
}

pub(super) fn comparison_view(comparing: &Comparing, now: jiff::Timestamp) -> ComparisonView {
    let (found, failed) = match &comparing.found {
        None => (None, None),
        Some(Ok(found)) => (Some(found), None),
        Some(Err(why)) => (None, Some(why.clone())),
    };
    let rows = found.into_iter().flat_map(|found| &found.comparison.heads).map(|head| HeadRow {
        name: match head.head.as_str() {
            "type" => "诉求类型",
            "category" => "类别",
            "department" => "主办单位",
            _ => "急度",
        },
        of: grouped(head.a.of as u64),
        present: share_text(head.a.hits as u64, head.a.of as u64),
        other: share_text(head.b.hits as u64, head.b.of as u64),
        only: (grouped(head.paired.only_a as u64), grouped(head.paired.only_b as u64)),
        sure: if head.a.of == 0 {
            "没有裁定"
        } else if head.paired.is_significant() {
            "差异可信"
        } else {
            "可能是偶然"
        },
    });
    ComparisonView {
        present: comparing.present.clone(),
        other: name_of(&comparing.other),
        when: When::new(comparing.at, now),
        running: comparing.found.is_none(),
        progress: format!("{} / {}", grouped(comparing.done.0 as u64), grouped(comparing.done.1 as u64)),
        failed,
        rows: rows.collect(),
        against: found.map(|found| found.against.clone()).unwrap_or_default(),
    }
}

fn chosen(form: &Pairs) -> Result<Option<&str>, Fault> {
    Ok(form.one("id")?.filter(|id| *id != EMBEDDED))
}

async fn activated(door: &Door, form: &Pairs) -> Result<(), Fault> {
    let anyway = form.one("anyway")?.is_some();
    door.desk.activate_model(chosen(form)?, form.one("reason")?.unwrap_or_default(), anyway).await.map(drop)
}

/// Lets another model answer.
pub(crate) async fn activate(door: Door, Form(form): Form) -> ApiResult<Response> {
    answer(&door, activated(&door, &form).await, "/quality?said=activated#models").await
}

/// Begins to compare a model with the one that answers.
pub(crate) async fn compare(door: Door, Form(form): Form) -> ApiResult<Response> {
    let begun = match chosen(&form) {
        Ok(id) => door.desk.compare_model(id).await,
        Err(fault) => Err(fault),
    };
    answer(&door, begun, "/quality?said=comparing#models").await
}

/// Lets the model before answer again.
pub(crate) async fn rollback(door: Door, Form(form): Form) -> ApiResult<Response> {
    let outcome = door.desk.roll_model_back(form.one("reason")?.unwrap_or_default()).await.map(drop);
    answer(&door, outcome, "/quality?said=back#models").await
}

/// What the page says after one of these.
pub(super) const SAID: [Said; 3] = [
    ("activated", "已换用所选模型,数秒内生效,正在处理的研判不受影响。"),
    ("back", "已退回此前的模型。"),
    ("comparing", "已开始比较,稍后刷新本页查看结果;研判照常进行。"),
];
