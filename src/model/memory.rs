//! The third voter: decided cases in memory. What people decided for the cases most like this one speaks
//! for the same decision, at once and without training.
//!
//! Vectors lie as 8-bit integers and are all looked at: exact, and for some hundred thousand cases a
//! matter of milliseconds. A memory belongs to the bundle that made its vectors.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use crate::{
    domain::{Candidate, TicketId},
    numeric::{Quantised, products},
};

/// Cases that vote at most.
const VOTERS: usize = 30;
/// A case weighs exp((cosine − 1) / this): one at cosine 0.9 a quarter of an identical one.
const SHARPNESS: f32 = 0.07;
/// The weight of all cases together at which they count as much as the model: two identical cases have
/// four fifths of the say.
const HALF: f32 = 0.5;
/// Cases from this cosine on are called similar: half of new appeals have one (EXPERIMENTS.md).
pub const SIMILAR: f32 = 0.68;

/// What people decided for a case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Decided {
    /// 诉求类型
    pub appeal_type: Option<String>,
    /// Category code.
    pub category: Option<String>,
    /// Department name.
    pub department: Option<String>,
}

/// A case and how like it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    /// The ticket.
    pub ticket: TicketId,
    /// Cosine of the two vectors.
    pub cosine: f32,
    /// What was decided.
    pub decided: Decided,
}

/// Votes of the nearest cases, nearest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recalled(pub Vec<Near>);

impl Recalled {
    /// Mixes the votes into calibrated probabilities, `(1 − λ)·p + λ·votes` with λ = weight / (weight +
    /// 0.5), where the weight is the sum over the cases of exp((cosine − 1) / 0.07). Best first; a label
    /// that the model cannot give comes in, and without similar cases next to nothing changes. Width and
    /// half were chosen on tuning rows (EXPERIMENTS.md).
    pub fn blend(&self, candidates: &mut Vec<Candidate>, decided: impl Fn(&Decided) -> Option<&String>) {
        let mut weights: BTreeMap<&str, f32> = BTreeMap::new();
        for near in &self.0 {
            if let Some(label) = decided(&near.decided) {
                *weights.entry(label.as_str()).or_default() += ((near.cosine - 1.0) / SHARPNESS).exp();
            }
        }
        let weight: f32 = weights.values().sum();
        if weight <= 0.0 {
            return;
        }
        let share = weight / (weight + HALF);
        for c in candidates.iter_mut() {
            c.p = (1.0 - share) * c.p + share * weights.remove(c.label.as_str()).unwrap_or(0.0) / weight;
        }
        let strange =
            weights.into_iter().map(|(label, w)| Candidate { label: label.to_owned(), p: share * w / weight });
        candidates.extend(strange);
        candidates.sort_by(|a, b| b.p.total_cmp(&a.p));
    }
}

/// Decided cases of one bundle's vectors. `&self` throughout: decisions come in while appeals are read.
#[derive(Debug)]
pub struct Memory {
    bundle: String,
    width: usize,
    cases: RwLock<Cases>,
}

#[derive(Debug, Default)]
struct Cases {
    vectors: Vec<i8>,
    scales: Vec<f32>,
    tickets: Vec<TicketId>,
    decided: Vec<Arc<Decided>>,
    at: HashMap<TicketId, usize>,
    /// Equal decisions are kept once.
    known: HashMap<Decided, Arc<Decided>>,
}

impl Memory {
    /// An empty memory for the vectors of a bundle.
    pub fn new(bundle: &str, width: usize) -> Self {
        Self { bundle: bundle.to_owned(), width, cases: RwLock::default() }
    }

    /// Id of the bundle whose vectors these are.
    pub fn bundle(&self) -> &str {
        &self.bundle
    }

    /// Numbers in a vector.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of cases.
    pub fn len(&self) -> usize {
        self.read().tickets.len()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Remembers a case, in place of what was remembered of the ticket. A vector of another width is not
    /// taken (false).
    pub fn put(&self, ticket: &TicketId, vector: &Quantised, decided: Decided) -> bool {
        if vector.values.len() != self.width {
            return false;
        }
        let mut guard = self.write();
        let cases = &mut *guard;
        let decided = match cases.known.get(&decided) {
            Some(known) => known.clone(),
            None => cases.known.entry(decided.clone()).or_insert(Arc::new(decided)).clone(),
        };
        match cases.at.get(ticket) {
            Some(&at) => {
                cases.vectors[at * self.width..(at + 1) * self.width].copy_from_slice(&vector.values);
                (cases.scales[at], cases.decided[at]) = (vector.scale, decided);
            }
            None => {
                cases.at.insert(ticket.clone(), cases.tickets.len());
                cases.vectors.extend_from_slice(&vector.values);
                cases.scales.push(vector.scale);
                cases.tickets.push(ticket.clone());
                cases.decided.push(decided);
            }
        }
        true
    }

    /// Forgets a ticket (its decision was withdrawn); whether it was there.
    pub fn forget(&self, ticket: &TicketId) -> bool {
        let mut guard = self.write();
        let cases = &mut *guard;
        let Some(at) = cases.at.remove(ticket) else { return false };
        // the last case takes the place
        let last = cases.tickets.len() - 1;
        let (from, to) = (last * self.width, at * self.width);
        cases.vectors.copy_within(from..from + self.width, to);
        cases.vectors.truncate(from);
        cases.scales.swap_remove(at);
        cases.decided.swap_remove(at);
        cases.tickets.swap_remove(at);
        if at < last {
            let moved = cases.tickets[at].clone();
            cases.at.insert(moved, at);
        }
        true
    }

    /// The cases that vote on a new appeal, nearest first; `except` is the appeal itself where it is
    /// stored already. Equal ones come in the order of their ids.
    pub fn recall(&self, vector: &[f32], except: Option<&TicketId>) -> Recalled {
        if vector.len() != self.width {
            return Recalled::default();
        }
        let own = Quantised::of(vector);
        let cases = self.read();
        let mut nearest: Vec<(f32, usize)> = Vec::with_capacity(VOTERS + 1);
        let mut least = f32::MIN;
        let all = products(&own.values, &cases.vectors);
        for (at, (product, scale)) in all.into_iter().zip(&cases.scales).enumerate() {
            let cosine = product as f32 * scale * own.scale;
            if cosine < least || except == Some(&cases.tickets[at]) {
                continue;
            }
            let place = nearest
                .partition_point(|(c, i)| *c > cosine || (*c == cosine && cases.tickets[*i] < cases.tickets[at]));
            nearest.insert(place, (cosine, at));
            nearest.truncate(VOTERS);
            if nearest.len() == VOTERS {
                least = nearest[VOTERS - 1].0;
            }
        }
        let near = nearest.into_iter().map(|(cosine, at)| Near {
            ticket: cases.tickets[at].clone(),
            cosine,
            decided: (*cases.decided[at]).clone(),
        });
        Recalled(near.collect())
    }

    // a panic while the lock was held leaves whole cases: each change is made after all checks
    fn read(&self) -> RwLockReadGuard<'_, Cases> {
        self.cases.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Cases> {
        self.cases.write().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
