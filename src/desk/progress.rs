//! How far is a ticket: what happened when, and how its deadlines stand.

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};

use crate::{
    city::CityPack,
    domain::{Act, Actor, Deed, Fault, Status, Ticket, TicketId, city_date, midnight, promise_due, running},
    store::AuditLine,
};

use super::Desk;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// 来电 登记 研判 定性 派单 签收 联系 答复 回访 …
    pub label: &'static str,
    /// Who, where somebody of ours did it.
    pub who: Option<String>,
    /// Units, result.
    pub about: String,
    /// What was written with it; may hold personal data.
    pub words: String,
}

/// How a deadline stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Done before it.
    InTime,
    /// Done after it.
    Late,
    /// Not done, there is time left.
    Running,
    /// Not done, and past it.
    Over,
}

impl Pace {
    /// Stable word.
    pub fn code(self) -> &'static str {
        match self {
            Pace::InTime => "in_time",
            Pace::Late => "late",
            Pace::Running => "running",
            Pace::Over => "over",
        }
    }
}

/// A deadline of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// 签收 联系 办结 承诺 本月联系
    pub name: &'static str,
    /// Until when.
    pub due: Timestamp,
    /// How it stands.
    pub pace: Pace,
    /// In words: 剩余 2 个工作日, 超期 3 小时.
    pub words: String,
}

/// How far a ticket is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// What happened, oldest first.
    pub moments: Vec<Moment>,
    /// Deadlines that concern it.
    pub watches: Vec<Watch>,
    /// Deeds that the workflow has room for now.
    pub open: Vec<&'static str>,
}

impl Desk {
    /// How far a ticket is.
    ///
    /// # Errors
    /// Not found, out of reach, or the store is unavailable.
    pub async fn progress(&self, id: &TicketId) -> Result<Progress, Fault> {
        let ticket = self.get(id).await?;
        let (_, audit) = self.history_of(&ticket).await?;
        self.progress_of(&ticket, &audit).await
    }

    /// How far a ticket is that the actor was given; `audit` are its lines, see [`Desk::history_of`].
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn progress_of(&self, ticket: &Ticket, audit: &[AuditLine]) -> Result<Progress, Fault> {
        let acts = self.room.store.acts().acts_of(&ticket.id).await?;
        let watches = watches(ticket, &acts, &self.city(), self.now());
        Ok(Progress {
            moments: moments(ticket, &acts, audit),
            watches,
            open: open(ticket.status, &self.actor(), self.only_assists(ticket)),
        })
    }

    /// The deadline to finish of a ticket, in words; none if it has none.
    pub fn finish(&self, ticket: &Ticket) -> Option<Watch> {
        watches(ticket, &[], &self.city(), self.now()).into_iter().find(|watch| watch.name == FINISH)
    }
}

const FINISH: &str = "办结";

/// Deeds that the workflow has room for in a state and that the actor may do, by their words.
fn open(status: Status, actor: &Actor, assists: bool) -> Vec<&'static str> {
    let none = String::new;
    let all: [(&'static str, Deed); 15] = [
        ("dispatch", Deed::Dispatch { department: none(), assisting: Vec::new(), note: none() }),
        ("sign", Deed::Sign),
        ("return", Deed::Return { reason: none() }),
        ("contact", Deed::Contact { note: none() }),
        ("reply", Deed::Reply { text: none() }),
        ("revisit", Deed::Revisit { reached: true, outcome: None, satisfaction: None, note: none() }),
        // With a day it may be done while it runs already: to move that day.
        ("reopen", Deed::Reopen { reason: none(), promised: Some(Date::MAX) }),
        ("archive", Deed::Archive { note: none() }),
        ("transfer", Deed::Transfer { units: Vec::new(), note: none() }),
        ("assign", Deed::Assign { person: none(), note: none() }),
        ("mark", Deed::Mark { mark: none(), off: false }),
        ("note", Deed::Note { text: none() }),
        ("whistle", Deed::Whistle { units: Vec::new(), reason: none(), within: 1 }),
        ("report", Deed::Report { unit: none(), note: none() }),
        ("repeat", Deed::Repeat { of: None, note: none() }),
    ];
    let may = |deed: &Deed| deed.fits(status) && actor.may(deed.right()) && (!assists || deed.is_helpers());
    all.into_iter().filter(|(_, deed)| may(deed)).map(|(word, _)| word).collect()
}

fn moments(ticket: &Ticket, acts: &[Act], audit: &[AuditLine]) -> Vec<Moment> {
    let plain = |at: Timestamp, label, who: Option<&str>| Moment {
        at,
        label,
        who: who.filter(|name| *name != "system").map(str::to_owned),
        about: String::new(),
        words: String::new(),
    };
    let source = &ticket.content.handling;
    let known = [source.dispatched_at, source.signed_at, source.closed_at];
    // What another system had already handled was not taken down here.
    let taken_down = !known.into_iter().flatten().any(|at| at < ticket.registered_at);
    let entry = if taken_down { "登记" } else { "导入" };
    let mut all = vec![
        Moment { about: ticket.content.channel.label().to_owned(), ..plain(ticket.received_at, "来电", None) },
        plain(ticket.registered_at, entry, Some(&ticket.registered_by)),
    ];
    if let Some(line) = audit.iter().find(|line| line.action == "triaged") {
        all.push(plain(line.at, "研判", None));
    }
    all.extend(audit.iter().filter(|l| l.action == "decided").map(|l| plain(l.at, "定性", Some(&l.actor))));
    all.extend(acts.iter().map(|act| Moment {
        about: about(act),
        words: match &act.deed {
            Deed::Mark { .. } => String::new(),
            deed => deed.words().to_owned(),
        },
        ..plain(act.at, act.deed.label(), Some(&act.actor.name))
    }));
    // What the source system knew: times of which there is no act here.
    let handling = &ticket.content.handling;
    for (at, label, code) in [
        (handling.dispatched_at, "派单", "dispatched"),
        (handling.signed_at, "签收", "signed"),
        (handling.contacted_at, "联系", "contacted"),
        (handling.closed_at, "答复", "replied"),
        (handling.revisited_at, "回访", "revisited"),
    ] {
        if let Some(at) = at.filter(|_| !acts.iter().any(|act| act.deed.code() == code)) {
            all.push(Moment { about: "来源系统".into(), ..plain(at, label, None) });
        }
    }
    all.sort_by_key(|moment| moment.at);
    all
}

fn about(act: &Act) -> String {
    match &act.deed {
        Deed::Transfer { units, .. } => units.join("、"),
        Deed::Dispatch { department, assisting, .. } if assisting.is_empty() => department.clone(),
        Deed::Dispatch { department, assisting, .. } => format!("{department},协办 {}", assisting.join("、")),
        Deed::Reopen { promised: Some(day), .. } => {
            let form = if day.year() == city_date(act.at).year() { "%m-%d" } else { "%Y-%m-%d" };
            format!("承诺 {} 前办结", day.strftime(form))
        }
        Deed::Assign { person, .. } => person.clone(),
        Deed::Whistle { units, within, .. } => format!("{},{within} 小时内报到", units.join("、")),
        Deed::Report { unit, .. } => unit.clone(),
        Deed::Repeat { of: Some(of), .. } => format!("重复于 {of}"),
        Deed::Mark { mark, .. } => mark.clone(),
        Deed::Revisit { reached, outcome, satisfaction, .. } => {
            let reached = if *reached { "有效回访" } else { "未接通" };
            let parts = [Some(reached), outcome.map(|o| o.label()), satisfaction.map(|s| s.label())];
            parts.into_iter().flatten().collect::<Vec<_>>().join("、")
        }
        _ => String::new(),
    }
}

fn watches(ticket: &Ticket, acts: &[Act], pack: &CityPack, now: Timestamp) -> Vec<Watch> {
    let handling = &ticket.content.handling;
    let labels = ticket.effective();
    let deadline = labels.urgency.and_then(|level| pack.deadline(labels.appeal_type, level));
    let mut all = Vec::new();
    let minutes = |n: u32| SignedDuration::from_mins(i64::from(n));
    if let (Some(deadline), Some(sent)) = (deadline, handling.dispatched_at) {
        let open = !matches!(ticket.status, Status::Archived | Status::Replied | Status::Revisited);
        let first = acts.iter().find(|act| matches!(act.deed, Deed::Contact { .. })).map(|act| act.at);
        let contacted = first.or(handling.contacted_at);
        for (name, minutes, done) in [
            ("签收", minutes(deadline.sign_minutes), handling.signed_at),
            ("联系", minutes(deadline.contact_minutes), contacted),
        ] {
            if let Some(due) = sent.checked_add(minutes).ok().filter(|_| done.is_some() || open) {
                all.push(watch(name, due, done, now, None));
            }
        }
    }
    if let Some(due) = handling.due_at {
        let by_days = deadline.is_none_or(|deadline| deadline.finish_workdays.is_some());
        let closed = matches!(ticket.status, Status::Archived | Status::Replied | Status::Revisited);
        let done = handling.closed_at.filter(|_| ticket.status != Status::SecondRound);
        if done.is_some() || !closed {
            all.push(watch(FINISH, due, done, now, by_days.then_some(pack)));
        }
    }
    let closed = matches!(ticket.status, Status::Archived | Status::Replied | Status::Revisited);
    let ended = handling.closed_at.or(handling.rounds.last().and_then(|round| round.to)).filter(|_| closed);
    if let Some(day) = handling.promised.filter(|_| ended.is_some() || !closed) {
        all.push(watch("承诺", promise_due(day), ended, now, Some(pack)));
    }
    let month = running(ticket.status, ticket.registered_at, handling).and_then(|round| round.this_month(now));
    if let Some((month, done)) = month {
        let last = month.checked_add(1.month()).map(|next| next.saturating_sub(1.day())).unwrap_or(month);
        all.push(watch("本月联系", promise_due(last), done.then(|| midnight(month)), now, None));
    }
    all
}

/// A deadline counted in hours and minutes, or with a pack in its working days.
fn watch(
    name: &'static str,
    due: Timestamp,
    done: Option<Timestamp>,
    now: Timestamp,
    days: Option<&CityPack>,
) -> Watch {
    let end = done.unwrap_or(now);
    let pace = match (done.is_some(), end <= due) {
        (true, true) => Pace::InTime,
        (true, false) => Pace::Late,
        (false, true) => Pace::Running,
        (false, false) => Pace::Over,
    };
    let (from, to) = if end <= due { (end, due) } else { (due, end) };
    let span = match days {
        Some(pack) if city_date(from) != city_date(to) => {
            format!("{} 个工作日", pack.calendar.workdays_between(from, to))
        }
        _ => hours(to.duration_since(from)),
    };
    let words = match pace {
        Pace::InTime => "按时".to_owned(),
        Pace::Late => format!("晚 {span}"),
        Pace::Running => format!("剩余 {span}"),
        Pace::Over => format!("超期 {span}"),
    };
    Watch { name, due, pace, words }
}

fn hours(span: SignedDuration) -> String {
    let minutes = span.as_mins().max(0);
    match minutes {
        0..60 => format!("{minutes} 分钟"),
        60..2880 if minutes % 60 == 0 => format!("{} 小时", minutes / 60),
        60..600 => format!("{} 小时 {} 分钟", minutes / 60, minutes % 60),
        600..2880 => format!("{} 小时", minutes / 60),
        _ => format!("{} 天", minutes / 1440),
    }
}
