//! Which path needs which right: one table, looked at before any handler runs. The desk checks what it
//! does once more.

use axum::http::Method;

use crate::domain::{Actor, Fault, FaultKind, Right};

/// Who may come in at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody: the entrance itself.
    Public,
    /// Whoever is known, and this machine: for the eyes of its service manager.
    Known,
    /// Whoever is known, whatever the role.
    Anyone,
    /// Whoever has the right.
    Needs(Right),
    /// A path that is not in the table: whoever reaches the whole city.
    Unlisted,
}

use Access::{Anyone, Known, Needs, Public};

/// By path; the longest that fits counts.
const TABLE: &[(&str, Access)] = &[
    ("/assets", Public),
    ("/favicon.ico", Public),
    ("/login", Public),
    ("/first-run", Public),
    ("/api/v1/ready", Public),
    ("/api/v1/health", Known),
    ("/api/v1/metrics", Known),
    ("/", Anyone),
    ("/logout", Anyone),
    ("/account", Anyone),
    ("/help", Anyone),
    ("/look", Anyone),
    ("/api/docs", Needs(Right::Admin)),
    ("/api/v1/openapi.json", Anyone),
    ("/api/v1/city", Anyone),
    ("/intake", Needs(Right::Receive)),
    ("/api/v1/triage", Needs(Right::Receive)),
    ("/api/v1/similar", Needs(Right::Receive)),
    ("/api/v1/split", Needs(Right::Receive)),
    ("/api/v1/calls", Needs(Right::Receive)),
    ("/api/v1/acts", Needs(Right::Handle)),
    ("/api/v1/lists", Needs(Right::Read)),
    ("/api/v1/export", Needs(Right::Export)),
    ("/api/v1/appeals", Needs(Right::Read)),
    ("/tickets", Needs(Right::Read)),
    ("/search", Needs(Right::Read)),
    ("/api/v1/search", Needs(Right::Read)),
    ("/watches", Needs(Right::Watch)),
    ("/api/v1/searches", Needs(Right::Watch)),
    ("/api/v1/alerts", Needs(Right::Watch)),
    ("/topics", Needs(Right::Insight)),
    ("/events", Needs(Right::Insight)),
    ("/api/v1/topics", Needs(Right::Insight)),
    ("/api/v1/events", Needs(Right::Insight)),
    ("/causes", Needs(Right::Insight)),
    ("/api/v1/causes", Needs(Right::Insight)),
    ("/api/v1/trends", Needs(Right::Insight)),
    ("/api/v1/alarms", Needs(Right::Insight)),
    ("/cockpit", Needs(Right::Cockpit)),
    ("/api/v1/cockpit", Needs(Right::Cockpit)),
    ("/briefs", Needs(Right::Brief)),
    ("/audit", Needs(Right::Brief)),
    ("/api/v1/briefs", Needs(Right::Brief)),
    ("/api/v1/audit", Needs(Right::Brief)),
    ("/supervise", Needs(Right::Supervise)),
    ("/api/v1/supervise", Needs(Right::Supervise)),
    ("/quality", Needs(Right::Quality)),
    ("/admin", Needs(Right::Admin)),
    ("/api/v1/admin", Needs(Right::Admin)),
];

/// Who may come in at a path.
pub(crate) fn of(method: &Method, path: &str) -> Access {
    if *method == Method::POST && path == "/api/v1/appeals" {
        return Needs(Right::Receive);
    }
    if *method == Method::POST && ["/events/", "/api/v1/events/", "/api/v1/topics/"].iter().any(|p| path.starts_with(p))
    {
        return Needs(Right::Correct);
    }
    let fits = |own: &str| match path.strip_prefix(own) {
        Some(rest) => rest.is_empty() || (own != "/" && rest.starts_with('/')),
        None => false,
    };
    let found = TABLE.iter().filter(|(own, _)| fits(own)).max_by_key(|(own, _)| own.len());
    found.map_or(Access::Unlisted, |(_, access)| *access)
}

impl Access {
    /// Refuses somebody who is known.
    pub(crate) fn admits(self, actor: &Actor) -> Result<(), Fault> {
        match self {
            Access::Public | Access::Known | Access::Anyone => Ok(()),
            Access::Needs(right) => actor.needs(right),
            Access::Unlisted if actor.reach.is_all() => Ok(()),
            Access::Unlisted => Err(Fault::new(FaultKind::Forbidden, "此页涉及全市数据,管辖范围受限的账号不能使用")),
        }
    }
}
