//! The city pack changes while the service runs.

use std::{fs, time::Duration};

use tempfile::TempDir;
use tingsu::desk::{DeskConfig, PackSource};

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
