//! The audit: read and checked here; every use case writes its own lines.

use crate::{
    domain::{Actor, Fault, Right},
    store::{AuditFilter, AuditLine, Entry, Verdict, verify_ledger},
};

use super::super::Desk;

impl Desk {
    /// The latest audit lines, oldest first.
    ///
    /// # Errors
    /// Not allowed, or the store failed.
    pub async fn audit_log(&self, limit: u64) -> Result<Vec<AuditLine>, Fault> {
        self.actor().needs(Right::Admin)?;
        Ok(self.room.store.audit(None, limit.clamp(1, 10_000)).await?)
    }

    /// Audit lines as asked for, newest first.
    ///
    /// # Errors
    /// Not allowed, or the store failed.
    pub async fn audit_lines(&self, filter: &AuditFilter, limit: u64) -> Result<Vec<AuditLine>, Fault> {
        self.actor().needs(Right::Admin)?;
        Ok(self.room.store.upkeep().audit_lines(filter, limit.clamp(1, 1_000)).await?)
    }

    /// Checks the whole audit; that it was checked is recorded too.
    ///
    /// # Errors
    /// Not allowed, or the store failed.
    pub async fn verify_audit(&self) -> Result<Verdict, Fault> {
        self.actor().needs(Right::Admin)?;
        Ok(verify_ledger(self.room.store.as_ref()).await?)
    }

    /// Records that somebody did something that no other use case records.
    ///
    /// # Errors
    /// The store failed.
    pub async fn note(&self, actor: &Actor, action: &str, detail: impl Into<String>) -> Result<(), Fault> {
        let entry = Entry::new(actor, action, detail);
        Ok(self.room.store.ledger().record(vec![entry], self.now()).await?)
    }
}
