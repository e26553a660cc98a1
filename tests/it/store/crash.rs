//! Kill -9 at any instant: what was acknowledged is there, and the database is whole (invariant 1).

use std::{
    collections::BTreeSet,
    env,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use tingsu::{
    domain::{Actor, JobKind, TriageState, Urgency},
    store::{SqliteStore, Store},
};

use super::given::*;

const CHILD: &str = "TINGSU_TEST_CRASH_CHILD";
const DATABASE: &str = "TINGSU_TEST_CRASH_DB";

/// Not a test of its own: the process that the test below starts and kills. Adds tickets without
/// end, singly and in batches, decides some, and says on standard output what was acknowledged.
#[test]
fn child_that_is_killed() {
    let (Ok(round), Ok(path)) = (env::var(CHILD), env::var(DATABASE)) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = SqliteStore::open(Path::new(&path)).await.unwrap();
        let mut out = std::io::stdout();
        for n in 0.. {
            let number = format!("R{round}-{n}");
            store.add(new(&number, "来电反映路灯不亮"), intake()).await.unwrap();
            writeln!(out, "ack {number}").unwrap();
            let batch: Vec<_> = (0..20).map(|k| (new(&format!("{number}b{k}"), "批量"), intake())).collect();
            store.add_many(batch).await.unwrap();
            writeln!(out, "ack-batch {number}").unwrap();
            let rows = vec![(id(&number), suggestion(Urgency::U3))];
            store.save_suggestions(rows, &Actor::system(), at(T0)).await.unwrap();
            writeln!(out, "ack-triage {number}").unwrap();
        }
    });
}

/// Runs a child on `path` until `lines` acknowledgements were read, waits a little, and kills it.
fn killed_run(path: &Path, round: u32, lines: usize, linger: Duration) -> Vec<String> {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "store::crash::child_that_is_killed", "--nocapture"])
        .env(CHILD, round.to_string())
        .env(DATABASE, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut acknowledged = Vec::new();
    let mut line = String::new();
    while acknowledged.len() < lines && reader.read_line(&mut line).unwrap() > 0 {
        acknowledged.extend(line.trim_end().starts_with("ack").then(|| line.trim_end().to_owned()));
        line.clear();
    }
    thread::sleep(linger);
    child.kill().unwrap();
    child.wait().unwrap();
    // What it said between the last line read and its death counts too; a torn last line does not.
    while reader.read_line(&mut line).unwrap() > 0 {
        acknowledged.extend((line.starts_with("ack") && line.ends_with('\n')).then(|| line.trim_end().to_owned()));
        line.clear();
    }
    acknowledged
}

#[test]
fn every_acknowledged_ticket_survives_kill_9() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tingsu.db");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut acknowledged: Vec<String> = Vec::new();
    for round in 0..6 {
        // Different instants of the cycle: after any of the three acknowledgements, and some way on.
        let lines = 3 + 7 * round as usize;
        let linger = Duration::from_micros(u64::from(round * round) * 370);
        let said = killed_run(&path, round, lines, linger);
        assert!(said.len() >= lines, "round {round}: the child said only {} lines", said.len());
        acknowledged.extend(said);

        runtime.block_on(async {
            let store = SqliteStore::open(&path).await.unwrap();
            store.verify().await.unwrap();
            for line in &acknowledged {
                let (what, number) = line.split_once(' ').unwrap();
                let ids = match what {
                    "ack-batch" => (0..20).map(|k| id(&format!("{number}b{k}"))).collect(),
                    _ => vec![id(number)],
                };
                let found = store.tickets(&ids).await.unwrap();
                assert_eq!(found.len(), ids.len(), "round {round}: `{line}` was acknowledged and is lost");
                if what == "ack-triage" {
                    assert_eq!(found[0].triage, TriageState::Done, "{line}");
                }
            }
            // No gap in the sequence, no half batch, a job for every ticket.
            let seqs: Vec<i64> = store.changes(0, u64::MAX).await.unwrap().iter().map(|c| c.seq).collect();
            assert!(seqs.iter().copied().eq(1..=seqs.len() as i64), "round {round}: the sequence has gaps");
            let all = store.tickets_after(0, u64::MAX).await.unwrap();
            let batches: BTreeSet<&str> =
                all.iter().filter_map(|t| t.id.as_str().split_once('b')).map(|p| p.0).collect();
            let in_batches = all.iter().filter(|t| t.id.as_str().contains('b')).count();
            assert_eq!(in_batches, 20 * batches.len(), "round {round}: half a batch is stored");
            // The child finishes no jobs, and every ticket came in without a suggestion.
            assert_eq!(store.open_jobs(JobKind::Triage).await.unwrap(), all.len() as u64);
            store.close().await;
        });
    }
}
