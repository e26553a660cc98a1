//! Counting with the index that holds all that is counted, and the lists behind the counts.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::get;
use crate::{
    domain::{
        Reopened,
        brief::{TimeRangeKey, When},
    },
    store::{
        CaseFilter, Dimension, StoreError, StoreResult, TicketPage, UnitCounts,
        record::{from_json, instant, micros},
        sqlite::{
            batch::push_list,
            open::backend,
            read::{id_of, number},
            recent::Recent,
        },
    },
};

/// Whole seconds of city time since 1970: the day begins at midnight in the city.
const CITY_SECONDS: &str = "(t.received_at / 1000000 + 28800)";
const REPEATS: &str = "EXISTS (SELECT 1 FROM repeats r WHERE r.ticket = t.id)";

/// Writes `WHERE` or `AND`.
struct Conditions<'q> {
    query: &'q mut QueryBuilder<Sqlite>,
    joint: &'static str,
}

impl Conditions<'_> {
    fn and(&mut self) -> &mut QueryBuilder<Sqlite> {
        self.query.push(self.joint);
        self.joint = "\n  AND ";
        self.query
    }

    /// One of the values, where an empty text stands for none.
    fn any(&mut self, column: &'static str, values: &[String]) {
        if values.is_empty() {
            return;
        }
        let (none, named): (Vec<&String>, Vec<&String>) = values.iter().partition(|value| value.is_empty());
        let query = self.and();
        query.push("(");
        if !named.is_empty() {
            query.push(column).push(" IN ");
            push_list(query, named.iter().map(|value| (*value).clone()));
        }
        if !none.is_empty() {
            query.push(if named.is_empty() { "" } else { " OR " });
            query.push("COALESCE(").push(column).push(", '') = ''");
        }
        query.push(")");
    }

    fn window(&mut self, when: When, range: &TimeRangeKey) {
        let column = column_of(when);
        for (operator, at) in [(" >= ", range.from), (" < ", range.to)] {
            let query = self.and();
            query.push(column).push(operator);
            bound(query, when, at);
        }
    }
}

fn column_of(when: When) -> &'static str {
    match when {
        When::Received => "t.received_at",
        When::Due => "t.due_text",
        When::Closed => "t.closed_text",
    }
}

/// An end of a window; texts compare as times do when the bound has no final Z.
fn bound(query: &mut QueryBuilder<Sqlite>, when: When, at: Timestamp) {
    match when {
        When::Received => query.push_bind(micros(at)),
        When::Due | When::Closed => query.push_bind(at.strftime("%Y-%m-%dT%H:%M:%S").to_string()),
    };
}

/// Adds the conditions of a filter but its windows, and one window of them; says what joins a further one.
fn conditions(query: &mut QueryBuilder<Sqlite>, filter: &CaseFilter, range: Option<&TimeRangeKey>) -> &'static str {
    let mut c = Conditions { query, joint: "\nWHERE " };
    if let Some(range) = range {
        c.window(filter.when.unwrap_or(When::Received), range);
    }
    if let Some(open) = filter.open {
        // The very words of the partial index.
        c.and().push(if open { "t.open_now = 1" } else { "t.open_now = 0" });
    }
    c.any("t.urgency", &filter.urgency.iter().map(|u| u.code().to_owned()).collect::<Vec<_>>());
    c.any("t.category", &filter.category);
    c.any("t.department", &filter.department);
    c.any("t.district", &filter.district);
    c.any("t.outcome_said", &filter.outcome.iter().map(|o| o.label().to_owned()).collect::<Vec<_>>());
    c.any("t.satisfaction_said", &filter.satisfaction.iter().map(|s| s.label().to_owned()).collect::<Vec<_>>());
    if let Some(level1) = &filter.level1 {
        let length = i64::try_from(level1.chars().count()).unwrap_or(i64::MAX);
        let query = c.and();
        query.push("SUBSTR(t.category, 1, ").push_bind(length).push(") = ").push_bind(level1.clone());
    }
    for (column, wanted) in [("t.revisited_yes", filter.revisited), ("t.contacted_yes", filter.contacted)] {
        if let Some(wanted) = wanted {
            c.and().push(column).push(" = ").push_bind(i64::from(wanted));
        }
    }
    if let Some(signed) = filter.signed {
        // The very words of the partial indexes, here and below.
        c.and().push(if signed { "t.taken_yes = 1" } else { "t.taken_yes = 0" });
    }
    if let Some(returned) = filter.returned {
        c.and().push(if returned { "t.returned_times > 0" } else { "COALESCE(t.returned_times, 0) = 0" });
    }
    if let Some(repeat) = filter.repeat {
        c.and().push(if repeat { "" } else { "NOT " }).push(REPEATS);
    }
    if let Some(day) = filter.weekday {
        // 1 January 1970 was a Thursday.
        c.and().push("(").push(CITY_SECONDS).push(" / 86400 + 3) % 7 = ").push_bind(i64::from(day));
    }
    if let Some(hour) = filter.hour {
        c.and().push("(").push(CITY_SECONDS).push(" / 3600) % 24 = ").push_bind(i64::from(hour));
    }
    c.joint
}

/// The windows one by one, which an index answers better than all of them joined by OR; they do not
/// overlap.
fn windows(filter: &CaseFilter) -> Vec<Option<&TimeRangeKey>> {
    if filter.ranges.is_empty() { vec![None] } else { filter.ranges.iter().map(Some).collect() }
}

/// How many statements a filter takes: one for each of its windows.
pub(super) fn statements(filter: &CaseFilter) -> usize {
    windows(filter).len()
}

pub(super) async fn count(db: &mut SqliteConnection, filter: &CaseFilter) -> StoreResult<u64> {
    let mut all = 0;
    for range in windows(filter) {
        let mut query = QueryBuilder::new("SELECT COUNT(*) FROM tickets t");
        conditions(&mut query, filter, range);
        let n: i64 = query.build_query_scalar().persistent(false).fetch_one(&mut *db).await.map_err(backend)?;
        all += n.unsigned_abs();
    }
    Ok(all)
}

pub(super) async fn tally(
    db: &mut SqliteConnection,
    filter: &CaseFilter,
    by: Dimension,
) -> StoreResult<Vec<(String, u64)>> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for range in windows(filter) {
        let mut query = QueryBuilder::new("SELECT ");
        match by {
            Dimension::Category => query.push("COALESCE(t.category, '')"),
            Dimension::Department => query.push("COALESCE(t.department, '')"),
            Dimension::District => query.push("COALESCE(t.district, '')"),
            Dimension::Hour => query.push("CAST((").push(CITY_SECONDS).push(" / 3600 + 72) % 168 AS TEXT)"),
            Dimension::Day => query.push("CAST(").push(CITY_SECONDS).push(" / 86400 AS TEXT)"),
        };
        query.push(" AS value, COUNT(*) AS n FROM tickets t");
        conditions(&mut query, filter, range);
        query.push("\nGROUP BY 1");
        for row in &query.build().persistent(false).fetch_all(&mut *db).await.map_err(backend)? {
            *counts.entry(get(row, "value")?).or_default() += get::<i64>(row, "n")?.unsigned_abs();
        }
    }
    let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(counts)
}

const UNITS: &str = "SELECT COALESCE(t.department, '') AS unit, COUNT(*) AS n, \
    SUM(t.revisited_yes = 1) AS revisited, \
    SUM(t.revisited_yes = 1 AND t.contacted_yes IS NOT NULL) AS contact_known, \
    SUM(t.revisited_yes = 1 AND COALESCE(t.contacted_yes, 0) = 1) AS contacted, \
    SUM(t.revisited_yes = 1 AND t.outcome_said IS NOT NULL) AS outcome_known, \
    SUM(t.revisited_yes = 1 AND COALESCE(t.outcome_said, '') = '解决') AS solved, \
    SUM(t.revisited_yes = 1 AND COALESCE(t.satisfaction_said, '') = '满意') AS satisfied, \
    SUM(t.revisited_yes = 1 AND COALESCE(t.satisfaction_said, '') = '基本满意') AS mostly FROM tickets t";

pub(super) async fn units(db: &mut SqliteConnection, filter: &CaseFilter) -> StoreResult<Vec<UnitCounts>> {
    let mut units: BTreeMap<String, UnitCounts> = BTreeMap::new();
    for range in windows(filter) {
        let mut query = QueryBuilder::new(UNITS);
        conditions(&mut query, filter, range);
        query.push("\nGROUP BY 1");
        for row in &query.build().persistent(false).fetch_all(&mut *db).await.map_err(backend)? {
            let name: String = get(row, "unit")?;
            let unit =
                units.entry(name.clone()).or_insert_with(|| UnitCounts { department: name, ..UnitCounts::default() });
            let n = |column| get::<i64>(row, column).map(i64::unsigned_abs);
            unit.all += n("n")?;
            unit.revisited += n("revisited")?;
            unit.contact_known += n("contact_known")?;
            unit.contacted += n("contacted")?;
            unit.outcome_known += n("outcome_known")?;
            unit.solved += n("solved")?;
            unit.satisfied += n("satisfied")?;
            unit.mostly += n("mostly")?;
        }
    }
    Ok(units.into_values().collect())
}

/// What was taken up again: the few that a partial index holds.
pub(super) async fn reopened(db: &mut SqliteConnection, filter: &CaseFilter) -> StoreResult<Vec<Reopened>> {
    let mut all = Vec::new();
    for range in windows(filter) {
        let mut query = QueryBuilder::new(
            "SELECT t.id, t.received_at, t.registered_at, t.department, t.status, t.handling_json FROM tickets t",
        );
        let joint = conditions(&mut query, filter, range);
        // The very words of the partial index.
        query.push(joint).push("t.second_yes = 1");
        for row in &query.build().persistent(false).fetch_all(&mut *db).await.map_err(backend)? {
            let id = id_of(get(row, "id")?)?;
            let what = format!("ticket `{id}`");
            let unknown = |_| StoreError::Damaged(format!("{what}: unknown word in a column"));
            all.push(Reopened {
                received_at: instant(get(row, "received_at")?, &what)?,
                registered_at: instant(get(row, "registered_at")?, &what)?,
                department: get(row, "department")?,
                status: get::<String>(row, "status")?.parse().map_err(unknown)?,
                handling: from_json(&get::<String>(row, "handling_json")?, &what)?,
                id,
            });
        }
    }
    all.sort_by(|a, b| b.received_at.cmp(&a.received_at).then_with(|| a.id.cmp(&b.id)));
    Ok(all)
}

/// A page and the total, of one state of the database.
pub(super) async fn page(
    db: &mut SqliteConnection,
    recent: &Recent,
    filter: &CaseFilter,
    offset: u64,
    limit: u64,
) -> StoreResult<TicketPage> {
    let total = count(db, filter).await?;
    // The latest window first; what earlier ones hold is passed over, so that a page reads one or two.
    let mut ranges = windows(filter);
    ranges.sort_by_key(|range| std::cmp::Reverse(range.map(|r| r.from)));
    let (mut skip, mut left) = (offset, limit);
    let mut ids: Vec<String> = Vec::new();
    for range in ranges {
        if left == 0 {
            break;
        }
        let one = CaseFilter { ranges: range.copied().into_iter().collect(), ..filter.clone() };
        if filter.ranges.len() > 1 {
            let here = count(db, &one).await?;
            if here <= skip {
                skip -= here;
                continue;
            }
        }
        let mut query = QueryBuilder::new("SELECT t.id FROM tickets t");
        conditions(&mut query, &one, range);
        query.push("\nORDER BY t.received_at DESC, t.id LIMIT ").push_bind(number(left));
        query.push(" OFFSET ").push_bind(number(skip));
        let found: Vec<String> =
            query.build_query_scalar().persistent(false).fetch_all(&mut *db).await.map_err(backend)?;
        left -= (found.len() as u64).min(left);
        skip = 0;
        ids.extend(found);
    }
    let ids = ids.into_iter().map(id_of).collect::<StoreResult<Vec<_>>>()?;
    Ok(TicketPage { tickets: recent.tickets(db, &ids).await?, total })
}
