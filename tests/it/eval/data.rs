//! Labelled files: what is read, and how wrong lines are told.

use std::{fs, path::Path};

use tempfile::TempDir;
use tingsu::{
    city::CityPack,
    domain::{AppealType, Flag, Urgency},
    eval::{load_corpus, load_labelled},
    labelled::{Origin, Part},
};

fn pack() -> CityPack {
    CityPack::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/jianghai")).unwrap()
}

const HEADER: &str = "id\ttype\tcategory\tdepartment\turgency\tflags\tplace\n";
const APPEALS: &str = "{\"id\":\"r-1\",\"title\":\"路灯不亮\",\"text\":\"东湖路的路灯坏了三天\",\"group\":\"g1\"}\n\
                       {\"id\":\"r-2\",\"title\":\"\",\"text\":\"井盖没了\"}\n";

fn folder(annotations: &str, appeals: &str) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (path, content) in [("annotations/train.tsv", annotations), ("appeals/appeals.jsonl", appeals)] {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    dir
}

#[test]
fn rows_are_read() {
    let lines = "r-2\t投诉\t0703\t城管局\tU2\t突发+集中\t-\nr-1\t求助\t0703\t城管局\tU4\t-\t东湖路\n";
    let dir = folder(&format!("{HEADER}{lines}"), APPEALS);
    let rows = load_labelled(dir.path(), &[], &pack()).unwrap();
    assert_eq!(rows.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), ["r-2", "r-1"]);
    assert_eq!(rows[0].gold.appeal_type, AppealType::Complaint);
    assert_eq!(rows[0].gold.urgency, Urgency::U2);
    assert_eq!(rows[0].gold.flags.iter().copied().collect::<Vec<_>>(), [Flag::Sudden, Flag::Concentrated]);
    assert_eq!(rows[0].gold.place, None);
    assert_eq!(rows[1].gold.place.as_deref(), Some("东湖路"));
    assert_eq!(rows[1].appeal.title, "路灯不亮");
    assert!(rows.iter().all(|r| r.origin == Origin::Real));
    // The group decides where there is one, else the id.
    assert_eq!((rows[1].group.as_str(), rows[1].part()), ("g1", Part::of("g1")));
    assert_eq!((rows[0].group.as_str(), rows[0].part()), ("r-2", Part::of("r-2")));
}

#[test]
fn further_tables_are_joined_without_places() {
    let good = "r-1\t求助\t0703\t城管局\tU4\t-\t东湖路\n";
    let dir = folder(&format!("{HEADER}{good}"), APPEALS);
    let more = dir.path().join("more.tsv");
    fs::write(&more, format!("{}r-2\t投诉\t0703\t城管局\tU3\t-\n", HEADER.replace("\tplace", ""))).unwrap();
    let rows = load_labelled(dir.path(), std::slice::from_ref(&more), &pack()).unwrap();
    assert_eq!(
        rows.iter().map(|r| (r.id.as_str(), r.gold.urgency)).collect::<Vec<_>>(),
        [("r-1", Urgency::U4), ("r-2", Urgency::U3)]
    );
    // no row may be labelled in two tables
    fs::write(&more, format!("{HEADER}{good}")).unwrap();
    let error = load_labelled(dir.path(), &[more], &pack()).unwrap_err().to_string();
    assert!(error.contains("more.tsv:2: id `r-1` stands here a second time"), "{error}");
}

#[test]
fn wrong_lines_are_told() {
    let pack = pack();
    let check = |annotations: &str, appeals: &str, says: &str| {
        let dir = folder(annotations, appeals);
        let error = load_labelled(dir.path(), &[], &pack).unwrap_err().to_string();
        assert!(error.contains(says), "wanted `{says}`, got `{error}`");
    };
    let good = "r-1\t求助\t0703\t城管局\tU4\t-\t东湖路\n";
    let with = |line: &str| format!("{HEADER}{good}{line}\n");
    check(&with("r-2\t求助\t0703\t城管局\tU4\t-"), APPEALS, "train.tsv:3: 6 fields, but the header has 7");
    check(&with("r-2\t求助\t9999\t城管局\tU4\t-\t-"), APPEALS, "train.tsv:3: unknown category `9999`");
    check(&with("r-2\t求助\t0703\t火星局\tU4\t-\t-"), APPEALS, "train.tsv:3: unknown department `火星局`");
    check(&with("r-2\t求救\t0703\t城管局\tU4\t-\t-"), APPEALS, "train.tsv:3: 没有诉求类型 `求救`");
    check(&with("r-2\t求助\t0703\t城管局\tU5\t-\t-"), APPEALS, "train.tsv:3: 没有急度 `U5`");
    check(&with("r-2\t求助\t0703\t城管局\tU4\t爆发\t-"), APPEALS, "train.tsv:3: unknown mark `爆发`");
    check(&with(good.trim_end()), APPEALS, "train.tsv:3: id `r-1` stands here a second time");
    check(&with("r-3\t求助\t0703\t城管局\tU4\t-\t-"), APPEALS, "train.tsv:3: no appeal `r-3` in");
    check("id\ttype\n", APPEALS, "train.tsv:1: column `category` is missing");
    check("", APPEALS, "train.tsv:1: column `id` is missing");
    check(HEADER, "{\"id\":\"r-1\"}\n{\"id\":\n", "appeals.jsonl:2: EOF while parsing");
    check(HEADER, "{\"id\":\"r-1\"}\n\n{\"id\":\"r-1\"}\n", "appeals.jsonl:3: id `r-1` stands here a second time");
    check(HEADER, "{\"text\":\"x\"}\n", "appeals.jsonl:1: missing field `id`");
    check(HEADER, "{\"id\":\"r-1\",\"text\":\"\\ud800\"}\n", "appeals.jsonl:1: ");
}

#[test]
fn missing_and_undecodable_files_are_told() {
    let pack = pack();
    let error = load_labelled(Path::new("/nonexistent/data"), &[], &pack).unwrap_err().to_string();
    assert!(error.contains("/nonexistent/data/appeals/appeals.jsonl") && error.contains("--data"), "{error}");
    let error = load_corpus(Path::new("/nonexistent/corpus"), &pack).unwrap_err().to_string();
    assert!(error.contains("/nonexistent/corpus") && error.contains("--corpus"), "{error}");
    let empty = TempDir::new().unwrap();
    assert!(load_corpus(empty.path(), &pack).unwrap_err().to_string().contains("no appeals"));
    fs::write(empty.path().join("a.jsonl"), b"{}\n\xb2\xe2\n").unwrap();
    let error = load_corpus(empty.path(), &pack).unwrap_err().to_string();
    assert!(error.contains("a.jsonl:2: not UTF-8"), "{error}");
}

#[test]
fn the_corpus_of_the_demo_city_is_sound() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/jianghai/appeals");
    let rows = load_corpus(&dir, &pack()).unwrap();
    assert_eq!(rows.len(), 1700);
    assert_eq!(rows.iter().filter(|r| r.part() == Part::Held).count(), 216);
    assert!(rows.iter().all(|r| r.origin == Origin::Simulated && !r.appeal.is_blank()));
}
