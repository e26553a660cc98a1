//! The state of the parts, backups, the audit.

use askama::Template;
use axum::response::Response;

use super::{Said, TABS, Tab, done};
use crate::{
    desk::Health,
    domain::FaultKind,
    http::{
        Door,
        console::{
            frame::{Frame, When, grouped, ticket_link},
            page,
            ticket::in_words,
        },
        error::ApiResult,
        extract::{Form, Params},
    },
};

/// Audit lines on the page.
const LINES: u64 = 200;

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
        Some(why) => format!("正在重建({why}),落后 {} 处变更", health.index_lag),
        None => format!("{} 件可检索,落后 {} 处变更", grouped(health.indexed), health.index_lag),
    };
    let store = match &health.store {
        Ok(()) => format!("{} 件工单", grouped(health.tickets)),
        Err(why) => why.clone(),
    };
    vec![
        part("数据库", health.store.is_ok(), store),
        part("模型", health.model.is_some(), health.model.clone().unwrap_or_else(|| "未加载,仅按规则研判".into())),
        part("检索索引", health.rebuild.is_none() && health.index_lag <= 1_000, index),
        part(
            "补充研判",
            health.triage_waiting <= 1_000,
            format!("{} 件待研判,队列 {}", grouped(health.triage_waiting), health.queue),
        ),
        part("城市包", health.pack_faults.is_empty(), format!("{} {}", health.city, health.pack)),
    ]
}

async fn state_page(door: &Door, said: Said) -> ApiResult<Response> {
    let health = door.desk.health().await;
    let warnings = [&health.mismatches, &health.pack_faults, &health.model_troubles];
    page(&StatePage {
        frame: Frame::of(&door.desk, "管理", "/admin").await,
        tabs: TABS,
        at: "/admin",
        said,
        parts: parts(&health),
        warnings: warnings.into_iter().flatten().cloned().collect(),
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

#[derive(Template)]
#[template(path = "admin_backup.html")]
struct BackupPage {
    frame: Frame,
    tabs: &'static [Tab],
    at: &'static str,
    said: Said,
    files: Vec<(String, String)>,
}

async fn backup_page(door: &Door, mut said: Said) -> ApiResult<Response> {
    let files = match door.desk.backups() {
        Ok(files) => files,
        Err(fault) if fault.kind == FaultKind::Invalid => {
            said.bad = Some(fault.message);
            Vec::new()
        }
        Err(fault) => return Err(fault.into()),
    };
    page(&BackupPage {
        frame: Frame::of(&door.desk, "备份", "/admin").await,
        tabs: TABS,
        at: "/admin/backup",
        said,
        files: files.into_iter().map(|(name, bytes)| (name, grouped(bytes.div_ceil(1024)))).collect(),
    })
}

/// The backups.
pub(crate) async fn backup(door: Door) -> ApiResult<Response> {
    backup_page(&door, Said::default()).await
}

/// Makes one now.
pub(crate) async fn back_up(door: Door, Form(_): Form) -> ApiResult<Response> {
    match door.desk.back_up().await {
        Ok((path, copied)) => {
            let good = format!(
                "已备份到 {}:{} 件工单、{} 条审计记录,已读回校验,校验值 {}",
                path.display(),
                copied.tickets,
                copied.lines,
                copied.hash
            );
            backup_page(&door, Said { good: Some(good), bad: None }).await
        }
        Err(fault) => done(Err(fault), "/admin/backup", |said| backup_page(&door, said)).await,
    }
}

#[derive(Template)]
#[template(path = "admin_audit.html")]
struct AuditPage {
    frame: Frame,
    tabs: &'static [Tab],
    at: &'static str,
    said: Said,
    lines: Vec<LineRow>,
}

#[derive(Debug)]
struct LineRow {
    id: i64,
    when: When,
    actor: String,
    action: String,
    ticket: Option<(String, String)>,
    detail: String,
}

/// The latest lines; `verify=1` checks the whole chain.
pub(crate) async fn audit(door: Door, Params(params): Params) -> ApiResult<Response> {
    params.only(&["verify"])?;
    let mut said = Said::default();
    if params.one("verify")?.is_some() {
        let verdict = door.desk.verify_audit().await?;
        match verdict.broken {
            None => said.good = Some(format!("{} 条审计记录完好,末端校验值 {}", verdict.sound, verdict.head.hash)),
            Some((line, why)) => said.bad = Some(format!("第 {line} 条{why};此前 {} 条完好", verdict.sound)),
        }
    }
    let (lines, now, pack) = (door.desk.audit_log(LINES).await?, door.desk.now(), door.desk.city());
    let row = |line: crate::store::AuditLine| LineRow {
        id: line.id,
        when: When::new(line.at, now),
        actor: if line.actor == "system" { "系统".into() } else { line.actor },
        action: action_word(&line.action).to_owned(),
        ticket: line.ticket.map(|id| (id.to_string(), ticket_link(id.as_str()))),
        detail: in_words(&line.detail, &pack),
    };
    page(&AuditPage {
        frame: Frame::of(&door.desk, "审计", "/admin").await,
        tabs: TABS,
        at: "/admin/audit",
        said,
        lines: lines.into_iter().rev().map(row).collect(),
    })
}

/// An action of the audit in Chinese.
pub(crate) fn action_word(action: &str) -> &str {
    match action {
        "received" => "登记",
        "triaged" => "研判",
        "decided" => "定性",
        "urgency_raised" => "急度调高",
        "urgency_lowered" => "急度调低",
        "urgency_kept" => "急度保持",
        "handled" => "办理",
        "imported" => "导入",
        "read" => "查看",
        "user_added" => "新增账号",
        "user_changed" => "更改账号",
        "logged_in" => "登录",
        "login_failed" => "登录失败",
        "session_ended" => "会话结束",
        "key_added" => "新增密钥",
        "key_revoked" => "停用密钥",
        "pack_taken" => "启用城市包",
        "index_renewed" => "重建索引",
        "backed_up" => "备份",
        "event_rename" => "事件更名",
        "event_merge" => "事件合并",
        "event_split" => "事件拆分",
        "event_move" => "移到另一事件",
        "event_exclude" => "剔出事件",
        "event_pin" => "固定事件",
        "event_undo" => "撤销事件校正",
        "parent_opened" => "立为母单",
        "parent_attached" => "挂接母单",
        "parent_detached" => "脱离母单",
        "parent_replied" => "母单统一答复",
        "parent_undone" => "解除母单",
        "model_activated" => "启用模型",
        "model_rolled_back" => "退回模型",
        other => other,
    }
}
