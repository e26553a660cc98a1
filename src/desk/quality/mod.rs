//! How good are the suggestions, by what people decided? And which tickets should a person look at
//! first, because the next model would learn most from them?

mod compare;
mod judged;
mod models;
mod queue;

pub use compare::{Compared, Comparing};
pub use models::Models;
pub use queue::Doubt;

use crate::domain::{Decision, Fault, Head, Right, Ticket};

use super::Desk;
use judged::judged;

/// Decisions that are looked at: the latest ones.
const DECISIONS: u64 = 5_000;
/// Rows of one table.
const ROWS: usize = 15;
/// Tickets of one confusion.
const CONFUSED: usize = 50;

/// How often a head's suggestion was what a person decided.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Adoption {
    /// Decided tickets that had a suggestion of this head: the denominator.
    pub of: u64,
    /// The first suggestion was decided.
    pub first: u64,
    /// One of the first three was.
    pub third: u64,
}

/// What was suggested with a certainty, and how often it was right.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// Lower end of the certainty, inclusive.
    pub from: f32,
    /// Upper end.
    pub to: f32,
    /// How many.
    pub of: u64,
    /// How many of them were right.
    pub right: u64,
    /// Sum of the certainties.
    pub sum: f64,
}

/// The page.
#[derive(Clone, Debug, Default)]
pub struct QualityReport {
    /// Decisions that were read.
    pub decisions: u64,
    /// Of them without a suggestion.
    pub unaided: u64,
    /// By head, in the order of [`Head`].
    pub heads: Vec<(Head, Adoption)>,
    /// By suggested category: code and adoption, the most decided first.
    pub categories: Vec<(String, Adoption)>,
    /// Suggested category, decided one, how often.
    pub confused: Vec<(String, String, u64)>,
    /// The same of departments.
    pub departments: Vec<(String, String, u64)>,
    /// Certainty of the first category against what was decided.
    pub bins: Vec<Bin>,
    /// By bundle: its id and how its first category did.
    pub models: Vec<(String, Adoption)>,
    /// Undecided tickets, the most doubtful first.
    pub queue: Vec<(Ticket, Vec<Doubt>)>,
}

impl Desk {
    /// Adoption, confusion and calibration over the latest decisions, and the queue for labelling.
    ///
    /// # Errors
    /// Not allowed, or the store failed.
    pub async fn quality(&self) -> Result<QualityReport, Fault> {
        self.actor().needs(Right::Quality)?;
        let decisions = self.room.store.latest_decisions(DECISIONS).await?;
        let mut report = judged(&decisions);
        report.queue = self.doubtful(None).await?;
        Ok(report)
    }

    /// Tickets on which one label was suggested first and another decided, with the decision: the newest
    /// first.
    ///
    /// # Errors
    /// Not allowed, or the store failed.
    pub async fn confused(&self, head: Head, suggested: &str, decided: &str) -> Result<Vec<(Ticket, Decision)>, Fault> {
        self.actor().needs(Right::Quality)?;
        let mut decisions = self.room.store.latest_decisions(DECISIONS).await?;
        decisions.retain(|d| {
            let said = d.suggestion.as_ref().and_then(|s| s.top(head));
            said == Some(suggested) && judged::label(d, head).as_deref() == Some(decided)
        });
        decisions.truncate(CONFUSED);
        let ids: Vec<_> = decisions.iter().map(|d| d.ticket.clone()).collect();
        let tickets = self.room.store.tickets(&ids).await?;
        let own = |d: Decision| Some((tickets.iter().find(|t| t.id == d.ticket)?.clone(), d));
        Ok(decisions.into_iter().filter_map(own).filter(|(ticket, _)| self.reaches(ticket)).collect())
    }
}
