//! Acts, transfer notes, deadlines, calls of several matters, exports.

use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use tingsu::{
    desk::{Clock, DeskConfig, Form, Pace, PackSource},
    domain::{
        Actor, Appeal, Caller, Channel, Deed, Element, FaultKind, Handling, NewTicket, Reach, Role, Status, TicketId,
        parse_city,
    },
    store::{TicketFilter, verify_ledger},
    text::{ElementFinder, Opening, stretches},
};

use super::{TestDesk, call, operator};

fn supervisor() -> Actor {
    Actor::person("supervisor", Role::Supervisor)
}

fn dispatch(t: &TestDesk) -> Deed {
    let department = t.desk.city().departments[0].name.clone();
    Deed::Dispatch { department, assisting: Vec::new(), note: String::new() }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_act_needs_its_right_and_its_reach() {
    let t = TestDesk::new().await;
    let ticket = t.take(call("A-1", "人民路路灯不亮,希望修好")).await.ticket;
    let check = async |actor: Actor, deed: Deed, kind: Option<FaultKind>| {
        let done = t.desk.acting(&actor).act_on(&ticket.id, deed).await;
        assert_eq!(done.as_ref().err().map(|fault| fault.kind), kind, "{done:?}");
    };
    check(Actor::person("a", Role::Analyst), Deed::Sign, Some(FaultKind::Forbidden)).await;
    check(Actor::person("h", Role::Handler), dispatch(&t), Some(FaultKind::Forbidden)).await;
    let elsewhere = Reach { departments: vec!["没有这个局".into()], districts: Vec::new() };
    check(Actor::person("h", Role::Handler).within(elsewhere), Deed::Sign, Some(FaultKind::Forbidden)).await;
    check(supervisor(), Deed::Sign, Some(FaultKind::Conflict)).await;
    let nobody = Deed::Dispatch { department: "没有这个局".into(), assisting: Vec::new(), note: String::new() };
    check(supervisor(), nobody, Some(FaultKind::Invalid)).await;
    check(supervisor(), dispatch(&t), None).await;
    let now = t.desk.get(&ticket.id).await.unwrap();
    assert_eq!(now.status, Status::ToSign);
    assert_eq!(now.labels.department, Some(t.desk.city().departments[0].name.clone()), "dispatching decides");
    let (decisions, _) = t.desk.history(&ticket.id).await.unwrap();
    assert_eq!(decisions.len(), 1, "the decision is kept with the suggestion that it answered");
    // Its own unit signs.
    let own = Reach { departments: vec![t.desk.city().departments[0].name.clone()], districts: Vec::new() };
    check(Actor::person("h", Role::Handler).within(own), Deed::Sign, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selection_is_handled_ticket_by_ticket() {
    let t = TestDesk::new().await;
    let mut ids = Vec::new();
    for n in 0..3 {
        ids.push(t.take(call(&format!("S-{n}"), "人民路路灯不亮")).await.ticket.id);
    }
    ids.push(TicketId::new("S-9").unwrap());
    let desk = t.desk.acting(&supervisor());
    let done = desk.act(&ids, Deed::Mark { mark: "重点".into(), off: false }).await.unwrap();
    let good: Vec<bool> = done.iter().map(|(_, answer)| answer.is_ok()).collect();
    assert_eq!(good, [true, true, true, false]);
    assert_eq!(t.desk.get(&ids[2]).await.unwrap().content.handling.marks, ["重点"]);
    let none = desk.act(&[], Deed::Sign).await.unwrap_err();
    assert_eq!(none.kind, FaultKind::Invalid);
}

const FIRE: &str = "刚才学士街道望江小区3幢着火了,五楼有人被困,我叫张建国,电话13812345678";

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_note_says_who_where_what_and_when() {
    let t = TestDesk::new().await;
    let number = Some("13998765432".to_owned());
    let said = NewTicket { caller: Caller { number, ..Caller::default() }, ..call("T-1", FIRE) };
    let ticket = t.take(said).await.ticket;
    let desk = t.desk.acting(&operator());
    let note = desk.transfer(&ticket.id, Vec::new()).await.unwrap();
    assert!(note.units.iter().any(|unit| unit == "119"), "{note:?}");
    for said in ["119 ", "U1", "着火", "望江小区3幢", "刚才", "13998765432", "13812345678", "T-1"] {
        assert!(note.text.contains(said), "`{said}` is missing in: {}", note.text);
    }
    let acts = desk.acts(&ticket.id).await.unwrap();
    assert_eq!(acts.len(), 1);
    assert_eq!(
        (&acts[0].deed, acts[0].actor.name.as_str()),
        (&Deed::Transfer { units: note.units, note: note.text }, "tester")
    );
    let (_, audit) = desk.history(&ticket.id).await.unwrap();
    assert!(audit.iter().any(|line| line.action == "transferred" && line.detail.contains("119")));
    assert!(audit.iter().all(|line| !line.detail.contains("139")), "no number in the audit");
    // Who may not see personal data gets a note without it.
    let analyst = Actor::person("analyst", Role::Analyst);
    let masked = t.desk.acting(&analyst).transfer_note(&ticket.id, Vec::new()).await.unwrap().text;
    assert!(!masked.contains("13998765432") && !masked.contains("13812345678") && masked.contains('＊'), "{masked}");
    let refused = t.desk.acting(&analyst).transfer(&ticket.id, Vec::new()).await.unwrap_err();
    assert_eq!(refused.kind, FaultKind::Forbidden);
    // Nothing urgent in it: the person says where to.
    let calm = t.take(call("T-2", "想问一下公园几点开门")).await.ticket;
    assert_eq!(desk.transfer(&calm.id, Vec::new()).await.unwrap_err().kind, FaultKind::Invalid);
    assert!(desk.transfer(&calm.id, vec!["110".into()]).await.unwrap().text.contains("110 "));
    assert_eq!(desk.transfer(&calm.id, vec!["没有这个局".into()]).await.unwrap_err().kind, FaultKind::Invalid);
}

#[tokio::test(flavor = "multi_thread")]
async fn deadlines_run_by_the_citys_working_days() {
    // A Friday.
    let began = parse_city("2026-05-15 10:00:00").unwrap();
    let now = Arc::new(Mutex::new(began));
    let clock = {
        let now = now.clone();
        Clock::of(move || *now.lock().unwrap())
    };
    let t = TestDesk::at(clock, DeskConfig::default(), PackSource::Embedded).await;
    let desk = t.desk.acting(&supervisor());
    let ticket = t.take(call("D-1", "我想咨询居民医保怎么缴费")).await.ticket;
    let set = |at: Timestamp| *now.lock().unwrap() = at;
    let finish = async || {
        let watches = desk.progress(&ticket.id).await.unwrap().watches;
        watches.into_iter().find(|w| w.name == "办结").map(|w| (w.pace, w.words)).unwrap()
    };
    // 咨询: two working days, so until the end of Tuesday.
    assert_eq!(finish().await, (Pace::Running, "剩余 2 个工作日".to_owned()));
    set(parse_city("2026-05-18 09:00:00").unwrap());
    assert_eq!(finish().await, (Pace::Running, "剩余 1 个工作日".to_owned()));
    set(parse_city("2026-05-22 09:00:00").unwrap());
    assert_eq!(finish().await, (Pace::Over, "超期 3 个工作日".to_owned()));
    desk.act_on(&ticket.id, Deed::Reply { text: "可在手机上缴费".into() }).await.unwrap();
    assert_eq!(finish().await, (Pace::Late, "晚 3 个工作日".to_owned()));
    let labels: Vec<&str> = desk.progress(&ticket.id).await.unwrap().moments.iter().map(|m| m.label).collect();
    assert_eq!(labels, ["来电", "登记", "研判", "答复"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn times_of_the_source_stand_in_the_timeline() {
    let t = TestDesk::new().await;
    let sent = t.desk.now() - SignedDuration::from_hours(30);
    let handling = Handling { dispatched_at: Some(sent), signed_at: Some(sent), ..Handling::default() };
    let ticket =
        NewTicket { handling, received_at: Some(sent), status: Some(Status::Handling), ..call("H-1", "路灯不亮") };
    let ticket = t.take(ticket).await.ticket;
    let progress = t.desk.progress(&ticket.id).await.unwrap();
    let labels: Vec<(&str, &str)> = progress.moments.iter().map(|m| (m.label, m.about.as_str())).collect();
    assert!(labels.contains(&("派单", "来源系统")) && labels.contains(&("签收", "来源系统")), "{labels:?}");
    assert!(progress.watches.iter().any(|w| w.name == "联系" && w.pace == Pace::Over), "{:?}", progress.watches);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_call_becomes_several_tickets_together() {
    let t = TestDesk::new().await;
    let caller = Caller { number: Some("13800000000".into()), ..Caller::default() };
    let part =
        |text: &str| NewTicket { caller: caller.clone(), ..NewTicket::of(Channel::Phone, Appeal::new("", text)) };
    let parts = || vec![part("人民路路灯不亮"), part("小区三天没水了")];
    let made = t.desk.receive_call(&operator(), parts(), Some("k".into())).await.unwrap();
    assert_eq!(made.len(), 2);
    let again = t.desk.receive_call(&operator(), parts(), Some("k".into())).await.unwrap();
    assert!(again.iter().all(|receipt| receipt.repeated));
    let others = t.desk.same_call(&made[0].ticket.id).await.unwrap();
    assert_eq!(others.iter().map(|o| &o.id).collect::<Vec<_>>(), [&made[1].ticket.id]);
    let mut bad = parts();
    bad[1].appeal.text = " ".into();
    assert!(t.desk.receive_call(&operator(), bad, None).await.is_err());
    let mut strangers = parts();
    strangers[1].caller.number = Some("13900000000".into());
    assert!(t.desk.receive_call(&operator(), strangers, None).await.is_err(), "one call has one caller");
    assert_eq!(t.desk.health().await.tickets, 2, "nothing half stored");
}

async fn file(t: &TestDesk, actor: &Actor, form: Form) -> Vec<u8> {
    let mut made = t.desk.acting(actor).export(&TicketFilter::default(), Vec::new(), form).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(piece) = made.pieces.recv().await {
        bytes.extend(piece.unwrap());
    }
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_masked_harmless_and_on_record() {
    let t = TestDesk::new().await;
    for (n, text) in
        ["=HYPERLINK(\"http://x\")", "+86电话", "-2+3", "@SUM(A1)", "\t=1+1", " =1+1", "＝1+1", FIRE].iter().enumerate()
    {
        let said = NewTicket { appeal: Appeal::new(*text, *text), ..call(&format!("=E-{n}"), "x") };
        t.take(said).await;
    }
    let bytes = file(&t, &supervisor(), Form::Csv).await;
    assert!(bytes.starts_with("\u{feff}".as_bytes()), "spreadsheets need the mark to read Chinese");
    let mut reader = csv::Reader::from_reader(&bytes[3..]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 8);
    for cell in rows.iter().flatten() {
        let first = cell.trim_start_matches([' ', '\u{3000}']).chars().next();
        let risky = first.is_some_and(|c| "=+-@\t\r＝＋－＠".contains(c));
        assert!(!risky, "a spreadsheet would run `{cell}`");
    }
    let text = String::from_utf8(bytes).unwrap();
    assert!(!text.contains("13812345678") && !text.contains("张建国"), "personal data left the house");
    let book = file(&t, &supervisor(), Form::Xlsx).await;
    let mut book = calamine::open_workbook_from_rs::<calamine::Xlsx<_>, _>(std::io::Cursor::new(book)).unwrap();
    let sheet = calamine::Reader::worksheet_range(&mut book, "工单").unwrap();
    assert_eq!(sheet.height(), 9);
    let strings =
        |row: &[calamine::Data]| row.iter().all(|c| matches!(c, calamine::Data::String(_) | calamine::Data::Empty));
    assert!(sheet.rows().all(strings), "every cell is text");
    let refused = t.desk.acting(&operator()).export(&TicketFilter::default(), Vec::new(), Form::Csv).await.unwrap_err();
    assert_eq!(refused.kind, FaultKind::Forbidden);
}

#[tokio::test(flavor = "multi_thread")]
async fn acts_stand_in_the_sealed_audit() {
    let t = TestDesk::new().await;
    let ticket = t.take(call("L-1", "人民路路灯不亮")).await.ticket;
    t.desk.acting(&supervisor()).act_on(&ticket.id, dispatch(&t)).await.unwrap();
    let store = tingsu::store::SqliteStore::open(&t.dir.path().join("tingsu.db")).await.unwrap();
    assert_eq!(verify_ledger(&store).await.unwrap().broken, None);
}

#[test]
fn the_five_elements_are_found_where_they_stand() {
    let pack = tingsu::city::CityPack::parse(&tingsu::boot::embedded_pack()).unwrap();
    let finder = ElementFinder::build(&pack.elements);
    let check = |text: &str, want: &[Element]| {
        let mut found: Vec<Element> =
            finder.find(tingsu::domain::Field::Text, text).into_iter().map(|(e, _)| e).collect();
        found.sort();
        found.dedup();
        assert_eq!(found, want, "{text}");
    };
    check("昨晚小区停水,要求尽快恢复供水", &[Element::Time, Element::Who, Element::What, Element::Want]);
    check("坏了", &[]);
    check("昨晚", &[Element::Time]);
    // The same in traditional characters and full width.
    check("昨晚小區停水,要求盡快恢復供水", &[Element::Time, Element::Who, Element::What, Element::Want]);
    let text = "😀昨晚停水";
    let (_, at) = finder.find(tingsu::domain::Field::Text, text)[0];
    assert_eq!(at.span.slice(text), "昨晚");
}

#[test]
fn stretches_tile_the_text() {
    let text = "路灯坏了。另外小区停水两天,希望尽快恢复。1、甲2、乙;还想反映一下噪音";
    let found = stretches(text);
    let joined: String = found.iter().map(|s| s.span.slice(text)).collect();
    assert_eq!(joined, text);
    assert_eq!(found[0].opening, Opening::Start);
    assert!(found.iter().any(|s| s.opening == Opening::Strong));
    proptest::proptest!(|(text in "[另外还有1一、。,;想反映停水\\PC]{0,60}")| {
        let joined: String = stretches(&text).iter().map(|s| s.span.slice(&text)).collect();
        // White space at the ends and what normalising drops belong to no stretch.
        let bare = |s: &str| s.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        proptest::prop_assert_eq!(bare(&joined), bare(&text));
    });
}
