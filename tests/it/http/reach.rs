//! Whose tickets one sees: in lists, searches, counts, details, similar cases, alerts; and that reading
//! personal data is recorded.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use tingsu::domain::{Reach, Role};

use super::service::TestService;

const MINE: &str = "城管局";
const OTHER: &str = "公安局";

struct Two {
    s: TestService,
    /// Key of a handler of [`MINE`].
    key: String,
}

impl Two {
    /// Tickets of two departments that speak of the same.
    async fn new() -> Self {
        let s = TestService::new().await;
        for n in 0..6 {
            let (department, district) = if n % 2 == 0 { (MINE, "明湖区") } else { (OTHER, "港西区") };
            let body = json!({
                "id": format!("R-{n}"), "text": format!("人民路{n}号门口占道经营的摊贩"), "district": district,
                "caller": { "number": "13812345678" }, "labels": { "department": department },
            });
            let stored = s.post("/api/v1/appeals", &body).await;
            assert_eq!(stored.status, 201, "{}", stored.text);
        }
        s.desk.desk.catch_up(|_| {}).await.unwrap();
        let reach = Reach { departments: vec![MINE.into()], ..Reach::default() };
        let key = s.key("banjian", Role::Handler, reach).await;
        Self { s, key }
    }

    async fn ask(&self, path: &str) -> (u16, String) {
        let path =
            path.bytes().map(|b| if b.is_ascii_graphic() { char::from(b).to_string() } else { format!("%{b:02X}") });
        let request =
            Request::get(path.collect::<String>()).header("authorization", &self.key).header("accept", "text/html");
        let answer = self.s.send_bare(request.body(Body::empty()).unwrap()).await;
        (answer.status.as_u16(), answer.text)
    }

    async fn json(&self, path: &str) -> Value {
        let (status, text) = self.ask(path).await;
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_sees_the_own_department_everywhere() {
    let t = Two::new().await;
    let all = t.s.get("/api/v1/appeals").await.json();
    assert_eq!(all["total"], 6, "there are more");
    assert_eq!(t.json("/api/v1/appeals").await["total"], 3);
    assert_eq!(t.json(&format!("/api/v1/appeals?department={OTHER}")).await["total"], 0);
    assert_eq!(t.json(&format!("/api/v1/appeals?department={OTHER}&department={MINE}")).await["total"], 3);
    for path in [
        "/api/v1/search?q=摊贩&facets=department,district",
        "/api/v1/search?facets=department,district",
        "/api/v1/search?q=摊贩&mode=hybrid&facets=department,district",
        "/api/v1/search?q=摊贩 -部门:城管&facets=department,district",
    ] {
        let found = t.json(path).await;
        assert!(!found.to_string().contains(OTHER) && !found.to_string().contains("港西区"), "{path}: {found}");
        assert_eq!(found["total"], if path.contains("-部门") { 0 } else { 3 }, "{path}: {found}");
    }
    let typed = t.json(&format!("/api/v1/search?q=摊贩 部门:{OTHER}&histogram=day")).await;
    assert_eq!((&typed["total"], typed["hits"].as_array().unwrap().len()), (&json!(0), 0), "{typed}");
    for (id, status) in [("R-0", 200), ("R-1", 403)] {
        for path in ["/api/v1/appeals/{}", "/api/v1/appeals/{}/history", "/tickets/{}"] {
            let (got, text) = t.ask(&path.replace("{}", id)).await;
            assert_eq!(got, status, "{path} {id}");
            assert!(got == 200 || !text.contains("摊贩"), "{text}");
        }
    }
    let (_, page) = t.ask("/tickets/R-0").await;
    assert!(page.contains("R-2") && !page.contains("R-1") && !page.contains("R-3"), "similar cases: {page}");
    let (_, list) = t.ask("/tickets").await;
    assert!(list.contains("R-4") && !list.contains("R-5"), "{list}");
    let words = t.json("/api/v1/search/suggest?q=摊").await;
    assert!(!words.to_string().contains("count\":"), "counts are of all tickets: {words}");
    for path in ["/topics", "/cockpit", "/briefs", "/quality", "/admin", "/intake"] {
        assert_eq!(t.ask(path).await.0, 403, "{path}");
    }
    for path in ["/api/v1/triage", "/api/v1/similar", "/api/v1/appeals"] {
        let request = Request::post(path).header("authorization", &t.key).header("content-type", "application/json");
        let answer = t.s.send_bare(request.body(Body::from(r#"{"text":"摊贩"}"#)).unwrap()).await;
        answer.is_error(403, "forbidden", None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_moves_a_ticket_out_of_reach() {
    let t = Two::new().await;
    assert_eq!(t.ask("/api/v1/appeals/R-0").await.0, 200);
    let moved = t.s.post("/api/v1/appeals/R-0/decision", &json!({ "labels": { "department": OTHER } })).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    assert_eq!(t.ask("/api/v1/appeals/R-0").await.0, 403);
    // The index has not followed yet; the truth counts.
    let found = t.json("/api/v1/search?q=摊贩").await;
    assert!(found["hits"].as_array().unwrap().iter().all(|hit| hit["ticket"] != "R-0"), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_stay_in_reach() {
    let t = Two::new().await;
    let keep =
        Request::post("/api/v1/searches").header("authorization", &t.key).header("content-type", "application/json");
    let kept = t.s.send_bare(keep.body(Body::from(json!({ "name": "摊贩", "q": "摊贩" }).to_string())).unwrap()).await;
    assert_eq!(kept.status, 201, "{}", kept.text);
    for (id, department) in [("N-1", OTHER), ("N-2", MINE)] {
        let body = json!({ "id": id, "text": "菜场门口有摊贩", "labels": { "department": department } });
        assert_eq!(t.s.post("/api/v1/appeals", &body).await.status, 201);
    }
    t.s.desk.desk.watch_step().await.unwrap();
    let told = t.json("/api/v1/alerts").await.to_string();
    assert!(told.contains("N-2") && !told.contains("N-1"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_personal_data_is_recorded() {
    let t = Two::new().await;
    let reads = async || {
        let lines = t.s.desk.desk.audit_log(1_000).await.unwrap();
        let reads = lines.into_iter().filter(|l| l.action == "read");
        reads.map(|l| (l.actor, l.ticket.map(|id| id.to_string()).unwrap_or_default())).collect::<Vec<_>>()
    };
    assert_eq!(reads().await, []);
    let (_, page) = t.ask("/tickets/R-0").await;
    assert!(page.contains("13812345678"), "a handler calls back");
    t.ask("/api/v1/appeals?limit=2").await;
    let who = |id: &str| ("banjian".to_owned(), id.to_owned());
    assert_eq!(reads().await, [who("R-0"), who("R-0"), who("R-2")]);
    let analyst = t.s.key("yanpan", Role::Analyst, Reach::default()).await;
    let masked = Request::get("/api/v1/appeals/R-0").header("authorization", &analyst).body(Body::empty()).unwrap();
    let masked = t.s.send_bare(masked).await;
    assert!(masked.status == 200 && !masked.text.contains("13812345678"), "{}", masked.text);
    t.ask("/search?q=摊贩").await;
    t.ask("/api/v1/appeals/R-1").await;
    assert_eq!(reads().await.len(), 3, "what is masked or refused is no reading");
    assert_eq!(t.s.desk.desk.verify_audit().await.unwrap().broken, None);
}
