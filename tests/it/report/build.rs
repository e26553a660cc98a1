//! Briefs of the demo city as they are composed.

use tingsu::{
    domain::{
        Ticket,
        brief::{Brief, BriefKind, Issue, Subject, Window},
    },
    report::{
        compose::{Material, compose, window_before, window_year_before},
        markdown,
    },
};

use super::city;

/// A brief over tickets.
pub fn brief_of(tickets: &[Ticket], kind: BriefKind, window: Window, subject: Option<Subject>) -> Brief {
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
        tickets,
        rows: &rows,
        findings: Some(&found),
        subject: subject.as_ref(),
        members: &[],
        issue: Issue { year: 2026, number: 21 },
        made_at: window.to,
        up_to_seq: 1700,
        model: None,
    };
    compose(material).unwrap()
}

#[tokio::test]
async fn look() {
    let dir = tempfile::tempdir().unwrap();
    let store = city::store(dir.path(), city::appeals(&city::pack())).await;
    let tickets = city::all(&store).await;
    let week = city::window("2026-05-18", "2026-05-25");
    let out = std::env::var("LOOK").unwrap_or_default();
    if out.is_empty() {
        return;
    }
    let show = |name: &str, brief: &Brief| {
        std::fs::write(format!("{out}/{name}.md"), markdown(brief)).unwrap();
        std::fs::write(format!("{out}/{name}.json"), serde_json::to_string_pretty(brief).unwrap()).unwrap();
    };
    show("weekly", &brief_of(&tickets, BriefKind::Weekly, week, None));
    show("daily", &brief_of(&tickets, BriefKind::Daily, city::window("2026-05-20", "2026-05-21"), None));
    show("flash", &brief_of(&tickets, BriefKind::Flash, city::window("2026-05-20", "2026-05-21"), None));
    let wages = Subject::Category { code: "0201".into(), name: "拖欠工资".into() };
    show("special", &brief_of(&tickets, BriefKind::Special, city::window("2026-05-11", "2026-06-08"), Some(wages)));
    let water = Subject::Category { code: "08".into(), name: "水电气热通信".into() };
    show("special2", &brief_of(&tickets, BriefKind::Special, week, Some(water)));
    let roads = Subject::Category { code: "0902".into(), name: "公交".into() };
    show("dossier", &brief_of(&tickets, BriefKind::Dossier, city::window("2026-05-21", "2026-06-08"), Some(roads)));
}
