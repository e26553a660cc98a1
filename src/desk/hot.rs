//! What is shown of 热点: the last pass with what came in since, as people corrected it, with lineage and parents.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;

use super::{Causes, HotWord};
use crate::{
    domain::{Amendment, Correction, Outcome, Parent, Satisfaction, Ticket},
    insight::{Event, Fate, Findings, Heard, Topic},
};

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
    /// What became of events as passes found them, oldest first.
    pub turns: Vec<Turn>,
    /// When the last pass was made.
    pub made_at: Timestamp,
    /// Tickets that the last pass looked at.
    pub appeals: usize,
    /// Days back to the oldest of them, if there were more than are looked at.
    pub reach: Option<i64>,
    /// Tickets that came in since and were put beside them.
    pub joined: usize,
    /// Seconds that the last pass took.
    pub seconds: f64,
    /// 热词 of the last seven days.
    pub words: Vec<HotWord>,
    /// Recurring causes.
    pub causes: Causes,
    /// What people corrected and is in force, oldest first.
    pub acts: Vec<Correction>,
    /// The store's revision of corrections that is laid over it.
    pub revision: i64,
    /// Parent tickets, oldest first.
    pub parents: Vec<Parent>,
    pub(super) event_of: HashMap<String, usize>,
}

impl Hot {
    /// An event by its id.
    pub fn event(&self, id: &str) -> Option<&Event> {
        self.findings.events.iter().find(|e| e.id == id)
    }

    /// The event that an id leads to now: its own, or the one that it went into, however many merges later.
    pub fn successor(&self, id: &str) -> Option<&Event> {
        let mut seen = HashSet::from([id.to_owned()]);
        let mut at = id.to_owned();
        loop {
            if let Some(event) = self.event(&at) {
                return Some(event);
            }
            let into = self.lineage(&at).into_iter().rev().find_map(|turn| match turn.fate {
                Fate::Merged(into) if turn.event == at => Some(into),
                _ => None,
            })?;
            // Merges that were taken back and made the other way round could go in a circle.
            if !seen.insert(into.clone()) {
                return None;
            }
            at = into;
        }
    }

    /// The event of a ticket.
    pub fn event_of(&self, ticket: &str) -> Option<&Event> {
        self.findings.events.get(*self.event_of.get(ticket)?)
    }

    /// The topic of an event.
    pub fn topic_of(&self, event: &str) -> Option<&Topic> {
        self.findings.topics.iter().find(|t| t.events.iter().any(|e| e == event))
    }

    /// What became of an event: as passes found it, and by people's acts that are in force.
    pub fn lineage(&self, id: &str) -> Vec<Turn> {
        let by_people = self.acts.iter().flat_map(|c| {
            let turn = |event: &str, fate| Turn { at: c.at, event: event.to_owned(), fate };
            match &c.act {
                Amendment::Merge { into, parts } => {
                    parts.iter().skip(1).map(|(id, _)| turn(id, Fate::Merged(into.clone()))).collect()
                }
                Amendment::Split { event, name, .. } => vec![turn(name, Fate::Split(event.clone()))],
                _ => Vec::new(),
            }
        });
        let concerns =
            |t: &Turn| t.event == id || matches!(&t.fate, Fate::Split(other) | Fate::Merged(other) if other == id);
        let mut turns: Vec<Turn> = self.turns.iter().cloned().chain(by_people).filter(concerns).collect();
        turns.sort_by_key(|t| t.at);
        turns
    }

    /// The parent ticket in force of an event, the oldest.
    pub fn parent_of(&self, event: &Event) -> Option<&Parent> {
        let own = |p: &&Parent| p.undone.is_none() && self.event_of_parent(p).is_some_and(|e| e.id == event.id);
        self.parents.iter().find(own)
    }

    /// The event that holds most of a parent and the tickets attached to it; that of the parent, if two hold as many.
    pub fn event_of_parent(&self, parent: &Parent) -> Option<&Event> {
        let mut held: BTreeMap<usize, usize> = BTreeMap::new();
        let children = parent.children.iter().map(|(t, _)| t);
        for at in std::iter::once(&parent.ticket).chain(children).filter_map(|t| self.event_of.get(t)) {
            *held.entry(*at).or_default() += 1;
        }
        let own = self.event_of.get(&parent.ticket);
        let most = held.into_iter().max_by_key(|(at, n)| (*n, own == Some(at), std::cmp::Reverse(*at)));
        self.findings.events.get(most?.0)
    }

    /// The parent ticket in force to which a ticket is attached.
    pub fn parent_of_ticket(&self, ticket: &str) -> Option<&Parent> {
        self.parents.iter().find(|p| p.undone.is_none() && p.children.iter().any(|(child, _)| child == ticket))
    }

    /// Share of tickets that belong to no event.
    pub fn alone_share(&self) -> f64 {
        self.findings.alone.len() as f64 / (self.appeals + self.joined).max(1) as f64
    }

    /// With the findings of a picture.
    pub(super) fn with(&self, findings: Findings, joined: usize) -> Self {
        Self {
            event_of: places(&findings),
            findings,
            joined,
            turns: self.turns.clone(),
            words: self.words.clone(),
            causes: self.causes.clone(),
            acts: self.acts.clone(),
            parents: self.parents.clone(),
            ..*self
        }
    }
}

pub(super) fn places(findings: &Findings) -> HashMap<String, usize> {
    let each = |(at, event): (usize, &Event)| event.tickets.iter().map(move |t| (t.clone(), at)).collect::<Vec<_>>();
    findings.events.iter().enumerate().flat_map(each).collect()
}

/// Days from the `most`th newest of the appeals to `now`, if there are so many.
pub(super) fn reach(appeals: &[Heard], most: usize, now: Timestamp) -> Option<i64> {
    let mut times: Vec<Timestamp> = appeals.iter().filter_map(|a| a.at).collect();
    times.sort_unstable();
    let oldest = *times.get(times.len().checked_sub(most)?)?;
    Some(now.duration_since(oldest).as_hours().max(0) / 24)
}

/// A ticket as `insight` reads it.
pub(super) fn heard(ticket: &Ticket) -> Heard {
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
        repeat: content.repeats().map(|_| true),
        unsolved,
        channel: Some(content.channel.label().to_owned()),
        confidential: content.caller.confidential,
    }
}
