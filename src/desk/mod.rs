//! The use cases: receive, triage, decide, find, import, catch up.
//!
//! Every way in (HTTP, command line, console) calls these; none of them talks to store, index or
//! model itself. Absent here: HTTP, SQL, tantivy, tensors.

pub mod accounts;
mod acts;
mod alarms;
mod answers;
mod brief;
mod calls;
mod causes;
mod checks;
mod closed;
mod complete;
mod correct;
mod counts;
mod decide;
mod demo;
mod demo_papers;
mod demo_past;
mod documents;
mod export;
mod facts;
mod find;
mod follow;
mod hot;
pub mod import;
mod index_care;
mod index_slot;
pub mod learn;
mod oversight;
mod played;
mod progress;
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
mod surge;
mod topics;
mod transfer;
mod trends;
mod trouble;
pub mod upkeep;
mod vectors;
mod watch;
pub mod wire;

pub use acts::Acted;
pub use alarms::{AlarmBook, OpenAlarm};
pub use answers::{
    EventHint, FacetCounts, FindAnswer, FindHit, FindRequest, Fragment, Health, Receipt, Relation, SimilarCase, Why,
};
pub use brief::{
    BriefAsk, BriefCheck, Made, NewInstruction, Place, Rephrasing, Schedule, SubjectAsk, Tell, brief_window,
    may_not_check, may_not_sign,
};
pub use calls::Matter;
pub use causes::{Causes, compare};
pub use complete::{Completion, CompletionKind, Completions};
pub use correct::{Corrected, CorrectionAsk};
pub use demo::{DemoAccount, shift_to_now};
pub use demo_past::older;
pub use export::{Exported, Form};
pub use follow::{Caught, Worker};
pub use hot::{Hot, Turn};
pub use index_slot::{IndexSlot, Rebuild, Unwritable};
pub use oversight::{
    Board, CaseAsk, Count, Figure, Group, HotLine, HotWord, LateAsk, LateCase, LateList, Left, Once, OnceRates,
    OnceTable, OrderAsk, OrderClock, Ranked, Rate, UnitRates, UrgentCase, Usual,
};
pub use played::played_out;
pub use progress::{Moment, Pace, Progress, Watch};
pub use raise::CONCENTRATION;
pub use reload::PackSource;
pub use remember::Remembering;
pub use replay::{ImportOptions, ImportReport, Stage, Tick};
pub use room::{Clock, Desk, DeskConfig, Parts};
pub use topics::Following;
pub use transfer::TransferNote;
pub use trends::{TrendLine, Trends};
pub use watch::{AlertPage, ToldTicket};
