//! What counting needs of the tickets of a window, read from the columns; of the original only who called and
//! whether it repeats another. No text leaves the database's pages for it.

use futures_util::TryStreamExt;
use jiff::Timestamp;
use serde::{Deserialize, de::IgnoredAny};
use sqlx::{SqlitePool, sqlite::SqliteRow};

use super::{
    open::backend,
    read::{get, id_of},
    sql,
};
use crate::{
    domain::{
        CallerKind, Handling, Repeat,
        brief::{Counted, TimeRangeKey, When},
    },
    store::{
        StoreError, StoreResult,
        record::{from_json, from_versioned, instant, micros},
    },
};

/// The part of an original that is counted.
#[derive(Deserialize)]
struct Original {
    #[serde(default)]
    caller: Caller,
    #[serde(default)]
    repeat_of: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
struct Caller {
    #[serde(default)]
    kind: Option<CallerKind>,
    #[serde(default)]
    number: Option<String>,
    #[serde(default)]
    confidential: bool,
}

/// A bound as the columns of text hold their instants, less the final Z.
fn bound(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

fn of(row: &SqliteRow) -> StoreResult<Counted> {
    let id = id_of(get(row, "id")?)?;
    let what = format!("ticket `{id}`");
    let original: Original = from_versioned(get(row, "version")?, get(row, "record_json")?, &what)?;
    let handling: Handling = from_json(get(row, "handling_json")?, &what)?;
    let unknown = |_| StoreError::Damaged(format!("{what}: unknown word in a column"));
    let word = |column: &'static str| get::<Option<&str>>(row, column);
    Ok(Counted {
        received_at: instant(get(row, "received_at")?, &what)?,
        status: get::<&str>(row, "status")?.parse().map_err(unknown)?,
        channel: get::<&str>(row, "channel")?.parse().map_err(unknown)?,
        caller_kind: original.caller.kind,
        caller: original.caller.number,
        confidential: original.caller.confidential,
        appeal_type: word("appeal_type")?.map(str::parse).transpose().map_err(unknown)?,
        category: get(row, "category")?,
        department: get(row, "department")?,
        urgency: word("urgency")?.map(str::parse).transpose().map_err(unknown)?,
        district: get(row, "district")?,
        town: get(row, "town")?,
        repeats: match &handling.repeat {
            Some(said) => matches!(said, Repeat::Of(_)),
            None => original.repeat_of.is_some(),
        },
        handling: Handling { reply: None, ..handling },
        id,
    })
}

pub(super) async fn counted(readers: &SqlitePool, when: When, range: TimeRangeKey) -> StoreResult<Vec<Counted>> {
    let query = match when {
        When::Received => sqlx::query(sql::COUNTED_BY_RECEIVED).bind(micros(range.from)).bind(micros(range.to)),
        When::Due => sqlx::query(sql::COUNTED_BY_DUE).bind(bound(range.from)).bind(bound(range.to)),
        When::Closed => sqlx::query(sql::COUNTED_BY_CLOSED).bind(bound(range.from)).bind(bound(range.to)),
    };
    let mut rows = query.fetch(readers);
    let mut out = Vec::new();
    while let Some(row) = rows.try_next().await.map_err(backend)? {
        out.push(of(&row)?);
    }
    out.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    Ok(out)
}
