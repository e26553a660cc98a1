//! Searching over the wire: counts over time, the reason in the reply, suggestions, kept searches.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};

use super::service::TestService;

async fn take(s: &TestService, id: &str, at: &str, text: &str) {
    let body = json!({ "id": id, "text": text, "received_at": at });
    let answer = s.post("/api/v1/appeals", &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
}

async fn delete(s: &TestService, path: &str) -> u16 {
    s.send(Request::delete(path).body(Body::empty()).unwrap()).await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_over_time_under_the_same_filters() {
    let s = TestService::new().await;
    take(&s, "A-1", "2026-11-02 09:00", "东门停水").await;
    take(&s, "A-2", "2026-11-04 23:30", "西门停水").await;
    take(&s, "A-3", "2026-11-05 00:10", "西门停电").await;
    s.desk.desk.catch_up(|_| {}).await.unwrap();
    let found = s.get("/api/v1/search?q=停水&histogram=day").await.json();
    assert_eq!(found["histogram"]["interval"], "day");
    let counts: Vec<u64> =
        found["histogram"]["columns"].as_array().unwrap().iter().map(|c| c["count"].as_u64().unwrap()).collect();
    assert_eq!(counts, [1, 0, 1]);
    assert_eq!(found["histogram"]["columns"][0]["from"], "2026-11-02T00:00:00+08:00");
    assert_eq!(s.get("/api/v1/search?q=停水").await.json()["histogram"], Value::Null);
    s.get("/api/v1/search?q=停水&histogram=year").await.is_error(400, "invalid", Some("histogram"));
    let page = s.page("/search?q=停水").await;
    assert!(page.text.contains("class=\"curve\"") && page.text.contains("2026-11-02"), "{}", page.text);
    // An order that was typed holds, until another is chosen.
    let ids = async |path: &str| {
        let found = s.get(path).await.json();
        found["hits"].as_array().unwrap().iter().map(|h| h["ticket"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids("/api/v1/search?q=停水 排序:最早").await, ["A-1", "A-2"]);
    assert_eq!(ids("/api/v1/search?q=停水 排序:最早&sort=newest").await, ["A-2", "A-1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reason_is_shown_wherever_it_is() {
    let s = TestService::new().await;
    let filler = "情况如下。".repeat(60);
    let body = json!({
        "id": "R-1", "text": format!("{filler}楼道灯不亮"), "place": "望江小区3幢",
    });
    assert_eq!(s.post("/api/v1/appeals", &body).await.status, 201);
    s.desk.desk.catch_up(|_| {}).await.unwrap();
    let hit = s.get("/api/v1/search?q=望江小区 不亮").await.json()["hits"][0].clone();
    assert_eq!(hit["place"]["text"], "望江小区3幢");
    assert_eq!(hit["place"]["marks"], json!([{ "start": 0, "end": 4 }]));
    assert!(hit["fragments"][0]["text"].as_str().unwrap().contains("不亮"), "{hit}");
    let hit = s.get("/api/v1/search?q=楼道").await.json()["hits"][0].clone();
    assert_eq!(hit["place"], Value::Null, "only where it was found");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_query_does_not_know_is_noted_where_it_stands() {
    let s = TestService::new().await;
    let notes = s.get("/api/v1/search?q=停水 类别:没有的类 部门:没有的局").await.json()["notes"].clone();
    let spans: Vec<(u64, u64)> =
        notes.as_array().unwrap().iter().map(|n| (n["start"].as_u64().unwrap(), n["end"].as_u64().unwrap())).collect();
    assert!(spans.contains(&(6, 10)) && spans.contains(&(14, 18)), "{notes}");
    // a filter beside the query stands at no place of it
    let notes = s.get("/api/v1/search?q=停水&department=没有的局").await.json()["notes"].clone();
    assert_eq!((&notes[0]["start"], &notes[0]["end"]), (&json!(0), &json!(0)), "{notes}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_beside_the_box_what_could_not_be_read() {
    let s = TestService::new().await;
    let page = s.page("/search?q=停水 急度:十级 OR").await.text;
    let after_box = page.split("class=\"query\"").nth(1).unwrap();
    let beside = after_box.split("class=\"sentence\"").next().unwrap();
    assert!(
        beside.contains("停水 <mark class=\"m-unread\">急度:十级</mark> <mark class=\"m-unread\">OR</mark>"),
        "{beside}"
    );
    assert!(beside.contains("第 4–8 个字“急度:十级”:急度可以是"), "{beside}");
    assert!(beside.contains("第 10–11 个字“OR”:“OR”后面没有检索词"), "{beside}");
    // escaped, cut, and counted in characters
    let page = s.page("/search?q=😀 部们:<b>没有这样一个很长很长的名称").await.text;
    assert!(page.contains("第 3–4 个字“部们”") && !page.contains("部们:<b>"), "{page}");
    let page = s.page("/search?q=停水&department=没有的局").await.text;
    assert!(page.contains("没有名为“没有的局”的部门") && !page.contains("m-unread"), "{page}");
    let page = s.page("/search?q=停水").await.text;
    assert!(!page.contains("unread-query"), "{page}");
    // in the order in which they stand, whoever found them
    let notes = s.get("/api/v1/search?q=部门:没有的局 急度:十级 \"停水").await.json()["notes"].clone();
    let starts: Vec<u64> = notes.as_array().unwrap().iter().map(|n| n["start"].as_u64().unwrap()).collect();
    assert_eq!(starts, [3, 8, 14], "{notes}");
    // what would be kept is said
    let page = s.page("/search?q=停水&urgency=特急").await.text;
    assert!(page.contains("data-what=\"停水 急度:特急\""), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_long_a_query_is_refused_in_words() {
    let s = TestService::new().await;
    let long = "停水".repeat(251);
    let message = s.get(&format!("/api/v1/search?q={long}")).await.is_error(400, "invalid", Some("q"));
    assert!(message.contains("超过 500 个字"), "{message}");
    let page = s.page(&format!("/search?q={long}")).await;
    assert_eq!(page.status, 400);
    assert!(page.text.contains("role=\"alert\">检索词超过 500 个字"), "{}", page.text);
    assert!(page.text.contains(&format!("value=\"{long}\"")), "what was typed stays: {}", page.text);
    assert!(!page.text.contains("没有符合条件的工单"), "nothing was searched: {}", page.text);
    assert_eq!(s.page(&format!("/search?q={}", "停水".repeat(250))).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn suggestions_over_the_wire() {
    let s = TestService::new().await;
    let made = s.get("/api/v1/search/suggest?q=停水 cgj").await.json();
    assert_eq!(made["start"], 3);
    let first = &made["suggestions"][0];
    assert_eq!(
        (&first["insert"], &first["kind"], &first["by_pinyin"]),
        (&json!("部门:城管局"), &json!("department"), &json!(true))
    );
    assert_eq!(s.get("/api/v1/search/suggest").await.json()["suggestions"], json!([]));
    s.get("/api/v1/search/suggest?q=a&limit=99").await.is_error(400, "invalid", Some("limit"));
    s.get("/api/v1/search/suggest?query=a").await.is_error(400, "invalid", Some("query"));
    let page = s.page("/search").await;
    assert!(page.text.contains("complete.js") && page.text.contains("data-complete"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_kept_tells_and_is_dropped() {
    let s = TestService::new().await;
    let number = "13812345678";
    let input = json!({ "name": "停水<b>", "q": "停水", "filters": [{ "facet": "channel", "value": "电话" }] });
    let kept = s.post("/api/v1/searches", &input).await;
    assert_eq!(kept.status, 201, "{}", kept.text);
    let id = kept.json()["id"].as_i64().unwrap();
    let again = s.post("/api/v1/searches", &input).await;
    assert_eq!((again.status.as_u16(), &again.json()["id"]), (200, &json!(id)));
    let other = json!({ "name": "停水<b>", "q": "停电" });
    s.post("/api/v1/searches", &other).await.is_error(409, "conflict", None);
    let wrong = json!({ "name": "x", "filters": [{ "facet": "colour", "value": "red" }] });
    s.post("/api/v1/searches", &wrong).await.is_error(400, "invalid", Some("filters"));
    s.post("/api/v1/searches", &json!({ "name": "x", "q": "" })).await.is_error(400, "invalid", Some("q"));
    let body = json!({ "id": "K-1", "text": format!("整栋楼停水，电话{number}"), "channel": "电话" });
    assert_eq!(s.post("/api/v1/appeals", &body).await.status, 201);
    let body = json!({ "id": "K-2", "text": "整栋楼停水", "channel": "网站" });
    assert_eq!(s.post("/api/v1/appeals", &body).await.status, 201);
    while s.desk.desk.watch_step().await.unwrap() > 0 {}
    let alerts = s.get("/api/v1/alerts?unread=true").await;
    let told = alerts.json()["alerts"].clone();
    assert_eq!(
        (told.as_array().unwrap().len(), &told[0]["ticket"], &told[0]["search"]),
        (1, &json!("K-1"), &json!(id))
    );
    assert!(!alerts.text.contains(number), "{}", alerts.text);
    let page = s.page("/watches").await;
    assert!(page.status == 200 && page.text.contains("K-1") && page.text.contains("1 未看"), "{}", page.text);
    assert!(!page.text.contains(number) && !page.text.contains("停水<b>"), "{}", page.text);
    let read = s.post("/api/v1/alerts/read", &json!({ "up_to": told[0]["id"] })).await.json();
    assert_eq!(read["read"], 1);
    assert_eq!(s.get("/api/v1/alerts?unread=true").await.json()["alerts"], json!([]));
    let list = s.get("/api/v1/searches").await.json();
    assert_eq!((&list["searches"][0]["alerts"], &list["searches"][0]["unread"]), (&json!(1), &json!(0)));
    assert_eq!(delete(&s, "/api/v1/searches/999").await, 404);
    assert_eq!(delete(&s, "/api/v1/searches/x").await, 400);
    assert_eq!(delete(&s, &format!("/api/v1/searches/{id}")).await, 200);
    assert_eq!(s.get("/api/v1/searches").await.json()["searches"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_beside_the_query_are_read_as_in_it() {
    let s = TestService::new().await;
    let pack = s.desk.desk.city();
    let (district, other) = (&pack.regions[0].district, &pack.regions[pack.regions.len() - 1].district);
    assert_ne!(district, other);
    let category = pack.taxonomy.categories()[0].clone();
    for (id, place, urgency) in [("F-1", district, "U1"), ("F-2", other, "U2")] {
        let body = json!({ "id": id, "text": "停水两天", "district": place, "labels": { "urgency": urgency, "category": category.code } });
        let answer = s.post("/api/v1/appeals", &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    s.desk.desk.catch_up(|_| {}).await.unwrap();
    let part: String = district.chars().take(2).collect();
    let both = format!("{} / {}", category.level1, category.level2);
    let all = ["F-1", "F-2"];
    for (asked, wanted) in [
        ("q=停水&urgency=特急".to_owned(), &all[..1]),
        ("q=停水&urgency=u2".to_owned(), &all[1..]),
        (format!("q=停水&district={part}"), &all[..1]),
        (format!("q=停水 区县:{district}&district={other}"), &[][..]),
        (format!("q=停水 区县:{district},{other}&district={other}"), &all[1..]),
        (format!("q=停水 类别:\"{both}\""), &all[..]),
        (format!("q=停水&category={both}"), &all[..]),
    ] {
        let found = s.get(&format!("/api/v1/search?{asked}")).await.json();
        let mut ids: Vec<&str> =
            found["hits"].as_array().unwrap().iter().filter_map(|h| h["ticket"].as_str()).collect();
        ids.sort_unstable();
        assert_eq!(ids, wanted, "{asked}: {found}");
    }
    for (asked, field) in [("urgency=U9", "urgency"), ("status=不知道", "status"), ("channel=飞鸽", "channel")] {
        s.get(&format!("/api/v1/search?q=停水&{asked}")).await.is_error(400, "invalid", Some(field));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_a_place_is_no_matter() {
    let s = TestService::new().await;
    let other = ["锦绣家园3号楼电梯困人", "锦绣家园物业费涨价不合理", "锦绣家园垃圾堆放发臭"];
    for (n, text) in other.iter().enumerate() {
        for caller in ["13800000001", "13800000009"] {
            let body = json!({ "id": format!("M{n}-{caller}"), "text": text, "caller": { "number": caller } });
            let answer = s.post("/api/v1/appeals", &body).await;
            assert_eq!(answer.status, 201, "{}", answer.text);
        }
    }
    for (id, caller) in [("OWN", "13800000001"), ("ELSE", "13800000008")] {
        let body = json!({ "id": id, "text": "锦绣家园小区路灯坏了很久不亮", "caller": { "number": caller } });
        assert_eq!(s.post("/api/v1/appeals", &body).await.status, 201);
    }
    s.desk.desk.catch_up(|_| {}).await.unwrap();
    let body = json!({ "text": "锦绣家园路灯不亮", "caller": "13800000001" });
    let cases = s.post("/api/v1/similar", &body).await.json()["cases"].clone();
    assert!(cases.as_array().unwrap().len() > 2, "{cases}");
    for case in cases.as_array().unwrap() {
        let relation = match case["ticket"].as_str().unwrap() {
            "OWN" => "重复",
            "ELSE" => "同一事件",
            _ => "同类",
        };
        assert!(case.to_string().contains(&format!("\"{relation}\"")), "{relation}: {case}");
        assert!(case["score"].as_f64().unwrap() <= 1.0, "{case}");
    }
    for text in ["你好", "😀"] {
        let cases = s.post("/api/v1/similar", &json!({ "text": text })).await.json()["cases"].clone();
        assert_eq!(cases, json!([]), "{text}");
    }
}
