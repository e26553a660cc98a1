//! What is SQLite's own: files that cannot be opened, damage, a full disk, reopening.

use std::{fs, path::Path};

use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tingsu::{
    boot,
    domain::{Actor, Handling, NewTicket, Urgency},
    store::{AlarmLine, CaseFilter, SqliteStore, Store, StoreError, TicketFilter},
};

use super::given::*;

/// A connection that goes past the store.
async fn raw(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn run(db: &mut SqliteConnection, sql: &'static str) {
    sqlx::query(sql).execute(db).await.unwrap();
}

async fn pragma(path: &Path, sql: &'static str) -> String {
    let mut db = raw(path).await;
    sqlx::query_scalar::<_, String>(sql).fetch_one(&mut db).await.unwrap()
}

#[tokio::test]
async fn files_that_cannot_be_opened() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::write(at("text.db"), "这不是数据库,只是一个文本文件。".repeat(500)).unwrap();
    let mut foreign = raw(&at("foreign.db")).await;
    run(&mut foreign, "CREATE TABLE somebody_elses (x)").await;
    foreign.close().await.unwrap();
    let newer = SqliteStore::open(&at("newer.db")).await.unwrap();
    newer.close().await;
    let mut db = raw(&at("newer.db")).await;
    run(
        &mut db,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (999, 'later', 1, x'00', 0)",
    )
    .await;
    db.close().await.unwrap();

    let cases = [
        ("text.db", "not a database"),
        ("foreign.db", "a database of another program"),
        ("newer.db", "schema version 999, which this program does not know; use a newer tingsu"),
        ("", "is a folder"),
        ("no/such/folder/tingsu.db", "the file cannot be opened"),
    ];
    for (name, wanted) in cases {
        let error = SqliteStore::open(&at(name)).await.unwrap_err().to_string();
        assert!(error.contains(wanted), "{name}: wanted `{wanted}`, got `{error}`");
        assert!(name.is_empty() || error.contains(name), "the message names the file: {error}");
    }
    // A folder where nobody may create a file, not even root.
    let error = SqliteStore::open(Path::new("/proc/tingsu.db")).await.unwrap_err();
    assert!(matches!(error, StoreError::Backend(_)), "{error:?}");
    assert_eq!(fs::read(at("text.db")).unwrap().len(), "这不是数据库,只是一个文本文件。".len() * 500, "untouched");
}

#[tokio::test]
async fn a_ticket_is_in_the_write_ahead_log_when_add_returns() {
    let (dir, store) = sqlite().await;
    store.add(new("A", "甲"), intake()).await.unwrap();
    let path = dir.path().join("tingsu.db");
    assert_eq!(pragma(&path, "PRAGMA journal_mode").await, "wal");
    assert!(fs::metadata(dir.path().join("tingsu.db-wal")).unwrap().len() > 0);
}

#[tokio::test]
async fn a_damaged_record_names_its_ticket_and_hides_its_text() {
    let (dir, store) = sqlite().await;
    store.add(new("OK", "甲"), intake()).await.unwrap();
    store.add(new("BAD", "秘密的话"), intake()).await.unwrap();
    let mut db = raw(&dir.path().join("tingsu.db")).await;
    run(&mut db, "DROP TRIGGER originals_never_change").await;
    run(&mut db, "UPDATE originals SET record_json = '{\"秘密的话' WHERE ticket = 'BAD'").await;
    let error = store.tickets(&[id("BAD")]).await.unwrap_err();
    assert!(matches!(&error, StoreError::Damaged(m) if m.contains("`BAD`")), "{error:?}");
    assert!(!error.to_string().contains("秘密"));
    run(&mut db, "UPDATE originals SET version = 7 WHERE ticket = 'BAD'").await;
    let error = store.tickets(&[id("BAD")]).await.unwrap_err().to_string();
    assert!(error.contains("record version 7"), "{error}");
    assert_eq!(store.tickets(&[id("OK")]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_an_original() {
    let (dir, store) = sqlite().await;
    store.add(new("A", "甲"), intake()).await.unwrap();
    let mut db = raw(&dir.path().join("tingsu.db")).await;
    let result = sqlx::query("UPDATE originals SET record_json = 'x'").execute(&mut db).await;
    assert!(result.unwrap_err().to_string().contains("never changed"));
}

#[tokio::test]
async fn a_damaged_file_is_found() {
    let (dir, store) = sqlite().await;
    let rows = (0..300).map(|n| (new(&format!("T{n}"), &"字".repeat(300)), intake())).collect();
    store.add_many(rows).await.unwrap();
    store.verify().await.unwrap();
    store.close().await;
    let path = dir.path().join("tingsu.db");
    let mut bytes = fs::read(&path).unwrap();
    let half = bytes.len() / 2;
    bytes[half..half + 16_384].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    let store = SqliteStore::open(&path).await.unwrap();
    assert!(matches!(store.verify().await, Err(StoreError::Damaged(_))));
}

#[tokio::test]
async fn a_full_disk_acknowledges_nothing() {
    let (_dir, store) = sqlite().await;
    store.add(new("FIRST", "甲"), with(suggestion(Urgency::U4))).await.unwrap();
    store.limit_pages(1).await.unwrap(); // SQLite raises this to the present size.
    let long = "满".repeat(50_000);
    let before = (store.count().await.unwrap(), store.last_seq().await.unwrap());

    let full = |result: Result<(), StoreError>| {
        let error = result.unwrap_err();
        assert!(matches!(&error, StoreError::Backend(m) if m.contains("disk is full")), "{error:?}");
    };
    full(store.add(new("BIG", &long), keyed("k")).await.map(|_| ()));
    store.limit_pages(1).await.unwrap();
    let rows = vec![(new("SMALL", "小"), intake()), (new("BIG", &long), intake())];
    full(store.add_many(rows).await.map(|_| ()));
    store.limit_pages(1).await.unwrap();
    let mut wide = suggestion(Urgency::U1);
    wide.pack = long.clone();
    full(store.save_suggestions(vec![(id("FIRST"), wide)], &Actor::system(), at(T0)).await);

    assert_eq!((store.count().await.unwrap(), store.last_seq().await.unwrap()), before);
    assert!(store.tickets(&[id("SMALL"), id("BIG")]).await.unwrap().is_empty());
    assert_eq!(store.tickets(&[id("FIRST")]).await.unwrap()[0].effective().urgency, Some(Urgency::U4));
    store.verify().await.unwrap();
    // Space again: the same request goes through, with the same key.
    store.limit_pages(1_000_000).await.unwrap();
    store.add(new("BIG", &long), keyed("k")).await.unwrap();
    assert_eq!(store.changes(0, 9).await.unwrap().last().unwrap().seq, before.1 + 1);
}

#[tokio::test]
async fn reopening_keeps_all_and_goes_on_counting() {
    let (dir, store) = sqlite().await;
    store.add(new("", "甲"), keyed("k")).await.unwrap();
    store.decide(decision("20260512-000001", operator(), Some(Urgency::U2), None)).await.unwrap();
    store.set_note("clock", "x").await.unwrap();
    let before = store.tickets_after(0, 9).await.unwrap();
    store.close().await;
    assert!(store.ping().await.is_err(), "a closed store says so");
    let store = SqliteStore::open(&dir.path().join("tingsu.db")).await.unwrap();
    assert_eq!(store.tickets_after(0, 9).await.unwrap(), before);
    let next = ticket_of(store.add(new("", "乙"), intake()).await.unwrap());
    assert_eq!((next.id.as_str(), next.seq), ("20260512-000002", 3));
    assert_eq!(store.note("clock").await.unwrap().as_deref(), Some("x"));
}

#[tokio::test]
async fn two_openings_of_one_file_see_each_other() {
    let (dir, store) = sqlite().await;
    let other = SqliteStore::open(&dir.path().join("tingsu.db")).await.unwrap();
    let adds: Vec<_> = [store.clone(), other.clone()]
        .into_iter()
        .map(|store| {
            tokio::spawn(async move {
                for n in 0..20 {
                    store.add(new("", &format!("话{n}")), intake()).await.unwrap();
                }
            })
        })
        .collect();
    for add in adds {
        add.await.unwrap();
    }
    assert_eq!((store.count().await.unwrap(), other.last_seq().await.unwrap()), (40, 40));
}

/// What the cockpit asks is answered from an index alone, however many tickets there are.
#[tokio::test]
async fn counting_goes_by_an_index() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tingsu.db");
    let store = SqliteStore::open(&path).await.unwrap();
    store.add(new("Q-1", "路灯不亮"), intake()).await.unwrap();
    store.close().await;
    let mut db = raw(&path).await;
    let window = "t.received_at >= 1 AND t.received_at < 2";
    let audit = |filter| {
        let columns = "id, at, actor, action, ticket, detail";
        format!("SELECT {columns} FROM audit WHERE TRUE AND {filter} ORDER BY at DESC, id DESC LIMIT 100")
    };
    for (sql, index) in [
        (
            format!("SELECT COUNT(*) FROM tickets t WHERE {window} AND t.urgency IN ('U1', 'U2')"),
            "INDEX tickets_by_urgency",
        ),
        (
            format!("SELECT COALESCE(t.category, ''), COUNT(*) FROM tickets t WHERE {window} GROUP BY 1"),
            "COVERING INDEX tickets_counted",
        ),
        (
            format!(
                "SELECT COALESCE(t.department, ''), SUM(t.revisited_yes = 1), SUM(t.contacted_yes IS NOT NULL), \
                 SUM(t.outcome_said = 'x'), SUM(t.satisfaction_said = 'x') FROM tickets t WHERE {window} GROUP BY 1"
            ),
            "INDEX tickets_",
        ),
        (
            "SELECT t.id, t.received_at, t.urgency, t.appeal_type, t.category, t.department, t.district, t.status, \
             t.sent_text, t.taken_text, t.due_text, t.returned_times, t.contacted_yes FROM tickets t \
             WHERE t.open_now = 1 ORDER BY t.received_at, t.id"
                .to_owned(),
            "INDEX tickets_running",
        ),
        (
            "SELECT COUNT(*) FROM tickets t WHERE t.closed_text >= 'a' AND t.closed_text < 'b'".to_owned(),
            "tickets_by_closed",
        ),
        ("SELECT ticket FROM repeats WHERE repeat_of IN ('a', 'b')".to_owned(), "INDEX repeats_of"),
        (
            "SELECT r.ticket, r.repeat_of FROM tickets t CROSS JOIN repeats r ON r.ticket = t.id \
             WHERE t.open_now = 1"
                .to_owned(),
            "INDEX tickets_running",
        ),
        (
            "SELECT r.ticket, r.repeat_of FROM tickets t CROSS JOIN repeats r ON r.repeat_of = t.id \
             WHERE t.open_now = 1"
                .to_owned(),
            "INDEX tickets_running",
        ),
        (audit("actor = 'li' AND (at, id) < (2, 7)"), "INDEX audit_by_actor (actor=? AND at<?)"),
        (audit("action = 'read'"), "INDEX audit_by_action"),
        (audit("at >= 1 AND at < 2"), "INDEX audit_by_time (at>? AND at<?)"),
        (audit("TRUE"), "INDEX audit_by_time"),
    ] {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
        let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain).fetch_all(&mut db).await.unwrap();
        let plan: Vec<&str> = plan.iter().map(|line| line.3.as_str()).collect();
        assert!(plan[0].contains(index), "{sql}: {plan:?}");
        assert!(!plan.iter().any(|line| line.contains("TEMP B-TREE FOR ORDER BY")), "{sql}: {plan:?}");
    }
}

/// What was read once is kept, but never longer than it is true: not after a change, nor after another
/// process's change.
#[tokio::test]
async fn what_was_read_before_is_read_as_it_is_now() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tingsu.db");
    let (store, other) = (SqliteStore::open(&path).await.unwrap(), SqliteStore::open(&path).await.unwrap());
    let ids = [id("R-2"), id("R-0"), id("R-1")];
    for ticket in &ids[..2] {
        store.add(new(ticket.as_str(), "路灯不亮"), intake()).await.unwrap();
    }
    for _ in 0..2 {
        let read = store.tickets(&ids).await.unwrap();
        assert!(read.iter().map(|t| &t.id).eq(&ids[..2]), "in the order asked for, without the unknown one");
        assert_eq!(read, other.tickets(&ids).await.unwrap());
    }
    for (turn, store_of) in [&store, &other].into_iter().enumerate() {
        let handling = Handling { handler: Some(format!("经办{turn}")), ..Handling::default() };
        let changed = store_of.handle(&ids[0], None, handling.clone(), &operator(), at(T0)).await.unwrap();
        for reader in [&store, &other] {
            let read = reader.tickets(&ids).await.unwrap();
            assert_eq!((&read[0], &read[0].content.handling), (&changed, &handling));
            assert_eq!(reader.list(&TicketFilter::default(), 0, 9).await.unwrap().tickets.len(), 2);
        }
    }
    // A change that was not committed is not seen, and leaves nothing behind.
    let before = store.tickets(&ids).await.unwrap();
    let mut db = raw(&path).await;
    run(&mut db, "BEGIN IMMEDIATE").await;
    run(&mut db, "UPDATE tickets SET seq = seq + 100, district = 'x' WHERE id = 'R-2'").await;
    assert_eq!(store.tickets(&ids).await.unwrap(), before);
    run(&mut db, "ROLLBACK").await;
    assert_eq!(store.tickets(&ids).await.unwrap(), before);
}

/// What was told of alarms before there were heads is looked up as what is told now.
#[tokio::test]
async fn alarms_of_before_have_their_heads() {
    let (dir, store) = sqlite().await;
    let line = |stream: &str, change: &str| AlarmLine {
        stream: stream.into(),
        of: "keyword".into(),
        name: stream.into(),
        told_at: at(T0),
        at: at(T0),
        change: change.into(),
        sudden: true,
        cause: "超出平常".into(),
        callers: 5,
        window_hours: 2.0,
        expected: 0.1,
        p: 1e-9,
        surge: false,
        event: None,
        tickets: Vec::new(),
    };
    let told = [line("A", "raised"), line("B", "raised"), line("A", "closed"), line("B", "updated")];
    store.alarm_log().tell_alarms(&told).await.unwrap();
    store.close().await;
    let path = dir.path().join("tingsu.db");
    let mut db = raw(&path).await;
    run(&mut db, "DROP TABLE alarm_heads").await;
    for sql in ["DROP INDEX audit_by_time", "DROP INDEX audit_by_actor", "DROP INDEX audit_by_action"] {
        run(&mut db, sql).await;
    }
    run(&mut db, "DELETE FROM _sqlx_migrations WHERE version = 11").await;
    db.close().await.unwrap();
    let store = SqliteStore::open(&path).await.unwrap();
    assert_eq!(store.alarm_log().alarm_heads(&[]).await.unwrap(), [line("B", "updated")]);
    let named = store.alarm_log().alarm_heads(&["A".to_owned()]).await.unwrap();
    assert_eq!(named, [line("B", "updated"), line("A", "closed")]);
}

/// Whoever only looks, or copies before an upgrade, leaves the schema to the service.
#[tokio::test]
async fn an_older_schema_is_copied_and_looked_at_as_it_is() {
    let (dir, store) = sqlite().await;
    store.add(new("A", "甲"), intake()).await.unwrap();
    store.close().await;
    let (path, kept) = (dir.path().join("tingsu.db"), dir.path().join("kept.db"));
    let mut db = raw(&path).await;
    run(&mut db, "DROP TABLE alarm_heads").await;
    run(&mut db, "DELETE FROM _sqlx_migrations WHERE version = 11").await;
    for sql in ["DROP INDEX audit_by_time", "DROP INDEX audit_by_actor", "DROP INDEX audit_by_action"] {
        run(&mut db, sql).await;
    }
    db.close().await.unwrap();
    let steps = "SELECT CAST(MAX(version) AS TEXT) FROM _sqlx_migrations WHERE version <= 11";

    assert_eq!(boot::backup(dir.path(), &kept).await.unwrap().tickets, 1);
    let audit = boot::open_audit(dir.path()).await.unwrap();
    assert_eq!(audit.audit(None, 9).await.unwrap().len(), 1);
    let refused = boot::open_store(dir.path()).await.unwrap_err().to_string();
    assert!(refused.contains("较早版本"), "{refused}");
    assert_eq!((pragma(&path, steps).await.as_str(), pragma(&kept, steps).await.as_str()), ("10", "10"));
    let as_is = SqliteStore::open_as_is(&kept).await.unwrap();
    assert!(!as_is.is_up_to_date().await.unwrap());
    as_is.close().await;
    let store = SqliteStore::open(&kept).await.unwrap();
    assert!(store.is_up_to_date().await.unwrap(), "the service brings it up to date");
    assert_eq!(store.count().await.unwrap(), 1);
    let absent = SqliteStore::open_as_is(&dir.path().join("none.db")).await.unwrap_err();
    assert!(absent.to_string().contains("cannot be opened"), "{absent}");
    assert!(!dir.path().join("none.db").exists(), "looking makes no file");
}

/// 协办 and 重复 of before their tables are found as what is said now.
#[tokio::test]
async fn what_assisted_and_repeated_before_is_found() {
    let (dir, store) = sqlite().await;
    let mut helped = new("A", "甲");
    helped.handling.assisting = vec!["甲局".into(), "乙局".into()];
    store.add(helped, intake()).await.unwrap();
    let again = NewTicket { repeat_of: Some(id("A")), ..new("B", "乙") };
    store.add(again, intake()).await.unwrap();
    store.close().await;
    let path = dir.path().join("tingsu.db");
    let mut db = raw(&path).await;
    for sql in [
        "DROP TRIGGER assisted_at_first",
        "DROP TRIGGER assisted_anew",
        "DROP TABLE assisted",
        "ALTER TABLE tickets DROP COLUMN assisting_text",
        "DROP TRIGGER repeats_at_first",
        "DROP TRIGGER repeats_anew",
        "DROP TABLE repeats",
        "ALTER TABLE tickets DROP COLUMN repeat_text",
        "CREATE INDEX originals_repeating ON originals (ticket) WHERE repeat_of IS NOT NULL",
        "CREATE INDEX originals_repeated ON originals (repeat_of) WHERE repeat_of IS NOT NULL",
        "DELETE FROM _sqlx_migrations WHERE version >= 16",
    ] {
        run(&mut db, sql).await;
    }
    db.close().await.unwrap();
    let store = SqliteStore::open(&path).await.unwrap();
    for filter in [
        TicketFilter { assisting: vec!["乙局".into()], ..TicketFilter::default() },
        TicketFilter { units: vec!["甲局".into()], ..TicketFilter::default() },
    ] {
        let found = store.list(&filter, 0, 9).await.unwrap();
        assert_eq!((found.total, found.tickets[0].id.as_str()), (1, "A"), "{filter:?}");
    }
    let repeats = CaseFilter { repeat: Some(true), ..CaseFilter::default() };
    assert_eq!(store.oversight().cases(&repeats, 0, 9).await.unwrap().tickets[0].id.as_str(), "B");
}
