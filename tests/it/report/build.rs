//! Briefs of the demo city as they are composed.

use tingsu::{
    domain::{
        Ticket, TicketId,
        brief::{Brief, BriefKind, Issue, Measure, Subject, When, Window},
    },
    report::{
        compose::{Material, compose, window_before, window_year_before},
        markdown,
    },
};

use super::city;

/// A brief over tickets.
pub(crate) fn brief_of(tickets: &[Ticket], kind: BriefKind, window: Window, subject: Option<Subject>) -> Brief {
    brief_at(tickets, kind, window, subject, (&[], window.to))
}

/// A brief about appeals that are named one by one.
pub(crate) fn brief_about(
    tickets: &[Ticket],
    kind: BriefKind,
    window: Window,
    subject: Subject,
    members: &[TicketId],
) -> Brief {
    brief_at(tickets, kind, window, Some(subject), (members, window.to))
}

fn brief_at(
    tickets: &[Ticket],
    kind: BriefKind,
    window: Window,
    subject: Option<Subject>,
    (members, made_at): (&[TicketId], jiff::Timestamp),
) -> Brief {
    let pack = city::pack();
    let rows = city::rows(tickets, &pack);
    let found = city::found(tickets, &pack, &window);
    let before = window_before(&window);
    let material = Material {
        kind,
        pack: &pack,
        window,
        before,
        year_before: window_year_before(&window),
        history: 3,
        since: None,
        tickets,
        rows: &rows,
        findings: Some(&found),
        subject: subject.as_ref(),
        members,
        issue: Issue { year: 2026, number: 21 },
        made_at,
        up_to_seq: 1700,
        model: None,
    };
    compose(material).unwrap()
}

/// The demo city's tickets as a store gives them back.
async fn tickets() -> Vec<Ticket> {
    let dir = tempfile::tempdir().unwrap();
    let store = city::store(dir.path(), city::appeals(&city::pack())).await;
    city::all(&store).await
}

fn paper(brief: &Brief) -> String {
    // Set LOOK to a folder to read them as they are.
    if let Ok(dir) = std::env::var("LOOK") {
        std::fs::write(format!("{dir}/{}.md", brief.id), markdown(brief)).unwrap();
        std::fs::write(format!("{dir}/{}.json", brief.id), serde_json::to_string_pretty(brief).unwrap()).unwrap();
    }
    markdown(brief)
}

#[tokio::test]
async fn the_week_of_the_demo_city() {
    let tickets = tickets().await;
    let brief = brief_of(&tickets, BriefKind::Weekly, city::window("2026-05-18", "2026-05-25"), None);
    insta::assert_snapshot!(paper(&brief));
    let mut turned = tickets.clone();
    turned.reverse();
    let again = brief_of(&turned, BriefKind::Weekly, brief.window, None);
    assert_eq!(again, brief, "the order of the tickets says nothing");
}

#[tokio::test]
async fn what_falls_due_after_a_brief_is_made_is_not_late() {
    let tickets = tickets().await;
    let window = city::window("2026-05-18", "2026-05-25");
    let made_at = window.from + jiff::SignedDuration::from_hours(60);
    let brief = brief_at(&tickets, BriefKind::Weekly, window, None, (&[], made_at));
    let due: Vec<_> = brief.cohorts.iter().filter(|c| c.filter.when == When::Due).collect();
    assert!(due.iter().any(|c| c.filter.range.to == made_at), "the rate of what was due so far");
    // what falls due in the next period is spoken of as such
    let begun = due.iter().filter(|c| c.filter.range.from < made_at);
    assert!(begun.clone().count() > 0 && begun.clone().all(|c| c.filter.range.to <= made_at), "{due:?}");
}

#[tokio::test]
async fn other_kinds_of_the_demo_city() {
    let tickets = tickets().await;
    let day = city::window("2026-05-20", "2026-05-21");
    let month = city::window("2026-05-11", "2026-06-08");
    let of = |code: &str, name: &str| Some(Subject::Category { code: code.into(), name: name.into() });
    let papers = [
        brief_of(&tickets, BriefKind::Daily, day, None),
        brief_of(&tickets, BriefKind::Flash, day, None),
        brief_of(&tickets, BriefKind::Special, city::window("2026-05-25", "2026-06-01"), of("0201", "拖欠工资")),
        brief_of(&tickets, BriefKind::Special, city::window("2026-05-18", "2026-05-25"), of("08", "公用事业")),
        brief_of(&tickets, BriefKind::Special, month, of("0201", "拖欠工资")),
        brief_of(&tickets, BriefKind::Dossier, month, of("0904", "公路与道路建设")),
    ];
    for brief in &papers {
        let text = paper(brief);
        assert!(!text.contains("〔缺〕"), "{}", brief.id);
        assert!(!text.contains('{') && !text.contains('}'), "{}", brief.id);
        assert!(!text.contains("。。") && !text.contains("，。") && !text.contains("、。"), "{}", brief.id);
        assert!(brief.proposals.iter().all(|p| !p.answers.is_empty()), "{}", brief.id);
        assert!(brief.judgements.iter().all(|j| text.contains("〔判断〕") && !j.id.is_empty()), "{}", brief.id);
    }
}

/// The figures of the newspaper's week (`domain.md` §5): 26,893 appeals with their five leading matters.
#[test]
fn the_worked_example_is_worded_as_the_bulletin_words_it() {
    let pack = city::pack();
    let week = city::window("2026-02-11", "2026-02-18");
    let parts = [("01", 6024), ("12", 3224), ("02", 1642), ("03", 1639), ("09", 1131)];
    let others = ["04", "05", "06", "07", "08", "10", "11", "13", "14", "15", "16", "17", "18", "19"];
    let mut codes: Vec<String> = Vec::new();
    for (code, n) in parts {
        codes.extend(std::iter::repeat_n(format!("{code}01"), n));
    }
    let mut at = 0;
    while codes.len() < 26_893 {
        codes.push(format!("{}01", others[at % others.len()]));
        at += 1;
    }
    let tickets: Vec<Ticket> =
        codes.iter().enumerate().map(|(n, code)| city::plain_ticket(n, code, week.from)).collect();
    let rows = city::rows(&tickets, &pack);
    let brief = compose(Material {
        kind: BriefKind::Weekly,
        pack: &pack,
        window: week,
        before: window_before(&week),
        year_before: window_year_before(&week),
        history: 1,
        since: None,
        tickets: &tickets,
        rows: &rows,
        findings: None,
        subject: None,
        members: &[],
        issue: Issue { year: 2026, number: 7 },
        made_at: week.to,
        up_to_seq: 0,
        model: None,
    })
    .unwrap();
    let text = paper(&brief);
    for said in [
        "2月11日至17日",
        "共收到企业和群众诉求26893件。",
        "社会保险6024件，占22.4%；",
        "消费维权3224件，占12.0%；",
        "劳动就业1642件，占6.1%；",
        "住房房产1639件，占6.1%；",
        "交通出行1131件，占4.2%",
        "五类合计13660件，占受理量的50.8%。",
    ] {
        assert!(text.contains(said), "{said}\n{}", text.lines().take(20).collect::<Vec<_>>().join("\n"));
    }
}

#[tokio::test]
async fn a_heat_can_be_worked_out_from_what_stands_beside_it() {
    let tickets = tickets().await;
    let brief = brief_of(&tickets, BriefKind::Daily, city::window("2026-05-20", "2026-05-21"), None);
    let mut seen = 0;
    for figure in brief.figures.iter().filter(|f| f.name == "近一周热度") {
        let Measure::Engine { formula, .. } = &figure.measure else { panic!("{figure:?}") };
        let number = |name: &str| -> f64 {
            let said = formula.split_once(name).unwrap().1;
            said.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect::<String>().parse().unwrap()
        };
        let worked = (1.0 + number("诉求人")).log2()
            * (1.0 + number("增幅"))
            * (1.0 + number("重复占比") / 2.0)
            * (1.0 + number("未解决占比") / 2.0);
        let told = figure.value.top as f64 / figure.value.bottom as f64;
        assert!((worked - told).abs() <= 0.01 * told.max(1.0), "{formula} is {worked}, not {told}");
        seen += 1;
    }
    assert!(seen > 0, "{:?}", brief.figures.iter().map(|f| &f.name).collect::<Vec<_>>());
}
