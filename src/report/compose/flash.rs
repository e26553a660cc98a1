//! 快报: urgent appeals at once, or one event that an alarm told of.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::{
    domain::brief::{Fact, Subject, Window},
    insight::alarm::{Alarm, Change},
};

use super::{
    Composer, advice, charts, handling, opening, special, topics,
    voice::{figure, some, words},
};

/// One event: what it is, since when it is too much, who handles it, what is to be done.
pub(super) fn event(c: &mut Composer<'_>, subject: &Subject) -> (String, Option<String>) {
    let (fact, values) = special::conditions(c, subject);
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let with: &[(Fact, &[&str])] = &[(fact, &values)];
    let g = special::ground(c, subject, with);
    c.section(1, "基本情况");
    let volume = c.say(
        "special.volume",
        &[
            ("window", words(c.period())),
            ("office", words(&c.style.office)),
            ("subject", words(&g.name)),
            ("count", figure(&g.count)),
            ("share", some(g.share.as_ref())),
            ("change", some(g.change.as_ref())),
            ("callers", figure(&g.callers)),
        ],
    );
    let alarmed = alarm(c, &g.cohort, with).or_else(|| c.say("flash.quiet", &[]));
    let among = c.ledger.tickets(&g.cohort).to_vec();
    let spread: Vec<_> = among.iter().step_by((among.len() / 3).max(1)).cloned().collect();
    let quotes = topics::quotes(c, &spread, 3);
    let quotes = c.say("focus.quotes", &[("quotes", quotes)]);
    c.paragraph(vec![volume, alarmed]);
    c.paragraph(vec![quotes]);
    charts::days(c, &format!("{}每日诉求量", g.name), with);
    c.section(1, "承办情况");
    let units = handling::units(c, with, "flash.units", 6);
    c.paragraph(vec![units]);
    c.drop_if_empty();
    c.section(1, "工作建议");
    if let Some(code) = &g.code {
        let finding = format!("{}问题", c.category_name(code));
        advice::on(c, code, &finding, vec![g.count.clone()], 2);
    }
    c.drop_if_empty();
    (format!("关于{}的快报", g.name), None)
}

/// Alarms of the events that mostly lie in a cohort, oldest first.
pub(super) fn alarms(c: &Composer<'_>, cohort: &str) -> Vec<Alarm> {
    let among: std::collections::BTreeSet<&str> = c.ledger.tickets(cohort).iter().map(|id| id.as_str()).collect();
    let events = c.material.findings.iter().flat_map(|f| &f.events);
    let inside =
        |tickets: &[String]| tickets.iter().filter(|id| among.contains(id.as_str())).count() * 2 > tickets.len();
    let mut all: Vec<Alarm> = events
        .filter(|e| inside(&e.tickets))
        .flat_map(|e| &e.alarms)
        .filter(|a| a.change != Change::Closed)
        .cloned()
        .collect();
    all.sort_by(|a, b| a.hours.total_cmp(&b.hours));
    all
}

/// The first alarm in the window: between which instants how many callers told of it. Counted anew from the
/// appeals, so that it recomputes.
fn alarm(c: &mut Composer<'_>, cohort: &str, with: &[(Fact, &[&str])]) -> Option<Vec<crate::domain::brief::Run>> {
    let window = c.material.window;
    let at = |hours: f64| Timestamp::from_second((hours * 3_600.0).round() as i64).ok();
    let alarm = alarms(c, cohort).into_iter().find(|a| at(a.hours).is_some_and(|at| window.contains(at)))?;
    let to = at(alarm.hours)? + SignedDuration::from_secs(1);
    let from = at(alarm.hours - alarm.window)?.max(window.from);
    let slice = Window { from, to, ..window };
    let clock = |t: Timestamp| crate::domain::city_time(t).strftime("%-m月%-d日%-H时%M分").to_string();
    let of = c.received(&format!("{}至{}的专题诉求", clock(from), clock(to)), &slice, with);
    if c.ledger.size(&of) == 0 {
        return None;
    }
    let callers = c.ledger.callers("集中预警诉求人", &of);
    let time = words(clock(from));
    c.say("flash.alarm", &[("time", time), ("until", words(clock(to))), ("callers", figure(&callers))])
}

pub(super) fn write(c: &mut Composer<'_>) -> (String, Option<String>) {
    let window = c.material.window;
    let levels: &[(Fact, &[&str])] = &[(Fact::Urgency, &["U1", "U2"])];
    let cohort = c.received("研判为特急、紧急的诉求", &window, levels);
    let count = c.ledger.count("特急、紧急诉求量", &cohort);
    let mut level = |code: &str, name: &str| {
        let of = c.received(&format!("研判为{name}的诉求"), &window, &[(Fact::Urgency, &[code])]);
        c.ledger.count(format!("{name}诉求量"), &of)
    };
    let (u1, u2) = (level("U1", "特急"), level("U2", "紧急"));
    c.section(1, "基本情况");
    let lead = if c.ledger.size(&cohort) == 0 {
        c.say("urgent.none", &[("urgent", figure(&count))])
    } else {
        c.say(
            "flash.lead",
            &[
                ("window", words(c.period())),
                ("office", words(&c.style.office)),
                ("urgent", figure(&count)),
                ("u1", figure(&u1)),
                ("u2", figure(&u2)),
            ],
        )
    };
    c.paragraph(vec![lead]);
    opening::urgent_cases(c, 20);
    c.section(1, "承办情况");
    let units = handling::units(c, levels, "flash.units", 6);
    c.paragraph(vec![units]);
    c.drop_if_empty();
    c.section(1, "工作建议");
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    for (code, n) in c.tally(&cohort, Fact::Category) {
        *codes.entry(code).or_default() += n;
    }
    let mut codes: Vec<(String, usize)> = codes.into_iter().collect();
    codes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut given = 0;
    for (code, _) in codes {
        if given >= 3 {
            break;
        }
        let name = c.category_name(&code);
        let of = c.received(
            &format!("研判为特急、紧急且二级分类为{name}的诉求"),
            &window,
            &[(Fact::Urgency, &["U1", "U2"]), (Fact::Category, &[code.as_str()])],
        );
        let answer = c.ledger.count(format!("{name}急件量"), &of);
        given += advice::on(c, &code, &format!("{name}急件"), vec![answer], 1);
    }
    c.drop_if_empty();
    ("关于特急、紧急诉求情况的快报".to_owned(), Some(format!("({})", window.words())))
}
