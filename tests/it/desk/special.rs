//! A 专报 compares what it listened to by meaning too, where there is a model, with or without a service that keeps
//! vectors; what it counts does not depend on it.

use tingsu::{
    boot,
    desk::{BriefAsk, SubjectAsk},
    domain::{brief::BriefKind, parse_city},
    model::Bundle,
    store::Intake,
};

use super::{briefs::analyst, *};
use crate::report::city;

const SAID: [&str; 6] = [
    "楼下健身房突然关门,年卡退不了钱,老板联系不上",
    "力量工坊昨晚卷闸拉下来了,会员费打了水漂,教练也不回消息",
    "在锻炼的会所办了两年套餐,现在人去楼空,余额没人管",
    "交了私教课的费用,场馆贴条停业,要求把剩余课时折现",
    "运动中心大门紧锁,群里上百人都说卡里还有钱",
    "人民路和解放路路口的红绿灯坏了三天,早晚高峰堵车",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_special_brief_compares_by_meaning_where_there_is_a_model() {
    let t = TestDesk::new().await;
    let at = parse_city("2026-05-20 08:00").unwrap();
    let intake =
        Intake { actor: Actor::system(), at, idempotency_key: None, suggestion: None, due_at: None, floor: None };
    let tickets = SAID.iter().enumerate().map(|(n, text)| NewTicket {
        id: Some(TicketId::new(format!("G-{n}")).unwrap()),
        received_at: Some(at + jiff::SignedDuration::from_hours(n as i64)),
        ..NewTicket::of(Channel::Phone, Appeal::new("", *text))
    });
    let store = SqliteStore::open(&t.dir.path().join("tingsu.db")).await.unwrap();
    for added in store.add_many(tickets.map(|t| (t, intake.clone())).collect()).await.unwrap() {
        added.unwrap();
    }
    let ids = (0..5).map(|n| TicketId::new(format!("G-{n}")).unwrap()).collect();
    let ask = BriefAsk {
        kind: BriefKind::Special,
        window: city::window("2026-05-20", "2026-05-21"),
        subject: Some(SubjectAsk::Tickets { name: "健身卡退费".into(), ids }),
    };
    let compose = async || {
        let issue = tingsu::domain::brief::Issue { year: 2026, number: 1 };
        t.desk.compose_brief(&ask, issue, &|_, _| {}).await.unwrap()
    };
    let by_words = compose().await;
    assert_eq!(by_words.scope.more.get("句向量"), None, "no model, no vectors");
    let bundle = Bundle::from_files(&boot::embedded_bundle()).unwrap();
    t.desk.use_bundle(Some(Arc::new(bundle))).await.unwrap();
    let by_meaning = compose().await;
    assert_eq!(
        by_meaning.scope.more.get("句向量").map(String::as_str),
        Some("6/6"),
        "every appeal that was listened to"
    );
    let counted = |brief: &tingsu::domain::brief::Brief| brief.figures[0].value;
    assert_eq!(counted(&by_meaning), counted(&by_words));
    let again = compose().await;
    assert_eq!((&by_meaning.sections, &by_meaning.figures), (&again.sections, &again.figures));
    let made = t.desk.make_brief(&analyst("周研判"), &ask).await.unwrap().brief;
    assert!(t.desk.recheck_brief(&made.id).await.unwrap().stale.is_empty());
}
