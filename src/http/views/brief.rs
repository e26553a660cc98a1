//! Briefs on the wire. The document itself has its own schema version and goes out as it is kept; what
//! is around it is here.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    desk::{BriefAsk, BriefCheck, SubjectAsk, brief_window},
    domain::{
        Fault, TicketId,
        brief::{Brief, BriefKind, Revision, Window},
        format_city, parse_city,
    },
    http::views::seen,
    report::edit::Edit,
    store::{BriefLine, Instruction, InstructionState},
};

/// A brief in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BriefLineView {
    /// Id.
    pub id: String,
    /// `daily` `weekly` `special` `flash` `dossier`.
    pub kind: String,
    /// 日报 周报 专报 快报 每月一办.
    pub kind_label: String,
    /// Year of the issue number.
    pub year: i16,
    /// 期号 in the year.
    pub number: u32,
    /// 标题.
    pub title: String,
    /// First instant told of.
    pub from: String,
    /// First instant no longer told of.
    pub to: String,
    /// `draft` `edited` `checked` `issued`.
    pub state: String,
    /// 草稿 已修改 已核稿 已签发.
    pub state_label: String,
    /// Latest version.
    pub version: u32,
    /// Its hash.
    pub hash: String,
    /// Who made it.
    pub author: String,
    /// When the brief was made.
    pub made_at: String,
    /// When the latest version was.
    pub changed_at: String,
}

/// A page of briefs.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BriefList {
    /// How many there are.
    pub total: u64,
    /// Newest window first.
    pub briefs: Vec<BriefLineView>,
}

/// A brief's document: figures, cohorts with ticket ids, sections, history. `schema` tells its version.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub struct BriefDocument(pub Brief);

/// A wish for a brief.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BriefInput {
    /// `daily` `weekly` `special` `flash` `dossier`.
    #[schema(example = "weekly")]
    pub kind: String,
    /// From, city time, inclusive; with `to`. Without both: the last whole day, week, or 28 days.
    #[serde(default)]
    pub from: Option<String>,
    /// To, exclusive.
    #[serde(default)]
    pub to: Option<String>,
    /// Hour at which days are cut, 0 to 23.
    #[serde(default)]
    pub cut_hour: Option<u8>,
    /// Special, dossier: category by code or name.
    #[serde(default)]
    pub category: Option<String>,
    /// Special, dossier, flash: event or topic by id or words of its title.
    #[serde(default)]
    pub topic: Option<String>,
    /// Special, dossier, flash: these tickets, with `name`.
    #[serde(default)]
    pub tickets: Vec<String>,
    /// What the tickets are.
    #[serde(default)]
    pub name: Option<String>,
}

impl BriefInput {
    /// The wish, checked; `now` gives windows that are left out.
    pub(crate) fn ask(&self, now: jiff::Timestamp) -> Result<BriefAsk, Fault> {
        let kind = BriefKind::ALL.into_iter().find(|k| k.code() == self.kind);
        let kind = kind.ok_or_else(|| {
            Fault::invalid("简报类型(kind)只能是 daily、weekly、special、flash、dossier 之一").at("kind")
        })?;
        let cut_hour = self.cut_hour.unwrap_or(0);
        if cut_hour > 23 {
            return Err(Fault::invalid("切分时点须是 0 到 23 时").at("cut_hour"));
        }
        let day = jiff::SignedDuration::from_hours(24);
        let late = || Fault::invalid("所选时间超出范围").at("from");
        let window = match (&self.from, &self.to) {
            (Some(from), Some(to)) => {
                let from = parse_city(from).map_err(|f| f.at("from"))?;
                let to = parse_city(to).map_err(|f| f.at("to"))?;
                if from >= to {
                    return Err(Fault::invalid("时段的起点须早于终点").at("from"));
                }
                Window { from, to, cut_hour }
            }
            (None, None) => match kind {
                BriefKind::Daily | BriefKind::Weekly => brief_window(kind, 0, cut_hour, now).ok_or_else(late)?,
                // On whole minutes: the id of a brief names no seconds.
                BriefKind::Flash => {
                    let to = jiff::Timestamp::from_second(now.as_second().div_euclid(60) * 60).unwrap_or(now);
                    Window { from: to - day, to, cut_hour }
                }
                BriefKind::Special | BriefKind::Dossier => {
                    let last = brief_window(BriefKind::Daily, 0, cut_hour, now).ok_or_else(late)?;
                    Window { from: last.to - day * 28, ..last }
                }
            },
            _ => return Err(Fault::invalid("时段的起止须都填,或都不填").at("from")),
        };
        let subject = match (&self.category, &self.topic, self.tickets.as_slice()) {
            (None, None, []) => None,
            (Some(code), None, []) => Some(SubjectAsk::Category(code.clone())),
            (None, Some(topic), []) => Some(SubjectAsk::Topic(topic.clone())),
            (None, None, ids) => {
                let ids = ids.iter().map(|id| TicketId::new(id.as_str())).collect::<Result<_, _>>()?;
                Some(SubjectAsk::Tickets { name: self.name.clone().unwrap_or_default(), ids })
            }
            _ => return Err(Fault::invalid("选题只能是类别、事件或工单中的一种").at("category")),
        };
        match (kind, &subject) {
            (BriefKind::Special | BriefKind::Dossier, None) => {
                Err(Fault::invalid("这种简报要有选题,请选类别,或填写事件的编号或标题").at("category"))
            }
            (BriefKind::Daily | BriefKind::Weekly, Some(_)) => {
                Err(Fault::invalid("日报、周报没有选题,请不要填类别和事件").at("category"))
            }
            _ => Ok(BriefAsk { kind, window, subject }),
        }
    }
}

/// A change of words.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditInput {
    /// The version that the editor saw.
    pub version: u32,
    /// The changes; all or none.
    pub edits: Vec<PlaceInput>,
}

/// The new text of one place.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceInput {
    /// `b12`, `b12.3` (third item of a list), `s4` (heading), `title`, `subtitle`.
    pub place: String,
    /// Text with its tokens: `共收到诉求{Q1}`.
    pub text: String,
}

impl EditInput {
    pub(crate) fn edits(&self) -> Vec<Edit> {
        self.edits.iter().map(|e| Edit { place: e.place.clone(), text: e.text.clone() }).collect()
    }
}

/// Which version somebody checks or signs.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionInput {
    /// The version that the person saw.
    pub version: u32,
}

/// Which version somebody signs.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueInput {
    /// The version that the person saw.
    pub version: u32,
    /// Sign it though figures or quotes no longer hold; the version's note says how many.
    #[serde(default)]
    pub despite_changes: bool,
}

/// A version.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RevisionView {
    /// From 1.
    pub version: u32,
    /// `draft` `edited` `checked` `issued`.
    pub state: String,
    /// Who.
    pub author: String,
    /// When.
    pub at: String,
    /// What was done.
    pub note: String,
    /// Hash of the version before.
    pub parent: String,
    /// Its hash.
    pub hash: String,
}

impl RevisionView {
    pub(crate) fn of(r: &Revision) -> Self {
        Self {
            version: r.version,
            state: r.state.code().to_owned(),
            author: r.author.clone(),
            at: format_city(r.at),
            note: r.note.clone(),
            parent: r.parent.clone(),
            hash: r.hash.clone(),
        }
    }
}

/// A figure that no longer holds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StaleView {
    /// Its id.
    pub figure: String,
    /// What the brief says.
    pub was: String,
    /// What the store says now; null if it can no longer be computed.
    pub now: Option<String>,
    /// Appeals that came in to or left its cohorts.
    pub tickets: Vec<String>,
}

/// Whether a brief still holds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CheckView {
    /// Figures computed anew.
    pub figures: usize,
    /// Figures and quotes that no longer hold.
    pub stale: Vec<StaleView>,
    /// What is wrong with the chain of versions; empty if it holds.
    pub chain: Vec<String>,
}

impl CheckView {
    pub(crate) fn of(check: &BriefCheck) -> Self {
        let stale = check.stale.iter().map(|s| StaleView {
            figure: s.figure.clone(),
            was: s.was.clone(),
            now: s.now.clone(),
            tickets: s.tickets.iter().map(ToString::to_string).collect(),
        });
        Self { figures: check.figures, stale: stale.collect(), chain: check.chain.clone() }
    }
}

/// A 批示 as it is given.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InstructionInput {
    /// Whose.
    pub leader: String,
    /// The words.
    pub text: String,
    /// Who has to act.
    #[serde(default)]
    pub unit: Option<String>,
    /// By when.
    #[serde(default)]
    pub due_at: Option<String>,
}

/// A step of an instruction.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepInput {
    /// `working` `answered` `closed`.
    pub state: String,
    /// What was done.
    pub note: String,
}

impl StepInput {
    pub(crate) fn state(&self) -> Result<InstructionState, Fault> {
        let known = InstructionState::ALL.into_iter().find(|s| s.code() == self.state);
        known.ok_or_else(|| Fault::invalid("`state` is one of open working answered closed").at("state"))
    }
}

/// A 批示 with its steps.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InstructionView {
    /// Its number.
    pub id: i64,
    /// On which brief.
    pub brief: String,
    /// Whose.
    pub leader: String,
    /// The words.
    pub text: String,
    /// When.
    pub at: String,
    /// Who has to act.
    pub unit: Option<String>,
    /// By when.
    pub due_at: Option<String>,
    /// `open` `working` `answered` `closed`.
    pub state: String,
    /// What happened, oldest first.
    pub steps: Vec<StepView>,
}

/// A step that was taken.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StepView {
    /// When.
    pub at: String,
    /// Who.
    pub actor: String,
    /// State after it.
    pub state: String,
    /// What was done.
    pub note: String,
}

impl InstructionView {
    /// Of one. What people wrote is masked: it stands beside numbers of the whole city, and reading it is not recorded.
    pub(crate) fn of(i: &Instruction) -> Self {
        let step = |(at, actor, state, note): &(jiff::Timestamp, String, InstructionState, String)| StepView {
            at: format_city(*at),
            actor: actor.clone(),
            state: state.code().to_owned(),
            note: seen(note, false),
        };
        Self {
            id: i.id,
            brief: i.brief.clone(),
            leader: i.leader.clone(),
            text: seen(&i.text, false),
            at: format_city(i.at),
            unit: i.unit.clone(),
            due_at: i.due_at.map(format_city),
            state: i.state.code().to_owned(),
            steps: i.steps.iter().map(step).collect(),
        }
    }
}

impl BriefLineView {
    pub(crate) fn of(l: &BriefLine) -> Self {
        Self {
            id: l.id.clone(),
            kind: l.kind.code().to_owned(),
            kind_label: l.kind.label().to_owned(),
            year: l.issue.year,
            number: l.issue.number,
            title: l.title.clone(),
            from: format_city(l.from),
            to: format_city(l.to),
            state: l.state.code().to_owned(),
            state_label: l.state.label().to_owned(),
            version: l.version,
            hash: l.hash.clone(),
            author: l.author.clone(),
            made_at: format_city(l.made_at),
            changed_at: format_city(l.changed_at),
        }
    }
}
