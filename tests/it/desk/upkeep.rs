//! What an administrator changes: words, the pack, jobs, backups; and that readings share their commits.

use std::{fs, io::Write, path::Path, sync::Arc, time::Duration};

use jiff::SignedDuration;
use tempfile::TempDir;
use tingsu::{
    boot,
    city::{CityPack, WordsEdit},
    desk::{Clock, DeskConfig, PackSource, upkeep::JobState},
    domain::{Actor, FaultKind, JobKind, Role},
    store::{AuditFilter, SqliteStore, Store},
};

use super::{NOW, TestDesk, call, copy_pack};

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|w| (*w).to_owned()).collect()
}

fn config(data: &Path) -> DeskConfig {
    DeskConfig {
        triage_deadline: Duration::from_secs(20),
        data: Some(data.to_owned()),
        shipped: Some(boot::embedded_pack),
        ..DeskConfig::default()
    }
}

#[test]
fn words_change_in_the_text_of_their_file() {
    let files = boot::embedded_pack();
    let text = |edit: &WordsEdit| {
        let made = edit.made(&files).unwrap();
        CityPack::parse(&made).unwrap_or_else(|faults| panic!("{}: {faults}", edit.told()));
        String::from_utf8(made[edit.file()].to_vec()).unwrap()
    };
    let before = String::from_utf8(files["dictionary.txt"].to_vec()).unwrap();
    let after = text(&WordsEdit::AddWords(words(&["窨井盖不见", "共享货架"])));
    assert_eq!(after, format!("{}\n窨井盖不见\n共享货架\n", before.trim_end()), "remarks and order stay");
    let less = text(&WordsEdit::RemoveWords(words(&["诉求件"])));
    assert_eq!(less.lines().count(), before.lines().count() - 1);
    let joined = text(&WordsEdit::JoinSynonyms(words(&["社保卡", "社会保险卡"])));
    assert!(joined.contains("社保卡,医保卡,社会保障卡,社会保险卡\n"), "a group takes a word in");
    assert!(text(&WordsEdit::JoinSynonyms(words(&["共享货架", "无人货架"]))).ends_with("共享货架,无人货架\n"));
    let parted = text(&WordsEdit::PartSynonyms(words(&["医保卡"])));
    assert!(parted.contains("社保卡,社会保障卡\n"), "the others stay");
    assert!(!text(&WordsEdit::PartSynonyms(words(&["住房公积金"]))).contains("公积金"), "one alone is no group");
    let check = |edit: WordsEdit, said: &str| {
        let fault = edit.made(&files).unwrap_err();
        assert!(fault.kind == FaultKind::Invalid && fault.message.contains(said), "{}: {fault}", edit.told());
    };
    check(WordsEdit::AddWords(words(&["诉求件"])), "已在词典中");
    check(WordsEdit::AddWords(words(&["a b"])), "不能作为词语");
    check(WordsEdit::AddWords(words(&["甲,乙"])), "不能作为词语");
    check(WordsEdit::AddWords(words(&["# 注"])), "不能作为词语");
    check(WordsEdit::AddWords(words(&["新词", "新词"])), "写了两次");
    check(WordsEdit::AddWords(Vec::new()), "请给出");
    check(WordsEdit::AddWords(words(&[&"长".repeat(25)])), "1 至 24 个字");
    check(WordsEdit::RemoveWords(words(&["没有这个词"])), "没有“没有这个词”");
    check(WordsEdit::JoinSynonyms(words(&["社保卡"])), "2 至");
    check(WordsEdit::JoinSynonyms(words(&["社保卡", "医保卡"])), "已在同一组");
    check(WordsEdit::JoinSynonyms(words(&["社保卡", "养老金"])), "分在 2 组");
    check(WordsEdit::PartSynonyms(words(&["没有这个词"])), "同义词中没有");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_is_previewed_kept_and_live() {
    let (pack, data) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    copy_pack(pack.path());
    let t = TestDesk::with(config(data.path()), PackSource::Folder(pack.path().to_owned())).await;
    t.take(call("W-1", "来电人王小明13812345678反映,人民路口的共享货架占道")).await;
    t.take(call("W-2", "无人售货架夜里太亮")).await;
    t.desk.catch_up(|_| {}).await.unwrap();
    let edit = WordsEdit::AddWords(words(&["共享货架"]));
    let preview = t.desk.preview_edit(&edit, "共享货架倒了").await.unwrap();
    assert_eq!(preview.examples.len(), 2, "the typed text and the stored one");
    assert_eq!(preview.examples[0].cut.after, ["共享货架", "倒", "了"]);
    assert_ne!(preview.examples[0].cut.before, preview.examples[0].cut.after);
    let stored = &preview.examples[1];
    assert_eq!(stored.ticket.as_ref().unwrap().as_str(), "W-1");
    assert!(stored.cut.after.contains(&"共享货架".to_owned()));
    assert!(!stored.cut.before.concat().contains("13812345678"), "examples are masked");
    assert_eq!(preview.counts[0].after, 1);
    assert_eq!(t.desk.city().hash, t.desk.city().hash);

    let (before, old) = (t.desk.city().hash.clone(), fs::read(pack.path().join("dictionary.txt")).unwrap());
    let kept = t.desk.edit_words(&edit).await.unwrap();
    let after = t.desk.city();
    assert!(after.hash == kept.hash && after.hash != before, "live when it returns");
    assert!(after.dictionary.iter().any(|w| w.word == "共享货架"));
    assert_eq!(fs::read(kept.version.join("dictionary.txt")).unwrap(), old, "the file before is kept");
    assert!(fs::read_dir(pack.path()).unwrap().flatten().all(|f| !f.file_name().to_string_lossy().ends_with(".new")));
    t.desk.catch_up(|_| {}).await.unwrap();
    assert_eq!(t.found("共享货架").await, ["W-1"]);

    let synonyms = WordsEdit::JoinSynonyms(words(&["共享货架", "无人售货架"]));
    let preview = t.desk.preview_edit(&synonyms, "").await.unwrap();
    let counted: Vec<_> = preview.counts.iter().map(|c| (c.word.as_str(), c.before, c.after)).collect();
    assert_eq!(counted, [("共享货架", 1, 2), ("无人售货架", 1, 2)]);
    t.desk.edit_words(&synonyms).await.unwrap();
    let mut found = t.found("共享货架").await;
    found.sort();
    assert_eq!(found, ["W-1", "W-2"], "live at once, without a new index");
    let part = WordsEdit::PartSynonyms(words(&["无人售货架"]));
    assert_eq!(t.desk.preview_edit(&part, "").await.unwrap().counts[0].before, 2);
    t.desk.edit_words(&part).await.unwrap();
    assert_eq!(t.found("共享货架").await, ["W-1"]);
    let changed = AuditFilter { action: Some("words_changed".into()), ..AuditFilter::default() };
    let told: Vec<String> = t.desk.audit_lines(&changed, 10).await.unwrap().into_iter().map(|l| l.detail).collect();
    assert_eq!(told.len(), 3);
    assert!(
        told[2].starts_with("dictionary.txt +共享货架 ") && told[0].contains("synonyms.csv -无人售货架"),
        "{told:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_that_came_along_is_copied_before_it_is_changed() {
    let data = TempDir::new().unwrap();
    let t = TestDesk::with(config(data.path()), PackSource::Embedded).await;
    let edit = WordsEdit::AddWords(words(&["共享货架"]));
    t.desk.preview_edit(&edit, "").await.unwrap();
    let refused = t.desk.edit_words(&edit).await.unwrap_err();
    assert!(refused.kind == FaultKind::Conflict && refused.message.contains("复制到数据目录"), "{refused}");
    let home = t.desk.pack_home().unwrap();
    assert!(!home.writable && home.folder.is_none());
    let own = t.desk.copy_pack().await.unwrap();
    assert_eq!(Some(&own), home.own.as_ref());
    assert!(t.desk.pack_home().unwrap().writable);
    t.desk.edit_words(&edit).await.unwrap();
    assert!(t.desk.city().dictionary.iter().any(|w| w.word == "共享货架"));
    assert_eq!(t.desk.copy_pack().await.unwrap_err().kind, FaultKind::Invalid, "it is there already");
    // After a start on the same folder the copy answers.
    let typed = boot::RawConfig { data: Some(data.path().to_owned()), ..boot::RawConfig::default() };
    let started = boot::Config::check(typed).unwrap();
    assert_eq!(started.city, boot::CitySource::Folder(own));
    for role in [Role::Operator, Role::Leader, Role::Analyst] {
        let other = t.desk.acting(&Actor::person("li", role));
        assert_eq!(other.edit_words(&edit).await.unwrap_err().kind, FaultKind::Forbidden);
        assert_eq!(other.copy_pack().await.unwrap_err().kind, FaultKind::Forbidden);
        assert_eq!(other.stage_pack(Vec::new()).await.unwrap_err().kind, FaultKind::Forbidden);
        assert_eq!(other.take_staged_pack("").await.unwrap_err().kind, FaultKind::Forbidden);
        assert_eq!(other.jobs().await.unwrap_err().kind, FaultKind::Forbidden);
    }
}

/// A pack as ZIP, in a folder of its own, with what macOS puts beside it.
fn zipped(change: impl Fn(&str, String) -> String) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, bytes) in boot::embedded_pack() {
        let text = change(&name, String::from_utf8(bytes.into_owned()).unwrap());
        archive.start_file(format!("newcity/{name}"), options).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
        archive.start_file(format!("__MACOSX/newcity/{name}"), options).unwrap();
        archive.write_all(b"junk").unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_that_is_sent_in_is_shown_before_it_is_taken() {
    let data = TempDir::new().unwrap();
    let t = TestDesk::with(config(data.path()), PackSource::Embedded).await;
    assert_eq!(t.desk.staged_pack().await.unwrap(), None);
    for (bytes, said) in [(b"no zip".to_vec(), "无法读取"), (vec![], "无法读取")] {
        let fault = t.desk.stage_pack(bytes).await.unwrap_err();
        assert!(fault.message.contains(said), "{fault}");
    }
    let broken = zipped(|name, text| if name == "taxonomy.csv" { text.replacen("0101,", "0102,", 1) } else { text });
    t.desk.stage_pack(broken).await.unwrap();
    let check = t.desk.staged_pack().await.unwrap().unwrap();
    assert!(check.faults.iter().any(|f| f.starts_with("taxonomy.csv:")), "file and line: {:?}", check.faults);
    assert_eq!(t.desk.take_staged_pack(&check.hash).await.unwrap_err().kind, FaultKind::Invalid);
    let before = t.desk.city().hash.clone();
    let changed = zipped(|name, text| match name {
        "dictionary.txt" => format!("{text}\n共享货架\n"),
        "departments.csv" => text.replacen("体育局,市级部门,", "体育局,市级部门,yes", 1),
        "synonyms.csv" => text.replacen("公积金,住房公积金\n", "", 1),
        _ => text,
    });
    t.desk.stage_pack(changed.clone()).await.unwrap();
    let check = t.desk.staged_pack().await.unwrap().unwrap();
    assert_eq!(check.faults, Vec::<String>::new());
    let part = |name: &str| check.differences.iter().find(|d| d.part == name).unwrap_or_else(|| panic!("{check:?}"));
    assert_eq!(part("词条").added, ["共享货架"]);
    assert_eq!((part("单位").changed.as_slice(), part("单位").added.len()), (&["体育局".to_owned()][..], 0));
    assert_eq!(part("同义词组").gone, ["公积金、住房公积金"]);
    assert_eq!(t.desk.city().hash, before, "nothing is taken yet");
    // Somebody else sends in another one while the differences are looked at.
    let seen = check.hash.clone();
    t.desk.stage_pack(zipped(|_, text| text)).await.unwrap();
    assert_eq!(t.desk.take_staged_pack(&seen).await.unwrap_err().kind, FaultKind::Conflict);
    assert_eq!(t.desk.city().hash, before, "what nobody looked at is not taken");
    t.desk.stage_pack(changed).await.unwrap();
    assert_eq!(t.desk.staged_pack().await.unwrap().unwrap().hash, seen);
    t.desk.take_staged_pack(&seen).await.unwrap();
    assert_ne!(t.desk.city().hash, before);
    assert!(data.path().join("city/pack.toml").is_file() && t.desk.staged_pack().await.unwrap().is_none());
    assert_eq!(t.desk.drop_staged_pack().await.unwrap_err().kind, FaultKind::NotFound);
    // A second one replaces it, and the first is kept.
    t.desk.stage_pack(zipped(|_, text| text)).await.unwrap();
    t.desk.take_staged_pack(&before).await.unwrap();
    assert_eq!(t.desk.city().hash, before);
    let kept: Vec<_> = fs::read_dir(data.path().join("city/versions")).unwrap().flatten().collect();
    assert!(fs::read_to_string(kept[0].path().join("dictionary.txt")).unwrap().contains("共享货架"));
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_seen_and_tried_again() {
    let config = DeskConfig { triage_deadline: Duration::ZERO, ..DeskConfig::default() };
    let t = TestDesk::with(config, PackSource::Embedded).await;
    for n in 0..3 {
        t.take(call(&format!("J-{n}"), "楼上装修从早吵到晚")).await;
    }
    assert!(
        t.desk.jobs().await.unwrap().iter().all(|j| j.state == JobState::Pending && j.line.kind == JobKind::Triage)
    );
    let store = SqliteStore::open(&t.dir.path().join("tingsu.db")).await.unwrap();
    let now = t.desk.now();
    let claimed = store.claim_jobs(JobKind::Triage, 2, 300, now).await.unwrap();
    let retry = now + SignedDuration::from_secs(3_600);
    store.fail_jobs(&[claimed[0].id], "模型没有应答", retry).await.unwrap();
    let states: Vec<_> = t.desk.jobs().await.unwrap().into_iter().map(|j| (j.state, j.line.error)).collect();
    let failed = (JobState::Failed, Some("模型没有应答".to_owned()));
    assert_eq!(states, [failed, (JobState::Running, None), (JobState::Pending, None)]);
    assert_eq!(t.desk.retry_jobs(Some(claimed[1].id)).await.unwrap_err().kind, FaultKind::NotFound, "it runs");
    assert_eq!(t.desk.retry_jobs(None).await.unwrap(), 1);
    assert_eq!(t.desk.jobs().await.unwrap()[0].line.due_at, now);
    t.desk.catch_up(|_| {}).await.unwrap();
    assert_eq!(t.desk.jobs().await.unwrap().len(), 1, "the claimed one waits for its lease");
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_are_read_back_and_taken_by_name_alone() {
    let data = TempDir::new().unwrap();
    let t = TestDesk::with(config(data.path()), PackSource::Embedded).await;
    t.take(call("B-1", "路灯不亮")).await;
    let (path, made) = t.desk.back_up().await.unwrap();
    let listed = t.desk.backups().unwrap();
    let name = listed[0].name.as_str();
    assert_eq!((listed.len(), listed[0].bytes), (1, made.bytes));
    let checked = t.desk.check_backup(name).await.unwrap();
    assert_eq!((checked.tickets, checked.lines), (1, made.lines));
    assert_eq!(fs::read_dir(data.path().join("backups")).unwrap().count(), 1, "nothing is left beside it");
    assert_eq!(t.desk.take_backup(name).await.unwrap(), path);
    for odd in ["", "..", "../tingsu.db", "tingsu-../../x.db", "/etc/passwd", "tingsu-1.db\0", "TINGSU-1.DB"] {
        assert_eq!(t.desk.take_backup(odd).await.unwrap_err().kind, FaultKind::NotFound, "{odd}");
    }
    let mut bytes = fs::read(&path).unwrap();
    bytes.truncate(bytes.len() / 2);
    fs::write(&path, bytes).unwrap();
    assert_eq!(t.desk.check_backup(name).await.unwrap_err().kind, FaultKind::Conflict);
    let lines = t.desk.audit_log(50).await.unwrap();
    assert!(lines.iter().any(|l| l.action == "backup_taken" && l.detail == name));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_the_own_accounts_alone_and_leaves_nothing_behind() {
    let data = TempDir::new().unwrap();
    let t = TestDesk::with(config(data.path()), PackSource::Embedded).await;
    t.take(call("B-1", "路灯不亮")).await;
    let dir = data.path().join("backups");
    fs::create_dir(&dir).unwrap();
    let left = ["tingsu-20260101-010101.db.part", "tingsu-20260101-010101.db.part-wal", "tingsu-20260101-010101.check"];
    for name in left.into_iter().chain(["tingsu-20260101-010101.db", "notes.part"]) {
        fs::write(dir.join(name), "x").unwrap();
    }
    let (path, _) = t.desk.back_up().await.unwrap();
    let mut names: Vec<String> =
        fs::read_dir(&dir).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let own = path.file_name().unwrap().to_str().unwrap();
    assert_eq!(names, ["notes.part", "tingsu-20260101-010101.db", own], "what was left is gone, the rest stays");
    #[cfg(unix)]
    for file in [path, t.dir.path().join("tingsu.db"), t.dir.path().join("tingsu.db-wal")] {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_goes_on_without_whoever_asked_and_after_a_restart() {
    let data = TempDir::new().unwrap();
    let t = TestDesk::with(config(data.path()), PackSource::Embedded).await;
    t.take(call("B-1", "路灯不亮")).await;
    assert!(t.desk.copying().unwrap().is_none());
    let left = tokio::time::timeout(Duration::ZERO, t.desk.back_up()).await;
    assert!(left.is_err(), "nobody waits");
    let found = async || {
        for _ in 0..400 {
            if let Some(found) = t.desk.copying().unwrap().and_then(|last| last.found) {
                return found.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("no backup within ten seconds");
    };
    let (path, made) = found().await;
    assert!(path.is_file() && made.tickets == 1);
    assert_eq!(t.desk.backups().unwrap().len(), 1);
    fs::remove_file(&path).unwrap();
    // What an earlier process was asked for stands in the store.
    let store = SqliteStore::open(&t.dir.path().join("tingsu.db")).await.unwrap();
    for _ in 0..400 {
        if store.note("backup_asked").await.unwrap() == Some(String::new()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert!(!t.desk.resume_backup().await.unwrap(), "nothing is asked for any more");
    store.set_note("backup_asked", "guanli").await.unwrap();
    assert!(t.desk.resume_backup().await.unwrap());
    assert_eq!(t.desk.backups().unwrap().len(), 1);
    let lines = t.desk.audit_log(50).await.unwrap();
    assert!(lines.iter().any(|l| l.action == "backed_up" && l.actor == "guanli"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_backup_is_never_called_damaged_because_two_ask() {
    let data = TempDir::new().unwrap();
    let t = TestDesk::with(config(data.path()), PackSource::Embedded).await;
    t.take(call("B-1", "路灯不亮")).await;
    let (path, _) = t.desk.back_up().await.unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    let both = tokio::join!(t.desk.check_backup(name), t.desk.check_backup(name));
    assert!(both.0.is_ok());
    let refused = both.1.unwrap_err();
    assert!(refused.kind == FaultKind::Conflict && refused.message.contains("请等它完成"), "{}", refused.message);
    assert!(t.desk.check_backup(name).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_that_come_together_share_a_commit_and_none_is_lost() {
    let t = TestDesk::over(Clock::of(|| NOW.parse().unwrap()), DeskConfig::default(), PackSource::Embedded, |store| {
        Arc::new(store)
    })
    .await;
    let id = t.take(call("R-1", "路灯不亮")).await.ticket.id;
    let before = t.desk.audit_log(10_000).await.unwrap().len();
    let readers = (0..200).map(|n| {
        let (desk, id) = (t.desk.acting(&Actor::person(format!("p{n}"), Role::Handler)), id.clone());
        tokio::spawn(async move {
            // Some go away while they wait; nobody else's line goes with them.
            if n % 5 == 0 {
                let _ = tokio::time::timeout(Duration::from_micros(50 * n), desk.opens(&[&id])).await;
                return None;
            }
            assert!(desk.opens(&[&id]).await.unwrap());
            Some(format!("p{n}"))
        })
    });
    let mut shown = Vec::new();
    for reader in readers.collect::<Vec<_>>() {
        shown.extend(reader.await.unwrap());
    }
    assert_eq!(shown.len(), 160);
    let lines = t.desk.audit_log(10_000).await.unwrap();
    for name in &shown {
        assert_eq!(lines.iter().filter(|l| l.action == "read" && l.actor == *name).count(), 1, "{name}");
    }
    assert!(lines.len() - before <= 200);
    assert_eq!(t.desk.verify_audit().await.unwrap().broken, None);
}
