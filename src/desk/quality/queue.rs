//! Which tickets should a person look at first, because the next model would learn most from them?

use crate::domain::{Candidate, Fault, Right, Suggestion, Ticket, Urgency};

use super::super::Desk;

/// Tickets that are looked at: those that changed last.
const TICKETS: i64 = 3_000;
/// Tickets to look at first.
const QUEUE: usize = 30;
/// Under this the first category is a guess.
const LOW: f32 = 0.5;

/// Why a ticket should be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// The model is unsure of the category.
    Unsure,
    /// Similar cases went to another department.
    Precedent,
    /// Rules and model are two levels apart.
    Urgency,
}

impl Doubt {
    /// All of them.
    pub const ALL: [Doubt; 3] = [Doubt::Unsure, Doubt::Precedent, Doubt::Urgency];
}

impl Desk {
    /// Undecided tickets with a doubt (of one kind, if one is named): more doubts first, then the ones
    /// whose two best categories lie closest together (margin sampling).
    ///
    /// # Errors
    /// Not allowed, or the store failed.
    pub async fn doubtful(&self, only: Option<Doubt>) -> Result<Vec<(Ticket, Vec<Doubt>)>, Fault> {
        self.actor().needs(Right::Quality)?;
        let store = &self.room.store;
        let from = (store.last_seq().await? - TICKETS).max(0);
        let tickets = store.tickets_after(from, TICKETS.unsigned_abs()).await?;
        let mut queue: Vec<(Ticket, Vec<Doubt>)> = tickets
            .into_iter()
            .filter(|ticket| ticket.labels.category.is_none() && self.reaches(ticket))
            .filter_map(|ticket| {
                let doubts = doubts(ticket.suggestion.as_ref()?);
                let wanted = only.map_or(!doubts.is_empty(), |only| doubts.contains(&only));
                wanted.then_some((ticket, doubts))
            })
            .collect();
        queue.sort_by(|(a, x), (b, y)| {
            y.len().cmp(&x.len()).then(margin(a).total_cmp(&margin(b))).then(a.id.cmp(&b.id))
        });
        queue.truncate(QUEUE);
        Ok(queue)
    }
}

/// How far the first category lies before the second.
fn margin(ticket: &Ticket) -> f32 {
    let Some(suggestion) = &ticket.suggestion else { return 1.0 };
    let p = |n: usize| suggestion.category.get(n).map_or(0.0, |c| c.p);
    p(0) - p(1)
}

fn doubts(suggestion: &Suggestion) -> Vec<Doubt> {
    let first = |list: &[Candidate]| list.first().cloned();
    let unsure = suggestion.uncertain || first(&suggestion.category).is_some_and(|c| c.p < LOW);
    let elsewhere = match (&suggestion.precedent, first(&suggestion.department)) {
        (Some(own), Some(department)) => own.department != department.label && own.cases * 2 > own.of,
        _ => false,
    };
    let model = Urgency::ALL.iter().zip(suggestion.urgency.model).max_by(|a, b| a.1.total_cmp(&b.1));
    let rank = |level: Urgency| Urgency::ALL.iter().position(|l| *l == level).unwrap_or(0);
    let apart = match (suggestion.urgency.floor, model) {
        (Some(floor), Some((level, p))) if p > 0.0 => rank(floor).abs_diff(rank(*level)) >= 2,
        _ => false,
    };
    [(Doubt::Unsure, unsure), (Doubt::Precedent, elsewhere), (Doubt::Urgency, apart)]
        .into_iter()
        .filter(|(_, there)| *there)
        .map(|(doubt, _)| doubt)
        .collect()
}
