//! When parts fail: a handler that panics, a store that is gone.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use axum::{body::Body, http::Request};
use jiff::Timestamp;
use serde_json::json;
use tingsu::{
    desk::{Clock, DeskConfig, PackSource},
    domain::{
        Actor, Alert, Change, Decision, Handling, Job, JobKind, KeptQuery, KeptSearch, NewTicket, Status, Suggestion,
        Ticket, TicketId,
        brief::{Brief, BriefKind, Counted, TimeRangeKey, When, Window},
    },
    http::HttpConfig,
    store::{
        Accounts, Acts, Added, AddedBrief, AlarmLog, AlertFilter, AuditLine, BriefLine, BriefRun, Briefs, Copied,
        DayCount, Entry, Events, GivenInstruction, Instruction, InstructionState, Intake, KeptRephrasing, Ledger,
        Oversight, SqliteStore, Store, StoreResult, TicketFilter, TicketPage, Upkeep, Watches,
    },
};

use super::service::TestService;
use crate::desk::{NOW, TestDesk};

/// A store that panics while it is told to, with a citizen's words in the message.
#[derive(Debug)]
struct Rigged {
    inner: SqliteStore,
    panics: Arc<AtomicBool>,
}

impl Rigged {
    fn gate(&self) -> &SqliteStore {
        assert!(!self.panics.load(Ordering::SeqCst), "byte index 3 is not a char boundary in `张三家着火`");
        &self.inner
    }
}

#[async_trait]
impl Watches for Rigged {
    async fn keep_search(&self, by: &Actor, name: &str, query: &KeptQuery, at: Timestamp) -> StoreResult<KeptSearch> {
        self.gate().keep_search(by, name, query, at).await
    }

    async fn kept_searches(&self, owner: Option<&str>) -> StoreResult<Vec<KeptSearch>> {
        self.gate().kept_searches(owner).await
    }

    async fn kept_revision(&self) -> StoreResult<(i64, i64)> {
        self.gate().kept_revision().await
    }

    async fn drop_search(&self, by: &Actor, id: i64, at: Timestamp) -> StoreResult<bool> {
        self.gate().drop_search(by, id, at).await
    }

    async fn alerts(&self, owner: &str, filter: AlertFilter, limit: u64) -> StoreResult<Vec<Alert>> {
        self.gate().alerts(owner, filter, limit).await
    }

    async fn read_alerts(&self, owner: &str, search: Option<i64>, up_to: i64, at: Timestamp) -> StoreResult<u64> {
        self.gate().read_alerts(owner, search, up_to, at).await
    }

    async fn watched_seq(&self) -> StoreResult<i64> {
        self.gate().watched_seq().await
    }

    async fn tell(&self, matches: &[(i64, TicketId)], up_to: i64, at: Timestamp) -> StoreResult<u64> {
        self.gate().tell(matches, up_to, at).await
    }
}

#[async_trait]
impl Briefs for Rigged {
    async fn counted(&self, when: When, range: TimeRangeKey) -> StoreResult<Vec<Counted>> {
        self.gate().counted(when, range).await
    }

    async fn next_issue(&self, kind: BriefKind, year: i16) -> StoreResult<u32> {
        self.gate().next_issue(kind, year).await
    }

    async fn add_brief(&self, brief: &Brief, act: Entry) -> StoreResult<AddedBrief> {
        self.gate().add_brief(brief, act).await
    }

    async fn add_brief_version(&self, brief: &Brief, act: Entry) -> StoreResult<()> {
        self.gate().add_brief_version(brief, act).await
    }

    async fn accept_rephrasing(&self, id: i64, brief: &Brief, act: Entry) -> StoreResult<()> {
        self.gate().accept_rephrasing(id, brief, act).await
    }

    async fn add_rephrasing(&self, made: &KeptRephrasing, act: Entry) -> StoreResult<i64> {
        self.gate().add_rephrasing(made, act).await
    }

    async fn rephrasings(&self, brief: &str) -> StoreResult<Vec<KeptRephrasing>> {
        self.gate().rephrasings(brief).await
    }

    async fn brief(&self, id: &str, version: Option<u32>) -> StoreResult<Option<Brief>> {
        self.gate().brief(id, version).await
    }

    async fn brief_versions(&self, id: &str) -> StoreResult<Vec<Brief>> {
        self.gate().brief_versions(id).await
    }

    async fn briefs(&self, kind: Option<BriefKind>, offset: u64, limit: u64) -> StoreResult<Vec<BriefLine>> {
        self.gate().briefs(kind, offset, limit).await
    }

    async fn count_briefs(&self, kind: Option<BriefKind>) -> StoreResult<u64> {
        self.gate().count_briefs(kind).await
    }

    async fn add_instruction(&self, given: &GivenInstruction, by: &Actor, at: Timestamp) -> StoreResult<i64> {
        self.gate().add_instruction(given, by, at).await
    }

    async fn step_instruction(
        &self,
        id: i64,
        by: &Actor,
        state: InstructionState,
        note: &str,
        at: Timestamp,
    ) -> StoreResult<()> {
        self.gate().step_instruction(id, by, state, note, at).await
    }

    async fn instructions(&self, brief: Option<&str>) -> StoreResult<Vec<Instruction>> {
        self.gate().instructions(brief).await
    }

    async fn plan_brief_runs(&self, runs: &[(BriefKind, Window)], at: Timestamp) -> StoreResult<u64> {
        self.gate().plan_brief_runs(runs, at).await
    }

    async fn claim_brief_run(&self, lease_seconds: i64, now: Timestamp) -> StoreResult<Option<BriefRun>> {
        self.gate().claim_brief_run(lease_seconds, now).await
    }

    async fn finish_brief_run(&self, id: i64, brief: Option<&str>) -> StoreResult<()> {
        self.gate().finish_brief_run(id, brief).await
    }

    async fn fail_brief_run(&self, id: i64, error: &str, retry_at: Timestamp) -> StoreResult<()> {
        self.gate().fail_brief_run(id, error, retry_at).await
    }
}

#[async_trait]
impl Store for Rigged {
    async fn add(&self, ticket: NewTicket, intake: Intake) -> StoreResult<Added> {
        self.gate().add(ticket, intake).await
    }

    async fn add_many(&self, rows: Vec<(NewTicket, Intake)>) -> StoreResult<Vec<StoreResult<Added>>> {
        self.gate().add_many(rows).await
    }

    async fn tickets(&self, ids: &[TicketId]) -> StoreResult<Vec<Ticket>> {
        self.gate().tickets(ids).await
    }

    async fn list(&self, filter: &TicketFilter, offset: u64, limit: u64) -> StoreResult<TicketPage> {
        self.gate().list(filter, offset, limit).await
    }

    async fn daily(&self) -> StoreResult<Vec<DayCount>> {
        self.gate().daily().await
    }

    async fn count(&self) -> StoreResult<u64> {
        self.gate().count().await
    }

    async fn tickets_after(&self, seq: i64, limit: u64) -> StoreResult<Vec<Ticket>> {
        self.gate().tickets_after(seq, limit).await
    }

    async fn save_suggestions(
        &self,
        rows: Vec<(TicketId, Suggestion)>,
        actor: &Actor,
        at: Timestamp,
    ) -> StoreResult<()> {
        self.gate().save_suggestions(rows, actor, at).await
    }

    async fn decide(&self, decision: Decision) -> StoreResult<Ticket> {
        self.gate().decide(decision).await
    }

    async fn decisions(&self, ticket: &TicketId) -> StoreResult<Vec<Decision>> {
        self.gate().decisions(ticket).await
    }

    async fn handle(
        &self,
        ticket: &TicketId,
        status: Option<Status>,
        handling: Handling,
        actor: &Actor,
        at: Timestamp,
    ) -> StoreResult<Ticket> {
        self.gate().handle(ticket, status, handling, actor, at).await
    }

    async fn audit(&self, ticket: Option<&TicketId>, limit: u64) -> StoreResult<Vec<AuditLine>> {
        self.gate().audit(ticket, limit).await
    }

    async fn latest_decisions(&self, limit: u64) -> StoreResult<Vec<Decision>> {
        self.gate().latest_decisions(limit).await
    }

    async fn copy_to(&self, path: &std::path::Path) -> StoreResult<Copied> {
        self.gate().copy_to(path).await
    }

    fn acts(&self) -> &dyn Acts {
        &self.inner
    }

    fn accounts(&self) -> &dyn Accounts {
        &self.inner
    }

    fn events(&self) -> &dyn Events {
        self.gate().events()
    }

    fn upkeep(&self) -> &dyn Upkeep {
        self.gate().upkeep()
    }

    fn alarm_log(&self) -> &dyn AlarmLog {
        self.inner.alarm_log()
    }

    fn ledger(&self) -> &dyn Ledger {
        &self.inner
    }

    fn oversight(&self) -> &dyn Oversight {
        self.gate().oversight()
    }

    async fn changes(&self, seq: i64, limit: u64) -> StoreResult<Vec<Change>> {
        self.gate().changes(seq, limit).await
    }

    async fn last_seq(&self) -> StoreResult<i64> {
        self.gate().last_seq().await
    }

    async fn claim_jobs(&self, kind: JobKind, limit: u64, lease_seconds: i64, now: Timestamp) -> StoreResult<Vec<Job>> {
        self.gate().claim_jobs(kind, limit, lease_seconds, now).await
    }

    async fn finish_jobs(&self, ids: &[i64]) -> StoreResult<()> {
        self.gate().finish_jobs(ids).await
    }

    async fn fail_jobs(&self, ids: &[i64], error: &str, retry_at: Timestamp) -> StoreResult<()> {
        self.gate().fail_jobs(ids, error, retry_at).await
    }

    async fn release_jobs(&self, now: Timestamp) -> StoreResult<u64> {
        self.gate().release_jobs(now).await
    }

    async fn open_jobs(&self, kind: JobKind) -> StoreResult<u64> {
        self.gate().open_jobs(kind).await
    }

    async fn note(&self, key: &str) -> StoreResult<Option<String>> {
        self.gate().note(key).await
    }

    async fn set_note(&self, key: &str, value: &str) -> StoreResult<()> {
        self.gate().set_note(key, value).await
    }

    async fn ping(&self) -> StoreResult<()> {
        self.gate().ping().await
    }
}

async fn service(wrap: impl FnOnce(SqliteStore) -> Arc<dyn Store>) -> TestService {
    let clock = Clock::of(|| NOW.parse::<Timestamp>().unwrap());
    let config = DeskConfig { triage_deadline: std::time::Duration::from_secs(20), ..DeskConfig::default() };
    TestService::over(TestDesk::over(clock, config, PackSource::Embedded, wrap).await, &HttpConfig::default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_panics_answers_in_the_envelope() {
    let panics = Arc::new(AtomicBool::new(false));
    let s = service(|inner| Arc::new(Rigged { inner, panics: Arc::clone(&panics) })).await;
    assert_eq!(s.post("/api/v1/appeals", &json!({ "id": "T-1", "text": "路灯不亮" })).await.status, 201);
    panics.store(true, Ordering::SeqCst);
    let own = Request::get("/api/v1/appeals/T-1").header("x-request-id", "abc-1").body(Body::empty()).unwrap();
    let answer = s.send(own).await;
    let message = answer.is_error(500, "internal", None);
    assert!(message.contains("request id"), "{message}");
    assert_eq!(answer.header("x-request-id"), "abc-1");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "headers are on this answer, too");
    let page = s.page("/tickets/T-1").await;
    assert_eq!(page.status, 500);
    for text in [&answer.text, &page.text] {
        assert!(!text.contains("张三") && !text.contains("boundary"), "the panic's words leave the house: {text}");
    }
    s.post("/api/v1/appeals", &json!({ "id": "T-2", "text": "停水" })).await.is_error(500, "internal", None);
    panics.store(false, Ordering::SeqCst);
    assert_eq!(s.get("/api/v1/appeals/T-1").await.json()["text"], "路灯不亮", "the service goes on");
    assert_eq!(s.tickets().await, 1, "what was answered with an error was not stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_store_the_service_is_not_ready() {
    let mut kept = None;
    let s = service(|store| {
        kept = Some(store.clone());
        Arc::new(store)
    })
    .await;
    assert_eq!(s.get("/api/v1/ready").await.json(), json!({ "ready": true, "index": "ok" }));
    assert_eq!(s.get("/api/v1/health").await.status, 200);
    kept.unwrap().close().await;
    let message = s.get("/api/v1/ready").await.is_error(503, "unavailable", None);
    assert!(message.contains("the store does not answer"), "{message}");
    let health = s.get("/api/v1/health").await;
    assert_eq!((health.status.as_u16(), health.json()["status"].as_str()), (503, Some("down")));
    assert_eq!(health.json()["store"]["ok"], false);
    // Nothing is acknowledged that is not durable (invariant 1).
    s.post("/api/v1/appeals", &json!({ "text": "路灯不亮" })).await.is_error(503, "unavailable", None);
    assert_eq!(s.get("/api/v1/metrics").await.status, 200, "the monitoring still sees it");
}
