//! The disk is full while the index commits: what was committed stands and answers, and when there is room
//! again what is missing is applied from the store as after any failure.
//!
//! The index is filled by a process of its own: on a file system of 3 MiB that later grows (where this
//! process may mount one), and under a limit on the size of files.

use std::process::Command;

use tingsu::search::SearchError;

use super::*;

const CHILD: &str = "TINGSU_TEST_FULL_DISK";

/// The batch that takes the place `seq`: words that no other has, and more of them in each, so that its
/// files grow past any limit.
fn batch(seq: i64) -> Vec<IndexDoc> {
    let text = |n: i64| {
        (0..60 * seq).map(|w| format!("词{}号", (seq * 7_919 + n * 104_729 + w * 31) % 999_983)).collect::<String>()
    };
    (0..40).map(|n| doc(&format!("D-{seq}-{n}"), 1, "井盖缺失", &text(n))).collect()
}

/// Commits batches until one fails or `last` is there; the place reached and the failure.
fn fill(index: &SearchIndex, last: i64) -> (i64, Option<SearchError>) {
    for seq in index.committed_seq() + 1..=last {
        if let Err(error) = index.apply(&batch(seq)).and_then(|()| index.commit(seq)) {
            return (seq - 1, Some(error));
        }
    }
    (last, None)
}

fn holds(index: &SearchIndex, seq: i64) {
    assert_eq!((index.committed_seq(), index.len()), (seq, seq as usize * 40));
    assert_eq!(index.search(&asking(words("井盖"))).unwrap().total, seq as usize * 40);
}

/// Runs only as the child of the tests below, in the folder that the variable names.
#[test]
fn child() {
    let Ok(dir) = std::env::var(CHILD) else { return };
    let dir = Path::new(&dir);
    let inner = dir.join("index");
    let index = open(&inner);
    let (reached, error) = fill(&index, 400);
    let error = error.expect("the disk never became full");
    assert!(matches!(&error, SearchError::NoRoom(_)), "{error:?}");
    println!("full after {reached} commits: {error}");
    assert!(reached > 0);
    holds(&index, reached);
    // Again, as the follower does: it fails again, or is spread over smaller files and fits.
    let (reached, _) = fill(&index, reached + 1);
    holds(&index, reached);
    drop(index);
    // The same after a restart on the full disk.
    holds(&open(&inner), reached);
    if std::env::var_os("TINGSU_TEST_GROWS").is_some() {
        let grown = Command::new("mount").args(["-o", "remount,size=200m"]).arg(dir).status().unwrap();
        assert!(grown.success());
        let index = open(&inner);
        assert!(matches!(fill(&index, reached + 5), (_, None)));
        holds(&index, reached + 5);
    }
    println!("CHILD DONE");
}

/// Runs the child in a shell that first does `before`, with `$DIR`; its output if it ran.
fn run(before: &str, variables: &[(&str, &str)]) -> (bool, String) {
    let dir = tempfile::tempdir().unwrap();
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(format!("{before} exec \"$@\"")).arg("bash").arg(std::env::current_exe().unwrap());
    shell.args(["search::full_disk::child", "--exact", "--nocapture", "--test-threads=1"]);
    shell.env("DIR", dir.path()).env(CHILD, dir.path()).envs(variables.iter().copied());
    let output = shell.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success() && said.contains("CHILD DONE"), said)
}

#[test]
fn a_file_that_may_not_grow() {
    // 256 blocks of 1,024 bytes: writing fails as on a full disk (EFBIG for ENOSPC).
    let (done, said) = run("trap '' XFSZ; ulimit -f 256;", &[]);
    assert!(done, "{said}");
    println!("{}", said.lines().find(|line| line.contains("full after")).unwrap());
}

#[test]
fn a_file_system_without_room() {
    let mount = "exec unshare --mount --map-root-user bash -c 'mount -t tmpfs -o size=3m tmpfs \"$DIR\" || exit 77; exec \"$@\"' bash \"$@\";";
    let may =
        Command::new("unshare").args(["--mount", "--map-root-user", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).output();
    if !may.is_ok_and(|output| output.status.success()) {
        println!("skipped: this process may not mount a file system");
        return;
    }
    let (done, said) = run(mount, &[("TINGSU_TEST_GROWS", "1")]);
    assert!(done && said.contains("No space left"), "{said}");
    println!("{}", said.lines().find(|line| line.contains("full after")).unwrap());
}
