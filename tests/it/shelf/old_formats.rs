//! Every format in which bundles were ever written is still read, and answers as it did.
//!
//! `tests/fixtures/bundles/<format>/` holds a tiny bundle as a program of that time wrote it, and in
//! `answers.json` what that program answered. A folder is never changed; a new format gets a new one
//! (`TINGSU_WRITE_ANSWERS=1 cargo test --release --test it old_formats` writes missing answers).

use std::{fs, path::Path};

use serde_json::{Value, json};
use tingsu::model::{Bundle, Precision};

use crate::model::tiny;

/// Numbers may differ so much. They are compared in f32, where a machine or a faster kernel changes no more
/// than last places; what 8-bit integers make of a bundle is measured against f32 in `model::swift`.
const NEAR: f64 = 1e-4;

fn answers(dir: &Path) -> Value {
    let bundle = Bundle::open_in(dir, Precision::Float).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    let all: Vec<Value> = bundle
        .predict(&tiny::inputs(), false)
        .unwrap()
        .iter()
        .map(|p| {
            let first = |list: &[tingsu::domain::Candidate]| json!([list[0].label, list[0].p]);
            json!({
                "type": first(&p.appeal_type),
                "category": first(&p.category),
                "department": first(&p.department),
                "urgency": p.urgency,
                "flags": p.flags.iter().map(|(f, p)| json!([f.label(), p])).collect::<Vec<_>>(),
                "uncertain": p.uncertain,
                "tokens": p.tokens,
                "vector": &p.vector[..8],
            })
        })
        .collect();
    json!({ "id": bundle.id(), "answers": all })
}

/// The same but for the last places of numbers.
fn near(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => x.as_f64().zip(y.as_f64()).is_some_and(|(x, y)| (x - y).abs() <= NEAR),
        (Value::Array(x), Value::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| near(x, y)),
        (Value::Object(x), Value::Object(y)) => {
            x.len() == y.len() && x.iter().all(|(key, x)| y.get(key).is_some_and(|y| near(x, y)))
        }
        _ => a == b,
    }
}

#[test]
fn bundles_of_every_format_still_answer_the_same() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bundles");
    let mut formats: Vec<_> = fs::read_dir(&root).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    formats.sort();
    assert!(formats.len() >= 4, "{formats:?}");
    for dir in formats {
        let (now, path) = (answers(&dir), dir.join("answers.json"));
        if !path.exists() && std::env::var_os("TINGSU_WRITE_ANSWERS").is_some() {
            fs::write(&path, serde_json::to_vec_pretty(&now).unwrap()).unwrap();
        }
        let then: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(now["id"], then["id"], "{}", dir.display());
        assert!(near(&then, &now), "{}: answered {then}, answers {now}", dir.display());
    }
}
