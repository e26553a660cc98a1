//! Every ticket gets its sentence vector, for the search; decided cases become voters besides: what a
//! person decides now speaks for the next similar appeal.
//!
//! Vectors and memory are kept in step with the change sequence. After a restart, or with another bundle,
//! they fill up again from the store, newest state only; vectors come from disk where they were kept, else
//! from the model. Until a ticket has its vector, it is found by its words.

use std::sync::Arc;

use tracing::{info, warn};

use crate::{
    domain::{Appeal, Fault, Ticket, TicketId, TriageState},
    insight::Heard,
    model::{
        Bundle, ModelInput,
        memory::{Decided, Memory},
    },
    numeric::Quantised,
    search::Vectors,
    text::Normalized,
};

use super::{
    Desk,
    trouble::lost,
    vectors::{VectorFile, load},
};

/// Tickets looked at with one step.
const BATCH: u64 = 256;
/// Vectors made at once where nobody keeps them: a matter of seconds.
const MOST_AT_ONCE: usize = 2_000;

/// How far a follower has come.
#[derive(Debug, Default)]
pub struct Remembering {
    /// What is filled; those of another bundle begin from the start.
    filled: Option<(Arc<Memory>, Arc<Vectors>)>,
    seq: i64,
    file: Option<VectorFile>,
    /// Whether the file of vectors is another process's.
    only_reads: bool,
}

impl Remembering {
    /// Beside a running service, which keeps the file of vectors: it is read, not written.
    pub fn beside_service() -> Self {
        Self { only_reads: true, ..Self::default() }
    }
}

/// What was decided, if it may vote.
fn decided(ticket: &Ticket) -> Option<Decided> {
    let labels = &ticket.labels;
    (labels.category.is_some() || labels.department.is_some()).then(|| Decided {
        appeal_type: labels.appeal_type.map(|t| t.label().to_owned()),
        category: labels.category.clone(),
        department: labels.department.clone(),
    })
}

/// What the encoder reads of an appeal.
fn input(appeal: &Appeal) -> ModelInput {
    let words = |text: &str| Normalized::of(text).text().to_owned();
    ModelInput { title: words(&appeal.title), text: words(&appeal.text) }
}

impl Desk {
    /// Takes the next changes into vectors and memory; 0 when they are up to date (or there is no bundle
    /// with learned vectors).
    ///
    /// # Errors
    /// The store failed; the same step can be tried again.
    pub async fn remember_step(&self, place: &mut Remembering) -> Result<usize, Fault> {
        let triager = self.room.infer.current();
        let (Some(memory), Some(bundle)) = (triager.memory.clone(), triager.bundle.clone()) else {
            self.room.index.set_vectors(None);
            return Ok(0);
        };
        let same = |filled: &&(Arc<Memory>, Arc<Vectors>)| Arc::ptr_eq(&filled.0, &memory);
        let vectors = match place.filled.as_ref().filter(same) {
            Some((_, vectors)) => vectors.clone(),
            None => {
                let vectors = Arc::new(Vectors::new(memory.bundle(), memory.width()));
                let file = self.vector_file(&vectors, place.only_reads).await;
                let filled = Some((memory.clone(), vectors.clone()));
                *place = Remembering { filled, seq: 0, file, only_reads: place.only_reads };
                self.room.index.set_vectors(Some(vectors.clone()));
                vectors
            }
        };
        let tickets = self.room.store.tickets_after(place.seq, BATCH).await?;
        let Some(seq) = tickets.iter().map(|t| t.seq).max() else { return Ok(0) };
        // A ticket whose triage waits comes again when that is done: its own decision must not speak for
        // its own suggestion, and the suggestion is awaited more than the vector.
        let (waiting, ready): (Vec<&Ticket>, Vec<&Ticket>) =
            tickets.iter().partition(|t| t.triage == TriageState::Waiting);
        self.embed(&bundle, &vectors, &ready, &mut place.file).await?;
        if vectors.unarranged() {
            let own = vectors.clone();
            tokio::task::spawn_blocking(move || own.arrange()).await.map_err(|_| lost("sorting sentence vectors"))?;
        }
        for ticket in waiting {
            memory.forget(&ticket.id);
        }
        for ticket in ready {
            match (decided(ticket), vectors.get(&ticket.id)) {
                (Some(decided), Some((values, scale))) => {
                    memory.put(&ticket.id, &Quantised { values, scale }, decided);
                }
                _ => {
                    memory.forget(&ticket.id);
                }
            }
        }
        place.seq = seq;
        metrics::gauge!("tingsu_remembered_cases").set(memory.len() as f64);
        metrics::gauge!("tingsu_search_vectors").set(vectors.len() as f64);
        Ok(tickets.len())
    }

    /// The sentence vectors that are at hand: those that are searched, else those kept on disk. Of the appeals named,
    /// where no service keeps up with them, the missing ones are made (and kept nowhere) if they are few.
    pub(super) async fn vectors_at_hand(&self, named: &[Heard]) -> Option<Arc<Vectors>> {
        if let Some(vectors) = self.room.index.vectors() {
            return Some(vectors);
        }
        let triager = self.room.infer.current();
        let (memory, bundle) = (triager.memory.clone()?, triager.bundle.clone()?);
        let dir = self.room.config.vectors.clone();
        let words = |text: &str| Normalized::of(text).text().to_owned();
        let named: Vec<(TicketId, ModelInput)> = named
            .iter()
            .filter_map(|h| {
                let input = ModelInput { title: words(&h.title), text: words(&h.text) };
                TicketId::new(h.id.clone()).ok().map(|id| (id, input))
            })
            .collect();
        let made = tokio::task::spawn_blocking(move || {
            let vectors = Arc::new(Vectors::new(memory.bundle(), memory.width()));
            if let Some(error) = dir.and_then(|dir| load(&dir, &vectors).err()) {
                warn!(%error, "kept vectors cannot be read");
            }
            let open: Vec<(TicketId, ModelInput)> = named.into_iter().filter(|(id, _)| !vectors.holds(id)).collect();
            if open.len() <= MOST_AT_ONCE {
                let (ids, inputs): (Vec<TicketId>, Vec<ModelInput>) = open.into_iter().unzip();
                let fresh: Vec<Quantised> = bundle.vectors(&inputs).iter().map(|v| Quantised::of(v)).collect();
                vectors.put(ids.iter().zip(&fresh).map(|(id, v)| (id, v.slice())));
            }
            vectors
        });
        made.await.ok()
    }

    /// Makes the vectors that are missing, and keeps them on disk.
    async fn embed(
        &self,
        bundle: &Arc<Bundle>,
        vectors: &Vectors,
        tickets: &[&Ticket],
        file: &mut Option<VectorFile>,
    ) -> Result<(), Fault> {
        let open: Vec<&&Ticket> = tickets.iter().filter(|t| !vectors.holds(&t.id)).collect();
        if open.is_empty() {
            return Ok(());
        }
        let (bundle, inputs) = (bundle.clone(), open.iter().map(|t| input(&t.content.appeal)).collect::<Vec<_>>());
        let made = tokio::task::spawn_blocking(move || bundle.vectors(&inputs))
            .await
            .map_err(|_| lost("making sentence vectors"))?;
        let fresh: Vec<(TicketId, Quantised)> =
            open.iter().zip(made).map(|(t, v)| (t.id.clone(), Quantised::of(&v))).collect();
        if let Some(kept) = file
            && let Err(error) = kept.append(&fresh)
        {
            warn!(%error, "vectors cannot be kept on disk; they are computed again after a restart");
            *file = None;
        }
        vectors.put(fresh.iter().map(|(id, v)| (id, v.slice())));
        Ok(())
    }

    async fn vector_file(&self, vectors: &Arc<Vectors>, only_reads: bool) -> Option<VectorFile> {
        let dir = self.room.config.vectors.clone()?;
        let own = vectors.clone();
        let opened = tokio::task::spawn_blocking(move || match only_reads {
            true => load(&dir, &own).map(|_| None),
            false => VectorFile::open(&dir, &own).map(Some),
        });
        match opened.await {
            Ok(Ok(file)) => {
                info!(vectors = vectors.len(), bundle = vectors.bundle(), "vectors of an earlier run");
                file
            }
            Ok(Err(error)) => {
                warn!(%error, "the folder of vectors cannot be used; vectors are computed again after a restart");
                None
            }
            Err(_) => None,
        }
    }

    /// The sentence vector of what was typed: it is like a title, short, and asked for the text that
    /// belongs to it. None unless the index is searched by vectors of the bundle that answers.
    pub(super) async fn query_vector(&self, typed: String) -> Option<Vec<f32>> {
        self.text_vector(&Appeal::new(typed, "")).await
    }

    /// The vector of a stored ticket, if it is there already and of the bundle that answers.
    pub(super) fn kept_vector(&self, id: &TicketId) -> Option<Vec<f32>> {
        let bundle = self.room.infer.current().bundle.clone()?;
        let vectors = self.room.index.live().vectors().filter(|vectors| vectors.bundle() == bundle.id())?;
        vectors.dense(id)
    }

    /// The sentence vector of an appeal, under the condition of [`Desk::query_vector`].
    pub(super) async fn text_vector(&self, appeal: &Appeal) -> Option<Vec<f32>> {
        let bundle = self.room.infer.current().bundle.clone()?;
        let vectors = self.room.index.live().vectors()?;
        if vectors.bundle() != bundle.id() || appeal.is_blank() {
            return None;
        }
        let own = input(appeal);
        tokio::task::spawn_blocking(move || bundle.vectors(&[own]).pop()).await.ok().flatten()
    }
}
