//! One 简报: the paper in the middle, the evidence at its side, draft → 核稿 → 签发 above.

use std::collections::BTreeSet;

use askama::Template;
use axum::response::Response;

use crate::{
    desk::{CaseAsk, Group, accounts::Persons, may_not_check, may_not_sign},
    domain::{
        Actor, Right,
        brief::{Align, Brief, BriefState, Content, Figure, Part, Run, Section},
    },
    http::{
        Door,
        cases::address,
        console::{
            briefs::{brief_link, due_words, late},
            cockpit::CASES,
            frame::{Frame, When, link, ticket_link},
            page,
        },
        error::ApiResult,
        extract::{Params, Path},
        views::{InstructionView, RephrasingView},
    },
    report::{
        edit::marked,
        outline,
        render::{chart_svg, formula_words},
        rephrase::places,
    },
};

/// Rephrasings shown that nobody accepted.
const SHOWN: usize = 3;
/// Appeals listed behind a figure.
const LISTED: usize = 500;

#[derive(Template)]
#[template(path = "brief.html")]
struct BriefPage {
    frame: Frame,
    id: String,
    masthead: String,
    issue: String,
    office: String,
    title: String,
    subtitle: String,
    state: &'static str,
    version: u32,
    steps: Vec<(&'static str, Option<String>, bool)>,
    sections: Vec<SectionView>,
    evidence: Option<Evidence>,
    stale: Option<Vec<(String, String, String)>>,
    history: Vec<(u32, String, &'static str, String, When)>,
    /// Each with whether it is late.
    instructions: Vec<(InstructionView, bool)>,
    units: Vec<String>,
    open: bool,
    can_check: bool,
    can_issue: bool,
    /// Why whoever sits here cannot do the next step.
    waits: String,
    /// The language model that may be asked.
    language_model: String,
    rephrasings: Vec<RephrasingView>,
    /// Name, address, and under which name it is saved; none where it is shown.
    files: Vec<(&'static str, String, String)>,
    recheck: String,
    figures: usize,
    quotes: usize,
}

struct SectionView {
    id: String,
    heading: String,
    /// Whether it holds running text.
    worded: bool,
    /// Whether it is other than the rules wrote it.
    changed: bool,
    annex: bool,
    level: u8,
    blocks: Vec<BlockView>,
}

/// A block as the template prints it.
enum BlockView {
    Text { place: String, marked: String, pieces: Vec<PieceView> },
    List { items: Vec<(String, String, Vec<PieceView>)> },
    Table { title: String, heads: Vec<(String, bool)>, rows: Vec<Vec<(Vec<PieceView>, bool)>>, note: String },
    Chart { title: String, svg: String },
}

struct PieceView {
    text: String,
    /// `text`, `figure`, `quote`, `judgement`.
    kind: &'static str,
    href: String,
    hint: String,
    stale: bool,
}

struct Evidence {
    figure: String,
    shown: String,
    name: String,
    formula: String,
    words: String,
    count: usize,
    base: String,
    tickets: Vec<(String, String)>,
    /// All of them, with titles and states.
    all: String,
    more: usize,
    inputs: Vec<(String, String, String)>,
}

/// The page. `figure` opens the evidence of one; `check=1` computes all anew.
pub(crate) async fn brief(door: Door, Path(id): Path<String>, Params(params): Params) -> ApiResult<Response> {
    params.only(&["figure", "check"])?;
    let brief = door.desk.brief(&id, None).await?;
    let check = match params.one("check")? {
        Some(_) => Some(door.desk.recheck_brief(&id).await?),
        None => None,
    };
    let stale: BTreeSet<&str> = check.iter().flat_map(|c| c.stale.iter().map(|s| s.figure.as_str())).collect();
    let instructions = door.desk.instructions(Some(&id)).await?;
    let frame = Frame::of(&door.desk, brief.title.clone(), "/briefs").await;
    let (now, persons) = (door.desk.now(), door.desk.persons().await);
    let actor = door.desk.actor();
    let (can_check, can_issue, waits) = next_step(&brief, &actor);
    let model = door.desk.language_model().unwrap_or_default().to_owned();
    let mut rephrasings = door.desk.rephrasings(&id).await?;
    rephrasings.retain(|r| r.accepted.is_none());
    rephrasings.reverse();
    rephrasings.truncate(SHOWN);
    let last = brief.history.iter().rev().find(|r| r.state == BriefState::Draft).map(|r| r.version);
    let draft = door.desk.brief(&id, last).await?;
    let writer = Writer { brief: &brief, draft: &draft, stale: &stale };
    let path = brief_link(&brief.id);
    let stale_list = check.as_ref().map(|c| {
        let each = c
            .stale
            .iter()
            .map(|s| (s.figure.clone(), s.was.clone(), s.now.clone().unwrap_or_else(|| "不能再算".to_owned())));
        each.chain(c.chain.iter().map(|fault| ("版本".to_owned(), fault.clone(), String::new()))).collect()
    });
    page(&BriefPage {
        masthead: brief.masthead.name.clone(),
        issue: format!("{}年第{}期", brief.issue.year, brief.issue.number),
        office: brief.masthead.office.clone(),
        title: brief.title.clone(),
        subtitle: brief.subtitle.clone().unwrap_or_default(),
        state: brief.state.label(),
        version: brief.history.last().map_or(0, |r| r.version),
        steps: steps(&brief, &persons),
        sections: writer.sections(),
        evidence: params.one("figure")?.and_then(|figure| brief.figure(figure)).map(|f| writer.evidence(f)),
        stale: stale_list,
        history: brief
            .history
            .iter()
            .map(|r| {
                (r.version, persons.name(&r.author).to_owned(), r.state.label(), r.note.clone(), When::new(r.at, now))
            })
            .collect(),
        instructions: instructions
            .iter()
            .map(|i| {
                let mut view = InstructionView { due_at: i.due_at.map(due_words), ..InstructionView::of(i) };
                for step in &mut view.steps {
                    step.actor = persons.name(&step.actor).to_owned();
                }
                (view, late(i, now))
            })
            .collect(),
        units: door.desk.city().departments.iter().map(|d| d.name.clone()).collect(),
        open: brief.state != BriefState::Issued,
        can_check,
        can_issue,
        waits,
        language_model: model,
        rephrasings: rephrasings.iter().map(RephrasingView::of).collect(),
        files: [
            ("Word", "docx"),
            ("PDF", "pdf"),
            ("网页", "html"),
            ("数据表", "xlsx"),
            ("文本", "md"),
            ("JSON", "json"),
        ]
        .map(|(name, format)| {
            let saved = if matches!(format, "docx" | "pdf" | "xlsx") {
                format!("{}.{format}", brief.id)
            } else {
                String::new()
            };
            (name, link(&format!("/api/v1{path}"), [("format", format)]), saved)
        })
        .to_vec(),
        recheck: link(&path, [("check", "1")]),
        figures: brief.figures.len(),
        quotes: brief.quotes.len(),
        id: brief.id.clone(),
        frame,
    })
}

/// Whether the actor may check or sign now, and if not, what it waits for.
fn next_step(brief: &Brief, actor: &Actor) -> (bool, bool, String) {
    match brief.state {
        BriefState::Draft | BriefState::Edited => match may_not_check(brief, actor) {
            Some(why) => (false, false, why.to_owned()),
            None => (true, false, String::new()),
        },
        BriefState::Checked if actor.may(Right::Sign) => match may_not_sign(brief, actor) {
            Some(why) => (false, false, why.to_owned()),
            None => (false, true, String::new()),
        },
        BriefState::Checked => (false, false, "已核稿,待领导签发".to_owned()),
        BriefState::Issued => (false, false, String::new()),
    }
}

/// Draft, check, sign-off with names and times.
fn steps(brief: &Brief, persons: &Persons) -> Vec<(&'static str, Option<String>, bool)> {
    let hand = |hand: &Option<crate::domain::brief::Hand>| {
        hand.as_ref().map(|h| {
            let at = crate::domain::city_time(h.at).strftime("%m-%d %H:%M").to_string();
            format!("{} {at}", persons.name(&h.name))
        })
    };
    vec![
        ("拟稿", hand(&brief.drafted_by), true),
        ("核稿", hand(&brief.checked_by), brief.checked_by.is_some()),
        ("签发", hand(&brief.issued_by), brief.issued_by.is_some()),
    ]
}

struct Writer<'b> {
    brief: &'b Brief,
    /// As the rules wrote it last.
    draft: &'b Brief,
    stale: &'b BTreeSet<&'b str>,
}

impl Writer<'_> {
    fn sections(&self) -> Vec<SectionView> {
        let headings = outline(&self.brief.sections);
        let ours = |section: &Section| self.draft.sections.iter().find(|s| s.id == section.id);
        let each = self.brief.sections.iter().zip(headings).map(|(section, heading)| SectionView {
            id: section.id.clone(),
            worded: !places(section).is_empty(),
            changed: ours(section).is_some_and(|own| own != section),
            heading,
            annex: section.part == Part::Annex,
            level: section.level,
            blocks: section.blocks.iter().map(|b| self.block(&b.id, &b.content)).collect(),
        });
        each.collect()
    }

    fn block(&self, id: &str, content: &Content) -> BlockView {
        match content {
            Content::Paragraph { runs } | Content::Proposal { runs, .. } => {
                BlockView::Text { place: id.to_owned(), marked: marked(runs), pieces: self.pieces(runs) }
            }
            Content::List { items, .. } => BlockView::List {
                items: items
                    .iter()
                    .enumerate()
                    .map(|(n, runs)| (format!("{id}.{}", n + 1), marked(runs), self.pieces(runs)))
                    .collect(),
            },
            Content::Table { table } => {
                let right: Vec<bool> = table.columns.iter().map(|c| c.align == Align::Right).collect();
                let at = |n: usize| right.get(n).copied().unwrap_or(false);
                BlockView::Table {
                    title: table.title.clone(),
                    heads: table.columns.iter().map(|c| (c.head.clone(), c.align == Align::Right)).collect(),
                    rows: table
                        .rows
                        .iter()
                        .map(|row| row.iter().enumerate().map(|(n, cell)| (self.pieces(cell), at(n))).collect())
                        .collect(),
                    note: table.note.clone().unwrap_or_default(),
                }
            }
            Content::Chart { chart } => {
                BlockView::Chart { title: chart.title.clone(), svg: chart_svg(self.brief, chart) }
            }
        }
    }

    fn pieces(&self, runs: &[Run]) -> Vec<PieceView> {
        runs.iter().map(|run| self.piece(run)).collect()
    }

    fn piece(&self, run: &Run) -> PieceView {
        let text = self.brief.print(run);
        let plain = |kind: &'static str, href: String, hint: String, stale: bool| PieceView {
            text: text.clone(),
            kind,
            href,
            hint,
            stale,
        };
        match run {
            Run::Text(_) => plain("text", String::new(), String::new(), false),
            Run::Figure { id, .. } => {
                let path = brief_link(&self.brief.id);
                let hint = self.brief.figure(id).map(|f| self.hint(f)).unwrap_or_default();
                plain("figure", link(&path, [("figure", id.as_str())]), hint, self.stale.contains(id.as_str()))
            }
            Run::Quote { id } => {
                let ticket = self.brief.quote(id).map(|q| q.ticket.to_string()).unwrap_or_default();
                plain("quote", ticket_link(&ticket), format!("引自工单 {ticket}"), self.stale.contains(id.as_str()))
            }
            Run::Judgement { id } => {
                let who = self.brief.judgement(id).map(|j| match &j.judge {
                    crate::domain::brief::Judge::Rule { name } => format!("研判规则:{name}"),
                    crate::domain::brief::Judge::Analyst { name } => format!("研判员:{name}"),
                });
                plain("judgement", String::new(), who.unwrap_or_default(), false)
            }
        }
    }

    /// One line on where a figure comes from.
    fn hint(&self, figure: &Figure) -> String {
        let counted = self.brief.numerator(figure).map(|c| format!(":{},{}件", c.words, c.tickets.len()));
        let base =
            self.brief.denominator(figure).map(|(base, c)| format!(";分母:{} {}件", base.label(), c.tickets.len()));
        format!("{}{}{}", figure.name, counted.unwrap_or_default(), base.unwrap_or_default())
    }

    fn evidence(&self, figure: &Figure) -> Evidence {
        let cohort = self.brief.numerator(figure);
        let tickets: Vec<(String, String)> = cohort
            .iter()
            .flat_map(|c| &c.tickets)
            .take(LISTED)
            .map(|id| (id.to_string(), ticket_link(id.as_str())))
            .collect();
        let count = cohort.map_or(0, |c| c.tickets.len());
        let path = brief_link(&self.brief.id);
        let inputs = crate::report::facts::ledger::figures_of(&figure.measure);
        let input = |id: &String| {
            let f = self.brief.figure(id)?;
            Some((link(&path, [("figure", id.as_str())]), f.name.clone(), f.shown.clone()))
        };
        Evidence {
            figure: figure.id.clone(),
            shown: figure.shown.clone(),
            name: figure.name.clone(),
            formula: formula_words(self.brief, &figure.measure),
            words: cohort.map(|c| c.words.clone()).unwrap_or_default(),
            count,
            base: self
                .brief
                .denominator(figure)
                .map(|(base, c)| format!("{}:{}({}件)", base.label(), c.words, c.tickets.len()))
                .unwrap_or_default(),
            more: count.saturating_sub(tickets.len()),
            all: address(
                CASES,
                &CaseAsk { group: Some(Group::Figure(self.brief.id.clone(), figure.id.clone())), ..CaseAsk::default() },
            ),
            tickets,
            inputs: inputs.into_iter().filter_map(input).collect(),
        }
    }
}
