//! Jobs: what waits, what runs, what failed and why.

use askama::Template;
use axum::response::Response;

use super::{Said, TABS, Tab, backup::running, done};
use crate::{
    desk::upkeep::{JobState, JobView},
    domain::{Fault, JobKind},
    http::{
        Door,
        console::{
            frame::{Frame, When, grouped, ticket_link},
            page,
        },
        error::{ApiResult, is_chinese},
        extract::{Form, Params},
        params::Pairs,
    },
};

#[derive(Template)]
#[template(path = "admin_jobs.html")]
struct JobsPage {
    frame: Frame,
    tabs: &'static [Tab],
    at: &'static str,
    said: Said,
    open: String,
    lag: String,
    rebuild: Option<&'static str>,
    /// A backup that is made or read back.
    backup: Option<String>,
    jobs: Vec<JobRow>,
    failed: bool,
}

#[derive(Debug)]
struct JobRow {
    id: i64,
    kind: &'static str,
    ticket: String,
    href: String,
    state: &'static str,
    word: &'static str,
    attempts: i64,
    due: When,
    error: String,
    failed: bool,
}

fn row(job: JobView, now: jiff::Timestamp) -> JobRow {
    let (state, word) = match job.state {
        JobState::Failed => ("bad", "失败,稍后自动重试"),
        JobState::Running => ("ok", "进行中"),
        JobState::Pending => ("", "等待"),
    };
    let line = job.line;
    JobRow {
        id: line.id,
        kind: match line.kind {
            JobKind::Triage => "补充研判",
        },
        href: ticket_link(line.ticket.as_str()),
        ticket: line.ticket.to_string(),
        state,
        word,
        attempts: line.attempts,
        due: When::new(line.due_at, now),
        error: match line.error {
            Some(why) if !is_chinese(&why) => "研判没有完成,原因见服务日志".to_owned(),
            why => why.unwrap_or_default(),
        },
        failed: job.state == JobState::Failed,
    }
}

async fn jobs_page(door: &Door, said: Said) -> ApiResult<Response> {
    let (jobs, health, now) = (door.desk.jobs().await?, door.desk.health().await, door.desk.now());
    let jobs: Vec<JobRow> = jobs.into_iter().map(|job| row(job, now)).collect();
    page(&JobsPage {
        frame: Frame::of(&door.desk, "任务", "/admin").await,
        tabs: TABS,
        at: "/admin/jobs",
        said,
        open: grouped(health.triage_waiting),
        lag: grouped(health.index_lag.unsigned_abs()),
        rebuild: health.rebuild.map(|why| why.label()),
        backup: door.desk.copying()?.filter(|last| last.found.is_none()).map(|last| running(&last)),
        failed: jobs.iter().any(|job| job.failed),
        jobs,
    })
}

/// The jobs.
pub(crate) async fn jobs(door: Door, Params(params): Params) -> ApiResult<Response> {
    jobs_page(&door, Said::of(&params, &[("retried", "已重新排队,数秒内开始。")])?).await
}

async fn retried(door: &Door, form: &Pairs) -> Result<(), Fault> {
    let id = match form.one("id")? {
        Some(id) => Some(id.parse().map_err(|_| Fault::invalid("任务编号须为整数").at("id"))?),
        None => None,
    };
    door.desk.retry_jobs(id).await.map(drop)
}

/// Tries a failed one again, or all of them.
pub(crate) async fn retry(door: Door, Form(form): Form) -> ApiResult<Response> {
    done(retried(&door, &form).await, "/admin/jobs?said=retried", |said| jobs_page(&door, said)).await
}
