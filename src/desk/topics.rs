//! 热点: what is happening among the tickets of the last weeks. Derived (invariant 2): it follows the change
//! sequence and is made again after each start. What it writes is the raised urgency of an event's tickets
//! ([`super::raise`]).

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};

use crate::{
    domain::{Fault, Outcome, Satisfaction, Ticket, TicketId},
    insight::{Event, Fate, Findings, Heard, Reader, Topic, findings, inherit},
};

use super::{Causes, Desk, trouble::lost};

/// Tickets read at once.
const BATCH: u64 = 1_000;
/// Days that are looked at.
const DAYS: i64 = 60;
/// Tickets that are looked at, the newest.
const MOST: usize = 20_000;
/// Lines of lineage that are kept.
const LINES: usize = 2_000;
/// A pass rests so many times as long as it took, and at least [`LEAST_REST`].
const RESTS: u32 = 4;
const LEAST_REST: Duration = Duration::from_millis(500);

/// What became of an event, and when it was seen.
#[derive(Clone, Debug)]
pub struct Turn {
    /// When the pass was made.
    pub at: Timestamp,
    /// Id of the event.
    pub event: String,
    /// What became of it.
    pub fate: Fate,
}

/// The present picture.
#[derive(Debug)]
pub struct Hot {
    /// Events, topics and what stays alone.
    pub findings: Findings,
    /// What became of events, oldest first.
    pub turns: Vec<Turn>,
    /// Recurring causes.
    pub causes: Causes,
    /// When it was made.
    pub made_at: Timestamp,
    /// Tickets looked at.
    pub appeals: usize,
    /// Seconds that it took.
    pub seconds: f64,
}

impl Hot {
    /// An event by its id.
    pub fn event(&self, id: &str) -> Option<&Event> {
        self.findings.events.iter().find(|e| e.id == id)
    }

    /// The topic of an event.
    pub fn topic_of(&self, event: &str) -> Option<&Topic> {
        self.findings.topics.iter().find(|t| t.events.iter().any(|e| e == event))
    }
}

/// Where the follower is.
#[derive(Debug, Default)]
pub struct Following {
    seq: i64,
    stale: bool,
    rest_until: Option<Instant>,
    heard: BTreeMap<String, (Timestamp, Heard)>,
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

    /// Takes the next changes in, and looks at all when there are no more and the last look has rested; how many
    /// tickets were taken in, 0 when there is nothing to do now.
    ///
    /// # Errors
    /// The store failed; the same step can be tried again.
    pub async fn topics_step(&self, following: &mut Following) -> Result<usize, Fault> {
        let tickets = self.room.store.tickets_after(following.seq, BATCH).await?;
        if !tickets.is_empty() {
            following.stale = true;
            for ticket in &tickets {
                following.seq = following.seq.max(ticket.seq);
                following.heard.insert(ticket.id.to_string(), (ticket.received_at, heard(ticket)));
            }
            return Ok(tickets.len());
        }
        if !following.stale || following.rest_until.is_some_and(|until| Instant::now() < until) {
            return Ok(0);
        }
        following.forget(self.now());
        let appeals: Vec<Heard> = following.heard.values().map(|(_, heard)| heard.clone()).collect();
        let started = Instant::now();
        let hot = Arc::new(self.look(appeals).await?);
        self.room.hot.store(Some(hot.clone()));
        following.stale = false;
        self.raise_members(&hot).await?;
        self.tell_alarms(&hot).await?;
        following.rest_until = Some(Instant::now() + (started.elapsed() * RESTS).max(LEAST_REST));
        Ok(0)
    }

    async fn look(&self, mut appeals: Vec<Heard>) -> Result<Hot, Fault> {
        let (triager, vectors, made_at) = (self.room.infer.current(), self.room.index.vectors(), self.now());
        let earlier = self.hot();
        if triager.bundle.is_none() {
            // words of the taxonomy alone mislead more than they help: what people decided stays
            appeals.iter_mut().for_each(|h| h.categories.retain(|(_, p)| *p >= 1.0));
        }
        let work = move || {
            let started = Instant::now();
            let vector = |h: &Heard| {
                let id = TicketId::new(h.id.as_str()).ok()?;
                let (values, scale) = vectors.as_ref()?.get(&id)?;
                Some(values.into_iter().map(|v| f32::from(v) * scale).collect::<Vec<f32>>())
            };
            let beside: Vec<Vec<f32>> = appeals.iter().map(|h| vector(h).unwrap_or_default()).collect();
            let reader = Reader::new(&triager.pack, &triager.analyser);
            let mut findings = findings(&appeals, &beside, &reader, &triager.pack.calendar);
            let turns = named(&mut findings, earlier.as_deref(), made_at);
            let causes = Causes::of(&appeals, &findings);
            Hot { findings, turns, causes, made_at, appeals: appeals.len(), seconds: started.elapsed().as_secs_f64() }
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| lost("looking for topics"))
    }
}

impl Following {
    /// Leaves out what is too old, or more than can be looked at.
    fn forget(&mut self, now: Timestamp) {
        let oldest = now.checked_sub(SignedDuration::from_hours(24 * DAYS)).unwrap_or(Timestamp::MIN);
        self.heard.retain(|_, (at, _)| *at >= oldest);
        if let Some(over) = self.heard.len().checked_sub(MOST).filter(|over| *over > 0) {
            let mut times: Vec<Timestamp> = self.heard.values().map(|(at, _)| *at).collect();
            let (_, cut, _) = times.select_nth_unstable(over);
            let cut = *cut;
            self.heard.retain(|_, (at, _)| *at >= cut);
        }
    }
}

/// Gives events the names (and, where most of their appeals are the same, the titles) that they had.
fn named(findings: &mut Findings, earlier: Option<&Hot>, at: Timestamp) -> Vec<Turn> {
    let before: Vec<(String, Vec<String>)> =
        earlier.into_iter().flat_map(|h| &h.findings.events).map(|e| (e.id.clone(), e.tickets.clone())).collect();
    let groups: Vec<Vec<String>> = findings.events.iter().map(|e| e.tickets.clone()).collect();
    let (names, fates) = inherit(&before, &groups);
    let renamed: BTreeMap<String, String> =
        findings.events.iter().map(|e| e.id.clone()).zip(names.iter().cloned()).collect();
    for (event, name) in findings.events.iter_mut().zip(names) {
        let old = earlier.and_then(|h| h.event(&name));
        let same = |old: &Event| old.tickets.iter().filter(|t| event.tickets.contains(t)).count();
        if let Some(old) = old.filter(|o| same(o) * 2 >= event.tickets.len().max(o.tickets.len())) {
            event.portrait.title.clone_from(&old.portrait.title);
        }
        event.id = name;
    }
    let rename = |id: &mut String| {
        if let Some(name) = renamed.get(id) {
            id.clone_from(name);
        }
    };
    findings.topics.iter_mut().flat_map(|t| &mut t.events).for_each(rename);
    findings.alone.iter_mut().filter_map(|a| a.nearest.as_mut()).for_each(|(id, _)| rename(id));
    let mut turns: Vec<Turn> = earlier.map(|h| h.turns.clone()).unwrap_or_default();
    turns.extend(fates.into_iter().map(|(event, fate)| Turn { at, event, fate }));
    turns.drain(..turns.len().saturating_sub(LINES));
    turns
}

/// A ticket as `insight` reads it.
fn heard(ticket: &Ticket) -> Heard {
    let (content, labels) = (&ticket.content, ticket.effective());
    let suggested = ticket.suggestion.as_ref();
    let decided = ticket.labels.category.iter().map(|code| (code.clone(), 1.0));
    let likely = suggested.iter().flat_map(|s| &s.category).map(|c| (c.label.clone(), c.p));
    let categories = if ticket.labels.category.is_some() { decided.collect() } else { likely.take(3).collect() };
    let handling = &content.handling;
    let unsolved = match (handling.outcome, handling.satisfaction) {
        (Some(Outcome::NotStated), None | Some(Satisfaction::NotRated))
        | (None, None | Some(Satisfaction::NotRated)) => None,
        (Some(outcome), _) if outcome != Outcome::NotStated => Some(outcome != Outcome::Solved),
        (_, satisfaction) => satisfaction.map(|s| s == Satisfaction::Dissatisfied),
    };
    Heard {
        id: ticket.id.to_string(),
        at: Some(ticket.received_at),
        title: content.appeal.title.clone(),
        text: content.appeal.text.clone(),
        caller: content.caller.number.clone().or_else(|| content.caller.contact.clone()),
        district: content.district.clone(),
        town: content.town.clone(),
        place: content.place.clone(),
        categories,
        department: labels.department,
        urgency: labels.urgency,
        repeat: content.repeat_of.as_ref().map(|_| true),
        unsolved,
        channel: Some(content.channel.label().to_owned()),
    }
}
