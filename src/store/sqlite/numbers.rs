//! Ticket numbers of the service's own: `YYYYMMDD-000001`, counted per day in city time. Numbers
//! that an import took are passed over.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::{open::backend, sql};
use crate::{
    domain::{TicketId, city_date},
    store::{StoreError, StoreResult},
};

/// Six digits.
const LARGEST: i64 = 999_999;

/// Counters of the days that a batch touches.
#[derive(Default)]
pub(super) struct Numbers {
    days: BTreeMap<String, Day>,
}

struct Day {
    last: i64,
    taken: BTreeSet<String>,
}

impl Numbers {
    /// The next free number of the day of `at`; `known` tells numbers that earlier rows of the batch
    /// brought along.
    pub(super) async fn next(
        &mut self,
        db: &mut SqliteConnection,
        at: Timestamp,
        known: impl Fn(&TicketId) -> bool,
    ) -> StoreResult<TicketId> {
        let name = city_date(at).strftime("%Y%m%d").to_string();
        let day = match self.days.get_mut(&name) {
            Some(day) => day,
            None => {
                let day = Day::read(db, &name).await?;
                self.days.entry(name.clone()).or_insert(day)
            }
        };
        while day.last < LARGEST {
            day.last += 1;
            let number = format!("{name}-{:06}", day.last);
            if day.taken.contains(&number) {
                continue;
            }
            let id = TicketId::new(number).map_err(|e| StoreError::Backend(e.to_string()))?;
            if !known(&id) {
                return Ok(id);
            }
        }
        Err(StoreError::Refused(format!("all {LARGEST} ticket numbers of {name} are given")))
    }

    /// Writes the counters.
    pub(super) async fn write(self, db: &mut SqliteConnection) -> StoreResult<()> {
        for (name, day) in self.days {
            let query = sqlx::query(sql::SET_NUMBER).bind(name).bind(day.last);
            query.execute(&mut *db).await.map_err(backend)?;
        }
        Ok(())
    }
}

impl Day {
    async fn read(db: &mut SqliteConnection, name: &str) -> StoreResult<Self> {
        let last: Option<i64> = sqlx::query_scalar(sql::LAST_NUMBER)
            .bind(name.to_owned())
            .fetch_optional(&mut *db)
            .await
            .map_err(backend)?;
        let last = last.unwrap_or(0);
        // Beyond the counter only imported numbers stand; `.` follows `-` in the order of bytes.
        let taken: Vec<String> = sqlx::query_scalar(sql::NUMBERS_TAKEN)
            .bind(format!("{name}-{last:06}"))
            .bind(format!("{name}."))
            .fetch_all(db)
            .await
            .map_err(backend)?;
        Ok(Self { last, taken: taken.into_iter().collect() })
    }
}
