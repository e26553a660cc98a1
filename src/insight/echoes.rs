//! One burst has many names: an alarm about appeals that another has told of is not told again.
//!
//! What counts is the single alarm, from its raising to its end: a word may echo a name this week and be the only one
//! to tell of a burst the next.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use super::{
    alarm::{Alarm, Change},
    streams::{Stream, StreamOf},
};

/// Hours by which what was told may be older than the alarm that echoes it.
const FRESH: f64 = 14.0 * 24.0;

/// An alarm that has been told: when, and of which appeals.
struct Told {
    /// Hours since 1970.
    hours: f64,
    /// Ids of the appeals.
    tickets: Vec<String>,
}

/// One alarm of a stream: its lines.
struct Episode {
    stream: usize,
    from: usize,
    to: usize,
    hours: f64,
    p: f64,
}

/// Leaves out every alarm of a word of which half of the appeals were told before, by a category at a place or
/// another word; of words that rose together the least likely one stays, then the longest (a whole word rather
/// than a part of it), then the one without a place.
pub(super) fn without_echoes(streams: Vec<Stream>) -> Vec<Stream> {
    let mut told: Vec<Told> = Vec::new();
    for stream in streams.iter().filter(|s| s.of.word().is_none()) {
        let lines = stream.alarms.iter().zip(&stream.tickets).filter(|(a, _)| a.change != Change::Closed);
        told.extend(lines.map(|(a, tickets)| Told { hours: a.hours, tickets: tickets.clone() }));
    }
    told.sort_by(|a, b| a.hours.total_cmp(&b.hours).then_with(|| a.tickets.cmp(&b.tickets)));
    let mut episodes: Vec<Episode> =
        streams.iter().enumerate().filter(|(_, s)| s.of.word().is_some()).flat_map(|(at, s)| episodes(at, s)).collect();
    let of = |e: &Episode| &streams[e.stream].of;
    let length = |e: &Episode| of(e).word().map_or(0, |w| w.chars().count());
    let local = |e: &Episode| matches!(of(e), StreamOf::Local { .. });
    episodes.sort_by(|a, b| {
        a.hours
            .total_cmp(&b.hours)
            .then(a.p.total_cmp(&b.p))
            .then(Reverse(length(a)).cmp(&Reverse(length(b))))
            .then(local(a).cmp(&local(b)))
            .then_with(|| of(a).cmp(of(b)))
    });
    let mut heard = Heard::default();
    let mut told = told.into_iter().peekable();
    let mut kept: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    for episode in &episodes {
        while let Some(earlier) = told.next_if(|t| t.hours <= episode.hours + 1e-9) {
            heard.tell(&earlier.tickets, earlier.hours);
        }
        let tickets = &streams[episode.stream].tickets[episode.from..episode.to];
        let raised = tickets.first().map_or(&[][..], Vec::as_slice);
        if heard.knows(raised, episode.hours) {
            continue;
        }
        tickets.iter().for_each(|line| heard.tell(line, episode.hours));
        kept.entry(episode.stream).or_default().push((episode.from, episode.to));
    }
    let keep = |(at, stream): (usize, Stream)| -> Option<Stream> {
        if stream.of.word().is_none() {
            return Some(stream);
        }
        let mut lines = kept.get(&at)?.clone();
        lines.sort_unstable();
        let pick = lines.iter().flat_map(|(from, to)| *from..*to);
        let alarms = pick.clone().filter_map(|n| stream.alarms.get(n).cloned()).collect();
        let tickets = pick.filter_map(|n| stream.tickets.get(n).cloned()).collect();
        Some(Stream { alarms, tickets, ..stream })
    };
    streams.into_iter().enumerate().filter_map(keep).collect()
}

/// The alarms of a stream, each from its raising to its end.
fn episodes(stream: usize, of: &Stream) -> Vec<Episode> {
    let starts: Vec<usize> =
        of.alarms.iter().enumerate().filter(|(_, a)| a.change == Change::Raised).map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).copied().chain([of.alarms.len()]);
    let one = |(from, to): (&usize, usize)| {
        let first: &Alarm = of.alarms.get(*from)?;
        Some(Episode { stream, from: *from, to, hours: first.hours, p: first.p })
    };
    starts.iter().zip(ends).filter_map(one).collect()
}

/// Which alarms spoke of an appeal, and when.
#[derive(Default)]
struct Heard {
    of: HashMap<String, Vec<usize>>,
    hours: Vec<f64>,
}

impl Heard {
    fn tell(&mut self, tickets: &[String], hours: f64) {
        if tickets.is_empty() {
            return;
        }
        let number = self.hours.len();
        self.hours.push(hours);
        tickets.iter().for_each(|t| self.of.entry(t.clone()).or_default().push(number));
    }

    /// Whether one alarm of the last time spoke of half of these.
    fn knows(&self, tickets: &[String], now: f64) -> bool {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for number in tickets.iter().filter_map(|t| self.of.get(t)).flatten() {
            if self.hours.get(*number).is_some_and(|told| now - told <= FRESH) {
                *counts.entry(*number).or_default() += 1;
            }
        }
        counts.into_values().any(|n| n * 2 >= tickets.len())
    }
}
