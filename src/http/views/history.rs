//! Decisions and audit lines on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    city::CityPack,
    domain::{Decision, DecisionKind, Labels, format_city},
    http::views::{LabelsView, TriageView, seen},
    store::AuditLine,
};

/// What happened to a ticket.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HistoryView {
    /// Decisions, oldest first.
    pub decisions: Vec<DecisionView>,
    /// Audit lines, oldest first.
    pub audit: Vec<AuditView>,
}

/// A person's decision with the suggestion that it answered.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DecisionView {
    /// When.
    pub at: String,
    /// By whom.
    pub actor: String,
    /// `accept`, `correct` or `unaided`.
    pub kind: String,
    /// What was decided.
    pub labels: LabelsView,
    /// Why.
    pub reason: Option<String>,
    /// The suggestion as it stood.
    pub suggestion: Option<TriageView>,
}

/// A line of the audit trail.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditView {
    /// When.
    pub at: String,
    /// By whom.
    pub actor: String,
    /// `received`, `triaged`, `decided`, …
    pub action: String,
    /// Short detail.
    pub detail: String,
}

impl HistoryView {
    /// A history; `open` shows personal data in what people wrote.
    pub fn of(history: &(Vec<Decision>, Vec<AuditLine>), pack: &CityPack, open: bool) -> Self {
        let decision = |d: &Decision| DecisionView {
            at: format_city(d.at),
            actor: d.actor.name.clone(),
            kind: kind_words(d.kind).0.into(),
            labels: LabelsView::of(&d.labels, pack),
            reason: d.reason.as_deref().map(|r| seen(r, open)),
            suggestion: d.suggestion.as_ref().map(|s| TriageView::of(s, pack, None)),
        };
        let line = |l: &AuditLine| AuditView {
            at: format_city(l.at),
            actor: l.actor.clone(),
            action: l.action.clone(),
            // A reason may stand in it that a person wrote.
            detail: seen(&l.detail, open),
        };
        Self { decisions: history.0.iter().map(decision).collect(), audit: history.1.iter().map(line).collect() }
    }
}

/// Code and word of a kind of decision.
pub(crate) fn kind_words(kind: DecisionKind) -> (&'static str, &'static str) {
    match kind {
        DecisionKind::Accept => ("accept", "采纳"),
        DecisionKind::Correct => ("correct", "更正"),
        DecisionKind::Unaided => ("unaided", "自定"),
    }
}

/// The decided labels as one line for people: 类别 交通设施 / 道路养护 · 主办 市政局.
pub(crate) fn labels_line(labels: &Labels, pack: &CityPack) -> String {
    let view = LabelsView::of(labels, pack);
    let flags = view.flags.filter(|flags| !flags.is_empty()).map(|flags| flags.join(" "));
    [
        ("类型", view.appeal_type),
        ("类别", view.category_name.or(view.category)),
        ("主办", view.department),
        ("急度", labels.urgency.map(|u| format!("{} {}", u.code(), u.label()))),
        ("标记", flags),
    ]
    .into_iter()
    .filter_map(|(name, value)| value.map(|v| format!("{name} {v}")))
    .collect::<Vec<_>>()
    .join(" · ")
}
