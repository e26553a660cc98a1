//! Rows as the learners want them: tokens and targets for the encoder, signs for the n-grams.

use crate::{
    domain::HeadKind,
    model::{
        ModelInput,
        labels::{HeadLabels, Labels},
        ngram::Ngrams,
        spans::tags,
        tokenizer::Reader,
    },
};

use super::{
    LinearConfig,
    adapt::adapt,
    linear,
    sample::{Gold, Sample},
};

/// A row ready for the loss.
pub(super) struct Example {
    pub(super) ids: Vec<u32>,
    pub(super) weight: f32,
    /// One for each head.
    pub(super) targets: Vec<Target>,
}

/// What a head is to say.
#[derive(Debug)]
pub(super) enum Target {
    /// Nothing is known.
    Unknown,
    /// This label.
    One(usize),
    /// Yes or no for each label.
    Each(Vec<bool>),
    /// The tag of each token; none for tokens that are no text.
    Tags(Vec<Option<u32>>),
    /// A teacher's probabilities and their weight.
    Taught(Vec<f32>, f32),
}

pub(super) fn examples(samples: &[&Sample], reader: &Reader) -> Vec<Example> {
    let one = |s: &&Sample| {
        let sequence = reader.read(&s.input);
        let target = |gold: &Option<Gold>| match gold {
            None => Target::Unknown,
            Some(Gold::One(label)) => Target::One(*label),
            Some(Gold::Each(each)) => Target::Each(each.clone()),
            Some(Gold::Taught(p, weight)) => Target::Taught(p.clone(), *weight),
            Some(Gold::Spans(spans)) => {
                let tags = tags(&sequence, spans).into_iter().zip(&sequence.spans);
                Target::Tags(tags.map(|(tag, span)| span.as_ref().map(|_| tag)).collect())
            }
        };
        let targets = s.gold.iter().map(target).collect();
        Example { ids: sequence.ids.clone(), weight: s.weight, targets }
    };
    samples.iter().map(one).collect()
}

/// The n-gram companion of the heads for the whole text; with an earlier one and its labels, that one
/// taught further. None if nothing is known for any head.
pub(super) fn companion(
    samples: &[&Sample],
    labels: &Labels,
    earlier: Option<&(Ngrams, &Labels)>,
    config: &LinearConfig,
) -> Option<Ngrams> {
    let heads = labels.heads();
    let known = |s: &&&Sample| s.gold.iter().any(|gold| matches!(gold, Some(Gold::One(_) | Gold::Each(_))));
    let own: Vec<&&Sample> = samples.iter().filter(known).collect();
    let inputs: Vec<&ModelInput> = own.iter().map(|s| &s.input).collect();
    let sign = |yes: bool| if yes { 1 } else { -1 };
    let signs: Vec<Vec<i8>> = own
        .iter()
        .map(|s| {
            let whole = heads.iter().zip(&s.gold).filter(|(h, _)| h.kind != HeadKind::Span);
            whole
                .flat_map(|(head, gold)| match gold {
                    Some(Gold::One(own)) => (0..head.labels.len()).map(|l| sign(l == *own)).collect(),
                    Some(Gold::Each(each)) => each.iter().map(|yes| sign(*yes)).collect(),
                    _ => vec![0; head.labels.len()],
                })
                .collect()
        })
        .collect();
    (!own.is_empty()).then(|| match earlier {
        Some((earlier, own)) => adapt(earlier, &columns(own, labels), &inputs, &signs, config),
        None => linear::train(&inputs, &signs, config),
    })
}

/// For each output of `labels` for the whole text, the output of the same label in `own`.
fn columns(own: &Labels, labels: &Labels) -> Vec<Option<usize>> {
    let ranges = own.ranges();
    let from =
        |head: &HeadLabels| own.heads().iter().zip(&ranges).find(|(o, _)| o.name == head.name && o.kind == head.kind);
    let whole = labels.heads().iter().filter(|h| h.kind != HeadKind::Span);
    let columns = whole.flat_map(|head| {
        let earlier = from(head);
        let column = move |label: &String| earlier.and_then(|(own, range)| Some(range.start + own.position(label)?));
        head.labels.iter().map(column).collect::<Vec<_>>()
    });
    columns.collect()
}
