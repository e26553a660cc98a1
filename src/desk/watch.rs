//! Kept searches (关注): a person keeps a search and is told of every ticket that comes in and matches.
//!
//! Matching follows the change sequence, like the index, and keeps its place in the store: an alert and
//! the place are written in one transaction, so that a crash at any instant neither loses nor repeats
//! one. A ticket that matches only after triage or a decision is told then, once.

use std::sync::atomic::Ordering;

use crate::{
    domain::{Actor, Alert, Fault, FaultKind, KeptQuery, KeptSearch, Ticket, User},
    search::{Facet, Percolator},
    store::AlertFilter,
};

use super::{
    Desk, FindRequest,
    closed::closed,
    documents::document,
    reach::{names_somebody, narrow},
    trouble::lost,
};

/// Tickets matched with one transaction at most.
const BATCH: u64 = 1_000;
/// Longest name of a kept search and longest query, in characters.
const LONGEST: (usize, usize) = (40, 500);
/// Filters of a kept search at most.
const MOST_FILTERS: usize = 50;

/// A ticket that was told of.
#[derive(Clone, Debug)]
pub struct ToldTicket {
    /// The alert.
    pub alert: Alert,
    /// The ticket as it is now.
    pub ticket: Ticket,
}

/// A page of alerts, newest first.
#[derive(Clone, Debug, Default)]
pub struct AlertPage {
    /// The alerts with their tickets.
    pub told: Vec<ToldTicket>,
    /// Where the next page begins, if there is one.
    pub before: Option<i64>,
}

/// The kept searches made ready, and what they were made of.
#[derive(Debug, Default)]
pub(super) struct Watching {
    revision: (i64, i64),
    reach: u64,
    pack: String,
    day: Option<jiff::civil::Date>,
    ready: Option<std::sync::Arc<Percolator>>,
    /// No ticket before this place has to be matched.
    from: i64,
}

impl Desk {
    /// Keeps a search of a person; whether the person kept the same under this name before.
    ///
    /// # Errors
    /// Name or query is empty or too long, the name is taken by another query, too many are kept, or it asks
    /// for a caller without the right to personal data.
    pub async fn keep_search(&self, actor: &Actor, name: &str, query: KeptQuery) -> Result<(KeptSearch, bool), Fault> {
        let (name, q) = (name.trim(), query.q.trim());
        let length = name.chars().count();
        if length == 0 || length > LONGEST.0 || name.chars().any(char::is_control) {
            return Err(Fault::invalid(format!("关注的检索须有 1 到 {} 字的名称", LONGEST.0)).at("name"));
        }
        if q.chars().count() > LONGEST.1 {
            return Err(Fault::invalid(format!("检索词超过 {} 字", LONGEST.1)).at("q"));
        }
        if q.is_empty() && query.filters.is_empty() {
            return Err(Fault::invalid("不能关注全部工单,请写词语或条件").at("q"));
        }
        if query.filters.len() > MOST_FILTERS {
            return Err(Fault::invalid(format!("筛选条件超过 {MOST_FILTERS} 个")).at("filters"));
        }
        let asked = closed(&request(&query)?, &self.city(), self.now())?.0;
        if names_somebody(&asked) && !actor.sees_personal_data() {
            let message = "关注来电人、电话、证件号等个人信息需要“查看未脱敏的个人信息”权限,请联系管理员";
            return Err(Fault::new(FaultKind::Forbidden, message));
        }
        let query = KeptQuery { q: q.to_owned(), filters: query.filters };
        let mine = self.room.store.kept_searches(Some(&actor.name)).await?;
        if let Some(same) = mine.into_iter().find(|kept| kept.name == name && kept.query == query) {
            return Ok((same, true));
        }
        let kept = self.room.store.keep_search(actor, name, &query, self.now()).await?;
        self.room.changed.notify_waiters();
        Ok((kept, false))
    }

    /// A person's kept searches, oldest first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn kept_searches(&self, actor: &Actor) -> Result<Vec<KeptSearch>, Fault> {
        Ok(self.room.store.kept_searches(Some(&actor.name)).await?)
    }

    /// Drops a person's kept search with its alerts.
    ///
    /// # Errors
    /// The person keeps no search of that number.
    pub async fn drop_search(&self, actor: &Actor, id: i64) -> Result<(), Fault> {
        match self.room.store.drop_search(actor, id, self.now()).await? {
            true => Ok(()),
            false => Err(Fault::not_found(format!("no kept search {id}"))),
        }
    }

    /// A page of a person's alerts.
    ///
    /// # Errors
    /// The store failed.
    pub async fn alerts(&self, actor: &Actor, filter: AlertFilter, limit: usize) -> Result<AlertPage, Fault> {
        let limit = limit.clamp(1, 100);
        let alerts = self.room.store.alerts(&actor.name, filter, limit as u64).await?;
        let before = if alerts.len() == limit { alerts.last().map(|a| a.id) } else { None };
        let ids: Vec<_> = alerts.iter().map(|a| a.ticket.clone()).collect();
        let tickets = self.room.store.tickets(&ids).await?;
        let of = |alert: Alert| {
            let ticket = tickets.iter().find(|t| t.id == alert.ticket && self.reaches(t))?.clone();
            Some(ToldTicket { alert, ticket })
        };
        Ok(AlertPage { told: alerts.into_iter().filter_map(of).collect(), before })
    }

    /// Marks a person's alerts up to a number as seen, of one search or of all; how many there were.
    ///
    /// # Errors
    /// The store failed.
    pub async fn read_alerts(&self, actor: &Actor, search: Option<i64>, up_to: i64) -> Result<u64, Fault> {
        Ok(self.room.store.read_alerts(&actor.name, search, up_to, self.now()).await?)
    }

    /// Matches the next tickets of the change sequence against all kept searches; how many tickets, 0
    /// when there are none.
    ///
    /// # Errors
    /// The store failed; the same step can be tried again.
    pub async fn watch_step(&self) -> Result<usize, Fault> {
        self.watch_with(&mut Watching::default()).await
    }

    pub(super) async fn watch_with(&self, watching: &mut Watching) -> Result<usize, Fault> {
        let store = &self.room.store;
        let revision = store.kept_revision().await?;
        if revision.0 == 0 {
            *watching = Watching::default();
            return Ok(0);
        }
        let (pack, day) = (self.city(), crate::domain::city_date(self.now()));
        let reach = self.room.reaches_changed.load(Ordering::Relaxed);
        if watching.ready.is_none()
            || watching.revision != revision
            || watching.reach != reach
            || watching.pack != pack.hash
            || watching.day != Some(day)
        {
            let kept = store.kept_searches(None).await?;
            let first = kept.iter().map(|k| k.after_seq).min().unwrap_or(0);
            watching.from = store.watched_seq().await?.max(first);
            let (now, segmenter) = (self.now(), self.room.infer.current().analyser.segmenter.clone());
            let of_pack = pack.clone();
            let people = self.people().await?;
            let ready = tokio::task::spawn_blocking(move || {
                let closed = kept.iter().filter_map(|k| {
                    let mut query = closed(&request(&k.query).ok()?, &of_pack, now).ok()?.0;
                    let owner = people.iter().find(|user| user.name == k.owner);
                    // A right that was taken away since ends what was kept with it.
                    let may = |user: &User| user.actor().sees_personal_data() || !names_somebody(&query);
                    if !owner.is_none_or(may) {
                        return None;
                    }
                    owner.is_none_or(|user| narrow(&mut query, &user.reach)).then_some((k.id, query))
                });
                let synonyms = of_pack.searched_alike();
                Percolator::new(closed.collect(), segmenter, &synonyms)
            });
            watching.ready = Some(std::sync::Arc::new(ready.await.map_err(|_| lost("reading kept searches"))?));
            (watching.revision, watching.pack, watching.day) = (revision, pack.hash.clone(), Some(day));
            watching.reach = reach;
        }
        let tickets = store.tickets_after(watching.from, BATCH).await?;
        let (Some(up_to), Some(ready)) = (tickets.iter().map(|t| t.seq).max(), watching.ready.clone()) else {
            return Ok(0);
        };
        let count = tickets.len();
        let matches = tokio::task::spawn_blocking(move || {
            let docs: Vec<_> = tickets.iter().map(|t| document(t, &pack)).collect();
            ready.matches(&docs)
        });
        let matches = matches.await.map_err(|_| lost("matching kept searches"))??;
        let told = store.tell(&matches, up_to, self.now()).await?;
        watching.from = up_to;
        metrics::counter!("tingsu_alerts_total").increment(told);
        Ok(count)
    }
}

/// A kept query as a search.
fn request(query: &KeptQuery) -> Result<FindRequest, Fault> {
    let filter = |(code, value): &(String, String)| match Facet::ALL.into_iter().find(|f| f.code() == code) {
        Some(facet) => Ok((facet, value.clone())),
        None => Err(Fault::new(FaultKind::Invalid, "a filter names no facet").at("filters")),
    };
    let filters = query.filters.iter().map(filter).collect::<Result<_, _>>()?;
    Ok(FindRequest { q: query.q.clone(), filters, ..FindRequest::default() })
}
