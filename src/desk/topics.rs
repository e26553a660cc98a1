//! 热点: what is happening among the tickets of the last weeks. Derived (invariant 2): it follows the change
//! sequence and is made again after each start. What it writes is the raised urgency of an event's tickets
//! ([`super::raise`]), parents of surges ([`super::surge`]) and the ids of events.
//!
//! A new ticket joins the events at hand at once; a pass over all runs beside it and refines. Ids and titles go on
//! from what the store keeps of the last pass. If that is lost, a pass names events after their first tickets, as they
//! were named when they were born; those that people merged, split or kept take their ids from the acts. What is lost
//! for good are ids of events whose first ticket came in after they were named, and the lines of lineage.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinHandle;

use crate::{
    domain::{Correction, EventTurn, Fault, Ticket, TicketId},
    insight::{Corrections, Fate, Findings, Heard, Picture, Reader, Seen, findings},
    search::Vectors,
    triage::Triager,
};

use super::{Causes, Desk, EventHint, Hot, HotWord, Turn, hot, oversight::hot_words, trouble::lost};

pub(super) use super::hot::heard;

/// Tickets read at once.
const BATCH: u64 = 1_000;
/// Days that are looked at.
const DAYS: i64 = 60;
/// Tickets that are looked at, the newest.
const MOST: usize = 40_000;
/// More new tickets than this at once (an import) wait for the next pass.
const AT_ONCE: usize = 100;
/// How far ahead of this clock a source's may be.
const SLACK: SignedDuration = SignedDuration::from_hours(24);
/// Lines of lineage that are kept.
const LINES: usize = 2_000;
/// A pass rests so many times as long as it took, and at least [`LEAST_REST`].
const RESTS: u32 = 4;
const LEAST_REST: Duration = Duration::from_millis(500);

/// Where the follower is.
#[derive(Debug, Default)]
pub struct Following {
    seq: i64,
    stale: bool,
    rest_until: Option<Instant>,
    heard: BTreeMap<String, (Timestamp, Heard)>,
    /// What the last pass found by itself, and what became of events; read from the store at first.
    seen: Option<Vec<Seen>>,
    turns: Vec<Turn>,
    acts: Vec<Correction>,
    revision: i64,
    /// The pass that runs, with its begin and the corrections that it knows.
    pass: Option<(Instant, i64, JoinHandle<Made>)>,
}

/// What a pass made.
#[derive(Debug)]
struct Made {
    picture: Picture,
    fates: Vec<(String, Fate)>,
    words: Vec<HotWord>,
    causes: Causes,
    appeals: usize,
    reach: Option<i64>,
    seconds: f64,
}

impl Desk {
    /// The present picture; none before the first pass.
    pub fn hot(&self) -> Option<Arc<Hot>> {
        self.room.hot.load_full()
    }

    /// Tickets of an event, in the order asked for.
    ///
    /// # Errors
    /// The store failed.
    pub async fn members(&self, ids: &[TicketId]) -> Result<Vec<Ticket>, Fault> {
        Ok(self.room.store.tickets(ids).await?)
    }

    /// Takes the next changes in: a new ticket joins the events at hand at once, corrections are laid over them, and
    /// when there is nothing more and the last pass has rested, a pass over all is begun beside it. How many tickets
    /// were taken in, 0 when there is nothing to do now.
    ///
    /// # Errors
    /// The store failed; the next step goes on, and a pass makes good what this one lost.
    pub async fn topics_step(&self, following: &mut Following) -> Result<usize, Fault> {
        self.remember_events(following).await?;
        self.corrected(following).await?;
        let tickets = self.room.store.tickets_after(following.seq, BATCH).await?;
        if !tickets.is_empty() {
            following.stale = true;
            let mut fresh = Vec::new();
            for ticket in &tickets {
                following.seq = following.seq.max(ticket.seq);
                let heard = heard(ticket);
                if !following.heard.contains_key(&heard.id) && ticket.received_at <= latest(self.now()) {
                    fresh.push(heard.clone());
                }
                following.heard.insert(heard.id.clone(), (ticket.received_at, heard));
            }
            // a store of years is read from its beginning: what is not looked at is not held either
            if following.heard.len() > 2 * MOST {
                following.forget(self.now(), &Corrections::of(following.acts.iter().map(|c| &c.act)));
            }
            if fresh.len() <= AT_ONCE {
                self.join(fresh).await?;
            }
            return Ok(tickets.len());
        }
        if following.pass.as_ref().is_some_and(|(.., pass)| pass.is_finished()) {
            self.passed(following).await?;
        }
        let rests = following.rest_until.is_some_and(|until| Instant::now() < until);
        if following.stale && !rests && following.pass.is_none() {
            following.stale = false;
            following.pass = Some((Instant::now(), following.revision, self.begin(following)));
        }
        Ok(0)
    }

    /// What the store keeps of events, once.
    async fn remember_events(&self, following: &mut Following) -> Result<(), Fault> {
        if following.seen.is_none() {
            let store = self.room.store.events();
            let turns = store.event_turns(LINES as u64).await?;
            let turn = |t: EventTurn| {
                Some(Turn { at: t.at, fate: Fate::of_parts(&t.fate, t.other, t.grown)?, event: t.event })
            };
            following.turns = turns.into_iter().filter_map(turn).collect();
            following.revision = -1;
            following.seen = Some(store.seen_events().await?);
        }
        Ok(())
    }

    /// Lays the store's corrections over the picture, if there are others than those that are.
    async fn corrected(&self, following: &mut Following) -> Result<(), Fault> {
        let store = self.room.store.events();
        let revision = store.corrections_revision().await?;
        if revision == following.revision {
            return Ok(());
        }
        following.acts = store.corrections(false).await?;
        following.revision = revision;
        if self.hot().is_none() {
            return Ok(());
        }
        let corrections = Corrections::of(following.acts.iter().map(|c| &c.act));
        let findings = self
            .with_picture(move |picture, _| {
                picture.correct(corrections);
                picture.findings().clone()
            })
            .await?;
        if let Some(findings) = findings {
            self.show(|now| {
                let hot = now.with(findings.clone(), now.joined);
                Hot { acts: following.acts.clone(), revision, ..hot }
            });
            self.follow_surges().await?;
        }
        Ok(())
    }

    /// Shows another picture, made of the one that is shown now: a request may have changed its parents meanwhile.
    pub(super) fn show(&self, of: impl Fn(&Hot) -> Hot) {
        self.room.hot.rcu(|now| now.as_deref().map(|now| Arc::new(of(now))));
    }

    /// Puts new tickets beside the events at hand.
    async fn join(&self, fresh: Vec<Heard>) -> Result<(), Fault> {
        if self.hot().is_none() {
            return Ok(());
        }
        let vectors = self.room.index.vectors();
        let count = fresh.len();
        let findings = self
            .with_picture(move |picture, triager| {
                let reader = Reader::new(&triager.pack, &triager.analyser);
                for heard in fresh {
                    let vector = vector_of(vectors.as_deref(), &heard.id);
                    picture.take(settled(heard, triager), &vector, &reader);
                }
                picture.findings().clone()
            })
            .await?;
        if let Some(findings) = findings {
            self.show(|now| now.with(findings.clone(), now.joined + count));
            self.follow_surges().await?;
        }
        Ok(())
    }

    /// The event of a ticket that has just been stored, if that can be said within `patience`: what the follower
    /// would say a moment later.
    pub(super) async fn event_in_time(&self, ticket: &Ticket, patience: Duration) -> Option<EventHint> {
        self.hot().filter(|_| ticket.received_at <= latest(self.now()))?;
        let desk = self.clone();
        let heard = heard(ticket);
        let work = move || {
            let triager = desk.room.infer.current();
            let vectors = desk.room.index.vectors();
            // a pass or the follower at work: the follower will say it
            let mut held = desk.room.picture.try_lock().ok()?;
            let picture = held.as_mut()?;
            let id = heard.id.clone();
            let vector = vector_of(vectors.as_deref(), &id);
            picture.take(settled(heard, &triager), &vector, &Reader::new(&triager.pack, &triager.analyser));
            let event = picture.findings().events.iter().find(|e| e.tickets.contains(&id))?;
            Some(EventHint::of(event))
        };
        let found = tokio::time::timeout(patience, tokio::task::spawn_blocking(work)).await;
        found.ok()?.ok().flatten()
    }

    /// Works on the picture in a thread that may block; nothing before the first pass.
    async fn with_picture<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Picture, &Triager) -> T + Send + 'static,
    ) -> Result<Option<T>, Fault> {
        let desk = self.clone();
        let work = move || {
            let triager = desk.room.infer.current();
            let mut held = desk.room.picture.lock().unwrap_or_else(PoisonError::into_inner);
            held.as_mut().map(|picture| work(picture, &triager))
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| lost("looking for topics"))
    }

    /// Begins a pass over everything that was heard.
    fn begin(&self, following: &mut Following) -> JoinHandle<Made> {
        let pinned = Corrections::of(following.acts.iter().map(|c| &c.act));
        following.forget(self.now(), &pinned);
        let appeals: Vec<Heard> = following.until(self.now()).cloned().collect();
        let (triager, vectors) = (self.room.infer.current(), self.room.index.vectors());
        let (earlier, now) = (following.seen.clone().unwrap_or_default(), self.now());
        tokio::task::spawn_blocking(move || {
            let started = Instant::now();
            let appeals: Vec<Heard> = appeals.into_iter().map(|h| settled(h, &triager)).collect();
            let beside: Vec<Vec<f32>> = appeals.iter().map(|h| vector_of(vectors.as_deref(), &h.id)).collect();
            let reader = Reader::new(&triager.pack, &triager.analyser);
            let count = appeals.len();
            let words = hot_words(&appeals, &triager, now);
            let (picture, fates) = Picture::of(appeals.clone(), &beside, &reader, &earlier, pinned);
            let causes = Causes::of(&appeals, picture.findings());
            let (reach, seconds) = (hot::reach(&appeals, MOST, now), started.elapsed().as_secs_f64());
            Made { picture, fates, words, causes, appeals: count, reach, seconds }
        })
    }

    /// Takes a finished pass: keeps what it found, puts what came in meanwhile beside it, shows it.
    async fn passed(&self, following: &mut Following) -> Result<(), Fault> {
        let Some((began, revision, pass)) = following.pass.take() else { return Ok(()) };
        following.rest_until = Some(Instant::now() + (began.elapsed() * RESTS).max(LEAST_REST));
        // Whatever fails from here on, another pass is made; once this one is shown, only if there is more.
        let more = std::mem::replace(&mut following.stale, true);
        let made = pass.await.map_err(|_| lost("looking for topics"))?;
        let Made { picture, fates, words, causes, appeals, reach, seconds } = made;
        let made_at = self.now();
        let turns: Vec<Turn> = fates.into_iter().map(|(event, fate)| Turn { at: made_at, event, fate }).collect();
        self.keep_events(following, picture.seen(), &turns, made_at).await?;
        following.turns.extend(turns);
        following.turns.drain(..following.turns.len().saturating_sub(LINES));
        let missing: Vec<Heard> = following.until(made_at).filter(|h| !picture.holds(&h.id)).cloned().collect();
        let hot = Hot {
            event_of: hot::places(picture.findings()),
            findings: picture.findings().clone(),
            turns: following.turns.clone(),
            made_at,
            appeals,
            reach,
            joined: 0,
            seconds,
            words,
            causes,
            acts: following.acts.clone(),
            revision,
            parents: self.room.store.events().parents().await?,
        };
        let desk = self.clone();
        let swap = move || {
            *desk.room.picture.lock().unwrap_or_else(PoisonError::into_inner) = Some(picture);
            desk.room.hot.store(Some(Arc::new(hot)));
        };
        tokio::task::spawn_blocking(swap).await.map_err(|_| lost("looking for topics"))?;
        // the parents may be others than when it was put together
        self.reread_parents().await?;
        following.stale = more;
        // corrections that were made while it ran are laid over it
        following.revision = revision;
        self.corrected(following).await?;
        if !missing.is_empty() && missing.len() <= AT_ONCE {
            self.join(missing).await?;
        }
        if let Some(hot) = self.hot() {
            self.raise_members(&hot).await?;
            self.tell_alarms(&hot).await?;
        }
        self.follow_surges().await
    }

    /// Keeps what is other than before.
    async fn keep_events(
        &self,
        following: &mut Following,
        seen: &[Seen],
        turns: &[Turn],
        at: Timestamp,
    ) -> Result<(), Fault> {
        let before = following.seen.get_or_insert_default();
        let old: HashMap<&str, &Seen> = before.iter().map(|s| (s.id.as_str(), s)).collect();
        let now: BTreeSet<&str> = seen.iter().map(|s| s.id.as_str()).collect();
        let changed: Vec<Seen> =
            seen.iter().filter(|s| old.get(s.id.as_str()).is_none_or(|o| o != s)).cloned().collect();
        let gone: Vec<String> = old.keys().filter(|id| !now.contains(*id)).map(|id| (*id).to_owned()).collect();
        let line = |t: &Turn| {
            let (fate, other, grown) = t.fate.parts();
            EventTurn { at: t.at, event: t.event.clone(), fate: fate.into(), other: other.map(str::to_owned), grown }
        };
        let turns: Vec<EventTurn> = turns.iter().map(line).collect();
        if !(changed.is_empty() && gone.is_empty() && turns.is_empty()) {
            self.room.store.events().save_events(&changed, &gone, &turns, at).await?;
        }
        *before = seen.to_vec();
        Ok(())
    }
}

/// Events and topics among appeals, with the sentence vectors of those that have one.
pub(super) fn listen(appeals: Vec<Heard>, triager: &Triager, vectors: Option<&Vectors>) -> Findings {
    let appeals: Vec<Heard> = appeals.into_iter().map(|h| settled(h, triager)).collect();
    let beside: Vec<Vec<f32>> = appeals.iter().map(|h| vector_of(vectors, &h.id)).collect();
    findings(&appeals, &beside, &Reader::new(&triager.pack, &triager.analyser), &triager.pack.calendar)
}

impl Following {
    /// What was heard up to now; a wrong year would make it later than everything, and old what is new.
    fn until(&self, now: Timestamp) -> impl Iterator<Item = &Heard> {
        self.heard.values().filter(move |(at, _)| *at <= latest(now)).map(|(_, heard)| heard)
    }

    /// Leaves out what is too old, or more than can be looked at; what people keep stays.
    fn forget(&mut self, now: Timestamp, corrections: &Corrections) {
        let oldest = now.checked_sub(SignedDuration::from_hours(24 * DAYS)).unwrap_or(Timestamp::MIN);
        self.heard.retain(|id, (at, _)| *at >= oldest || corrections.keeps(id));
        if let Some(over) = self.heard.len().checked_sub(MOST).filter(|over| *over > 0) {
            let mut times: Vec<Timestamp> = self.heard.values().map(|(at, _)| *at).collect();
            let (_, cut, _) = times.select_nth_unstable(over);
            let cut = *cut;
            self.heard.retain(|id, (at, _)| *at >= cut || corrections.keeps(id));
        }
    }
}

fn latest(now: Timestamp) -> Timestamp {
    now.checked_add(SLACK).unwrap_or(Timestamp::MAX)
}

/// Words of the taxonomy alone mislead more than they help: without a bundle only what people decided stays.
fn settled(mut heard: Heard, triager: &Triager) -> Heard {
    if triager.bundle.is_none() {
        heard.categories.retain(|(_, p)| *p >= 1.0);
    }
    heard
}

/// The sentence vector of a ticket; empty where there is none.
fn vector_of(vectors: Option<&Vectors>, id: &str) -> Vec<f32> {
    TicketId::new(id).ok().and_then(|id| vectors?.dense(&id)).unwrap_or_default()
}
