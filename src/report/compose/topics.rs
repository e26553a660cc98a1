//! Events and topics of `insight` as a brief tells of them.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use crate::{
    domain::{
        AppealType, Ticket, TicketId,
        brief::{Fact, FigureId, QuoteSource, Run, Unit, Window},
    },
    insight::{Heat, Portrait, State},
    report::{facts::UNKNOWN, quoting::covered},
};

use super::{
    Composer,
    special::named,
    voice::{self, Slot, figure, words},
};

/// Fewest callers of whom a brief speaks as a group.
pub(super) const FEWEST: usize = 5;

/// An event or topic inside the window.
#[derive(Clone, Debug)]
pub(super) struct Matter {
    /// Its appeals in the window.
    pub(super) tickets: Vec<TicketId>,
    pub(super) title: Run,
    pub(super) count: FigureId,
    pub(super) callers: FigureId,
    pub(super) n: usize,
    pub(super) state: State,
    pub(super) place: Slot,
    pub(super) heat: FigureId,
    /// Level-1 code of most of them.
    pub(super) level1: Option<String>,
    /// The level-2 matter of at least six in ten of them; with their number where it is not that of all.
    pub(super) main: Option<(String, Option<FigureId>)>,
    /// Appeals to quote, far from each other.
    pub(super) quotes: Vec<TicketId>,
}

/// Which of the two levels.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Events,
    Topics,
}

/// The appeals of a special brief with the conditions that make them.
pub(super) type Among<'a> = (&'a BTreeSet<TicketId>, &'a [(Fact, &'a [&'a str])]);

/// Those with at least five callers in the window, hottest first; `among` narrows them to appeals of a
/// special brief.
pub(super) fn matters(c: &mut Composer<'_>, level: Level, among: Option<Among<'_>>) -> Vec<Matter> {
    let Some(findings) = c.material.findings else { return Vec::new() };
    let last_week = last_week(c);
    let mut out = Vec::new();
    match level {
        Level::Events => {
            for event in &findings.events {
                let heat = (&event.heat, &last_week);
                out.extend(matter(c, &event.tickets, &event.portrait, heat, event.state, among));
            }
        }
        Level::Topics => {
            for topic in &findings.topics {
                let heat = (&topic.heat, &last_week);
                out.extend(matter(c, &topic.tickets, &topic.portrait, heat, topic.state, among));
            }
        }
    }
    let heat = |c: &Composer<'_>, m: &Matter| c.ledger.value(&m.heat).top;
    out.sort_by(|a, b| heat(c, b).cmp(&heat(c, a)).then(b.n.cmp(&a.n)).then_with(|| a.tickets.cmp(&b.tickets)));
    out
}

/// The week up to the last appeal that was listened to: over it heat is measured.
fn last_week(c: &Composer<'_>) -> Window {
    let window = c.material.window;
    let times = c.material.rows.iter().map(|row| row.received).filter(|at| *at < window.to);
    let to = times.max().unwrap_or(window.to) + SignedDuration::from_secs(1);
    Window { from: to - SignedDuration::from_hours(7 * 24), to, ..window }
}

fn matter(
    c: &mut Composer<'_>,
    tickets: &[String],
    portrait: &Portrait,
    (heat, last_week): (&Heat, &Window),
    state: State,
    among: Option<Among<'_>>,
) -> Option<Matter> {
    let window = c.material.window;
    let members: BTreeSet<&str> = tickets.iter().map(String::as_str).collect();
    let rows: Vec<_> = members
        .iter()
        .filter_map(|id| c.ledger.rows().get(id))
        .filter(|row| window.contains(row.received))
        .filter(|row| among.is_none_or(|(ids, _)| ids.contains(&row.id)))
        .collect();
    if crate::report::facts::callers(rows.iter().copied()) < FEWEST {
        return None;
    }
    let mut rows = rows;
    rows.sort_by_key(|row| (row.received, row.id.clone()));
    let ids: Vec<TicketId> = rows.iter().map(|row| row.id.clone()).collect();
    let own: Vec<&str> = ids.iter().map(TicketId::as_str).collect();
    let with = among.map_or(&[] as &[(Fact, &[&str])], |(_, with)| with);
    let cohort = c.received("归并为同一事项的诉求", &window, &named(&own, with));
    let most =
        c.tally(&cohort, Fact::Category).into_iter().find(|(code, n)| code != UNKNOWN && n * 10 >= ids.len() * 6);
    // One that is not about what most are about speaks for none of them.
    let speakers: Vec<TicketId> = match &most {
        Some((code, _)) => {
            rows.iter().filter(|r| r.value(Fact::Category) == Some(code)).map(|r| r.id.clone()).collect()
        }
        None => ids.clone(),
    };
    // Thanks are no trouble to tell of, unless a brief asks for them.
    let thanks = |(value, n): &(String, usize)| value == AppealType::Praise.label() && n * 2 > ids.len();
    if among.is_none() && c.tally(&cohort, Fact::AppealType).first().is_some_and(thanks) {
        return None;
    }
    let title = title(c, &speakers, portrait)?;
    let main = most.map(|(code, n)| {
        let name = c.category_name(&code);
        let part = (n < ids.len()).then(|| {
            let mut narrowed = named(&own, with);
            let code = [code.as_str()];
            narrowed.push((Fact::Category, &code));
            let part = c.received(&format!("归并为同一事项、二级分类为{name}的诉求"), &window, &narrowed);
            c.ledger.count(format!("同一事项{name}诉求量"), &part)
        });
        (name, part)
    });
    let count = c.ledger.count("同一事项诉求量", &cohort);
    let callers = c.ledger.callers("同一事项诉求人", &cohort);
    // Of the last week of all appeals that were listened to, not of the brief's window: what it rests on is counted
    // there.
    let members: Vec<&str> = members.into_iter().collect();
    let recent = c.received("归并为同一事项的诉求", last_week, &[(Fact::Id, &members)]);
    let inputs =
        vec![c.ledger.callers("近一周同一事项诉求人", &recent), c.ledger.count("近一周同一事项诉求量", &recent)];
    let worked = format!(
        "最近一周全部成员:log2(1+诉求人{})×(1+增幅{:.3})×(1+重复占比{:.3}÷2)×(1+未解决占比{:.3}÷2)",
        heat.callers, heat.growth, heat.repeats, heat.unsolved
    );
    let heat = c.ledger.engine("近一周热度", worked, inputs, heat.value, Unit::Plain, 1);
    let level1 = c.tally(&cohort, Fact::Category1).into_iter().map(|(code, _)| code).find(|code| code != UNKNOWN);
    let quotes = portrait.quotes.iter().filter_map(|(id, _)| speakers.iter().find(|own| own.as_str() == id).cloned());
    let mut quotes: Vec<TicketId> = quotes.collect();
    for id in &speakers {
        if quotes.len() < 2 && !quotes.contains(id) {
            quotes.push(id.clone());
        }
    }
    Some(Matter {
        place: place(c, &cohort),
        n: ids.len(),
        tickets: ids,
        title,
        count,
        callers,
        state,
        heat,
        level1,
        main,
        quotes,
    })
}

impl Matter {
    /// Whether both are of one level-2 matter and of no other.
    pub(super) fn is_wholly_like(&self, other: &Self) -> bool {
        matches!((&self.main, &other.main), (Some((own, None)), Some((theirs, None))) if own == theirs)
    }

    /// What it is about, as slots: `whole` where all are of one level-2 matter, `matter` and `main` where most are.
    pub(super) fn about(&self) -> [(&'static str, Slot); 3] {
        match &self.main {
            Some((name, None)) => [("whole", words(name)), ("matter", None), ("main", None)],
            Some((name, Some(part))) => [("whole", None), ("matter", words(name)), ("main", figure(part))],
            None => [("whole", None), ("matter", None), ("main", None)],
        }
    }
}

/// The title of the member that says it best (the portrait's own choice), as a quote.
fn title(c: &mut Composer<'_>, ids: &[TicketId], portrait: &Portrait) -> Option<Run> {
    // What was said in confidence names nothing: the next member speaks.
    let titled = |id: &&TicketId| {
        let open = |t: &&&Ticket| !t.content.caller.confidential && !t.content.appeal.title.trim().is_empty();
        c.tickets.get(id).filter(open).is_some()
    };
    let chosen = |id: &&TicketId| portrait.said_by.as_deref() == Some(id.as_str());
    let said = covered(&portrait.matter);
    // Covering keeps the number of characters: most titles need not be read for that.
    let long = said.chars().count();
    let is_it = |title: &str| title.chars().count() == long && covered(title) == said;
    // the one it was taken from may lie outside the window; another may say the same in it
    let same = |id: &&TicketId| c.tickets.get(id).is_some_and(|t| is_it(&t.content.appeal.title));
    let best = ids.iter().filter(titled).find(chosen).or_else(|| ids.iter().filter(titled).find(same)).cloned();
    let order: Vec<TicketId> = best.into_iter().chain(ids.iter().filter(titled).cloned()).collect();
    let by_title = order.iter().find_map(|id| c.quote(id, QuoteSource::Title));
    by_title.or_else(|| ids.iter().find_map(|id| c.quote(id, QuoteSource::Text)))
}

/// Where it is: the town if most of it and at least five callers are there, else the district.
fn place(c: &Composer<'_>, cohort: &str) -> Slot {
    let size = c.ledger.size(cohort);
    let most = |fact: Fact| c.tally(cohort, fact).into_iter().find(|(name, n)| name != UNKNOWN && n * 10 >= size * 6);
    if let Some((town, _)) = most(Fact::Town) {
        let members = c.ledger.rows().named(c.ledger.tickets(cohort));
        let there = members.filter(|r| r.value(Fact::Town) == Some(&town));
        if crate::report::facts::callers(there) >= FEWEST {
            return words(town.replace('/', ""));
        }
    }
    most(Fact::District).and_then(|(district, _)| words(district))
}

/// `“……”(工单尾号0123)` of up to `most` appeals.
pub(super) fn quotes(c: &mut Composer<'_>, from: &[TicketId], most: usize) -> Slot {
    let mut items: Vec<Vec<Run>> = Vec::new();
    for id in from {
        if items.len() == most {
            break;
        }
        let Some(quote) = c.quote(id, QuoteSource::Text) else { continue };
        let slots = [("quote", Some(vec![quote])), ("tail", words(super::opening::tail(id.as_str())))];
        items.extend(c.say("item.quote", &slots));
    }
    voice::list(items, ";")
}

/// 异动: what is new, rising or back.
pub(super) fn moves(c: &mut Composer<'_>, most: usize) -> usize {
    let moving = matters(c, Level::Events, None);
    let mut items = Vec::new();
    for m in moving.iter().filter(|m| matches!(m.state, State::New | State::Rising | State::Returning)).take(most) {
        let mut slots = vec![
            ("where", m.place.clone()),
            ("title", Some(vec![m.title.clone()])),
            ("count", figure(&m.count)),
            ("callers", figure(&m.callers)),
            ("state", words(m.state.label())),
            ("heat", figure(&m.heat)),
        ];
        slots.extend(m.about());
        items.extend(c.say("moves.topic", &slots));
    }
    let told = items.len();
    if c.material.findings.is_none() {
        // Nobody looked: that nothing is new must not be said.
        c.methods.push("本期诉求量超出一次事件归并的上限,未作归并,新增和上升事项未列。".to_owned());
    } else if told == 0 {
        let none = c.say("moves.none", &[]);
        c.paragraph(vec![none]);
    } else {
        c.block(crate::domain::brief::Content::List { ordered: true, items });
        c.methods.push(
            "各事项按热度排序,热度按最近一周的“log2(1+诉求人)×(1+增幅)×(1+重复占比÷2)×(1+未解决占比÷2)”计算;\
             同一事项由程序按时间、地点和内容归并,归并结果供人工复核。"
                .to_owned(),
        );
    }
    told
}
