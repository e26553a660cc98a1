//! Lists: filters on effective labels, newest first.

use jiff::{ToSpan, civil::Date};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection, SqlitePool};

use super::{
    batch::push_list,
    open::backend,
    read::{id_of, number},
    recent::Recent,
    sql,
};
use crate::{
    domain::{CITY_OFFSET_HOURS, TicketId},
    store::{DayCount, StoreError, StoreResult, TicketFilter, TicketPage, record::micros},
};

/// Which of the units that a filter demands: an OR would end the order of the index, two ordered lists are merged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// Answers for it.
    Leads,
    /// Assists only.
    Assists,
    /// One of both, where only few tickets are looked at.
    Any,
}

fn assisted(query: &mut QueryBuilder<Sqlite>, units: &[String]) {
    query.push("t.id IN (SELECT a.ticket FROM assisted a WHERE a.unit IN ");
    push_list(query, units.to_vec());
    query.push(")");
}

/// The same, without those for which the assisting unit answers itself by now; the first term is the one that finds.
fn helped(query: &mut QueryBuilder<Sqlite>, units: &[String]) {
    assisted(query, units);
    query.push(" AND EXISTS (SELECT 1 FROM assisted b WHERE b.ticket = t.id AND b.unit IS NOT t.department");
    query.push(" AND b.unit IN ");
    push_list(query, units.to_vec());
    query.push(")");
}

/// Adds `WHERE` with the conditions of a filter; values are bound, never written into the text.
fn conditions(query: &mut QueryBuilder<Sqlite>, filter: &TicketFilter, side: Side) {
    let words = |words: &[String]| words.to_vec();
    let any = [
        ("t.status", filter.status.iter().map(|s| s.label().to_owned()).collect()),
        ("t.urgency", filter.urgency.iter().map(|u| u.code().to_owned()).collect()),
        ("t.department", words(&filter.department)),
        ("t.category", words(&filter.category)),
        ("t.district", words(&filter.district)),
    ];
    let mut joint = "\nWHERE ";
    for (column, values) in any {
        if values.is_empty() {
            continue;
        }
        query.push(joint).push(column).push(" IN ");
        push_list(query, values);
        joint = " AND ";
    }
    for (operator, bound) in [(">=", filter.received.from), ("<", filter.received.to)] {
        if let Some(at) = bound {
            query.push(joint).push("t.received_at ").push(operator).push(" ").push_bind(micros(at));
            joint = " AND ";
        }
    }
    if !filter.assisting.is_empty() {
        query.push(joint);
        helped(query, &filter.assisting);
        joint = " AND ";
    }
    if filter.units.is_empty() {
        return;
    }
    query.push(joint).push("(");
    if side == Side::Assists {
        query.push("COALESCE(t.department, '') NOT IN ");
        push_list(query, filter.units.clone());
        query.push(" AND ");
        assisted(query, &filter.units);
    } else {
        query.push("t.department IN ");
        push_list(query, filter.units.clone());
    }
    if side == Side::Any {
        query.push(" OR ");
        assisted(query, &filter.units);
    }
    query.push(")");
}

/// The tickets that are named, in their order; CROSS JOIN keeps it.
fn among(query: &mut QueryBuilder<Sqlite>, ids: &[TicketId], filter: &TicketFilter) {
    let list: Vec<&str> = ids.iter().map(TicketId::as_str).collect();
    query.push(" FROM json_each(").push_bind(serde_json::Value::from(list).to_string());
    query.push(") j CROSS JOIN tickets t ON t.id = j.value");
    conditions(query, filter, Side::Any);
}

/// Both sides of the units, or one where none are demanded.
fn sides(filter: &TicketFilter) -> &'static [Side] {
    if filter.units.is_empty() { &[Side::Leads] } else { &[Side::Leads, Side::Assists] }
}

async fn total(db: &mut SqliteConnection, filter: &TicketFilter) -> StoreResult<u64> {
    let mut counts = Vec::new();
    if let Some(ids) = &filter.among {
        let mut count = QueryBuilder::new("SELECT COUNT(*)");
        among(&mut count, ids, filter);
        counts.push(count);
    } else {
        for side in sides(filter) {
            let mut count = QueryBuilder::new(sql::COUNT_HEAD);
            conditions(&mut count, filter, *side);
            counts.push(count);
        }
    }
    let mut all = 0;
    for mut count in counts {
        let n: i64 = count.build_query_scalar().persistent(false).fetch_one(&mut *db).await.map_err(backend)?;
        all += n.unsigned_abs();
    }
    Ok(all)
}

/// One page and the total, both of one state of the database.
pub(super) async fn page(
    db: &mut SqliteConnection,
    recent: &Recent,
    filter: &TicketFilter,
    offset: u64,
    limit: u64,
) -> StoreResult<TicketPage> {
    let total = total(db, filter).await?;
    // Ids first: where a sort is needed, it then moves ids and not whole records.
    let ids = ids(db, filter, offset, limit).await?;
    Ok(TicketPage { tickets: recent.tickets(db, &ids).await?, total })
}

/// Ids of one page, newest first, or in the order in which they are named.
pub(super) async fn ids(
    db: &mut SqliteConnection,
    filter: &TicketFilter,
    offset: u64,
    limit: u64,
) -> StoreResult<Vec<TicketId>> {
    let mut page = QueryBuilder::new("");
    if let Some(ids) = &filter.among {
        page.push("SELECT t.id");
        among(&mut page, ids, filter);
        page.push("\nORDER BY j.key");
    } else {
        for (n, side) in sides(filter).iter().enumerate() {
            page.push(if n > 0 { "\nUNION ALL " } else { "" }).push(sql::LIST_HEAD);
            conditions(&mut page, filter, *side);
        }
        page.push("\nORDER BY received_at DESC, id");
    }
    page.push(" LIMIT ").push_bind(number(limit));
    page.push(" OFFSET ").push_bind(number(offset));
    let ids: Vec<String> = page.build_query_scalar().persistent(false).fetch_all(&mut *db).await.map_err(backend)?;
    ids.into_iter().map(id_of).collect()
}

/// Tickets by day and category.
pub(super) async fn daily(db: &SqlitePool) -> StoreResult<Vec<DayCount>> {
    let ahead = i64::from(CITY_OFFSET_HOURS) * 3_600_000_000;
    let rows: Vec<(i64, Option<String>, i64)> =
        sqlx::query_as(sql::DAILY).bind(ahead).fetch_all(db).await.map_err(backend)?;
    let day = |days: i64| Date::constant(1970, 1, 1).checked_add(days.days()).ok();
    let count = |(days, category, n): (i64, Option<String>, i64)| {
        let day = day(days).ok_or_else(|| StoreError::Damaged(format!("a ticket of the day {days} since 1970")))?;
        Ok(DayCount { day, category, count: n.unsigned_abs() })
    };
    rows.into_iter().map(count).collect()
}
