//! What a brief says of periods, levels, bases, callers, units: on tickets made for it.

use jiff::{SignedDuration, Timestamp};
use tingsu::{
    domain::{
        CallerKind, Channel, Labels, Outcome, Satisfaction, Status, Ticket, Urgency,
        brief::{Base, Brief, BriefKind, Figure, Issue, Subject, Window},
        parse_city,
    },
    report::{
        compose::{ComposeError, Material, compose, window_before, window_year_before},
        markdown, typeset,
    },
};

use super::city;

fn told(tickets: &[Ticket], kind: BriefKind, window: Window, since: &str, made_at: Timestamp) -> Brief {
    tried(tickets, kind, window, since, made_at).unwrap()
}

pub(super) fn tried(
    tickets: &[Ticket],
    kind: BriefKind,
    window: Window,
    since: &str,
    made_at: Timestamp,
) -> Result<Brief, ComposeError> {
    let pack = city::pack();
    let rows = city::rows(tickets, &pack);
    let subject = Subject::Category { code: "0801".into(), name: "供水".into() };
    let about = matches!(kind, BriefKind::Special | BriefKind::Dossier).then_some(&subject);
    compose(Material {
        kind,
        pack: &pack,
        window,
        before: window_before(&window),
        year_before: window_year_before(&window),
        history: 4,
        since: Some(parse_city(since).unwrap()),
        tickets,
        rows: &rows,
        findings: None,
        subject: about,
        members: &[],
        issue: Issue { year: 2026, number: 1 },
        made_at,
        up_to_seq: 0,
        model: None,
    })
}

/// `n` appeals of a category, an hour apart from an instant on.
pub(super) fn some(from: &str, n: usize, category: &str) -> Vec<Ticket> {
    let from = parse_city(from).unwrap();
    let one = |k: usize| {
        let mut ticket = city::plain_ticket(k, category, from);
        ticket.received_at = from + SignedDuration::from_hours(k as i64);
        ticket.id = tingsu::domain::TicketId::new(format!("{category}-{}-{k}", from.as_second())).unwrap();
        ticket
    };
    (0..n).map(one).collect()
}

fn special(tickets: &[Ticket], from: &str, to: &str, since: &str) -> String {
    let window = city::window(from, to);
    markdown(&told(tickets, BriefKind::Special, window, since, window.to))
}

fn figure<'b>(brief: &'b Brief, name: &str) -> &'b Figure {
    let known: Vec<&str> = brief.figures.iter().map(|f| f.name.as_str()).collect();
    brief.figures.iter().find(|f| f.name == name).unwrap_or_else(|| panic!("{name} in {known:?}"))
}

#[test]
fn periods_have_the_length_that_they_have() {
    let four_days: Vec<Ticket> = (0..5).flat_map(|k| some(&format!("2026-05-{:02}", 1 + 4 * k), 12, "0801")).collect();
    let text = special(&four_days, "2026-05-17", "2026-05-21", "2026-01-01");
    assert!(text.contains("按最近五期（每期与本期同长）的诉求量估计") && !text.contains("周的诉求量"), "{text}");
    for (to, heading) in [("2026-05-24", "下周提示"), ("2026-05-21", "下期提示")] {
        let window = city::window("2026-05-17", to);
        let brief = told(&four_days, BriefKind::Weekly, window, "2026-01-01", window.to);
        let headings: Vec<&str> = brief.sections.iter().map(|s| s.heading.as_str()).collect();
        assert!(headings.contains(&heading), "{headings:?}");
    }
}

#[test]
fn many_small_falls_are_no_even_week() {
    let fields = ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16"];
    let week = city::window("2026-05-18", "2026-05-25");
    for (before, now, even) in [(4, 1, false), (4, 4, true)] {
        let of = |from: &str, n: usize| -> Vec<Ticket> {
            fields.iter().flat_map(|code| some(from, n, &format!("{code}01"))).collect()
        };
        let tickets = [of("2026-05-11", before), of("2026-05-18", now)].concat();
        let text = markdown(&told(&tickets, BriefKind::Weekly, week, "2026-01-01", week.to));
        assert_eq!(text.contains("大体相当"), even, "{before} {now}\n{text}");
    }
}

#[test]
fn what_lies_before_the_first_appeal_is_no_base() {
    let now = some("2026-05-11", 30, "0801");
    let half = [some("2026-05-08", 20, "0801"), now.clone()].concat();
    let year = [some("2025-05-12", 20, "0801"), some("2026-05-04", 20, "0801"), now.clone()].concat();
    for (tickets, since, says, not) in [
        (&now, "2025-01-01", "此前同样长的时段没有同类诉求", "环比上升"),
        (&now, "2026-05-11", "工单数据自2026年5月11日起，不足以", "没有同类诉求"),
        (&half, "2026-05-08", "工单数据自2026年5月8日起，不足以", "环比上升"),
        (&half, "2026-05-04", "环比上升50.0%", "不足以"),
        (&year, "2025-05-12", "同比上升50.0%", "不足以"),
        (&year, "2025-05-12", "同比时段：2025年5月12日0时至2025年5月19日0时（对齐星期，前推52周）", "不足以"),
        (&year, "2025-05-14", "环比上升50.0%", "同比时段"),
    ] {
        let text = special(tickets, "2026-05-11", "2026-05-18", since);
        assert!(text.contains(says) && !text.contains(not), "{since}: {says}\n{text}");
        assert!(text.contains("趋势预判"), "{since}: the section stays\n{text}");
    }
}

#[test]
fn a_window_that_still_runs_says_up_to_when() {
    let mut tickets = some("2026-05-20", 12, "0801");
    tickets[0].labels.urgency = Some(Urgency::U1);
    let window = city::window("2026-05-20", "2026-05-21");
    let half_past = parse_city("2026-05-20 23:30").unwrap();
    for (made_at, said) in [(half_past, true), (window.to, false)] {
        for kind in [BriefKind::Flash, BriefKind::Special, BriefKind::Daily] {
            let brief = told(&tickets, kind, window, "2026-01-01", made_at);
            let text = markdown(&brief);
            assert_eq!(text.contains("数据截至2026年5月20日23时30分"), said, "{kind:?}\n{text}");
        }
    }
}

#[test]
fn a_weekly_tells_of_firms_talents_and_the_province() {
    let week = city::window("2026-05-18", "2026-05-25");
    let mut tickets = some("2026-05-18", 20, "0801");
    for (k, ticket) in tickets.iter_mut().enumerate() {
        ticket.status = Status::Handling;
        if k < 8 {
            ticket.content.caller.kind = Some(CallerKind::Enterprise);
        } else if k < 12 {
            ticket.content.caller.kind = Some(CallerKind::Talent);
        }
        // six of the eight firms and one of the four talents were answered at once
        if k < 6 || k == 8 {
            ticket.status = Status::Archived;
        }
        if k > 12 {
            ticket.content.channel = Channel::Province;
            ticket.content.district = Some(if k > 15 { "甲区" } else { "乙区" }.into());
        }
    }
    let brief = told(&tickets, BriefKind::Weekly, week, "2026-01-01", week.to);
    let text = markdown(&brief);
    for said in [
        "其中，企业诉求8件，人才诉求4件。",
        "企业诉求在线解答率75.00%，人才诉求在线解答率25.00%。",
        "省平台交办7件，从属地看，甲区4件、乙区3件。",
        "企业诉求：来电主体为企业的诉求，计8件。",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    let (base, of) = brief.denominator(figure(&brief, "人才诉求在线解答率")).unwrap();
    assert_eq!((base, of.tickets.len()), (Base::Talent, 4));
}

#[test]
fn callers_of_every_kind_are_told_alone_and_together() {
    let week = city::window("2026-05-18", "2026-05-25");
    use CallerKind::{Enterprise, Organisation, Talent};
    for (kinds, said) in [
        (vec![Enterprise, Talent, Organisation], "其中，企业诉求1件，人才诉求1件，组织诉求1件。"),
        (vec![Enterprise, Organisation], "其中，企业诉求1件，组织诉求1件。"),
        (vec![Talent, Organisation], "其中，人才诉求1件，组织诉求1件。"),
        (vec![Talent], "其中，人才诉求1件。"),
        (vec![Organisation], "其中，组织诉求1件。"),
    ] {
        let mut tickets = some("2026-05-18", 9, "0801");
        for (ticket, kind) in tickets.iter_mut().zip(&kinds) {
            ticket.content.caller.kind = Some(*kind);
        }
        let text = markdown(&told(&tickets, BriefKind::Weekly, week, "2026-01-01", week.to));
        assert!(text.contains(said), "{kinds:?}: {said}\n{text}");
    }
}

/// Seven units of a month whose rates fall from one to the next; every third caller was a firm.
fn assessed() -> Vec<Ticket> {
    let mut out = Vec::new();
    for day in 0..30_i64 {
        for (u, unit) in ["一局", "二局", "三局", "四局", "五局", "六局", "七局"].into_iter().enumerate()
        {
            let at = parse_city("2026-04-25").unwrap() + SignedDuration::from_hours(24 * day + 8 + u as i64);
            let mut ticket = city::plain_ticket(0, "0801", at);
            ticket.id = tingsu::domain::TicketId::new(format!("K{day:02}-{u}")).unwrap();
            ticket.received_at = at;
            ticket.labels = Labels { department: Some(unit.into()), ..ticket.labels };
            ticket.content.caller.kind = (u == 2).then_some(CallerKind::Enterprise);
            let handling = &mut ticket.content.handling;
            handling.due_at = Some(at + SignedDuration::from_hours(24 * 3));
            handling.revisited = Some(true);
            handling.contacted = Some(true);
            let good = (day as usize + u) % 7 >= u;
            handling.outcome = Some(if good { Outcome::Solved } else { Outcome::Unsolved });
            handling.satisfaction = Some(if good { Satisfaction::Satisfied } else { Satisfaction::Dissatisfied });
            if u != 6 {
                handling.closed_at = Some(at + SignedDuration::from_hours(20));
                ticket.status = Status::Revisited;
            }
            out.push(ticket);
        }
    }
    out
}

#[test]
fn a_daily_tells_of_the_assessment_the_lights_and_the_firms() {
    let tickets = assessed();
    let day = city::window("2026-05-24", "2026-05-25");
    let brief = told(&tickets, BriefKind::Daily, day, "2026-04-01", day.to);
    let text = markdown(&brief);
    // from the 19th: six days of seven, against as many from the 19th of April (none before the 25th)
    assert_eq!(figure(&brief, "考核期累计受理量").value.top, 42);
    assert!(text.contains("考核期（5月19日至24日）累计受理42件"), "{text}");
    // one of the seventh unit is due each day, three days after it came in, and none of them is closed
    for (name, n) in [("超期一日内未办结量", 1), ("一日内到期未办结量", 1), ("超期逾一日未办结量", 26)]
    {
        assert_eq!(figure(&brief, name).value.top, n, "{name}\n{text}");
    }
    let ranks = text.lines().find(|l| l.contains("居前三位的为")).unwrap();
    let (first, last) = ranks.split_once("居后三位的为").unwrap();
    assert!(ranks.contains("综合成绩") && first.contains("一局100.00%"), "{ranks}");
    assert!(last.contains("七局") && !last.contains("一局") && !first.contains("七局"), "{ranks}");
    let line = text.lines().find(|l| l.contains("由三局承办")).unwrap();
    assert!(line.contains("目前已办结并回访"), "{line}");
    assert!(text.contains("附：承办单位三率") && text.contains("| 一局 | 6 | 6 | 100.00 | 100.00 | 100.00 | 100.00 |"));
    // 0.1 × 联系 + 0.5 × 解决 + 0.4 × 满意, by hand: six calls, so many of them good
    let good = |u: usize| (24..30).filter(|day| (day + u) % 7 >= u).count() as f64;
    for (u, name) in [(3, "四局综合成绩"), (6, "七局综合成绩")] {
        let value = figure(&brief, name).value;
        let expected = (0.1 * 6.0 + 0.9 * good(u)) / 6.0;
        assert!((value.top as f64 / value.bottom as f64 - expected).abs() < 1e-9, "{name} {value:?} {expected}");
    }
}

#[test]
fn the_last_three_are_followed_week_by_week() {
    let tickets = assessed();
    let day = city::window("2026-05-10", "2026-05-11");
    let brief = told(&tickets, BriefKind::Daily, day, "2026-04-01", day.to);
    let text = markdown(&brief);
    let table: Vec<&str> = text.lines().skip_while(|l| !l.contains("考核后三位综合成绩走势")).take(8).collect();
    let rows: Vec<&&str> = table.iter().filter(|l| l.starts_with("| ") && l.contains('局')).collect();
    assert!(rows.len() == 3 && !text.contains("| 一局 | —"), "{table:#?}");
    // of the first week, from the 20th of April, only two days have calls: it is left open
    assert!(rows.iter().all(|row| row.contains("局 | — |")), "{rows:#?}");
    assert!(table.iter().any(|l| l.contains("4月20日至26日") && l.contains("5月4日至10日")), "{table:#?}");
    // by hand: of seven days of a week with (day + 6) % 7 >= 6 for the seventh unit exactly one is good
    let seventh = rows.iter().find(|row| row.contains("七局")).unwrap();
    let week = 100.0 * (0.1 * 7.0 + 0.9) / 7.0;
    assert_eq!(seventh.matches(&format!("| {week:.2} ")).count(), 2, "{seventh}");
    // where the 考核期 has no two weeks yet, there is no course to tell of
    let early = city::window("2026-05-24", "2026-05-25");
    assert!(!markdown(&told(&tickets, BriefKind::Daily, early, "2026-04-01", early.to)).contains("走势"));
}

#[test]
fn too_few_units_are_not_ranked() {
    let mut tickets = assessed();
    tickets.retain(|t| matches!(t.labels.department.as_deref(), Some("一局" | "二局" | "三局" | "四局" | "五局")));
    let day = city::window("2026-05-24", "2026-05-25");
    let text = markdown(&told(&tickets, BriefKind::Daily, day, "2026-04-01", day.to));
    assert!(text.contains("附：承办单位三率") && !text.contains("居前三位的为"), "{text}");
}

#[test]
fn a_unit_of_few_calls_is_listed_and_not_ranked_and_the_table_says_so() {
    let mut tickets = assessed();
    let few = "有效回访不足5件的单位列入本表，不参加居前、居后和走势的排列";
    let day = city::window("2026-05-24", "2026-05-25");
    assert!(!markdown(&told(&tickets, BriefKind::Daily, day, "2026-04-01", day.to)).contains(few));
    let mut one = tickets.iter().rfind(|t| t.labels.department.as_deref() == Some("一局")).unwrap().clone();
    one.id = tingsu::domain::TicketId::new("Z-1".to_owned()).unwrap();
    one.labels.department = Some("八局".into());
    tickets.push(one);
    let text = markdown(&told(&tickets, BriefKind::Daily, day, "2026-04-01", day.to));
    assert!(text.contains(few) && text.contains("| 八局 | 1 | 1 |"), "{text}");
    let ranks = text.lines().find(|l| l.contains("居前三位的为")).unwrap();
    assert!(!ranks.contains("八局"), "{ranks}");
}

#[test]
fn brackets_are_widened_in_pairs() {
    for (given, printed) in [
        ("log2(1+诉求人)×(1+增幅)", "log2（1+诉求人）×（1+增幅）"),
        ("各县(市、区)人民政府(管委会)", "各县（市、区）人民政府（管委会）"),
        ("log2(x)y=1,024", "log2(x)y=1,024"),
        ("a(b(诉求)c)", "a（b（诉求）c）"),
        ("12:30)起,(止", "12:30）起，（止"),
        ("终端:未知", "终端：未知"),
    ] {
        assert_eq!(typeset(given), printed);
    }
}
