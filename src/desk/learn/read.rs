//! Streams the store once, page by page; only what is learned from stays in memory.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
};

use jiff::Timestamp;

use crate::{
    city::CityPack,
    domain::{Appeal, ChangeKind, Labels, Ticket, TicketId, TimeRange},
    labelled::{Kin, Sketch, groups_of},
    store::{Store, StoreError},
};

use super::{HistoryReport, Skip, Trust, trust};

/// Tickets of one page.
const PAGE: u64 = 1_000;
/// Lines of the change sequence of one page.
const CHANGES: u64 = 10_000;

/// What to read.
#[derive(Clone, Debug, Default)]
pub struct HistoryOptions {
    /// Whose word counts.
    pub trust: Trust,
    /// 来电时间
    pub received: TimeRange,
    /// Tickets of one category at most, the newest ones; none takes all.
    pub most_per_category: Option<usize>,
}

/// A ticket with the labels that can be learned from.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// 工单编号
    pub id: TicketId,
    /// What the citizen said.
    pub appeal: Appeal,
    /// Labels that are trusted; the others are none.
    pub labels: Labels,
    /// What stood on the ticket: decided labels, gaps filled by its suggestion.
    pub stood: Labels,
    /// The least trusted of `labels`.
    pub trust: Trust,
    /// Tickets of one event, repetitions and near-duplicates share it.
    pub group: String,
    /// 来电时间
    pub received_at: Timestamp,
}

/// A city's history.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The tickets, by 来电时间 and id.
    pub cases: Vec<Case>,
    /// What was read and left out.
    pub report: HistoryReport,
}

/// A case on its way: with its company, before the groups are known.
struct Found {
    case: Case,
    seq: i64,
    event: Option<String>,
    repeat_of: Option<TicketId>,
}

/// Ordered by age, so that a heap gives up the oldest first.
struct ByAge(Found);

impl ByAge {
    fn key(&self) -> (Timestamp, &TicketId) {
        (self.0.case.received_at, &self.0.case.id)
    }
}

impl PartialEq for ByAge {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for ByAge {}

impl PartialOrd for ByAge {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ByAge {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

/// Reads the history. `tick` is told how many tickets were read.
///
/// # Errors
/// The store failed.
pub async fn read_history(
    store: &dyn Store,
    pack: &CityPack,
    options: &HistoryOptions,
    mut tick: impl FnMut(u64),
) -> Result<History, StoreError> {
    let with_decisions = decided_tickets(store).await?;
    let mut report = HistoryReport::default();
    let mut kept: HashMap<Option<String>, BinaryHeap<Reverse<ByAge>>> = HashMap::new();
    let mut seq = 0;
    loop {
        let page = store.tickets_after(seq, PAGE).await?;
        let Some(last) = page.iter().map(|t| t.seq).max() else { break };
        seq = last;
        for ticket in page {
            report.read += 1;
            let decisions =
                if with_decisions.contains(&ticket.id) { store.decisions(&ticket.id).await? } else { Vec::new() };
            match found(ticket, &decisions, pack, options) {
                Err(why) => report.skip(why),
                Ok(found) => {
                    let heap = kept.entry(found.case.labels.category.clone()).or_default();
                    heap.push(Reverse(ByAge(found)));
                    if options.most_per_category.is_some_and(|most| heap.len() > most) {
                        heap.pop();
                        report.skip(Skip::OverLimit);
                    }
                }
            }
        }
        tick(report.read);
    }
    let all = kept.into_values().flatten().map(|Reverse(ByAge(found))| found).collect();
    Ok(grouped(once(all), report))
}

/// Tickets on which there is a decision, from the change sequence: a question to the store for each
/// other ticket is spared.
async fn decided_tickets(store: &dyn Store) -> Result<HashSet<TicketId>, StoreError> {
    let (mut seq, mut ids) = (0, HashSet::new());
    loop {
        let changes = store.changes(seq, CHANGES).await?;
        let Some(last) = changes.iter().map(|c| c.seq).max() else { return Ok(ids) };
        seq = last;
        ids.extend(changes.into_iter().filter(|c| c.kind == ChangeKind::Decided).map(|c| c.ticket));
    }
}

fn found(
    ticket: Ticket,
    decisions: &[crate::domain::Decision],
    pack: &CityPack,
    options: &HistoryOptions,
) -> Result<Found, Skip> {
    if !options.received.contains(ticket.received_at) {
        return Err(Skip::OutsideTime);
    }
    if ticket.content.appeal.is_blank() {
        return Err(Skip::Blank);
    }
    if trust::is_gone(&ticket) {
        return Err(Skip::Withdrawn);
    }
    let decided = trust::decided(decisions);
    let came = trust::came(&ticket, decisions);
    let closed = trust::is_closed(ticket.status);
    let level = if came == Labels::default() {
        Trust::Decided
    } else if closed {
        Trust::Closed
    } else {
        Trust::Open
    };
    let (labels, trust) = if level <= options.trust {
        (decided.or(came), level)
    } else if decided == Labels::default() {
        return Err(if options.trust == Trust::Decided { Skip::Undecided } else { Skip::NotClosed });
    } else {
        (decided, Trust::Decided)
    };
    if labels == Labels::default() {
        return Err(Skip::Undecided);
    }
    let labels = of_pack(labels, pack);
    if labels == Labels::default() {
        return Err(Skip::NotInPack);
    }
    let stood = ticket.effective();
    let repeat_of = ticket.content.repeats().cloned();
    let content = ticket.content;
    Ok(Found {
        case: Case {
            id: ticket.id,
            appeal: content.appeal,
            labels,
            stood,
            trust,
            group: String::new(),
            received_at: ticket.received_at,
        },
        seq: ticket.seq,
        event: content.event,
        repeat_of,
    })
}

/// The labels that the pack knows.
fn of_pack(labels: Labels, pack: &CityPack) -> Labels {
    Labels {
        category: labels.category.filter(|code| pack.taxonomy.get(code).is_some()),
        department: labels.department.filter(|name| pack.departments.iter().any(|d| d.name == *name)),
        ..labels
    }
}

/// A ticket that changed while the store was read was met twice: the later one counts.
fn once(mut all: Vec<Found>) -> Vec<Found> {
    all.sort_by(|a, b| (&a.case.id, Reverse(a.seq)).cmp(&(&b.case.id, Reverse(b.seq))));
    all.dedup_by(|later, first| later.case.id == first.case.id);
    all.sort_by(|a, b| (a.case.received_at, &a.case.id).cmp(&(b.case.received_at, &b.case.id)));
    all
}

fn grouped(all: Vec<Found>, mut report: HistoryReport) -> History {
    let kin: Vec<Kin> = all
        .iter()
        .map(|f| Kin {
            id: f.case.id.as_str().to_owned(),
            event: f.event.clone(),
            repeat_of: f.repeat_of.as_ref().map(|id| id.as_str().to_owned()),
            sketch: Sketch::of(&f.case.appeal),
        })
        .collect();
    let groups = groups_of(&kin);
    let cases: Vec<Case> = all.into_iter().zip(groups).map(|(found, group)| Case { group, ..found.case }).collect();
    report.used = cases.len() as u64;
    report.groups = cases.iter().map(|c| c.group.as_str()).collect::<HashSet<_>>().len() as u64;
    report.oldest = cases.first().map(|c| c.received_at);
    report.newest = cases.last().map(|c| c.received_at);
    for case in &cases {
        *report.by_trust.entry(case.trust).or_default() += 1;
        report.labels.add(&case.labels);
    }
    History { cases, report }
}
