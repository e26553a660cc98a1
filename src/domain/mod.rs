//! What are we talking about? The words of the house: ticket, suggestion, decision,
//! urgency, taxonomy, rule, account, fault.
//!
//! No IO, no async, no knowledge of any city. Types derive `serde` for the *records* that
//! the store keeps; what a client sees on the wire is decided higher up.

mod account;
mod act;
mod appeal;
pub mod brief;
mod correction;
mod decision;
mod duty;
mod element;
mod fault;
mod job;
mod oversight;
mod place;
mod repeat;
mod rule;
mod second;
mod span;
mod split;
mod standing;
mod suggestion;
mod taxonomy;
mod ticket;
mod time;
mod urgency;
mod user;
mod watch;
mod whistle;

pub use account::{Actor, Reach, Right, Rights, Role};
pub use act::{Act, Deed, LONGEST_NOTE};
pub use appeal::{Appeal, AppealType};
pub use correction::{Amendment, Correction, EventTurn, Parent, SeenEvent, Undone};
pub use decision::{Decision, DecisionKind};
pub use element::{Element, ElementCues};
pub use fault::{Fault, FaultKind};
pub use job::{Change, ChangeKind, Job, JobKind};
pub use oversight::{Late, Light, Order, OrderEnd, OrderId};
pub use place::{FoundPlace, Region};
pub use repeat::Repeat;
pub use rule::{Context, ContextKind, CueHit, CueRule, Linkage, Scope};
pub use second::{Reopened, Round, promise_due, running};
pub use span::{Field, FieldSpan, Span};
pub use split::{FOLDS, fold, is_for_tuning, is_held_back};
pub use standing::Standing;
pub use suggestion::{Candidate, Head, HeadKind, Precedent, Reason, Suggestion, UrgencyCue, UrgencySuggestion};
pub use taxonomy::{Category, Department, DictWord, Taxonomy};
pub use ticket::{
    Caller, CallerKind, Channel, Handling, Labels, NewTicket, Outcome, Satisfaction, Status, Ticket, TicketId,
    TriageState,
};
pub use time::{CITY_OFFSET_HOURS, TimeRange, city_date, city_instant, city_time, format_city, midnight, parse_city};
pub use urgency::{Flag, Flags, Urgency};
pub use user::{ApiKey, Session, User, account_name};
pub use watch::{Alert, KeptList, KeptQuery, KeptSearch};
pub use whistle::{Called, Whistle};
