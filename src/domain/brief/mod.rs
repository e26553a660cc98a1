//! 简报: a brief as plain data with its evidence. Nothing here computes from appeals or draws; `report`
//! builds and renders, `store` keeps, `desk` leads through draft, check and sign-off.
//!
//! A reader goes from top to bottom: [`Brief::sections`] → [`page::Content`] → [`page::Run`]. A run that is
//! a figure or a quote names it by id; [`Brief::figure`], [`Brief::cohort`] and [`Brief::quote`] find it.
//! Everything is in one JSON document with a schema version; a later program reads every earlier one.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{Role, city_time};

pub mod claims;
pub mod counted;
pub mod evidence;
pub mod number;
pub mod page;

pub use claims::{DataScope, Hand, Judge, Judgement, JudgementId, Proposal, ProposalId, Quote, QuoteId, QuoteSource};
pub use counted::Counted;
pub use evidence::{Base, Cohort, CohortId, Condition, Fact, Figure, FigureId, Filter, Measure, TimeRangeKey, When};
pub use number::{Form, Ratio, Unit};
pub use page::{Align, Bar, Block, Chart, Column, Content, Part, Plot, Run, Section, Table, TrendPoint};

/// Version of the JSON document that this program writes.
pub const BRIEF_SCHEMA: u32 = 1;

/// What kind of brief.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BriefKind {
    /// 日报
    Daily,
    /// 诉求热点周报
    Weekly,
    /// 专报
    Special,
    /// 快报
    Flash,
    /// 每月一办
    Dossier,
}

impl BriefKind {
    /// All kinds.
    pub const ALL: [BriefKind; 5] =
        [BriefKind::Daily, BriefKind::Weekly, BriefKind::Special, BriefKind::Flash, BriefKind::Dossier];

    /// Stable code: in ids, on the wire, on the command line.
    pub fn code(self) -> &'static str {
        match self {
            BriefKind::Daily => "daily",
            BriefKind::Weekly => "weekly",
            BriefKind::Special => "special",
            BriefKind::Flash => "flash",
            BriefKind::Dossier => "dossier",
        }
    }

    /// Its name.
    pub fn label(self) -> &'static str {
        match self {
            BriefKind::Daily => "日报",
            BriefKind::Weekly => "周报",
            BriefKind::Special => "专报",
            BriefKind::Flash => "快报",
            BriefKind::Dossier => "每月一办",
        }
    }
}

/// How far a brief has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BriefState {
    /// 草稿: as the program wrote it.
    Draft,
    /// 修改: a person changed the text.
    Edited,
    /// 核稿: a second person has checked it.
    Checked,
    /// 签发: signed, closed to changes.
    Issued,
}

impl BriefState {
    /// All states, in order.
    pub const ALL: [BriefState; 4] = [BriefState::Draft, BriefState::Edited, BriefState::Checked, BriefState::Issued];

    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            BriefState::Draft => "draft",
            BriefState::Edited => "edited",
            BriefState::Checked => "checked",
            BriefState::Issued => "issued",
        }
    }

    /// Its name.
    pub fn label(self) -> &'static str {
        match self {
            BriefState::Draft => "草稿",
            BriefState::Edited => "已修改",
            BriefState::Checked => "已核稿",
            BriefState::Issued => "已签发",
        }
    }
}

/// The time that a brief tells of: half-open, city time, days cut at an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    /// First instant.
    pub from: Timestamp,
    /// First instant that no longer belongs to it.
    pub to: Timestamp,
    /// At which hour (0–23, city time) a day begins: 0 for calendar days, 12 for noon to noon.
    pub cut_hour: u8,
}

impl Window {
    /// Whether an instant lies inside.
    pub fn contains(&self, at: Timestamp) -> bool {
        at >= self.from && at < self.to
    }

    /// The range, for filters.
    pub fn range(&self) -> TimeRangeKey {
        TimeRangeKey { from: self.from, to: self.to }
    }

    /// In words. Whole calendar days name the first and the last day (`2月11日至17日`); any other cut
    /// names both ends with their hours (`2月11日12时至18日12时`), so that nobody counts eight days.
    pub fn words(&self) -> String {
        let (from, end) = (city_time(self.from), city_time(self.to));
        let whole = |t: jiff::civil::DateTime| (t.hour(), t.minute(), t.second()) == (0, 0, 0);
        let name = |d: Date, before: Option<Date>| match before {
            Some(b) if b.year() == d.year() && b.month() == d.month() => format!("{}日", d.day()),
            Some(b) if b.year() != d.year() => format!("{}年{}月{}日", d.year(), d.month(), d.day()),
            _ => format!("{}月{}日", d.month(), d.day()),
        };
        if whole(from) && whole(end) {
            let first = from.date();
            let last = end.date().yesterday().unwrap_or(end.date());
            if first == last {
                return name(first, None);
            }
            return format!("{}至{}", name(first, None), name(last, Some(first)));
        }
        let clock = |t: jiff::civil::DateTime| match t.minute() {
            0 => format!("{}时", t.hour()),
            m => format!("{}时{m:02}分", t.hour()),
        };
        format!("{}{}至{}{}", name(from.date(), None), clock(from), name(end.date(), Some(from.date())), clock(end))
    }
}

/// 版头 and 版记: what stands above and below every brief of a kind. From the city pack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Masthead {
    /// 发文机关标志, in red on paper: `江海市12345诉求热点周报`.
    pub name: String,
    /// 编发单位
    pub office: String,
    /// 密级, e.g. `内部资料 注意保存`; none if open.
    pub secrecy: Option<String>,
    /// 紧急程度 of the paper, e.g. `特急`; none for ordinary.
    pub haste: Option<String>,
    /// 主送
    pub to: Vec<String>,
    /// 抄送
    pub copies: Vec<String>,
}

/// 期号: counts per kind and year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Issue {
    /// Year in city time.
    pub year: i16,
    /// From 1.
    pub number: u32,
}

/// One line of the version history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// From 1, without gaps.
    pub version: u32,
    /// State that this version brought.
    pub state: BriefState,
    /// Who made it.
    pub author: String,
    /// In which role.
    pub role: Role,
    /// When.
    pub at: Timestamp,
    /// What was done, in Chinese: `自动生成`, `修改正文2处`, `核稿`, `签发`.
    pub note: String,
    /// Hash of the version before; empty for the first.
    pub parent: String,
    /// Hash of this version (blake3 over the parent's hash and the document without history and hash).
    pub hash: String,
}

/// What a brief is about, where it is about one thing (special, flash, dossier).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Subject {
    /// A level-1 (two digits) or level-2 (four digits) category.
    Category {
        /// Code.
        code: String,
        /// Name.
        name: String,
    },
    /// A topic or event by its id.
    Topic {
        /// Id.
        id: String,
        /// Title.
        name: String,
    },
    /// Appeals chosen one by one, or urgent ones.
    Tickets {
        /// What they are.
        name: String,
    },
}

/// A brief.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Brief {
    /// [`BRIEF_SCHEMA`] of the program that wrote it.
    pub schema: u32,
    /// `kind-from-to[-subject]`, the same for the same kind, window and subject: a brief exists once.
    pub id: String,
    /// Kind.
    pub kind: BriefKind,
    /// 期号
    pub issue: Issue,
    /// Name of the city.
    pub city: String,
    /// 版头 and 版记
    pub masthead: Masthead,
    /// 标题
    pub title: String,
    /// 副标题 or headline: `质量纠纷待协调 预付服务须规范`.
    pub subtitle: Option<String>,
    /// What it is about; none for daily and weekly.
    pub subject: Option<Subject>,
    /// The time told of.
    pub window: Window,
    /// The time compared with (环比).
    pub before: Option<Window>,
    /// The same time a year earlier (同比), where there are data.
    pub year_before: Option<Window>,
    /// 正文 and annexes.
    pub sections: Vec<Section>,
    /// All figures; ids are unique.
    pub figures: Vec<Figure>,
    /// The sets of appeals that figures are computed from.
    pub cohorts: Vec<Cohort>,
    /// Quotes.
    pub quotes: Vec<Quote>,
    /// Judgements.
    pub judgements: Vec<Judgement>,
    /// Proposals.
    pub proposals: Vec<Proposal>,
    /// 数据口径与样本
    pub scope: DataScope,
    /// When the text was made.
    pub made_at: Timestamp,
    /// How far it has come.
    pub state: BriefState,
    /// 拟稿
    pub drafted_by: Option<Hand>,
    /// 核稿
    pub checked_by: Option<Hand>,
    /// 签发
    pub issued_by: Option<Hand>,
    /// All versions, oldest first; the last one is this.
    pub history: Vec<Revision>,
    /// Hash of this version (hex); equal to that of the last line of the history.
    pub hash: String,
}

impl Brief {
    /// The figure of an id.
    pub fn figure(&self, id: &str) -> Option<&Figure> {
        self.figures.iter().find(|f| f.id == id)
    }

    /// The cohort of an id.
    pub fn cohort(&self, id: &str) -> Option<&Cohort> {
        self.cohorts.iter().find(|c| c.id == id)
    }

    /// The quote of an id.
    pub fn quote(&self, id: &str) -> Option<&Quote> {
        self.quotes.iter().find(|q| q.id == id)
    }

    /// The judgement of an id.
    pub fn judgement(&self, id: &str) -> Option<&Judgement> {
        self.judgements.iter().find(|j| j.id == id)
    }

    /// The proposal of an id.
    pub fn proposal(&self, id: &str) -> Option<&Proposal> {
        self.proposals.iter().find(|p| p.id == id)
    }

    /// The cohort that a figure counts (its numerator), if it counts one.
    pub fn numerator(&self, figure: &Figure) -> Option<&Cohort> {
        match &figure.measure {
            Measure::Count { of }
            | Measure::Callers { of }
            | Measure::Share { of, .. }
            | Measure::Distinct { of, .. } => self.cohort(of),
            _ => None,
        }
    }

    /// The named denominator of a share or rate with its appeals.
    pub fn denominator(&self, figure: &Figure) -> Option<(Base, &Cohort)> {
        match &figure.measure {
            Measure::Share { base, name, .. } | Measure::Weighted { base, name, .. } => {
                Some((*name, self.cohort(base)?))
            }
            _ => None,
        }
    }

    /// A run as printed text: the words, the figure in its form, the masked quote between “ ”, or the
    /// mark 〔判断〕. A reference that leads nowhere prints 〔缺〕 and is a defect of the builder.
    pub fn print(&self, run: &Run) -> String {
        match run {
            Run::Text(words) => words.clone(),
            Run::Figure { id, form } => self.figure(id).map_or_else(|| "〔缺〕".to_owned(), |f| f.print(*form)),
            Run::Quote { id } => self.quote(id).map_or_else(|| "〔缺〕".to_owned(), |q| format!("“{}”", q.masked)),
            Run::Judgement { .. } => "〔判断〕".to_owned(),
        }
    }

    /// Runs as printed text.
    pub fn print_all(&self, runs: &[Run]) -> String {
        runs.iter().map(|run| self.print(run)).collect()
    }
}
