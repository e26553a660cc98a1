//! How good are the suggestions, by what people decided? And which tickets should a person look at
//! first, because the next model would learn most from them?

use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    domain::{Candidate, Decision, Fault, Head, Right, Suggestion, Ticket, Urgency},
    shelf::{Chosen, Entry, Kept, Shelf, Why},
};

use super::Desk;

/// Decisions and tickets that are looked at: the latest ones.
const DECISIONS: u64 = 5_000;
const TICKETS: i64 = 3_000;
/// Rows of one table.
const ROWS: usize = 15;
/// Tickets to look at first.
const QUEUE: usize = 30;
/// Under this the first category is a guess.
const LOW: f32 = 0.5;
const BINS: usize = 5;

/// How often a head's suggestion was what a person decided.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Adoption {
    /// Decided tickets that had a suggestion of this head: the denominator.
    pub of: u64,
    /// The first suggestion was decided.
    pub first: u64,
    /// One of the first three was.
    pub third: u64,
}

/// What was suggested with a certainty, and how often it was right.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// Lower end of the certainty, inclusive.
    pub from: f32,
    /// Upper end.
    pub to: f32,
    /// How many.
    pub of: u64,
    /// How many of them were right.
    pub right: u64,
    /// Sum of the certainties.
    pub sum: f64,
}

/// Why a ticket should be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// The model is unsure of the category.
    Unsure,
    /// Similar cases went to another department.
    Precedent,
    /// Rules and model are two levels apart.
    Urgency,
}

/// The page.
#[derive(Clone, Debug, Default)]
pub struct QualityReport {
    /// Decisions that were read.
    pub decisions: u64,
    /// Of them without a suggestion.
    pub unaided: u64,
    /// By head, in the order of [`Head`].
    pub heads: Vec<(Head, Adoption)>,
    /// By suggested category: code and adoption, the most decided first.
    pub categories: Vec<(String, Adoption)>,
    /// Suggested category, decided one, how often.
    pub confused: Vec<(String, String, u64)>,
    /// The same of departments.
    pub departments: Vec<(String, String, u64)>,
    /// Certainty of the first category against what was decided.
    pub bins: Vec<Bin>,
    /// By bundle: its id and how its first category did.
    pub models: Vec<(String, Adoption)>,
    /// Undecided tickets, the most doubtful first.
    pub queue: Vec<(Ticket, Vec<Doubt>)>,
}

/// The bundles of the data folder.
#[derive(Clone, Debug, Default)]
pub struct Models {
    /// On the shelf.
    pub kept: Vec<Kept>,
    /// Which is to answer.
    pub active: Chosen,
    /// Which one a rollback brings back.
    pub before: Option<Chosen>,
    /// Changes, the newest first.
    pub journal: Vec<Entry>,
}

impl Desk {
    /// Adoption, confusion and calibration over the latest decisions, and the queue for labelling.
    ///
    /// # Errors
    /// Not allowed, or the store failed.
    pub async fn quality(&self) -> Result<QualityReport, Fault> {
        self.actor().needs(Right::Quality)?;
        let store = &self.room.store;
        let decisions = store.latest_decisions(DECISIONS).await?;
        let from = (store.last_seq().await? - TICKETS).max(0);
        let tickets = store.tickets_after(from, TICKETS.unsigned_abs()).await?;
        let mut report = judged(&decisions);
        let mut queue: Vec<(Ticket, Vec<Doubt>)> = tickets
            .into_iter()
            .filter(|ticket| ticket.labels.category.is_none())
            .filter_map(|ticket| {
                let doubts = doubts(ticket.suggestion.as_ref()?);
                (!doubts.is_empty()).then_some((ticket, doubts))
            })
            .collect();
        queue.sort_by(|(a, x), (b, y)| {
            y.len().cmp(&x.len()).then(certainty(a).total_cmp(&certainty(b))).then(a.id.cmp(&b.id))
        });
        queue.truncate(QUEUE);
        report.queue = queue;
        Ok(report)
    }

    /// The bundles of the data folder.
    ///
    /// # Errors
    /// Not allowed, there is no data folder, or it cannot be read.
    pub fn models(&self) -> Result<Models, Fault> {
        self.actor().needs(Right::Quality)?;
        let shelf = self.shelf()?;
        let standing = shelf.standing().map_err(told)?;
        let mut journal = shelf.journal().map_err(told)?;
        journal.reverse();
        Ok(Models {
            kept: shelf.list().map_err(told)?,
            before: standing.before.last().cloned(),
            active: standing.bundle,
            journal,
        })
    }

    /// Lets another bundle answer (none: the embedded one); the running service takes it up by itself.
    /// The figures by which the present ones did go into the journal.
    ///
    /// # Errors
    /// Not allowed, no reason is given, or the bundle cannot be used.
    pub async fn activate_model(&self, id: Option<&str>, reason: &str) -> Result<Entry, Fault> {
        let (actor, shelf) = (self.actor(), self.shelf()?);
        actor.needs(Right::Admin)?;
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > 500 {
            return Err(Fault::invalid("请写明启用理由(500 字以内)").at("reason"));
        }
        let chosen = match id {
            Some(id) => Chosen::Kept(shelf.find(id).map_err(told)?.id),
            None => Chosen::Embedded,
        };
        let models = self.quality().await?.models;
        let lived = |(id, a): &(String, Adoption)| json!({ "model": id, "first": a.first, "of": a.of });
        let compared = json!({ "decided": models.iter().map(lived).collect::<Vec<_>>() });
        let why = Why { who: actor.name.clone(), reason: Some(reason.to_owned()), forced: false, compared };
        let done = tokio::task::spawn_blocking(move || shelf.activate(chosen, why));
        let entry = done.await.map_err(|_| super::trouble::lost("activating a model"))?.map_err(told)?;
        self.note(&actor, "model_activated", format!("{} -> {}", entry.instead_of, entry.bundle)).await?;
        Ok(entry)
    }

    /// Lets the bundle before answer again.
    ///
    /// # Errors
    /// Not allowed, or there is none.
    pub async fn roll_model_back(&self, reason: &str) -> Result<Entry, Fault> {
        let (actor, shelf) = (self.actor(), self.shelf()?);
        actor.needs(Right::Admin)?;
        let reason = Some(reason.trim().chars().take(500).collect::<String>()).filter(|r| !r.is_empty());
        let why = Why { who: actor.name.clone(), reason, ..Why::default() };
        let done = tokio::task::spawn_blocking(move || shelf.rollback(why));
        let entry = done.await.map_err(|_| super::trouble::lost("going back to a model"))?.map_err(told)?;
        self.note(&actor, "model_rolled_back", format!("{} -> {}", entry.instead_of, entry.bundle)).await?;
        Ok(entry)
    }

    fn shelf(&self) -> Result<Shelf, Fault> {
        let data = self.room.config.data.as_deref();
        data.map(Shelf::of).ok_or_else(|| Fault::invalid("此服务没有数据目录,不能更换模型"))
    }
}

fn told(error: crate::shelf::ShelfError) -> Fault {
    Fault::new(crate::domain::FaultKind::Conflict, format!("模型库:{error}"))
}

fn certainty(ticket: &Ticket) -> f32 {
    ticket.suggestion.as_ref().and_then(|s| s.category.first()).map_or(1.0, |c| c.p)
}

fn doubts(suggestion: &Suggestion) -> Vec<Doubt> {
    let first = |list: &[Candidate]| list.first().cloned();
    let unsure = suggestion.uncertain || first(&suggestion.category).is_some_and(|c| c.p < LOW);
    let elsewhere = match (&suggestion.precedent, first(&suggestion.department)) {
        (Some(own), Some(department)) => own.department != department.label && own.cases * 2 > own.of,
        _ => false,
    };
    let model = Urgency::ALL.iter().zip(suggestion.urgency.model).max_by(|a, b| a.1.total_cmp(&b.1));
    let rank = |level: Urgency| Urgency::ALL.iter().position(|l| *l == level).unwrap_or(0);
    let apart = match (suggestion.urgency.floor, model) {
        (Some(floor), Some((level, p))) if p > 0.0 => rank(floor).abs_diff(rank(*level)) >= 2,
        _ => false,
    };
    [(Doubt::Unsure, unsure), (Doubt::Precedent, elsewhere), (Doubt::Urgency, apart)]
        .into_iter()
        .filter(|(_, there)| *there)
        .map(|(doubt, _)| doubt)
        .collect()
}

impl Adoption {
    fn count(&mut self, given: &[Candidate], decided: &str) {
        self.of += 1;
        self.first += u64::from(given.first().is_some_and(|c| c.label == decided));
        self.third += u64::from(given.iter().take(3).any(|c| c.label == decided));
    }
}

/// What decisions say of the suggestions that they answered.
fn judged(decisions: &[Decision]) -> QualityReport {
    let mut heads =
        BTreeMap::from([Head::Type, Head::Category, Head::Department, Head::Urgency].map(|h| (h, Adoption::default())));
    let mut categories: BTreeMap<String, Adoption> = BTreeMap::new();
    let mut models: BTreeMap<String, Adoption> = BTreeMap::new();
    let mut pairs: [BTreeMap<(String, String), u64>; 2] = Default::default();
    let width = 1.0 / BINS as f32;
    let mut bins: Vec<Bin> =
        (0..BINS).map(|n| Bin { from: n as f32 * width, to: (n + 1) as f32 * width, ..Bin::default() }).collect();
    let mut unaided = 0;
    for decision in decisions {
        let Some(s) = &decision.suggestion else {
            unaided += 1;
            continue;
        };
        let level = [Candidate { label: s.urgency.level.code().to_owned(), p: s.urgency.p }];
        let labels = &decision.labels;
        let rows: [(Head, &[Candidate], Option<String>); 4] = [
            (Head::Type, &s.appeal_type, labels.appeal_type.map(|t| t.label().to_owned())),
            (Head::Category, &s.category, labels.category.clone()),
            (Head::Department, &s.department, labels.department.clone()),
            (Head::Urgency, &level, labels.urgency.map(|u| u.code().to_owned())),
        ];
        for (head, given, decided) in rows {
            let (Some(decided), Some(first)) = (decided, given.first()) else { continue };
            heads.entry(head).or_default().count(given, &decided);
            if head == Head::Category {
                categories.entry(first.label.clone()).or_default().count(given, &decided);
                models.entry(s.model.clone().unwrap_or_else(|| "rules".into())).or_default().count(given, &decided);
                let at = ((first.p / width) as usize).min(BINS - 1);
                if let Some(bin) = bins.get_mut(at) {
                    bin.of += 1;
                    bin.right += u64::from(first.label == decided);
                    bin.sum += f64::from(first.p);
                }
            }
            let side = match head {
                Head::Category => 0,
                Head::Department => 1,
                _ => continue,
            };
            if first.label != decided {
                *pairs[side].entry((first.label.clone(), decided)).or_default() += 1;
            }
        }
    }
    let [confused, departments] = pairs.map(|pairs| {
        let mut list: Vec<(String, String, u64)> = pairs.into_iter().map(|((a, b), n)| (a, b, n)).collect();
        list.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| (&a.0, &a.1).cmp(&(&b.0, &b.1))));
        list.truncate(ROWS);
        list
    });
    let most = |map: BTreeMap<String, Adoption>| {
        let mut list: Vec<(String, Adoption)> = map.into_iter().collect();
        list.sort_by(|a, b| b.1.of.cmp(&a.1.of).then_with(|| a.0.cmp(&b.0)));
        list.truncate(ROWS);
        list
    };
    QualityReport {
        decisions: decisions.len() as u64,
        unaided,
        heads: heads.into_iter().collect(),
        categories: most(categories),
        confused,
        departments,
        bins,
        models: most(models),
        queue: Vec::new(),
    }
}
