//! What was told of alarms.

use async_trait::async_trait;
use sqlx::{Row, sqlite::SqliteRow};

use super::{SqliteStore, commit, open::backend, read::number, sql};
use crate::store::{
    AlarmLine, AlarmLog, StoreResult,
    record::{RECORD_VERSION, from_versioned, micros, to_json},
};

fn line(row: &SqliteRow) -> StoreResult<AlarmLine> {
    let version = row.try_get::<i64, _>("version").map_err(backend)?;
    from_versioned(version, &row.try_get::<String, _>("record_json").map_err(backend)?, "an alarm")
}

#[async_trait]
impl AlarmLog for SqliteStore {
    async fn tell_alarms(&self, lines: &[AlarmLine]) -> StoreResult<()> {
        let mut tx = self.write().await?;
        for line in lines {
            let told = sqlx::query(sql::TELL_ALARM)
                .bind(&line.stream)
                .bind(micros(line.told_at))
                .bind(&line.change)
                .bind(RECORD_VERSION)
                .bind(to_json(line)?)
                .execute(&mut *tx)
                .await
                .map_err(backend)?;
            let head = sqlx::query(sql::SET_ALARM_HEAD).bind(&line.stream).bind(told.last_insert_rowid());
            head.bind(i64::from(line.is_open())).execute(&mut *tx).await.map_err(backend)?;
        }
        commit(tx).await
    }

    async fn alarm_heads(&self, named: &[String]) -> StoreResult<Vec<AlarmLine>> {
        let rows =
            sqlx::query(sql::ALARM_HEADS).bind(to_json(&named)?).fetch_all(&self.readers).await.map_err(backend)?;
        rows.iter().map(line).collect()
    }

    async fn alarm_lines(&self, stream: Option<&str>, limit: u64) -> StoreResult<Vec<AlarmLine>> {
        let query = sqlx::query(sql::ALARM_LINES).bind(stream).bind(number(limit));
        query.fetch_all(&self.readers).await.map_err(backend)?.iter().map(line).collect()
    }
}
