//! Making a brief and keeping it: once for each kind, window and subject.

use tracing::info;

use crate::{
    domain::{
        Actor, Fault, FaultKind, Right,
        brief::{Brief, BriefKind, BriefState, Issue},
        city_time,
    },
    report::{
        compose::brief_id,
        render::{Format, RenderError, Rendered, render},
        seal::seal,
    },
    store::{AddedBrief, BriefLine, Entry},
};

use super::super::Desk;
use super::{BriefAsk, gather::Tell};

/// Times an issue number is asked for anew when another process took it.
const TRIES: usize = 8;

/// What became of a wish for a brief.
#[derive(Clone, Debug)]
pub struct Made {
    /// The brief as it is kept.
    pub brief: Brief,
    /// Whether it was made now.
    pub new: bool,
}

impl Desk {
    /// Makes and keeps a brief; one that is there already is given back as it stands.
    ///
    /// # Errors
    /// As [`Desk::compose_brief`]; the store failed.
    pub async fn make_brief(&self, actor: &Actor, ask: &BriefAsk) -> Result<Made, Fault> {
        self.make_brief_telling(actor, ask, &|_, _| {}).await
    }

    /// As [`Desk::make_brief`]; tells how many appeals of how many were read.
    ///
    /// # Errors
    /// As [`Desk::make_brief`].
    pub async fn make_brief_telling(&self, actor: &Actor, ask: &BriefAsk, tell: &Tell<'_>) -> Result<Made, Fault> {
        actor.needs(Right::Brief)?;
        if ask.subject.is_none()
            && let Some(brief) = self.room.store.brief(&brief_id(ask.kind, &ask.window, None), None).await?
        {
            return Ok(Made { brief, new: false });
        }
        let year = city_time(ask.window.from).year();
        let draft = self.compose_brief(ask, Issue { year, number: 0 }, tell).await?;
        if let Some(brief) = self.room.store.brief(&draft.id, None).await? {
            return Ok(Made { brief, new: false });
        }
        for _ in 0..TRIES {
            let number = self.room.store.next_issue(ask.kind, year).await?;
            let numbered = Brief { issue: Issue { year, number }, ..draft.clone() };
            let brief = self.sealed(numbered, BriefState::Draft, actor, "自动生成").await?;
            match self.room.store.add_brief(&brief, line(actor, "brief_make", &brief)).await? {
                AddedBrief::New => {
                    metrics::counter!("tingsu_briefs_made_total", "kind" => ask.kind.code()).increment(1);
                    info!(brief = %brief.id, figures = brief.figures.len(), "brief made");
                    return Ok(Made { brief, new: true });
                }
                AddedBrief::There(id) => return Ok(Made { brief: self.brief(&id, None).await?, new: false }),
                AddedBrief::IssueTaken => {}
            }
        }
        Err(Fault::internal("no issue number could be had for the brief; try again"))
    }

    /// A brief; none for the version means the latest.
    ///
    /// # Errors
    /// There is none of that id or version.
    pub async fn brief(&self, id: &str, version: Option<u32>) -> Result<Brief, Fault> {
        let found = self.room.store.brief(id, version).await?;
        found.ok_or_else(|| Fault::not_found("no such brief, or no such version of it"))
    }

    /// A brief as a file, with what its reader should be told (missing fonts, rows left out).
    ///
    /// # Errors
    /// PDF on a machine that cannot print it; a defect of the renderer.
    pub async fn render_brief(&self, brief: Brief, format: Format) -> Result<Rendered, Fault> {
        let rendered = tokio::task::spawn_blocking(move || render(&brief, format));
        let rendered = rendered.await.map_err(|_| super::super::trouble::lost("rendering a brief"))?;
        match rendered {
            Ok(file) => Ok(file),
            Err(error @ RenderError::NoPrinter) => Err(Fault::new(FaultKind::Unavailable, error.to_string())),
            Err(error) => Err(Fault::internal(error.to_string())),
        }
    }

    /// All versions of a brief, oldest first.
    ///
    /// # Errors
    /// There is none of that id.
    pub async fn brief_versions(&self, id: &str) -> Result<Vec<Brief>, Fault> {
        let versions = self.room.store.brief_versions(id).await?;
        if versions.is_empty() { Err(Fault::not_found("no such brief")) } else { Ok(versions) }
    }

    /// A page of briefs, newest window first, and how many there are.
    ///
    /// # Errors
    /// The store failed.
    pub async fn briefs(
        &self,
        kind: Option<BriefKind>,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<BriefLine>, u64), Fault> {
        let store = &self.room.store;
        Ok((store.briefs(kind, offset, limit.clamp(1, 200)).await?, store.count_briefs(kind).await?))
    }

    /// 重算: composes a brief that is not signed anew from what the store holds now: the next version, a draft
    /// again. Words that people changed in it are lost to it and stay in the version before. `version` is the
    /// one that the person saw.
    ///
    /// # Errors
    /// It is signed, was changed meanwhile, or what it is about is no longer there.
    pub async fn renew_brief(&self, actor: &Actor, id: &str, version: Option<u32>) -> Result<Brief, Fault> {
        actor.needs(Right::Brief)?;
        let old = self.brief(id, None).await?;
        super::life::open(&old)?;
        super::life::known_version(&old, version)?;
        let ask = BriefAsk { kind: old.kind, window: old.window, subject: super::gather::asked(&old) };
        let new = self.compose_brief(&ask, old.issue, &|_, _| {}).await?;
        if new.id != old.id {
            return Err(Fault::new(FaultKind::Conflict, "按现有数据,这份简报所写的话题已不存在,不能重算"));
        }
        let kept = Brief { history: old.history.clone(), drafted_by: old.drafted_by.clone(), ..new };
        let brief = self.sealed(kept, BriefState::Draft, actor, "按最新数据重新生成").await?;
        self.room.store.add_brief_version(&brief, line(actor, "brief_renew", &brief)).await?;
        Ok(brief)
    }

    /// The next version of a brief, in the actor's hand; papers name the person, not the account.
    pub(super) async fn sealed(
        &self,
        brief: Brief,
        state: BriefState,
        actor: &Actor,
        note: &str,
    ) -> Result<Brief, Fault> {
        let persons = self.persons().await;
        seal(brief, state, actor, persons.known(&actor.name), self.now(), note)
            .map_err(|e| Fault::internal(format!("a brief cannot be sealed: {e}")))
    }
}

/// The line of the sealed audit that goes with a version: which brief, which version, its hash.
pub(super) fn line(actor: &Actor, action: &str, brief: &Brief) -> Entry {
    let version = brief.history.last().map_or(0, |r| r.version);
    let note = brief.history.last().map_or("", |r| r.note.as_str());
    Entry::new(actor, action, format!("{} 第{version}版 {} {note}", brief.id, brief.hash))
}
