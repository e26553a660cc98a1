//! 趋势 over HTTP: ranges with their method and back-test, or why there is none.

use serde_json::json;
use tingsu::domain::{Reach, Role};

use super::service::TestService;
use crate::desk::call;

/// One appeal a day for `days` days up to yesterday.
async fn daily(s: &TestService, days: u32) {
    let today: jiff::civil::Date = "2026-11-21".parse().unwrap();
    for back in 1..=days {
        let day = today.checked_sub(jiff::Span::new().days(i64::from(back))).unwrap();
        let mut ticket = call(&format!("A-{back}"), &format!("小区停车位收费第{back}次咨询"));
        ticket.received_at = Some(tingsu::domain::parse_city(&format!("{day} 09:00")).unwrap());
        s.desk.take(ticket).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn next_week_has_a_range_once_eight_weeks_are_known() {
    let s = TestService::new().await;
    let none = s.get("/api/v1/trends").await.json();
    assert_eq!((&none["until"], &none["city"]["next_week"]), (&json!(null), &json!(null)));
    daily(&s, 20).await;
    let short = s.get("/api/v1/trends").await.json();
    assert_eq!(short["city"]["next_week"], json!(null));
    assert!(short["city"]["words"].as_str().unwrap().contains("历史只有 2 周"), "{short}");
    let s = TestService::new().await;
    daily(&s, 63).await;
    let trends = s.get("/api/v1/trends").await.json();
    assert_eq!(trends["until"], "2026-11-20");
    let next = &trends["city"]["next_week"];
    assert_eq!(
        (&next["from"], &next["to"], &next["last_week"]),
        (&json!("2026-11-21"), &json!("2026-11-27"), &json!(7))
    );
    assert!(next["low"].as_u64().unwrap() <= 7 && next["high"].as_u64().unwrap() >= 7, "{next}");
    assert_eq!((&next["weeks"], &next["back_test"]["weeks"]), (&json!(9), &json!(1)));
    let level1 = trends["categories"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().len());
    assert!(level1.clone().any(|n| n == 2) && level1.clone().any(|n| n == 4), "both levels: {trends}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_reach_sees_no_trends() {
    let s = TestService::new().await;
    let reach = Reach { departments: vec!["城管局".into()], ..Reach::default() };
    let key = s.key("narrow", Role::Supervisor, reach).await;
    let request = axum::http::Request::get("/api/v1/trends").header("authorization", key);
    let answer = s.send(request.body(axum::body::Body::empty()).unwrap()).await;
    answer.is_error(403, "forbidden", None);
}
