//! Model, rules, both together: as many threads as the program would use.

use std::{hint::black_box, path::Path, sync::Arc, time::Instant};

use tingsu::{
    boot,
    city::CityPack,
    domain::Appeal,
    infer::{Infer, InferConfig},
    model::{Bundle, ModelInput, Precision, Prediction},
    text::Normalized,
    triage::Triager,
};

use super::{Line, SLOW_RUNS, middle};

/// Appeals asked one by one, and in batches.
const ALONE: usize = 100;
const BATCHED: usize = 320;
const BATCH: usize = 32;

pub(crate) fn lines(appeals: &[Appeal], pack: &Arc<CityPack>, model: Option<&Path>) -> Vec<Line> {
    let [bundle, floats] = [Precision::Int8, Precision::Float].map(|precision| {
        let bundle = match model {
            Some(dir) => Bundle::open_in(dir, precision),
            None => Bundle::from_files_in(&boot::embedded_bundle(), precision),
        };
        Arc::new(bundle.unwrap())
    });
    let input = |a: &Appeal| ModelInput {
        title: Normalized::of(&a.title).text().to_owned(),
        text: Normalized::of(&a.text).text().to_owned(),
    };
    let inputs: Vec<ModelInput> = appeals.iter().map(input).collect();
    let tokens: Vec<usize> = inputs.iter().map(|i| bundle.tokens(i)).collect();
    let sum = |n: usize| tokens.iter().take(n).sum::<usize>();
    let timed = |work: &dyn Fn()| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    let mut lines = Vec::new();
    let mut run = |stage: String, count: usize, work: &dyn Fn()| {
        let seconds = middle(SLOW_RUNS, || timed(work));
        lines.push(Line { tokens: sum(count), ..Line::new(&stage, None, count, seconds) });
    };
    run("tokenise (1 thread)".into(), inputs.len(), &|| {
        inputs.iter().for_each(|i| {
            black_box(bundle.tokens(i));
        });
    });
    for (batch, most) in [(1, ALONE), (BATCH, BATCHED)] {
        for explain in [false, true] {
            let count = most.min(inputs.len());
            let reasons = if explain { "with reasons" } else { "without reasons" };
            run(format!("model, batch {batch}, {reasons}"), count, &|| {
                for chunk in inputs[..count].chunks(batch) {
                    assert_eq!(bundle.predict(chunk, explain).unwrap().len(), chunk.len());
                }
            });
        }
    }
    let count = BATCHED.min(inputs.len());
    let seconds = middle(SLOW_RUNS, || {
        timed(&|| {
            inputs[..count].chunks(BATCH).for_each(|c| assert_eq!(floats.predict(c, false).unwrap().len(), c.len()));
        })
    });
    let stage = format!("model, batch {BATCH}, without reasons");
    lines.push(Line { tokens: sum(count), ..Line::new(&stage, Some("the same network in f32"), count, seconds) });
    agreement(&bundle, &floats, &inputs);
    let mut run = |stage: String, count: usize, work: &dyn Fn()| {
        let seconds = middle(SLOW_RUNS, || timed(work));
        lines.push(Line { tokens: sum(count), ..Line::new(&stage, None, count, seconds) });
    };
    let rules = Triager::new(Arc::clone(pack), None);
    run("pack rules alone (1 thread)".into(), appeals.len(), &|| {
        appeals.iter().for_each(|a| {
            black_box(rules.rules_only(a));
        });
    });
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let infer = Infer::start(
        Arc::new(Triager::new(Arc::clone(pack), Some(bundle.clone()))),
        InferConfig { queue: 256, batch: 16, threads },
    );
    let count = BATCHED.min(appeals.len());
    run(format!("whole triage, {threads} workers, with reasons"), count, &|| {
        assert_eq!(infer.triage_many(appeals[..count].to_vec(), true).unwrap().len(), count);
    });
    lines
}

/// How often 8-bit integers and f32 give the same first labels, on stderr.
fn agreement(int8: &Bundle, floats: &Bundle, inputs: &[ModelInput]) {
    let (a, b) = (int8.predict(inputs, false).unwrap(), floats.predict(inputs, false).unwrap());
    let first = |p: &[f32; 4]| (0..4).fold(0, |best, i| if p[i] > p[best] { i } else { best });
    let share = |same: &dyn Fn(&Prediction, &Prediction) -> bool| {
        a.iter().zip(&b).filter(|(a, b)| same(a, b)).count() as f64 / inputs.len() as f64
    };
    eprintln!(
        "8-bit integers and f32 agree on {} appeals: category {:.4}, department {:.4}, type {:.4}, urgency {:.4}",
        inputs.len(),
        share(&|a, b| a.category[0].label == b.category[0].label),
        share(&|a, b| a.department[0].label == b.department[0].label),
        share(&|a, b| a.appeal_type[0].label == b.appeal_type[0].label),
        share(&|a, b| first(&a.urgency) == first(&b.urgency)),
    );
}
