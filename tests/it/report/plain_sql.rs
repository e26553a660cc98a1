//! Figures by SQL that shares nothing with the program: from the columns and records of the database, by
//! the filter that a brief states. The tests hold every stored brief to it; the bench names it as its peer.

use std::{collections::BTreeSet, path::Path};

use sqlx::{Row, SqlitePool, sqlite::SqliteConnectOptions};
use tingsu::domain::brief::{Brief, Condition, Fact, Figure, Filter, Measure, When};

/// A column or expression for each fact, written anew here.
fn sql_of(fact: Fact, invalid: &[String]) -> String {
    let h = |path: &str| format!("json_extract(t.handling_json, '$.{path}')");
    let o = |path: &str| format!("json_extract(o.record_json, '$.{path}')");
    let ended = "t.status IN ('已办结待回访', '已回访', '已归档')";
    let yes = |test: String| format!("CASE WHEN {test} THEN '是' ELSE '否' END");
    match fact {
        Fact::Id => "t.id".into(),
        Fact::Channel => "t.channel".into(),
        Fact::CallerKind => o("caller.kind"),
        Fact::AppealType => "COALESCE(t.appeal_type, '未注明')".into(),
        Fact::Category => "COALESCE(t.category, '未注明')".into(),
        Fact::Category1 => "COALESCE(substr(t.category, 1, 2), '未注明')".into(),
        Fact::Department => "COALESCE(t.department, '未注明')".into(),
        Fact::District => "COALESCE(NULLIF(TRIM(t.district), ''), '未注明')".into(),
        Fact::Town => "t.district || '/' || t.town".into(),
        Fact::Urgency => "COALESCE(t.urgency, '未注明')".into(),
        Fact::Dispatched => {
            yes(format!("{} IS NOT NULL OR t.status IN ('待签收', '办理中', '二次办理')", h("dispatched_at")))
        }
        Fact::Valid => {
            let list: Vec<String> = invalid.iter().map(|c| format!("'{c}'")).collect();
            format!("CASE WHEN t.category IN ({}) THEN '否' ELSE '是' END", list.join(","))
        }
        Fact::Closed => yes(format!("{ended} OR {} IS NOT NULL", h("closed_at"))),
        Fact::OnTime => format!(
            "CASE WHEN {due} IS NULL THEN NULL WHEN julianday({closed}) <= julianday({due}) THEN '是' ELSE '否' END",
            due = h("due_at"),
            closed = h("closed_at")
        ),
        Fact::Revisited => yes(format!(
            "COALESCE({}, COALESCE({s} IS NOT NULL AND {s} <> '未评价', 0))",
            h("revisited"),
            s = h("satisfaction")
        )),
        Fact::Contacted => format!("CASE {} WHEN 1 THEN '是' WHEN 0 THEN '否' END", h("contacted")),
        Fact::Outcome => h("outcome"),
        Fact::Satisfaction => h("satisfaction"),
        Fact::Repeat => yes(format!("{} IS NOT NULL", o("repeat_of"))),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn condition(c: &Condition, invalid: &[String]) -> String {
    let list: Vec<String> = c.any_of.iter().map(|v| quoted(v)).collect();
    format!("{} IN ({})", sql_of(c.fact, invalid), list.join(","))
}

fn select(what: &str, filter: &Filter, invalid: &[String]) -> String {
    let (from, to) = (filter.range.from.as_microsecond(), filter.range.to.as_microsecond());
    let day = |path: &str| {
        format!(
            "CAST(ROUND((julianday(json_extract(t.handling_json, '$.{path}')) - 2440587.5) * 86400) AS INTEGER) * 1000000"
        )
    };
    let instant = match filter.when {
        When::Received => "t.received_at".to_owned(),
        When::Due => day("due_at"),
        When::Closed => day("closed_at"),
    };
    let mut tests = vec![format!("{instant} >= {from} AND {instant} < {to}")];
    tests.extend(filter.all.iter().map(|c| condition(c, invalid)));
    format!(
        "SELECT {what} FROM tickets t JOIN originals o ON o.ticket = t.id WHERE {}",
        tests.into_iter().map(|t| format!("({t})")).collect::<Vec<_>>().join(" AND ")
    )
}

pub(crate) async fn open(dir: &Path) -> SqlitePool {
    let options = SqliteConnectOptions::new().filename(dir.join("tingsu.db")).read_only(true);
    SqlitePool::connect_with(options).await.unwrap()
}

async fn ids(pool: &SqlitePool, filter: &Filter, invalid: &[String]) -> BTreeSet<String> {
    let sql = sqlx::AssertSqlSafe(select("t.id", filter, invalid));
    sqlx::query_scalar::<_, String>(sql).fetch_all(pool).await.unwrap().into_iter().collect()
}

async fn callers(pool: &SqlitePool, filter: &Filter, invalid: &[String]) -> i64 {
    let number = "NULLIF(TRIM(json_extract(o.record_json, '$.caller.number')), '')";
    let what = format!("COUNT(DISTINCT {number}) + SUM(CASE WHEN {number} IS NULL THEN 1 ELSE 0 END) AS n");
    let row = sqlx::query(sqlx::AssertSqlSafe(select(&what, filter, invalid))).fetch_one(pool).await.unwrap();
    row.try_get::<Option<i64>, _>("n").unwrap().unwrap_or(0)
}

async fn distinct(pool: &SqlitePool, filter: &Filter, fact: Fact, invalid: &[String]) -> i64 {
    let what = format!("COUNT(DISTINCT NULLIF({}, '未注明')) AS n", sql_of(fact, invalid));
    let row = sqlx::query(sqlx::AssertSqlSafe(select(&what, filter, invalid))).fetch_one(pool).await.unwrap();
    row.try_get::<i64, _>("n").unwrap()
}

/// The edge of a forecast's range over counts of equal periods.
fn edge(formula: &str, counts: &[f64]) -> f64 {
    let n = counts.len() as f64;
    let mean = counts.iter().sum::<f64>() / n;
    let variance = counts.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    let half = 1.28 * (variance + mean / n).max(mean).sqrt();
    let at = match formula.strip_prefix("各期均值").unwrap().chars().next() {
        Some('-') => mean - half,
        Some('+') => mean + half,
        other => panic!("{formula} is neither edge: {other:?}"),
    };
    at.round().max(0.0)
}

/// Heat by its formula, with the callers that the database has.
fn hot(brief: &Brief, figure: &Figure) {
    let Measure::Engine { formula, inputs } = &figure.measure else { panic!("{figure:?}") };
    let callers =
        inputs.iter().map(|id| brief.figure(id).unwrap()).find(|f| matches!(f.measure, Measure::Callers { .. }));
    let callers = callers.unwrap_or_else(|| panic!("{} {} rests on no callers", brief.id, figure.id));
    let number = |name: &str| -> f64 {
        let said = formula.split_once(name).unwrap().1;
        said.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect::<String>().parse().unwrap()
    };
    assert_eq!(number("诉求人"), callers.value.top as f64, "{} {}: {formula}", brief.id, figure.id);
    let worked = (1.0 + callers.value.top as f64).log2()
        * (1.0 + number("增幅"))
        * (1.0 + number("重复占比") / 2.0)
        * (1.0 + number("未解决占比") / 2.0);
    let told = figure.value.top as f64 / figure.value.bottom as f64;
    assert!((worked - told).abs() <= 0.01 * told.max(1.0), "{}: {formula} is {worked}, not {told}", brief.id);
}

/// Returns how many figures were recomputed.
pub(crate) async fn check(pool: &SqlitePool, brief: &Brief, invalid: &[String]) -> usize {
    let mut sizes = std::collections::HashMap::new();
    for cohort in &brief.cohorts {
        let found = ids(pool, &cohort.filter, invalid).await;
        let stated: BTreeSet<String> = cohort.tickets.iter().map(ToString::to_string).collect();
        assert_eq!(found, stated, "{} {}: {}", brief.id, cohort.id, cohort.words);
        sizes.insert(cohort.id.clone(), found);
    }
    let value = |id: &str| {
        let v = brief.figure(id).unwrap().value;
        (v.top as f64) / (v.bottom as f64)
    };
    let mut done = 0;
    for figure in &brief.figures {
        let near = |expected: f64| {
            let stated = figure.value.top as f64 / figure.value.bottom as f64;
            assert!(
                (stated - expected).abs() < 1e-9,
                "{} {} {}: {stated} {expected}",
                brief.id,
                figure.id,
                figure.name
            );
        };
        match &figure.measure {
            Measure::Count { of } => near(sizes[of].len() as f64),
            Measure::Callers { of } => near(callers(pool, &brief.cohort(of).unwrap().filter, invalid).await as f64),
            Measure::Share { of, base, .. } => {
                let both = sizes[of].intersection(&sizes[base]).count();
                near(both as f64 / sizes[base].len() as f64);
            }
            Measure::Weighted { parts, base, .. } => {
                let top: f64 = parts.iter().map(|(w, id)| f64::from(*w) / 100.0 * sizes[id].len() as f64).sum();
                near(top / sizes[base].len() as f64);
            }
            Measure::Change { now, before } => near((value(now) - value(before)) / value(before)),
            Measure::Difference { now, before } => near(value(now) - value(before)),
            Measure::Sum { of } => near(of.iter().map(|id| value(id)).sum()),
            Measure::Distinct { of, fact } => {
                near(distinct(pool, &brief.cohort(of).unwrap().filter, *fact, invalid).await as f64);
            }
            Measure::Listed { of } => panic!("{} {}: {of:?} is listed and not counted", brief.id, figure.id),
            // Heat and ranges are not counts: they are worked out anew from the counts that went in.
            Measure::Engine { formula, inputs } => {
                let counts: Vec<f64> = inputs.iter().map(|id| value(id)).collect();
                if formula.starts_with("各期均值") { near(edge(formula, &counts)) } else { hot(brief, figure) }
            }
        }
        done += 1;
    }
    done
}
