//! 质量 and 管理 as pages: labelling, confusions, model versions, words, jobs, backups, the audit; and that
//! nothing written into their fields becomes part of a page.

use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{body::Body, http::Request};
use serde_json::json;
use tempfile::TempDir;
use tingsu::{
    boot,
    city::CityPack,
    desk::{Clock, Desk, DeskConfig, IndexSlot, PackSource, Parts},
    domain::{Head, Labels, Reach, Role},
    http::HttpConfig,
    infer::{Infer, InferConfig},
    shelf::{About, Chosen, Shelf, Why},
    store::SqliteStore,
    triage::Triager,
};

use super::service::{Answer, TestService};
use crate::{
    desk::{NOW, TestDesk, call, copy_pack, operator},
    shelf,
};

/// With a data folder.
fn config(data: &TempDir) -> DeskConfig {
    DeskConfig {
        triage_deadline: Duration::from_secs(20),
        data: Some(data.path().to_owned()),
        shipped: Some(boot::embedded_pack),
        ..DeskConfig::default()
    }
}

/// A service asked with one key.
struct Asked {
    s: TestService,
    key: String,
}

impl Asked {
    async fn over(desk: TestDesk, role: Role) -> Self {
        // A busy machine cuts a whole dictionary slowly.
        let config = HttpConfig { timeout: Duration::from_secs(300), ..HttpConfig::default() };
        let s = TestService::over(desk, &config);
        let key = s.key("ceshi", role, Reach::default()).await;
        Self { s, key }
    }

    async fn page(&self, path: &str) -> Answer {
        let request = Request::get(path).header("accept", "text/html").header("authorization", &self.key);
        self.s.send_bare(request.body(Body::empty()).unwrap()).await
    }

    async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let encoded = |text: &str| text.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
        let body: Vec<String> = fields.iter().map(|(k, v)| format!("{k}={}", encoded(v))).collect();
        let request = Request::post(path)
            .header("accept", "text/html")
            .header("authorization", &self.key)
            .header("content-type", "application/x-www-form-urlencoded");
        self.s.send_bare(request.body(Body::from(body.join("&"))).unwrap()).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confusion_leads_to_its_tickets() {
    let t = Asked::over(TestDesk::new().await, Role::Supervisor).await;
    let desk = &t.s.desk.desk;
    for (n, said) in ["人民路路灯不亮,晚上很黑", "解放路路灯不亮一个月了"].into_iter().enumerate()
    {
        let ticket = t.s.desk.take(call(&format!("C-{n}"), said)).await.ticket;
        let suggested = ticket.suggestion.as_ref().and_then(|s| s.top(Head::Department)).map(str::to_owned);
        let labels =
            Labels { department: Some("体育局".into()), category: Some("0801".into()), ..Labels::default() };
        desk.decide(&operator(), &ticket.id, labels, Some("<b>试</b>13812345678".into())).await.unwrap();
        let suggested = suggested.expect("the rules suggest a department");
        let found = desk.confused(Head::Department, &suggested, "体育局").await.unwrap();
        assert_eq!(found.len(), n + 1);
    }
    let report = desk.quality().await.unwrap();
    let Some((suggested, decided, n)) = report.confused.first().cloned() else {
        panic!("the rules suggest a category that was corrected: {report:?}")
    };
    assert_eq!(n, 2);
    let page = t.page("/quality").await.text;
    let href = page.split("href=\"/quality/confused?").nth(1).unwrap().split('"').next().unwrap().replace("&#38;", "&");
    let shown = t.page(&format!("/quality/confused?{href}")).await.text;
    assert!(shown.contains("/tickets/C-0") && shown.contains("/tickets/C-1"), "{shown}");
    assert!(!shown.contains("<b>试") && !shown.contains("13812345678"), "escaped and masked");
    assert_eq!(desk.confused(Head::Category, &suggested, &decided).await.unwrap().len(), 2);
    assert_eq!(desk.confused(Head::Category, &decided, &suggested).await.unwrap().len(), 0);
    assert_eq!(t.page("/quality/confused?head=x&suggested=a&decided=b").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doubtful_ticket_is_labelled_and_stays_where_it_is() {
    let t = Asked::over(TestDesk::new().await, Role::Supervisor).await;
    let desk = &t.s.desk.desk;
    let ticket = t.s.desk.take(call("L-1", "小区门口的事情没有人管")).await.ticket;
    let queue = desk.doubtful(None).await.unwrap();
    assert_eq!(queue.len(), 1, "without a model the category is a guess");
    let done = t.form("/quality/label", &[("ticket", "L-1"), ("choice", "category:0801")]).await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, "/quality?said=labelled#queue"), "{}", done.text);
    let after = desk.get(&ticket.id).await.unwrap();
    assert_eq!(after.labels.category.as_deref(), Some("0801"));
    assert_eq!((after.status, &after.labels.department), (ticket.status, &None), "nothing is dispatched");
    let (decisions, _) = desk.history(&ticket.id).await.unwrap();
    assert_eq!(decisions.len(), 1);
    assert!(decisions[0].suggestion.is_some(), "kept with the suggestion that it answers");
    assert!(desk.doubtful(None).await.unwrap().is_empty(), "it leaves the queue");
    for (choice, status) in [("category:9999", 400), ("urgency:U4", 400), ("", 400), ("department:没有这个局", 400)]
    {
        let refused = t.form("/quality/label", &[("ticket", "L-1"), ("choice", choice)]).await;
        assert_eq!(refused.status, status, "{choice}");
    }
    assert_eq!(t.form("/quality/label", &[("ticket", "none"), ("choice", "category:0801")]).await.status, 404);
    let leader = t.s.key("lingdao", Role::Leader, Reach::default()).await;
    let leader = Asked { s: t.s, key: leader };
    let refused = leader.form("/quality/label", &[("ticket", "L-1"), ("choice", "category:0801")]).await;
    assert_eq!(refused.status, 403, "a leader looks and does not decide");
    assert_eq!(leader.page("/quality?doubt=unsure").await.status, 200);
    assert_eq!(leader.page("/quality?doubt=x").await.status, 400);
}

/// A service with two bundles on its shelf, the first of which answers, and a third that is torn.
async fn with_bundles(data: &TempDir) -> (Asked, String, String, String) {
    let own = Shelf::of(data.path());
    let about = || About { who: "甲".into(), from: "<i>a test</i>".into(), ..About::default() };
    let [a, b, c] = ["first", "second", "third"].map(|name| own.keep(&shelf::bundle(name), about()).unwrap().id);
    own.activate(Chosen::Kept(a.clone()), Why { who: "甲".into(), ..Why::default() }).unwrap();
    fs::write(own.root().join(&c).join("model.safetensors"), "torn").unwrap();
    let pack = Arc::new(CityPack::parse(&boot::embedded_pack()).unwrap());
    let bundle = Arc::new(own.opened(&a).unwrap());
    let triager = Arc::new(Triager::new(pack, Some(bundle)));
    let dir = TempDir::new().unwrap();
    let words = triager.analyser.segmenter.clone();
    let index = IndexSlot::open(&dir.path().join("index"), words, &triager.pack.dictionary_hash).unwrap();
    let desk = Desk::new(Parts {
        store: Arc::new(SqliteStore::open(&dir.path().join("tingsu.db")).await.unwrap()),
        index,
        infer: Infer::start(triager, InferConfig { queue: 64, batch: 8, threads: 1 }),
        pack: PackSource::Embedded,
        clock: Clock::of(|| NOW.parse().unwrap()),
        config: config(data),
    });
    let typed = boot::RawConfig { data: Some(data.path().to_owned()), ..boot::RawConfig::default() };
    tokio::spawn(boot::follow_models(desk.clone(), boot::Config::check(typed).unwrap()));
    (Asked::over(TestDesk { desk, dir }, Role::Admin).await, a, b, c)
}

#[tokio::test(flavor = "multi_thread")]
async fn another_model_is_compared_activated_and_gone_back_from() {
    let data = TempDir::new().unwrap();
    let (t, a, b, c) = with_bundles(&data).await;
    let desk = t.s.desk.desk.clone();
    let becomes = async |id: &str| {
        let began = Instant::now();
        while desk.model().as_deref() != Some(id) {
            assert!(began.elapsed() < Duration::from_secs(5), "{id} does not answer within 5 s");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert_eq!(desk.model().as_deref(), Some(a.as_str()));
    let reason = ("reason", "<script>alert(1)</script>更准");
    let refused = async |fields: &[(&str, &str)], said: &str| {
        let answer = t.form("/quality/activate", fields).await;
        assert!(matches!(answer.status.as_u16(), 400 | 409), "{}", answer.status);
        assert!(answer.text.contains(said), "wanted `{said}` in {}", answer.text);
        assert!(!answer.text.contains("<script>alert") && !answer.text.contains("<i>a test"), "escaped");
        assert_eq!(desk.model().as_deref(), Some(a.as_str()), "the present one goes on");
    };
    refused(&[("id", &b), ("reason", "")], "请写明启用理由").await;
    refused(&[("id", &c), reason, ("anyway", "1")], "无法使用").await;
    refused(&[("id", "none@0000"), reason], "模型库中没有").await;
    refused(&[("id", &b), reason], "还没有与当前模型比较").await;
    let begun = t.form("/quality/compare", &[("id", &b)]).await;
    assert_eq!(begun.status, 303, "{}", begun.text);
    let began = Instant::now();
    while desk.comparison().unwrap().is_none_or(|c| c.found.is_none()) {
        assert!(began.elapsed() < Duration::from_secs(30), "the comparison does not end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    refused(&[("id", &b), reason], "可比较的工单只有 0 件").await;
    assert_eq!(t.form("/quality/compare", &[("id", &a)]).await.status, 409, "with itself");
    let done = t.form("/quality/activate", &[("id", &b), reason, ("anyway", "1")]).await;
    assert_eq!(done.status, 303, "{}", done.text);
    becomes(&b).await;
    let page = t.page("/quality").await.text;
    assert!(page.contains("仍然启用") && !page.contains("<script>alert"), "that it was forced stands in the journal");
    assert_eq!(t.form("/quality/rollback", &[("reason", "不如原来")]).await.status, 303);
    becomes(&a).await;
    let actions: Vec<String> = desk.audit_log(50).await.unwrap().into_iter().map(|l| l.action).collect();
    for action in ["model_compared", "model_activated", "model_rolled_back"] {
        assert!(actions.iter().any(|a| a == action), "{action} in {actions:?}");
    }
    let analyst = t.s.key("fenxi", Role::Analyst, Reach::default()).await;
    let analyst = Asked { s: t.s, key: analyst };
    let fields = [("id", b.as_str()), ("reason", "x"), ("anyway", "1")];
    assert_eq!(analyst.form("/quality/activate", &fields).await.status, 403);
    assert_eq!(analyst.form("/quality/rollback", &[]).await.status, 403);
}

/// What breaks out of attributes, elements and scripts, if anything lets it.
const EVIL: &str = "\"><img src=x onerror=alert(1)>{{7*7}}</textarea></script>'";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_into_administration_stays_text() {
    let (data, pack) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    copy_pack(pack.path());
    let desk = TestDesk::with(config(&data), PackSource::Folder(pack.path().to_owned())).await;
    let t = Asked::over(desk, Role::Admin).await;
    t.s.post("/api/v1/appeals", &json!({ "id": "X-1", "text": format!("路灯{EVIL}不亮") })).await;
    t.s.desk.desk.catch_up(|_| {}).await.unwrap();
    let safe = |answer: &Answer, what: &str| {
        assert!(answer.status.as_u16() < 500, "{what}: {}", answer.text);
        assert!(!answer.text.contains("<img src=x"), "{what} lets it out: {}", answer.text);
    };
    let evil: String = EVIL.bytes().map(|b| format!("%{b:02X}")).collect();
    for path in [
        format!("/admin/words?act=add&words={evil}&text={evil}"),
        format!("/admin/words?act={evil}&words={evil}"),
        format!("/admin/words?act=add&words=%E8%B7%AF%E7%81%AF%E4%BA%AE&text={evil}"),
        format!("/admin/words?find={evil}"),
        format!("/admin/audit?actor={evil}"),
        format!("/admin/audit?action={evil}&ticket=X-1"),
        format!("/admin/audit?ticket={evil}&from={evil}&to={evil}"),
        format!("/admin/audit?before={evil}"),
        format!("/admin/jobs?said={evil}"),
        format!("/quality?doubt={evil}"),
        format!("/quality/confused?head=category&suggested={evil}&decided={evil}"),
    ] {
        safe(&t.page(&path).await, &path);
    }
    let forms: [(&str, &[&str]); 15] = [
        ("/admin/users", &["name", "person", "role", "password", "department", "district"]),
        ("/admin/users/change", &["name", "act", "role", "password"]),
        ("/admin/keys", &["name", "role", "right", "days", "department"]),
        ("/admin/keys/revoke", &["id"]),
        ("/admin/sessions/end", &["id", "user"]),
        ("/admin/words/save", &["act", "words"]),
        ("/admin/words/save", &["words"]),
        ("/admin/jobs/retry", &["id"]),
        ("/admin/backup/check", &["name"]),
        ("/admin/backup/file", &["name"]),
        ("/admin/pack/copy", &["back"]),
        ("/quality/label", &["ticket", "choice"]),
        ("/quality/compare", &["id"]),
        ("/quality/activate", &["id", "reason"]),
        ("/quality/rollback", &["reason"]),
    ];
    for (path, fields) in forms {
        let fields: Vec<(&str, &str)> = fields.iter().map(|name| (*name, EVIL)).collect();
        safe(&t.form(path, &fields).await, path);
    }
    // A person may be called so; every page that names people says it as text.
    let named = [("name", "ceshi2"), ("person", &EVIL[..30]), ("role", "operator"), ("password", "Chushi-Mima-2026")];
    assert_eq!(t.form("/admin/users", &named).await.status, 303);
    for path in ["/admin/users", "/admin/audit", "/admin", "/quality", "/admin/pack", "/admin/backup"] {
        let page = t.page(path).await;
        assert_eq!(page.status, 200, "{path}");
        safe(&page, path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_administration_do_what_they_say() {
    let (data, pack) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    copy_pack(pack.path());
    let desk = TestDesk::with(config(&data), PackSource::Folder(pack.path().to_owned())).await;
    let t = Asked::over(desk, Role::Admin).await;
    t.s.post("/api/v1/appeals", &json!({ "id": "A-1", "text": "路灯不亮" })).await;
    t.s.desk.desk.catch_up(|_| {}).await.unwrap();
    let preview = t.page("/admin/words?act=join&words=%E8%B7%AF%E7%81%AF%E3%80%81%E8%A1%97%E8%BE%B9%E7%81%AF").await;
    assert!(preview.text.contains("更改之后") && preview.text.contains("保存并生效"), "{}", preview.text);
    let saved = t.form("/admin/words/save", &[("act", "add"), ("words", "共享货架、窨井盖不见")]).await;
    assert_eq!(saved.header("location"), "/admin/words?said=saved", "{}", saved.text);
    assert!(t.s.desk.desk.city().dictionary.iter().any(|w| w.word == "窨井盖不见"), "separated as people write");
    let again = t.form("/admin/words/save", &[("act", "add"), ("words", "共享货架")]).await;
    assert!(again.status == 400 && again.text.contains("已在词典中"), "{}", again.text);
    let made = t.form("/admin/backup", &[]).await;
    assert!(made.text.contains("已整体读回校验"), "{}", made.text);
    let name =
        made.text.split("<code>tingsu-").nth(1).map(|rest| format!("tingsu-{}", rest.split('<').next().unwrap()));
    let name = name.unwrap_or_else(|| panic!("no file in {}", made.text));
    assert!(t.form("/admin/backup/check", &[("name", &name)]).await.text.contains("完好"));
    let request = Request::post("/admin/backup/file")
        .header("authorization", &t.key)
        .header("accept-encoding", "gzip")
        .header("content-type", "application/x-www-form-urlencoded");
    let request = request.body(Body::from(format!("name={name}"))).unwrap();
    let response = tower::ServiceExt::oneshot(t.s.router.clone(), request).await.unwrap();
    assert_eq!(response.headers()["content-disposition"], format!("attachment; filename=\"{name}\""));
    let sent = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
    assert_eq!(sent, fs::read(data.path().join("backups").join(&name)).unwrap(), "byte for byte");
    assert_eq!(t.form("/admin/backup/file", &[("name", "../tingsu.db")]).await.status, 404);
    let of = async |query: &str| {
        t.page(&format!("/admin/audit?{query}")).await.text.matches("<tr><td class=\"num\">").count()
    };
    assert_eq!(of("action=words_changed").await, 1);
    assert_eq!(of("action=backup_taken&actor=ceshi").await, 1);
    assert_eq!(of("action=backup_taken&actor=nobody").await, 0);
    assert_eq!(of("ticket=A-1&action=received").await, 1);
    assert_eq!(of("action=received&to=2000-01-01").await, 0);
    assert!(!t.page("/admin/audit").await.text.contains("条审计记录完好"), "nobody has checked yet");
    assert!(t.form("/admin/audit/verify", &[]).await.text.contains("条审计记录完好"));
    assert!(t.page("/admin/audit").await.text.contains("条审计记录完好"), "the last check stays on the page");
    assert!(t.page("/admin/jobs").await.text.contains("没有未完成的任务"));
    fs::write(pack.path().join("taxonomy.csv"), "code,level1\n").unwrap();
    let faulty = t.page("/admin/pack").await.text;
    assert!(faulty.contains("taxonomy.csv:1") && faulty.contains("不能启用"), "file and line: {faulty}");
}
