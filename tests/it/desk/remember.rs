//! A decision speaks for the next similar appeal, after a restart too.

use std::{fs, path::Path, sync::Arc};

use tingsu::{
    boot,
    desk::{DeskConfig, FindRequest, PackSource, Remembering},
    domain::{Appeal, Channel, Labels, NewTicket, Suggestion, TicketId},
    model::Bundle,
    search::Mode,
};

use super::{TestDesk, operator};

const TEXT: &str =
    "我们楼下的健身房昨天突然关门了,办的年卡还有八个月没用,打电话没人接,群里两百多人都联系不上老板,要求退钱。";
const LIKE: &str = "楼下健身房前天突然关门,年卡还有半年没用,电话没人接,群里一百多人都找不到老板,要求退卡退钱。";
const UNLIKE: &str = "人民路和解放路路口的红绿灯坏了三天,早晚高峰车都堵在一起,请尽快修好。";

async fn remembering() -> TestDesk {
    let config = DeskConfig { triage_deadline: std::time::Duration::from_secs(20), ..DeskConfig::default() };
    let desk = TestDesk::with(config, PackSource::Embedded).await;
    with_bundle(&desk).await;
    desk
}

async fn with_bundle(desk: &TestDesk) {
    let bundle = Bundle::from_files(&boot::embedded_bundle()).unwrap();
    desk.desk.use_bundle(Some(Arc::new(bundle))).await.unwrap();
}

async fn suggested(desk: &TestDesk, text: &str) -> Suggestion {
    desk.desk.triage(Appeal::new("", text)).await.unwrap()
}

async fn caught_up(desk: &TestDesk, place: &mut Remembering) {
    while desk.desk.remember_step(place).await.unwrap() > 0 {}
}

async fn received(desk: &TestDesk, id: &str, text: &str) -> TicketId {
    let ticket =
        NewTicket { id: Some(TicketId::new(id).unwrap()), ..NewTicket::of(Channel::Phone, Appeal::new("", text)) };
    desk.desk.receive(&operator(), ticket, None).await.unwrap().ticket.id
}

fn department(name: &str) -> Labels {
    Labels { department: Some(name.into()), ..Labels::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_speaks_for_the_next_similar_appeal() {
    let desk = remembering().await;
    let mut place = Remembering::default();
    let before = suggested(&desk, LIKE).await;
    assert!(before.precedent.is_none(), "nothing was decided yet");
    let other = desk.desk.city().departments.iter().map(|d| d.name.clone()).find(|d| d.contains("体育")).unwrap();
    assert_ne!(before.department[0].label, other);

    let id = received(&desk, "T-1", TEXT).await;
    caught_up(&desk, &mut place).await;
    assert!(suggested(&desk, LIKE).await.precedent.is_none(), "a suggestion is no decision");

    desk.desk.decide(&operator(), &id, department(&other), None).await.unwrap();
    caught_up(&desk, &mut place).await;
    let after = suggested(&desk, LIKE).await;
    let p = |s: &Suggestion| s.department.iter().find(|c| c.label == other).map_or(0.0, |c| c.p);
    assert!(p(&after) > p(&before) + 0.05, "{} to {}", p(&before), p(&after));
    let precedent = after.precedent.clone().unwrap();
    assert_eq!((precedent.department.as_str(), precedent.cases, precedent.of), (other.as_str(), 1, 1));
    assert_eq!(precedent.tickets, std::slice::from_ref(&id));
    let same = suggested(&desk, TEXT).await;
    assert_eq!(same.department[0].label, other, "an equal appeal goes where the last one went");
    let stranger = suggested(&desk, UNLIKE).await;
    assert!(stranger.precedent.is_none() && p(&stranger) < 0.05, "a stranger is left alone");
    assert_eq!(after.urgency.model, before.urgency.model, "urgency is not voted on");

    // the decision is changed: the new one speaks
    desk.desk.decide(&operator(), &id, department(&before.department[0].label), None).await.unwrap();
    caught_up(&desk, &mut place).await;
    assert_eq!(suggested(&desk, TEXT).await.precedent.unwrap().department, before.department[0].label);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_decided_is_known_after_a_restart_and_damage_costs_only_time() {
    let vectors = tempfile::tempdir().unwrap();
    let config = || DeskConfig {
        triage_deadline: std::time::Duration::from_secs(20),
        vectors: Some(vectors.path().to_owned()),
        ..DeskConfig::default()
    };
    let desk = TestDesk::with(config(), PackSource::Embedded).await;
    with_bundle(&desk).await;
    let category = desk.desk.city().taxonomy.categories()[0].code.clone();
    for (n, text) in [TEXT, LIKE, UNLIKE].into_iter().enumerate() {
        let id = received(&desk, &format!("T-{n}"), text).await;
        let labels = Labels { category: Some(category.clone()), ..Labels::default() };
        desk.desk.decide(&operator(), &id, labels, None).await.unwrap();
    }
    let known = |place: Remembering| async {
        let mut place = place;
        // another bundle value has an empty memory: what a start looks like
        with_bundle(&desk).await;
        assert_ne!(suggested(&desk, TEXT).await.category[0].label, category);
        caught_up(&desk, &mut place).await;
        assert_eq!(suggested(&desk, TEXT).await.category[0].label, category);
        place
    };
    known(Remembering::default()).await;
    let file = file_of(vectors.path());
    let whole = fs::read(&file).unwrap();
    known(Remembering::default()).await;
    assert_eq!(fs::read(&file).unwrap(), whole, "vectors on disk are used, not written again");
    for damaged in [whole[..whole.len() - 7].to_vec(), b"something else".to_vec(), Vec::new()] {
        fs::write(&file, &damaged).unwrap();
        known(Remembering::default()).await;
        assert_eq!(fs::read(&file).unwrap(), whole, "what was damaged is made again");
    }
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x10;
    fs::write(&file, &flipped).unwrap();
    known(Remembering::default()).await;
    assert_eq!(fs::read(&file).unwrap(), whole);
}

fn file_of(dir: &Path) -> std::path::PathBuf {
    fs::read_dir(dir).unwrap().next().unwrap().unwrap().path()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_ticket_is_found_by_its_vector_once_it_was_read() {
    let vectors = tempfile::tempdir().unwrap();
    let config = DeskConfig {
        triage_deadline: std::time::Duration::from_secs(20),
        vectors: Some(vectors.path().to_owned()),
        ..DeskConfig::default()
    };
    let desk = TestDesk::with(config, PackSource::Embedded).await;
    let find = async |mode: Mode| {
        let q = "健身中心倒闭办卡的钱退不了".to_owned();
        let request = FindRequest { q, mode, limit: 5, ..FindRequest::default() };
        desk.desk.find(request, desk.desk.now()).await.unwrap()
    };
    for (n, text) in [UNLIKE, TEXT, "自来水发黄有异味,已经持续一周"].into_iter().enumerate() {
        received(&desk, &format!("T-{n}"), text).await;
    }
    while desk.desk.index_step().await.unwrap() > 0 {}
    assert_eq!(find(Mode::Hybrid).await.mode, Mode::Bm25, "without a bundle words answer");
    with_bundle(&desk).await;
    let mut place = Remembering::default();
    caught_up(&desk, &mut place).await;
    for mode in [Mode::Vector, Mode::Hybrid] {
        let answer = find(mode).await;
        assert_eq!((answer.mode, answer.hits[0].ticket.id.as_str()), (mode, "T-1"), "nobody decided anything");
    }
    // beside a service the file is read and left as it is
    let file = file_of(vectors.path());
    let whole = fs::read(&file).unwrap();
    received(&desk, "T-9", LIKE).await;
    with_bundle(&desk).await;
    caught_up(&desk, &mut Remembering::beside_service()).await;
    while desk.desk.index_step().await.unwrap() > 0 {}
    assert_eq!(find(Mode::Vector).await.total, 4);
    assert_eq!(fs::read(&file).unwrap(), whole);
}
