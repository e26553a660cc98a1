//! The description of the API: a change of the wire is seen in a diff.

use std::collections::BTreeSet;

use axum::{body::Body, http::Request};
use serde_json::Value;
use tingsu::domain::{Reach, Role};

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
async fn the_description_and_its_page_are_served_from_here() {
    let s = TestService::new().await;
    let served = s.get("/api/v1/openapi.json").await.json();
    assert_eq!(served["openapi"].as_str().map(|v| v.starts_with("3.")), Some(true));
    assert_eq!(served["paths"].as_object().unwrap().len(), 64);
    let admin = s.key("admin-reads", Role::Admin, Reach::default()).await;
    let asked = Request::get("/api/docs").header("authorization", admin).body(Body::empty()).unwrap();
    let page = s.send(asked).await;
    assert_eq!(page.status, 200);
    for (path, methods) in served["paths"].as_object().unwrap() {
        assert!(page.text.contains(&format!("<code>{path}</code>")), "{path}");
        for operation in methods.as_object().unwrap().values() {
            let summary = operation["summary"].as_str().unwrap().split(['&', '<', '"', '\'']).next().unwrap();
            assert!(page.text.contains(summary), "{path}: {summary}");
        }
    }
    let anchors: BTreeSet<&str> = page.text.split("id=\"").skip(1).filter_map(|p| p.split('"').next()).collect();
    let inside = page.text.split("href=\"#").skip(1).filter_map(|p| p.split('"').next());
    let lost: Vec<&str> = inside.filter(|to| *to != "main" && !anchors.contains(to)).collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert!(page.text.contains("登记工单(receive)"), "the right of each call is told");
    for source in ["//unpkg", "https://cdn", "swagger"] {
        assert!(!page.text.contains(source), "{source}");
    }
}
