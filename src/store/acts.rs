//! What is done with tickets after they came in, calls of which several tickets were made, kept lists.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Added, Intake, StoreResult, TicketFilter};
use crate::domain::{Act, Actor, Decision, KeptList, NewTicket, Ticket, TicketId};

/// Lists that one person may keep.
pub const MOST_LISTS: u64 = 50;
/// Tickets of one call at most.
pub const TOGETHER: usize = 9;

/// Acts, calls, kept lists.
#[async_trait]
pub trait Acts: Send + Sync {
    /// Does many, in one transaction: state and handling, the act, an audit line and a change line each.
    /// What the workflow refuses concerns its own ticket only; a backend failure concerns all and
    /// nothing is done.
    async fn act(&self, acts: Vec<Act>) -> StoreResult<Vec<StoreResult<Ticket>>> {
        self.act_decided(acts.into_iter().map(|act| (act, None)).collect()).await
    }

    /// The same with the decision that an act stands on, if it needs one: both or neither.
    async fn act_decided(&self, acts: Vec<(Act, Option<Decision>)>) -> StoreResult<Vec<StoreResult<Ticket>>>;

    /// Acts on one ticket, oldest first.
    async fn acts_of(&self, ticket: &TicketId) -> StoreResult<Vec<Act>>;

    /// Adds the tickets of one call in one transaction, linked as 同一来电: all or none. The same call
    /// again answers with the first tickets.
    ///
    /// # Errors
    /// [`super::StoreError::Conflict`] if an id or key stands with other content.
    async fn add_call(&self, parts: Vec<(NewTicket, Intake)>) -> StoreResult<Vec<Added>>;

    /// All tickets of the call that a ticket was made of, in the order of the call; empty if it came alone.
    async fn same_call(&self, ticket: &TicketId) -> StoreResult<Vec<TicketId>>;

    /// Ids of a list, newest 来电时间 first: what a long reading goes by, whatever comes in meanwhile.
    async fn ids(&self, filter: &TicketFilter, limit: u64) -> StoreResult<Vec<TicketId>>;

    /// Keeps a list's filter, in the audit too; one of the same name is replaced.
    ///
    /// # Errors
    /// [`super::StoreError::Refused`] if [`MOST_LISTS`] are kept.
    async fn keep_list(&self, by: &Actor, name: &str, query: &str, at: Timestamp) -> StoreResult<KeptList>;

    /// A person's kept lists, oldest first.
    async fn kept_lists(&self, owner: &str) -> StoreResult<Vec<KeptList>>;

    /// Drops one, in the audit too; whether it was there.
    async fn drop_list(&self, by: &Actor, id: i64, at: Timestamp) -> StoreResult<bool>;
}
