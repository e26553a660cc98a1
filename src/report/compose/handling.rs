//! 办理情况: what became of the appeals, by rates with named denominators; units.

use crate::{
    domain::{
        Channel, Outcome, Satisfaction,
        brief::{Base, Fact, FigureId, Run, When, Window},
    },
    report::facts::{NO, UNKNOWN, YES, filter},
};

use super::{
    Composer,
    voice::{self, Slot, figure, some, words},
};

/// A rate of this window and how it moved.
struct Rate {
    rate: FigureId,
    points: Option<FigureId>,
}

/// Writes what is known of the handling; says so if nothing is.
pub(super) fn write(c: &mut Composer<'_>) {
    let dispatch = dispatch(c);
    let due = due(c);
    let revisit = revisit(c, &[]);
    let repeat = repeat(c);
    let open = overdue(c);
    let sentences = vec![dispatch, due, revisit, repeat, open];
    if sentences.iter().take(3).all(Option::is_none) {
        let none = c.say("handling.none", &[]);
        let rest = sentences.into_iter().skip(3).collect::<Vec<_>>();
        c.paragraph([vec![none], rest].concat());
    } else {
        c.paragraph(sentences);
    }
}

/// 派单与直接答复; only where the source records dispatch at all.
fn dispatch(c: &mut Composer<'_>) -> Option<Vec<Run>> {
    let window = c.material.window;
    let all = c.all(&window);
    let sent = c.received("已派发承办单位的诉求", &window, &[(Fact::Dispatched, &[YES])]);
    if c.ledger.size(&sent) == 0 {
        return None;
    }
    let dispatched = c.ledger.count("派单量", &sent);
    c.bases.insert(Base::Dispatched, ("本期受理并派发承办单位的诉求".to_owned(), dispatched.clone()));
    let own =
        c.received("未派单、由平台直接答复办结的诉求", &window, &[(Fact::Dispatched, &[NO]), (Fact::Closed, &[YES])]);
    let direct = c.ledger.count("直接答复量", &own);
    let rate = c.ledger.share("直接解答率", &own, &all, Base::Received, 2);
    c.say(
        "handling.dispatch",
        &[("direct", figure(&direct)), ("dispatched", figure(&dispatched)), ("rate", some(rate.as_ref()))],
    )
}

/// 按时办结率: closed in time among those whose deadline lies in the window.
fn due(c: &mut Composer<'_>) -> Option<Vec<Run>> {
    let window = c.material.window;
    let now = due_rate(c, &window)?;
    let before = c.material.before;
    let before = if c.covers(&before) { due_rate(c, &before) } else { None };
    let due = now.0;
    c.bases.insert(Base::Due, ("办结时限在本期内的诉求".to_owned(), due.clone()));
    let points = before.and_then(|(_, _, rate)| c.ledger.difference("按时办结率比上期", &now.2, &rate));
    c.say(
        "handling.due",
        &[
            ("due", figure(&due)),
            ("ontime", figure(&now.1)),
            ("rate", figure(&now.2)),
            ("points", some(points.as_ref())),
        ],
    )
}

fn due_rate(c: &mut Composer<'_>, window: &Window) -> Option<(FigureId, FigureId, FigureId)> {
    let (name, when) = (c.window_name(window), c.window_prefix(window));
    let window = &past(c, window);
    let base = c.ledger.cohort(format!("办结时限在{name}内的诉求"), filter(When::Due, window, &[]));
    let in_time = c
        .ledger
        .cohort(format!("办结时限在{name}内、按时办结的诉求"), filter(When::Due, window, &[(Fact::OnTime, &[YES])]));
    // A source that records deadlines but never an end would make every rate 0.
    let closed = c.material.rows.iter().any(|row| row.closed.is_some());
    if !closed {
        return None;
    }
    let rate = c.ledger.share(format!("{when}按时办结率"), &in_time, &base, Base::Due, 2)?;
    let due = c.ledger.count(format!("{when}应办结量"), &base);
    Some((due, c.ledger.count(format!("{when}按时办结量"), &in_time), rate))
}

/// 满意率 and, where the source records them, 响应率 and 解决率, among 有效回访 of the window's appeals.
pub(super) fn revisit(c: &mut Composer<'_>, conditions: &[(Fact, &[&str])]) -> Option<Vec<Run>> {
    let window = c.material.window;
    let base = revisited(c, &window, conditions);
    let revisited = c.ledger.count("有效回访量", &base);
    let satisfied = satisfaction(c, conditions)?;
    c.bases.entry(Base::Revisited).or_insert(("本期受理、已有效回访的诉求".to_owned(), revisited.clone()));
    let known = |c: &Composer<'_>, fact: Fact| c.tally(&base, fact).into_iter().map(|(_, n)| n).sum::<usize>() > 0;
    let mut part = |name: &str, fact: Fact, value: &str| {
        if !known(c, fact) {
            return None;
        }
        let mut with = vec![(Fact::Revisited, &[YES] as &[&str])];
        with.extend_from_slice(conditions);
        let value = [value];
        with.push((fact, &value));
        let of = c.received(&format!("有效回访中{}的诉求", value[0]), &window, &with);
        c.ledger.share(name, &of, &base, Base::Revisited, 2)
    };
    let contacted = part("响应率", Fact::Contacted, YES);
    let solved = part("解决率", Fact::Outcome, Outcome::Solved.label());
    c.say(
        "handling.revisit",
        &[
            ("revisited", figure(&revisited)),
            ("satisfied", figure(&satisfied.rate)),
            ("points", some(satisfied.points.as_ref())),
            ("contacted", some(contacted.as_ref())),
            ("solved", some(solved.as_ref())),
        ],
    )
}

fn revisited(c: &mut Composer<'_>, window: &Window, conditions: &[(Fact, &[&str])]) -> String {
    let mut with = vec![(Fact::Revisited, &[YES] as &[&str])];
    with.extend_from_slice(conditions);
    c.received("有效回访的诉求", window, &with)
}

fn satisfaction(c: &mut Composer<'_>, conditions: &[(Fact, &[&str])]) -> Option<Rate> {
    let (window, before) = (c.material.window, c.material.before);
    let rate = satisfaction_in(c, &window, conditions)?;
    let then = if c.covers(&before) { satisfaction_in(c, &before, conditions) } else { None };
    let points = then.and_then(|then| c.ledger.difference("满意率比上期", &rate, &then));
    Some(Rate { rate, points })
}

/// (满意 + 0.9 × 基本满意) / 有效回访
pub(super) fn satisfaction_in(
    c: &mut Composer<'_>,
    window: &Window,
    conditions: &[(Fact, &[&str])],
) -> Option<FigureId> {
    let base = revisited(c, window, conditions);
    let mut part = |value: Satisfaction| {
        let label = [value.label()];
        let mut with = vec![(Fact::Revisited, &[YES] as &[&str])];
        with.extend_from_slice(conditions);
        with.push((Fact::Satisfaction, &label));
        c.received(&format!("有效回访中评价为{}的诉求", label[0]), window, &with)
    };
    let parts = [(100, part(Satisfaction::Satisfied)), (90, part(Satisfaction::Mostly))];
    let name = if conditions.is_empty() { "满意率" } else { "专题诉求满意率" };
    let name = format!("{}{name}", c.window_prefix(window));
    c.ledger.weighted(name, &parts, &base, Base::Revisited)
}

/// 重复投诉率: repeats of the same caller and matter among valid appeals.
fn repeat(c: &mut Composer<'_>) -> Option<Vec<Run>> {
    let rate_in = |c: &mut Composer<'_>, window: &Window| {
        let base = c.received("有效诉求", window, &[(Fact::Valid, &[YES])]);
        let again = c.received("重复反映的有效诉求", window, &[(Fact::Valid, &[YES]), (Fact::Repeat, &[YES])]);
        let when = c.window_prefix(window);
        let rate = c.ledger.share(format!("{when}重复投诉率"), &again, &base, Base::Valid, 2)?;
        let count = c.ledger.count(format!("{when}重复反映量"), &again);
        let base = c.ledger.count(format!("{when}有效诉求"), &base);
        (c.ledger.size(&again) > 0).then_some((count, rate, base))
    };
    let (window, before) = (c.material.window, c.material.before);
    let (count, rate, base) = rate_in(c, &window)?;
    c.bases.insert(Base::Valid, ("受理量扣除错拨、骚扰、测试等无效来电".to_owned(), base));
    let then = if c.covers(&before) { rate_in(c, &before) } else { None };
    let points = then.and_then(|(_, then, _)| c.ledger.difference("重复投诉率比上期", &rate, &then));
    c.say("handling.repeat", &[("repeat", figure(&count)), ("rate", figure(&rate)), ("points", some(points.as_ref()))])
}

/// What of a window is over when the brief is made: what falls due later is not late yet.
fn past(c: &Composer<'_>, window: &Window) -> Window {
    Window { to: window.to.min(c.material.made_at).max(window.from), ..*window }
}

/// Overdue and still open at the end of the window (or when the brief is made), of those that were due in it.
fn overdue(c: &mut Composer<'_>) -> Option<Vec<Run>> {
    let window = past(c, &c.material.window);
    let open =
        c.ledger.cohort("办结时限在本期内、尚未办结的诉求", filter(When::Due, &window, &[(Fact::Closed, &[NO])]));
    if c.ledger.size(&open) == 0 {
        return None;
    }
    let count = c.ledger.count("超期未办结量", &open);
    c.say("handling.open", &[("overdue", figure(&count))])
}

/// 省平台交办 by district.
pub(super) fn province(c: &mut Composer<'_>) -> Option<Vec<Run>> {
    let window = c.material.window;
    let channel = [Channel::Province.label()];
    let with: &[(Fact, &[&str])] = &[(Fact::Channel, &channel)];
    let all = c.received(&format!("受理渠道为{}的诉求", channel[0]), &window, with);
    if c.ledger.size(&all) == 0 {
        return None;
    }
    let count = c.ledger.count(format!("{}诉求量", channel[0]), &all);
    let mut items = Vec::new();
    for (name, _) in c.tally(&all, Fact::District).into_iter().filter(|(name, _)| name != UNKNOWN).take(10) {
        let value = [name.as_str()];
        let of = [(Fact::Channel, &channel as &[&str]), (Fact::District, &value)];
        let cohort = c.received(&format!("受理渠道为{}、区县为{name}的诉求", channel[0]), &window, &of);
        let count = c.ledger.count(format!("{}{name}诉求量", channel[0]), &cohort);
        items.extend(c.say("item.count", &[("name", words(&name)), ("count", figure(&count))]));
    }
    let list = voice::list(items, "、");
    c.say("province", &[("count", figure(&count)), ("list", list)])
}

/// Units by number of appeals, in a sentence.
pub(super) fn units(
    c: &mut Composer<'_>,
    conditions: &[(Fact, &[&str])],
    sentence: &str,
    most: usize,
) -> Option<Vec<Run>> {
    let list = unit_list(c, conditions, most);
    c.say(sentence, &[("list", list)])
}

/// Units with their numbers of appeals, most first.
pub(super) fn unit_list(c: &mut Composer<'_>, conditions: &[(Fact, &[&str])], most: usize) -> Slot {
    let window = c.material.window;
    let all = c.received(if conditions.is_empty() { "全部诉求" } else { "专题诉求" }, &window, conditions);
    let names: Vec<String> =
        c.tally(&all, Fact::Department).into_iter().map(|(name, _)| name).filter(|n| n != UNKNOWN).take(most).collect();
    let mut items = Vec::new();
    for name in names {
        let value = [name.as_str()];
        let mut with = conditions.to_vec();
        with.push((Fact::Department, &value));
        let cohort = c.received(&format!("承办单位为{name}的诉求"), &window, &with);
        let count = c.ledger.count(format!("{name}承办量"), &cohort);
        items.extend(c.say("item.count", &[("name", words(&name)), ("count", figure(&count))]));
    }
    voice::list(items, "、")
}
