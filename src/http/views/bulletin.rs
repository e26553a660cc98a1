//! A bulletin that is audited, on the wire.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::report::audit::{Check, read::Form};

/// A bulletin as text.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulletinInput {
    /// The text; at most as long as a body may be.
    pub text: String,
}

/// What the arithmetic says of one claim.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BulletinCheckView {
    /// `agrees`, `disagrees` or `cannot be checked`.
    pub verdict: &'static str,
    /// The claim as it stands in the text.
    pub claim: String,
    /// Its first character.
    pub start: usize,
    /// The first character behind it.
    pub end: usize,
    /// What should stand there; null if it cannot be told.
    pub expected: Option<String>,
    /// What stands there.
    pub given: String,
    /// share, sum, change, points, multiple, average, rate, rank or table.
    pub kind: &'static str,
    /// The kind in Chinese.
    pub kind_name: &'static str,
    /// What the claim is of, in words.
    pub denominator: Option<String>,
    /// The arithmetic in words.
    pub arithmetic: String,
    /// Why this verdict.
    pub reason: String,
}

impl BulletinCheckView {
    fn of(check: Check) -> Self {
        Self {
            verdict: check.verdict.name(),
            kind: check.kind.name(),
            kind_name: check.kind.label(),
            claim: check.claim,
            start: check.start,
            end: check.end,
            expected: check.expected,
            given: check.given,
            denominator: check.denominator,
            arithmetic: check.arithmetic,
            reason: check.reason,
        }
    }
}

/// An audited bulletin.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BulletinView {
    /// `text`, `docx` or `html`.
    pub form: &'static str,
    /// The text that positions are of; null where it is the text that was sent.
    pub text: Option<String>,
    /// Every check, in the order of the text.
    pub checks: Vec<BulletinCheckView>,
}

impl BulletinView {
    /// The view of checks; a file's text goes with them.
    pub(crate) fn of(checks: Vec<Check>, form: Form, text: Option<String>) -> Self {
        let form = match form {
            Form::Text => "text",
            Form::Docx => "docx",
            Form::Html => "html",
        };
        Self { form, text, checks: checks.into_iter().map(BulletinCheckView::of).collect() }
    }
}
