//! `tingsu topics --corrections DIR`: what people corrected about events, as training data. Texts are masked: what
//! leaves the service carries no personal data.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Serialize;

use crate::{
    boot::{self, Config},
    domain::{Correction, Fault, Ticket, TicketId, format_city},
    store::{Store, StoreError},
    text::mask,
};

use super::{asynchronously, exit::Failure};

/// Pairs of one act at most: two large events give more than anybody learns from.
const PAIRS: usize = 2_000;
/// Tickets read at once.
const CHUNK: usize = 500;

#[derive(Serialize)]
struct Side {
    id: String,
    at: String,
    title: String,
    text: String,
    district: Option<String>,
    town: Option<String>,
    place: Option<String>,
    category: Option<String>,
}

#[derive(Serialize)]
struct Pair<'a> {
    /// Whether a person said that both are of one event.
    same: bool,
    /// The act that says so.
    correction: i64,
    act: &'static str,
    a: &'a Side,
    b: &'a Side,
}

#[derive(Serialize)]
struct Line<'a> {
    id: i64,
    act: &'static str,
    at: String,
    by: &'a str,
    reason: String,
    events: Vec<&'a str>,
    tickets: Vec<&'a str>,
    undone: bool,
}

/// Writes `pairs.jsonl` (acts in force) and `acts.jsonl` (all acts) into the folder.
pub(super) fn export(config: &Config, dir: &Path) -> Result<(), Failure> {
    let (acts, tickets) = asynchronously(async {
        let store = boot::open_store(&config.data).await?;
        Ok(read(store.as_ref()).await.map_err(Fault::from)?)
    })?;
    fs::create_dir_all(dir).map_err(|e| Failure::file("create", dir, &e))?;
    let mut pairs = Vec::new();
    for correction in acts.iter().filter(|c| c.undone.is_none()) {
        for (a, b, same) in correction.act.pairs(PAIRS) {
            if let (Some(a), Some(b)) = (tickets.get(a), tickets.get(b)) {
                pairs.push(Pair { same, correction: correction.id, act: correction.act.code(), a, b });
            }
        }
    }
    write(&dir.join("pairs.jsonl"), &pairs)?;
    let lines: Vec<Line<'_>> = acts.iter().map(line).collect();
    write(&dir.join("acts.jsonl"), &lines)?;
    eprintln!("tingsu: {} 次校正,{} 对工单 → {}", acts.len(), pairs.len(), dir.display());
    Ok(())
}

async fn read(store: &dyn Store) -> Result<(Vec<Correction>, BTreeMap<String, Side>), StoreError> {
    let acts = store.events().corrections(true).await?;
    let mut ids: Vec<TicketId> =
        acts.iter().flat_map(|c| c.act.tickets()).filter_map(|t| TicketId::new(t).ok()).collect();
    ids.sort();
    ids.dedup();
    let mut tickets = BTreeMap::new();
    for chunk in ids.chunks(CHUNK) {
        tickets.extend(store.tickets(chunk).await?.iter().map(|t| (t.id.to_string(), side(t))));
    }
    Ok((acts, tickets))
}

fn side(ticket: &Ticket) -> Side {
    let content = &ticket.content;
    Side {
        id: ticket.id.to_string(),
        at: format_city(ticket.received_at),
        title: mask(&content.appeal.title).text,
        text: mask(&content.appeal.text).text,
        district: content.district.clone(),
        town: content.town.clone(),
        place: content.place.as_deref().map(|p| mask(p).text),
        category: ticket.effective().category,
    }
}

fn line(c: &Correction) -> Line<'_> {
    Line {
        id: c.id,
        act: c.act.code(),
        at: format_city(c.at),
        by: &c.actor.name,
        reason: mask(&c.reason).text,
        events: c.act.events(),
        tickets: c.act.tickets(),
        undone: c.undone.is_some(),
    }
}

fn write<T: Serialize>(path: &Path, rows: &[T]) -> Result<(), Failure> {
    let mut out = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut out, row).map_err(|e| Failure::internal(e.to_string()))?;
        out.push(b'\n');
    }
    fs::write(path, out).map_err(|e| Failure::file("write", path, &e))
}
