//! Heads of any task: learned alone and beside those of triage, and what cannot be learned is named.

use tingsu::{
    domain::HeadKind,
    labelled::Task,
    model::{Bundle, ModelInput, Said},
    train::{Figures, FitConfig, FitReport, LinearConfig, Scores, Sources, fit},
};

use super::{Toy, files_in};
use crate::{labelled::task::Files, model::tiny::Layout};

const HEADS: &str = r#"
    [[head]]
    name = "matter"
    kind = "single"
    balance = true
    [[head]]
    name = "marks"
    kind = "multi"
    separator = "+"
    [[head]]
    name = "place"
    kind = "span"
    weight = 2.0
"#;

/// Matters, marks and places by turns: `matter` stands in one table, `place` in the other.
fn tables() -> Files {
    let files = Files::new(&[]);
    let place = |n: usize| ["人民路", "解放路"][n % 2];
    let mut csv = String::from("text,matter,marks,g\n");
    let mut jsonl = String::new();
    for n in 0..120 {
        let (words, matter, marks) =
            [("停水三天", "水", "老+夜"), ("路灯不亮", "路", "夜"), ("拖欠工资", "钱", "-")][n % 3];
        csv.push_str(&format!("{words}{},{matter},{marks},a{n}\n", "。".repeat(n % 4)));
        let text = match n % 4 {
            0 => words.to_owned(),
            3 => format!("{words}到{}", place(n)),
            _ => format!("{}{words}", place(n)),
        };
        let place = if n % 4 == 0 { "" } else { place(n) };
        jsonl.push_str(&format!("{{\"text\":\"{text}\",\"place\":\"{place}\",\"g\":\"b{n}\"}}\n"));
    }
    files.put("a.csv", &csv);
    files.put("b.jsonl", &jsonl);
    files
}

fn toml(heads: &str) -> String {
    format!("[[source]]\nfile = \"a.csv\"\ngroup = \"g\"\n[[source]]\nfile = \"b.jsonl\"\ngroup = \"g\"\n{heads}")
}

fn config(toy: &Toy, task: Task) -> FitConfig {
    FitConfig {
        sources: Sources::default(),
        task: Some(task),
        epochs: 40,
        patience: 0,
        linear: Some(LinearConfig { kept: 200, passes: 4, ..LinearConfig::default() }),
        ..toy.config()
    }
}

fn said(bundle: &Bundle, text: &str) -> Vec<Said> {
    let input = ModelInput { title: String::new(), text: text.into() };
    bundle.answers(&[input]).unwrap().remove(0).into_iter().map(|a| a.said).collect()
}

fn scores<'r>(report: &'r FitReport, name: &str) -> &'r Scores {
    &report.scores.iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("{name} in {:?}", report.scores)).1
}

#[test]
fn heads_of_every_kind_are_learned_from_tables_that_each_know_some() {
    let files = tables();
    for layout in [Layout::ModernBert, Layout::Bert] {
        let toy = Toy::new(layout);
        let report = fit(&config(&toy, files.task(&toml(HEADS)).unwrap()), &mut |_| true).unwrap();
        let bundle = Bundle::open(&toy.path("out")).unwrap();
        assert_eq!(bundle.id(), report.id);
        assert!(!bundle.labels().triage() && bundle.held_back().is_none());
        let kinds: Vec<HeadKind> = bundle.labels().heads().iter().map(|h| h.kind).collect();
        assert_eq!(kinds, [HeadKind::Single, HeadKind::Multi, HeadKind::Span]);
        let both = scores(&report, "held-back rows, both");
        for head in &both.heads {
            let good = match head.figures {
                Figures::Single { first, macro_f1, .. } => first.min(macro_f1),
                Figures::Multi { f1 } => f1,
                Figures::Span { exact_f1, .. } => exact_f1,
            };
            assert!(good > 0.9 && head.rows >= 4, "{layout:?}: {both}");
        }
        assert_eq!(both.heads.len(), 3, "{both}");
        let text = "停水三天到人民路";
        let answers = said(&bundle, text);
        assert!(matches!(&answers[0], Said::One(ranked) if ranked[0].label == "水"), "{answers:?}");
        let Said::Each(marks) = &answers[1] else { panic!("{answers:?}") };
        let on: Vec<&str> = marks.iter().filter(|c| c.p > 0.5).map(|c| c.label.as_str()).collect();
        assert_eq!(on, ["夜", "老"], "{marks:?}");
        let Said::Spans(places) = &answers[2] else { panic!("{answers:?}") };
        assert_eq!(places.iter().map(|p| &text[p.bytes.clone()]).collect::<Vec<_>>(), ["人民路"]);
    }
}

#[test]
fn heads_are_trained_beside_those_of_triage() {
    let files = tables();
    let toy = Toy::new(Layout::ModernBert);
    // the simulated appeals say where they are; the tables know other heads
    let lines: Vec<String> = (0..75)
        .map(|n| {
            let mut row: serde_json::Value = serde_json::from_str(&Toy::line(n, "")).unwrap();
            let text = row["text"].as_str().unwrap().to_owned();
            row["text"] = format!("{text}解放路").into();
            row["place"] = "解放路".into();
            row.to_string()
        })
        .collect();
    std::fs::write(toy.path("corpus.jsonl"), lines.join("\n")).unwrap();
    let task = files.task(&toml(HEADS)).unwrap();
    let config = FitConfig { sources: toy.config().sources, ..config(&toy, task) };
    let report = fit(&config, &mut |_| true).unwrap();
    let bundle = Bundle::open(&toy.path("out")).unwrap();
    bundle.check_triage().unwrap();
    assert_eq!(bundle.labels().further().len(), 3);
    assert!(scores(&report, "held-back simulated, both").first("category").unwrap() > 0.9, "{:?}", report.scores);
    let further = scores(&report, "held-back rows, both");
    assert!(further.first("matter").unwrap() > 0.9, "{further}");
    // places of the simulated appeals count too
    let held = (0..75).filter(|n| tingsu::domain::is_held_back(&Toy::id(*n))).count();
    let tables = (0..120).filter(|n| tingsu::domain::is_held_back(&format!("b{n}"))).count();
    let places = further.heads.iter().find(|h| h.head == "place").unwrap();
    assert_eq!(places.rows, held + tables);
    assert!(matches!(places.figures, Figures::Span { exact_f1, .. } if exact_f1 > 0.9), "{further}");
    let input = ModelInput { title: String::new(), text: "老板拖欠工资。解放路".into() };
    let p = bundle.predict(std::slice::from_ref(&input), true).unwrap().remove(0);
    assert_eq!(p.category[0].label, "0203");
    assert!(
        matches!(&p.further[2].said, Said::Spans(s) if s.len() == 1 && input.text[s[0].bytes.clone()] == *"解放路")
    );
    // continued with the heads that have the same labels, the others are drawn anew
    let again = FitConfig { encoder: toy.path("out"), task: None, out: toy.path("again"), epochs: 0, ..config };
    let kept = fit(&again, &mut |_| true).unwrap();
    assert!(scores(&kept, "held-back simulated, encoder").first("category").unwrap() > 0.9, "{:?}", kept.scores);
}

#[test]
fn training_ends_when_the_tuning_rows_stop_getting_better() {
    let files = tables();
    let toy = Toy::new(Layout::ModernBert);
    let config = FitConfig { patience: 2, lr: 1e-2, ..config(&toy, files.task(&toml(HEADS)).unwrap()) };
    let mut figures = Vec::new();
    let report = fit(&config, &mut |p| {
        if let tingsu::train::Progress::Epoch { tune, .. } = p {
            figures.push(tune);
        }
        true
    })
    .unwrap();
    // a later figure that is as good counts as better: the rate has fallen since
    let best = figures.iter().enumerate().fold(0, |best, (n, f)| if *f >= figures[best] { n } else { best });
    assert_eq!(report.epoch, best + 1, "{figures:?}");
    assert!(figures.len() == 40 || figures.len() == best + 3, "{figures:?}");
}

#[test]
fn a_task_that_teaches_nothing_is_refused() {
    let files = tables();
    let toy = Toy::new(Layout::ModernBert);
    let good = fit(&FitConfig { epochs: 1, ..toy.config() }, &mut |_| true).unwrap().id;
    let check = |toml: &str, said: &[&str]| {
        let error = toy.fails(&config(&toy, files.task(toml).unwrap()));
        said.iter().for_each(|word| assert!(error.contains(word), "wanted `{word}`, got `{error}`"));
        assert_eq!(Bundle::open(&toy.path("out")).unwrap().id(), good, "the last bundle is gone");
    };
    let single = |more: &str| toml(&format!("[[head]]\nname = \"matter\"\nkind = \"single\"\n{more}"));
    let first = "[[source]]\nfile = \"a.csv\"\n";
    let head = "[[head]]\nname = \"matter\"\nkind = \"single\"\n";
    check(&format!("{first}only = {{ g = [\"a1\", \"a2\", \"a4\"] }}\n{head}"), &["head matter", "3 rows", "40"]);
    check(&format!("{first}only = {{ matter = [\"水\"] }}\ngroup = \"g\"\n{head}"), &["matter", "only one label"]);
    check(&format!("{first}part = \"held\"\n{head}"), &["matter", "may be trained on", "part and split"]);
    check(&single("labels = [\"水\", \"路\"]"), &["a.csv:4", "unknown label `钱`", "水 路"]);
    check(&single("column = \"topic\""), &["a.csv:1", "`topic`", "correct the task's source"]);
    check(
        &toml("[[head]]\nname = \"matter\"\nkind = \"multi\"\nas = { \"水\" = \"\", \"路\" = \"\", \"钱\" = \"\" }"),
        &["b.jsonl:1", "`matter`"],
    );
    files.put("b.jsonl", "{\"text\":\"停水\",\"place\":\"\",\"g\":\"1\"}\n".repeat(60).as_str());
    let place = "[[source]]\nfile = \"b.jsonl\"\n[[head]]\nname = \"place\"\nkind = \"span\"\n";
    check(place, &["head place"]);
    let error = toy.fails(&FitConfig { sources: Sources::default(), ..toy.config() });
    assert!(error.contains("--annotations") && error.contains("--task"), "{error}");
    assert_eq!(files_in(toy.dir.path()), ["corpus.jsonl", "encoder", "out"], "something was left beside");
}

#[test]
fn a_calibration_of_other_heads_is_refused() {
    let files = tables();
    let toy = Toy::new(Layout::ModernBert);
    let calibration = Some(toy.path("calibration.json"));
    let task = files.task(&toml(HEADS)).unwrap();
    let config = FitConfig { calibration, epochs: 1, ..config(&toy, task) };
    std::fs::write(toy.path("calibration.json"), r#"{"further":{"matter":{"encoder":1.0,"ngram":0.0}}}"#).unwrap();
    let error = toy.fails(&config);
    assert!(error.contains("head marks is missing") && error.contains("same heads"), "{error}");
}
