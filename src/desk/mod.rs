//! The use cases: receive, triage, decide, find, import, catch up.
//!
//! Every way in (HTTP, command line, console) calls these; none of them talks to store, index or
//! model itself. Absent here: HTTP, SQL, tantivy, tensors.

pub mod accounts;
mod alarms;
mod answers;
mod brief;
mod causes;
mod checks;
mod closed;
mod complete;
mod decide;
mod demo;
mod documents;
mod facts;
mod find;
mod follow;
pub mod import;
mod index_care;
mod index_slot;
pub mod learn;
pub mod quality;
mod raise;
mod reach;
mod receive;
mod reload;
mod remember;
mod replay;
mod room;
mod shown;
mod similar;
mod topics;
mod trends;
mod trouble;
pub mod upkeep;
mod vectors;
mod watch;
pub mod wire;

pub use alarms::AlarmBook;
pub use answers::{
    FacetCounts, FindAnswer, FindHit, FindRequest, Fragment, Health, Receipt, Relation, SimilarCase, Why,
};
pub use brief::{BriefAsk, BriefCheck, Made, NewInstruction, Schedule, SubjectAsk, brief_window};
pub use causes::{Causes, compare};
pub use complete::{Completion, CompletionKind, Completions};
pub use demo::{DemoAccount, shift_to_now};
pub use follow::{Caught, Worker};
pub use index_slot::{IndexSlot, Rebuild};
pub use reload::PackSource;
pub use remember::Remembering;
pub use replay::{ImportOptions, ImportReport, Stage, Tick};
pub use room::{Clock, Desk, DeskConfig, Parts};
pub use topics::{Following, Hot, Turn};
pub use trends::{TrendLine, Trends};
pub use watch::{AlertPage, ToldTicket};
