//! The contract for corrections of events, the lineage of events, and parent tickets of surges.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::domain::{Actor, Amendment, Correction, EventTurn, Parent, SeenEvent};

use super::{StoreError, StoreResult};

/// Corrections, lineage, parents. Every method that changes something is one transaction and leaves its line in the
/// audit; lineage, which is derived, leaves none.
#[async_trait]
pub trait Events: Send + Sync {
    /// Keeps an act; its number.
    async fn correct(&self, act: &Amendment, reason: &str, actor: &Actor, at: Timestamp) -> StoreResult<i64> {
        let kept = self.correct_all(std::slice::from_ref(act), reason, actor, at).await?;
        kept.into_iter().next().ok_or_else(|| StoreError::Damaged("an act that was kept has no number".into()))
    }

    /// Keeps acts that belong together: all or none; their numbers, in order.
    async fn correct_all(
        &self,
        acts: &[Amendment],
        reason: &str,
        actor: &Actor,
        at: Timestamp,
    ) -> StoreResult<Vec<i64>>;

    /// Takes an act back.
    ///
    /// # Errors
    /// [`super::StoreError::Refused`] if there is none of that number in force.
    async fn undo_correction(&self, id: i64, reason: &str, actor: &Actor, at: Timestamp) -> StoreResult<Correction>;

    /// Acts, oldest first: those in force, or all.
    async fn corrections(&self, all: bool) -> StoreResult<Vec<Correction>>;

    /// A number that changes with every act and with every act taken back.
    async fn corrections_revision(&self) -> StoreResult<i64>;

    /// Events as the last pass found them, by id.
    async fn seen_events(&self) -> StoreResult<Vec<SeenEvent>>;

    /// The newest lines of lineage, oldest first.
    async fn event_turns(&self, limit: u64) -> StoreResult<Vec<EventTurn>>;

    /// Keeps what a pass changed: events that are new or other than before, those that are no more, what became of
    /// whom.
    async fn save_events(
        &self,
        changed: &[SeenEvent],
        gone: &[String],
        turns: &[EventTurn],
        at: Timestamp,
    ) -> StoreResult<()>;

    /// Makes a ticket the parent of an event's later ones; its number. The same ticket twice is the same parent.
    async fn open_parent(
        &self,
        ticket: &str,
        event: &str,
        reason: &str,
        actor: &Actor,
        at: Timestamp,
    ) -> StoreResult<i64>;

    /// Attaches tickets to a parent, and takes others off.
    ///
    /// # Errors
    /// [`super::StoreError::Refused`] if there is no such parent in force.
    async fn attach(
        &self,
        parent: i64,
        add: &[String],
        remove: &[String],
        actor: &Actor,
        at: Timestamp,
    ) -> StoreResult<()>;

    /// Keeps the one reply for all tickets of a parent, in the place of an earlier one.
    ///
    /// # Errors
    /// [`super::StoreError::Refused`] if there is no such parent in force.
    async fn reply_parent(&self, parent: i64, text: &str, actor: &Actor, at: Timestamp) -> StoreResult<()>;

    /// Takes a parent back: its tickets are attached to nothing.
    ///
    /// # Errors
    /// [`super::StoreError::Refused`] if there is no such parent in force.
    async fn undo_parent(&self, parent: i64, reason: &str, actor: &Actor, at: Timestamp) -> StoreResult<()>;

    /// All parents, oldest first, those that were taken back too.
    async fn parents(&self) -> StoreResult<Vec<Parent>>;
}
