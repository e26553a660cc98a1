//! Briefs in SQLite.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sqlx::{Row, Sqlite, SqliteConnection, sqlite::SqliteRow};

use super::{
    SqliteStore, commit,
    counted::counted,
    ledger::{Unsealed, append},
    open::backend,
    read::number,
    rephrase, sql,
};
use crate::{
    domain::{
        Actor,
        brief::{BRIEF_SCHEMA, Brief, BriefKind, BriefState, Counted, Issue, TimeRangeKey, When, Window},
        city_time,
    },
    store::{
        AddedBrief, BriefLine, BriefRun, Briefs, Entry, GivenInstruction, Instruction, InstructionState,
        KeptRephrasing, StoreError, StoreResult,
        record::{instant, micros},
    },
};

/// Compression: level 3 keeps a weekly brief of a prefecture at about a tenth.
const LEVEL: i32 = 3;
/// Longest error text kept with a run, in characters.
const ERROR_LENGTH: usize = 500;

fn kind_of(word: &str) -> StoreResult<BriefKind> {
    let known = BriefKind::ALL.into_iter().find(|kind| kind.code() == word);
    known.ok_or_else(|| StoreError::Damaged(format!("brief kind `{word}` is not known")))
}

fn state_of(word: &str) -> StoreResult<BriefState> {
    let known = BriefState::ALL.into_iter().find(|state| state.code() == word);
    known.ok_or_else(|| StoreError::Damaged(format!("brief state `{word}` is not known")))
}

fn step_of(word: &str) -> StoreResult<InstructionState> {
    let known = InstructionState::ALL.into_iter().find(|state| state.code() == word);
    known.ok_or_else(|| StoreError::Damaged(format!("instruction state `{word}` is not known")))
}

fn get<'r, T>(row: &'r SqliteRow, column: &'static str) -> StoreResult<T>
where
    T: sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite>,
{
    row.try_get(column).map_err(backend)
}

fn whole(row: &SqliteRow, column: &'static str) -> StoreResult<u32> {
    let n: i64 = get(row, column)?;
    u32::try_from(n).map_err(|_| StoreError::Damaged(format!("{column} of a brief is {n}")))
}

fn packed(brief: &Brief) -> StoreResult<Vec<u8>> {
    let json = serde_json::to_vec(brief).map_err(|e| StoreError::Backend(format!("a brief cannot be written: {e}")))?;
    zstd::encode_all(json.as_slice(), LEVEL).map_err(|e| StoreError::Backend(format!("a brief cannot be packed: {e}")))
}

fn unpacked(row: &SqliteRow) -> StoreResult<Brief> {
    let schema: i64 = get(row, "schema")?;
    if schema > i64::from(BRIEF_SCHEMA) {
        return Err(StoreError::Damaged(format!(
            "a brief has schema {schema}, this program reads up to {BRIEF_SCHEMA}; use a newer tingsu"
        )));
    }
    let record: &[u8] = get(row, "record")?;
    let json = zstd::decode_all(record).map_err(|e| StoreError::Damaged(format!("a brief cannot be unpacked: {e}")))?;
    serde_json::from_slice(&json)
        .map_err(|e| StoreError::Damaged(format!("a brief is unreadable at line {} column {}", e.line(), e.column())))
}

fn line_of(row: &SqliteRow) -> StoreResult<BriefLine> {
    let time = |column: &'static str| instant(get(row, column)?, "a brief");
    let year: i64 = get(row, "issue_year")?;
    Ok(BriefLine {
        id: get(row, "id")?,
        kind: kind_of(get(row, "kind")?)?,
        issue: Issue { year: i16::try_from(year).unwrap_or(0), number: whole(row, "issue_number")? },
        title: get(row, "title")?,
        from: time("window_from")?,
        to: time("window_to")?,
        state: state_of(get(row, "state")?)?,
        version: whole(row, "version")?,
        hash: get(row, "hash")?,
        author: get(row, "author")?,
        made_at: time("made_at")?,
        changed_at: time("changed_at")?,
    })
}

/// What sets briefs of one kind and window apart: the part of the id behind the window.
fn subject_key(brief: &Brief) -> String {
    brief.id.splitn(4, '-').nth(3).unwrap_or_default().to_owned()
}

async fn insert_version(db: &mut SqliteConnection, brief: &Brief) -> StoreResult<()> {
    let line = brief.history.last().ok_or_else(|| StoreError::Refused("a brief without a version".into()))?;
    sqlx::query(sql::INSERT_BRIEF_VERSION)
        .bind(&brief.id)
        .bind(i64::from(line.version))
        .bind(micros(line.at))
        .bind(&line.author)
        .bind(line.state.code())
        .bind(&line.hash)
        .bind(i64::from(brief.schema))
        .bind(packed(brief)?)
        .execute(db)
        .await
        .map_err(backend)?;
    Ok(())
}

/// The next version of a brief with its line in the audit.
async fn next_version(db: &mut SqliteConnection, brief: &Brief, act: Entry) -> StoreResult<()> {
    let line = brief.history.last().ok_or_else(|| StoreError::Refused("a brief without a version".into()))?;
    let done = sqlx::query(sql::UPDATE_BRIEF)
        .bind(&brief.id)
        .bind(&brief.title)
        .bind(brief.state.code())
        .bind(i64::from(line.version))
        .bind(&line.hash)
        .bind(&line.author)
        .bind(micros(line.at))
        .bind(&line.parent)
        .execute(&mut *db)
        .await
        .map_err(backend)?;
    if done.rows_affected() == 0 {
        return Err(StoreError::Conflict(
            "the brief was changed by somebody else meanwhile: load it again and repeat the change".into(),
        ));
    }
    insert_version(db, brief).await?;
    append(db, vec![Unsealed::of(act, line.at)]).await
}

#[async_trait]
impl Briefs for SqliteStore {
    async fn counted(&self, when: When, range: TimeRangeKey) -> StoreResult<Vec<Counted>> {
        counted(&self.readers, when, range).await
    }

    async fn next_issue(&self, kind: BriefKind, year: i16) -> StoreResult<u32> {
        let query = sqlx::query_scalar(sql::LAST_ISSUE).bind(kind.code()).bind(i64::from(year));
        let last: i64 = query.fetch_one(&self.readers).await.map_err(backend)?;
        Ok(u32::try_from(last + 1).unwrap_or(1))
    }

    async fn add_brief(&self, brief: &Brief, act: Entry) -> StoreResult<AddedBrief> {
        let subject = subject_key(brief);
        let mut tx = self.write().await?;
        let there: Option<String> = sqlx::query_scalar(sql::BRIEF_OF_WINDOW)
            .bind(brief.kind.code())
            .bind(micros(brief.window.from))
            .bind(micros(brief.window.to))
            .bind(&subject)
            .fetch_optional(&mut *tx)
            .await
            .map_err(backend)?;
        if let Some(id) = there {
            return Ok(AddedBrief::There(id));
        }
        let taken: i64 = sqlx::query_scalar(sql::ISSUE_TAKEN)
            .bind(brief.kind.code())
            .bind(i64::from(brief.issue.year))
            .bind(i64::from(brief.issue.number))
            .fetch_one(&mut *tx)
            .await
            .map_err(backend)?;
        if taken > 0 {
            return Ok(AddedBrief::IssueTaken);
        }
        let author = brief.history.last().map(|r| r.author.clone()).unwrap_or_default();
        let at = brief.history.last().map_or(brief.made_at, |r| r.at);
        sqlx::query(sql::INSERT_BRIEF)
            .bind(&brief.id)
            .bind(brief.kind.code())
            .bind(&subject)
            .bind(micros(brief.window.from))
            .bind(micros(brief.window.to))
            .bind(i64::from(brief.issue.year))
            .bind(i64::from(brief.issue.number))
            .bind(&brief.title)
            .bind(brief.state.code())
            .bind(&brief.hash)
            .bind(author)
            .bind(micros(brief.made_at))
            .bind(micros(at))
            .execute(&mut *tx)
            .await
            .map_err(backend)?;
        insert_version(&mut tx, brief).await?;
        append(&mut tx, vec![Unsealed::of(act, at)]).await?;
        commit(tx).await?;
        Ok(AddedBrief::New)
    }

    async fn add_brief_version(&self, brief: &Brief, act: Entry) -> StoreResult<()> {
        let mut tx = self.write().await?;
        next_version(&mut tx, brief, act).await?;
        commit(tx).await
    }

    async fn accept_rephrasing(&self, id: i64, brief: &Brief, act: Entry) -> StoreResult<()> {
        let mut tx = self.write().await?;
        rephrase::mark_accepted(&mut tx, id, brief).await?;
        next_version(&mut tx, brief, act).await?;
        commit(tx).await
    }

    async fn add_rephrasing(&self, made: &KeptRephrasing, act: Entry) -> StoreResult<i64> {
        let mut tx = self.write().await?;
        let id = rephrase::insert(&mut tx, made).await?;
        append(&mut tx, vec![Unsealed::of(act, made.at)]).await?;
        commit(tx).await?;
        Ok(id)
    }

    async fn rephrasings(&self, brief: &str) -> StoreResult<Vec<KeptRephrasing>> {
        rephrase::of_brief(&self.readers, brief).await
    }

    async fn brief(&self, id: &str, version: Option<u32>) -> StoreResult<Option<Brief>> {
        let query = sqlx::query(sql::BRIEF_VERSION).bind(id).bind(version.map(i64::from));
        query.fetch_optional(&self.readers).await.map_err(backend)?.as_ref().map(unpacked).transpose()
    }

    async fn brief_versions(&self, id: &str) -> StoreResult<Vec<Brief>> {
        let query = sqlx::query(sql::BRIEF_VERSIONS).bind(id);
        query.fetch_all(&self.readers).await.map_err(backend)?.iter().map(unpacked).collect()
    }

    async fn briefs(&self, kind: Option<BriefKind>, offset: u64, limit: u64) -> StoreResult<Vec<BriefLine>> {
        let query = sqlx::query(sql::BRIEFS).bind(kind.map(BriefKind::code)).bind(number(limit)).bind(number(offset));
        query.fetch_all(&self.readers).await.map_err(backend)?.iter().map(line_of).collect()
    }

    async fn count_briefs(&self, kind: Option<BriefKind>) -> StoreResult<u64> {
        let query = sqlx::query_scalar(sql::COUNT_BRIEFS).bind(kind.map(BriefKind::code));
        let n: i64 = query.fetch_one(&self.readers).await.map_err(backend)?;
        Ok(n.unsigned_abs())
    }

    async fn add_instruction(&self, given: &GivenInstruction, by: &Actor, at: Timestamp) -> StoreResult<i64> {
        let mut tx = self.write().await?;
        let id: i64 = sqlx::query_scalar(sql::INSERT_INSTRUCTION)
            .bind(&given.brief)
            .bind(&given.leader)
            .bind(&given.text)
            .bind(micros(at))
            .bind(&given.unit)
            .bind(given.due_at.map(micros))
            .bind(InstructionState::Open.code())
            .fetch_one(&mut *tx)
            .await
            .map_err(backend)?;
        let act = Entry::new(by, "brief_instruct", format!("{} 批示{id}", given.brief));
        append(&mut tx, vec![Unsealed::of(act, at)]).await?;
        commit(tx).await?;
        Ok(id)
    }

    async fn step_instruction(
        &self,
        id: i64,
        by: &Actor,
        state: InstructionState,
        note: &str,
        at: Timestamp,
    ) -> StoreResult<()> {
        let mut tx = self.write().await?;
        let query = sqlx::query_scalar(sql::MOVE_INSTRUCTION).bind(id).bind(state.code());
        let moved = query.bind(InstructionState::Closed.code()).fetch_optional(&mut *tx).await.map_err(backend)?;
        let Some(brief): Option<String> = moved else {
            return Err(StoreError::Refused(format!("no open instruction {id}")));
        };
        let query = sqlx::query(sql::INSERT_STEP).bind(id).bind(micros(at)).bind(&by.name).bind(state.code());
        query.bind(note).execute(&mut *tx).await.map_err(backend)?;
        let act = Entry::new(by, "brief_instruction_step", format!("{brief} 批示{id} {}", state.label()));
        append(&mut tx, vec![Unsealed::of(act, at)]).await?;
        commit(tx).await
    }

    async fn instructions(&self, brief: Option<&str>) -> StoreResult<Vec<Instruction>> {
        let query = sqlx::query(sql::INSTRUCTIONS).bind(brief).bind(InstructionState::Closed.code());
        let rows = query.fetch_all(&self.readers).await.map_err(backend)?;
        let mut out = Vec::with_capacity(rows.len());
        for row in &rows {
            let what = "an instruction";
            let id: i64 = get(row, "id")?;
            let steps = sqlx::query(sql::STEPS).bind(id).fetch_all(&self.readers).await.map_err(backend)?;
            let step = |row: &SqliteRow| {
                Ok((
                    instant(get(row, "at")?, what)?,
                    get(row, "actor")?,
                    step_of(get(row, "state")?)?,
                    get(row, "note")?,
                ))
            };
            let due: Option<i64> = get(row, "due_at")?;
            out.push(Instruction {
                id,
                brief: get(row, "brief")?,
                leader: get(row, "leader")?,
                text: get(row, "text")?,
                at: instant(get(row, "at")?, what)?,
                unit: get(row, "unit")?,
                due_at: due.map(|due| instant(due, what)).transpose()?,
                state: step_of(get(row, "state")?)?,
                steps: steps.iter().map(step).collect::<StoreResult<_>>()?,
            });
        }
        Ok(out)
    }

    async fn plan_brief_runs(&self, runs: &[(BriefKind, Window)], at: Timestamp) -> StoreResult<u64> {
        let mut tx = self.write().await?;
        let mut planned = 0;
        for (kind, window) in runs {
            let query = sqlx::query(sql::PLAN_RUN).bind(kind.code()).bind(micros(window.from)).bind(micros(window.to));
            let query = query.bind(i64::from(window.cut_hour)).bind(micros(at));
            planned += query.execute(&mut *tx).await.map_err(backend)?.rows_affected();
        }
        commit(tx).await?;
        Ok(planned)
    }

    async fn claim_brief_run(&self, lease_seconds: i64, now: Timestamp) -> StoreResult<Option<BriefRun>> {
        let until = now.saturating_add(SignedDuration::from_secs(lease_seconds)).unwrap_or(Timestamp::MAX);
        let mut tx = self.write().await?;
        let query = sqlx::query(sql::CLAIM_RUN).bind(micros(now)).bind(micros(until));
        let row = query.fetch_optional(&mut *tx).await.map_err(backend)?;
        commit(tx).await?;
        let Some(row) = row else { return Ok(None) };
        let cut: i64 = get(&row, "cut_hour")?;
        let window = Window {
            from: instant(get(&row, "window_from")?, "a run")?,
            to: instant(get(&row, "window_to")?, "a run")?,
            cut_hour: u8::try_from(cut).unwrap_or(0),
        };
        debug_assert!(city_time(window.from) < city_time(window.to));
        Ok(Some(BriefRun {
            id: get(&row, "id")?,
            kind: kind_of(get(&row, "kind")?)?,
            window,
            attempts: get(&row, "attempts")?,
        }))
    }

    async fn finish_brief_run(&self, id: i64, brief: Option<&str>) -> StoreResult<()> {
        let mut tx = self.write().await?;
        sqlx::query(sql::FINISH_RUN).bind(id).bind(brief).execute(&mut *tx).await.map_err(backend)?;
        commit(tx).await
    }

    async fn fail_brief_run(&self, id: i64, error: &str, retry_at: Timestamp) -> StoreResult<()> {
        let error: String = error.chars().take(ERROR_LENGTH).collect();
        let mut tx = self.write().await?;
        let query = sqlx::query(sql::FAIL_RUN).bind(id).bind(error).bind(micros(retry_at));
        query.execute(&mut *tx).await.map_err(backend)?;
        commit(tx).await
    }
}
