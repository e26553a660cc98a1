//! 改写: a language model on the local network puts a section in other words; a person looks at the
//! difference and accepts it, or not. The rules' own text can always be had back.

use jiff::Timestamp;

use crate::{
    domain::{
        Actor, Fault, FaultKind, Right,
        brief::{Brief, BriefState},
    },
    outbound::OutboundError,
    report::{
        edit::{Edit, apply},
        outline,
        rephrase::{Names, Objection, Piece, answer, difference, objections, places, question, section},
    },
    store::{Entry, KeptRephrasing},
};

use super::{
    super::{Desk, trouble::lost},
    life::{known_version, open},
    made::line,
};

/// What became of one place of a section.
#[derive(Clone, Debug)]
pub struct Place {
    /// `b3`, or `b3.2` for an item of a list.
    pub place: String,
    /// Our text as it is printed.
    pub own: String,
    /// The model's, as it is printed.
    pub theirs: String,
    /// The difference.
    pub pieces: Vec<Piece>,
    /// What speaks against it; empty if nothing does.
    pub objections: Vec<Objection>,
}

/// What a model made of a section.
#[derive(Clone, Debug)]
pub struct Rephrasing {
    /// Its number.
    pub number: i64,
    /// Of which version.
    pub version: u32,
    /// The section.
    pub section: String,
    /// Its heading.
    pub heading: String,
    /// Which model.
    pub model: String,
    /// Who asked.
    pub asked_by: String,
    /// When.
    pub at: Timestamp,
    /// The places that it changed.
    pub places: Vec<Place>,
    /// The version as which it was accepted.
    pub accepted: Option<u32>,
}

impl Rephrasing {
    /// Whether nothing speaks against it.
    pub fn holds(&self) -> bool {
        !self.places.is_empty() && self.places.iter().all(|p| p.objections.is_empty())
    }
}

impl From<OutboundError> for Fault {
    fn from(error: OutboundError) -> Self {
        let kind = match &error {
            OutboundError::Busy => FaultKind::Overloaded,
            _ => FaultKind::Unavailable,
        };
        Fault::new(kind, error.to_string())
    }
}

impl Desk {
    /// The language model that may be asked, if the configuration names one.
    pub fn language_model(&self) -> Option<&str> {
        self.room.config.chat.as_ref().map(|chat| chat.model())
    }

    /// Asks the language model for other words for a section, and keeps what it says with what speaks
    /// against it. Changes nothing in the brief.
    ///
    /// # Errors
    /// No model is configured; the brief is signed or was changed meanwhile; no such section, or one without
    /// running text; the model does not answer, or not with a text for these places.
    pub async fn rephrase_brief(
        &self,
        actor: &Actor,
        id: &str,
        version: Option<u32>,
        part: &str,
    ) -> Result<Rephrasing, Fault> {
        actor.needs(Right::Brief)?;
        let Some(chat) = self.room.config.chat.clone() else {
            return Err(Fault::new(
                FaultKind::Unavailable,
                "没有配置语言模型;改写功能须由管理员在配置文件的 [rephrase] 中开启",
            ));
        };
        let brief = self.brief(id, None).await?;
        open(&brief)?;
        known_version(&brief, version)?;
        let own = section(&brief, part).map(places).unwrap_or_default();
        if own.is_empty() {
            return Err(Fault::not_found("这一部分没有可改写的文字").at("section"));
        }
        let (system, user) = question(&own);
        let said = chat.ask(system, &user).await?;
        let Some(theirs) = answer(&said, &own) else {
            return Err(Fault::new(FaultKind::Unavailable, "语言模型没有按约定答复,未作任何改动"));
        };
        if theirs.is_empty() {
            return Err(Fault::new(FaultKind::NotFound, "语言模型没有改动这一部分"));
        }
        let mut kept = KeptRephrasing {
            id: 0,
            brief: brief.id.clone(),
            version: brief.history.last().map_or(0, |r| r.version),
            section: part.to_owned(),
            model: chat.model().to_owned(),
            asked_by: actor.name.clone(),
            at: self.now(),
            places: theirs,
            accepted: None,
        };
        let act = format!("{} 第{}版 {part} 由{}改写", kept.brief, kept.version, kept.model);
        kept.id = self.room.store.add_rephrasing(&kept, Entry::new(actor, "brief_rephrase", act)).await?;
        self.held(brief, kept).await
    }

    /// Rephrasings of a brief, oldest first, each held to the version that it was made of.
    ///
    /// # Errors
    /// There is no such brief.
    pub async fn rephrasings(&self, id: &str) -> Result<Vec<Rephrasing>, Fault> {
        self.brief(id, None).await?;
        let mut out = Vec::new();
        for kept in self.room.store.rephrasings(id).await? {
            let brief = self.brief(id, Some(kept.version)).await?;
            out.push(self.held(brief, kept).await?);
        }
        Ok(out)
    }

    /// Accepts a rephrasing as the brief's next version; whoever accepts it is its author.
    ///
    /// # Errors
    /// Something speaks against it, it was accepted already, or the section was changed since.
    pub async fn accept_rephrasing(
        &self,
        actor: &Actor,
        id: &str,
        number: i64,
        version: Option<u32>,
    ) -> Result<Brief, Fault> {
        actor.needs(Right::Brief)?;
        let brief = self.brief(id, None).await?;
        open(&brief)?;
        known_version(&brief, version)?;
        let kept = self.room.store.rephrasings(id).await?.into_iter().find(|r| r.id == number);
        let kept = kept.ok_or_else(|| Fault::not_found("没有这份改写稿"))?;
        if kept.accepted.is_some() {
            return Err(Fault::new(FaultKind::Conflict, "这份改写稿已被采用"));
        }
        let then = self.brief(id, Some(kept.version)).await?;
        let text = |brief: &Brief| section(brief, &kept.section).map(places);
        if text(&then) != text(&brief) || then.figures != brief.figures {
            return Err(Fault::new(FaultKind::Conflict, "这一部分在改写之后又有修改,请重新改写"));
        }
        let edits: Vec<Edit> =
            kept.places.iter().map(|(place, text)| Edit { place: place.clone(), text: text.clone() }).collect();
        let (part, model) = (kept.section.clone(), kept.model.clone());
        let checked = self.held(then, kept).await?;
        if let Some(place) = checked.places.iter().find(|p| !p.objections.is_empty()) {
            let why: Vec<String> = place.objections.iter().map(ToString::to_string).collect();
            return Err(Fault::invalid(format!("{}:{},不能采用", place.place, why.join(";"))).at("number"));
        }
        let new = apply(&brief, &edits).map_err(|refused| Fault::invalid(refused.to_string()).at("number"))?;
        let note = format!("{part} 由语言模型 {model} 改写(rephrased by {model}),{}采用", actor.name);
        let brief = self.sealed(new, BriefState::Edited, actor, &note).await?;
        let act = line(actor, "brief_rephrase_accept", &brief);
        self.room.store.accept_rephrasing(number, &brief, act).await?;
        Ok(brief)
    }

    /// Puts a section's text back as the rules wrote it last.
    ///
    /// # Errors
    /// Signed, changed meanwhile, no such section, or it is as the rules wrote it.
    pub async fn restore_section(
        &self,
        actor: &Actor,
        id: &str,
        part: &str,
        version: Option<u32>,
    ) -> Result<Brief, Fault> {
        actor.needs(Right::Brief)?;
        let brief = self.brief(id, None).await?;
        open(&brief)?;
        known_version(&brief, version)?;
        let last = brief.history.iter().rev().find(|r| r.state == BriefState::Draft).map(|r| r.version);
        let draft = self.brief(id, last).await?;
        let ours = section(&draft, part).ok_or_else(|| Fault::not_found("没有这一部分").at("section"))?.clone();
        let mut new = brief.clone();
        let Some(place) = new.sections.iter_mut().find(|s| s.id == part) else {
            return Err(Fault::not_found("没有这一部分").at("section"));
        };
        if *place == ours {
            return Err(Fault::new(FaultKind::Conflict, "这一部分就是规则生成的原文"));
        }
        *place = ours;
        let brief = self.sealed(new, BriefState::Edited, actor, &format!("{part} 恢复规则生成的原文")).await?;
        self.room.store.add_brief_version(&brief, line(actor, "brief_restore", &brief)).await?;
        Ok(brief)
    }

    /// A kept rephrasing with its difference and what speaks against it.
    async fn held(&self, brief: Brief, kept: KeptRephrasing) -> Result<Rephrasing, Fault> {
        let triager = self.room.infer.current();
        let work = move || {
            let names = Names::of(&triager.pack, &triager.analyser);
            let own = section(&brief, &kept.section).map(places).unwrap_or_default();
            let whole: String = own.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n");
            let heading = brief.sections.iter().zip(outline(&brief.sections));
            let heading = heading.filter(|(s, _)| s.id == kept.section).map(|(_, heading)| heading).next();
            let place = |(place, theirs): &(String, String)| {
                let ours = own.iter().find(|(p, _)| p == place).map(|(_, t)| t.as_str()).unwrap_or_default();
                let print = |text: &str| brief.print_all(&crate::report::edit::unmarked(text));
                Place {
                    place: place.clone(),
                    own: print(ours),
                    theirs: print(theirs),
                    pieces: difference(&brief, ours, theirs, &names),
                    objections: objections(ours, theirs, &whole, &names),
                }
            };
            Rephrasing {
                number: kept.id,
                version: kept.version,
                heading: heading.unwrap_or_default(),
                places: kept.places.iter().map(place).collect(),
                section: kept.section,
                model: kept.model,
                asked_by: kept.asked_by,
                at: kept.at,
                accepted: kept.accepted,
            }
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| lost("checking a rephrasing"))
    }
}
