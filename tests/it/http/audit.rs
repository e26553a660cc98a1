//! 简报审核 over the wire.

use serde_json::json;

use super::service::TestService;

#[tokio::test(flavor = "multi_thread")]
async fn a_text_and_a_file_are_audited() {
    let s = TestService::new().await;
    let text = "共受理诉求32376件,其中违法建设489件,占1.43%。";
    let answer = s.post("/api/v1/audit", &json!({ "text": text })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let view: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
    let wrong: Vec<_> = view["checks"].as_array().unwrap().iter().filter(|c| c["verdict"] == "disagrees").collect();
    assert_eq!(wrong.len(), 1);
    assert_eq!(wrong[0]["expected"], "1.51%");
    assert_eq!(view["text"], serde_json::Value::Null);
    let empty = s.post("/api/v1/audit", &json!({ "text": " " })).await;
    assert_eq!(empty.status, 400);
}
