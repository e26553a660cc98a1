//! Briefs, their versions, 批示 on them, and the runs of the schedule.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::domain::{
    Actor,
    brief::{Brief, BriefKind, BriefState, Counted, Issue, TimeRangeKey, When, Window},
};

use super::{Entry, StoreResult};

/// A brief in a list: the row without its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BriefLine {
    /// Id.
    pub id: String,
    /// Kind.
    pub kind: BriefKind,
    /// 期号
    pub issue: Issue,
    /// 标题
    pub title: String,
    /// First instant told of.
    pub from: Timestamp,
    /// First instant no longer told of.
    pub to: Timestamp,
    /// How far it has come.
    pub state: BriefState,
    /// Latest version.
    pub version: u32,
    /// Hash of it.
    pub hash: String,
    /// Who made the latest version.
    pub author: String,
    /// When the brief was made.
    pub made_at: Timestamp,
    /// When the latest version was.
    pub changed_at: Timestamp,
}

/// Where an instruction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstructionState {
    /// 待办
    Open,
    /// 办理中
    Working,
    /// 已反馈
    Answered,
    /// 已办结
    Closed,
}

impl InstructionState {
    /// All states.
    pub const ALL: [InstructionState; 4] =
        [InstructionState::Open, InstructionState::Working, InstructionState::Answered, InstructionState::Closed];

    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            InstructionState::Open => "open",
            InstructionState::Working => "working",
            InstructionState::Answered => "answered",
            InstructionState::Closed => "closed",
        }
    }

    /// Its name.
    pub fn label(self) -> &'static str {
        match self {
            InstructionState::Open => "待办",
            InstructionState::Working => "办理中",
            InstructionState::Answered => "已反馈",
            InstructionState::Closed => "已办结",
        }
    }
}

/// 批示: what a leader wrote on a brief, and every step until its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Its number.
    pub id: i64,
    /// On which brief.
    pub brief: String,
    /// Whose.
    pub leader: String,
    /// The words.
    pub text: String,
    /// When.
    pub at: Timestamp,
    /// Who has to act.
    pub unit: Option<String>,
    /// By when.
    pub due_at: Option<Timestamp>,
    /// Where it stands.
    pub state: InstructionState,
    /// What happened: time, actor, state, note; oldest first.
    pub steps: Vec<(Timestamp, String, InstructionState, String)>,
}

/// 批示 as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenInstruction {
    /// On which brief.
    pub brief: String,
    /// Whose.
    pub leader: String,
    /// The words.
    pub text: String,
    /// Who has to act.
    pub unit: Option<String>,
    /// By when.
    pub due_at: Option<Timestamp>,
}

/// What a language model made of a section, as it is kept: whoever accepts it later accepts these words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRephrasing {
    /// Its number.
    pub id: i64,
    /// Of which brief.
    pub brief: String,
    /// Of which version.
    pub version: u32,
    /// Of which section.
    pub section: String,
    /// Which model.
    pub model: String,
    /// Who asked.
    pub asked_by: String,
    /// When.
    pub at: Timestamp,
    /// The model's words by place, with their tokens.
    pub places: Vec<(String, String)>,
    /// The version that it was accepted as.
    pub accepted: Option<u32>,
}

/// A run of the schedule that was claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BriefRun {
    /// Its number.
    pub id: i64,
    /// Which kind.
    pub kind: BriefKind,
    /// Which window.
    pub window: Window,
    /// How often it was tried.
    pub attempts: i64,
}

/// What came of adding a brief.
#[derive(Clone, Debug, PartialEq)]
pub enum AddedBrief {
    /// Stored now.
    New,
    /// One of this kind, window and subject is there already: its id.
    There(String),
    /// The issue number was taken meanwhile: ask for the next and seal again.
    IssueTaken,
}

/// The part of the store that keeps briefs. Every change by a person or a model stands in the sealed audit,
/// in the same transaction: `act` is its line.
#[async_trait]
pub trait Briefs {
    /// What can be counted of the tickets one of whose instants lies in a range, without their texts; sorted by id.
    /// The range ends on whole seconds.
    async fn counted(&self, when: When, range: TimeRangeKey) -> StoreResult<Vec<Counted>>;

    /// The next free issue number of a kind in a year.
    async fn next_issue(&self, kind: BriefKind, year: i16) -> StoreResult<u32>;

    /// Stores the first version of a brief.
    async fn add_brief(&self, brief: &Brief, act: Entry) -> StoreResult<AddedBrief>;

    /// Stores the next version.
    ///
    /// # Errors
    /// [`super::StoreError::Conflict`] if the latest one is not the parent of this.
    async fn add_brief_version(&self, brief: &Brief, act: Entry) -> StoreResult<()>;

    /// Stores the version that an accepted rephrasing makes.
    ///
    /// # Errors
    /// As [`Briefs::add_brief_version`]; also if there is none of that number or it was accepted before.
    async fn accept_rephrasing(&self, id: i64, brief: &Brief, act: Entry) -> StoreResult<()>;

    /// Keeps what a model made of a section; its number.
    async fn add_rephrasing(&self, made: &KeptRephrasing, act: Entry) -> StoreResult<i64>;

    /// Rephrasings of a brief, oldest first.
    async fn rephrasings(&self, brief: &str) -> StoreResult<Vec<KeptRephrasing>>;

    /// A version of a brief; none means the latest.
    async fn brief(&self, id: &str, version: Option<u32>) -> StoreResult<Option<Brief>>;

    /// All versions, oldest first.
    async fn brief_versions(&self, id: &str) -> StoreResult<Vec<Brief>>;

    /// Briefs, newest first.
    async fn briefs(&self, kind: Option<BriefKind>, offset: u64, limit: u64) -> StoreResult<Vec<BriefLine>>;

    /// How many there are.
    async fn count_briefs(&self, kind: Option<BriefKind>) -> StoreResult<u64>;

    /// Records an instruction; its number.
    async fn add_instruction(&self, given: &GivenInstruction, by: &Actor, at: Timestamp) -> StoreResult<i64>;

    /// Moves an instruction on.
    ///
    /// # Errors
    /// [`super::StoreError::Refused`] if there is none of that number or it is closed.
    async fn step_instruction(
        &self,
        id: i64,
        by: &Actor,
        state: InstructionState,
        note: &str,
        at: Timestamp,
    ) -> StoreResult<()>;

    /// Instructions on a brief, or all that are not closed.
    async fn instructions(&self, brief: Option<&str>) -> StoreResult<Vec<Instruction>>;

    /// Plans runs; those that are planned already stay as they are. Returns how many are new.
    async fn plan_brief_runs(&self, runs: &[(BriefKind, Window)], at: Timestamp) -> StoreResult<u64>;

    /// Takes the earliest open run for `lease_seconds`.
    async fn claim_brief_run(&self, lease_seconds: i64, now: Timestamp) -> StoreResult<Option<BriefRun>>;

    /// Marks a run as done, with the brief that it made (none if there was nothing to tell).
    async fn finish_brief_run(&self, id: i64, brief: Option<&str>) -> StoreResult<()>;

    /// Gives a run back with its error, to be tried after `retry_at`.
    async fn fail_brief_run(&self, id: i64, error: &str, retry_at: Timestamp) -> StoreResult<()>;
}
