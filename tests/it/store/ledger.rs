//! The sealed audit in SQLite: one changed byte anywhere is found and named; databases of before the
//! seal are sealed when they are opened.

use std::path::Path;

use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;
use tingsu::{
    domain::{Actor, Role},
    store::{Entry, Ledger, SqliteStore, Store, StoreResult, Verdict, verify_ledger},
};

use super::given::*;

/// Seven lines, some with tickets.
async fn written(path: &Path) {
    let store = SqliteStore::open(path).await.unwrap();
    for n in 0..3 {
        store.add(new(&format!("T-{n}"), "停水"), intake()).await.unwrap();
    }
    let leader = Actor::person("王丽", Role::Leader);
    for n in 0..4 {
        store.record(vec![Entry::new(&leader, "viewed", format!("第{n}页"))], at(T0)).await.unwrap();
    }
    assert_eq!(verify_ledger(&store).await.unwrap().sound, 7);
    store.close().await;
}

/// What a check says of a copy that somebody changed with SQL, past the triggers.
async fn after(from: &Path, change: &'static str) -> StoreResult<Verdict> {
    let dir = TempDir::new().unwrap();
    let copy = dir.path().join("copy.db");
    std::fs::copy(from, &copy).unwrap();
    let mut db = SqliteConnection::connect(&format!("sqlite://{}", copy.display())).await.unwrap();
    for trigger in ["audit_is_sealed_once", "audit_is_never_cut"] {
        sqlx::query(sqlx::AssertSqlSafe(format!("DROP TRIGGER {trigger}"))).execute(&mut db).await.unwrap();
    }
    let done = sqlx::query(change).execute(&mut db).await.unwrap_or_else(|e| panic!("{change}: {e}"));
    assert!(done.rows_affected() > 0, "{change} changed nothing");
    db.close().await.unwrap();
    let store = SqliteStore::open(&copy).await?;
    let verdict = verify_ledger(&store).await;
    store.close().await;
    verdict
}

#[tokio::test]
async fn one_changed_byte_is_named() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("tingsu.db");
    written(&path).await;
    // One bit of one byte of every column, of a line in the middle, of the first and of the last.
    for (change, line) in [
        ("UPDATE audit SET at = at + 1 WHERE id = 3", 3),
        ("UPDATE audit SET actor = 'op2' WHERE id = 3", 3),
        ("UPDATE audit SET role = 'operatos' WHERE id = 3", 3),
        ("UPDATE audit SET action = 'receiveD' WHERE id = 3", 3),
        ("UPDATE audit SET ticket = 'T-3' WHERE id = 3", 3),
        ("UPDATE audit SET ticket = NULL WHERE id = 3", 3),
        ("UPDATE audit SET ticket = '' WHERE id = 5", 5),
        ("UPDATE audit SET detail = detail || ' ' WHERE id = 3", 3),
        ("UPDATE audit SET detail = CAST(x'E7AC' AS TEXT) WHERE id = 6", 6),
        ("UPDATE audit SET hash = 'f' || substr(hash, 2) WHERE id = 3 AND substr(hash, 1, 1) <> 'f'", 3),
        ("UPDATE audit SET hash = 'e' || substr(hash, 2) WHERE id = 3 AND substr(hash, 1, 1) <> 'e'", 3),
        ("UPDATE audit SET id = 1048579 WHERE id = 3", 3),
        ("UPDATE audit SET at = at + 1 WHERE id = 1", 1),
        ("UPDATE audit SET detail = 'x' WHERE id = 7", 7),
        ("UPDATE audit SET detail = CASE id WHEN 4 THEN '第1页' ELSE '第0页' END WHERE id IN (4, 5)", 4),
        ("DELETE FROM audit WHERE id = 3", 3),
        ("DELETE FROM audit WHERE id = 1", 1),
        ("DELETE FROM audit WHERE id = 7", 7),
        ("DELETE FROM audit", 1),
        ("UPDATE audit_head SET id = 6", 7),
        ("UPDATE audit_head SET hash = 'abc'", 7),
        ("INSERT INTO audit (at, actor, role, action, detail) VALUES (0, 'a', 'admin', 'b', 'c')", 8),
    ] {
        // One of the two about the hash changes nothing, as its first digit may be the letter already.
        if change.contains("substr(hash, 1, 1)") && !changes(&path, change).await {
            continue;
        }
        let verdict = after(&path, change).await.unwrap();
        assert_eq!(verdict.broken.map(|(line, _)| line), Some(line), "{change}: {verdict:?}");
        assert_eq!(verdict.sound, line - 1, "{change}");
    }
}

/// Whether a change would meet a line.
async fn changes(path: &Path, change: &str) -> bool {
    let condition = change.split(" WHERE ").nth(1).unwrap();
    let mut db = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let count = format!("SELECT COUNT(*) FROM audit WHERE {condition}");
    let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(count)).fetch_one(&mut db).await.unwrap();
    db.close().await.unwrap();
    count > 0
}

#[tokio::test]
async fn every_flipped_byte_of_a_line_in_the_file_is_found() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("tingsu.db");
    written(&path).await;
    let bytes = std::fs::read(&path).unwrap();
    // The line's record as it lies in the file: ticket, detail and seal follow one another.
    let text = "王丽leaderviewed第2页".as_bytes();
    let start = bytes.windows(text.len()).position(|w| w == text).expect("the line lies in the file");
    let mut found = 0;
    for offset in start..start + text.len() + 64 {
        let copy = dir.path().join("flipped.db");
        let mut changed = bytes.clone();
        changed[offset] ^= 1;
        std::fs::write(&copy, &changed).unwrap();
        let store = SqliteStore::open(&copy).await.unwrap();
        let verdict = verify_ledger(&store).await.unwrap();
        store.close().await;
        assert_eq!(verdict.broken.map(|(line, _)| line), Some(6), "byte {offset}: {verdict:?}");
        found += 1;
    }
    assert_eq!(found, text.len() + 64);
}

#[tokio::test]
async fn a_line_is_never_changed_or_removed() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("tingsu.db");
    written(&path).await;
    let mut db = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    for change in ["UPDATE audit SET actor = 'x'", "DELETE FROM audit WHERE id = 7"] {
        assert!(sqlx::query(change).execute(&mut db).await.is_err(), "{change}");
    }
}

#[tokio::test]
async fn lines_of_before_the_seal_are_sealed() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("tingsu.db");
    written(&path).await;
    // As the step 0005 found it: lines without seals, and where they ended.
    let mut db = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    for statement in [
        "DROP TRIGGER audit_is_sealed_once",
        "UPDATE audit SET hash = ''",
        "UPDATE audit_head SET id = 0, hash = '', old = 7",
        "CREATE TRIGGER audit_is_sealed_once BEFORE UPDATE ON audit WHEN OLD.hash <> '' BEGIN SELECT RAISE(ABORT, 'x'); END",
    ] {
        sqlx::query(statement).execute(&mut db).await.unwrap();
    }
    db.close().await.unwrap();
    let store = SqliteStore::open(&path).await.unwrap();
    let verdict = verify_ledger(&store).await.unwrap();
    assert_eq!((verdict.sound, verdict.broken), (7, None));
    store.add(new("T-9", "停水"), intake()).await.unwrap();
    assert_eq!(verify_ledger(&store).await.unwrap().sound, 8);
}

#[tokio::test]
async fn a_copy_is_the_whole_of_one_instant() {
    let (dir, store) = sqlite().await;
    for n in 0..20 {
        store.add(new(&format!("T-{n}"), "停水"), intake()).await.unwrap();
    }
    let copy = dir.path().join("copy.db");
    let busy = async {
        for n in 20..40 {
            store.add(new(&format!("T-{n}"), "停水"), intake()).await.unwrap();
        }
    };
    let (copied, ()) = tokio::join!(store.copy_to(&copy), busy);
    copied.unwrap();
    assert!(store.copy_to(&copy).await.is_err(), "a file that is there is not overwritten");
    let copied = SqliteStore::open(&copy).await.unwrap();
    copied.verify().await.unwrap();
    let verdict = verify_ledger(&copied).await.unwrap();
    let tickets = copied.count().await.unwrap();
    assert!((20..=40).contains(&tickets), "{tickets}");
    assert_eq!((verdict.sound, verdict.broken), (tickets as i64, None), "one line a ticket");
}
