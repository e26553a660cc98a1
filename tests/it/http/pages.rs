//! The console's pages, as they leave the server.

use axum::{body::Body, http::Request};
use serde_json::json;
use tingsu::domain::{Handling, Outcome, Reach, Role, Satisfaction};

use super::service::{Answer, TestService};
use crate::desk::call;

/// Nothing inline, nothing from elsewhere, no exclamation mark, every asset served.
async fn is_proper(s: &TestService, path: &str) -> Answer {
    let page = s.page(path).await;
    assert_eq!(page.status, 200, "{path}: {}", page.text);
    assert!(page.header("content-type").starts_with("text/html"), "{path}");
    let text = &page.text;
    assert!(text.contains("<html lang=\"zh-CN\">"), "{path}");
    for banned in ["<style", " style=\"", "onclick=", "onload=", "javascript:", "!</", "！"] {
        assert!(!text.contains(banned), "{path} holds `{banned}`");
    }
    for script in text.split("<script").skip(1) {
        assert!(script.contains("></script>"), "{path} holds an inline script: {}", &script[..script.len().min(80)]);
    }
    let mut assets = 0;
    for attribute in ["href=\"", "src=\"", "action=\""] {
        for rest in text.split(attribute).skip(1) {
            let url = rest.split('"').next().unwrap().replace("&#38;", "&");
            assert!(
                url.starts_with('/') && !url.starts_with("//") || url.starts_with('#'),
                "{path} leads outside: {url}"
            );
            if url.starts_with("/assets/") {
                let asset = s.get(&url).await;
                assert_eq!(asset.status, 200, "{path} asks for {url}");
                assert!(asset.header("cache-control").contains("immutable"), "{url}");
                assets += 1;
            }
        }
    }
    assert!(assets >= 3, "{path}: only {assets} assets");
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_proper_with_and_without_tickets() {
    let s = TestService::new().await;
    for path in ["/intake", "/search", "/tickets", "/topics", "/watches", "/audit", "/cockpit", "/supervise", "/help"] {
        let page = is_proper(&s, path).await;
        assert!(page.text.contains("aria-current=\"page\""), "{path}: the rail shows where one is");
        assert!(page.text.contains(&s.desk.desk.city().name), "{path}: names the city");
        assert!(page.text.contains("模型未加载"), "{path}: says that no model is loaded");
    }
    assert!(s.page("/tickets").await.text.contains("还没有工单"), "an empty list says what would fill it");
    s.post(
        "/api/v1/appeals",
        &json!({ "id": "T-1", "title": "路灯<b>不亮</b>", "text": "人民路&\"路灯\"<script>alert(1)</script>不亮" }),
    )
    .await;
    s.desk.desk.catch_up(|_| {}).await.unwrap();
    for path in ["/tickets", "/tickets/T-1", "/search?q=路灯", "/search?q=<script>&sort=newest"] {
        let page = is_proper(&s, path).await;
        assert!(!page.text.contains("<script>") && !page.text.contains("<b>"), "{path} does not escape");
    }
    let home = s.page("/").await;
    assert_eq!((home.status.as_u16(), home.header("location")), (307, "/supervise"));
}

/// Everybody begins where their work is; whose own page is closed to them, at the first that is not.
#[tokio::test(flavor = "multi_thread")]
async fn everybody_begins_at_their_work() {
    let s = TestService::new().await;
    let district = Reach { districts: vec!["明湖区".into()], ..Reach::default() };
    for (name, role, reach, first) in [
        ("o", Role::Operator, Reach::default(), "/intake"),
        ("h", Role::Handler, district.clone(), "/tickets"),
        ("s", Role::Supervisor, Reach::default(), "/supervise"),
        ("a", Role::Analyst, Reach::default(), "/topics"),
        ("l", Role::Leader, Reach::default(), "/cockpit"),
        ("m", Role::Admin, Reach::default(), "/admin"),
        ("far", Role::Leader, district, "/tickets"),
    ] {
        let key = s.key(name, role, reach).await;
        let ask = |path: &str| {
            let request = Request::get(path.to_owned()).header("accept", "text/html").header("authorization", &key);
            request.body(Body::empty()).unwrap()
        };
        let home = s.send(ask("/")).await;
        assert_eq!((home.status.as_u16(), home.header("location")), (307, first), "{role:?}");
        assert_eq!(s.send(ask(first)).await.status, 200, "{role:?} may open {first}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_page_is_its_address() {
    let s = TestService::new().await;
    for n in 0..25 {
        let district = if n % 2 == 0 { "明湖区" } else { "港西区" };
        let body = json!({ "id": format!("S-{n:02}"), "text": format!("人民路{n}号路灯不亮"), "district": district });
        assert_eq!(s.post("/api/v1/appeals", &body).await.status, 201);
    }
    s.desk.desk.catch_up(|_| {}).await.unwrap();
    let first = s.page("/search?q=路灯").await.text;
    assert!(first.contains("共 <strong>25</strong> 件") && first.contains("第 1–20 件"), "{first}");
    assert!(first.contains("<mark class=\"m-hit\">路灯"), "hits are marked");
    assert!(first.contains("offset=20"), "the next page is a link");
    let second = s.page("/search?q=路灯&offset=20").await.text;
    assert!(second.contains("第 21–25 件") && !second.contains("rel=\"next\""));
    let filtered = s.page("/search?q=路灯&district=港西区").await.text;
    assert!(filtered.contains("共 <strong>12</strong> 件"), "{filtered}");
    assert!(filtered.contains("区县 港西区"), "the filter reads as a chip");
    let none = s.page("/search?q=无此内容甲乙丙丁").await.text;
    assert!(none.contains("没有符合条件的工单"), "{none}");
    assert!(!first.contains("部分词语相符") && !none.contains("部分词语相符"));
    let relaxed = s.page("/search?q=路灯 游泳馆").await.text;
    assert!(relaxed.contains("没有完全符合的工单,以下是部分词语相符的"), "{relaxed}");
    assert_eq!(s.get("/api/v1/search?q=路灯 游泳馆").await.json()["relaxed"], true);
    assert_eq!(s.get("/api/v1/search?q=路灯").await.json()["relaxed"], false);
    let list = s.page("/tickets?district=明湖区").await.text;
    assert!(list.contains("共 <strong>13</strong> 件") && list.contains("清除条件"), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_page_tells_the_whole_story() {
    let s = TestService::new().await;
    let text = "学士街道望江小区3幢着火了,快来救人,五楼有人被困";
    s.post("/api/v1/appeals", &json!({ "id": "T-1", "text": text, "caller": { "number": "13812345678" } })).await;
    s.post("/api/v1/appeals/T-1/decision", &json!({ "labels": { "urgency": "U2" }, "reason": "已核实为演练" })).await;
    let page = is_proper(&s, "/tickets/T-1").await.text;
    for wanted in ["m-cue", "119", "13812345678", "已核实为演练", "更正", "登记", "尚无回复", "operator"]
    {
        assert!(page.contains(wanted), "no `{wanted}` in {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn assets_of_an_older_version_are_served_uncached() {
    let s = TestService::new().await;
    let old = s.get("/assets/000000000000/app.css").await;
    assert_eq!((old.status.as_u16(), old.header("cache-control")), (200, "no-store"));
    for path in ["/assets/x/none.js", "/assets/x/..%2Fmod.rs", "/assets/x/%2e%2e%2fmod.rs"] {
        assert_eq!(s.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_and_events_are_proper_pages() {
    let s = TestService::new().await;
    for n in 0..4 {
        let text = "望江路主水管爆裂<script>alert(1)</script>,整条街停水,请抢修";
        let call = json!({ "id": format!("T-{n}"), "title": "望江路爆管停水", "text": format!("{text}{n}") });
        s.post("/api/v1/appeals", &call).await;
    }
    assert_eq!(s.get("/api/v1/events").await.json()["made_at"], json!(null), "nobody has looked yet");
    let mut following = tingsu::desk::Following::default();
    while s.desk.desk.topics_step(&mut following).await.unwrap() > 0 || s.desk.desk.hot().is_none() {}
    let listed = s.get("/api/v1/events").await.json();
    assert_eq!(listed["events"][0]["tickets"].as_array().unwrap().len(), 4, "{listed}");
    assert_eq!(s.get("/api/v1/topics").await.json()["made_at"], listed["made_at"]);
    let id = listed["events"][0]["id"].as_str().unwrap();
    assert_eq!(s.get(&format!("/api/v1/events/{id}")).await.json()["lineage"][0]["what"], "出现");
    assert_eq!(s.get("/api/v1/events/E-none").await.status, 404);
    let list = is_proper(&s, "/topics").await;
    assert!(list.text.contains(&format!("/events/{id}")), "{}", list.text);
    let page = is_proper(&s, &format!("/events/{id}")).await;
    assert!(page.text.contains("/tickets/T-0") && !page.text.contains("<script>alert"), "members, escaped");
    assert_eq!(s.page("/topics?nonsense=1").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_past_case_shows_what_came_of_it_and_why_it_is_there() {
    let s = TestService::new().await;
    let number = "13912345678";
    let of = |id: &str, text: &str, category: &str, handling: Handling| {
        let mut ticket = call(id, text);
        ticket.labels.category = Some(category.to_owned());
        ticket.handling = handling;
        ticket
    };
    let handling = Handling {
        reply: Some(format!("水泵已更换,恢复供水,联系人{number}")),
        outcome: Some(Outcome::Solved),
        satisfaction: Some(Satisfaction::Mostly),
        ..Handling::default()
    };
    s.desk.take(of("OLD", "望江小区停水两天,水泵坏了", "0801", handling)).await;
    s.desk.take(of("BARE", "临江花苑的水泵声音太大", "1601", Handling::default())).await;
    s.desk.take(of("NEW", "望江小区又停水,水泵没人修", "0801", Handling::default())).await;
    s.desk.desk.catch_up(|_| {}).await.unwrap();
    let page = is_proper(&s, "/tickets/NEW").await.text;
    let rows: Vec<&str> =
        page.split("<li><span class=\"rel\"").skip(1).map(|r| r.split("</li>").next().unwrap()).collect();
    let row =
        |id: &str| *rows.iter().find(|r| r.contains(&format!("/tickets/{id}"))).unwrap_or_else(|| panic!("{page}"));
    let old = row("OLD");
    for told in
        ["水泵已更换,恢复供水", "data-outcome>解决<", "data-satisfaction>基本满意<", "同一地点 · 同一类别 · 同有“"]
    {
        assert!(old.contains(told), "no `{told}` in {old}");
    }
    assert!(!old.contains(number), "masked: {old}");
    let bare = row("BARE");
    for absent in ["data-outcome", "data-satisfaction", "past-reply", "同一地点", "同一类别"] {
        assert!(!bare.contains(absent), "{absent}: {bare}");
    }
    assert!(bare.contains("水泵"), "the shared word: {bare}");

    let body = json!({ "text": "望江小区又停水,水泵没人修" });
    let cases = s.post("/api/v1/similar", &body).await.json()["cases"].clone();
    let case = cases.as_array().unwrap().iter().find(|c| c["ticket"] == "OLD").unwrap();
    assert_eq!((&case["outcome"], &case["satisfaction"]), (&json!("解决"), &json!("基本满意")));
    assert_eq!(case["why"]["same_place"], true, "{case}");
    assert!(case["why"]["shared_words"].as_array().unwrap().contains(&json!("水泵")), "{case}");
}
