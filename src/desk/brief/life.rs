//! Draft → edited → 核稿 → 签发; 批示; does it still hold?

use jiff::Timestamp;

use crate::{
    domain::{
        Actor, Fault, FaultKind, Right, Role,
        brief::{Brief, BriefState},
    },
    report::{
        edit::{Edit, apply_by},
        facts::{Stale, reads, recheck, recheck_quotes},
        seal::chain_faults,
    },
    store::{GivenInstruction, Instruction, InstructionState},
};

use super::{super::Desk, made::line};

/// Longest words of an instruction or a note, in characters.
const LONGEST: usize = 2_000;

/// The field by which a person signs a brief that no longer holds.
const DESPITE: &str = "despite_changes";

/// What a check of a stored brief says.
#[derive(Clone, Debug)]
pub struct BriefCheck {
    /// How many figures were computed anew.
    pub figures: usize,
    /// Figures and quotes that no longer hold.
    pub stale: Vec<Stale>,
    /// What is wrong with its versions; empty if the chain holds.
    pub chain: Vec<String>,
}

/// A leader's instruction as it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInstruction {
    /// Whose.
    pub leader: String,
    /// The words.
    pub text: String,
    /// Who has to act.
    pub unit: Option<String>,
    /// By when.
    pub due_at: Option<Timestamp>,
}

/// Whether a brief may still be changed.
pub(super) fn open(brief: &Brief) -> Result<(), Fault> {
    if brief.state == BriefState::Issued {
        return Err(Fault::new(FaultKind::Conflict, "简报已签发,不能再修改;如需更正请另发"));
    }
    Ok(())
}

pub(super) fn known_version(brief: &Brief, version: Option<u32>) -> Result<(), Fault> {
    let latest = brief.history.last().map_or(0, |r| r.version);
    match version {
        Some(seen) if seen != latest => Err(Fault::new(
            FaultKind::Conflict,
            format!("简报已由他人改到第{latest}版,您看到的是第{seen}版,请重新打开后再改"),
        )),
        _ => Ok(()),
    }
}

/// Why a person may not check a brief: 拟稿, 核稿 and 签发 are three people's, so whoever wrote it or changed it last
/// does not check it. What the service writes by itself is nobody's writing.
pub fn may_not_check(brief: &Brief, actor: &Actor) -> Option<&'static str> {
    let wrote = |name: &str, role: Role| name == actor.name && role != Role::System;
    let last = brief.history.last();
    if last.is_some_and(|r| r.state == BriefState::Edited && wrote(&r.author, r.role)) {
        return Some("您是最后修改的人,须由他人核稿");
    }
    let drafted = brief.drafted_by.as_ref();
    drafted.is_some_and(|hand| wrote(&hand.name, hand.role)).then_some("您是拟稿人,须由他人核稿")
}

/// Why a person with the right may not sign a brief: who checked it does not sign it.
pub fn may_not_sign(brief: &Brief, actor: &Actor) -> Option<&'static str> {
    let checked = brief.checked_by.as_ref();
    let own = checked.is_some_and(|hand| hand.name == actor.name && hand.role != Role::System);
    own.then_some("您是核稿人,须由他人签发")
}

impl Desk {
    /// Changes words of a brief; figures, quotes and marks stay. `version` is the one that the editor saw.
    ///
    /// # Errors
    /// It is signed, was changed meanwhile, or an edit touches a token ([`crate::report::edit`]).
    pub async fn edit_brief(
        &self,
        actor: &Actor,
        id: &str,
        version: Option<u32>,
        edits: &[Edit],
    ) -> Result<Brief, Fault> {
        actor.needs(Right::Brief)?;
        let old = self.brief(id, None).await?;
        open(&old)?;
        known_version(&old, version)?;
        let new = apply_by(&old, edits, Some(&actor.name))
            .map_err(|refused| Fault::invalid(refused.to_string()).at("edits"))?;
        if new == old {
            return Ok(old);
        }
        let note = format!("修改{}处", edits.len());
        let brief = self.sealed(new, BriefState::Edited, actor, &note).await?;
        self.room.store.add_brief_version(&brief, line(actor, "brief_edit", &brief)).await?;
        Ok(brief)
    }

    /// 核稿: by somebody else than the person who wrote it or changed it last.
    ///
    /// # Errors
    /// It is checked or signed already, the actor edited it, or it was changed meanwhile.
    pub async fn check_brief(&self, actor: &Actor, id: &str, version: Option<u32>) -> Result<Brief, Fault> {
        actor.needs(Right::Brief)?;
        let old = self.brief(id, None).await?;
        known_version(&old, version)?;
        if !matches!(old.state, BriefState::Draft | BriefState::Edited) {
            return Err(Fault::new(FaultKind::Conflict, format!("简报{},不能再核稿", old.state.label())));
        }
        if let Some(why) = may_not_check(&old, actor) {
            return Err(Fault::new(FaultKind::Forbidden, why));
        }
        let brief = self.sealed(old, BriefState::Checked, actor, "核稿").await?;
        self.room.store.add_brief_version(&brief, line(actor, "brief_check", &brief)).await?;
        Ok(brief)
    }

    /// 签发: closes a checked brief, computed anew at this moment. `despite` signs it though something in it no
    /// longer holds; the version then says how much.
    ///
    /// # Errors
    /// The actor may not sign, it is not checked, was changed meanwhile, or no longer holds.
    pub async fn issue_brief(
        &self,
        actor: &Actor,
        id: &str,
        version: Option<u32>,
        despite: bool,
    ) -> Result<Brief, Fault> {
        actor.needs(Right::Sign)?;
        let old = self.brief(id, None).await?;
        known_version(&old, version)?;
        if old.state != BriefState::Checked {
            return Err(Fault::new(FaultKind::Conflict, format!("简报{},须先核稿再签发", old.state.label())));
        }
        if let Some(why) = may_not_sign(&old, actor) {
            return Err(Fault::new(FaultKind::Forbidden, why));
        }
        let check = self.recheck_brief(id).await?;
        if let Some(fault) = check.chain.first() {
            return Err(Fault::new(FaultKind::Conflict, format!("简报的版本链有误,不能签发:{fault}")));
        }
        let moved = check.stale.len();
        let note = match moved {
            0 => "签发".to_owned(),
            _ if despite => format!("签发;签发时重算,{moved}处已变化"),
            _ => {
                let first: Vec<&str> = check.stale.iter().take(3).map(|s| s.figure.as_str()).collect();
                let first = first.join("、");
                let message = format!("签发前重算:{moved}处已变化({first}等)。请先重算并核稿;如仍按原稿签发,请确认");
                return Err(Fault::new(FaultKind::Conflict, message).at(DESPITE));
            }
        };
        let brief = self.sealed(old, BriefState::Issued, actor, &note).await?;
        self.room.store.add_brief_version(&brief, line(actor, "brief_issue", &brief)).await?;
        Ok(brief)
    }

    /// Computes every figure of the latest version anew from the store, holds every quote to its appeal, and checks
    /// the chain of versions.
    ///
    /// # Errors
    /// There is no such brief, or the store failed.
    pub async fn recheck_brief(&self, id: &str) -> Result<BriefCheck, Fault> {
        let versions = self.brief_versions(id).await?;
        let chain = chain_faults(&versions);
        let Some(brief) = versions.into_iter().next_back() else {
            return Err(Fault::not_found("no such brief"));
        };
        let rows = self.rows_of(&reads(&brief)).await?;
        let mut quoted: Vec<_> = brief.quotes.iter().map(|quote| quote.ticket.clone()).collect();
        quoted.sort();
        quoted.dedup();
        let tickets = self.room.store.tickets(&quoted).await?;
        let checked = tokio::task::spawn_blocking(move || {
            let mut stale = recheck(&brief, &rows);
            stale.extend(recheck_quotes(&brief, &tickets));
            (brief.figures.len(), stale)
        });
        let (figures, stale) = checked.await.map_err(|_| super::super::trouble::lost("checking a brief"))?;
        Ok(BriefCheck { figures, stale, chain })
    }

    /// Records a 批示 on a brief.
    ///
    /// # Errors
    /// There is no such brief; name or words are empty or too long; the unit is not the city's.
    pub async fn instruct(&self, actor: &Actor, id: &str, given: &NewInstruction) -> Result<Instruction, Fault> {
        actor.needs(Right::Brief)?;
        self.brief(id, None).await?;
        let (leader, text) =
            (worded(&given.leader, 40, "批示人", "leader")?, worded(&given.text, LONGEST, "批示", "text")?);
        let unit = given.unit.as_deref().map(str::trim).filter(|u| !u.is_empty());
        if let Some(unit) = unit.filter(|unit| self.city().department(unit).is_none()) {
            return Err(Fault::invalid(format!("城市包中没有“{unit}”这个单位")).at("unit"));
        }
        let kept = GivenInstruction {
            brief: id.to_owned(),
            leader: leader.to_owned(),
            text: text.to_owned(),
            unit: unit.map(str::to_owned),
            due_at: given.due_at,
        };
        let number = self.room.store.add_instruction(&kept, actor, self.now()).await?;
        self.instruction(id, number).await
    }

    /// Moves an instruction on: 办理中, 已反馈, 已办结.
    ///
    /// # Errors
    /// There is none of that number on the brief, or it is closed.
    pub async fn follow_instruction(
        &self,
        actor: &Actor,
        id: &str,
        number: i64,
        state: InstructionState,
        note: &str,
    ) -> Result<Instruction, Fault> {
        actor.needs(Right::Brief)?;
        self.instruction(id, number).await?;
        let note = worded(note, LONGEST, "进展", "note")?;
        self.room.store.step_instruction(number, actor, state, note, self.now()).await?;
        self.instruction(id, number).await
    }

    /// Instructions on a brief, or all that are not closed.
    ///
    /// # Errors
    /// The store failed.
    pub async fn instructions(&self, id: Option<&str>) -> Result<Vec<Instruction>, Fault> {
        Ok(self.room.store.instructions(id).await?)
    }

    async fn instruction(&self, id: &str, number: i64) -> Result<Instruction, Fault> {
        let all = self.room.store.instructions(Some(id)).await?;
        all.into_iter().find(|i| i.id == number).ok_or_else(|| Fault::not_found("no such instruction on this brief"))
    }
}

fn worded<'t>(text: &'t str, most: usize, name: &str, field: &str) -> Result<&'t str, Fault> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > most {
        return Err(Fault::invalid(format!("{name}应为 1 至 {most} 字")).at(field));
    }
    Ok(text)
}
