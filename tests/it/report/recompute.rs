//! Every figure of stored briefs, recomputed by an independent path.

use tingsu::domain::brief::{BriefKind, Measure, Subject};

use super::{
    build::brief_of,
    city,
    plain_sql::{check, open},
};

#[tokio::test]
async fn every_figure_comes_out_of_the_database_again() {
    let dir = tempfile::tempdir().unwrap();
    let pack = city::pack();
    let store = city::store(dir.path(), city::appeals(&pack)).await;
    let tickets = city::all(&store).await;
    let pool = open(dir.path()).await;
    let invalid = pack.brief.as_ref().unwrap().invalid.clone();
    let week = city::window("2026-05-18", "2026-05-25");
    let noon = city::window("2026-05-19 12:00", "2026-05-20 12:00");
    let month = city::window("2026-05-11", "2026-06-08");
    let wages = || Some(Subject::Category { code: "0201".into(), name: "拖欠工资".into() });
    let utilities = Some(Subject::Category { code: "08".into(), name: "公用事业".into() });
    let briefs = [
        brief_of(&tickets, BriefKind::Weekly, week, None),
        brief_of(&tickets, BriefKind::Daily, noon, None),
        brief_of(&tickets, BriefKind::Flash, noon, None),
        brief_of(&tickets, BriefKind::Special, month, wages()),
        brief_of(&tickets, BriefKind::Special, week, utilities),
        brief_of(&tickets, BriefKind::Dossier, month, wages()),
    ];
    let mut figures = 0;
    for brief in &briefs {
        figures += check(&pool, brief, &invalid).await;
        let shares = brief.figures.iter().filter(|f| matches!(f.measure, Measure::Share { .. })).count();
        assert!(brief.kind == BriefKind::Flash || shares > 0, "{}", brief.id);
    }
    assert!(figures > 300, "{figures} figures in {} briefs", briefs.len());
}
