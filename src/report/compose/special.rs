//! 专报: one category or topic in depth.

use std::collections::BTreeSet;

use crate::{
    domain::{
        TicketId,
        brief::{Base, Content, Fact, FigureId, QuoteSource, Run, Subject, Unit, Window},
        city_time,
    },
    insight::State,
    report::facts::YES,
};

use super::{
    Composer, advice, charts, focus, handling, opening,
    topics::{self, Level},
    voice::{self, Slot, figure, some, words},
};

/// The conditions that make a subject, as owned values.
pub(super) fn conditions(c: &Composer<'_>, subject: &Subject) -> (Fact, Vec<String>) {
    match subject {
        Subject::Category { code, .. } if code.len() == 2 => (Fact::Category1, vec![code.clone()]),
        Subject::Category { code, .. } => (Fact::Category, vec![code.clone()]),
        Subject::Topic { .. } | Subject::Tickets { .. } => {
            (Fact::Id, c.material.members.iter().map(|id| id.as_str().to_owned()).collect())
        }
    }
}

pub(super) fn name(subject: &Subject) -> &str {
    match subject {
        Subject::Category { name, .. } | Subject::Topic { name, .. } | Subject::Tickets { name } => name,
    }
}

/// What a special brief stands on.
pub(super) struct Ground {
    pub(super) name: String,
    pub(super) cohort: String,
    pub(super) count: FigureId,
    pub(super) change: Option<FigureId>,
    pub(super) share: Option<FigureId>,
    pub(super) callers: FigureId,
    pub(super) n: usize,
    pub(super) before: usize,
    pub(super) code: Option<String>,
}

/// The subject's numbers.
pub(super) fn ground(c: &mut Composer<'_>, subject: &Subject, with: &[(Fact, &[&str])]) -> Ground {
    let name = name(subject).to_owned();
    let (window, before) = (c.material.window, c.material.before);
    let words = format!("涉及{name}的诉求");
    let (cohort, count, change) = c.counted(&name, &words, with);
    let then = c.received(&words, &before, with);
    let before = if c.covers(&before) { c.ledger.size(&then) } else { 0 };
    let all = c.all(&window);
    let share = c.ledger.share(format!("{name}诉求占比"), &cohort, &all, Base::Received, 1);
    let callers = c.ledger.callers(format!("{name}诉求人"), &cohort);
    c.bases.insert(Base::Subject, (format!("本期涉及{name}的诉求"), count.clone()));
    let received = c.ledger.count("受理量", &all);
    c.bases.insert(Base::Received, ("来电时间在本期内的全部诉求".to_owned(), received));
    let code = match subject {
        Subject::Category { code, .. } => Some(code.clone()),
        _ => c.tally(&cohort, Fact::Category).first().map(|(code, _)| code.clone()),
    };
    Ground { name, n: c.ledger.size(&cohort), cohort, count, change, share, callers, before, code }
}

pub(super) fn write(c: &mut Composer<'_>, subject: &Subject) -> (String, Option<String>) {
    let (fact, values) = conditions(c, subject);
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let with: &[(Fact, &[&str])] = &[(fact, &values)];
    let g = ground(c, subject, with);
    basics(c, &g, with);
    let told = problems(c, &g, with);
    causes(c, &g, with);
    trend(c, &g, with);
    c.section(1, "工作建议");
    let mut codes: Vec<String> = c.tally(&g.cohort, Fact::Category).into_iter().map(|(code, _)| code).take(3).collect();
    if let Some(code) = g.code.clone().filter(|code| !codes.contains(code)) {
        codes.push(code);
    }
    let mut answers = vec![g.count.clone()];
    answers.extend(told);
    for code in codes {
        let finding = format!("{}问题", c.category_name(&code));
        advice::on(c, &code, &finding, answers.clone(), 2);
    }
    c.drop_if_empty();
    let judgement = g.code.as_deref().and_then(|code| c.play(code)).map(|play| play.headline.clone());
    (format!("关于{}诉求情况的专报", g.name), judgement)
}

fn basics(c: &mut Composer<'_>, g: &Ground, with: &[(Fact, &[&str])]) {
    let (window, year) = (c.material.window, c.material.year_before);
    c.section(1, "基本情况");
    let last_year = c.received(&format!("涉及{}的诉求", g.name), &year, with);
    let last_year = c.ledger.count(format!("上年同期{}诉求量", g.name), &last_year);
    let covered = c.covers(&year);
    let year = c.ledger.change(format!("{}诉求量同比", g.name), &g.count, &last_year).filter(|_| covered);
    let volume = c.say(
        "special.volume",
        &[
            ("window", words(c.period())),
            ("office", words(&c.style.office)),
            ("subject", words(&g.name)),
            ("count", figure(&g.count)),
            ("share", some(g.share.as_ref())),
            ("change", some(g.change.as_ref())),
            ("year", some(year.as_ref())),
            ("callers", figure(&g.callers)),
        ],
    );
    let repeat = repeat(c, g, with)
        .and_then(|(count, rate)| c.say("special.repeat", &[("repeat", figure(&count)), ("rate", figure(&rate))]));
    let places = focus::districts(c, with, "special.places");
    let towns = focus::towns(c, with);
    let revisit = handling::satisfaction_in(c, &window, with).and_then(|rate| {
        let mut all = with.to_vec();
        all.push((Fact::Revisited, &[YES]));
        let base = c.received("有效回访的专题诉求", &window, &all);
        let count = c.ledger.count("专题诉求有效回访量", &base);
        c.bases.entry(Base::Revisited).or_insert(("本期受理、已有效回访的专题诉求".to_owned(), count.clone()));
        c.say("special.satisfaction", &[("revisited", figure(&count)), ("satisfied", figure(&rate))])
    });
    c.paragraph(vec![volume, repeat, places, towns, revisit]);
    charts::days(c, &format!("{}每日诉求量", g.name), with);
}

/// Repeated appeals of the subject and their share.
pub(super) fn repeat(c: &mut Composer<'_>, g: &Ground, with: &[(Fact, &[&str])]) -> Option<(FigureId, FigureId)> {
    let window = c.material.window;
    let mut all = with.to_vec();
    all.push((Fact::Repeat, &[YES]));
    let again = c.received("重复反映的专题诉求", &window, &all);
    if c.ledger.size(&again) == 0 {
        return None;
    }
    let count = c.ledger.count(format!("{}重复反映量", g.name), &again);
    let rate = c.ledger.share(format!("{}重复反映占比", g.name), &again, &g.cohort, Base::Subject, 1)?;
    Some((count, rate))
}

/// Two to four matters, each with quotes; returns the figures of what was found.
fn problems(c: &mut Composer<'_>, g: &Ground, with: &[(Fact, &[&str])]) -> Vec<FigureId> {
    c.section(1, "主要问题");
    let among: BTreeSet<TicketId> = c.ledger.tickets(&g.cohort).iter().cloned().collect();
    let mut found: Vec<FigureId> = Vec::new();
    let mut taken: BTreeSet<TicketId> = BTreeSet::new();
    for matter in topics::matters(c, Level::Topics, Some((&among, with))).into_iter().take(4) {
        if matter.n * 3 > g.n * 2 && g.n > 30 {
            continue; // the whole subject once more
        }
        if matter.tickets.iter().filter(|id| taken.contains(*id)).count() * 2 > matter.n {
            continue;
        }
        let mut slots = vec![
            ("title", Some(vec![matter.title.clone()])),
            ("count", figure(&matter.count)),
            ("callers", figure(&matter.callers)),
            ("where", matter.place.clone()),
            ("state", course(matter.state)),
        ];
        slots.extend(matter.about());
        let said = c.say("special.topic", &slots);
        let quotes = topics::quotes(c, &matter.quotes, 2);
        let quotes = c.say("focus.quotes", &[("quotes", quotes)]);
        if c.paragraph(vec![said, quotes]) {
            found.push(matter.count.clone());
            taken.extend(matter.tickets);
        }
    }
    if found.len() < 2 {
        by_matter(c, g, with, &mut found, &mut taken);
    }
    let rest: Vec<&str> = among.iter().filter(|id| !taken.contains(*id)).map(TicketId::as_str).collect();
    if !rest.is_empty() && !taken.is_empty() {
        let window = c.material.window;
        let cohort = c.received("未归入上述问题的专题诉求", &window, &named(&rest, with));
        let count = c.ledger.count("其余专题诉求量", &cohort);
        let said = c.say("special.single", &[("count", figure(&count))]);
        c.paragraph(vec![said]);
    }
    c.drop_if_empty();
    found
}

/// Appeals that are named one by one and still have to be of the subject: one that leaves it is no longer counted.
pub(super) fn named<'v>(ids: &'v [&'v str], with: &[(Fact, &'v [&'v str])]) -> Vec<(Fact, &'v [&'v str])> {
    let mut all: Vec<(Fact, &[&str])> = vec![(Fact::Id, ids)];
    // A subject that is a list of appeals itself says nothing more of a part of it.
    all.extend(with.iter().filter(|(fact, _)| *fact != Fact::Id));
    all
}

/// How a topic moves, as a part of a sentence.
fn course(state: State) -> Slot {
    match state {
        State::New => words("属新出现事项"),
        State::Returning => words("属反复出现事项"),
        State::Rising => words("呈上升走势"),
        State::Falling => words("呈下降走势"),
        State::Steady => None,
    }
}

/// Where topics do not divide the subject, its level-2 matters do; where it is one matter, its quotes.
fn by_matter(
    c: &mut Composer<'_>,
    g: &Ground,
    with: &[(Fact, &[&str])],
    found: &mut Vec<FigureId>,
    taken: &mut BTreeSet<TicketId>,
) {
    let window = c.material.window;
    let among: BTreeSet<TicketId> = c.ledger.tickets(&g.cohort).iter().cloned().collect();
    for (code, n) in c.tally(&g.cohort, Fact::Category).into_iter().take(3) {
        let name = c.category_name(&code);
        let left: Vec<TicketId> = among
            .iter()
            .filter(|id| !taken.contains(*id))
            .filter(|id| c.tickets.get(id).is_some_and(|t| t.effective().category.as_deref() == Some(&code)))
            .cloned()
            .collect();
        if left.is_empty() || n < 2 {
            continue;
        }
        let refs: Vec<&str> = left.iter().map(TicketId::as_str).collect();
        let own = [code.as_str()];
        let mut all = named(&refs, with);
        all.push((Fact::Category, &own));
        let cohort = c.received(&format!("专题诉求中{name}的诉求"), &window, &all);
        let count = c.ledger.count(format!("{name}诉求量"), &cohort);
        let callers = c.ledger.callers(format!("{name}诉求人"), &cohort);
        let volume = c
            .say("special.matter", &[("name", words(&name)), ("count", figure(&count)), ("callers", figure(&callers))]);
        let quotes = topics::quotes(c, &left.iter().step_by((left.len() / 2).max(1)).cloned().collect::<Vec<_>>(), 2);
        let quotes = c.say("focus.quotes", &[("quotes", quotes)]);
        if c.paragraph(vec![volume, quotes]) {
            found.push(count);
            taken.extend(left);
        }
    }
}

fn causes(c: &mut Composer<'_>, g: &Ground, with: &[(Fact, &[&str])]) {
    c.section(1, "原因分析");
    let mut items: Vec<Vec<Run>> = Vec::new();
    if let Some(play) = g.code.as_deref().and_then(|code| c.play(code)) {
        for cause in &play.causes {
            let said = c.say("cause.rule", &[("cause", words(cause))]);
            items.extend(c.judge("城市包 playbook 成因", vec![g.count.clone()], None, said));
        }
    }
    // One unit with nearly all of it is no matter of several units.
    let units: Vec<usize> = c
        .tally(&g.cohort, Fact::Department)
        .into_iter()
        .filter(|(u, _)| u != crate::report::facts::UNKNOWN)
        .map(|(_, n)| n)
        .collect();
    let shared = units.first().is_some_and(|most| most * 10 < units.iter().sum::<usize>() * 6);
    if units.len() >= 3 && shared {
        let said = handling::units(c, with, "cause.units", 4);
        items.extend(c.judge("多单位承办", vec![g.count.clone()], None, said));
    }
    if let Some((count, rate)) = repeat(c, g, with) {
        let said = c.say("cause.repeat", &[("repeat", figure(&count)), ("rate", figure(&rate))]);
        items.extend(c.judge("重复反映", vec![rate], None, said));
    }
    items.extend(replies(c, g));
    if !items.is_empty() {
        c.block(Content::List { ordered: true, items });
    }
    c.drop_if_empty();
}

/// Words by which a reply gives a cause.
const CAUSAL: [&str; 6] = ["由于", "原因", "导致", "造成", "所致", "因"];

/// What units said themselves of a cause, quoted from replies: two of different units.
fn replies(c: &mut Composer<'_>, g: &Ground) -> Vec<Vec<Run>> {
    let mut out = Vec::new();
    let mut units: Vec<String> = Vec::new();
    let ids = c.ledger.tickets(&g.cohort).to_vec();
    for id in ids {
        if out.len() == 2 {
            break;
        }
        let Some(ticket) = c.tickets.get(&id).copied() else { continue };
        let Some(unit) = ticket.effective().department.filter(|u| !units.contains(u)) else { continue };
        let reply = ticket.content.handling.reply.as_deref().unwrap_or_default().trim();
        let begins: String = reply.chars().take(60).collect();
        // A reply that tells of no cause does not stand among the causes.
        if reply.chars().count() < 20 || !CAUSAL.iter().any(|word| begins.replace("因此", "").contains(word)) {
            continue;
        }
        let Some(quote) = c.quote(&id, QuoteSource::Reply) else { continue };
        let said = c.say(
            "cause.reply",
            &[("unit", words(&unit)), ("quote", Some(vec![quote])), ("tail", words(opening::tail(id.as_str())))],
        );
        out.extend(said);
        units.push(unit);
    }
    out
}

fn trend(c: &mut Composer<'_>, g: &Ground, with: &[(Fact, &[&str])]) {
    c.section(1, "趋势预判");
    let first = match &g.change {
        Some(change) => {
            let said = match (Composer::by_chance(g.n, g.before), g.n > g.before) {
                (true, _) => c.say("trend.even", &[]),
                (false, true) => c.say("trend.up", &[("change", figure(change))]),
                (false, false) => c.say("trend.down", &[("change", figure(change))]),
            };
            c.judge("环比与随机波动比较", vec![change.clone()], None, said)
        }
        None => unknown(c),
    };
    let range = range(c, g, with).or_else(|| later(c));
    c.paragraph(vec![first, range]);
    c.drop_if_empty();
}

/// Why nothing is said of how the subject moved: the data do not reach back so far, or there was nothing of it.
pub(super) fn unknown(c: &Composer<'_>) -> Option<Vec<Run>> {
    if c.covers(&c.material.before) {
        return c.say("trend.first", &[]);
    }
    let since = c.material.since.map(|at| city_time(at).strftime("%Y年%-m月%-d日").to_string());
    c.say("trend.short", &[("since", since.and_then(words))])
}

/// From when on the next window can be estimated, where the data are too short for it.
fn later(c: &Composer<'_>) -> Option<Vec<Run>> {
    let window = c.material.window;
    let since = c.material.since?;
    let until = since.checked_add(window.to.duration_since(window.from) * WINDOWS as i32).ok()?;
    let day = city_time(until).strftime("%Y年%-m月%-d日").to_string();
    (until > window.to).then(|| c.say("trend.later", &[("until", words(day))]))?
}

/// Windows, this one among them, that the range of the next needs.
const WINDOWS: usize = 4;

/// An 80 % range for the next window from at least four windows: mean ± 1.28·√max(variance + mean/n, mean).
fn range(c: &mut Composer<'_>, g: &Ground, with: &[(Fact, &[&str])]) -> Option<Vec<Run>> {
    let window = c.material.window;
    let length = window.to.duration_since(window.from);
    let mut inputs = vec![g.count.clone()];
    let mut counts = vec![g.n as f64];
    let mut slice = window;
    for _ in 0..c.material.history.min(8) {
        slice = Window { from: slice.from - length, to: slice.from, ..slice };
        if !c.covers(&slice) || !c.material.rows.iter().any(|row| slice.contains(row.received)) {
            break;
        }
        let cohort = c.received(&format!("涉及{}的诉求", g.name), &slice, with);
        counts.push(c.ledger.size(&cohort) as f64);
        inputs.push(c.ledger.count(format!("{}{}诉求量", slice.words(), g.name), &cohort));
    }
    if counts.len() < WINDOWS || g.n < 8 {
        return None;
    }
    let n = counts.len() as f64;
    let mean = counts.iter().sum::<f64>() / n;
    let var = counts.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let half = 1.28 * (var + mean / n).max(mean).sqrt();
    let formula = |sign: &str| format!("各期均值{sign}1.28×√(max(方差+均值÷期数,均值))");
    let mut edge = |name: &str, sign: &str, value: f64| {
        c.ledger.engine(name, formula(sign), inputs.clone(), value.round().max(0.0), Unit::Cases, 0)
    };
    let (low, high) = (edge("下期诉求量下限", "-", mean - half), edge("下期诉求量上限", "+", mean + half));
    let periods = words(voice::numeral(counts.len()));
    let said = c.say("trend.range", &[("periods", periods), ("low", figure(&low)), ("high", figure(&high))]);
    let assumes = Some("假定无重大突发事件和政策调整,诉求来源与前几期相同".to_owned());
    c.methods.push(format!(
        "趋势区间按“{}”估计,名义覆盖率80%,假定无重大突发事件和政策调整;期数较少时仅供参考。",
        formula("±")
    ));
    c.judge("历史同长时段外推", vec![low, high], assumes, said)
}
