//! One run: tasks × systems, and teaching the second look.

use std::{sync::Arc, time::Instant};

use crate::{
    labelled::Part,
    search::{Mode, Net, Query, Weights},
    text::Segmenter,
};

use super::{
    SearchEvalError, SearchReport, Task, TaskReport,
    fusion::{FUSED, FUSION, fused},
    learn::{Candidates, learn},
    peers::{Fts5, postgres},
    reader::Reader,
    report::Figures,
    systems::{Ours, Plain},
    tasks::{Asked, Doc},
};

/// Features that only vectors give.
const COSINE: usize = 16;
/// What is typed is like a title, what is pasted like a text.
fn as_doc(task: &Task, asked: &Asked) -> Doc {
    match task.pasted {
        true => Doc { text: asked.query.clone(), ..Doc::default() },
        false => Doc { title: asked.query.clone(), ..Doc::default() },
    }
}

/// A task with our index over it and the vectors of its queries.
pub(super) struct Prepared<'t> {
    pub(super) task: &'t Task,
    pub(super) ours: Ours,
    pub(super) asked: Vec<(&'t Asked, Option<Vec<f32>>)>,
}

pub(super) fn prepare<'t>(
    task: &'t Task,
    part: Part,
    most: usize,
    segmenter: &Arc<Segmenter>,
    mut reader: Option<&mut Reader<'_>>,
) -> Result<Prepared<'t>, SearchEvalError> {
    let of_docs = reader.as_mut().map(|r| r.read(task.docs.iter().cloned())).unwrap_or_default();
    let chosen: Vec<&Asked> = task.asked.iter().filter(|a| a.part == part).take(most).collect();
    let own = match reader {
        Some(reader) => {
            let own = reader.read(chosen.iter().map(|a| as_doc(task, a))).into_iter().map(Some).collect();
            reader.keep()?;
            own
        }
        None => vec![None; chosen.len()],
    };
    Ok(Prepared { task, ours: Ours::of(task, segmenter, &of_docs)?, asked: chosen.into_iter().zip(own).collect() })
}

pub(super) fn measured(
    system: &str,
    asked: &[(&Asked, Option<Vec<f32>>)],
    mut ask: impl FnMut(&Asked, Option<&Vec<f32>>) -> Result<Vec<usize>, SearchEvalError>,
) -> Result<Figures, SearchEvalError> {
    let started = Instant::now();
    let answers = asked.iter().map(|(a, v)| ask(a, v.as_ref())).collect::<Result<Vec<_>, _>>()?;
    let took = started.elapsed();
    let pairs = answers.iter().zip(asked).map(|(found, (a, _))| (found.as_slice(), a.right.as_slice()));
    Ok(Figures::of(system, pairs, Some(took)))
}

/// Figures of all systems on the held-back queries of some tasks, at most so many of each.
///
/// # Errors
/// A system failed; PostgreSQL that cannot be reached is a note in the report.
pub(super) fn compare(
    tasks: &[Task],
    most: usize,
    mut reader: Option<&mut Reader<'_>>,
    postgres_url: Option<&str>,
) -> Result<SearchReport, SearchEvalError> {
    let segmenter = Arc::new(Segmenter::new(&[], &[]));
    let mut report =
        SearchReport { model: reader.as_ref().map(|r| r.bundle().id().to_owned()), ..SearchReport::default() };
    let with_vectors = reader.is_some();
    if !with_vectors {
        report.notes.push("没有模型,只评按词检索".into());
    }
    if postgres_url.is_none() {
        report.notes.push("没有给出 --postgres,不比较 PostgreSQL".into());
    }
    for task in tasks {
        let prepared = prepare(task, Part::Held, most, &segmenter, reader.as_deref_mut())?;
        let asked = &prepared.asked;
        let mut systems = Vec::new();
        for mode in Mode::ALL.into_iter().filter(|m| *m == Mode::Bm25 || with_vectors) {
            systems.push(measured(mode.code(), asked, |a, v| {
                prepared.ours.ask(&Ours::query(prepared.task, &a.query, mode, v))
            })?);
        }
        if with_vectors {
            systems.push(measured(FUSION, asked, |a, v| {
                let by = |mode| {
                    let query = Query { limit: FUSED, ..Ours::query(prepared.task, &a.query, mode, v) };
                    prepared.ours.ask(&query)
                };
                Ok(fused(&[by(Mode::Bm25)?, by(Mode::Vector)?]))
            })?);
        }
        let plain = Plain::of(task, &segmenter)?;
        systems.push(measured("tantivy, jieba", asked, |a, _| plain.ask(&a.query, &segmenter))?);
        let mut fts5 = Fts5::of(task)?;
        systems.push(measured("SQLite FTS5, trigram", asked, |a, _| fts5.ask(&a.query))?);
        if let Some(url) = postgres_url {
            let typed: Vec<&str> = asked.iter().map(|(a, _)| a.query.as_str()).collect();
            match postgres(url, task, &typed, &segmenter) {
                Ok(found) => {
                    let pairs = found.iter().zip(asked).map(|(found, (a, _))| (found.as_slice(), a.right.as_slice()));
                    systems.push(Figures::of("PostgreSQL, simple", pairs, None));
                }
                Err(error) => report.notes.push(format!("不比较 PostgreSQL:{error}")),
            }
        }
        report.tasks.push(TaskReport {
            task: task.name.to_owned(),
            title: task.title.to_owned(),
            docs: task.docs.len(),
            queries: asked.len(),
            systems,
        });
    }
    Ok(report)
}

/// Weights of the second look, learned from the tuning queries of all tasks.
///
/// # Errors
/// The index failed.
pub(super) fn teach(
    tasks: &[Task],
    most: usize,
    reader: &mut Reader<'_>,
    made_by: &str,
) -> Result<Weights, SearchEvalError> {
    let segmenter = Arc::new(Segmenter::new(&[], &[]));
    let (mut by_words, mut with_vectors): (Vec<Candidates>, Vec<Candidates>) = Default::default();
    for task in tasks {
        let prepared = prepare(task, Part::Tune, most, &segmenter, Some(reader))?;
        for (asked, vector) in &prepared.asked {
            for (mode, all) in [(Mode::Bm25, &mut by_words), (Mode::Hybrid, &mut with_vectors)] {
                let query = Ours::query(task, &asked.query, mode, vector.as_ref());
                let found = prepared.ours.index.candidates(&query);
                let found = found.map_err(|e| SearchEvalError::System("tingsu", e.to_string()))?;
                let right = |id: &str| id.parse().is_ok_and(|n: usize| asked.right.contains(&n));
                all.push(found.into_iter().map(|(id, f)| (f, right(id.as_str()))).collect());
            }
        }
    }
    let rounded = |net: Net| Net {
        mean: net.mean.into_iter().map(short).collect(),
        deviation: net.deviation.into_iter().map(short).collect(),
        direct: net.direct.into_iter().map(short).collect(),
        units: net
            .units
            .into_iter()
            .map(|(w, b, o)| (w.into_iter().map(short).collect(), short(b), short(o)))
            .collect(),
    };
    Ok(Weights {
        made_by: made_by.to_owned(),
        words: rounded(learn(&by_words, |n| n != COSINE)),
        hybrid: rounded(learn(&with_vectors, |_| true)),
    })
}

/// Four digits are enough, and the file stays readable.
fn short(x: f32) -> f32 {
    format!("{x:.3e}").parse().unwrap_or(x)
}
