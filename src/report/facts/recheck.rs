//! Does a brief still hold? Every cohort is matched anew and every figure computed anew; what differs is
//! stale, and nothing else.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    domain::{
        Ticket, TicketId,
        brief::{Brief, Figure, FigureId, Form, Measure, Ratio, TimeRangeKey, When},
    },
    report::quoting,
};

use super::{
    ledger::figures_of,
    row::{Row, Rows, callers, distinct},
};

/// A figure or quote that no longer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// Which: `Q12`, or `Y3` for a quote.
    pub figure: FigureId,
    /// What the brief says.
    pub was: String,
    /// What the store says now; none if it can no longer be computed.
    pub now: Option<String>,
    /// Appeals that came in to or left its cohorts.
    pub tickets: Vec<TicketId>,
}

/// The windows that have to be read to recheck a brief: which instant, which range. Ranges of one kind
/// that touch are joined.
pub fn reads(brief: &Brief) -> Vec<(When, TimeRangeKey)> {
    let mut ranges: BTreeMap<When, Vec<TimeRangeKey>> = BTreeMap::new();
    for cohort in &brief.cohorts {
        ranges.entry(cohort.filter.when).or_default().push(cohort.filter.range);
    }
    let mut out = Vec::new();
    for (when, mut list) in ranges {
        list.sort();
        let mut joined: Vec<TimeRangeKey> = Vec::new();
        for range in list {
            match joined.last_mut() {
                Some(last) if range.from <= last.to => last.to = last.to.max(range.to),
                _ => joined.push(range),
            }
        }
        out.extend(joined.into_iter().map(|range| (when, range)));
    }
    out
}

/// The figures that no longer hold over `rows`, in the order of the brief. A figure whose value is the
/// same but whose appeals are not is stale too: its evidence is no longer what it was.
pub fn recheck(brief: &Brief, rows: &[Row]) -> Vec<Stale> {
    let mut now: HashMap<&str, Vec<TicketId>> = HashMap::new();
    let mut moved: HashMap<&str, BTreeSet<TicketId>> = HashMap::new();
    let by_id = Rows::of(rows);
    for cohort in &brief.cohorts {
        let found = by_id.matching(&cohort.filter);
        let mut differ: BTreeSet<TicketId> = BTreeSet::new();
        if cohort.tickets != found {
            let (old, new): (BTreeSet<_>, BTreeSet<_>) = (cohort.tickets.iter().collect(), found.iter().collect());
            differ.extend(old.symmetric_difference(&new).map(|id| (*id).clone()));
        }
        moved.insert(&cohort.id, differ);
        now.insert(&cohort.id, found);
    }
    let size = |id: &str| now.get(id).map_or(0, Vec::len);
    let mut values: HashMap<&str, Option<Ratio>> = HashMap::new();
    let mut stale: HashMap<&str, Stale> = HashMap::new();
    // A figure may rest on later ones; each pass settles those whose grounds are settled.
    let mut left: Vec<&Figure> = brief.figures.iter().collect();
    while !left.is_empty() {
        let before = left.len();
        left.retain(|figure| {
            let grounds = figures_of(&figure.measure);
            if grounds.iter().any(|id| !values.contains_key(id.as_str())) {
                return true;
            }
            let of = |id: &str| values.get(id).copied().flatten();
            let whole = |n: usize| Some(Ratio::whole(n));
            let value = match &figure.measure {
                Measure::Count { of } => whole(size(of)),
                Measure::Callers { of } => {
                    let ids = now.get(of.as_str()).map(Vec::as_slice).unwrap_or_default();
                    whole(callers(by_id.named(ids)))
                }
                Measure::Share { of, base, .. } => {
                    let held = now.get(base.as_str()).map(Vec::as_slice).unwrap_or_default();
                    let part = now.get(of.as_str()).into_iter().flatten();
                    let top = part.filter(|id| held.binary_search(id).is_ok()).count();
                    Ratio::new(top as i64, held.len() as i64)
                }
                Measure::Weighted { parts, base, .. } => {
                    let top = parts.iter().map(|(w, id)| i64::from(*w) * size(id) as i64).sum();
                    Ratio::new(top, 100 * size(base) as i64)
                }
                Measure::Change { now, before } => match (of(now), of(before)) {
                    (Some(n), Some(b)) => Ratio::new(n.top - b.top, b.top),
                    _ => None,
                },
                Measure::Difference { now, before } => match (of(now), of(before)) {
                    (Some(n), Some(b)) => Ratio::new(n.top * b.bottom - b.top * n.bottom, n.bottom * b.bottom),
                    _ => None,
                },
                Measure::Sum { of: list } => list
                    .iter()
                    .map(|id| of(id))
                    .try_fold(0, |sum, v| v.map(|v| sum + v.top))
                    .map(|top| Ratio { top, bottom: 1 }),
                Measure::Distinct { of, fact } => {
                    let ids = now.get(of.as_str()).map(Vec::as_slice).unwrap_or_default();
                    whole(distinct(by_id.named(ids), *fact))
                }
                Measure::Listed { .. } => Some(figure.value),
                Measure::Engine { .. } => Some(figure.value),
            };
            let mut tickets: BTreeSet<TicketId> = BTreeSet::new();
            for id in super::ledger::cohorts_of(&figure.measure) {
                tickets.extend(moved.get(id.as_str()).into_iter().flatten().cloned());
            }
            let ground_moved = grounds.iter().any(|id| stale.contains_key(id.as_str()));
            if value != Some(figure.value) || !tickets.is_empty() || ground_moved {
                for id in grounds {
                    tickets.extend(stale.get(id.as_str()).into_iter().flat_map(|s| s.tickets.iter().cloned()));
                }
                let shown = value.filter(|_| !matches!(figure.measure, Measure::Engine { .. }));
                let shown = shown.map(|value| Figure { value, ..(*figure).clone() }.print(Form::Whole));
                let told = Stale {
                    figure: figure.id.clone(),
                    was: figure.shown.clone(),
                    now: shown,
                    tickets: tickets.into_iter().collect(),
                };
                stale.insert(&figure.id, told);
            }
            values.insert(&figure.id, value);
            false
        });
        if left.len() == before {
            break; // figures that rest on each other or on nothing: a damaged document
        }
    }
    let mut out: Vec<Stale> = Vec::new();
    for figure in &brief.figures {
        if let Some(told) = stale.remove(figure.id.as_str()) {
            out.push(told);
        } else if !values.contains_key(figure.id.as_str()) {
            out.push(Stale { figure: figure.id.clone(), was: figure.shown.clone(), now: None, tickets: Vec::new() });
        }
    }
    out
}

/// The quotes that are no longer what their appeals say: other words, another mask, an appeal that is gone or
/// confidential by now. `tickets` are those that the brief quotes, as they stand.
pub fn recheck_quotes(brief: &Brief, tickets: &[Ticket]) -> Vec<Stale> {
    let by_id: HashMap<&TicketId, &Ticket> = tickets.iter().map(|ticket| (&ticket.id, ticket)).collect();
    let moved = brief.quotes.iter().filter_map(|quote| {
        let now = by_id.get(&quote.ticket).and_then(|ticket| quoting::quote(&quote.id, ticket, quote.source));
        let holds = now.as_ref().is_some_and(|now| now.span == quote.span && now.masked == quote.masked);
        (!holds).then(|| Stale {
            figure: quote.id.clone(),
            was: quote.masked.clone(),
            now: now.map(|now| now.masked),
            tickets: vec![quote.ticket.clone()],
        })
    });
    moved.collect()
}
