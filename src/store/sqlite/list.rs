//! Lists: filters on effective labels, newest first.

use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::{
    open::backend,
    read::{number, ticket_of},
    sql,
};
use crate::store::{StoreResult, TicketFilter, TicketPage, record::micros};

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
        query.push(joint).push(column).push(" IN (");
        let mut list = query.separated(", ");
        for value in values {
            list.push_bind(value);
        }
        query.push(")");
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
    filter: &TicketFilter,
    offset: u64,
    limit: u64,
) -> StoreResult<TicketPage> {
    let mut count = QueryBuilder::new(sql::COUNT_OF_LIST);
    conditions(&mut count, filter);
    let total: i64 = count.build_query_scalar().persistent(false).fetch_one(&mut *db).await.map_err(backend)?;

    let mut page = QueryBuilder::new(sql::TICKET);
    conditions(&mut page, filter);
    page.push("\nORDER BY t.received_at DESC, t.id LIMIT ").push_bind(number(limit));
    page.push(" OFFSET ").push_bind(number(offset));
    let rows = page.build().persistent(false).fetch_all(db).await.map_err(backend)?;
    let tickets = rows.iter().map(ticket_of).collect::<StoreResult<_>>()?;
    Ok(TicketPage { tickets, total: total.unsigned_abs() })
}
