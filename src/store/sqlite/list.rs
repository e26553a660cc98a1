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

/// Adds `WHERE` with the conditions of a filter; values are bound, never written into the text.
fn conditions(query: &mut QueryBuilder<Sqlite>, filter: &TicketFilter) {
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
}

/// One page and the total, both of one state of the database.
pub(super) async fn page(
    db: &mut SqliteConnection,
    recent: &Recent,
    filter: &TicketFilter,
    offset: u64,
    limit: u64,
) -> StoreResult<TicketPage> {
    let mut count = QueryBuilder::new(sql::COUNT_HEAD);
    conditions(&mut count, filter);
    let total: i64 = count.build_query_scalar().persistent(false).fetch_one(&mut *db).await.map_err(backend)?;

    // Ids first: where a sort is needed, it then moves ids and not whole records.
    let ids = ids(db, filter, offset, limit).await?;
    Ok(TicketPage { tickets: recent.tickets(db, &ids).await?, total: total.unsigned_abs() })
}

/// Ids of one page, newest first.
pub(super) async fn ids(
    db: &mut SqliteConnection,
    filter: &TicketFilter,
    offset: u64,
    limit: u64,
) -> StoreResult<Vec<TicketId>> {
    let mut page = QueryBuilder::new(sql::LIST_HEAD);
    conditions(&mut page, filter);
    page.push("\nORDER BY t.received_at DESC, t.id LIMIT ").push_bind(number(limit));
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
