//! Briefs in the store: once, version by version, instructions to their end, runs that cannot double.

use jiff::{SignedDuration, Timestamp};
use tingsu::{
    domain::{
        Actor,
        brief::{Brief, BriefKind, BriefState, Counted, Issue, TimeRangeKey, When},
    },
    report::seal::{chain_faults, seal},
    store::{AddedBrief, Briefs, Entry, GivenInstruction, InstructionState, SqliteStore, StoreError},
};

use super::{build::brief_of, city};

fn at() -> Timestamp {
    "2026-05-25T01:00:00Z".parse().unwrap()
}

fn act(action: &str) -> Entry {
    Entry::new(&Actor::system(), action, "")
}

async fn given() -> (tempfile::TempDir, SqliteStore, Brief) {
    let dir = tempfile::tempdir().unwrap();
    let store = city::store(dir.path(), city::appeals(&city::pack())).await;
    let tickets = city::all(&store).await;
    let draft = brief_of(&tickets, BriefKind::Daily, city::window("2026-05-20", "2026-05-21"), None);
    let draft = Brief { issue: Issue { year: 2026, number: 1 }, ..draft };
    let brief = seal(draft, BriefState::Draft, &Actor::system(), None, at(), "自动生成").unwrap();
    (dir, store, brief)
}

#[tokio::test]
async fn a_brief_is_kept_once_and_by_version() {
    let (_dir, store, brief) = given().await;
    assert_eq!(store.next_issue(BriefKind::Daily, 2026).await.unwrap(), 1);
    assert_eq!(store.add_brief(&brief, act("brief_make")).await.unwrap(), AddedBrief::New);
    assert_eq!(store.add_brief(&brief, act("brief_make")).await.unwrap(), AddedBrief::There(brief.id.clone()));
    assert_eq!(store.next_issue(BriefKind::Daily, 2026).await.unwrap(), 2);
    let other = Brief {
        id: "daily-2026052100-2026052200".into(),
        window: city::window("2026-05-21", "2026-05-22"),
        ..brief.clone()
    };
    assert_eq!(store.add_brief(&other, act("brief_make")).await.unwrap(), AddedBrief::IssueTaken);
    assert_eq!(store.brief(&brief.id, None).await.unwrap().as_ref(), Some(&brief), "what is read is what was written");

    let checked = seal(brief.clone(), BriefState::Checked, &Actor::system(), None, at(), "核稿").unwrap();
    store.add_brief_version(&checked, act("brief_edit")).await.unwrap();
    let stale = seal(brief.clone(), BriefState::Edited, &Actor::system(), None, at(), "修改").unwrap();
    assert!(
        matches!(store.add_brief_version(&stale, act("brief_edit")).await, Err(StoreError::Conflict(_))),
        "on an old version"
    );
    let versions = store.brief_versions(&brief.id).await.unwrap();
    assert_eq!(versions.len(), 2);
    assert_eq!(chain_faults(&versions), Vec::<String>::new());
    assert_eq!(store.brief(&brief.id, Some(1)).await.unwrap(), Some(brief.clone()));
    let lines = store.briefs(Some(BriefKind::Daily), 0, 10).await.unwrap();
    assert_eq!((lines.len(), lines[0].version, lines[0].state), (1, 2, BriefState::Checked));
    assert_eq!(store.count_briefs(Some(BriefKind::Weekly)).await.unwrap(), 0);
}

#[tokio::test]
async fn instructions_are_followed_to_their_end() {
    let (_dir, store, brief) = given().await;
    store.add_brief(&brief, act("brief_make")).await.unwrap();
    let given = GivenInstruction {
        brief: brief.id.clone(),
        leader: "赵副市长".into(),
        text: "请住建局牵头核查。".into(),
        unit: Some("住建局".into()),
        due_at: None,
    };
    let follows = Actor::person("钱督办", tingsu::domain::Role::Supervisor);
    let id = store.add_instruction(&given, &follows, at()).await.unwrap();
    assert_eq!(store.instructions(None).await.unwrap().len(), 1);
    store.step_instruction(id, &follows, InstructionState::Working, "已转办", at()).await.unwrap();
    store.step_instruction(id, &follows, InstructionState::Closed, "已办结", at()).await.unwrap();
    let after = store.step_instruction(id, &follows, InstructionState::Working, "再办", at()).await;
    assert!(matches!(after, Err(StoreError::Refused(_))), "closed is closed");
    let all = store.instructions(Some(&brief.id)).await.unwrap();
    assert_eq!((all[0].state, all[0].steps.len()), (InstructionState::Closed, 2));
    assert!(store.instructions(None).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_run_is_planned_once_and_survives_its_worker() {
    let (_dir, store, brief) = given().await;
    let runs = [(BriefKind::Daily, brief.window), (BriefKind::Weekly, city::window("2026-05-11", "2026-05-18"))];
    assert_eq!(store.plan_brief_runs(&runs, at()).await.unwrap(), 2);
    assert_eq!(store.plan_brief_runs(&runs, at()).await.unwrap(), 0, "planned already");
    let first = store.claim_brief_run(60, at()).await.unwrap().unwrap();
    assert_eq!(first.kind, BriefKind::Weekly, "the earliest window first");
    let second = store.claim_brief_run(60, at()).await.unwrap().unwrap();
    assert_eq!(second.window, brief.window);
    assert_eq!(store.claim_brief_run(60, at()).await.unwrap(), None, "both are being worked on");
    let later = at() + SignedDuration::from_secs(61);
    let again = store.claim_brief_run(60, later).await.unwrap().unwrap();
    assert_eq!((again.id, again.attempts), (first.id, 2), "its worker died");
    store.finish_brief_run(again.id, Some("weekly-x")).await.unwrap();
    store.fail_brief_run(second.id, "磁盘满", later + SignedDuration::from_secs(300)).await.unwrap();
    assert_eq!(store.claim_brief_run(60, later).await.unwrap(), None);
    let retried = store.claim_brief_run(60, later + SignedDuration::from_secs(301)).await.unwrap().unwrap();
    assert_eq!(retried.id, second.id);
    assert_eq!(store.plan_brief_runs(&runs, later).await.unwrap(), 0, "a finished run is not planned again");
}

#[tokio::test]
async fn windows_over_deadlines_are_exact() {
    let (_dir, store, _) = given().await;
    let tickets = city::all(&store).await;
    for (from, to) in
        [("2026-05-18", "2026-05-25"), ("2026-05-20 12:00", "2026-05-21 12:00"), ("2020-01-01", "2020-01-02")]
    {
        let window = city::window(from, to);
        let range = TimeRangeKey { from: window.from, to: window.to };
        for when in [When::Received, When::Due, When::Closed] {
            let mut expected: Vec<Counted> = tickets
                .iter()
                .filter(|t| {
                    let instant = match when {
                        When::Received => Some(t.received_at),
                        When::Due => t.content.handling.due_at,
                        When::Closed => t.content.handling.closed_at,
                    };
                    instant.is_some_and(|at| window.contains(at))
                })
                .map(Counted::of)
                .collect();
            expected.sort_by(|a, b| a.id.cmp(&b.id));
            assert_eq!(store.counted(when, range).await.unwrap(), expected, "{when:?} {from}");
        }
    }
}

/// The windows of a brief are read by indices, however many appeals there are: the very statements of the
/// program, explained by the database.
#[tokio::test]
async fn windows_are_read_by_indices() {
    let (dir, store, _) = given().await;
    drop(store);
    let pool = super::plain_sql::open(dir.path()).await;
    let source = include_str!("../../../src/store/sqlite/sql.rs");
    for (name, index) in [
        ("COUNTED_BY_RECEIVED", "tickets_by_time"),
        ("COUNTED_BY_DUE", "tickets_by_due"),
        ("COUNTED_BY_CLOSED", "tickets_by_closed"),
    ] {
        let rest = source.split(&format!("const {name}: &str =")).nth(1).unwrap();
        let head = include_str!("../../../src/store/sqlite/queries/counted.sql");
        let statement = format!("{head}{}", rest.split('"').nth(3).unwrap());
        let plan: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}")))
                .bind(0_i64)
                .bind(1_i64)
                .fetch_all(&pool)
                .await
                .unwrap();
        let plan: Vec<&str> = plan.iter().map(|(_, _, _, step)| step.as_str()).collect();
        assert!(plan[0].starts_with("SEARCH") && plan[0].contains(index), "{name}: {plan:?}");
        assert!(!plan.iter().any(|step| step.starts_with("SCAN")), "{name}: {plan:?}");
    }
}
