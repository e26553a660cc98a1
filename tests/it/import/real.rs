//! The demo city's appeals, field by field, and a real collection where one is at hand.

use std::{env, fs, path::Path, time::Instant};

use jiff::civil::date;
use serde_json::Value;
use tingsu::{desk::import::ReadOptions, domain::city_time};

use super::given::*;

#[test]
fn the_demo_appeals_map_fully() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/jianghai/appeals");
    let mut files: Vec<_> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "jsonl"));
    files.sort();
    let mut rows = 0;
    for path in &files {
        let options = ReadOptions { anchor: Some(date(2026, 12, 31)), ..ReadOptions::default() };
        let outcome = read(path, options).unwrap();
        assert_eq!(outcome.rejects, [] as [String; 0], "{}", path.display());
        for (line, ticket) in fs::read_to_string(path).unwrap().lines().zip(&outcome.tickets) {
            rows += 1;
            let wanted: Value = serde_json::from_str(line).unwrap();
            let text = |key: &str| wanted[key].as_str().filter(|s| !s.is_empty()).map(str::to_owned);
            let some = |value: &dyn ToString| Some(value.to_string());
            assert_eq!(ticket.id.as_ref().and_then(|i| some(i)), text("id"));
            assert_eq!(city_time(ticket.received_at.unwrap()).strftime("%m-%d %H:%M").to_string(), text("at").unwrap());
            assert_eq!(some(&ticket.channel), text("channel"));
            assert_eq!(ticket.caller.number, text("caller"));
            assert_eq!((&ticket.appeal.title, &ticket.appeal.text), (&text("title").unwrap(), &text("text").unwrap()));
            assert_eq!(ticket.labels.appeal_type.and_then(|t| some(&t)), text("type"));
            assert_eq!(ticket.labels.category, text("category"));
            assert_eq!(ticket.labels.department, text("department"));
            assert_eq!(ticket.labels.urgency.and_then(|u| some(&u)), text("urgency"));
            let flags: std::collections::BTreeSet<String> =
                wanted["flags"].as_array().unwrap().iter().map(|f| f.as_str().unwrap().to_owned()).collect();
            let found = ticket.labels.flags.clone().unwrap_or_default();
            assert_eq!(found.iter().map(ToString::to_string).collect::<std::collections::BTreeSet<_>>(), flags);
            assert_eq!(
                [&ticket.district, &ticket.town, &ticket.place],
                [&text("district"), &text("town"), &text("place")]
            );
            assert_eq!((&ticket.event, &ticket.handling.reply), (&text("event"), &text("reply")));
            assert_eq!(ticket.repeat_of.as_ref().and_then(|i| some(i)), text("repeat_of"));
            assert_eq!(ticket.handling.satisfaction.and_then(|s| some(&s)), text("satisfaction"));
            assert!(ticket.extra.is_empty(), "{:?}", ticket.extra);
        }
    }
    assert_eq!(rows, 1700, "in {} files", files.len());
}

/// `TINGSU_APPEALS=FILE TINGSU_APPEALS_ROWS=N cargo test --release --test it import::real -- --ignored --nocapture`
#[test]
#[ignore = "needs a file that is not part of this repository"]
fn a_real_collection() {
    let path = env::var("TINGSU_APPEALS").expect("TINGSU_APPEALS names the file");
    let rows: usize = env::var("TINGSU_APPEALS_ROWS").expect("TINGSU_APPEALS_ROWS").parse().unwrap();
    let begun = Instant::now();
    let outcome = read(Path::new(&path), ReadOptions::default()).unwrap();
    println!("{rows} rows in {:.2} s", begun.elapsed().as_secs_f64());
    assert_eq!((outcome.tickets.len(), outcome.rejects.len()), (rows, 0), "{:?}", outcome.rejects.first());
}
