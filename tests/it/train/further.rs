//! A bundle taught further on a city's own tickets: it learns the new without forgetting the old.

use std::{collections::BTreeMap, fs};

use tingsu::{
    domain::{Appeal, Flags},
    labelled::{Gold, Origin, Row},
    model::{Bundle, ModelInput},
    train::{FitConfig, Sources, fit, fit_with},
};

use super::{KINDS, Toy};
use crate::model::tiny::Layout;

/// Tickets of a kind that the bundle knows and of one that it does not.
fn history() -> Vec<Row> {
    let fresh = ("投诉", "0402", "丁局", "U4", "夜间施工噪音");
    (0..90)
        .map(|n| {
            let (appeal_type, category, department, urgency, words) = if n % 2 == 0 { KINDS[1] } else { fresh };
            Row {
                id: format!("ticket/{n}"),
                appeal: Appeal::new("", format!("{words}{}", "。".repeat(n % 5))),
                gold: Gold {
                    appeal_type: appeal_type.parse().unwrap(),
                    category: category.into(),
                    department: department.into(),
                    urgency: urgency.parse().unwrap(),
                    flags: Flags::new(),
                    place: None,
                    place_read: false,
                },
                origin: Origin::Real,
                group: format!("h-{n}"),
            }
        })
        .collect()
}

fn says(bundle: &Bundle, text: &str) -> String {
    let asked = ModelInput { title: String::new(), text: text.into() };
    bundle.predict(&[asked], false).unwrap()[0].category[0].label.clone()
}

#[test]
fn the_new_is_learned_and_the_old_is_kept() {
    let toy = Toy::new(Layout::ModernBert);
    fit(&toy.config(), &mut |_| true).unwrap();
    let config = FitConfig {
        sources: Sources::default(),
        encoder: toy.path("out"),
        out: toy.path("further"),
        epochs: 1,
        further: true,
        ..toy.config()
    };
    fit_with(&config, history(), &mut |_| true).unwrap();
    let bundle = Bundle::open(&toy.path("further")).unwrap();
    assert_eq!(bundle.category_labels(), ["0203", "0402", "0904", "1601"]);
    for (kind, code) in [(KINDS[0].4, "0203"), (KINDS[1].4, "0904"), (KINDS[2].4, "1601"), ("夜间施工噪音", "0402")]
    {
        assert_eq!(says(&bundle, kind), code, "{kind}");
    }
    // trained anew on the same tickets, it knows nothing else
    let anew = FitConfig { further: false, out: toy.path("anew"), ..config.clone() };
    fit_with(&anew, history(), &mut |_| true).unwrap();
    assert_eq!(Bundle::open(&toy.path("anew")).unwrap().category_labels(), ["0402", "0904"]);
    // the same tickets give the same bundle
    let again = FitConfig { out: toy.path("again"), ..config };
    let id = fit_with(&again, history(), &mut |_| true).unwrap().id;
    assert_eq!(id, bundle.id());
}

#[test]
fn copies_of_a_sources_rows_stay_on_its_side() {
    let toy = Toy::new(Layout::ModernBert);
    let said = "我们小区已经停水三天了,物业说是水泵坏了,老人做饭都成问题";
    let mut lines: Vec<String> = (0..75).map(|n| Toy::line(n, "")).collect();
    lines.extend((0..10).map(|n| {
        Toy::line(n, "").replace(&Toy::id(n), &format!("L-{n}")).replace(KINDS[n % 3].4, &format!("{said}{n}"))
    }));
    fs::write(toy.path("corpus.jsonl"), lines.join("\n")).unwrap();
    let sources = Sources { corpus: vec![toy.path("corpus.jsonl")], ..Sources::default() };
    let mut own = history();
    own[0].appeal = Appeal::new("", format!("【转办】{said}。"));
    let data = tingsu::train::Dataset::read_with(&sources, own, None).unwrap();
    let groups: BTreeMap<&str, &str> = data.rows.iter().map(|r| (r.row.id.as_str(), r.row.group.as_str())).collect();
    assert!(groups["ticket/0"].starts_with("L-"), "{}", groups["ticket/0"]);
    assert_eq!(groups["ticket/1"], "h-1");
    assert_eq!(data.rows.len(), 75 + 10 + 90);
}
