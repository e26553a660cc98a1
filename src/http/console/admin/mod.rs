//! 管理: people, keys, sessions, the city pack, words, the state of the parts, backups, the audit.
//!
//! Every form leads back to its page; what was refused is told there, in words.

mod access;
mod backup;
mod jobs;
mod ledger;
mod pack;
mod state;
mod words;

pub(super) use ledger::action_word;

use std::time::Duration;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};

use crate::{
    domain::{Fault, FaultKind},
    http::{
        Lobby,
        error::{ApiResult, status_of},
        params::Pairs,
    },
};

/// A tab of these pages: name, address.
pub(super) type Tab = (&'static str, &'static str);

/// What takes longer than this goes on without whoever asked for it.
const PATIENCE: Duration = Duration::from_secs(8);

/// Bytes of a pack that is sent in.
const LARGEST_PACK: usize = 32 * 1024 * 1024;

/// All of them, in order.
const TABS: &[Tab] = &[
    ("运行状态", "/admin"),
    ("任务", "/admin/jobs"),
    ("账号", "/admin/users"),
    ("接口密钥", "/admin/keys"),
    ("会话", "/admin/sessions"),
    ("城市包", "/admin/pack"),
    ("词语", "/admin/words"),
    ("备份", "/admin/backup"),
    ("审计", "/admin/audit"),
];

/// The pages.
pub(crate) fn routes() -> Router<Lobby> {
    Router::new()
        .route("/admin", get(state::state))
        .route("/admin/index/renew", post(state::renew_index))
        .route("/admin/users", get(access::users).post(access::add_user))
        .route("/admin/users/change", post(access::change_user))
        .route("/admin/keys", get(access::keys).post(access::add_key))
        .route("/admin/keys/revoke", post(access::revoke_key))
        .route("/admin/sessions", get(access::sessions))
        .route("/admin/sessions/end", post(access::end_session))
        .route("/admin/pack", get(pack::pack))
        .route("/admin/pack/take", post(pack::take))
        .route("/admin/pack/copy", post(pack::copy))
        .route("/admin/pack/upload", post(pack::upload).layer(DefaultBodyLimit::max(LARGEST_PACK)))
        .route("/admin/pack/staged/take", post(pack::take_staged))
        .route("/admin/pack/staged/drop", post(pack::drop_staged))
        .route("/admin/words", get(words::words))
        .route("/admin/words/save", post(words::save_words))
        .route("/admin/jobs", get(jobs::jobs))
        .route("/admin/jobs/retry", post(jobs::retry))
        .route("/admin/backup", get(backup::backup).post(backup::back_up))
        .route("/admin/backup/check", post(backup::check))
        .route("/admin/backup/file", post(backup::download))
        .route("/admin/audit", get(ledger::audit))
        .route("/admin/audit/verify", post(ledger::verify))
}

/// What a page says above its content.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) good: Option<String>,
    pub(super) bad: Option<String>,
}

impl Said {
    /// What the address says was done: one of `known`.
    fn of(params: &Pairs, known: &[(&str, &str)]) -> Result<Self, Fault> {
        let said = params.one("said")?;
        let good = known.iter().find(|(word, _)| Some(*word) == said).map(|(_, text)| (*text).to_owned());
        Ok(Self { good, bad: None })
    }
}

/// Back to a page after something was done; or, if it was refused for what was typed, the page again
/// with the reason.
async fn done<F: Future<Output = ApiResult<Response>>>(
    outcome: Result<(), Fault>,
    to: &'static str,
    again: impl FnOnce(Said) -> F,
) -> ApiResult<Response> {
    match outcome {
        Ok(()) => Ok(Redirect::to(to).into_response()),
        Err(fault) if matches!(fault.kind, FaultKind::Invalid | FaultKind::Conflict | FaultKind::NotFound) => {
            let page = again(Said { good: None, bad: Some(fault.message) }).await?;
            Ok((status_of(fault.kind), page).into_response())
        }
        Err(fault) => Err(fault.into()),
    }
}
