//! The demo: its appeals, moved in time so that the newest is from now, and its accounts, which exist
//! nowhere else.

use jiff::{SignedDuration, Timestamp};

use crate::{
    domain::{Fault, NewTicket, Reach, Role},
    store::TicketFilter,
};

use super::{Desk, accounts::NewUser};

/// The password of all demo accounts: it stands on the login page.
const PASSWORD: &str = "Yanshi-2026-Tiyan";

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

/// Moves all tickets by one amount, so that the newest 来电时间 is `now` and every distance between
/// two appeals stays (bursts stay bursts). Handling times move along.
pub fn shift_to_now(tickets: &mut [NewTicket], now: Timestamp) {
    let Some(newest) = tickets.iter().filter_map(|t| t.received_at).max() else { return };
    // Whole days would keep the hour of day but leave the newest up to a day old; a demo of a live
    // service has to start with calls from this minute.
    let shift: SignedDuration = now.duration_since(newest);
    let moved = |at: Option<Timestamp>| at.and_then(|at| at.checked_add(shift).ok());
    for ticket in tickets {
        ticket.received_at = moved(ticket.received_at);
        let handling = &mut ticket.handling;
        handling.dispatched_at = moved(handling.dispatched_at);
        handling.signed_at = moved(handling.signed_at);
        handling.due_at = moved(handling.due_at);
        handling.closed_at = moved(handling.closed_at);
    }
}
