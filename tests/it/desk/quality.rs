//! Quality: how often suggestions were decided, counted by hand; words tried before they are kept.

use tingsu::domain::{Actor, FaultKind, Head, Labels, Role, Urgency};

use super::{TestDesk, call, operator};

fn head(report: &tingsu::desk::quality::QualityReport, head: Head) -> (u64, u64) {
    let adoption = report.heads.iter().find(|(h, _)| *h == head).unwrap().1;
    (adoption.of, adoption.first)
}

#[tokio::test(flavor = "multi_thread")]
async fn adoption_is_counted_by_head() {
    let t = TestDesk::new().await;
    let empty = t.desk.quality().await.unwrap();
    assert_eq!((empty.decisions, head(&empty, Head::Urgency)), (0, (0, 0)));
    let decide = async |id: &str, urgency, reason: Option<&str>| {
        let ticket = t.take(call(id, "学士街道望江小区3幢着火了,有人被困在五楼")).await.ticket;
        let labels = Labels { urgency: Some(urgency), ..Labels::default() };
        t.desk.decide(&operator(), &ticket.id, labels, reason.map(Into::into)).await.unwrap();
    };
    decide("Q-1", Urgency::U1, None).await;
    decide("Q-2", Urgency::U1, None).await;
    decide("Q-3", Urgency::U3, Some("已核实为演练")).await;
    let report = t.desk.quality().await.unwrap();
    assert_eq!((report.decisions, report.unaided), (3, 0));
    assert_eq!(head(&report, Head::Urgency), (3, 2), "two of three were taken");
    assert_eq!(head(&report, Head::Category), (0, 0), "what nobody decided is not counted");
    let handler = t.desk.acting(&Actor::person("li", Role::Handler));
    assert_eq!(handler.quality().await.unwrap_err().kind, FaultKind::Forbidden);
    assert_eq!(handler.back_up().await.unwrap_err().kind, FaultKind::Forbidden);
    assert_eq!(handler.preview_words("路", &[]).await.unwrap_err().kind, FaultKind::Forbidden);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_tried_without_being_kept() {
    let t = TestDesk::new().await;
    let words = ["窨井盖不见".to_owned()];
    let tried = t.desk.preview_words("窨井盖不见了", &words).await.unwrap();
    assert_eq!(tried.after, ["窨井盖不见", "了"]);
    assert_ne!(tried.before, tried.after);
    assert_eq!(t.desk.preview_words("窨井盖不见了", &[]).await.unwrap().after, tried.before, "nothing was kept");
    for (id, text) in [("W-1", "路灯不亮"), ("W-2", "街灯坏了"), ("W-3", "停水")] {
        t.take(call(id, text)).await;
    }
    t.desk.catch_up(|_| {}).await.unwrap();
    let both = t.desk.preview_synonyms(&["路灯".to_owned(), "街灯".to_owned()]).await.unwrap();
    assert_eq!(both.together, 2, "{both:?}");
    assert_eq!(t.desk.preview_synonyms(&["路灯".to_owned()]).await.unwrap_err().kind, FaultKind::Invalid);
}
