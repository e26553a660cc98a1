//! What is learned from: texts with what is known of them, whatever files it came from. Labelled
//! appeals, the rows of a task and the word of a teacher meet here, by the ids of the texts.

use std::collections::{BTreeSet, HashMap};

use crate::{
    domain::{Appeal, Field, FieldSpan, HeadKind},
    labelled::{HeadGold, Origin, Part, Row, TaskHead, TaskRow, TaskRows, phrase_spans},
    model::{
        Bundle, HeldBack, ModelInput,
        labels::{HeadLabels, Labels},
        spans::Stretch,
    },
    text::Normalized,
};

use super::{Dataset, FitConfig, Labelled, TrainError};

/// Known rows that a head needs at least.
const LEAST: usize = 40;
/// Column of the labelled appeals that a head of a task may read.
const PLACE: &str = "place";

/// A text with what is known of it.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) id: String,
    pub(super) input: ModelInput,
    pub(super) part: Part,
    /// Real and simulated appeals are measured apart; none for other rows.
    pub(super) origin: Option<Origin>,
    pub(super) weight: f32,
    /// One for each head.
    pub(super) gold: Vec<Option<Gold>>,
}

/// What is known for one head.
#[derive(Clone, Debug)]
pub(super) enum Gold {
    One(usize),
    Each(Vec<bool>),
    Spans(Vec<Stretch>),
    /// A teacher's probabilities of the labels, and what they weigh beside a reader's word.
    Taught(Vec<f32>, f32),
}

/// Weight of a head's loss and whether its rare labels weigh more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) weight: f32,
    pub(super) balance: bool,
}

/// Everything that a run learns from.
pub(super) struct Course {
    pub(super) labels: Labels,
    pub(super) plans: Vec<Plan>,
    pub(super) samples: Vec<Sample>,
    /// Texts without labels that a teacher spoke for.
    pub(super) taught: usize,
    /// Which held-back appeals stay out; none if there are no labelled appeals.
    pub(super) held_back: Option<HeldBack>,
    pub(super) notes: Vec<String>,
}

/// Title and text as the bundle will see them.
pub(super) fn normalized(appeal: &Appeal) -> ModelInput {
    let text = |t: &str| Normalized::of(t).text().to_owned();
    ModelInput { title: text(&appeal.title), text: text(&appeal.text) }
}

/// Stretches of the original in the normalised texts.
fn stretches<'s>(appeal: &Appeal, spans: impl IntoIterator<Item = (&'s FieldSpan, usize)>) -> Vec<Stretch> {
    let texts = [&appeal.title, &appeal.text].map(|t| Normalized::of(t));
    let own = spans.into_iter().map(|(at, label)| {
        let text = &texts[usize::from(at.field == Field::Text)];
        Stretch { label, field: at.field, bytes: text.normalized_bytes(at.span) }
    });
    own.filter(|s| !s.bytes.is_empty()).collect()
}

/// Reads whatever the configuration names.
///
/// # Errors
/// Names the file, the line and what is wrong with it, or the head that cannot be learned.
pub(super) fn gather(config: &FitConfig, history: Vec<Row>, kept: Option<&Labels>) -> Result<Course, TrainError> {
    let files = !(config.sources.annotations.is_empty() && config.sources.corpus.is_empty());
    let appeals = files || !history.is_empty();
    let beside: &[&str] = if appeals { &[PLACE] } else { &[] };
    let task = config.task.as_ref().map(|task| task.read(beside)).transpose()?;
    let data = match appeals {
        true => Some(Dataset::read_with(&config.sources, history, config.labels.as_ref())?),
        false => None,
    };
    let TaskRows { heads, rows, notes } = task.unwrap_or_default();
    let further: Vec<HeadLabels> =
        heads.iter().map(|h| HeadLabels { name: h.name.clone(), kind: h.kind, labels: h.labels.clone() }).collect();
    let labels = match &data {
        Some(data) => {
            let own = config.labels.clone().unwrap_or_else(|| match kept {
                Some(kept) => data.labels().joined(kept),
                None => data.labels(),
            });
            let taught: Vec<&str> = heads.iter().map(|h| h.name.as_str()).collect();
            own.without(&taught).beside(further)?
        }
        None if heads.is_empty() => {
            let why = "nothing to learn from: name labelled appeals (--annotations, --corpus) or a task (--task)";
            return Err(TrainError::Data(why.into()));
        }
        None => Labels::only(further)?,
    };
    let mut plans = Vec::new();
    if data.is_some() {
        // of the marks hardly any occurs in a row
        plans.extend([1.0, 1.0, 1.0, 1.0, 0.5].map(|weight| Plan { weight, balance: false }));
    }
    for head in labels.further() {
        let own = heads.iter().find(|h| h.name == head.name);
        plans.push(own.map_or(Plan { weight: 1.0, balance: false }, |h| Plan { weight: h.weight, balance: h.balance }));
    }
    let held_back = data.is_some().then_some(if config.hold_simulated { HeldBack::Excluded } else { HeldBack::Real });
    let mut course = Course { labels, plans, samples: Vec::new(), taught: 0, held_back, notes };
    if let Some(data) = &data {
        course.appeals(data, &heads, config)?;
    }
    course.rows(&heads, rows);
    if let (Some(teacher), Some(data)) = (&config.teacher, &data) {
        let open = data.unlabelled(&config.sources)?;
        course.teach(open, &Bundle::open(teacher)?, config.taught_weight)?;
    }
    course.check(&heads)?;
    Ok(course)
}

/// What an appeal is used for. Blending and threshold are for citizens' words, so real appeals and those of
/// authors kept apart tune alone where there are enough of them.
fn part(row: &Labelled, real: usize, config: &FitConfig) -> Part {
    if row.apart {
        return Part::Tune;
    }
    match (row.row.part(), row.row.origin) {
        (Part::Held, Origin::Simulated) if !config.hold_simulated => Part::Train,
        (Part::Tune, Origin::Simulated) if real >= 100 => Part::Train,
        (part, _) => part,
    }
}

impl Course {
    /// Labelled appeals: the heads of triage, and any head that reads their places.
    fn appeals(&mut self, data: &Dataset, heads: &[TaskHead], config: &FitConfig) -> Result<(), TrainError> {
        let tuning = |r: &&Labelled| r.row.origin == Origin::Real && r.row.part() == Part::Tune;
        let real = data.rows.iter().filter(tuning).count();
        let mut not_verbatim = 0;
        for r in &data.rows {
            let gold = &r.row.gold;
            let single = |name: &str, label: &str| {
                let unknown =
                    || TrainError::Data(format!("label `{label}` of appeal {} is not in the list of labels", r.row.id));
                let at = self.labels.get(name).and_then(|h| h.position(label));
                at.map(|at| Some(Gold::One(at))).ok_or_else(unknown)
            };
            let mut all = vec![
                single("type", gold.appeal_type.label())?,
                single("category", &gold.category)?,
                single("department", &gold.department)?,
                single("urgency", gold.urgency.code())?,
                Some(Gold::Each(r.flags.to_vec())),
            ];
            all.resize(self.labels.heads().len() - heads.len(), None);
            for head in heads {
                let reads = head.kind == HeadKind::Span && head.column == PLACE && gold.place_read;
                let label = head.phrase_label.filter(|_| reads);
                all.push(label.and_then(|label| {
                    let Some(phrase) = &gold.place else { return Some(Gold::Spans(Vec::new())) };
                    let spans = phrase_spans(&r.row.appeal, phrase);
                    not_verbatim += usize::from(spans.is_empty());
                    (!spans.is_empty()).then(|| Gold::Spans(stretches(&r.row.appeal, spans.iter().map(|s| (s, label)))))
                }));
            }
            self.samples.push(Sample {
                id: r.row.id.clone(),
                input: r.input.clone(),
                part: part(r, real, config),
                origin: Some(r.row.origin),
                weight: if r.row.origin == Origin::Real { 1.0 } else { config.simulated_weight },
                gold: all,
            });
        }
        if not_verbatim > 0 {
            self.notes.push(format!(
                "{not_verbatim} places of labelled appeals do not stand in their texts, not learned from"
            ));
        }
        Ok(())
    }

    /// Rows of a task: what they say of an appeal that is there already is added to it.
    fn rows(&mut self, heads: &[TaskHead], rows: Vec<TaskRow>) {
        let before = self.plans.len() - heads.len();
        let by_id: HashMap<String, usize> = self.samples.iter().enumerate().map(|(i, s)| (s.id.clone(), i)).collect();
        for row in rows {
            let gold = row.gold.iter().map(|gold| {
                Some(match gold.as_ref()? {
                    HeadGold::One(label) => Gold::One(*label),
                    HeadGold::Each(each) => Gold::Each(each.clone()),
                    HeadGold::Spans(spans) => {
                        Gold::Spans(stretches(&row.appeal, spans.iter().map(|(at, label)| (at, *label))))
                    }
                })
            });
            if let Some(own) = by_id.get(&row.id).and_then(|i| self.samples.get_mut(*i)) {
                for (own, new) in own.gold.iter_mut().skip(before).zip(gold) {
                    *own = own.take().or(new);
                }
                own.part = own.part.max(row.part);
                continue;
            }
            let gold = std::iter::repeat_n(None, before).chain(gold).collect();
            let input = normalized(&row.appeal);
            self.samples.push(Sample { id: row.id, input, part: row.part, origin: None, weight: row.weight, gold });
        }
    }

    /// Takes a teacher's word for appeals without labels, in the heads that it answers.
    fn teach(&mut self, open: Vec<(String, ModelInput)>, teacher: &Bundle, weight: f32) -> Result<(), TrainError> {
        let own = self.labels.heads();
        let places = teacher.labels().heads().iter().map(|head| {
            let other =
                || TrainError::Data(format!("the teacher {} answers other labels for {}", teacher.id(), head.name));
            own.iter().position(|o| o == head).ok_or_else(other)
        });
        let places = places.collect::<Result<Vec<usize>, _>>()?;
        let inputs: Vec<ModelInput> = open.iter().map(|(_, input)| input.clone()).collect();
        let by_id: HashMap<String, usize> = self.samples.iter().enumerate().map(|(i, s)| (s.id.clone(), i)).collect();
        self.taught = open.len();
        for ((id, input), votes) in open.into_iter().zip(teacher.votes(&inputs)?) {
            let at = by_id.get(&id).copied().unwrap_or_else(|| {
                let gold = vec![None; self.plans.len()];
                self.samples.push(Sample { id, input, part: Part::Train, origin: None, weight: 1.0, gold });
                self.samples.len() - 1
            });
            for (head, place) in places.iter().enumerate() {
                let p = teacher.probabilities(&votes, head);
                let gold = &mut self.samples[at].gold[*place];
                if gold.is_none() && !p.is_empty() {
                    *gold = Some(Gold::Taught(p, weight));
                }
            }
        }
        Ok(())
    }

    /// The rows that are trained on, that tune, and that are held back.
    pub(super) fn parts(&self, tuning_trains: bool) -> (Vec<&Sample>, Vec<&Sample>, Vec<&Sample>) {
        let of = |wanted: &[Part]| self.samples.iter().filter(|s| wanted.contains(&s.part)).collect();
        let train = if tuning_trains { of(&[Part::Train, Part::Tune]) } else { of(&[Part::Train]) };
        (train, of(&[Part::Tune]), of(&[Part::Held]))
    }

    /// Whether every head of a task can be learned (those of triage are checked with their appeals).
    fn check(&self, heads: &[TaskHead]) -> Result<(), TrainError> {
        let before = self.plans.len() - heads.len();
        for (at, head) in self.labels.heads().iter().enumerate().skip(before) {
            let known = self.samples.iter().filter_map(|s| Some((s.part, s.gold.get(at)?.as_ref()?)));
            let (mut rows, mut trained, mut seen) = (0, 0, BTreeSet::new());
            for (part, gold) in known {
                rows += 1;
                trained += usize::from(part == Part::Train);
                match gold {
                    Gold::One(label) => drop(seen.insert(*label)),
                    Gold::Each(each) => seen.extend((0..each.len()).filter(|l| each[*l])),
                    Gold::Spans(spans) => seen.extend(spans.iter().map(|s| s.label)),
                    Gold::Taught(..) => {}
                }
            }
            let bad = |why: String| Err(TrainError::Data(format!("head {}: {why}", head.name)));
            if rows < LEAST {
                return bad(format!("{rows} rows say something of it, at least {LEAST} are needed"));
            }
            if trained == 0 {
                return bad("none of its rows may be trained on: look at part and split in the task".into());
            }
            match (head.kind, seen.len()) {
                (HeadKind::Single, 0 | 1) => return bad("only one label occurs, nothing can be learned".into()),
                (HeadKind::Multi, 0) => return bad("no row has any of its labels, nothing can be learned".into()),
                (HeadKind::Span, 0) => return bad("no row has a stretch, nothing can be learned".into()),
                _ => {}
            }
        }
        Ok(())
    }
}
