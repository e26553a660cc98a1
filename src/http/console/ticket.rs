//! One 工单: what was said, what was suggested and why, what was decided, what happened.

use askama::Template;
use axum::response::Response;
use jiff::Timestamp;

use crate::{
    city::{CityPack, EmergencyNumber},
    desk::{CONCENTRATION, Moment, accounts::Persons},
    domain::{AppealType, Called, Decision, Field, Right, Status, Ticket, Urgency, Whistle, city_date},
    http::{
        Door,
        console::{
            admin::action_word,
            frame::{Frame, When, ticket_link},
            marks::{Mark, Piece, pieces},
            page,
            supervise::on_ticket,
            topics::event_link,
        },
        error::ApiResult,
        extract::Id,
        views::{SimilarView, TicketView, kind_words, labels_line, opening, seen},
    },
    store::{AuditLine, LATEST_READINGS},
    text::mask,
};

/// Past cases shown.
const SIMILAR: usize = 9;
/// Characters of another ticket's text shown where it has no title.
const HEAD: usize = 30;

#[derive(Template)]
#[template(path = "ticket.html")]
struct TicketPage {
    frame: Frame,
    view: TicketView,
    title: Vec<Piece>,
    text: Vec<Piece>,
    received: When,
    registered: When,
    urgency_word: &'static str,
    decisions: Vec<DecisionRow>,
    audit: Vec<AuditRow>,
    /// Whether the ticket was looked at more often than is shown.
    readings_cut: bool,
    /// 督办 on it, rendered.
    orders: String,
    /// 重复, 同一事件, 同类, kept apart.
    related: Vec<(String, Vec<SimilarView>)>,
    /// 同一来电: number, title.
    same_call: Vec<(String, String)>,
    moments: Vec<MomentRow>,
    watches: Vec<WatchRow>,
    /// The day, as a field of a form takes it.
    today: String,
    /// Whether it is in 二次办理, so that doing so once more moves the promised day.
    again: bool,
    /// 吹哨: by when, and units with the time at which they reported in.
    whistles: Vec<WhistleRow>,
    /// Units that have not reported in.
    missing: Vec<String>,
    /// Whether the reader's unit only assists.
    assists: bool,
    /// What may be done with it now.
    open: Vec<&'static str>,
    departments: Vec<String>,
    emergency: Vec<EmergencyNumber>,
    /// Words of the cues and why, each once.
    cues: Vec<(String, String)>,
    /// What it may be decided to be, for those who may decide.
    choices: Option<Choices>,
    /// The event that it is in: title, tickets, callers, link for those who may open it.
    event: Option<(String, usize, usize, Option<String>)>,
    /// The parent ticket that it is attached to: link, id, one reply for all.
    parent: Option<(String, String, Option<String>)>,
}

/// Values and words of what may be decided; departments stand in the page.
#[derive(Debug)]
struct Choices {
    types: Vec<(String, String)>,
    categories: Vec<(String, String)>,
    levels: Vec<(String, String)>,
}

impl Choices {
    fn of(pack: &CityPack) -> Self {
        let categories = pack.taxonomy.categories().iter();
        Self {
            types: AppealType::ALL.iter().map(|t| (t.label().to_owned(), t.label().to_owned())).collect(),
            categories: categories.map(|c| (c.code.clone(), format!("{} / {}", c.level1, c.level2))).collect(),
            levels: Urgency::ALL.iter().map(|u| (u.code().to_owned(), format!("{} {}", u.code(), u.label()))).collect(),
        }
    }
}

#[derive(Debug)]
struct WhistleRow {
    due: When,
    units: Vec<(String, Option<When>)>,
}

#[derive(Debug)]
struct MomentRow {
    when: When,
    label: &'static str,
    who: String,
    about: String,
    words: String,
}

#[derive(Debug)]
struct WatchRow {
    name: &'static str,
    due: When,
    pace: &'static str,
    words: String,
}

#[derive(Debug)]
struct DecisionRow {
    when: When,
    actor: String,
    kind: &'static str,
    labels: String,
    reason: Option<String>,
    answered: Option<String>,
}

#[derive(Debug)]
struct AuditRow {
    when: When,
    actor: String,
    action: String,
    detail: String,
}

impl TicketPage {
    fn ticket_link(&self, id: &str) -> String {
        ticket_link(id)
    }

    fn may(&self, deed: &str) -> bool {
        self.open.contains(&deed)
    }

    fn percent(&self, p: impl std::borrow::Borrow<f32>) -> String {
        percent(*p.borrow())
    }

    fn city_time(&self, at: &str) -> String {
        at.replace('T', " ").replace("+08:00", "")
    }
}

/// A probability as people read it: never as certain as rounding would make it.
fn percent(p: f32) -> String {
    match p {
        p if p >= 0.9995 => ">99.9%".to_owned(),
        p if p < 0.0005 => "<0.1%".to_owned(),
        p => format!("{:.1}%", p * 100.0),
    }
}

/// The page.
pub(crate) async fn ticket(door: Door, Id(id): Id) -> ApiResult<Response> {
    let ticket = door.desk.get(&id).await?;
    let (decisions, audit) = door.desk.history_of(&ticket).await?;
    // A page without past cases is better than none, so an index that does not answer is left out.
    let similar = door.desk.similar_to(&ticket, SIMILAR).await.unwrap_or_default();
    let progress = door.desk.progress_of(&ticket, &audit).await?;
    let same_call = door.desk.same_call(&id).await.unwrap_or_default();
    let open = door.desk.opens(&[&ticket.id]).await?;
    let (pack, now) = (door.desk.city(), door.desk.now());
    let view = TicketView::of(&ticket, &pack, open);
    let frame = Frame::of(&door.desk, format!("工单 {id}"), "/tickets").await;
    let orders = on_ticket(&door, &ticket, &frame.csrf).await?;
    let persons = door.desk.persons().await;
    let hot = door.desk.hot();
    let may = door.desk.actor().may(Right::Insight);
    // its title and numbers are of the whole city
    let whole = door.desk.actor().reach.is_all();
    let event = hot.as_deref().filter(|_| whole).and_then(|hot| hot.event_of(id.as_str())).map(|e| {
        let title = mask(&e.portrait.title).text;
        (title, e.tickets.len(), e.portrait.callers, may.then(|| event_link(&e.id)))
    });
    let parent = hot
        .as_deref()
        .and_then(|hot| hot.parent_of_ticket(id.as_str()))
        .map(|p| (ticket_link(&p.ticket), p.ticket.clone(), p.reply.as_ref().map(|(text, ..)| seen(text, open))));
    page(&TicketPage {
        orders,
        frame,
        title: marked(&ticket, Field::Title, &view.title),
        text: marked(&ticket, Field::Text, &view.text),
        received: When::new(ticket.received_at, now),
        registered: When::new(ticket.registered_at, now),
        urgency_word: ticket.effective().urgency.map_or("", |u| u.label()),
        decisions: decisions.iter().map(|d| decision_row(d, &pack, &persons, open, now)).collect(),
        readings_cut: audit.iter().filter(|line| line.action == "read").count() as u64 >= LATEST_READINGS,
        audit: audit.iter().map(|line| audit_row(line, &pack, &persons, open, now)).collect(),
        cues: cues(&view),
        related: related(similar.iter().map(|case| SimilarView::of(case, &pack))),
        same_call: same_call.iter().map(|t| (t.id.to_string(), headline(t))).collect(),
        moments: progress.moments.iter().map(|moment| moment_row(moment, &persons, open, now)).collect(),
        watches: progress
            .watches
            .into_iter()
            .map(|w| WatchRow { name: w.name, due: When::new(w.due, now), pace: w.pace.code(), words: w.words })
            .collect(),
        whistles: whistles(&ticket, now),
        missing: missing(&ticket),
        today: city_date(now).to_string(),
        again: ticket.status == Status::SecondRound,
        assists: door.desk.only_assists(&ticket),
        open: progress.open,
        departments: pack.departments.iter().map(|d| d.name.clone()).collect(),
        choices: (door.desk.actor().may(Right::Decide) && !door.desk.only_assists(&ticket)).then(|| Choices::of(&pack)),
        emergency: pack.emergency.clone(),
        event,
        parent,
        view,
    })
}

fn whistles(ticket: &Ticket, now: Timestamp) -> Vec<WhistleRow> {
    let called = |own: &Called| (own.unit.clone(), own.reported_at.map(|at| When::new(at, now)));
    let row = |whistle: &Whistle| WhistleRow {
        due: When::new(whistle.due_at, now),
        units: whistle.units.iter().map(called).collect(),
    };
    ticket.content.handling.whistles.iter().map(row).collect()
}

fn missing(ticket: &Ticket) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    let called = ticket.content.handling.whistles.iter().flat_map(|whistle| &whistle.units);
    for own in called.filter(|own| own.reported_at.is_none()) {
        if !units.contains(&own.unit) {
            units.push(own.unit.clone());
        }
    }
    units
}

/// Past cases by relation, in the order in which the desk gives them.
fn related(cases: impl Iterator<Item = SimilarView>) -> Vec<(String, Vec<SimilarView>)> {
    let mut groups: Vec<(String, Vec<SimilarView>)> = Vec::new();
    for case in cases {
        match groups.iter_mut().find(|(label, _)| *label == case.relation_label) {
            Some((_, own)) => own.push(case),
            None => groups.push((case.relation_label.clone(), vec![case])),
        }
    }
    groups
}

fn headline(ticket: &Ticket) -> String {
    opening(&ticket.content.appeal, HEAD)
}

fn moment_row(moment: &Moment, persons: &Persons, open: bool, now: Timestamp) -> MomentRow {
    MomentRow {
        when: When::new(moment.at, now),
        label: moment.label,
        who: moment.who.as_deref().map(|who| persons.name(who).to_owned()).unwrap_or_default(),
        about: seen(&moment.about, open),
        words: seen(&moment.words, open),
    }
}

fn cues(view: &TicketView) -> Vec<(String, String)> {
    let mut once: Vec<(String, String)> = Vec::new();
    for cue in view.suggestion.iter().flat_map(|s| &s.wire.urgency.cues) {
        let pair = (cue.text.clone(), cue.note.clone());
        if !once.contains(&pair) {
            once.push(pair);
        }
    }
    once
}

fn marked(ticket: &Ticket, field: Field, text: &str) -> Vec<Piece> {
    let Some(suggestion) = &ticket.suggestion else { return pieces(text, 0, []) };
    let reasons = suggestion.reasons.iter().map(|r| (r.at, Mark::Reason));
    let places = suggestion.places.iter().map(|p| (p.at, Mark::Place));
    let cues = suggestion.urgency.cues.iter().map(|c| (c.at, Mark::Cue));
    let here = reasons.chain(places).chain(cues).filter(|(at, _)| at.field == field);
    pieces(text, 0, here.map(|(at, mark)| (at.span, mark)))
}

fn decision_row(decision: &Decision, pack: &CityPack, persons: &Persons, open: bool, now: Timestamp) -> DecisionRow {
    let answered = decision.suggestion.as_ref().map(|s| {
        let category = s.category.first().map(|c| {
            let name = pack.taxonomy.get(&c.label).map_or(c.label.as_str(), |known| known.level2.as_str());
            format!("类别 {name} {}", percent(c.p))
        });
        let department = s.department.first().map(|d| format!("主办 {} {}", d.label, percent(d.p)));
        let level = Some(format!("急度 {}", s.urgency.level.code()));
        [category, department, level].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    });
    DecisionRow {
        when: When::new(decision.at, now),
        actor: persons.name(&decision.actor.name).to_owned(),
        kind: kind_words(decision.kind).1,
        labels: labels_line(&decision.labels, pack),
        reason: decision.reason.as_deref().map(|reason| seen(reason, open)),
        answered,
    }
}

fn audit_row(line: &AuditLine, pack: &CityPack, persons: &Persons, open: bool, now: Timestamp) -> AuditRow {
    let action = action_word(&line.action);
    AuditRow {
        when: When::new(line.at, now),
        actor: persons.name(&line.actor).to_owned(),
        action: action.to_owned(),
        detail: in_words(&seen(&line.detail, open), pack),
    }
}

/// An audit detail in the words of the house. What a person wrote (after the first `: `) stays.
pub(super) fn in_words(detail: &str, pack: &CityPack) -> String {
    let (ours, written) = detail.split_once(": ").map_or((detail, None), |(ours, rest)| (ours, Some(rest)));
    let word = |token: &str| match token {
        "->" => "→".to_owned(),
        "-" => "无".to_owned(),
        "rule" => "规则".to_owned(),
        "model" => "模型".to_owned(),
        "pack" => "城市包".to_owned(),
        "type" => "类型".to_owned(),
        "category" => "类别".to_owned(),
        "department" => "主办".to_owned(),
        "urgency" => "急度".to_owned(),
        "flags" => "标记".to_owned(),
        "person" => "人工".to_owned(),
        "session" => "会话".to_owned(),
        "password" => "密码".to_owned(),
        "disabled" => "停用".to_owned(),
        "enabled" => "启用".to_owned(),
        "over" => "到期".to_owned(),
        "software" => "软件".to_owned(),
        "(suggested" => "(建议".to_owned(),
        CONCENTRATION => "集中预警".to_owned(),
        token if token.starts_with("p=") => token.replacen("p=", "概率 ", 1),
        rule if pack.rules.iter().any(|known| known.id == rule) => {
            let known = pack.rules.iter().find(|known| known.id == rule);
            known.map_or_else(String::new, |known| format!("“{}”", known.note))
        }
        code => pack.taxonomy.get(code).map_or_else(|| code.to_owned(), |known| known.level2.clone()),
    };
    let ours = match ours {
        "as suggested" => "与建议一致".to_owned(),
        "nothing changed" => "未改变".to_owned(),
        tokens => tokens.split(' ').map(word).collect::<Vec<_>>().join(" "),
    };
    written.map_or_else(|| ours.clone(), |written| format!("{ours}:{written}"))
}
