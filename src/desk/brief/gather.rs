//! What a brief is made of, read from the store: rows of every window, texts of its own.

use jiff::{SignedDuration, Timestamp};

use crate::{
    city::CityPack,
    domain::{
        Fault, FaultKind, Ticket, TicketId,
        brief::{Brief, BriefKind, Fact, Issue, Subject, TimeRangeKey, When, Window},
        city_time,
    },
    insight::{Findings, Heard},
    report::{
        compose::{ComposeError, Material, assessment, compose, long_overdue, window_before, window_year_before},
        covered, covered_of,
        facts::Row,
    },
    search::Vectors,
};

use super::super::{
    Desk, Hot,
    topics::{heard, listen},
    trouble::lost,
};

/// Tickets read with one question to the store.
const CHUNK: usize = 500;
/// Appeals among which events are looked for at most; more take longer than a person waits.
const MOST_HEARD: usize = 60_000;
/// In the scope of a brief: how many of the appeals that were listened to were compared by their sentence vectors.
const BY_MEANING: &str = "句向量";
/// How far past now a window may end: a flash is made in the running hour, and what is told of one event ends with
/// the second after its last call.
const RUNNING_HOUR: SignedDuration = SignedDuration::from_hours(1);
const LAST_SECOND: SignedDuration = SignedDuration::from_secs(1);
/// Longest window of a brief.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 400);

/// Hears how many appeals of how many were read.
pub type Tell<'t> = dyn Fn(usize, usize) + Send + Sync + 't;

/// What a special brief is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectAsk {
    /// A category by code (two or four digits) or name.
    Category(String),
    /// An event or topic found in the window, by its id or a part of its title.
    Topic(String),
    /// These tickets.
    Tickets {
        /// What they are.
        name: String,
        /// Which.
        ids: Vec<TicketId>,
    },
    /// What an earlier version was about, with its tickets.
    Again {
        /// It.
        subject: Subject,
        /// Its tickets then.
        ids: Vec<TicketId>,
    },
}

/// What a brief was made about, to make it again.
pub(super) fn asked(brief: &Brief) -> Option<SubjectAsk> {
    let subject = brief.subject.clone()?;
    if let Subject::Category { code, .. } = &subject {
        return Some(SubjectAsk::Category(code.clone()));
    }
    let listed = brief.cohorts.iter().flat_map(|c| &c.filter.all).filter(|c| c.fact == Fact::Id);
    let longest = listed.max_by_key(|c| c.any_of.len()).map(|c| c.any_of.as_slice()).unwrap_or_default();
    let ids = longest.iter().filter_map(|id| TicketId::new(id.clone()).ok()).collect();
    Some(SubjectAsk::Again { subject, ids })
}

/// Which brief is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BriefAsk {
    /// Kind.
    pub kind: BriefKind,
    /// The time to tell of.
    pub window: Window,
    /// For a special brief or a dossier.
    pub subject: Option<SubjectAsk>,
}

/// Rows of all windows, tickets of the brief's own.
struct Gathered {
    rows: Vec<Row>,
    tickets: Vec<Ticket>,
    heard: Vec<Heard>,
    history: usize,
    since: Option<Timestamp>,
    up_to_seq: i64,
}

impl From<ComposeError> for Fault {
    fn from(error: ComposeError) -> Self {
        let kind = match &error {
            ComposeError::NoStyle => FaultKind::Unavailable,
            ComposeError::NoSubject => FaultKind::Invalid,
            ComposeError::Nothing(_) | ComposeError::NothingOf(..) => FaultKind::NotFound,
        };
        Fault::new(kind, error.to_string())
    }
}

impl Desk {
    /// Composes a brief of what the store holds now; nothing is kept. `tell` hears how many appeals of how many
    /// were read.
    ///
    /// # Errors
    /// No appeal in the window, a window that is not over, no such subject, or the store failed.
    pub async fn compose_brief(&self, ask: &BriefAsk, issue: Issue, tell: &Tell<'_>) -> Result<Brief, Fault> {
        let window = ask.window;
        // Years before and weeks after are looked at too: near the ends of time there are none.
        if [window.from, window.to].iter().any(|at| !(1990..2200).contains(&city_time(*at).year())) {
            return Err(Fault::invalid("简报的时段须在 1990 年至 2199 年之间").at("from"));
        }
        if window.to <= window.from || window.to.duration_since(window.from) > LONGEST {
            return Err(Fault::invalid("简报的时段须长于零、不超过 400 天").at("from"));
        }
        over(ask.kind, &window, self.now())?;
        let triager = self.room.infer.current();
        let pack = triager.pack.clone();
        let gathered = self.gather(ask.kind, &window, &pack, tell).await?;
        let made_at = self.now();
        let ask = ask.clone();
        // What a 专报 is about is found by meaning too, wherever there is a model.
        let closely = matches!(ask.kind, BriefKind::Special | BriefKind::Dossier);
        let vectors = self.vectors_at_hand(if closely { &gathered.heard } else { &[] }).await;
        let hot = self.hot();
        let composed = tokio::task::spawn_blocking(move || {
            let known = vectors.as_ref().map(|v| gathered.heard.iter().filter(|h| holds(v, h)).count());
            let read = gathered.heard.len();
            let found = (!gathered.heard.is_empty()).then(|| listen(gathered.heard, &triager, vectors.as_deref()));
            let (subject, members) = match &ask.subject {
                None => (None, Vec::new()),
                Some(asked) => {
                    let (subject, members) = subject(
                        asked,
                        &pack,
                        &Known { found: found.as_ref(), hot: hot.as_deref(), tickets: &gathered.tickets },
                    )?;
                    (Some(subject), members)
                }
            };
            let brief = compose(Material {
                kind: ask.kind,
                pack: &pack,
                window,
                before: window_before(&window),
                year_before: window_year_before(&window),
                history: gathered.history,
                since: gathered.since,
                tickets: &gathered.tickets,
                rows: &gathered.rows,
                findings: found.as_ref(),
                subject: subject.as_ref(),
                members: &members,
                issue,
                made_at,
                up_to_seq: gathered.up_to_seq,
                model: triager.bundle.as_ref().map(|b| b.id()),
            });
            let mut brief = brief?;
            if let Some(known) = known.filter(|known| *known > 0 && found.is_some()) {
                brief.scope.more.insert(BY_MEANING.to_owned(), format!("{known}/{read}"));
            }
            Ok::<Brief, Fault>(brief)
        });
        composed.await.map_err(|_| lost("composing a brief"))?
    }

    async fn gather(
        &self,
        kind: BriefKind,
        window: &Window,
        pack: &CityPack,
        tell: &Tell<'_>,
    ) -> Result<Gathered, Fault> {
        let length = window.to.duration_since(window.from);
        let days = (length.as_hours() / 24).max(1);
        // Weeks enough for a usual range; of long windows the three that a special brief's range needs at least, of
        // more than a quarter one to compare with.
        let history = match kind {
            BriefKind::Daily | BriefKind::Flash => 28,
            BriefKind::Weekly => 4,
            BriefKind::Special | BriefKind::Dossier => {
                usize::try_from(if days > 92 { 1 } else { (112 / days).clamp(3, 8) }).unwrap_or(1)
            }
        };
        let up_to_seq = self.room.store.last_seq().await?;
        let since = self.room.store.oversight().first_received().await?;
        let mut reach = window.from - length * i32::try_from(history).unwrap_or(1);
        let mut due = window_before(window).from;
        if kind == BriefKind::Daily {
            // A daily adds up the 考核期, compares it with the one before, and tells of what is long overdue.
            reach = reach.min(assessment(window, pack).map_or(reach, |(_, before)| before.from));
            due = due.min(long_overdue(window).from);
        }
        let year = window_year_before(window);
        let next = window.to + length;
        let reads = [(When::Received, reach, window.to), (When::Received, year.from, year.to), (When::Due, due, next)];
        // Every window is counted without its texts; only what is quoted and listened to is read whole.
        let ranges: Vec<(When, TimeRangeKey)> =
            reads.into_iter().map(|(when, from, to)| (when, seconds(from, to))).collect();
        let rows = self.rows_in(&ranges, pack).await?;
        let heard_from = window.from - length.max(SignedDuration::from_hours(24 * 7));
        let whole = |row: &&Row| row.received >= heard_from && row.received < window.to;
        let ids: Vec<TicketId> = rows.iter().filter(whole).map(|row| row.id.clone()).collect();
        let mut out = Gathered { rows, tickets: Vec::new(), heard: Vec::new(), history, since, up_to_seq };
        for (n, chunk) in ids.chunks(CHUNK).enumerate() {
            tell(n * CHUNK, ids.len());
            for ticket in self.room.store.tickets(chunk).await? {
                out.heard.push(heard(&ticket));
                if window.contains(ticket.received_at) {
                    out.tickets.push(ticket);
                }
            }
        }
        if out.heard.len() > MOST_HEARD {
            // A busy city: what is new is told of its own appeals alone.
            out.heard.retain(|h| h.at.is_some_and(|at| window.contains(at)));
        }
        if out.heard.len() > MOST_HEARD {
            tracing::warn!("too many appeals to look for events among; the brief is made without them");
            out.heard.clear();
        }
        Ok(out)
    }

    /// Rows of the tickets that a stored brief counts.
    pub(super) async fn rows_of(&self, reads: &[(When, TimeRangeKey)]) -> Result<Vec<Row>, Fault> {
        let ranges: Vec<_> = reads.iter().map(|(when, range)| (*when, seconds(range.from, range.to))).collect();
        self.rows_in(&ranges, &self.city()).await
    }

    /// Rows of the tickets of some windows, each once, by id.
    async fn rows_in(&self, ranges: &[(When, TimeRangeKey)], pack: &CityPack) -> Result<Vec<Row>, Fault> {
        let mut rows: Vec<Row> = Vec::new();
        for (when, range) in ranges {
            rows.extend(self.room.store.counted(*when, *range).await?.into_iter().map(|t| Row::counted(t, pack)));
        }
        rows.sort_by(|a, b| a.id.cmp(&b.id));
        rows.dedup_by(|b, a| a.id == b.id);
        Ok(rows)
    }
}

/// A brief tells of what is over: half a week beside a whole one is a fall that there was not.
fn over(kind: BriefKind, window: &Window, now: Timestamp) -> Result<(), Fault> {
    let slack = if kind == BriefKind::Flash { RUNNING_HOUR } else { LAST_SECOND };
    if window.to.duration_since(now) <= slack {
        return Ok(());
    }
    let clock = |at: Timestamp| city_time(at).strftime("%Y年%-m月%-d日%-H时%M分").to_string();
    let why = format!("简报的时段尚未结束:止于{},现在是{};请把时段的终点改到现在以前", clock(window.to), clock(now));
    Err(Fault::invalid(why).at("to"))
}

fn holds(vectors: &Vectors, heard: &Heard) -> bool {
    TicketId::new(heard.id.clone()).is_ok_and(|id| vectors.holds(&id))
}

/// A range that holds at least what is asked, on whole seconds; rows are matched exactly afterwards.
fn seconds(from: Timestamp, to: Timestamp) -> TimeRangeKey {
    let whole = |at: Timestamp, up: i64| {
        let second = at.as_second() + if up == 1 && at.subsec_nanosecond() > 0 { 1 } else { 0 };
        Timestamp::from_second(second).unwrap_or(at)
    };
    TimeRangeKey { from: whole(from, 0), to: whole(to, 1) }
}

/// What a subject is looked for among.
struct Known<'k> {
    found: Option<&'k Findings>,
    hot: Option<&'k Hot>,
    tickets: &'k [Ticket],
}

impl Known<'_> {
    /// Words of an event as its name on paper, without the name of whoever said them.
    fn named(&self, words: &str, said_by: Option<&str>) -> String {
        let by = said_by.and_then(|id| self.tickets.iter().find(|t| t.id.as_str() == id));
        by.map_or_else(|| covered(words), |ticket| covered_of(ticket, words))
    }
}

fn subject(ask: &SubjectAsk, pack: &CityPack, known: &Known<'_>) -> Result<(Subject, Vec<TicketId>), Fault> {
    let (found, hot) = (known.found, known.hot);
    match ask {
        SubjectAsk::Category(asked) => {
            let (code, name) = category(asked.trim(), pack)
                .ok_or_else(|| Fault::invalid("城市包中没有这个类别,请写类别代码或名称").at("category"))?;
            Ok((Subject::Category { code, name }, Vec::new()))
        }
        SubjectAsk::Topic(asked) => {
            let asked = asked.trim();
            let none =
                || Fault::not_found("所选时段没有这个事件或话题,请核对编号或标题,可在周报和热点页查到").at("topic");
            let found = found.ok_or_else(none)?;
            let events = found.events.iter().map(|e| (&e.id, &e.portrait, &e.tickets));
            let topics = found.topics.iter().map(|t| (&t.id, &t.portrait, &t.tickets));
            let fits: Vec<_> = events
                .chain(topics)
                .filter(|(id, said, _)| *id == asked || (!asked.is_empty() && said.title.contains(asked)))
                .collect();
            // An event that the service is watching is known by the name that it has there.
            let watched = hot.and_then(|hot| hot.event(asked)).map(|e| (&e.id, &e.portrait, &e.tickets));
            let best = fits
                .into_iter()
                .chain(watched)
                .max_by_key(|(id, _, tickets)| (*id == asked, tickets.len(), std::cmp::Reverse(*id)));
            let (id, said, tickets) = best.ok_or_else(none)?;
            // without the place in front; a title that people gave is theirs as it is
            let own = !said.matter.is_empty() && said.title.ends_with(&said.matter);
            let name = known.named(if own { &said.matter } else { &said.title }, said.said_by.as_deref());
            // One member's words stand for all of them only as an example.
            let name = if own { format!("“{name}”等相近问题") } else { format!("“{name}”") };
            let members = tickets.iter().filter_map(|id| TicketId::new(id.clone()).ok()).collect();
            Ok((Subject::Topic { id: id.clone(), name }, members))
        }
        SubjectAsk::Again { subject, ids } => {
            let grown = match (subject, found) {
                (Subject::Topic { id, .. }, Some(found)) => {
                    let events = found.events.iter().map(|e| (&e.id, &e.tickets));
                    let topics = found.topics.iter().map(|t| (&t.id, &t.tickets));
                    events.chain(topics).find(|(own, _)| *own == id).map(|(_, tickets)| tickets)
                }
                _ => None,
            };
            let members = match grown {
                Some(tickets) => tickets.iter().filter_map(|id| TicketId::new(id.clone()).ok()).collect(),
                None => ids.clone(),
            };
            Ok((subject.clone(), members))
        }
        SubjectAsk::Tickets { name, ids } => {
            if ids.is_empty() || name.trim().is_empty() {
                return Err(Fault::invalid("工单专报需要名称和至少一件工单").at("tickets"));
            }
            // What a person types goes onto the paper as the title.
            Ok((Subject::Tickets { name: covered(name.trim()) }, ids.clone()))
        }
    }
}

/// Code and name of a category that is given by either.
fn category(asked: &str, pack: &CityPack) -> Option<(String, String)> {
    let all = pack.taxonomy.categories();
    if let Some(known) = all.iter().find(|c| c.code == asked || c.level2 == asked) {
        return Some((known.code.clone(), known.level2.clone()));
    }
    let level1 = |c: &&crate::domain::Category| c.level1 == asked || c.code.get(..2) == Some(asked);
    all.iter().find(level1).map(|c| (c.code.chars().take(2).collect(), c.level1.clone()))
}
