//! The audit: read and checked here; every use case writes its own lines.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    domain::{Actor, Fault, FaultKind, Right},
    store::{AuditFilter, AuditLine, Entry, Verdict, verify_ledger},
};

use super::super::{Desk, trouble::lost};

/// A check of the audit that runs, or the last one of this process.
#[derive(Clone, Debug)]
pub struct Verifying {
    /// Since when.
    pub at: Timestamp,
    /// What was found, or why there is nothing; none while it runs.
    pub found: Option<Result<Verdict, String>>,
}

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

    /// Checks the whole audit. Goes on if nobody waits for it, as a long one takes minutes; see [`Desk::verifying`].
    ///
    /// # Errors
    /// Not allowed, another check runs, or the store failed.
    pub async fn verify_audit(&self) -> Result<Verdict, Fault> {
        self.actor().needs(Right::Admin)?;
        let turn = self.room.verifies.clone().try_lock_owned();
        let turn = turn.map_err(|_| Fault::new(FaultKind::Conflict, "正在校验审计记录,请等它完成"))?;
        let (room, begun) = (self.room.clone(), Verifying { at: self.now(), found: None });
        room.verifying.store(Some(Arc::new(begun.clone())));
        let work = async move {
            let _turn = turn;
            let found = verify_ledger(room.store.as_ref()).await.map_err(Fault::from);
            let shown = found.clone().map_err(|fault| fault.message);
            room.verifying.store(Some(Arc::new(Verifying { found: Some(shown), ..begun })));
            found
        };
        tokio::spawn(work).await.map_err(|_| lost("checking the audit"))?
    }

    /// The check of the audit that runs, or the last one of this process.
    ///
    /// # Errors
    /// Not allowed.
    pub fn verifying(&self) -> Result<Option<Verifying>, Fault> {
        self.actor().needs(Right::Admin)?;
        let Some(last) = self.room.verifying.load_full() else { return Ok(None) };
        let mut last = Verifying::clone(&last);
        if last.found.is_none() && self.room.verifies.try_lock().is_ok() {
            last.found = Some(Err("中断,请查看日志后重试".to_owned()));
        }
        Ok(Some(last))
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
