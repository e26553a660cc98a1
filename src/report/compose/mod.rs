//! From facts to a brief. Rules only: every sentence is a wording of the city pack whose slots are
//! figures, quotes or names; a sentence whose fact is missing is not written.

use std::collections::{BTreeMap, HashMap};

use jiff::{Timestamp, civil::Date};

use crate::{
    city::{BriefStyle, CityPack, Play},
    domain::{
        Ticket, TicketId,
        brief::{
            BRIEF_SCHEMA, Base, Block, Brief, BriefKind, BriefState, CohortId, Content, DataScope, Fact, FigureId,
            Issue, Judge, Judgement, Masthead, Part, Quote, QuoteSource, Run, Section, Subject, When, Window,
        },
        city_date,
    },
    insight::Findings,
};

use super::{
    facts::{Ledger, Row, ledger::filter},
    quoting,
    typeset::typeset,
};

mod advice;
mod annex;
mod assess;
mod charts;
mod daily;
mod dossier;
mod firms;
mod flash;
mod focus;
mod frame;
mod handling;
mod hot;
mod opening;
mod outlook;
mod special;
mod topics;
mod voice;
mod weekly;

pub use assess::{assessment, long_overdue};
pub use frame::{brief_id, window_before, window_year_before};

use frame::{number_quotes, print_marks};
use voice::{Slot, say};

/// What a brief is made of.
#[derive(Clone, Copy, Debug)]
pub struct Material<'m> {
    /// Which.
    pub kind: BriefKind,
    /// The city.
    pub pack: &'m CityPack,
    /// The time told of.
    pub window: Window,
    /// The time before it, of the same length.
    pub before: Window,
    /// The same time a year earlier.
    pub year_before: Window,
    /// How many windows of the same length, up to and with `before`, were read.
    pub history: usize,
    /// When the earliest stored appeal came in: what lies before is no base of a comparison.
    pub since: Option<Timestamp>,
    /// Every appeal of the windows and every one whose deadline or end lies in them.
    pub tickets: &'m [Ticket],
    /// The same as rows, in the same order.
    pub rows: &'m [Row],
    /// Events and topics among the appeals of the window and those before.
    pub findings: Option<&'m Findings>,
    /// What it is about (special, dossier; a flash of one event).
    pub subject: Option<&'m Subject>,
    /// For a topic: its appeals.
    pub members: &'m [TicketId],
    /// 期号
    pub issue: Issue,
    /// When the text is made.
    pub made_at: Timestamp,
    /// Place in the change sequence up to which the appeals were read.
    pub up_to_seq: i64,
    /// Bundle that classifies, if any.
    pub model: Option<&'m str>,
}

/// Why no brief can be made.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ComposeError {
    /// The pack has no `brief.toml`.
    #[error("城市包没有 brief.toml,不能生成简报;请补上该文件")]
    NoStyle,
    /// A special brief needs a subject.
    #[error("这种简报需要写明专题:类别、事件(话题)或工单")]
    NoSubject,
    /// Nothing to tell of.
    #[error("{0}没有诉求,无可报告")]
    Nothing(String),
    /// Nothing to tell of what it is about.
    #[error("{0}没有{1}诉求,无可报告;请另选时段或专题")]
    NothingOf(String, String),
}

/// Composes a brief: a draft, version 0, not yet sealed.
///
/// # Errors
/// The pack words no briefs, a subject is missing, or the window is empty.
pub fn compose(material: Material<'_>) -> Result<Brief, ComposeError> {
    let style = material.pack.brief.as_ref().ok_or(ComposeError::NoStyle)?;
    let mut composer = Composer::new(material, style);
    if !material.rows.iter().any(|row| material.window.contains(row.received)) {
        return Err(ComposeError::Nothing(material.window.words()));
    }
    composer.worth_telling()?;
    let (title, subtitle) = match material.kind {
        BriefKind::Daily => daily::write(&mut composer),
        BriefKind::Weekly => weekly::write(&mut composer),
        BriefKind::Flash => match material.subject {
            Some(subject) => flash::event(&mut composer, subject),
            None => flash::write(&mut composer),
        },
        BriefKind::Special => special::write(&mut composer, material.subject.ok_or(ComposeError::NoSubject)?),
        BriefKind::Dossier => dossier::write(&mut composer, material.subject.ok_or(ComposeError::NoSubject)?),
    };
    annex::write(&mut composer);
    Ok(composer.finish(title, subtitle))
}

/// The pen.
struct Composer<'m> {
    material: Material<'m>,
    style: &'m BriefStyle,
    ledger: Ledger<'m>,
    tickets: HashMap<&'m TicketId, &'m Ticket>,
    level1: BTreeMap<String, String>,
    sections: Vec<Section>,
    quotes: Vec<Quote>,
    judgements: Vec<Judgement>,
    proposals: Vec<crate::domain::brief::Proposal>,
    suppressed: Vec<String>,
    methods: Vec<String>,
    bases: BTreeMap<Base, (String, FigureId)>,
    blocks: usize,
    charts: usize,
    turn: usize,
}

impl<'m> Composer<'m> {
    fn new(material: Material<'m>, style: &'m BriefStyle) -> Self {
        let mut level1 = BTreeMap::new();
        for category in material.pack.taxonomy.categories() {
            level1.entry(category.code.chars().take(2).collect()).or_insert_with(|| category.level1.clone());
        }
        let days = material.window.from.as_second().div_euclid(86_400);
        Self {
            material,
            style,
            ledger: Ledger::new(material.rows),
            tickets: material.tickets.iter().map(|t| (&t.id, t)).collect(),
            level1,
            sections: Vec::new(),
            quotes: Vec::new(),
            judgements: Vec::new(),
            proposals: Vec::new(),
            suppressed: Vec::new(),
            methods: Vec::new(),
            bases: BTreeMap::new(),
            blocks: 0,
            charts: 0,
            turn: usize::try_from(days / 7 + days % 7).unwrap_or(0),
        }
    }

    /// A brief about something needs an appeal of it, a flash without a subject one that is urgent.
    fn worth_telling(&self) -> Result<(), ComposeError> {
        let window = self.material.window;
        let (of, (fact, values)) = match self.material.subject {
            Some(subject) => (format!("涉及{}的", special::name(subject)), special::conditions(self, subject)),
            None if self.material.kind == BriefKind::Flash => {
                ("特急、紧急".to_owned(), (Fact::Urgency, vec!["U1".to_owned(), "U2".to_owned()]))
            }
            None => return Ok(()),
        };
        let wanted = |row: &&Row| row.value(fact).is_some_and(|own| values.iter().any(|v| v == own));
        let any = self.material.rows.iter().filter(|row| window.contains(row.received)).any(|row| wanted(&row));
        if any { Ok(()) } else { Err(ComposeError::NothingOf(window.words(), of)) }
    }

    /// Opens a section.
    fn section(&mut self, level: u8, heading: impl Into<String>) {
        self.open(level, heading, Part::Body);
    }

    fn open(&mut self, level: u8, heading: impl Into<String>, part: Part) {
        let id = format!("s{}", self.sections.len() + 1);
        self.sections.push(Section { id, level, heading: heading.into(), part, blocks: Vec::new() });
    }

    /// Takes back the last section if nothing stands in it and nothing follows.
    fn drop_if_empty(&mut self) {
        if self.sections.last().is_some_and(|s| s.blocks.is_empty()) {
            self.sections.pop();
        }
    }

    fn block(&mut self, content: Content) {
        self.blocks += 1;
        let id = format!("b{}", self.blocks);
        if self.sections.is_empty() {
            self.section(1, "");
        }
        if let Some(section) = self.sections.last_mut() {
            section.blocks.push(Block { id, content });
        }
    }

    /// A paragraph of sentences; none if none could be said.
    fn paragraph(&mut self, sentences: Vec<Option<Vec<Run>>>) -> bool {
        let runs = voice::joined(sentences.into_iter().flatten().flatten().collect());
        let any = !runs.is_empty();
        if any {
            self.block(Content::Paragraph { runs });
        }
        any
    }

    fn say(&self, name: &str, slots: &[(&str, Slot)]) -> Option<Vec<Run>> {
        say(self.style, self.turn, name, slots)
    }

    /// A sentence that goes beyond counting, with its mark.
    fn judge(
        &mut self,
        rule: &str,
        rests_on: Vec<FigureId>,
        assumes: Option<String>,
        said: Option<Vec<Run>>,
    ) -> Option<Vec<Run>> {
        let mut runs = said?;
        let id = format!("P{}", self.judgements.len() + 1);
        let judge = Judge::Rule { name: rule.to_owned() };
        self.judgements.push(Judgement { id: id.clone(), judge, rests_on, assumes });
        runs.push(Run::Judgement { id });
        Some(runs)
    }

    /// The cohort of a window's appeals with conditions.
    fn received(&mut self, words: &str, window: &Window, conditions: &[(Fact, &[&str])]) -> CohortId {
        let words = format!("来电时间在{}、{words}", self.window_name(window));
        self.ledger.cohort(words, filter(When::Received, window, conditions))
    }

    fn window_name(&self, window: &Window) -> String {
        match window {
            w if *w == self.material.window => "本期".to_owned(),
            w if *w == self.material.before => "上期".to_owned(),
            w if *w == self.material.year_before => "上年同期".to_owned(),
            w => w.words(),
        }
    }

    /// 受理量 of a window.
    fn all(&mut self, window: &Window) -> CohortId {
        self.received("全部诉求", window, &[])
    }

    /// This window's count of some appeals, and its change against the window before if the data cover that.
    fn counted(
        &mut self,
        name: &str,
        words: &str,
        conditions: &[(Fact, &[&str])],
    ) -> (CohortId, FigureId, Option<FigureId>) {
        let (window, before) = (self.material.window, self.material.before);
        let now = self.received(words, &window, conditions);
        let then = self.received(words, &before, conditions);
        let count = self.ledger.count(format!("{name}诉求量"), &now);
        let then = self.ledger.count(format!("上期{name}诉求量"), &then);
        let change = self.ledger.change(format!("{name}诉求量环比"), &count, &then);
        (now, count, change.filter(|_| self.covers(&before)))
    }

    /// Values of a fact in a cohort with their counts, most first.
    fn tally(&self, cohort: &str, fact: Fact) -> Vec<(String, usize)> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for row in self.ledger.rows().named(self.ledger.tickets(cohort)) {
            if let Some(value) = row.value(fact) {
                *counts.entry(value).or_default() += 1;
            }
        }
        let mut counts: Vec<(String, usize)> = counts.into_iter().map(|(v, n)| (v.to_owned(), n)).collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counts
    }

    /// A quote of a ticket, entered; none if it may not be quoted.
    fn quote(&mut self, ticket: &TicketId, source: QuoteSource) -> Option<Run> {
        if let Some(known) = self.quotes.iter().find(|q| q.ticket == *ticket && q.source == source) {
            return Some(Run::Quote { id: known.id.clone() });
        }
        let ticket: &Ticket = self.tickets.get(ticket).copied()?;
        let id = format!("Y{}", self.quotes.len() + 1);
        let quote = quoting::quote(&id, ticket, source)?;
        self.quotes.push(quote);
        Some(Run::Quote { id })
    }

    /// What an appeal is about, as a quote of its title, or else of its text.
    fn matter(&mut self, ticket: &TicketId) -> Option<Run> {
        self.quote(ticket, QuoteSource::Title).or_else(|| self.quote(ticket, QuoteSource::Text))
    }

    /// Name of a category code (two or four digits).
    fn category_name(&self, code: &str) -> String {
        match code.len() {
            2 => self.level1.get(code).cloned().unwrap_or_else(|| code.to_owned()),
            _ => self.material.pack.taxonomy.get(code).map_or_else(|| code.to_owned(), |c| c.level2.clone()),
        }
    }

    /// The play of a category: its own, or that of its level 1.
    fn play(&self, code: &str) -> Option<&'m Play> {
        let of = |code: &str| self.material.pack.playbook.iter().find(|p| p.code == code);
        of(code).or_else(|| of(code.get(..2)?))
    }

    fn today(&self) -> Date {
        city_date(self.material.made_at)
    }

    fn finish(mut self, title: String, subtitle: Option<String>) -> Brief {
        for section in &mut self.sections {
            section.heading = typeset(&section.heading);
            section.blocks.iter_mut().for_each(print_marks);
        }
        let m = self.material;
        let style = self.style;
        let bases = self.bases.into_iter().map(|(base, (words, id))| (base, words, Some(id))).collect();
        let year = crate::domain::city_time(m.window.from).year();
        let mut more = BTreeMap::new();
        more.insert("历史窗口数".to_owned(), m.history.to_string());
        let same_year = m.rows.iter().any(|row| m.year_before.contains(row.received));
        let mut brief = Brief {
            schema: BRIEF_SCHEMA,
            id: brief_id(m.kind, &m.window, m.subject),
            kind: m.kind,
            issue: Issue { year, ..m.issue },
            city: m.pack.name.clone(),
            masthead: Masthead {
                name: style
                    .mastheads
                    .get(&m.kind)
                    .cloned()
                    .unwrap_or_else(|| format!("{}{}", m.pack.name, m.kind.label())),
                office: style.issuer.clone(),
                secrecy: style.secrecy.clone(),
                haste: (m.kind == BriefKind::Flash).then(|| "特急".to_owned()),
                to: style.to.iter().map(|name| typeset(name)).collect(),
                copies: style.copies.iter().map(|name| typeset(name)).collect(),
            },
            title: typeset(&title),
            subtitle: subtitle.map(|s| typeset(&s)),
            subject: m.subject.cloned(),
            window: m.window,
            before: Some(m.before),
            year_before: same_year.then_some(m.year_before),
            sections: self.sections,
            figures: Vec::new(),
            cohorts: Vec::new(),
            quotes: self.quotes,
            judgements: self.judgements,
            proposals: self.proposals,
            scope: DataScope {
                notes: Vec::new(),
                bases,
                suppressed: self.suppressed,
                methods: self.methods,
                up_to_seq: m.up_to_seq,
                pack: m.pack.hash.clone(),
                model: m.model.map(str::to_owned),
                more,
            },
            made_at: m.made_at,
            state: BriefState::Draft,
            drafted_by: None,
            checked_by: None,
            issued_by: None,
            history: Vec::new(),
            hash: String::new(),
        };
        number_quotes(&mut brief);
        self.ledger.close(&mut brief);
        frame::tell_apart(&mut brief);
        brief
    }
}
