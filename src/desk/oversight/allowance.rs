//! How much of the machine the cockpit may take.
//!
//! Every ticket that changes makes another board, and a wall of cockpits asks all the time: at fifty
//! operators' pace the boards alone would keep half a core busy. So making them has an allowance that grows
//! with time; as long as there is some left, a reader gets the numbers of this instant.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};

use crate::domain::{Fault, Right};

use super::{super::Desk, Board};

/// The part of one core that boards may take in the long run.
const PART: f64 = 0.1;
/// What may be saved up: many boards in a row for a small city, one for a very large one.
const MOST: Duration = Duration::from_secs(1);

/// A board stands for so long while nothing changes.
const STANDS: SignedDuration = SignedDuration::from_secs(30);
/// So old may be what is shown while another is being made.
const JUST_MADE: SignedDuration = SignedDuration::from_secs(5);

/// Time that may be spent, in seconds; below zero after a board that took more than was left.
#[derive(Debug)]
pub(super) struct Allowance {
    left: f64,
    at: Instant,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { left: MOST.as_secs_f64(), at: Instant::now() }
    }
}

impl Allowance {
    /// Whether another board may be made now.
    pub(super) fn any(&mut self, now: Instant) -> bool {
        let grown = now.saturating_duration_since(self.at).as_secs_f64() * PART;
        self.left = (self.left + grown).min(MOST.as_secs_f64());
        self.at = now;
        self.left > 0.0
    }

    pub(super) fn spend(&mut self, took: Duration) {
        self.left -= took.as_secs_f64();
    }
}

impl Board {
    fn just_made(&self, now: Timestamp) -> bool {
        now >= self.at && now.duration_since(self.at) < JUST_MADE
    }

    /// Whether it stands; `spare` says whether another may be made of what changed a moment ago.
    fn stands(&self, (seq, spare): (i64, bool), pack: &str, hot: Option<Timestamp>, now: Timestamp) -> bool {
        if self.pack != pack || self.hot_at != hot || now < self.at || now.duration_since(self.at) >= STANDS {
            return false;
        }
        self.seq == seq || !spare
    }
}

impl Desk {
    /// The cockpit as it stands now.
    ///
    /// # Errors
    /// Not allowed (it is of the whole city), or the store failed.
    pub async fn cockpit(&self) -> Result<Arc<Board>, Fault> {
        self.actor().needs(Right::Cockpit)?;
        let kept = &self.room.oversight;
        let mut allowance = match (kept.making.try_lock(), kept.board.load_full()) {
            (Ok(allowance), _) => allowance,
            // one is being made: on a busy machine the last one is better than to wait in line for it
            (Err(_), Some(last)) if last.just_made(self.now()) => return Ok(last),
            (Err(_), _) => kept.making.lock().await,
        };
        let (seq, pack, now) = (self.room.store.last_seq().await?, self.city(), self.now());
        let (hot_at, spare) = (self.hot().map(|hot| hot.made_at), allowance.any(Instant::now()));
        if let Some(last) = kept.board.load_full().filter(|last| last.stands((seq, spare), &pack.hash, hot_at, now)) {
            return Ok(last);
        }
        let board = Arc::new(self.board(seq, &pack, now).await?);
        metrics::histogram!("tingsu_cockpit_seconds").record(board.took.as_secs_f64());
        allowance.spend(board.took);
        kept.board.store(Some(board.clone()));
        Ok(board)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_of_the_time_is_spent_in_the_long_run() {
        let start = Instant::now();
        for took in [Duration::from_millis(20), Duration::from_millis(700)] {
            let mut allowance = Allowance { left: MOST.as_secs_f64(), at: start };
            let (mut now, mut spent) = (start, Duration::ZERO);
            while now < start + Duration::from_secs(100) {
                if allowance.any(now) {
                    allowance.spend(took);
                    spent += took;
                    now += took;
                }
                now += Duration::from_millis(10);
            }
            let share = spent.as_secs_f64() / 100.0;
            assert!((0.09..0.13).contains(&share), "{took:?}: {share}");
        }
    }

    #[test]
    fn what_is_saved_up_has_a_bound() {
        let start = Instant::now();
        let mut allowance = Allowance::default();
        let later = start + Duration::from_secs(3_600);
        let board = Duration::from_millis(250);
        let made = (0..100)
            .take_while(|_| {
                allowance.any(later) && {
                    allowance.spend(board);
                    true
                }
            })
            .count();
        assert_eq!(made, 4);
    }
}
