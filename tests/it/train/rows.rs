//! Rows and the texts and groups that belong to them.

use std::fs;

use tingsu::{
    labelled::{self, Known, Origin},
    train::Sources,
};

use super::{KINDS, Toy};
use crate::model::tiny::Layout;

#[test]
fn annotations_are_joined_with_their_texts() {
    let toy = Toy::new(Layout::ModernBert);
    let appeals: Vec<String> = (0..80)
        .map(|n| format!(r#"{{"id":"r-{n}","title":"","text":"{}","group":"g{}"}}"#, KINDS[n % 3].4, n / 2))
        .collect();
    fs::write(toy.path("appeals.jsonl"), appeals.join("\n")).unwrap();
    let row = |n: usize| {
        let (t, c, d, u, _) = KINDS[n % 3];
        format!("r-{n}\t{t}\t{c}\t{d}\t{u}\t敏感+集中\t")
    };
    let header = "id\ttype\tcategory\tdepartment\turgency\tflags\tplace";
    let sources = Sources {
        appeals: Some(toy.path("appeals.jsonl")),
        annotations: vec![toy.path("labels.tsv")],
        corpus: vec![toy.path("corpus.jsonl")],
        ..Sources::default()
    };
    let write = |header: &str, rows: &[String]| {
        fs::write(toy.path("labels.tsv"), format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    };
    let rows: Vec<String> = (0..80).map(row).collect();
    write(header, &rows);
    let data = tingsu::train::Dataset::read(&sources, None).unwrap();
    assert_eq!(data.rows.len(), 155);
    let real: Vec<_> = data.rows.iter().filter(|r| r.row.origin == Origin::Real).collect();
    assert!(real.iter().all(|r| r.flags == [false, true, true]));
    // both rows of a group lie on the same side of the split
    for pair in real.iter().flat_map(|a| real.iter().filter(|b| b.row.group == a.row.group).map(move |b| (a, b))) {
        assert_eq!(pair.0.row.part(), pair.1.row.part());
    }
    let check = |said: &[&str]| {
        let error = tingsu::train::Dataset::read(&sources, None).unwrap_err().to_string();
        said.iter().for_each(|w| assert!(error.contains(w), "wanted `{w}`, got `{error}`"));
    };
    write(&header.replace("urgency", "level"), &rows);
    check(&["labels.tsv:1", "`urgency` is missing"]);
    write(header, &[rows.clone(), vec!["r-900\t投诉\t0203\t甲局\tU4\t-\t".into()]].concat());
    check(&["labels.tsv:82", "no appeal `r-900`"]);
    write(header, &["r-1\t投诉".into()]);
    check(&["labels.tsv:2", "2 fields"]);
    let heldout = appeals[3].replace("\"title\"", "\"split\":\"heldout\",\"title\"");
    fs::write(toy.path("appeals.jsonl"), [&appeals[..3], &[heldout], &appeals[4..]].concat().join("\n")).unwrap();
    write(header, &rows);
    check(&["labels.tsv:5", "heldout"]);
}

#[test]
fn tied_simulated_appeals_share_a_group() {
    let toy = Toy::new(Layout::ModernBert);
    let ties = [
        ("S01-1", Some("E1"), None),
        ("S01-2", None, Some("S01-1")),
        ("S01-3", None, Some("S01-2")),
        ("S01-4", None, None),
        ("S01-5", None, Some("S01-4")),
        ("S01-6", Some("E1"), None),
        ("S01-7", Some("E2"), Some("S01-5")),
        ("S01-8", None, None),
    ];
    let lines: Vec<String> = ties
        .iter()
        .map(|(id, event, repeat_of)| {
            let mut row: serde_json::Value = serde_json::from_str(&Toy::line(1, "")).unwrap();
            row["id"] = (*id).into();
            row["event"] = (*event).into();
            row["repeat_of"] = (*repeat_of).into();
            row.to_string()
        })
        .collect();
    fs::write(toy.path("corpus.jsonl"), lines.join("\n")).unwrap();
    let any = |_: &str| true;
    let known = Known { category: &any, department: &any };
    let rows = labelled::simulated(&[toy.path("corpus.jsonl")], &known, "").unwrap();
    let groups: Vec<&str> = rows.iter().map(|r| r.group.as_str()).collect();
    assert_eq!(groups, ["E1", "E1", "E1", "E2", "E2", "E1", "E2", "S01-8"]);
}
