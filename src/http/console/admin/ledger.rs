//! The audit: by person, action, ticket and time; and whether it is whole.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};

use super::{PATIENCE, Said, TABS, Tab, done};
use crate::{
    desk::accounts::Verifying,
    domain::{Fault, TicketId, TimeRange, parse_city},
    http::{
        Door,
        console::{
            frame::{Frame, When, link, ticket_link},
            page,
            ticket::in_words,
        },
        error::ApiResult,
        extract::{Form, Params},
        params::Pairs,
        views::seen,
    },
    store::{AuditFilter, Verdict},
};

/// Audit lines on the page.
const LINES: u64 = 100;

#[derive(Template)]
#[template(path = "admin_audit.html")]
struct AuditPage {
    frame: Frame,
    tabs: &'static [Tab],
    at: &'static str,
    said: Said,
    lines: Vec<LineRow>,
    actor: String,
    action: String,
    ticket: String,
    from: String,
    to: String,
    actions: &'static [(&'static str, &'static str)],
    /// The page after this one.
    next: Option<String>,
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

fn filter(params: &Pairs) -> Result<AuditFilter, Fault> {
    let text = |key| Ok::<_, Fault>(params.one(key)?.map(str::trim).filter(|v| !v.is_empty()));
    let before = text("before")?.map(|n| n.parse::<i64>());
    let before = before.transpose().map_err(|_| Fault::invalid("序号须为整数").at("before"))?;
    let time = |key| text(key)?.map(|v| parse_city(v).map_err(|fault| fault.at(key))).transpose();
    Ok(AuditFilter {
        actor: text("actor")?.map(|name| if name == "系统" { "system".to_owned() } else { name.to_owned() }),
        action: text("action")?.map(str::to_owned),
        ticket: text("ticket")?.map(TicketId::new).transpose()?,
        at: TimeRange { from: time("from")?, to: time("to")? },
        before,
    })
}

/// The lines, and what became of the last check.
pub(crate) async fn audit(door: Door, Params(params): Params) -> ApiResult<Response> {
    params.only(&["actor", "action", "ticket", "from", "to", "before"])?;
    let said = door.desk.verifying()?.map(|last| last_check(&door, &last)).unwrap_or_default();
    audit_page(&door, &params, said).await
}

/// Checks the whole chain: a long one in the background.
pub(crate) async fn verify(door: Door, Form(_): Form) -> ApiResult<Response> {
    match tokio::time::timeout(PATIENCE, door.desk.verify_audit()).await {
        Ok(Ok(verdict)) => audit_page(&door, &Pairs::default(), checked(&verdict)).await,
        Ok(Err(fault)) => {
            done(Err(fault), "/admin/audit", |said| async { audit_page(&door, &Pairs::default(), said).await }).await
        }
        Err(_) => Ok(Redirect::to("/admin/audit").into_response()),
    }
}

/// A check that runs, or the last one.
fn last_check(door: &Door, last: &Verifying) -> Said {
    let since = When::new(last.at, door.desk.now()).short;
    match &last.found {
        None => Said {
            good: Some(format!("正在后台校验审计记录({since}开始),离开本页不会中断;刷新可看结果。")),
            bad: None,
        },
        Some(Ok(verdict)) => {
            let Said { good, bad } = checked(verdict);
            let dated = |text: String| format!("{since}校验:{text}");
            Said { good: good.map(dated), bad: bad.map(dated) }
        }
        Some(Err(why)) => Said { good: None, bad: Some(format!("{since}校验未完成:{why}")) },
    }
}

fn checked(verdict: &Verdict) -> Said {
    match verdict.broken {
        None => {
            let good = format!("{} 条审计记录完好,末端校验值 {}", verdict.sound, verdict.head.hash);
            Said { good: Some(good), bad: None }
        }
        Some((line, why)) => {
            Said { good: None, bad: Some(format!("第 {line} 条{why};此前 {} 条完好", verdict.sound)) }
        }
    }
}

async fn audit_page(door: &Door, params: &Pairs, said: Said) -> ApiResult<Response> {
    let filter = filter(params)?;
    let (lines, now, pack) = (door.desk.audit_lines(&filter, LINES).await?, door.desk.now(), door.desk.city());
    let last = lines.last().filter(|_| lines.len() as u64 == LINES).map(|line| line.id.to_string());
    let open = door.desk.actor().sees_personal_data();
    let next = last.map(|last| {
        let mut pairs: Vec<(&str, &str)> =
            params.iter().filter(|(key, value)| *key != "before" && !value.is_empty()).collect();
        pairs.push(("before", &last));
        link("/admin/audit", pairs)
    });
    let row = |line: crate::store::AuditLine| LineRow {
        id: line.id,
        when: When::new(line.at, now),
        actor: if line.actor == "system" { "系统".into() } else { line.actor },
        action: action_word(&line.action).to_owned(),
        // What is written about a ticket may name its citizen; the rest is of the house.
        detail: in_words(&seen(&line.detail, open || line.ticket.is_none()), &pack),
        ticket: line.ticket.map(|id| (id.to_string(), ticket_link(id.as_str()))),
    };
    let field = |key| params.one(key).map(|v| v.unwrap_or_default().to_owned());
    page(&AuditPage {
        frame: Frame::of(&door.desk, "审计", "/admin").await,
        tabs: TABS,
        at: "/admin/audit",
        said,
        lines: lines.into_iter().map(row).collect(),
        actor: field("actor")?,
        action: field("action")?,
        ticket: field("ticket")?,
        from: field("from")?,
        to: field("to")?,
        actions: ACTIONS,
        next,
    })
}

/// Actions of the audit in Chinese.
const ACTIONS: &[(&str, &str)] = &[
    ("received", "登记"),
    ("triaged", "研判"),
    ("decided", "定性"),
    ("urgency_raised", "急度调高"),
    ("urgency_lowered", "急度调低"),
    ("urgency_kept", "急度保持"),
    ("handled", "办理"),
    ("imported", "导入"),
    ("transferred", "转接"),
    ("dispatched", "派单"),
    ("signed", "签收"),
    ("returned", "退单"),
    ("contacted", "联系"),
    ("replied", "答复"),
    ("revisited", "回访"),
    ("reopened", "二次办理"),
    ("archived", "归档"),
    ("assigned", "指定经办人"),
    ("marked", "标注"),
    ("noted", "备注"),
    ("whistled", "吹哨"),
    ("reported", "报到"),
    ("repeat_marked", "标为重复"),
    ("repeat_unmarked", "取消重复"),
    ("exported", "导出"),
    ("order_issued", "督办"),
    ("order_closed", "督办办结"),
    ("event_rename", "事件更名"),
    ("event_merge", "事件合并"),
    ("event_split", "事件拆分"),
    ("event_move", "移到另一事件"),
    ("event_exclude", "剔出事件"),
    ("event_pin", "固定事件"),
    ("event_undo", "撤销事件校正"),
    ("parent_opened", "立为母单"),
    ("parent_attached", "挂接母单"),
    ("parent_detached", "脱离母单"),
    ("parent_replied", "母单统一答复"),
    ("parent_undone", "解除母单"),
    ("brief_make", "生成简报"),
    ("brief_edit", "修改简报"),
    ("brief_check", "核稿"),
    ("brief_issue", "签发"),
    ("brief_renew", "重算简报"),
    ("brief_rephrase", "请模型改写"),
    ("brief_rephrase_accept", "采用改写"),
    ("brief_restore", "恢复规则文字"),
    ("brief_instruct", "批示"),
    ("brief_instruction_step", "批示进展"),
    ("list_kept", "保存筛选"),
    ("list_dropped", "删去筛选"),
    ("search_kept", "关注检索"),
    ("search_dropped", "取消关注"),
    ("read", "查看"),
    ("caller_searched", "按来电人查找"),
    ("user_added", "新增账号"),
    ("user_changed", "更改账号"),
    ("logged_in", "登录"),
    ("login_failed", "登录失败"),
    ("session_ended", "会话结束"),
    ("key_added", "新增密钥"),
    ("key_revoked", "停用密钥"),
    ("pack_taken", "启用城市包"),
    ("pack_copied", "复制城市包"),
    ("pack_staged", "上传城市包"),
    ("pack_dropped", "放弃城市包"),
    ("words_changed", "更改词语"),
    ("index_renewed", "重建索引"),
    ("jobs_retried", "重试任务"),
    ("backed_up", "备份"),
    ("backup_taken", "下载备份"),
    ("model_compared", "比较模型"),
    ("model_activated", "启用模型"),
    ("model_rolled_back", "退回模型"),
];

/// An action of the audit in Chinese.
pub(crate) fn action_word(action: &str) -> &str {
    ACTIONS.iter().find(|(word, _)| *word == action).map_or(action, |(_, label)| label)
}
