//! The demo city as tickets: its pack and its simulated appeals, in a store and out of it.

use std::{fs, path::Path};

use jiff::Timestamp;
use serde_json::Value;
use tingsu::{
    city::CityPack,
    domain::{
        Actor, Appeal, Caller, Channel, Handling, Labels, NewTicket, Status, Ticket, TicketId, brief::Window,
        parse_city,
    },
    insight::{Findings, Heard, Reader, findings},
    report::facts::Row,
    store::{Intake, SqliteStore, Store},
    text::{Analyser, Lexicon},
};

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn pack() -> CityPack {
    CityPack::open(&root().join("corpora/jianghai")).unwrap()
}

/// The simulated appeals of 2026; repeats, replies and satisfaction as written, deadlines by the pack.
pub(crate) fn appeals(pack: &CityPack) -> Vec<NewTicket> {
    let mut files: Vec<_> =
        fs::read_dir(root().join("corpora/jianghai/appeals")).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    let mut out = Vec::new();
    for file in files {
        for line in fs::read_to_string(&file).unwrap().lines() {
            out.push(appeal(&serde_json::from_str(line).unwrap(), pack));
        }
    }
    out
}

fn appeal(line: &Value, pack: &CityPack) -> NewTicket {
    let text = |key: &str| line[key].as_str().filter(|s| !s.is_empty()).map(str::to_owned);
    let at = parse_city(&format!("2026-{}", line["at"].as_str().unwrap())).unwrap();
    let labels = Labels {
        appeal_type: text("type").map(|t| t.parse().unwrap()),
        category: text("category"),
        department: text("department"),
        urgency: text("urgency").map(|u| u.parse().unwrap()),
        flags: None,
    };
    let due_at = pack.due_at(labels.appeal_type, labels.urgency.unwrap(), at);
    let satisfaction = text("satisfaction").map(|s| s.parse().unwrap());
    let reply = text("reply");
    // A day for what was answered; the simulated city does not say when.
    let closed_at = reply.is_some().then(|| at + jiff::SignedDuration::from_hours(24));
    let status = match (&satisfaction, &reply) {
        (Some(_), _) => Some(Status::Revisited),
        (None, Some(_)) => Some(Status::Replied),
        _ => Some(Status::Handling),
    };
    NewTicket {
        id: Some(TicketId::new(text("id").unwrap()).unwrap()),
        channel: text("channel").unwrap().parse().unwrap_or(Channel::Other),
        received_at: Some(at),
        caller: Caller { number: text("caller"), ..Caller::default() },
        district: text("district"),
        town: text("town"),
        place: text("place"),
        labels,
        status,
        handling: Handling {
            reply,
            satisfaction,
            due_at,
            closed_at,
            dispatched_at: line["type"].as_str().is_some_and(|t| t != "咨询").then_some(at),
            ..Handling::default()
        },
        repeat_of: text("repeat_of").map(|id| TicketId::new(id).unwrap()),
        event: None,
        ..NewTicket::of(Channel::Phone, Appeal::new(text("title").unwrap_or_default(), text("text").unwrap()))
    }
}

/// A store with these tickets.
pub(crate) async fn store(dir: &Path, tickets: Vec<NewTicket>) -> SqliteStore {
    let store = SqliteStore::open(&dir.join("tingsu.db")).await.unwrap();
    let at: Timestamp = "2026-06-10T00:00:00Z".parse().unwrap();
    let intake =
        Intake { actor: Actor::system(), at, idempotency_key: None, suggestion: None, due_at: None, floor: None };
    for added in store.add_many(tickets.into_iter().map(|t| (t, intake.clone())).collect()).await.unwrap() {
        added.unwrap();
    }
    store
}

/// All tickets of a store.
pub(crate) async fn all(store: &SqliteStore) -> Vec<Ticket> {
    store.tickets_after(0, 1_000_000).await.unwrap()
}

pub(crate) fn rows(tickets: &[Ticket], pack: &CityPack) -> Vec<Row> {
    tickets.iter().map(|t| Row::of(t, pack)).collect()
}

/// Days of 2026 from midnight to midnight.
pub(crate) fn window(from: &str, to: &str) -> Window {
    Window { from: parse_city(from).unwrap(), to: parse_city(to).unwrap(), cut_hour: 0 }
}

/// What `insight` finds in the appeals before the end of a window, without a model.
pub(crate) fn found(tickets: &[Ticket], pack: &CityPack, window: &Window) -> Findings {
    let heard: Vec<Heard> = tickets
        .iter()
        .filter(|t| t.received_at < window.to)
        .map(|t| Heard {
            id: t.id.to_string(),
            at: Some(t.received_at),
            title: t.content.appeal.title.clone(),
            text: t.content.appeal.text.clone(),
            caller: t.content.caller.number.clone(),
            district: t.content.district.clone(),
            town: t.content.town.clone(),
            place: t.content.place.clone(),
            categories: t.labels.category.iter().map(|c| (c.clone(), 1.0)).collect(),
            department: t.labels.department.clone(),
            urgency: t.labels.urgency,
            channel: Some(t.content.channel.label().to_owned()),
            ..Heard::default()
        })
        .collect();
    let analyser = Analyser::build(Lexicon {
        words: &pack.dictionary,
        regions: &pack.regions,
        rules: &pack.rules,
        contexts: &pack.contexts,
    });
    findings(&heard, &[], &Reader::new(pack, &analyser), &pack.calendar)
}

/// A ticket with nothing but a category.
pub(crate) fn plain_ticket(n: usize, category: &str, from: Timestamp) -> Ticket {
    let at = from + jiff::SignedDuration::from_secs((n as i64 * 17) % (7 * 86_400));
    Ticket {
        id: TicketId::new(format!("W{n:06}")).unwrap(),
        registered_at: at,
        received_at: at,
        registered_by: "t".into(),
        status: Status::Handling,
        triage: tingsu::domain::TriageState::Done,
        labels: Labels { category: Some(category.into()), ..Labels::default() },
        urgency_by_person: false,
        suggestion: None,
        seq: n as i64,
        content: NewTicket::of(Channel::Phone, Appeal::new("反映问题", "来电人反映一件事,请核实处理。")),
    }
}
