//! The demo: its appeals, moved in time so that the newest is from now, and its accounts, which exist
//! nowhere else.

use jiff::{SignedDuration, Timestamp};

use crate::{
    domain::{Actor, Fault, Labels, NewTicket, Reach, Role},
    store::TicketFilter,
};

use super::{Desk, accounts::NewUser};

/// The password of all demo accounts: it stands on the login page.
const PASSWORD: &str = "Yanshi-2026-Tiyan";

/// So many of the latest appeals are decided.
const JUDGED: u64 = 200;

/// Seconds of a day.
const DAY: i64 = 86_400;
/// Days of which the oldest may be missing.
const MONTH: i64 = 28;

/// An account that the login page of the demo offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoAccount {
    /// 账号
    pub name: String,
    /// 姓名
    pub person: String,
    /// 角色
    pub role: Role,
    /// 管辖范围
    pub reach: Reach,
    /// 密码
    pub password: String,
}

impl Desk {
    /// Adds an account for each role, where it is not there yet; the handler's reach is the department
    /// with the most tickets.
    ///
    /// # Errors
    /// The store failed.
    pub async fn demo_accounts(&self) -> Result<Vec<DemoAccount>, Fault> {
        let mut most = (0, None);
        for department in &self.city().departments {
            let filter = TicketFilter { department: vec![department.name.clone()], ..TicketFilter::default() };
            let (_, total) = self.list(&filter, 0, 1).await?;
            if total > most.0 {
                most = (total, Some(department.name.clone()));
            }
        }
        let own = Reach { departments: most.1.into_iter().collect(), districts: Vec::new() };
        let people = [
            ("shouli", "演示受理员", Role::Operator),
            ("banjian", "演示办件员", Role::Handler),
            ("duban", "演示督办员", Role::Supervisor),
            ("yanpan", "演示研判员", Role::Analyst),
            ("lingdao", "演示领导", Role::Leader),
            ("guanli", "演示管理员", Role::Admin),
        ];
        let stand = self.people().await?;
        let mut accounts = Vec::new();
        for (name, person, role) in people {
            let reach = if role == Role::Handler { own.clone() } else { Reach::default() };
            let reach = stand.iter().find(|user| user.name == name).map_or(reach, |user| user.reach.clone());
            let account =
                DemoAccount { name: name.into(), person: person.into(), role, reach, password: PASSWORD.into() };
            if !stand.iter().any(|user| user.name == name) {
                let (name, person) = (account.name.clone(), account.person.clone());
                let (reach, password) = (account.reach.clone(), account.password.clone());
                self.add_user(NewUser { name, person, role, reach, password, must_change: false }).await?;
            }
            accounts.push(account);
        }
        Ok(accounts)
    }
}

impl Desk {
    /// What the demo's operator decided on the latest appeals: as their author labelled them, beside what was
    /// suggested, so that 质量 has something to show. Only once.
    ///
    /// # Errors
    /// The store failed.
    pub async fn demo_decisions(&self) -> Result<usize, Fault> {
        if !self.room.store.latest_decisions(1).await?.is_empty() {
            return Ok(0);
        }
        let actor = Actor::person("shouli", Role::Operator);
        let (tickets, _) = self.list(&TicketFilter::default(), 0, JUDGED).await?;
        let mut judged = 0;
        for ticket in tickets {
            if ticket.suggestion.is_none() || ticket.labels.category.is_none() {
                continue;
            }
            // Lowering would need a reason that nobody has.
            let level =
                ticket.labels.urgency.filter(|level| ticket.effective().urgency.is_none_or(|now| *level >= now));
            let labels = Labels { urgency: level, flags: None, ..ticket.labels.clone() };
            let reason = Some("演示:按模拟诉求的标注定性".to_owned());
            self.decide(&actor, &ticket.id, labels, reason).await?;
            judged += 1;
        }
        Ok(judged)
    }
}

/// Moves the tickets by whole days, so that calls come at the hours at which people call and bursts stay
/// bursts. The hours of today that are left are told by the calls of the oldest day, where there are days enough;
/// the newest 来电时间 is `now`, as a live service has it. Handling times move along.
pub fn shift_to_now(tickets: &mut [NewTicket], now: Timestamp) {
    let times = || tickets.iter().filter_map(|t| t.received_at);
    let (Some(oldest), Some(newest)) = (times().min(), times().max()) else { return };
    let days = |from: Timestamp, to: Timestamp| to.duration_since(from).as_secs().div_euclid(DAY);
    let shift = SignedDuration::from_secs(days(newest, now) * DAY);
    let whole = days(oldest, newest) + 1;
    let span = SignedDuration::from_secs(whole * DAY);
    for ticket in tickets {
        let Some(received) = ticket.received_at else { continue };
        let today = received.saturating_add(shift + span).unwrap_or(Timestamp::MAX);
        let by = match () {
            () if received == newest => now.duration_since(newest),
            () if today <= now && whole >= MONTH => shift + span,
            () => shift,
        };
        let moved = |at: Option<Timestamp>| at.and_then(|at| at.checked_add(by).ok());
        ticket.received_at = moved(ticket.received_at);
        let handling = &mut ticket.handling;
        handling.dispatched_at = moved(handling.dispatched_at);
        handling.signed_at = moved(handling.signed_at);
        handling.due_at = moved(handling.due_at);
        handling.closed_at = moved(handling.closed_at);
    }
}
