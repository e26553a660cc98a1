//! Decided cases become voters: what a person decides now speaks for the next similar appeal.
//!
//! The memory of the triager that answers is kept in step with the change sequence. After a restart, or
//! with another bundle, it fills up again from the store, newest state only; vectors come from disk where
//! they were kept, else from the model at the pace that people leave.

use std::{collections::HashMap, sync::Arc};

use tracing::{info, warn};

use crate::{
    domain::{Appeal, Fault, FaultKind, Ticket, TicketId, TriageState},
    model::memory::{Decided, Memory, Quantised},
};

use super::{Desk, trouble::lost, vectors::VectorFile};

/// Tickets looked at with one step.
const BATCH: u64 = 256;

/// How far a follower has come.
#[derive(Debug, Default)]
pub struct Remembering {
    /// The memory that is filled; another one begins from the start.
    memory: Option<Arc<Memory>>,
    seq: i64,
    file: Option<VectorFile>,
}

/// What was decided, if it may vote. A ticket whose triage waits is left for later: its own decision must
/// not speak for its own suggestion.
fn decided(ticket: &Ticket) -> Option<Decided> {
    let labels = &ticket.labels;
    let voter = ticket.triage != TriageState::Waiting && (labels.category.is_some() || labels.department.is_some());
    voter.then(|| Decided {
        appeal_type: labels.appeal_type.map(|t| t.label().to_owned()),
        category: labels.category.clone(),
        department: labels.department.clone(),
    })
}

impl Desk {
    /// Takes the next changes into the memory of decided cases; 0 when it is up to date (or there is no
    /// bundle).
    ///
    /// # Errors
    /// The store or the model failed; the same step can be tried again.
    pub async fn remember_step(&self, place: &mut Remembering) -> Result<usize, Fault> {
        let Some(memory) = self.room.infer.current().memory.clone() else { return Ok(0) };
        if place.memory.as_ref().is_none_or(|m| !Arc::ptr_eq(m, &memory)) {
            let file = self.vector_file(&memory).await;
            *place = Remembering { memory: Some(memory.clone()), seq: 0, file };
        }
        let tickets = self.room.store.tickets_after(place.seq, BATCH).await?;
        let Some(seq) = tickets.iter().map(|t| t.seq).max() else { return Ok(0) };
        let mut voters: Vec<(&Ticket, Decided)> = Vec::new();
        for ticket in &tickets {
            match decided(ticket) {
                Some(decided) => voters.push((ticket, decided)),
                None => {
                    memory.forget(&ticket.id);
                }
            }
        }
        let vectors = self.vectors_of(&voters, place).await?;
        for (ticket, decided) in voters {
            if let Some(vector) = vectors.get(&ticket.id) {
                memory.put(&ticket.id, vector, decided);
            }
        }
        place.seq = seq;
        metrics::gauge!("tingsu_remembered_cases").set(memory.len() as f64);
        Ok(tickets.len())
    }

    async fn vectors_of(
        &self,
        voters: &[(&Ticket, Decided)],
        place: &mut Remembering,
    ) -> Result<HashMap<TicketId, Quantised>, Fault> {
        let mut vectors = HashMap::new();
        let mut open: Vec<(TicketId, Appeal)> = Vec::new();
        for (ticket, _) in voters {
            match place.file.as_ref().and_then(|f| f.held.get(&ticket.id)) {
                Some(vector) => {
                    vectors.insert(ticket.id.clone(), vector.clone());
                }
                None => open.push((ticket.id.clone(), ticket.content.appeal.clone())),
            }
        }
        if open.is_empty() {
            return Ok(vectors);
        }
        let (infer, appeals) = (self.room.infer.clone(), open.iter().map(|(_, a)| a.clone()).collect());
        let suggestions = tokio::task::spawn_blocking(move || infer.triage_many(appeals, false))
            .await
            .map_err(|_| lost("reading decided cases"))?
            .map_err(|e| Fault::new(FaultKind::Unavailable, e.to_string()))?;
        let fresh: Vec<(TicketId, Quantised)> = open
            .into_iter()
            .zip(suggestions)
            .filter_map(|((id, _), s)| Some((id, Quantised::of(&s.vector?))))
            .collect();
        if let Some(file) = &mut place.file
            && let Err(error) = file.append(&fresh)
        {
            warn!(%error, "vectors cannot be kept on disk; they are computed again after a restart");
            place.file = None;
        }
        if let Some(file) = &mut place.file {
            file.held.extend(fresh.iter().cloned());
        }
        vectors.extend(fresh);
        Ok(vectors)
    }

    async fn vector_file(&self, memory: &Arc<Memory>) -> Option<VectorFile> {
        let dir = self.room.config.vectors.clone()?;
        let own = memory.clone();
        let opened = tokio::task::spawn_blocking(move || VectorFile::open(&dir, own.bundle(), own.width())).await;
        match opened {
            Ok(Ok(file)) => {
                info!(vectors = file.held.len(), bundle = memory.bundle(), "vectors of an earlier run");
                Some(file)
            }
            Ok(Err(error)) => {
                warn!(%error, "the folder of vectors cannot be used; vectors are computed again after a restart");
                None
            }
            Err(_) => None,
        }
    }
}
