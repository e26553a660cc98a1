//! Counting, running clocks, 督办.

mod count;
mod orders;
mod running;

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::{Row, Sqlite, sqlite::SqliteRow};

use super::{SqliteStore, commit, open::backend};
use crate::{
    domain::{Actor, Order, OrderId, Reopened},
    store::{
        CaseFilter, Dimension, NewOrder, OpenCase, Orders, Oversight, StoreResult, TicketPage, UnitCounts,
        record::instant,
    },
};

fn get<'r, T>(row: &'r SqliteRow, column: &'static str) -> StoreResult<T>
where
    T: sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite>,
{
    row.try_get(column).map_err(backend)
}

#[async_trait]
impl Oversight for SqliteStore {
    async fn count_cases(&self, filter: &CaseFilter) -> StoreResult<u64> {
        match count::statements(filter) {
            1 => count::count(&mut *self.reader().await?, filter).await,
            _ => count::count(&mut *self.snapshot().await?, filter).await,
        }
    }

    async fn tally(&self, filter: &CaseFilter, by: Dimension) -> StoreResult<Vec<(String, u64)>> {
        match count::statements(filter) {
            1 => count::tally(&mut *self.reader().await?, filter, by).await,
            _ => count::tally(&mut *self.snapshot().await?, filter, by).await,
        }
    }

    async fn unit_counts(&self, filter: &CaseFilter) -> StoreResult<Vec<UnitCounts>> {
        match count::statements(filter) {
            1 => count::units(&mut *self.reader().await?, filter).await,
            _ => count::units(&mut *self.snapshot().await?, filter).await,
        }
    }

    async fn cases(&self, filter: &CaseFilter, offset: u64, limit: u64) -> StoreResult<TicketPage> {
        let mut tx = self.snapshot().await?;
        count::page(&mut tx, &self.recent, filter, offset, limit).await
    }

    async fn open_cases(&self) -> StoreResult<Vec<OpenCase>> {
        let mut tx = self.snapshot().await?;
        running::open_cases(&mut tx).await
    }

    async fn reopened(&self, filter: &CaseFilter) -> StoreResult<Vec<Reopened>> {
        let mut tx = self.snapshot().await?;
        count::reopened(&mut tx, filter).await
    }

    async fn first_received(&self) -> StoreResult<Option<Timestamp>> {
        let first: Option<i64> = sqlx::query_scalar("SELECT MIN(received_at) FROM tickets")
            .fetch_one(&self.readers)
            .await
            .map_err(backend)?;
        first.map(|at| instant(at, "a ticket")).transpose()
    }

    async fn add_order(&self, order: &NewOrder, by: &Actor, at: Timestamp) -> StoreResult<Order> {
        let mut tx = self.write().await?;
        let order = orders::add(&mut tx, order, by, at).await?;
        commit(tx).await?;
        Ok(order)
    }

    async fn close_order(&self, id: OrderId, result: &str, by: &Actor, at: Timestamp) -> StoreResult<Order> {
        let mut tx = self.write().await?;
        let order = orders::close(&mut tx, id, result, by, at).await?;
        commit(tx).await?;
        Ok(order)
    }

    async fn order(&self, id: OrderId) -> StoreResult<Option<Order>> {
        let mut reader = self.reader().await?;
        orders::one(&mut reader, id).await
    }

    async fn orders(&self, which: &Orders) -> StoreResult<Vec<Order>> {
        let mut reader = self.reader().await?;
        orders::list(&mut reader, which).await
    }
}
