//! Bad and strange input: a clear answer each, and nothing lost or half stored.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};

use super::service::TestService;

const APPEALS: &str = "/api/v1/appeals";

#[tokio::test(flavor = "multi_thread")]
async fn bad_bodies_are_refused_with_their_position() {
    let s = TestService::new().await;
    let check = async |body: &[u8], field: Option<&str>, says: &str| {
        let answer = s.post_with(APPEALS, &[], body.to_vec()).await;
        let message = answer.is_error(400, "invalid", field);
        assert!(message.contains(says), "wanted `{says}` in `{message}`");
    };
    check(b"", None, "empty").await;
    check(b" \n ", None, "empty").await;
    check(b"{", None, "ends too early").await;
    check(b"[1,2]", None, "column").await;
    check(b"{\"text\": }", None, "line 1 column 10").await;
    check(b"{\"text\":\"a\"} trailing", None, "line 1 column").await;
    check(b"{}", Some("text"), "missing field `text`").await;
    check(b"{\"text\":5}", None, "expected a string").await;
    check(b"{\"text\":null}", None, "expected a string").await;
    check(b"{\"text\":\"\xff\xfe\"}", None, "not UTF-8").await;
    check(r#"{"text":"停水\ud800了"}"#.as_bytes(), None, "lone surrogate").await;
    check(r#"{"text":"停水\udc00"}"#.as_bytes(), None, "lone surrogate").await;
    check(r#"{"text":"停水","texte":"x"}"#.as_bytes(), Some("texte"), "unknown field `texte`").await;
    check(r#"{"text":"停水","text":"停电"}"#.as_bytes(), Some("text"), "twice").await;
    check(r#"{"text":"停水","caller":{"phone":"1"}}"#.as_bytes(), Some("phone"), "unknown field").await;
    check("{\"text\":\"a\u{1}b\"}".as_bytes(), None, "column").await;
    check(r#"{"text":" \n　 "}"#.as_bytes(), Some("text"), "诉求内容为空").await;
    assert_eq!(s.tickets().await, 0, "nothing half stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_repeats_nothing_that_was_sent() {
    let s = TestService::new().await;
    let secret = "13812345678";
    for body in [
        json!({ "text": "停水", "caller": secret }),
        json!({ "text": "停水", "labels": secret }),
        json!({ "text": "停水", "labels": { "flags": secret } }),
        json!({ "text": { "a": secret } }),
    ] {
        let answer = s.post(APPEALS, &body).await;
        answer.is_error(400, "invalid", None);
        assert!(!answer.text.contains(secret) && !answer.text.contains("struct"), "{}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_values_name_their_field() {
    let s = TestService::new().await;
    let check = async |extra: Value, field: &str| {
        let mut body = json!({ "text": "人民路路灯不亮" });
        for (key, value) in extra.as_object().unwrap() {
            body[key] = value.clone();
        }
        s.post(APPEALS, &body).await.is_error(400, "invalid", Some(field));
    };
    check(json!({ "channel": "鸽子" }), "channel").await;
    check(json!({ "received_at": "昨天" }), "received_at").await;
    check(json!({ "received_at": "2026-02-30 08:00" }), "received_at").await;
    check(json!({ "id": "有 空格" }), "id").await;
    check(json!({ "id": "" }), "id").await;
    check(json!({ "id": "x".repeat(65) }), "id").await;
    check(json!({ "repeat_of": "a\tb" }), "repeat_of").await;
    check(json!({ "caller": { "kind": "猫" } }), "caller.kind").await;
    check(json!({ "labels": { "type": "抱怨" } }), "labels.type").await;
    check(json!({ "labels": { "urgency": "U9" } }), "labels.urgency").await;
    check(json!({ "labels": { "flags": ["突发", "好玩"] } }), "labels.flags").await;
    check(json!({ "labels": { "category": "9999" } }), "category").await;
    check(json!({ "labels": { "department": "没有这个局" } }), "department").await;
    let long = "长".repeat(201);
    for field in ["place", "subject", "district", "town", "event", "parent_no"] {
        check(json!({ field: long }), field).await;
    }
    for field in ["name", "number", "contact"] {
        check(json!({ "caller": { field: long } }), &format!("caller.{field}")).await;
    }
    let many: serde_json::Map<String, Value> = (0..51).map(|n| (format!("列{n}"), json!("值"))).collect();
    check(json!({ "extra": many }), "extra").await;
    check(json!({ "extra": { "办理结果": "长".repeat(4_001) } }), "extra").await;
    check(json!({ "extra": { "名".repeat(81): "值" } }), "extra").await;
    assert_eq!(s.tickets().await, 0, "nothing half stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_are_checked() {
    let s = TestService::new().await;
    let body = || json!({ "text": "人民路路灯不亮" }).to_string().into_bytes();
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "application/json; charset=gbk"]
    {
        let request = Request::post(APPEALS).header("content-type", kind).body(Body::from(body())).unwrap();
        s.send(request).await.is_error(415, "unsupported", None);
    }
    let bare = Request::post(APPEALS).body(Body::from(body())).unwrap();
    s.send(bare).await.is_error(415, "unsupported", None);
    let long = "k".repeat(201);
    for key in ["", " ", long.as_str()] {
        let answer = s.post_with(APPEALS, &[("idempotency-key", key)], body()).await;
        answer.is_error(400, "invalid", Some("idempotency-key"));
    }
    s.post_with(APPEALS, &[("x-operator", &long)], body()).await.is_error(400, "invalid", Some("x-operator"));
    assert_eq!(s.tickets().await, 0);
    for kind in ["application/json", "application/json; charset=UTF-8", "application/vnd.city+json"] {
        let request = Request::post(APPEALS).header("content-type", kind).body(Body::from(body())).unwrap();
        assert_eq!(s.send(request).await.status, 201, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sizes_are_limited() {
    let s = TestService::new().await;
    // 1 MB of one character fits the body but says more than an appeal may.
    let one = s.post(APPEALS, &json!({ "text": "a".repeat(1_000_000) })).await;
    assert!(one.is_error(413, "too_large", Some("text")).contains("1000000"), "{}", one.text);
    s.post("/api/v1/triage", &json!({ "text": "水".repeat(100_001) })).await.is_error(413, "too_large", Some("text"));
    // Three bytes each: more than the body may have.
    s.post(APPEALS, &json!({ "text": "水".repeat(1_000_000) })).await.is_error(413, "too_large", None);
    s.post("/api/v1/triage", &json!({ "text": "a".repeat(1_100_000) })).await.is_error(413, "too_large", None);
    assert_eq!(s.tickets().await, 0);
    let most = s.post(APPEALS, &json!({ "text": "啊".repeat(100_000) })).await;
    assert_eq!(most.status, 201, "{}", most.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn strange_texts_come_back_to_the_last_character() {
    let s = TestService::new().await;
    let family = "👨‍👩‍👧‍👦 小区🔥着火 \u{1F1E8}\u{1F1F3}";
    for text in [
        family,
        "煩請轉告環衛局:垃圾桶滿溢,臭氣熏天",
        "控制\u{0}字\u{7}符\u{1b}[31m\u{85}和\u{202e}方向",
        "a\u{300}\u{301}\u{302}\u{feff}\u{200b}\u{fffd}零宽",
        "\u{10ffff}\u{e000}私用区",
        "  前后空白都保留\r\n\t",
    ] {
        let stored = s.post(APPEALS, &json!({ "text": text })).await;
        assert_eq!(stored.status, 201, "{text:?}: {}", stored.text);
        let id = stored.json()["ticket"]["id"].as_str().unwrap().to_owned();
        assert_eq!(s.get(&format!("{APPEALS}/{id}")).await.json()["text"], text);
        assert_eq!(s.page(&format!("/tickets/{id}")).await.status, 200, "{text:?} has a page");
        assert_eq!(s.post("/api/v1/triage", &json!({ "text": text })).await.status, 200, "{text:?}");
        assert_eq!(s.post("/api/v1/similar", &json!({ "text": text })).await.status, 200, "{text:?}");
    }
    assert_eq!(s.tickets().await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_decisions_change_nothing() {
    let s = TestService::new().await;
    s.post(APPEALS, &json!({ "id": "D-1", "text": "望江小区3幢着火了,快来救人,五楼有人被困" })).await;
    let path = "/api/v1/appeals/D-1/decision";
    let before = s.get("/api/v1/appeals/D-1").await.json();
    let check = async |body: Value, field: Option<&str>| {
        s.post(path, &body).await.is_error(400, "invalid", field);
    };
    check(json!({}), Some("labels")).await;
    check(json!({ "labels": {} }), None).await;
    check(json!({ "labels": { "category": "9999" } }), Some("category")).await;
    check(json!({ "labels": { "category": "道路" } }), Some("category")).await;
    check(json!({ "labels": { "department": "没有这个局" } }), Some("department")).await;
    check(json!({ "labels": { "categories": "0701" } }), Some("categories")).await;
    check(json!({ "labels": { "urgency": "U4" } }), None).await;
    check(json!({ "labels": { "urgency": "U4" }, "reason": "  " }), None).await;
    s.post("/api/v1/appeals/D-2/decision", &json!({ "labels": { "urgency": "U1" } })).await.is_error(
        404,
        "not_found",
        None,
    );
    assert_eq!(s.get("/api/v1/appeals/D-1").await.json(), before);
    assert_eq!(s.get("/api/v1/appeals/D-1/history").await.json()["decisions"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_parameters_are_refused_by_name() {
    let s = TestService::new().await;
    let check = async |path: &str, field: &str| {
        s.get(&format!("/api/v1{path}")).await.is_error(400, "invalid", Some(field));
    };
    check("/search?sort=best", "sort").await;
    check("/search?recency=no", "recency").await;
    check("/search?limit=0", "limit").await;
    check("/search?limit=101", "limit").await;
    check("/search?offset=-1", "offset").await;
    check("/search?offset=10001", "offset").await;
    check("/search?districts=明湖区", "districts").await;
    check("/search?facets=district,colour", "facets").await;
    check("/search?facets=caller", "facets").await;
    check("/search?q=a&q=b", "q").await;
    check(&format!("/search?q={}", "水".repeat(501)), "q").await;
    check("/appeals?status=不存在", "status").await;
    check("/appeals?urgency=U5", "urgency").await;
    check("/appeals?from=昨天", "from").await;
    check("/appeals?page=2", "page").await;
    // A person who edits the address gets a page that says what to do.
    let page = s.page("/search?sort=best").await;
    assert_eq!(page.status, 400);
    assert!(page.text.contains("请返回上一页"), "{}", page.text);
    // An empty field of a form is no filter.
    assert_eq!(s.get("/api/v1/appeals?status=&from=").await.status, 200);
}
