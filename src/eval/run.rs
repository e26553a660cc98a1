//! One evaluation: systems × suites.

use rayon::prelude::*;

use crate::{
    domain::{Appeal, Candidate, Flag, FoundPlace, Head, Suggestion, Urgency},
    labelled::{Part, Row},
    model::ModelError,
    triage::{Triager, finds_places},
};

use super::{
    Report, Suite, SuiteReport, SystemReport,
    baseline::{NgramConfig, Ngrams, SvmConfig, rank},
    cases::{asked, with_cases},
    explain::faithfulness,
    places::{PlaceScores, place_scores},
    report::{FlagScores, HeadScores, head_name},
    score::{Bins, LabelCounts, calibration_error, confusions, macro_f1, risk_coverage, top_k, urgency_scores},
};

/// Appeals triaged together.
pub(super) const BATCH: usize = 16;
/// Bins of the calibration errors.
const BINS: usize = 15;
/// Coverages of the risk table.
const COVERAGES: [f64; 5] = [1.0, 0.9, 0.8, 0.7, 0.5];
/// Confusions kept for each head.
const CONFUSIONS: usize = 8;
/// The heads that rank labels.
const HEADS: [Head; 3] = [Head::Type, Head::Category, Head::Department];

/// What to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Train and score the n-gram baseline too.
    pub baseline: bool,
    /// Ask once more with training rows as decided cases beside the model.
    pub cases: bool,
}

/// What one system said of one row.
struct Answer {
    ranked: [Vec<Candidate>; 3],
    urgency: Urgency,
    /// Probability of the most probable level and whether it is right.
    urgency_p: Option<(f32, Urgency)>,
    flags: Option<Vec<Flag>>,
    uncertain: bool,
}

/// Scores a triager, and if wished the baseline, on the rows of each suite; the baseline and the decided
/// cases are of the rows in `learned` that are not held back.
///
/// # Errors
/// Only if the model fails to compute.
pub fn evaluate(
    triager: &Triager,
    rows: &[Row],
    learned_rows: &[Row],
    suites: &[Suite],
    options: Options,
) -> Result<Report, ModelError> {
    let chosen: Vec<(&Suite, Vec<&Row>)> = suites.iter().map(|suite| (suite, suite.rows(rows))).collect();
    let learned = options.baseline.then(|| Learned::from(learned_rows));
    let mut linear: Vec<Answer> = Vec::new();
    if let Some(learned) = &learned {
        // All suites at once: the machines are trained once and not kept.
        linear = learned.answers(&chosen.iter().flat_map(|(_, rows)| rows.iter().copied()).collect::<Vec<_>>());
    }
    let mut reports = Vec::new();
    for (suite, rows) in chosen {
        let own: Vec<Answer> = linear.drain(..rows.len().min(linear.len())).collect();
        let mut report = suite_report(triager, suite, &rows, learned.is_some().then_some(own))?;
        if options.cases {
            for (n, answers) in with_cases(triager, learned_rows, &rows)? {
                report.systems.push(score(
                    &format!("cases {n}"),
                    &rows,
                    &answers.iter().map(as_served).collect::<Vec<_>>(),
                ));
            }
        }
        reports.push(report);
    }
    Ok(Report {
        model: triager.bundle.as_ref().map(|b| b.id().to_owned()),
        pack: triager.pack.hash.clone(),
        training_rows: learned.as_ref().map_or(0, |l| l.rows.len()),
        warnings: Vec::new(),
        suites: reports,
        further: Vec::new(),
    })
}

fn suite_report(
    triager: &Triager,
    suite: &Suite,
    rows: &[&Row],
    linear: Option<Vec<Answer>>,
) -> Result<SuiteReport, ModelError> {
    let served = asked(triager, rows)?;
    let mut systems = Vec::new();
    let mut reasons = None;
    if let Some(bundle) = &triager.bundle {
        let rules: Vec<Suggestion> = rows.par_iter().map(|r| triager.rules_only(&r.appeal)).collect();
        systems.push(score("rules", rows, &rules.iter().map(by_rules).collect::<Vec<_>>()));
        systems.push(score("model", rows, &served.iter().map(by_model).collect::<Vec<_>>()));
        systems.push(score("model+rules", rows, &served.iter().map(as_served).collect::<Vec<_>>()));
        reasons = Some(faithfulness(bundle, rows)?);
    } else {
        systems.push(score("rules", rows, &served.iter().map(by_rules).collect::<Vec<_>>()));
    }
    let figures = systems.last().map(SystemReport::figures).unwrap_or_default();
    // Floors are for the served system with a model; the rules alone promise nothing.
    let under_floor = suite
        .floors
        .iter()
        .filter(|_| triager.bundle.is_some() && !rows.is_empty())
        .filter_map(|(name, floor)| match figures.get(name) {
            Some(value) if value >= floor => None,
            Some(value) => Some(format!("{name} 为 {value:.3},底线 {floor:.3}")),
            None => Some(format!("{name} 未能测出,底线 {floor:.3}")),
        })
        .collect();
    if let Some(answers) = linear {
        systems.push(score("baseline", rows, &answers));
    }
    let served: Vec<Vec<FoundPlace>> = served.into_iter().map(|s| s.places).collect();
    let places = of_places(rows, &served);
    let mut place_voters = Vec::new();
    if triager.bundle.as_ref().is_some_and(|b| finds_places(b)) {
        let appeals: Vec<Appeal> = rows.iter().map(|r| r.appeal.clone()).collect();
        let patterns: Vec<Vec<FoundPlace>> = appeals.par_iter().map(|a| triager.places(a)).collect();
        let head: Vec<Vec<Vec<FoundPlace>>> =
            appeals.par_chunks(BATCH).map(|batch| triager.head_places(batch)).collect::<Result<_, _>>()?;
        place_voters.push(("patterns".to_owned(), of_places(rows, &patterns)));
        place_voters.push(("head".to_owned(), of_places(rows, &head.concat())));
    }
    Ok(SuiteReport {
        suite: suite.name.clone(),
        title: suite.title.clone(),
        rows: rows.len(),
        systems,
        places,
        place_voters,
        reasons,
        under_floor,
    })
}

/// Places against those of the rows whose readers looked for one.
fn of_places(rows: &[&Row], found: &[Vec<FoundPlace>]) -> PlaceScores {
    let read = rows.iter().zip(found).filter(|(r, _)| r.gold.place_read);
    place_scores(read.map(|(r, found)| (&r.appeal, r.gold.place.as_deref(), found.as_slice())))
}

fn gold_label(row: &Row, head: Head) -> String {
    match head {
        Head::Type => row.gold.appeal_type.label().to_owned(),
        Head::Category => row.gold.category.clone(),
        Head::Department => row.gold.department.clone(),
        Head::Urgency => row.gold.urgency.code().to_owned(),
    }
}

fn ranked(s: &Suggestion) -> [Vec<Candidate>; 3] {
    [s.appeal_type.clone(), s.category.clone(), s.department.clone()]
}

/// The model alone: its most probable level, no floor, no thresholds.
fn by_model(s: &Suggestion) -> Answer {
    let most = Urgency::ALL.into_iter().zip(s.urgency.model).max_by(|a, b| a.1.total_cmp(&b.1));
    let flags = s.flag_p.iter().filter(|(_, p)| *p >= crate::triage::FLAG_THRESHOLD).map(|(f, _)| *f).collect();
    Answer {
        ranked: ranked(s),
        urgency: most.map_or(Urgency::U4, |(level, _)| level),
        urgency_p: most.map(|(level, p)| (p, level)),
        flags: Some(flags),
        uncertain: s.uncertain,
    }
}

/// What an operator sees.
fn as_served(s: &Suggestion) -> Answer {
    Answer {
        ranked: ranked(s),
        urgency: s.urgency.level,
        urgency_p: None,
        flags: Some(s.urgency.flags.iter().copied().collect()),
        uncertain: s.uncertain,
    }
}

/// The pack's rules: their keyword shares are no probabilities and are not scored as such.
fn by_rules(s: &Suggestion) -> Answer {
    Answer { uncertain: true, ..as_served(s) }
}

fn score(system: &str, rows: &[&Row], answers: &[Answer]) -> SystemReport {
    let stated = matches!(system, "model" | "model+rules");
    let mut heads = Vec::new();
    let mut risk = Vec::new();
    for (n, head) in HEADS.into_iter().enumerate() {
        let gold: Vec<String> = rows.iter().map(|r| gold_label(r, head)).collect();
        let labels =
            |a: &Answer| a.ranked.get(n).map(|c| c.iter().map(|c| c.label.clone()).collect()).unwrap_or_default();
        let ranked: Vec<Vec<String>> = answers.iter().map(labels).collect();
        let said: Vec<Option<String>> = ranked.iter().map(|r| r.first().cloned()).collect();
        let sure: Vec<(f32, bool)> = answers
            .iter()
            .zip(&gold)
            .filter_map(|(a, g)| a.ranked.get(n)?.first().map(|c| (c.p, c.label == *g)))
            .filter(|_| stated)
            .collect();
        if head == Head::Category {
            risk = risk_coverage(&sure, &COVERAGES);
        }
        heads.push(HeadScores {
            head,
            top1: top_k(&gold, &ranked, 1),
            top3: top_k(&gold, &ranked, 3),
            macro_f1: macro_f1(&gold, &said),
            ece: calibration_error(&sure, Bins::Width(BINS)),
            ece_adaptive: calibration_error(&sure, Bins::Mass(BINS)),
            confusions: confusions(&gold, &said, CONFUSIONS),
        });
    }
    let gold: Vec<Urgency> = rows.iter().map(|r| r.gold.urgency).collect();
    let said: Vec<Urgency> = answers.iter().map(|a| a.urgency).collect();
    let sure: Vec<(f32, bool)> =
        answers.iter().zip(&gold).filter_map(|(a, g)| a.urgency_p.map(|(p, level)| (p, level == *g))).collect();
    let flags = Flag::ALL
        .into_iter()
        .filter(|_| answers.iter().any(|a| a.flags.is_some()))
        .map(|flag| FlagScores {
            flag,
            counts: LabelCounts::of(
                rows.iter()
                    .zip(answers)
                    .map(|(r, a)| (r.gold.flags.contains(&flag), a.flags.as_ref().is_some_and(|f| f.contains(&flag)))),
            ),
        })
        .collect();
    let certain: Vec<bool> = answers
        .iter()
        .zip(rows)
        .filter(|(a, _)| !a.uncertain)
        .map(|(a, r)| a.ranked.get(1).and_then(|c| c.first()).is_some_and(|c| c.label == r.gold.category))
        .collect();
    SystemReport {
        system: system.to_owned(),
        heads,
        urgency: urgency_scores(&gold, &said),
        urgency_ece: calibration_error(&sure, Bins::Width(BINS)),
        flags,
        risk,
        certain: stated
            .then(|| super::score::Share { hits: certain.iter().filter(|right| **right).count(), of: certain.len() }),
    }
}

/// The baseline's training rows and features.
struct Learned<'r> {
    rows: Vec<&'r Row>,
    ngrams: Ngrams,
    features: super::baseline::SparseRows,
}

impl<'r> Learned<'r> {
    fn from(rows: &'r [Row]) -> Self {
        let rows: Vec<&Row> = rows.iter().filter(|r| r.part() != Part::Held).collect();
        let texts: Vec<String> = rows.iter().map(|r| whole_text(&r.appeal)).collect();
        let ngrams = Ngrams::fit(&texts, NgramConfig::default());
        let features = ngrams.transform(&texts);
        Self { rows, ngrams, features }
    }

    fn answers(&self, test: &[&Row]) -> Vec<Answer> {
        let texts: Vec<String> = test.iter().map(|r| whole_text(&r.appeal)).collect();
        let features = self.ngrams.transform(&texts);
        let by_head = |head: Head| -> Vec<Vec<Candidate>> {
            tracing::info!(head = head_name(head), rows = self.rows.len(), "training the baseline");
            let labels: Vec<String> = self.rows.iter().map(|r| gold_label(r, head)).collect();
            rank(&self.features, &labels, &features, &SvmConfig::default())
                .into_iter()
                .map(|row| {
                    let best = row.into_iter().take(crate::triage::CANDIDATES);
                    best.map(|(label, value)| Candidate { label, p: value }).collect()
                })
                .collect()
        };
        let [mut kind, mut category, mut department] = HEADS.map(by_head);
        let mut urgency = by_head(Head::Urgency);
        let take = |list: &mut Vec<Vec<Candidate>>, n: usize| list.get_mut(n).map(std::mem::take).unwrap_or_default();
        (0..test.len())
            .map(|n| Answer {
                ranked: [take(&mut kind, n), take(&mut category, n), take(&mut department, n)],
                urgency: take(&mut urgency, n).first().and_then(|c| c.label.parse().ok()).unwrap_or(Urgency::U4),
                urgency_p: None,
                flags: None,
                uncertain: false,
            })
            .collect()
    }
}

fn whole_text(appeal: &Appeal) -> String {
    format!("{}\n{}", appeal.title, appeal.text)
}
