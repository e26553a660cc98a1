//! 考核: the sum of the 考核期 so far, who stands first and last in it, what is late, and the table of the units.

use jiff::{SignedDuration, ToSpan, civil::Time};

use crate::{
    city::{BriefStyle, CityPack},
    domain::{
        Outcome, Satisfaction,
        brief::{Align, Base, Column, Content, Fact, FigureId, Form, Part, Run, Table, When, Window},
        city_date, city_instant,
    },
    report::facts::{NO, UNKNOWN, YES, filter},
};

use super::{
    Composer, handling,
    voice::{self, figure, some, words},
};

/// Units with fewer 有效回访 are not ranked: a rate of three calls says nothing.
const FEWEST: usize = 5;
/// Weeks of the table of the last three at most.
const MOST_WEEKS: usize = 4;
/// Units of the table at most.
const MOST_UNITS: usize = 60;
/// Days after the deadline for which a brief tells of what is still open.
const LONG_OVERDUE: i64 = 62;

/// The 考核期 up to the end of a window, and as much of the one before; none where the pack has none.
pub fn assessment(window: &Window, pack: &CityPack) -> Option<(Window, Window)> {
    periods(window, pack.brief.as_ref()?)
}

fn periods(window: &Window, style: &BriefStyle) -> Option<(Window, Window)> {
    let day = i8::try_from(style.assessment_day?).ok()?;
    let cut = Time::new(i8::try_from(window.cut_hour).ok()?, 0, 0, 0).ok()?;
    let begins = |months: i64| {
        let month = city_date(window.from).first_of_month().checked_sub(months.months()).ok()?;
        let first = month.with().day(day).build().ok()?;
        Some(city_instant(first.to_datetime(cut)))
    };
    let back = (0..2).find(|months| begins(*months).is_some_and(|at| at <= window.from))?;
    let (from, earlier) = (begins(back)?, begins(back + 1)?);
    let so_far = window.to.duration_since(from);
    let until = earlier.checked_add(so_far).ok()?.min(from);
    let cut_hour = window.cut_hour;
    Some((Window { from, to: window.to, cut_hour }, Window { from: earlier, to: until, cut_hour }))
}

/// Deadlines of what is over by more than a day at the end of a window, as far back as a brief looks.
pub fn long_overdue(window: &Window) -> Window {
    let day = SignedDuration::from_hours(24);
    Window { from: window.to - day * LONG_OVERDUE as i32, to: window.to - day, cut_hour: window.cut_hour }
}

/// 考核期累计 with 环比 against as many days of the one before.
pub(super) fn so_far(c: &mut Composer<'_>) -> Option<Vec<Run>> {
    let (now, before) = periods(&c.material.window, c.style)?;
    // A 考核期 that began before the first stored appeal has no sum.
    if !c.covers(&now) {
        return None;
    }
    let covered = c.covers(&before);
    let all = c.all(&now);
    let received = c.ledger.count("考核期累计受理量", &all);
    let then = c.all(&before);
    let then = c.ledger.count("上一考核期同期受理量", &then);
    let change = c.ledger.change("考核期累计受理量环比", &received, &then).filter(|_| covered);
    let rate = handling::satisfaction_in(c, &now, &[]);
    let then = if covered { handling::satisfaction_in(c, &before, &[]) } else { None };
    let points = rate.as_ref().zip(then).and_then(|(now, then)| c.ledger.difference("考核期满意率环比", now, &then));
    c.say(
        "assess.total",
        &[
            ("window", words(now.words())),
            ("received", figure(&received)),
            ("change", some(change.as_ref())),
            ("satisfied", some(rate.as_ref())),
            ("points", some(points.as_ref())),
        ],
    )
}

/// 超期黄橙红: due within a day, over by a day at most, over by more.
pub(super) fn lights(c: &mut Composer<'_>) -> Option<Vec<Run>> {
    let window = c.material.window;
    let day = SignedDuration::from_hours(24);
    let mut open = |name: &str, range: Window| {
        let words = format!("办结时限在{}、尚未办结的诉求", range.words());
        let cohort = c.ledger.cohort(words, filter(When::Due, &range, &[(Fact::Closed, &[NO])]));
        (c.ledger.size(&cohort), c.ledger.count(name, &cohort))
    };
    let red = open("超期逾一日未办结量", long_overdue(&window));
    let orange = open("超期一日内未办结量", Window { from: window.to - day, ..window });
    let yellow = open("一日内到期未办结量", Window { from: window.to, to: window.to + day, ..window });
    if red.0 + orange.0 + yellow.0 == 0 {
        return None;
    }
    c.methods.push(
        "黄色为一日内到期、橙色为超期一日内、红色为超期逾一日而尚未办结的诉求;红色只计近两个月内到期的。".to_owned(),
    );
    c.say("lights", &[("red", figure(&red.1)), ("orange", figure(&orange.1)), ("yellow", figure(&yellow.1))])
}

/// One unit's rates in the 考核期.
struct Unit {
    name: String,
    handled: FigureId,
    revisited: FigureId,
    n: usize,
    contacted: Option<FigureId>,
    solved: Option<FigureId>,
    satisfied: FigureId,
    /// 综合成绩, where all three rates are known; else 满意率.
    score: FigureId,
}

/// One unit's rates in a window; `when` tells its figures from those of other windows. None without 有效回访.
fn unit(c: &mut Composer<'_>, name: String, window: &Window, told: (&str, bool, bool)) -> Option<Unit> {
    let (when, contacts, outcomes) = told;
    let unit = [name.as_str()];
    let own = c.received(&format!("{when}承办单位为{name}的诉求"), window, &[(Fact::Department, &unit)]);
    let mut part = |words: &str, more: &[(Fact, &[&str])]| {
        let mut with: Vec<(Fact, &[&str])> = vec![(Fact::Department, &unit), (Fact::Revisited, &[YES])];
        with.extend_from_slice(more);
        c.received(&format!("{when}承办单位为{name}、有效回访{words}的诉求"), window, &with)
    };
    let base = part("", &[]);
    let rung = part("中已联系", &[(Fact::Contacted, &[YES])]);
    let solved = part("中已解决", &[(Fact::Outcome, &[Outcome::Solved.label()])]);
    let good = part("中满意", &[(Fact::Satisfaction, &[Satisfaction::Satisfied.label()])]);
    let mostly = part("中基本满意", &[(Fact::Satisfaction, &[Satisfaction::Mostly.label()])]);
    let ledger = &mut c.ledger;
    let mut rate = |what: &str, parts: &[(u8, String)]| {
        ledger.weighted(format!("{name}{when}{what}"), parts, &base, Base::Revisited)
    };
    let contact_rate = rate("响应率", &[(100, rung.clone())]).filter(|_| contacts);
    let solved_rate = rate("解决率", &[(100, solved.clone())]).filter(|_| outcomes);
    let satisfied = rate("满意率", &[(100, good.clone()), (90, mostly.clone())])?;
    let whole = rate("综合成绩", &[(10, rung), (50, solved), (40, good), (36, mostly)]);
    Some(Unit {
        handled: c.ledger.count(format!("{name}{when}承办量"), &own),
        revisited: c.ledger.count(format!("{name}{when}有效回访量"), &base),
        n: c.ledger.size(&base),
        contacted: contact_rate,
        solved: solved_rate,
        score: whole.filter(|_| contacts && outcomes).unwrap_or_else(|| satisfied.clone()),
        satisfied,
        name,
    })
}

/// The units with their rates, best first; whether all three rates are recorded; the time that they are of.
fn units(c: &mut Composer<'_>) -> (Vec<Unit>, bool, Window) {
    // A 考核期 that the data do not reach back over ranks nobody: the brief's own window does.
    let period = periods(&c.material.window, c.style).map(|(now, _)| now).filter(|now| c.covers(now));
    let window = period.unwrap_or(c.material.window);
    let all = c.received("有效回访的诉求", &window, &[(Fact::Revisited, &[YES])]);
    let known = |c: &Composer<'_>, fact: Fact| !c.tally(&all, fact).is_empty();
    let (contacts, outcomes) = (known(c, Fact::Contacted), known(c, Fact::Outcome));
    let names: Vec<String> = c.tally(&all, Fact::Department).into_iter().map(|(name, _)| name).collect();
    let mut out = Vec::new();
    for name in names.into_iter().filter(|name| name != UNKNOWN).take(MOST_UNITS) {
        out.extend(unit(c, name, &window, ("", contacts, outcomes)));
    }
    out.sort_by(|a, b| {
        let (x, y) = (c.ledger.value(&a.score), c.ledger.value(&b.score));
        let better = (i128::from(y.top) * i128::from(x.bottom)).cmp(&(i128::from(x.top) * i128::from(y.bottom)));
        better.then(b.n.cmp(&a.n)).then_with(|| a.name.cmp(&b.name))
    });
    (out, contacts && outcomes, window)
}

/// 考核前三, 后三; said only where six units can be told apart.
pub(super) fn ranks(c: &mut Composer<'_>) -> Option<Vec<Run>> {
    let (units, whole, window) = units(c);
    let ranked: Vec<&Unit> = units.iter().filter(|unit| unit.n >= FEWEST).collect();
    if ranked.len() < 6 {
        return None;
    }
    let list = |c: &Composer<'_>, units: &[&Unit]| {
        let items = units
            .iter()
            .filter_map(|u| c.say("item.count", &[("name", words(&u.name)), ("count", figure(&u.score))]))
            .collect();
        voice::list(items, "、")
    };
    let (first, last) = (list(c, &ranked[..3]), list(c, &ranked[ranked.len() - 3..]));
    let by = if whole { "综合成绩" } else { "满意率" };
    let slots = [("window", words(window.words())), ("by", words(by)), ("first", first), ("last", last)];
    c.say("assess.ranks", &slots)
}

/// The whole weeks of the 考核期, counted back from the end of the window; at least two, at most four.
fn weeks(window: &Window) -> Vec<Window> {
    let week = SignedDuration::from_hours(24 * 7);
    let mut all: Vec<Window> = Vec::new();
    let mut to = window.to;
    while to - week >= window.from && all.len() < MOST_WEEKS {
        all.push(Window { from: to - week, to, cut_hour: window.cut_hour });
        to -= week;
    }
    all.reverse();
    if all.len() < 2 { Vec::new() } else { all }
}

/// 考核后三位 week by week. A week with few 有效回访 is left open.
pub(super) fn bottom_three(c: &mut Composer<'_>) {
    let (units, whole, window) = units(c);
    let ranked: Vec<&Unit> = units.iter().filter(|unit| unit.n >= FEWEST).collect();
    let weeks = weeks(&window);
    if ranked.len() < 6 || weeks.is_empty() {
        return;
    }
    let by = if whole { "综合成绩" } else { "满意率" };
    let cell = |id: &FigureId| vec![Run::Figure { id: id.clone(), form: Form::Bare }];
    let mut rows = Vec::new();
    for last in &ranked[ranked.len() - 3..] {
        let mut row = vec![vec![Run::text(&last.name)]];
        for week in &weeks {
            let own = unit(c, last.name.clone(), week, (&week.words(), whole, whole)).filter(|own| own.n >= FEWEST);
            row.push(own.map_or_else(|| vec![Run::text("—")], |own| cell(&own.score)));
        }
        row.push(cell(&last.score));
        rows.push(row);
    }
    let right = |head: String| Column { head, align: Align::Right };
    let heads = weeks.iter().map(|week| right(week.words())).chain([right("考核期累计".to_owned())]);
    let columns = std::iter::once(Column { head: "承办单位".to_owned(), align: Align::Left }).chain(heads).collect();
    let note = format!("各周的分母为该单位当周受理诉求的有效回访,不足{FEWEST}件的周不列({by},%)。");
    let table = Table { title: format!("考核后三位{by}走势"), columns, rows, note: Some(note) };
    c.block(Content::Table { table });
}

/// The units' 三率 as an annex.
pub(super) fn table(c: &mut Composer<'_>) {
    let (units, whole, window) = units(c);
    if units.is_empty() {
        return;
    }
    let (contacts, solved) = (units.iter().any(|u| u.contacted.is_some()), units.iter().any(|u| u.solved.is_some()));
    let heads = [
        ("承办单位", true),
        ("承办(件)", true),
        ("有效回访(件)", true),
        ("响应率(%)", contacts),
        ("解决率(%)", solved),
        ("满意率(%)", true),
        ("综合成绩(%)", whole),
    ];
    let columns = heads.iter().enumerate().filter(|(_, (_, shown))| *shown).map(|(at, (head, _))| Column {
        head: (*head).to_owned(),
        align: if at == 0 { Align::Left } else { Align::Right },
    });
    let cell = |id: &FigureId| vec![Run::Figure { id: id.clone(), form: Form::Bare }];
    let rows = units.iter().map(|u| {
        let mut row = vec![vec![Run::text(&u.name)], cell(&u.handled), cell(&u.revisited)];
        for (rate, shown) in [(&u.contacted, contacts), (&u.solved, solved)] {
            if shown {
                row.push(rate.as_ref().map(cell).unwrap_or_default());
            }
        }
        row.push(cell(&u.satisfied));
        if whole {
            row.push(cell(&u.score));
        }
        row
    });
    let sum = if whole { "综合成绩=响应率×10%+解决率×50%+满意率×40%。" } else { "" };
    // whoever compares the table with the sentence on the first and the last must find why a unit is not in it
    let few = match units.iter().any(|unit| unit.n < FEWEST) {
        true => format!("有效回访不足{FEWEST}件的单位列入本表,不参加居前、居后和走势的排列。"),
        false => String::new(),
    };
    let note = format!(
        "统计时段:{}。各率的分母为该单位的有效回访,按{}由高到低排列;满意率=(满意+0.9×基本满意)÷有效回访。{sum}{few}",
        window.words(),
        if whole { "综合成绩" } else { "满意率" }
    );
    let table =
        Table {
            title: "承办单位三率".to_owned(), columns: columns.collect(), rows: rows.collect(), note: Some(note)
        };
    c.open(1, "附:承办单位三率", Part::Annex);
    c.block(Content::Table { table });
}
