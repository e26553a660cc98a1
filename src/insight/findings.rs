//! A pass as people read it: events and topics with portraits, curves, heat and alarms.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{Timestamp, civil::Date};
use rayon::prelude::*;

use crate::{
    city::Calendar,
    domain::{Suggestion, Urgency, city_date},
};

use super::{
    alarm::{Alarm, Arrival, Change, Past, Season, settle, watch},
    corpus::{Corpus, Entry},
    heard::{Heard, Kind, Reader},
    heat::{Heat, NEW, State, heat, state},
    pass::{Pass, find},
    portrait::{Portrait, portrait},
    streams::{Stream, streams},
    surge::{Surge, surge},
    trend::{Daily, TooShort, Trend, trend},
};

/// Share of an event's appeals from which on its region is *the* region.
const SETTLED: f64 = 0.6;

/// Hours of the window in which heat is measured.
const WEEK: f64 = 7.0 * 24.0;

/// An event.
#[derive(Clone, Debug)]
pub struct Event {
    /// Named after its first appeal, so that it keeps its name while it grows.
    pub id: String,
    /// Ids of its appeals, by time.
    pub tickets: Vec<String>,
    /// First and last time that was given.
    pub first: Option<Timestamp>,
    /// Last time that was given.
    pub last: Option<Timestamp>,
    /// What it is about.
    pub portrait: Portrait,
    /// Appeals of its kind that a day usually brings without it.
    pub usual: f64,
    /// Its alarms with their history.
    pub alarms: Vec<Alarm>,
    /// Heat in the week up to the last appeal of all.
    pub heat: Heat,
    /// Which way it goes.
    pub state: State,
    /// Urgency to which its members may be raised while an alarm is open; never lower than theirs (invariant 4).
    pub raise_to: Option<Urgency>,
    /// When it first came in faster than five times what is usual for ten minutes.
    pub surge: Option<Surge>,
}

/// A topic: events and single appeals of one class of matter.
#[derive(Clone, Debug)]
pub struct Topic {
    /// Named after its first appeal.
    pub id: String,
    /// Ids of its events.
    pub events: Vec<String>,
    /// Ids of all its appeals, by time.
    pub tickets: Vec<String>,
    /// What it is about.
    pub portrait: Portrait,
    /// Heat in the week up to the last appeal of all.
    pub heat: Heat,
    /// Which way it goes.
    pub state: State,
    /// Next week's range.
    pub trend: Result<Trend, TooShort>,
}

/// An appeal in no event.
#[derive(Clone, Debug, PartialEq)]
pub struct Alone {
    /// Its id.
    pub ticket: String,
    /// Id of the nearest event and the mean log-odds of belonging to it.
    pub nearest: Option<(String, f32)>,
}

/// All of it.
#[derive(Clone, Debug)]
pub struct Findings {
    /// By time of the first appeal.
    pub events: Vec<Event>,
    /// By time of the first appeal.
    pub topics: Vec<Topic>,
    /// By time.
    pub alone: Vec<Alone>,
    /// Categories at a place and keywords that raised alarms; those that are open first.
    pub streams: Vec<Stream>,
    /// What was odd about the input, in Chinese.
    pub warnings: Vec<String>,
}

impl Heard {
    /// Takes categories, department and urgency from a suggestion, where the source gave none.
    pub fn suggested(&mut self, suggestion: &Suggestion) {
        if self.categories.is_empty() {
            self.categories = suggestion.category.iter().take(3).map(|c| (c.label.clone(), c.p)).collect();
        }
        if self.department.is_none() {
            self.department = suggestion.department.first().map(|c| c.label.clone());
        }
        self.urgency = self.urgency.or(Some(suggestion.urgency.level));
    }
}

/// Finds, describes and watches. `vectors` as in [`find`].
pub fn findings(appeals: &[Heard], vectors: &[Vec<f32>], reader: &Reader<'_>, calendar: &Calendar) -> Findings {
    let pass = find(appeals, vectors, reader);
    describe(appeals, &pass, calendar)
}

/// Describes and watches what a pass over these appeals found.
pub fn describe(appeals: &[Heard], pass: &Pass, calendar: &Calendar) -> Findings {
    let season = season(pass, calendar);
    let view = View::of(appeals, pass, &season, calendar);
    let corpus = &pass.corpus;
    let events: Vec<Event> = pass.events.par_iter().map(|members| view.event(members)).collect();
    let topics = pass.topics.par_iter().map(|topic| view.topic(topic, &events)).collect();
    let alone = pass.alone.iter().map(|&(m, nearest)| Alone {
        ticket: view.ticket(m).to_owned(),
        nearest: nearest.and_then(|(event, score)| Some((events.get(event)?.id.clone(), score))),
    });
    let streams = streams(corpus, appeals, &pass.events, &season);
    Findings { alone: alone.collect(), topics, streams, warnings: warnings(appeals, corpus), events }
}

/// The shape of the traffic of a pass.
pub(super) fn season(pass: &Pass, calendar: &Calendar) -> Season {
    let dated = dated(&pass.corpus);
    let timed: Vec<f64> = pass.corpus.entries.iter().filter(|e| dated(e)).map(|e| e.hours).collect();
    Season::of(&timed, calendar)
}

/// Whether an appeal has a time that is not far from all others.
pub(super) fn dated(corpus: &Corpus) -> impl Fn(&Entry) -> bool {
    let (first, last) = span(corpus);
    move |e| e.timed && (first..=last).contains(&e.hours)
}

pub(super) fn span(corpus: &Corpus) -> (f64, f64) {
    span_of(corpus.entries.iter().filter(|e| e.timed).map(|e| e.hours).collect())
}

/// From the first to the last of some hours since 1970; those far from all others are left out, so that a slip of
/// the pen does not make everything else old.
pub fn span_of(mut hours: Vec<f64>) -> (f64, f64) {
    hours.sort_by(f64::total_cmp);
    let usual = &hours[premature(&hours)..hours.len() - astray(&hours)];
    (usual.first().copied().unwrap_or_default(), usual.last().copied().unwrap_or_default())
}

/// How many of rising times lie before a gap of a year that at most one in twenty is before.
fn premature(timed: &[f64]) -> usize {
    let most = timed.len() / 20;
    (1..=most).rev().find(|&at| timed[at] - timed[at - 1] > 365.0 * 24.0).unwrap_or(0)
}

/// How many of rising times lie behind a gap of a year that at most one in twenty is behind.
fn astray(timed: &[f64]) -> usize {
    let most = timed.len() / 20;
    let from = timed.len() - most;
    (from..timed.len()).find(|&at| at > 0 && timed[at] - timed[at - 1] > 365.0 * 24.0).map_or(0, |at| timed.len() - at)
}

/// A pass beside its appeals.
pub(super) struct View<'a> {
    appeals: &'a [Heard],
    pass: &'a Pass,
    season: &'a Season,
    calendar: &'a Calendar,
    span: (f64, f64),
    looks: usize,
    counts: Counts,
}

/// How many appeals each category and region has.
#[derive(Default)]
struct Counts {
    category: HashMap<u16, usize>,
    region: HashMap<u32, usize>,
    both: HashMap<(u16, u32), usize>,
}

impl Counts {
    fn of<'e>(entries: impl Iterator<Item = &'e Entry>) -> Self {
        let mut counts = Self::default();
        for entry in entries {
            *counts.region.entry(entry.region).or_default() += 1;
            if let Some(&(category, _)) = entry.categories.first() {
                *counts.category.entry(category).or_default() += 1;
                *counts.both.entry((category, entry.region)).or_default() += 1;
            }
        }
        counts
    }

    /// Appeals of a category, in a region (0 for everywhere).
    fn like(&self, category: u16, region: u32) -> usize {
        let count = if region == 0 { self.category.get(&category) } else { self.both.get(&(category, region)) };
        count.copied().unwrap_or_default()
    }
}

impl<'a> View<'a> {
    pub(super) fn of(appeals: &'a [Heard], pass: &'a Pass, season: &'a Season, calendar: &'a Calendar) -> Self {
        let span = span(&pass.corpus);
        let arrivals: usize = pass.events.iter().filter(|e| e.len() > 2).map(|e| e.len() - 2).sum();
        let looks = (arrivals as f64 / ((span.1 - span.0) / 24.0).max(1.0)).ceil() as usize;
        let counts = Counts::of(pass.corpus.entries.iter());
        Self { appeals, pass, season, calendar, span, looks, counts }
    }

    fn ticket(&self, member: u32) -> &str {
        &self.appeals[self.pass.corpus.entries[member as usize].source].id
    }

    /// Whether a time is none of those that are far from all others.
    fn spans(&self, hours: f64) -> bool {
        (self.span.0..=self.span.1).contains(&hours)
    }

    pub(super) fn tickets(&self, members: &[u32]) -> Vec<String> {
        members.iter().map(|&m| self.ticket(m).to_owned()).collect()
    }

    pub(super) fn event(&self, members: &[u32]) -> Event {
        let corpus = &self.pass.corpus;
        let portrait = portrait(corpus, self.appeals, members);
        let timed: Vec<&u32> = members.iter().filter(|m| corpus.entries[**m as usize].timed).collect();
        let at = |m: Option<&&u32>| m.and_then(|m| self.appeals[corpus.entries[**m as usize].source].at);
        let arrivals: Vec<Arrival> = timed
            .iter()
            .map(|m| &corpus.entries[**m as usize])
            .filter(|e| self.spans(e.hours))
            .map(|e| Arrival { hours: e.hours, caller: e.caller })
            .collect();
        let past = self.past(members, &portrait);
        let usual = (past.count + 0.5) / past.mass.max(1.0) * 24.0;
        let mut alarms = watch(&arrivals, self.season, past, self.looks);
        if let Some(last) = arrivals.last() {
            settle(&mut alarms, last.hours, self.span.1);
        }
        let open = alarms.last().filter(|a| a.change != Change::Closed);
        let raise_to = open.map(|a| if a.surge { Urgency::U2 } else { Urgency::U3 });
        let (heat, state) = self.temper(members, &portrait);
        let id = format!("E-{}", members.first().map_or("", |&m| self.ticket(m)));
        let (first, last) = (at(timed.first()), at(timed.last()));
        let surge = surge(&arrivals, |from, to| usual / 24.0 * self.season.mass(from, to));
        Event { id, tickets: self.tickets(members), first, last, portrait, usual, alarms, heat, state, raise_to, surge }
    }

    fn topic(&self, topic: &super::pass::Unit, events: &[Event]) -> Topic {
        let portrait = portrait(&self.pass.corpus, self.appeals, &topic.members);
        let (heat, state) = self.temper(&topic.members, &portrait);
        Topic {
            id: format!("T-{}", topic.members.first().map_or("", |&m| self.ticket(m))),
            events: topic.events.iter().filter_map(|&e| Some(events.get(e)?.id.clone())).collect(),
            tickets: self.tickets(&topic.members),
            portrait,
            heat,
            state,
            trend: self.next_week(&topic.members),
        }
    }

    /// Next week's range after the last whole day: the one before the last appeal of all.
    fn next_week(&self, members: &[u32]) -> Result<Trend, TooShort> {
        let (Some(first), Some(last)) = (day(self.span.0), day(self.span.1)) else { return Err(TooShort { weeks: 0 }) };
        let timed = members.iter().map(|&m| &self.pass.corpus.entries[m as usize]).filter(|e| e.timed);
        let dates = timed.filter_map(|e| Some((day(e.hours)?, 1)));
        trend(&Daily::of(first, last.yesterday().unwrap_or(last), dates), self.calendar)
    }

    /// Heat and state over the last week.
    fn temper(&self, members: &[u32], portrait: &Portrait) -> (Heat, State) {
        let mut entries: Vec<_> =
            members.iter().map(|&m| &self.pass.corpus.entries[m as usize]).filter(|e| e.timed).collect();
        entries.retain(|e| self.spans(e.hours));
        let hours: Vec<f64> = entries.iter().map(|e| e.hours).collect();
        let from = self.span.1 - WEEK;
        let recent: Vec<_> = entries.iter().filter(|e| e.hours > from).collect();
        let known: HashSet<u32> = recent.iter().map(|e| e.caller).filter(|c| *c != 0).collect();
        let callers = known.len() + recent.iter().filter(|e| e.caller == 0).count();
        let channels: HashSet<&str> = recent.iter().filter_map(|e| self.appeals[e.source].channel.as_deref()).collect();
        let weeks = ((from - self.span.0) / WEEK).max(0.0);
        let before = (hours.len() - recent.len()) as f64;
        let expected = if weeks > 0.0 { before / weeks.max(1.0) } else { 0.0 };
        let heat =
            heat(callers as u32, recent.len() as u32, expected, portrait.repeats, portrait.unsolved.unwrap_or(0.0));
        // what comes in by one way alone cannot come by two
        let channels = if channels.len() < 2 && callers >= NEW && self.one_way() { 2 } else { channels.len() };
        (heat, state(&hours, self.span.1 + 1e-6, WEEK, callers, channels))
    }

    /// Whether all appeals came in by one channel, as far as it is told.
    fn one_way(&self) -> bool {
        let mut told = self.appeals.iter().filter_map(|a| a.channel.as_deref());
        let first = told.next();
        told.all(|way| Some(way) == first)
    }

    /// How often the event's like arrives without it: its category in its region (the whole city if it is in no
    /// one region); without categories, appeals that hold its most telling term.
    fn past(&self, members: &[u32], portrait: &Portrait) -> Past {
        let corpus = &self.pass.corpus;
        let own: HashSet<u32> = members.iter().copied().collect();
        let top = portrait.regions.first().filter(|(_, n)| *n as f64 >= SETTLED * members.len() as f64);
        let region = top.and_then(|(id, _)| corpus.regions.iter().position(|r| r == id)).map_or(0, |r| r as u32 + 1);
        let mut categories: BTreeMap<u16, usize> = BTreeMap::new();
        for &m in members {
            if let Some((code, _)) = corpus.entries[m as usize].categories.first() {
                *categories.entry(*code).or_default() += 1;
            }
        }
        let category =
            categories.into_iter().max_by_key(|(code, n)| (*n, std::cmp::Reverse(*code))).map(|(code, _)| code);
        let mass = self.season.mass(self.span.0, self.span.1).max(1.0);
        let named = self.past_of_place(members, portrait, &own);
        let past = |count: f64| Past { count: named.map_or(count, |n| n.min(count)), mass, since: self.span.0 };
        let Some(code) = category else { return past(self.past_of_term(members, &own)) };
        let inside = Counts::of(members.iter().map(|m| &corpus.entries[*m as usize]));
        let others = |region: u32| (self.counts.like(code, region) - inside.like(code, region)) as f64;
        // An event may hold nearly all of its like in the region: the whole city's, by the region's share of it,
        // says what is usual there.
        let all = corpus.len() - members.len();
        let at = |counts: &Counts| counts.region.get(&region).copied().unwrap_or_default();
        let here = if region == 0 { all } else { at(&self.counts) - at(&inside) };
        let usual = others(0) * here as f64 / (all as f64).max(1.0);
        past(others(region).max(usual))
    }

    /// Others that name the place to which the event is anchored, whatever their matter.
    fn past_of_place(&self, members: &[u32], portrait: &Portrait, own: &HashSet<u32>) -> Option<f64> {
        let corpus = &self.pass.corpus;
        let (name, _) = portrait.places.first().filter(|(_, n)| n * 2 >= members.len())?;
        let held = |m: &u32| corpus.entries[*m as usize].terms.iter().map(|(t, _)| *t);
        let is_it = |t: &u32| corpus.kind(*t) == Kind::Place && corpus.terms[*t as usize].text == *name;
        let term = members.iter().flat_map(held).find(is_it)?;
        let holders = corpus.postings.get(term as usize)?;
        Some(holders.iter().filter(|h| !own.contains(h)).count() as f64)
    }

    fn past_of_term(&self, members: &[u32], own: &HashSet<u32>) -> f64 {
        let corpus = &self.pass.corpus;
        let mut held: BTreeMap<u32, f32> = BTreeMap::new();
        for (t, _) in members.iter().flat_map(|&m| &corpus.entries[m as usize].terms) {
            *held.entry(*t).or_default() += f32::from(corpus.kind(*t) == Kind::Word);
        }
        let telling = |t: u32, n: f32| n * corpus.idf[t as usize];
        let best = held.into_iter().max_by(|a, b| telling(a.0, a.1).total_cmp(&telling(b.0, b.1)).then(b.0.cmp(&a.0)));
        let holders = best.map_or(&[][..], |(t, _)| &corpus.postings[t as usize]);
        holders.iter().filter(|h| !own.contains(h)).count() as f64
    }
}

/// The day in the city.
fn day(hours: f64) -> Option<Date> {
    Timestamp::from_second((hours * 3600.0) as i64).ok().map(city_date)
}

fn warnings(appeals: &[Heard], corpus: &Corpus) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut tell = |n: usize, what: &str| {
        if n > 0 {
            warnings.push(format!("{n} 件{what}"));
        }
    };
    tell(appeals.iter().filter(|a| a.at.is_none()).count(), "没有可用的时间:只按内容归并,不参与预警和曲线");
    let mut timed: Vec<f64> = corpus.entries.iter().filter(|e| e.timed).map(|e| e.hours).collect();
    timed.sort_by(f64::total_cmp);
    tell(astray(&timed), "时间远晚于其余(一年以上):多半有误,不作为“现在”");
    tell(premature(&timed), "时间远早于其余(一年以上):多半有误,不参与预警");
    tell(appeals.len() - corpus.len(), "编号重复:每个编号只用时间最早的一件");
    let words = |a: &&Heard| a.title.trim().chars().count() + a.text.trim().chars().count() < 4;
    tell(appeals.iter().filter(words).count(), "不足四个字:内容太少,多半不能归并");
    warnings
}
