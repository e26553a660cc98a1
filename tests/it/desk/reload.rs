//! The city pack changes while the service runs.

use std::{
    fs,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tingsu::desk::{DeskConfig, FindRequest, PackSource};

use super::{TestDesk, call, copy_pack};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_dictionary_takes_over_whole() {
    let pack = TempDir::new().unwrap();
    copy_pack(pack.path());
    let config = DeskConfig { triage_deadline: Duration::from_secs(20), ..DeskConfig::default() };
    let t = TestDesk::with(config, PackSource::Folder(pack.path().to_owned())).await;
    let before = t.take(call("D-1", "江海通小程序打不开")).await.ticket.suggestion.unwrap().pack;
    t.desk.catch_up(|_| {}).await.unwrap();
    assert!(!t.desk.reload_pack().await.unwrap(), "nothing changed yet");

    let dictionary = pack.path().join("dictionary.txt");
    let text = fs::read_to_string(&dictionary).unwrap();
    fs::write(&dictionary, format!("{text}\n江海通小程序\n")).unwrap();
    assert!(t.desk.reload_pack().await.unwrap());
    let after = t.desk.city();
    assert_ne!(after.hash, before);
    // The old index answers until the new one has caught up.
    assert!(t.desk.health().await.rebuilding);
    assert_eq!(t.found("小程序").await, ["D-1"]);
    let suggestion = t.take(call("D-2", "江海通小程序闪退")).await.ticket.suggestion.unwrap();
    assert_eq!(suggestion.pack, after.hash);
    t.desk.catch_up(|_| {}).await.unwrap();
    let health = t.desk.health().await;
    assert!(!health.rebuilding);
    assert_eq!((health.indexed, health.index_lag), (2, 0));
    assert_eq!(t.found("江海通").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_with_faults_changes_nothing() {
    let pack = TempDir::new().unwrap();
    copy_pack(pack.path());
    let t = TestDesk::with(DeskConfig::default(), PackSource::Folder(pack.path().to_owned())).await;
    let before = t.desk.city().hash.clone();
    let taxonomy = pack.path().join("taxonomy.csv");
    let text = fs::read_to_string(&taxonomy).unwrap();
    fs::write(&taxonomy, text.replacen("0101,", "0102,", 1)).unwrap();
    t.desk.reload_pack().await.unwrap_err();
    let health = t.desk.health().await;
    assert_eq!(t.desk.city().hash, before);
    assert!(health.pack_faults.iter().any(|f| f.starts_with("taxonomy.csv:")), "{:?}", health.pack_faults);
    fs::write(&taxonomy, text).unwrap();
    assert!(!t.desk.reload_pack().await.unwrap(), "the pack is as before");
    assert!(t.desk.health().await.pack_faults.is_empty());
}

/// Nobody calls anything: the file changes, and within five seconds the next search knows it. The index
/// stays what it is.
#[tokio::test(flavor = "multi_thread")]
async fn synonyms_are_live_within_five_seconds_without_a_new_index() {
    let pack = TempDir::new().unwrap();
    copy_pack(pack.path());
    let t = TestDesk::with(DeskConfig::default(), PackSource::Folder(pack.path().to_owned())).await;
    t.take(call("D-1", "楼道里给电动三轮充电")).await;
    t.desk.catch_up(|_| {}).await.unwrap();
    let _workers = t.desk.start_workers();
    let asked = async || {
        let request = FindRequest { q: "三轮电马 充电".into(), limit: 5, ..FindRequest::default() };
        t.desk.find(request, t.desk.now()).await.unwrap()
    };
    assert!(asked().await.also.is_empty());
    let path = pack.path().join("synonyms.csv");
    let text = fs::read_to_string(&path).unwrap();
    let indexed = t.desk.health().await.indexed;
    let mut waited = Vec::new();
    for (there, content) in [(true, format!("{text}\n三轮电马,电动三轮\n")), (false, text)] {
        fs::write(&path, content).unwrap();
        let changed = Instant::now();
        while asked().await.also.is_empty() == there {
            assert!(changed.elapsed() < Duration::from_secs(30), "not live after {:?}", changed.elapsed());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        waited.push(changed.elapsed());
        if there {
            let answer = asked().await;
            assert_eq!(answer.also, [("三轮电马".to_owned(), vec!["电动三轮".to_owned()])]);
            assert!(!answer.relaxed && answer.hits[0].ticket.id.as_str() == "D-1");
        }
    }
    println!("a synonym was live after {:?}, and gone after {:?}", waited[0], waited[1]);
    // A machine that is busy elsewhere may be late once.
    assert!(waited.iter().any(|w| *w < Duration::from_secs(5)), "{waited:?}");
    let health = t.desk.health().await;
    assert_eq!((health.rebuilding, health.indexed), (false, indexed));
}

/// Aliases and old names of regions are words like any other: searched too, told, and live with the file.
#[tokio::test(flavor = "multi_thread")]
async fn a_region_is_found_in_words_by_each_of_its_names() {
    let pack = TempDir::new().unwrap();
    copy_pack(pack.path());
    let t = TestDesk::with(DeskConfig::default(), PackSource::Folder(pack.path().to_owned())).await;
    let city = t.desk.city();
    let town = city.regions.iter().find(|r| r.town.is_some() && r.aliases.len() > 1).unwrap();
    let (name, alias) = (town.town.clone().unwrap(), town.aliases[1].clone());
    t.take(call("OWN", &format!("{name}的路灯不亮"))).await;
    t.take(call("ALIAS", &format!("{alias}窗口的路灯不亮"))).await;
    t.take(call("ELSE", "别处的路灯不亮")).await;
    t.desk.catch_up(|_| {}).await.unwrap();
    let asked = async |q: String| {
        let request = FindRequest { q, limit: 5, ..FindRequest::default() };
        t.desk.find(request, t.desk.now()).await.unwrap()
    };
    for typed in [&name, &alias] {
        let answer = asked(format!("{typed} 路灯")).await;
        let mut found: Vec<_> = answer.hits.iter().map(|h| h.ticket.id.to_string()).collect();
        found.sort();
        assert_eq!((answer.relaxed, found), (false, vec!["ALIAS".to_owned(), "OWN".to_owned()]), "{typed}");
        let told = answer.also.iter().find(|(word, _)| word == typed).map(|(_, others)| others.clone());
        let other = if typed == &name { &alias } else { &name };
        assert!(told.is_some_and(|others| others.contains(other)), "{typed}: {:?}", answer.also);
    }
}
