//! The sealed audit: every line carries the hash of itself and of the line before it, so that a change
//! to any byte of any line shows at that line.
//!
//! What it cannot show: a writer who replaces every hash from some line on, and the head with them. Who
//! keeps the head's hash elsewhere (on paper, in a brief) finds that too ([`Verdict::head`]).

use async_trait::async_trait;
use jiff::Timestamp;

use crate::domain::{Actor, TicketId};

use super::{Store, StoreResult};

/// Lines read at once while checking.
const PAGE: u64 = 5_000;

/// A line to be written: who did what. Carries no appeal text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Who.
    pub actor: Actor,
    /// Stable word.
    pub action: String,
    /// Ticket, if one is concerned.
    pub ticket: Option<TicketId>,
    /// Short detail.
    pub detail: String,
}

impl Entry {
    /// What somebody did that concerns no single ticket.
    pub fn new(actor: &Actor, action: &str, detail: impl Into<String>) -> Self {
        Self { actor: actor.clone(), action: action.to_owned(), ticket: None, detail: detail.into() }
    }
}

/// A line as it stands in the database, byte by byte: a damaged one has to be readable too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawLine {
    /// Row id.
    pub id: i64,
    /// Microseconds since 1970.
    pub at: i64,
    /// Account name.
    pub actor: Vec<u8>,
    /// Role word.
    pub role: Vec<u8>,
    /// Action word.
    pub action: Vec<u8>,
    /// Ticket id.
    pub ticket: Option<Vec<u8>>,
    /// Detail.
    pub detail: Vec<u8>,
    /// The seal.
    pub hash: Vec<u8>,
}

impl RawLine {
    /// The seal that the line must have after a line sealed with `previous` (empty before the first):
    /// BLAKE3 over the previous seal and every field with its length in front.
    pub fn seal(&self, previous: &[u8]) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut field = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        field(previous);
        field(&self.id.to_le_bytes());
        field(&self.at.to_le_bytes());
        for bytes in [&self.actor, &self.role, &self.action] {
            field(bytes);
        }
        field(&[u8::from(self.ticket.is_some())]);
        field(self.ticket.as_deref().unwrap_or_default());
        field(&self.detail);
        hasher.finalize().to_hex().to_string()
    }
}

/// Where the chain ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedgerHead {
    /// Number of the last line; 0 before the first.
    pub id: i64,
    /// Its seal.
    pub hash: String,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Lines whose seal is right, from the first on.
    pub sound: i64,
    /// Where the chain ends.
    pub head: LedgerHead,
    /// The first line that is not as it was written, and what is wrong with it.
    pub broken: Option<(i64, &'static str)>,
}

/// The audit as a sealed chain. [`super::Store::audit`] reads it for people.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Writes lines that belong to no other change; durable when it returns.
    async fn record(&self, entries: Vec<Entry>, at: Timestamp) -> StoreResult<()>;

    /// Lines after a number, as they stand.
    async fn raw_lines(&self, after: i64, limit: u64) -> StoreResult<Vec<RawLine>>;

    /// The end of the chain, kept apart from it.
    async fn ledger_head(&self) -> StoreResult<LedgerHead>;

    /// The first line that stands in the chain but that a look-up by person, action or time would miss, because the
    /// index was changed beside it. Takes time in proportion to the audit.
    async fn unlisted_line(&self) -> StoreResult<Option<i64>>;
}

/// Checks the whole chain.
///
/// # Errors
/// The database failed.
pub async fn verify_ledger(store: &dyn Store) -> StoreResult<Verdict> {
    let ledger = store.ledger();
    let head = ledger.ledger_head().await?;
    let (mut last, mut seal) = (0, Vec::new());
    let broken = |sound: i64, line: i64, why| Verdict { sound, head: head.clone(), broken: Some((line, why)) };
    loop {
        let lines = ledger.raw_lines(last, PAGE).await?;
        if lines.is_empty() {
            break;
        }
        for line in lines {
            // Lines written while the check runs lie after the head that was read before it.
            if last == head.id {
                let written = ledger.ledger_head().await?.id >= line.id;
                let broken = (!written).then_some((line.id, "多出,不是本程序写入的"));
                return Ok(Verdict { sound: last, head, broken });
            }
            if line.id != last + 1 {
                return Ok(broken(last, last + 1, "缺失"));
            }
            if line.seal(&seal).as_bytes() != line.hash {
                return Ok(broken(last, line.id, "内容或校验值被改动"));
            }
            (last, seal) = (line.id, line.hash);
        }
    }
    if last != head.id {
        return Ok(broken(last, last + 1, "缺失"));
    }
    if seal != head.hash.as_bytes() {
        return Ok(broken(last - 1, last, "与末端记录不符"));
    }
    // A whole chain is of no use to somebody whose query is led past a line of it.
    if let Some(line) = ledger.unlisted_line().await? {
        return Ok(broken(last, line, "内容完好,但查询用的索引被改动,按人员、操作或时间可能查不到它"));
    }
    Ok(Verdict { sound: last, head, broken: None })
}
