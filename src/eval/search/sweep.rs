//! Weights of the ranking, one moved at a time, on the queries that choose weights.
//!
//! Each is asked twice: the first look alone (words of the index as they are counted there), and as served,
//! where a second look orders the answers to longer queries.

use std::sync::Arc;

use crate::{
    labelled::Part,
    search::{Mode, Ranking},
    text::Segmenter,
};

use super::{
    SearchEvalError, SearchReport, Task, TaskReport,
    run::{measured, prepare},
    systems::Ours,
};

/// The shipped weights, and neighbours of them that differ in one.
pub fn variants() -> Vec<(String, Ranking)> {
    let base = Ranking::default();
    let mut all = vec![("shipped".to_owned(), base.clone())];
    let mut add = |name: &str, values: &[f32], set: fn(&mut Ranking, f32)| {
        for value in values {
            let mut moved = base.clone();
            set(&mut moved, *value);
            if moved != base {
                all.push((format!("{name} {value}"), moved));
            }
        }
    };
    add("title", &[1.0, 1.5, 2.0, 3.0], |r, x| r.texts[0] = x);
    add("place", &[0.4, 0.8, 1.2], |r, x| r.texts[2] = x);
    add("reply", &[0.25, 0.5, 1.0], |r, x| r.texts[3] = x);
    add("gram", &[0.0, 0.1, 0.25, 0.5], |r, x| r.gram = x);
    add("whole", &[0.0, 0.25, 0.5, 1.0], |r, x| r.whole = x);
    add("pair", &[0.0, 0.1, 0.25, 0.5], |r, x| r.pair = x);
    add("all_up_to", &[0.0, 2.0, 3.0, 4.0], |r, x| r.all_up_to = x as usize);
    add("share", &[0.15, 0.3, 0.45], |r, x| r.share = x);
    add("needed_at_most", &[1.0, 2.0, 3.0, 4.0], |r, x| r.needed_at_most = x as usize);
    all
}

/// Figures of every variant on at most so many tuning queries of each task.
///
/// # Errors
/// The index failed.
pub(super) fn sweep(tasks: &[Task], most: usize) -> Result<SearchReport, SearchEvalError> {
    let segmenter = Arc::new(Segmenter::new(&[], &[]));
    let mut report = SearchReport { notes: vec!["调优用的查询,按词检索".into()], ..SearchReport::default() };
    for task in tasks {
        let prepared = prepare(task, Part::Tune, most, &segmenter, None)?;
        let mut systems = Vec::new();
        for (name, ranking) in variants() {
            for (look, again_from) in [("first look", usize::MAX), ("served", ranking.again_from)] {
                prepared.ours.index.set_ranking(Ranking { again_from, ..ranking.clone() });
                systems.push(measured(&format!("{name}, {look}"), &prepared.asked, |a, _| {
                    prepared.ours.ask(&Ours::query(prepared.task, &a.query, Mode::Bm25, None))
                })?);
            }
        }
        report.tasks.push(TaskReport {
            task: task.name.to_owned(),
            title: task.title.to_owned(),
            docs: task.docs.len(),
            queries: prepared.asked.len(),
            systems,
        });
    }
    Ok(report)
}
