//! What a leader and a supervisor look at: today against the usual, what is late, 督办. Every number comes
//! with the question that it answers ([`CaseAsk`]), so that asking again opens exactly the appeals behind it.

mod allowance;
mod ask;
mod board;
mod clocks;
mod late;
mod once;
mod orders;
mod ranks;
mod standing;
mod words;

pub use ask::{CaseAsk, Count, Group};
pub use board::{Board, Figure, Usual};
pub use late::{LateAsk, LateCase, LateList, Left, UrgentCase};
pub use once::{Once, OnceRates, OnceTable};
pub use orders::{OrderAsk, OrderClock};
pub use ranks::{HotLine, Ranked, Rate, UnitRates};
pub use words::HotWord;

pub(super) use words::hot_words;

use std::sync::Arc;

/// Pictures that stand until something changes.
#[derive(Debug, Default)]
pub(super) struct Kept {
    late: tokio::sync::Mutex<Option<Arc<LateList>>>,
    board: arc_swap::ArcSwapOption<Board>,
    /// Whoever makes a board holds it.
    making: tokio::sync::Mutex<allowance::Allowance>,
    days: tokio::sync::Mutex<Option<board::Days>>,
    once: tokio::sync::Mutex<Option<Arc<OnceTable>>>,
}
