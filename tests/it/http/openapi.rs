//! The description of the API: a change of the wire is seen in a diff.

use std::collections::BTreeSet;

use serde_json::Value;

use super::service::TestService;

/// Accept a wanted change with `cargo insta accept`, or by renaming the `.snap.new` file.
#[test]
fn the_description_is_as_agreed() {
    insta::assert_json_snapshot!("openapi", tingsu::http::openapi());
}

#[test]
fn every_operation_is_described() {
    let api = serde_json::to_value(tingsu::http::openapi()).unwrap();
    let mut names = BTreeSet::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let what = format!("{method} {path}");
            assert!(path.starts_with("/api/v1/"), "{what}");
            assert!(operation["summary"].as_str().is_some_and(|s| !s.is_empty()), "{what} has no summary");
            assert!(names.insert(operation["operationId"].to_string()), "{what}: operation id used twice");
            let answers = operation["responses"].as_object().unwrap();
            assert!(["200", "201"].iter().any(|code| answers.contains_key(*code)), "{what}");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                assert!(parameter["description"].is_string(), "{what}: {parameter}");
            }
        }
    }
    assert!(names.len() >= 15, "{names:?}");
    let mut references = BTreeSet::new();
    collect(&api, &mut references);
    for reference in references {
        let name = reference.trim_start_matches("#/components/schemas/");
        assert!(api["components"]["schemas"].get(name).is_some(), "{reference} leads nowhere");
    }
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            found.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
            map.values().for_each(|v| collect(v, found));
        }
        Value::Array(list) => list.iter().for_each(|v| collect(v, found)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn description_and_viewer_are_served_from_here() {
    let s = TestService::new().await;
    let served = s.get("/api/v1/openapi.json").await.json();
    assert_eq!(served["openapi"].as_str().map(|v| v.starts_with("3.")), Some(true));
    assert_eq!(served["paths"].as_object().unwrap().len(), 64);
    let page = s.get("/api/docs/").await;
    assert_eq!(page.status, 200);
    for file in ["swagger-initializer.js", "swagger-ui-bundle.js", "swagger-ui.css", "index.css"] {
        assert_eq!(s.get(&format!("/api/docs/{file}")).await.status, 200, "{file}");
    }
    let start = s.get("/api/docs/swagger-initializer.js").await.text;
    assert!(start.contains("/api/v1/openapi.json"), "{start}");
    assert!(start.contains("\"validatorUrl\": \"none\""), "the validator badge asks an outside server: {start}");
    for source in [&page.text, &start] {
        assert!(!source.contains("//unpkg") && !source.contains("https://cdn"), "{source}");
    }
}
