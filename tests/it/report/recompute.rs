//! Every figure of every stored brief, recomputed by an independent path.

use std::{collections::BTreeSet, path::Path};

use tingsu::{
    desk::{BriefAsk, SubjectAsk},
    domain::brief::{Brief, BriefKind, Measure, Subject},
};

use super::{
    city,
    plain_sql::{check, open},
};
use crate::desk::{TestDesk, briefs::analyst};

async fn fill(dir: &Path) {
    city::store(dir, city::appeals(&city::pack())).await.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_figure_of_every_stored_brief_comes_out_of_the_database_again() {
    let t = TestDesk::new().await;
    fill(t.dir.path()).await;
    let week = city::window("2026-05-18", "2026-05-25");
    let noon = city::window("2026-05-19 12:00", "2026-05-20 12:00");
    let month = city::window("2026-05-11", "2026-06-08");
    let days = city::window("2026-05-31", "2026-06-04");
    let of = |code: &str| Some(SubjectAsk::Category(code.into()));
    let event = || Some(SubjectAsk::Topic("没水".into()));
    let asks = [
        (BriefKind::Weekly, week, None),
        (BriefKind::Daily, noon, None),
        (BriefKind::Flash, noon, None),
        (BriefKind::Flash, week, event()),
        (BriefKind::Special, month, of("0201")),
        (BriefKind::Special, week, of("08")),
        (BriefKind::Special, days, of("02")),
        (BriefKind::Special, week, event()),
        (BriefKind::Dossier, month, of("0201")),
    ];
    let made = asks.len();
    for (kind, window, subject) in asks {
        let ask = BriefAsk { kind, window, subject };
        t.desk.make_brief(&analyst("周研判"), &ask).await.unwrap();
    }
    // as they are kept, not as they were composed
    let (lines, total) = t.desk.briefs(None, 0, 200).await.unwrap();
    assert_eq!((lines.len(), total), (made, made as u64), "each is another brief: {lines:?}");
    let invalid = t.desk.city().brief.as_ref().unwrap().invalid.clone();
    let pool = open(t.dir.path()).await;
    let mut figures = 0;
    let mut measures: BTreeSet<&str> = BTreeSet::new();
    for line in &lines {
        let brief: Brief = t.desk.brief(&line.id, None).await.unwrap();
        figures += check(&pool, &brief, &invalid).await;
        let shares = brief.figures.iter().filter(|f| matches!(f.measure, Measure::Share { .. })).count();
        assert!(brief.kind == BriefKind::Flash && brief.subject.is_none() || shares > 0, "{}", brief.id);
        assert!(
            !matches!(brief.subject, Some(Subject::Topic { .. })) || brief.figures[0].value.top > 0,
            "{}",
            brief.id
        );
        measures.extend(brief.figures.iter().map(|f| match &f.measure {
            Measure::Count { .. } => "count",
            Measure::Callers { .. } => "callers",
            Measure::Share { .. } => "share",
            Measure::Weighted { .. } => "weighted",
            Measure::Change { .. } => "change",
            Measure::Difference { .. } => "difference",
            Measure::Sum { .. } => "sum",
            Measure::Distinct { .. } => "distinct",
            Measure::Listed { .. } => "listed",
            Measure::Engine { formula, .. } if formula.starts_with("各期均值") => "range",
            Measure::Engine { .. } => "heat",
        }));
    }
    let all = ["callers", "change", "count", "difference", "distinct", "heat", "range", "share", "sum", "weighted"];
    assert_eq!(measures.into_iter().collect::<Vec<_>>(), all, "every measure was recomputed");
    assert!(figures > 400, "{figures} figures in {made} briefs");
    // and by a figure that is wrong it is found
    let mut wrong = t.desk.brief(&lines[0].id, None).await.unwrap();
    wrong.figures[0].value.top += 1;
    let told = tokio::spawn(async move { check(&pool, &wrong, &invalid).await }).await;
    assert!(told.is_err(), "a figure that is off by one passes");
}
