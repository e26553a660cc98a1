//! A whole evaluation of the rules on simulated appeals.

use std::path::{Path, PathBuf};

use tingsu::{
    eval::{
        Options, Suite,
        command::{EvalArgs, render, run},
        evaluate, load_corpus,
    },
    labelled::{Origin, Part},
};

use crate::triage::RULES;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/jianghai/appeals")
}

fn args(suites: &[&str]) -> EvalArgs {
    EvalArgs {
        what: None,
        model: None,
        city: None,
        data: "/nonexistent/data".into(),
        annotations: Vec::new(),
        task: None,
        score: None,
        corpus: corpus(),
        suites: suites.iter().map(|s| (*s).to_owned()).collect(),
        calls: Vec::new(),
        cases: false,
        baseline: false,
        check: false,
        json: false,
    }
}

#[test]
fn the_simulated_suite_runs_without_other_data() {
    let args = args(&["simulated"]);
    let report = run(&args, &RULES).unwrap();
    assert_eq!(report.model, None);
    assert_eq!(report.suites.len(), 1);
    let suite = &report.suites[0];
    assert_eq!((suite.suite.as_str(), suite.rows), ("simulated", 216));
    assert_eq!(suite.systems.iter().map(|s| s.system.as_str()).collect::<Vec<_>>(), ["rules"]);
    let figures = suite.systems[0].figures();
    for name in ["category.top1", "department.top3", "type.top1", "urgency.accuracy", "urgency.u1_recall"] {
        assert!(figures.contains_key(name), "{name} of {figures:?}");
    }
    assert!(!figures.contains_key("category.ece"), "keyword shares are no probabilities");
    assert!(report.passes(), "rules alone have no floor");
    let table = render(&args, &report).unwrap();
    for part in ["rules", "分类", "U1+U2", "216 件", "没有模型"] {
        assert!(table.contains(part), "no `{part}` in\n{table}");
    }
    let json = render(&EvalArgs { json: true, ..args.clone() }, &report).unwrap();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["suites"][0]["systems"][0]["heads"][1]["head"], "category");
    assert_eq!(value["suites"][0]["systems"][0]["heads"][1]["top1"]["of"], 216);
    assert_eq!(run(&args, &RULES).unwrap(), report, "the same rows, other figures");
}

#[test]
fn a_table_is_scored_whole() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("appeals")).unwrap();
    let appeals: Vec<String> =
        (0..20).map(|n| format!(r#"{{"id":"r-{n}","text":"东湖路的路灯坏了三天,请修好第{n}盏"}}"#)).collect();
    std::fs::write(dir.path().join("appeals/appeals.jsonl"), appeals.join("\n")).unwrap();
    let table = dir.path().join("labels.tsv");
    let lines: Vec<String> = (0..20).map(|n| format!("r-{n}\t求助\t0703\t城管局\tU4\t-")).collect();
    std::fs::write(&table, format!("id\ttype\tcategory\tdepartment\turgency\tflags\n{}\n", lines.join("\n"))).unwrap();
    let report = run(&EvalArgs { data: dir.path().into(), score: Some(table), ..args(&[]) }, &RULES).unwrap();
    assert_eq!((report.suites.len(), report.suites[0].rows), (1, 20));
    assert!(report.to_string().contains("labels.tsv"));
}

#[test]
fn appeals_of_an_author_are_scored_whole() {
    let apart = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/calls-apart");
    for (path, rows) in [(apart.join("P14.jsonl"), 586), (apart.join("P20.jsonl"), 701), (apart, 1_287)] {
        let report = run(&EvalArgs { score: Some(path), ..args(&[]) }, &RULES).unwrap();
        assert_eq!((report.suites.len(), report.suites[0].rows), (1, rows));
    }
}

#[test]
fn missing_data_and_unknown_suites_are_told() {
    let error = run(&args(&["real"]), &RULES).unwrap_err().to_string();
    assert!(error.contains("/nonexistent/data") && error.contains("--data"), "{error}");
    let error = run(&args(&["surreal"]), &RULES).unwrap_err().to_string();
    assert!(error.contains("no suite `surreal`: one of real simulated"), "{error}");
    let error = Suite::parse("name = \"x\"\ntitle = \"x\"\nsource = \"real\"\nfloor = 1").unwrap_err().to_string();
    assert!(error.contains("floor"), "{error}");
}

#[test]
fn the_baseline_is_trained_on_other_rows_than_it_is_scored_on() {
    // A small world: every fifth row of the corpus, so that the machines train in moments.
    let rows: Vec<_> = load_corpus(&corpus(), &RULES.pack).unwrap().into_iter().step_by(5).collect();
    let suites = Suite::shipped(&["simulated".into()]).unwrap();
    let report = evaluate(&RULES, &rows, &rows, &suites, Options { baseline: true, ..Options::default() }).unwrap();
    let held_back = rows.iter().filter(|r| r.part() == Part::Held).count();
    assert_eq!(report.training_rows, rows.len() - held_back);
    assert_eq!(report.suites[0].rows, held_back);
    let baseline = report.suites[0].systems.last().unwrap();
    assert_eq!(baseline.system, "baseline");
    // From a few hundred rows something is learned; had the baseline seen the rows that it is scored
    // on, it would know nearly all of them.
    let figures = baseline.figures();
    assert!(figures["type.top1"] > 0.4, "{figures:?}");
    assert!(figures["category.top1"] < 0.9, "the baseline has seen what it is scored on: {figures:?}");
    assert!(suites[0].rows(&rows).iter().all(|r| r.part() == Part::Held && r.origin == Origin::Simulated));
}

#[test]
fn a_suite_without_rows_is_no_failure() {
    let report =
        evaluate(&RULES, &[], &[], &Suite::shipped(&[]).unwrap(), Options { baseline: true, ..Options::default() })
            .unwrap();
    assert!(report.suites.iter().all(|s| s.rows == 0));
    assert!(report.to_string().contains("没有可评的诉求"));
}
