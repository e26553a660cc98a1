//! 督办: issued and closed, each with its line in the audit.

use jiff::Timestamp;
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use super::get;
use crate::{
    domain::{Actor, Order, OrderEnd, OrderId, TicketId},
    store::{
        Entry, NewOrder, Orders, StoreError, StoreResult,
        record::{instant, micros},
        sqlite::{
            ledger::{Unsealed, append},
            open::backend,
            read::{id_of, number},
        },
    },
};

const COLUMNS: &str = "SELECT id, ticket, department, reason, due_at, issued_by, issued_at, closed_by, closed_at, \
    result FROM oversight_orders ";
const INSERT: &str = "INSERT INTO oversight_orders (ticket, department, reason, due_at, issued_by, issued_at) \
    VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
const CLOSE: &str = "UPDATE oversight_orders SET closed_by = $2, closed_at = $3, result = $4 \
    WHERE id = $1 AND closed_at IS NULL";
const KNOWN: &str = "SELECT COUNT(*) FROM tickets WHERE id = $1";

fn order(row: &SqliteRow) -> StoreResult<Order> {
    let time = |micros: i64| instant(micros, "a 督办");
    let closed = match (get::<Option<String>>(row, "closed_by")?, get::<Option<i64>>(row, "closed_at")?) {
        (Some(by), Some(at)) => {
            Some(OrderEnd { by, at: time(at)?, result: get::<Option<String>>(row, "result")?.unwrap_or_default() })
        }
        _ => None,
    };
    Ok(Order {
        id: get(row, "id")?,
        ticket: id_of(get(row, "ticket")?)?,
        department: get(row, "department")?,
        reason: get(row, "reason")?,
        due_at: time(get(row, "due_at")?)?,
        issued_by: get(row, "issued_by")?,
        issued_at: time(get(row, "issued_at")?)?,
        closed,
    })
}

async fn noted(db: &mut SqliteConnection, action: &str, order: &Order, by: &Actor, at: Timestamp) -> StoreResult<()> {
    let detail = format!("#{} {}", order.id, order.department);
    let entry = Entry { ticket: Some(order.ticket.clone()), ..Entry::new(by, action, detail) };
    append(db, vec![Unsealed::of(entry, at)]).await
}

pub(super) async fn add(db: &mut SqliteConnection, new: &NewOrder, by: &Actor, at: Timestamp) -> StoreResult<Order> {
    let known: i64 = sqlx::query_scalar(KNOWN).bind(new.ticket.as_str()).fetch_one(&mut *db).await.map_err(backend)?;
    if known == 0 {
        return Err(StoreError::NotFound(new.ticket.clone()));
    }
    let id: i64 = sqlx::query_scalar(INSERT)
        .bind(new.ticket.as_str())
        .bind(&new.department)
        .bind(&new.reason)
        .bind(micros(new.due_at))
        .bind(&by.name)
        .bind(micros(at))
        .fetch_one(&mut *db)
        .await
        .map_err(backend)?;
    let order = one(db, id).await?.ok_or_else(gone)?;
    noted(db, "order_issued", &order, by, at).await?;
    Ok(order)
}

pub(super) async fn close(
    db: &mut SqliteConnection,
    id: OrderId,
    result: &str,
    by: &Actor,
    at: Timestamp,
) -> StoreResult<Order> {
    let update = sqlx::query(CLOSE).bind(id).bind(&by.name).bind(micros(at)).bind(result);
    if update.execute(&mut *db).await.map_err(backend)?.rows_affected() == 0 {
        return Err(StoreError::Conflict(format!("督办 {id} 已经办结,或没有这个编号")));
    }
    let order = one(db, id).await?.ok_or_else(gone)?;
    noted(db, "order_closed", &order, by, at).await?;
    Ok(order)
}

fn gone() -> StoreError {
    StoreError::Backend("an order went in and did not come out".into())
}

pub(super) async fn one(db: &mut SqliteConnection, id: OrderId) -> StoreResult<Option<Order>> {
    let mut query = sqlx::QueryBuilder::<sqlx::Sqlite>::new(COLUMNS);
    query.push("WHERE id = ").push_bind(id);
    let row = query.build().fetch_optional(db).await.map_err(backend)?;
    row.as_ref().map(order).transpose()
}

pub(super) async fn list(db: &mut SqliteConnection, which: &Orders) -> StoreResult<Vec<Order>> {
    let mut query = sqlx::QueryBuilder::<sqlx::Sqlite>::new(COLUMNS);
    match which {
        Orders::Open => query.push("WHERE closed_at IS NULL ORDER BY due_at, id"),
        Orders::Closed(most) => {
            query.push("WHERE closed_at IS NOT NULL ORDER BY closed_at DESC, id DESC LIMIT ").push_bind(number(*most))
        }
        Orders::Of(ticket) => query.push("WHERE ticket = ").push_bind(text(ticket)).push(" ORDER BY id"),
    };
    let rows = query.build().persistent(false).fetch_all(db).await.map_err(backend)?;
    rows.iter().map(order).collect()
}

fn text(id: &TicketId) -> String {
    id.as_str().to_owned()
}
