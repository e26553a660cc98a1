//! The state of the parts.

use askama::Template;
use axum::response::Response;

use super::{Said, TABS, Tab, done};
use crate::{
    desk::Health,
    http::{
        Door,
        console::{
            frame::{Frame, grouped},
            page,
        },
        error::{ApiResult, is_chinese},
        extract::{Form, Params},
    },
};

#[derive(Template)]
#[template(path = "admin_state.html")]
struct StatePage {
    frame: Frame,
    tabs: &'static [Tab],
    at: &'static str,
    said: Said,
    parts: Vec<Part>,
    warnings: Vec<String>,
    rebuilding: bool,
}

/// A part: name, state for the style sheet, word, detail.
#[derive(Debug)]
struct Part {
    name: &'static str,
    state: &'static str,
    word: &'static str,
    detail: String,
}

fn parts(health: &Health) -> Vec<Part> {
    let part = |name, ok: bool, detail: String| Part {
        name,
        state: if ok { "ok" } else { "bad" },
        word: if ok { "正常" } else { "注意" },
        detail,
    };
    let index = match &health.rebuild {
        Some(why) => format!("正在重建({}),落后 {} 处变更", why.label(), health.index_lag),
        None => format!("{} 件可检索,落后 {} 处变更", grouped(health.indexed), health.index_lag),
    };
    let store = match &health.store {
        Ok(()) => format!("{} 件工单", grouped(health.tickets)),
        Err(why) if is_chinese(why) => why.clone(),
        Err(_) => "没有应答,原因见服务日志".to_owned(),
    };
    vec![
        part("数据库", health.store.is_ok(), store),
        part("模型", health.model.is_some(), health.model.clone().unwrap_or_else(|| "未加载,仅按规则研判".into())),
        part("检索索引", health.rebuild.is_none() && health.unwritable.is_none() && health.index_lag <= 1_000, index),
        part(
            "补充研判",
            health.triage_waiting <= 1_000,
            format!("{} 件待研判,队列 {}", grouped(health.triage_waiting), health.queue),
        ),
        part("城市包", health.pack_faults.is_empty(), format!("{} {}", health.city, health.pack)),
    ]
}

/// What to look after. Why a model does not open is said in the log's words; here, what it means.
fn warnings(health: &Health) -> Vec<String> {
    let mut out: Vec<String> = health.mismatches.iter().chain(&health.pack_faults).cloned().collect();
    out.extend(health.model_troubles.iter().filter(|why| is_chinese(why)).cloned());
    out.extend(health.unwritable.map(|why| format!("{}。", why.label())));
    if health.model_troubles.iter().any(|why| !is_chinese(why)) {
        out.push("所选模型无法打开,现由较早的模型给出建议;原因见服务日志,可在“质量”中另选模型。".to_owned());
    }
    out
}

async fn state_page(door: &Door, said: Said) -> ApiResult<Response> {
    let health = door.desk.health().await;
    page(&StatePage {
        frame: Frame::of(&door.desk, "管理", "/admin").await,
        tabs: TABS,
        at: "/admin",
        said,
        parts: parts(&health),
        warnings: warnings(&health),
        rebuilding: health.rebuilding,
    })
}

/// The state of the parts.
pub(crate) async fn state(door: Door, Params(params): Params) -> ApiResult<Response> {
    state_page(&door, Said::of(&params, &[("renewing", "已开始重建检索索引,完成前仍用原索引检索。")])?).await
}

/// Builds the index anew.
pub(crate) async fn renew_index(door: Door, Form(_): Form) -> ApiResult<Response> {
    done(door.desk.renew_index().await, "/admin?said=renewing", |said| state_page(&door, said)).await
}
