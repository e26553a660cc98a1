//! Briefs over the API and as pages, from the first draft to the last step of a 批示.

use serde_json::{Value, json};
use tingsu::{
    desk::DeskConfig,
    domain::{Reach, Role},
    report::chart::has_chinese_font,
};
use tower::ServiceExt;

use super::service::{Answer, TestService};
use crate::desk::{
    TestDesk,
    briefs::fill,
    language_model::{FakeModel, Mood},
};
use tingsu::{desk::PackSource, http::HttpConfig};

/// A service over two weeks of the demo city, and the keys of three people.
struct House {
    site: TestService,
    author: String,
    checker: String,
    leader: String,
}

impl House {
    async fn with(config: DeskConfig) -> Self {
        let desk = TestDesk::with(config, PackSource::Embedded).await;
        fill(desk.dir.path()).await;
        let site = TestService::over(desk, &HttpConfig::default());
        Self {
            author: site.key("周研判", Role::Analyst, Reach::default()).await,
            checker: site.key("吴核稿", Role::Analyst, Reach::default()).await,
            leader: site.key("陈市长", Role::Leader, Reach::default()).await,
            site,
        }
    }

    async fn post(&self, key: &str, path: &str, body: Value) -> Answer {
        self.site.post_with(path, &[("authorization", key)], body.to_string().into_bytes()).await
    }

    async fn get(&self, key: &str, path: &str) -> Answer {
        let request = axum::http::Request::get(path)
            .header("authorization", key)
            .header("accept", "text/html,*/*")
            .body(axum::body::Body::empty())
            .unwrap();
        self.site.send(request).await
    }
}

const WEEK: &str = "/api/v1/briefs/weekly-2026051800-2026052500";

fn weekly() -> Value {
    json!({ "kind": "weekly", "from": "2026-05-18", "to": "2026-05-25" })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brief_over_the_api() {
    let h = House::with(DeskConfig::default()).await;
    let made = h.post(&h.author, "/api/v1/briefs", weekly()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert!(WEEK.ends_with(&id), "{id}");
    assert_eq!(h.post(&h.author, "/api/v1/briefs", weekly()).await.status, 200, "once");
    let listed = h.get(&h.author, "/api/v1/briefs?kind=weekly").await.json();
    assert_eq!((&listed["total"], &listed["briefs"][0]["id"]), (&json!(1), &json!(id)));
    let shown = h.get(&h.author, WEEK).await.json();
    assert_eq!(shown["schema"], 1);
    let none = json!({ "kind": "weekly", "from": "2020-05-18", "to": "2020-05-25" });
    h.post(&h.author, "/api/v1/briefs", none).await.is_error(404, "not_found", None);
    let flash = json!({ "kind": "flash", "from": "2026-05-19", "to": "2026-05-20" });
    assert_eq!(h.post(&h.author, "/api/v1/briefs", flash).await.status, 201);

    // words change, figures do not
    let block = shown["sections"][0]["blocks"][0]["id"].as_str().unwrap();
    let edit = |version: u32, text: &str| json!({ "version": version, "edits": [{ "place": block, "text": text }] });
    let typed = h.post(&h.author, &format!("{WEEK}/edits"), edit(1, "本期收到诉求502件。")).await;
    let why = typed.is_error(400, "invalid", Some("edits"));
    assert!(why.contains("不能删除或改写"), "{why}");
    let page = h.get(&h.author, "/briefs/weekly-2026051800-2026052500").await.text;
    let marked = page.split("data-marked=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let changed = edit(1, &marked.replace("共收到", "总共收到"));
    assert_eq!(h.post(&h.author, &format!("{WEEK}/edits"), changed.clone()).await.status, 200);
    h.post(&h.checker, &format!("{WEEK}/edits"), changed).await.is_error(409, "conflict", None);

    // the button is there for whoever may press it, and the service asks again
    let path = "/briefs/weekly-2026051800-2026052500";
    let has = |page: &str, act: &str| page.contains(&format!("data-act=\"{act}\""));
    let own = h.get(&h.author, path).await.text;
    assert!(!has(&own, "check") && own.contains("须由他人核稿"), "the last author does not check");
    assert!(has(&h.get(&h.checker, path).await.text, "check"));
    h.post(&h.author, &format!("{WEEK}/check"), json!({ "version": 2 })).await.is_error(403, "forbidden", None);
    h.post(&h.leader, &format!("{WEEK}/issue"), json!({ "version": 2 })).await.is_error(409, "conflict", None);
    assert_eq!(h.post(&h.checker, &format!("{WEEK}/check"), json!({ "version": 2 })).await.status, 200);
    assert!(!has(&h.get(&h.checker, path).await.text, "issue"), "an analyst does not sign");
    assert!(has(&h.get(&h.leader, path).await.text, "issue"));
    h.post(&h.checker, &format!("{WEEK}/issue"), json!({ "version": 3 })).await.is_error(403, "forbidden", None);
    assert_eq!(
        h.post(&h.leader, &format!("{WEEK}/issue"), json!({ "version": 3, "despite_changes": false })).await.status,
        200
    );
    h.post(&h.author, &format!("{WEEK}/renew"), json!({ "version": 4 })).await.is_error(409, "conflict", None);
    let versions = h.get(&h.author, &format!("{WEEK}/versions")).await.json();
    let states: Vec<&str> = versions.as_array().unwrap().iter().map(|v| v["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["draft", "edited", "checked", "issued"]);

    // downloads
    for (format, begins) in [("json", "{"), ("md", "# "), ("html", "<!"), ("docx", "PK"), ("xlsx", "PK")] {
        let request = axum::http::Request::get(format!("{WEEK}?format={format}"))
            .header("authorization", &h.author)
            .body(axum::body::Body::empty())
            .unwrap();
        let bytes = h.site.bytes(request).await;
        assert!(bytes.starts_with(begins.as_bytes()), "{format}");
    }
    h.get(&h.author, &format!("{WEEK}?format=odt")).await.is_error(400, "invalid", Some("format"));
    // what the reader of a file should be told goes with it, in letters that a header may carry
    for (format, silent) in [("md", true), ("docx", has_chinese_font())] {
        let request = axum::http::Request::get(format!("{WEEK}?format={format}")).header("authorization", &h.author);
        let request = request.body(axum::body::Body::empty()).unwrap();
        let answer = h.site.router.clone().oneshot(request).await.unwrap();
        let notice = answer.headers().get("x-tingsu-notice").map(|v| v.to_str().unwrap().to_owned());
        assert_eq!(notice.is_none(), silent, "{format}: {notice:?}");
        assert!(notice.is_none_or(|words| words.contains("%E5%AD%97%E4%BD%93")), "{format}: 字体");
    }

    // 批示 to its end
    let given = json!({ "leader": "陈市长", "text": "请住建局牵头核查。", "unit": "住建局", "due_at": "2026-06-30" });
    let number = h.post(&h.leader, &format!("{WEEK}/instructions"), given).await.json()["id"].as_i64().unwrap();
    let steps = format!("{WEEK}/instructions/{number}/steps");
    for state in ["working", "answered", "closed"] {
        let kept = h.post(&h.author, &steps, json!({ "state": state, "note": "已办" })).await;
        assert_eq!(kept.json()["state"], state, "{}", kept.text);
    }
    h.post(&h.author, &steps, json!({ "state": "working", "note": "再办" })).await.is_error(400, "invalid", None);
    let all = h.get(&h.author, &format!("{WEEK}/instructions")).await.json();
    assert_eq!(all[0]["steps"].as_array().unwrap().len(), 3);
    // what is open: by when, whose time is over, what is due first in front
    for (text, due) in [("无期限", None), ("久远", Some("2126-06-30")), ("早已到期", Some("2026-06-01"))] {
        let given = json!({ "leader": "陈市长", "text": text, "due_at": due });
        assert_eq!(h.post(&h.leader, &format!("{WEEK}/instructions"), given).await.status, 201);
    }
    let list = h.get(&h.author, "/briefs").await.text;
    let at = |text: &str| list.find(text).unwrap_or_else(|| panic!("{text} in {list}"));
    assert!(at("早已到期") < at("久远") && at("久远") < at("无期限"), "{list}");
    assert!(list[at("早已到期")..at("久远")].contains("逾期") && !list[at("久远")..].contains("逾期"), "{list}");
    assert!(list.contains("限 2026-06-01 前") && list.contains("限 2126-06-30 前"));
    let page = h.get(&h.author, path).await.text;
    assert!(page.contains("限 2026-06-01 前") && page.contains("name=\"due_at\""), "the form asks, the page tells");
    assert_eq!(page.matches("逾期").count(), 1, "what is closed is not late");

    // it still holds until an appeal changes
    let checked = h.get(&h.author, &format!("{WEEK}/recheck")).await.json();
    assert_eq!((&checked["stale"], &checked["chain"]), (&json!([]), &json!([])));
    let ticket = shown["cohorts"][0]["tickets"][0].as_str().unwrap();
    let decided = json!({ "labels": { "category": "0801" }, "reason": "改类" });
    let answer = h.post(&h.author, &format!("/api/v1/appeals/{ticket}/decision"), decided).await;
    assert!(answer.status.is_success(), "{}", answer.text);
    let checked = h.get(&h.author, &format!("{WEEK}/recheck")).await.json();
    let stale = checked["stale"].as_array().unwrap();
    assert!(!stale.is_empty() && stale.len() < shown["figures"].as_array().unwrap().len(), "{stale:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn renewing_and_other_words_over_the_api() {
    let honest: fn(&str, &str) -> String = |_, text| text.replace("共收到", "累计收到");
    let model = FakeModel::start(Mood::Says(honest)).await;
    let h = House::with(DeskConfig { chat: Some(model.chat()), ..DeskConfig::default() }).await;
    h.post(&h.author, "/api/v1/briefs", weekly()).await;
    let renewed = h.post(&h.author, &format!("{WEEK}/renew"), json!({ "version": 1 })).await;
    assert_eq!((renewed.status.as_u16(), &renewed.json()["state"]), (200, &json!("draft")), "{}", renewed.text);
    let path = "/briefs/weekly-2026051800-2026052500";
    let page = h.get(&h.author, path).await.text;
    assert!(page.contains("data-rephrase") && !page.contains("data-restore"));

    let asked = h.post(&h.author, &format!("{WEEK}/rephrasings"), json!({ "version": 2, "section": "s1" })).await;
    assert_eq!(asked.status, 201, "{}", asked.text);
    let asked = asked.json();
    assert_eq!((&asked["holds"], &asked["model"]), (&json!(true), &json!("qwen-test")));
    let diff = asked["places"][0]["diff"].as_array().unwrap();
    assert!(diff.iter().any(|d| d["kind"] == "new") && diff.iter().any(|d| d["kind"] == "gone"), "{diff:?}");
    let page = h.get(&h.author, path).await.text;
    assert!(page.contains("<ins>") && page.contains("data-accept"), "the difference is shown");
    let number = asked["number"].as_i64().unwrap();
    let accept = format!("{WEEK}/rephrasings/{number}/accept");
    h.post(&h.author, &accept, json!({ "version": 1 })).await.is_error(409, "conflict", None);
    let new = h.post(&h.author, &accept, json!({ "version": 2 })).await;
    assert_eq!(new.status, 200, "{}", new.text);
    let page = h.get(&h.author, path).await.text;
    assert!(page.contains("累计收到") && page.contains("data-restore"));

    model.mood(Mood::Says(|_, text| text.replace("累计收到", "累计收到999件,即")));
    let lie = h.post(&h.author, &format!("{WEEK}/rephrasings"), json!({ "version": 3, "section": "s1" })).await.json();
    assert_eq!(lie["holds"], json!(false));
    let page = h.get(&h.author, path).await.text;
    assert!(page.contains("不能采用") && page.contains("999件"), "a lie is shown with its reason");
    let accept = format!("{WEEK}/rephrasings/{}/accept", lie["number"]);
    h.post(&h.author, &accept, json!({ "version": 3 })).await.is_error(400, "invalid", Some("number"));
    assert_eq!(h.get(&h.author, &format!("{WEEK}/rephrasings")).await.json().as_array().unwrap().len(), 2);
    let back = h.post(&h.author, &format!("{WEEK}/sections/s1/restore"), json!({ "version": 3 })).await;
    assert_eq!(back.status, 200, "{}", back.text);
    model.mood(Mood::Status(500, 10));
    let down = h.post(&h.author, &format!("{WEEK}/rephrasings"), json!({ "version": 4, "section": "s1" })).await;
    down.is_error(503, "unavailable", None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_figure_opens_its_appeals_as_a_list() {
    let h = House::with(DeskConfig::default()).await;
    assert_eq!(h.post(&h.author, "/api/v1/briefs", weekly()).await.status, 201);
    let path = WEEK.trim_start_matches("/api/v1");
    let page = h.get(&h.author, &format!("{path}?figure=Q1")).await.text;
    let (link, rest) = page.split_once("data-cases").expect("a link to the appeals");
    let href = link.rsplit_once("href=\"").unwrap().1.trim_end_matches(['"', ' ']).replace("&amp;", "&");
    let href = href.replace("&#38;", "&");
    let n: u64 = rest
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect::<String>()
        .parse()
        .unwrap();
    let behind = h.get(&h.author, &format!("/api/v1{href}")).await.json();
    assert_eq!(behind["total"].as_u64(), Some(n), "{href}: {behind}");
    assert!(n > 50 && h.get(&h.author, &href).await.text.contains("table"));
    let none = format!("/api/v1/cockpit/cases?brief={}&figure=Q99999", path.trim_start_matches("/briefs/"));
    h.get(&h.author, &none).await.is_error(404, "not_found", None);
    let alone = none.split('&').next().unwrap().to_owned();
    h.get(&h.author, &alone).await.is_error(400, "invalid", Some("figure"));
    let key = h.site.key("o", Role::Operator, Reach::default()).await;
    assert_eq!(h.get(&key, &format!("/api/v1{href}")).await.status, 403);
}
