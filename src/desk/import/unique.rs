//! Numbers of rows: each once in a file, and one for rows that have none.

use std::collections::HashMap;

use super::{SourceRow, row::Entry};
use crate::domain::{Fault, FaultKind, NewTicket, TicketId};

/// 128 bits of a hash: two rows of a file that are not equal do not share them.
type Print = [u8; 16];

#[derive(Default)]
pub(super) struct Unique {
    /// Numbers seen, with the content and the place of their row.
    given: HashMap<Print, (Print, u64)>,
    /// How often a row without a number came, word for word.
    repeated: HashMap<Print, u32>,
}

fn print(hasher: &blake3::Hasher) -> Print {
    let mut print = [0; 16];
    hasher.finalize_xof().fill(&mut print);
    print
}

/// Hash of a row's columns and values, in whatever order and file format they stand.
fn content(entries: &[Entry]) -> blake3::Hasher {
    let mut parts: Vec<(&str, String)> = entries
        .iter()
        .map(|entry| (entry.name.as_str(), entry.value.text().into_owned()))
        .filter(|(_, value)| !value.trim().is_empty())
        .collect();
    parts.sort();
    let mut hasher = blake3::Hasher::new();
    for (name, value) in parts {
        for part in [name, value.as_str()] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
    }
    hasher
}

impl Unique {
    /// Checks the number of a ticket, or gives it one from its row. Rows that are equal and have no
    /// number are different calls: the second gets another number, the same one in every run.
    pub(super) fn number(&mut self, ticket: &mut NewTicket, entries: &[Entry], row: &SourceRow) -> Result<(), Fault> {
        let mut hasher = content(entries);
        let body = print(&hasher);
        let Some(id) = &ticket.id else {
            let before = self.repeated.entry(body).or_default();
            hasher.update(&before.to_le_bytes());
            *before += 1;
            let id = print(&hasher).iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
            ticket.id = Some(TicketId::new(format!("imp-{id}"))?);
            return Ok(());
        };
        let mut of_id = blake3::Hasher::new();
        of_id.update(id.as_str().as_bytes());
        let (first, place) = *self.given.entry(print(&of_id)).or_insert((body, row.number));
        // The very same row again is the same ticket; the store says so.
        if first == body {
            return Ok(());
        }
        let message = format!("id `{id}` stands in row {place} already, with other content");
        Err(Fault::new(FaultKind::Conflict, message).at("id"))
    }
}
