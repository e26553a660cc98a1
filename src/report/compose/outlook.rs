//! 提示: deadlines that run out next, matters on the rise, the season and the holidays ahead.

use jiff::ToSpan;

use crate::{
    domain::{
        brief::{Content, Fact, When, Window},
        city_date,
    },
    report::facts::{NO, UNKNOWN, filter},
};

use super::{
    Composer,
    hot::Hot,
    voice::{self, figure, some, words},
};

/// Writes the hints as a numbered list; `rising` are candidates for a word of warning.
pub(super) fn write(c: &mut Composer<'_>, hot: &[Hot]) {
    let mut items = Vec::new();
    items.extend(due(c));
    for h in hot {
        let over = h.n as f64 - h.before as f64;
        if h.before > 0 && h.n >= 8 && over >= (2.0 * (h.before as f64).sqrt()).max(5.0) && items.len() < 3 {
            let said = c.say("hint.rise", &[("name", words(&h.name)), ("change", some(h.change.as_ref()))]);
            let rests = h.change.iter().cloned().collect();
            items.extend(c.judge("环比上升超出随机波动", rests, None, said));
        }
    }
    items.extend(holiday(c));
    items.extend(season(c));
    if items.is_empty() {
        let none = c.say("hint.none", &[]);
        c.paragraph(vec![none]);
    } else {
        c.block(Content::List { ordered: true, items });
    }
}

/// What is due in the window after this one and still open.
fn due(c: &mut Composer<'_>) -> Option<Vec<crate::domain::brief::Run>> {
    let window = c.material.window;
    let length = window.to.duration_since(window.from);
    let next = Window { from: window.to, to: window.to + length, cut_hour: window.cut_hour };
    let open = c.ledger.cohort(
        format!("办结时限在{}、尚未办结的诉求", next.words()),
        filter(When::Due, &next, &[(Fact::Closed, &[NO])]),
    );
    if c.ledger.size(&open) == 0 {
        return None;
    }
    let count = c.ledger.count("下期到期诉求量", &open);
    let mut items = Vec::new();
    for (unit, _) in c.tally(&open, Fact::Department).into_iter().filter(|(unit, _)| unit != UNKNOWN).take(3) {
        let cohort = c.ledger.cohort(
            format!("办结时限在{}、尚未办结、承办单位为{unit}的诉求", next.words()),
            filter(When::Due, &next, &[(Fact::Closed, &[NO]), (Fact::Department, &[unit.as_str()])]),
        );
        let count = c.ledger.count(format!("{unit}下期到期诉求量"), &cohort);
        items.extend(c.say("item.count", &[("name", words(&unit)), ("count", figure(&count))]));
    }
    let list = voice::list(items, "、");
    c.say("hint.due", &[("due", figure(&count)), ("window", words(next.words())), ("list", list)])
}

/// The holiday that begins within ten days after the window, if the pack has a word on it.
fn holiday(c: &mut Composer<'_>) -> Option<Vec<crate::domain::brief::Run>> {
    let first = city_date(c.material.window.to);
    let calendar = &c.material.pack.calendar;
    let inside = calendar.holidays.get(&first.yesterday().ok()?);
    let name = (0..10).find_map(|n| calendar.holidays.get(&first.checked_add(i64::from(n).days()).ok()?))?;
    if inside == Some(name) {
        return None;
    }
    let advice = c.style.holidays.get(name)?.clone();
    let said = c.say("hint.holiday", &[("holiday", words(name)), ("advice", words(advice))]);
    c.judge("节假日提示", Vec::new(), None, said)
}

/// The pack's word on the month that follows.
fn season(c: &mut Composer<'_>) -> Option<Vec<crate::domain::brief::Run>> {
    let month = u8::try_from(city_date(c.material.window.to).month()).ok()?;
    let advice = c.style.seasons.iter().find(|s| s.months.contains(&month))?.advice.clone();
    let said = c.say("hint.season", &[("advice", words(advice))]);
    c.judge("季节性提示", Vec::new(), None, said)
}
