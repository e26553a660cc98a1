//! The ledger: makes cohorts and figures, each once, and gives them the numbers by which a reader finds
//! them. Nothing gets onto paper that is not entered here.

use std::collections::{BTreeMap, HashMap};

use crate::domain::{
    TicketId,
    brief::{
        Base, Block, Brief, Cohort, CohortId, Condition, Content, Fact, Figure, FigureId, Filter, Measure, Plot, Ratio,
        Run, Section, Unit, When, Window,
    },
};

use super::row::{Row, Rows, callers, distinct};

/// Fewer than these before, and a change is told in cases.
const FEW: i64 = 10;

/// A filter over a window.
pub fn filter(when: When, window: &Window, conditions: &[(Fact, &[&str])]) -> Filter {
    let mut all: Vec<Condition> = conditions
        .iter()
        .map(|(fact, values)| {
            let mut any_of: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
            any_of.sort();
            any_of.dedup();
            Condition { fact: *fact, any_of }
        })
        .collect();
    all.sort();
    Filter { when, range: window.range(), all }
}

/// What a brief is computed with.
#[derive(Debug)]
pub struct Ledger<'r> {
    rows: Rows<'r>,
    cohorts: Vec<Cohort>,
    by_filter: HashMap<Filter, usize>,
    figures: Vec<Figure>,
    index: HashMap<String, usize>,
}

impl<'r> Ledger<'r> {
    /// A ledger over rows: everything that any window of the brief can match.
    pub fn new(rows: &'r [Row]) -> Self {
        Self {
            rows: Rows::of(rows),
            cohorts: Vec::new(),
            by_filter: HashMap::new(),
            figures: Vec::new(),
            index: HashMap::new(),
        }
    }

    /// All rows.
    pub fn rows(&self) -> &Rows<'r> {
        &self.rows
    }

    /// The cohort of a filter.
    pub fn cohort(&mut self, words: impl Into<String>, filter: Filter) -> CohortId {
        if let Some(&at) = self.by_filter.get(&filter) {
            return self.cohorts[at].id.clone();
        }
        let id = format!("S{}", self.cohorts.len() + 1);
        let tickets = self.rows.matching(&filter);
        self.by_filter.insert(filter.clone(), self.cohorts.len());
        self.cohorts.push(Cohort { id: id.clone(), words: words.into(), filter, tickets });
        id
    }

    fn at(&self, id: &str) -> Option<&Cohort> {
        id.strip_prefix('S')?.parse::<usize>().ok().and_then(|n| self.cohorts.get(n.checked_sub(1)?))
    }

    /// The appeals of a cohort.
    pub fn tickets(&self, id: &str) -> &[TicketId] {
        self.at(id).map_or(&[], |c| c.tickets.as_slice())
    }

    /// How many appeals a cohort has.
    pub fn size(&self, id: &str) -> usize {
        self.tickets(id).len()
    }

    /// Distinct callers of a cohort.
    pub fn callers_of(&self, id: &str) -> usize {
        callers(self.rows.named(self.tickets(id)))
    }

    /// The figure of an id.
    pub fn figure(&self, id: &str) -> Option<&Figure> {
        id.strip_prefix('q')?.parse::<usize>().ok().and_then(|n| self.figures.get(n))
    }

    /// A figure's exact value; zero for one that is not there.
    pub fn value(&self, id: &str) -> Ratio {
        self.figure(id).map_or(Ratio { top: 0, bottom: 1 }, |f| f.value)
    }

    fn enter(&mut self, name: String, measure: Measure, value: Ratio, unit: Unit, decimals: u8) -> FigureId {
        // A formula and its inputs do not tell two numbers of an engine apart: the edges of a range share them.
        let own = match &measure {
            Measure::Engine { .. } => format!("{name}|{value:?}|"),
            _ => String::new(),
        };
        let key = format!("{own}{measure:?}|{unit:?}|{decimals}");
        if let Some(&at) = self.index.get(&key) {
            return format!("q{at}");
        }
        let id = format!("q{}", self.figures.len());
        self.index.insert(key, self.figures.len());
        self.figures.push(Figure::new(id.clone(), name, measure, value, unit, decimals));
        id
    }

    /// Number of appeals of a cohort.
    pub fn count(&mut self, name: impl Into<String>, of: &str) -> FigureId {
        let value = Ratio::whole(self.size(of));
        self.enter(name.into(), Measure::Count { of: of.to_owned() }, value, Unit::Cases, 0)
    }

    /// Number of distinct callers of a cohort.
    pub fn callers(&mut self, name: impl Into<String>, of: &str) -> FigureId {
        let value = Ratio::whole(self.callers_of(of));
        self.enter(name.into(), Measure::Callers { of: of.to_owned() }, value, Unit::Callers, 0)
    }

    /// Share of `of` in `base` to `decimals` places; none if `base` is empty.
    pub fn share(
        &mut self,
        name: impl Into<String>,
        of: &str,
        base: &str,
        base_name: Base,
        decimals: u8,
    ) -> Option<FigureId> {
        // Cohorts are sorted.
        let held = self.tickets(base);
        let top = self.tickets(of).iter().filter(|id| held.binary_search(id).is_ok()).count();
        let value = Ratio::new(i64::try_from(top).ok()?, i64::try_from(held.len()).ok()?)?;
        let measure = Measure::Share { of: of.to_owned(), base: base.to_owned(), name: base_name };
        Some(self.enter(name.into(), measure, value, Unit::Percent, decimals))
    }

    /// `Σ weight × part / (100 × base)`.
    pub fn weighted(
        &mut self,
        name: impl Into<String>,
        parts: &[(u8, CohortId)],
        base: &str,
        base_name: Base,
    ) -> Option<FigureId> {
        let top: i64 = parts.iter().map(|(w, id)| i64::from(*w) * i64::try_from(self.size(id)).unwrap_or(0)).sum();
        let value = Ratio::new(top, 100 * i64::try_from(self.size(base)).ok()?)?;
        let measure = Measure::Weighted { parts: parts.to_vec(), base: base.to_owned(), name: base_name };
        Some(self.enter(name.into(), measure, value, Unit::Percent, 2))
    }

    /// `(now − before) / before`; none if nothing was before. Where fewer than ten were, the difference in
    /// cases: nobody is served by a rise of 2,800 %.
    pub fn change(&mut self, name: impl Into<String>, now: &str, before: &str) -> Option<FigureId> {
        let (n, b) = (self.value(now), self.value(before));
        if n.bottom != 1 || b.bottom != 1 {
            return None;
        }
        if (1..FEW).contains(&b.top) {
            return self.difference(name, now, before);
        }
        let value = Ratio::new(n.top - b.top, b.top)?;
        let measure = Measure::Change { now: now.to_owned(), before: before.to_owned() };
        Some(self.enter(name.into(), measure, value, Unit::Percent, 1))
    }

    /// Difference of two shares in percentage points, or of two counts in their unit.
    pub fn difference(&mut self, name: impl Into<String>, now: &str, before: &str) -> Option<FigureId> {
        let (unit, decimals) = self.figure(now).map(|f| (f.unit, f.decimals))?;
        let (n, b) = (self.value(now), self.value(before));
        let value = Ratio::new(n.top * b.bottom - b.top * n.bottom, n.bottom.checked_mul(b.bottom)?)?;
        let unit = if unit == Unit::Percent { Unit::Points } else { unit };
        let measure = Measure::Difference { now: now.to_owned(), before: before.to_owned() };
        Some(self.enter(name.into(), measure, value, unit, decimals))
    }

    /// Sum of counts.
    pub fn sum(&mut self, name: impl Into<String>, of: &[FigureId]) -> FigureId {
        let top = of.iter().map(|id| self.value(id).top).sum();
        let unit = of.first().and_then(|id| self.figure(id)).map_or(Unit::Cases, |f| f.unit);
        self.enter(name.into(), Measure::Sum { of: of.to_vec() }, Ratio { top, bottom: 1 }, unit, 0)
    }

    /// How many values of a fact are met in a cohort; [`super::UNKNOWN`] is none.
    pub fn distinct(&mut self, name: impl Into<String>, of: &str, fact: Fact) -> FigureId {
        let value = Ratio::whole(distinct(self.rows.named(self.tickets(of)), fact));
        self.enter(name.into(), Measure::Distinct { of: of.to_owned(), fact }, value, Unit::Items, 0)
    }

    /// A number of an engine, kept to three decimals.
    pub fn engine(
        &mut self,
        name: impl Into<String>,
        formula: impl Into<String>,
        inputs: Vec<FigureId>,
        value: f64,
        unit: Unit,
        decimals: u8,
    ) -> FigureId {
        let top = (value * 1000.0).round();
        let value = Ratio { top: top as i64, bottom: 1000 };
        self.enter(name.into(), Measure::Engine { formula: formula.into(), inputs }, value, unit, decimals)
    }

    /// Puts figures and cohorts into a brief: figures get numbers in the order in which a reader meets
    /// them, then those that they rest on; what nothing refers to is left out.
    pub fn close(self, brief: &mut Brief) {
        let mut order: Vec<FigureId> = Vec::new();
        for section in &brief.sections {
            named(section, &mut order);
        }
        order.extend(brief.judgements.iter().flat_map(|j| j.rests_on.iter().cloned()));
        order.extend(brief.proposals.iter().flat_map(|p| p.answers.iter().cloned()));
        order.extend(brief.scope.bases.iter().filter_map(|(_, _, id)| id.clone()));
        let mut numbers: BTreeMap<FigureId, FigureId> = BTreeMap::new();
        let mut at = 0;
        let mut cohorts: BTreeMap<CohortId, CohortId> = BTreeMap::new();
        while at < order.len() {
            let id = order[at].clone();
            at += 1;
            if numbers.contains_key(&id) {
                continue;
            }
            let Some(figure) = self.figure(&id) else { continue };
            let number = numbers.len() + 1;
            numbers.insert(id, format!("Q{number}"));
            order.extend(figures_of(&figure.measure).into_iter().cloned());
            for cohort in cohorts_of(&figure.measure) {
                let number = cohorts.len() + 1;
                cohorts.entry(cohort.clone()).or_insert_with(|| format!("S{number}"));
            }
        }
        let mut figures: Vec<(usize, Figure)> = Vec::new();
        for (old, new) in &numbers {
            let Some(figure) = self.figure(old) else { continue };
            let mut figure = figure.clone();
            figure.id.clone_from(new);
            rename(&mut figure.measure, &numbers, &cohorts);
            figures.push((new[1..].parse().unwrap_or(usize::MAX), figure));
        }
        figures.sort_by_key(|(n, _)| *n);
        brief.figures = figures.into_iter().map(|(_, f)| f).collect();
        let mut kept: Vec<(usize, Cohort)> = Vec::new();
        for (old, new) in &cohorts {
            let Some(cohort) = self.at(old) else { continue };
            kept.push((new[1..].parse().unwrap_or(usize::MAX), Cohort { id: new.clone(), ..cohort.clone() }));
        }
        kept.sort_by_key(|(n, _)| *n);
        brief.cohorts = kept.into_iter().map(|(_, c)| c).collect();
        let swap = |id: &mut FigureId| {
            if let Some(new) = numbers.get(id) {
                id.clone_from(new);
            }
        };
        brief.sections.iter_mut().for_each(|section| each_figure(section, &mut |id| swap(id)));
        brief.judgements.iter_mut().for_each(|j| j.rests_on.iter_mut().for_each(swap));
        brief.proposals.iter_mut().for_each(|p| p.answers.iter_mut().for_each(swap));
        brief.scope.bases.iter_mut().for_each(|(_, _, id)| {
            if let Some(id) = id {
                swap(id);
            }
        });
    }
}

/// Figures that a measure rests on.
pub fn figures_of(measure: &Measure) -> Vec<&FigureId> {
    match measure {
        Measure::Change { now, before } | Measure::Difference { now, before } => vec![now, before],
        Measure::Sum { of } => of.iter().collect(),
        Measure::Engine { inputs, .. } => inputs.iter().collect(),
        _ => Vec::new(),
    }
}

/// Cohorts that a measure counts.
pub fn cohorts_of(measure: &Measure) -> Vec<&CohortId> {
    match measure {
        Measure::Count { of } | Measure::Callers { of } | Measure::Distinct { of, .. } => vec![of],
        Measure::Share { of, base, .. } => vec![of, base],
        Measure::Weighted { parts, base, .. } => parts.iter().map(|(_, id)| id).chain([base]).collect(),
        _ => Vec::new(),
    }
}

fn rename(measure: &mut Measure, figures: &BTreeMap<FigureId, FigureId>, cohorts: &BTreeMap<CohortId, CohortId>) {
    let figure = |id: &mut FigureId| {
        if let Some(new) = figures.get(id) {
            id.clone_from(new);
        }
    };
    let cohort = |id: &mut CohortId| {
        if let Some(new) = cohorts.get(id) {
            id.clone_from(new);
        }
    };
    match measure {
        Measure::Count { of } | Measure::Callers { of } | Measure::Distinct { of, .. } => cohort(of),
        Measure::Share { of, base, .. } => [of, base].into_iter().for_each(cohort),
        Measure::Weighted { parts, base, .. } => {
            parts.iter_mut().map(|(_, id)| id).chain([base]).for_each(cohort);
        }
        Measure::Change { now, before } | Measure::Difference { now, before } => {
            [now, before].into_iter().for_each(figure);
        }
        Measure::Sum { of } => of.iter_mut().for_each(figure),
        Measure::Engine { inputs, .. } => inputs.iter_mut().for_each(figure),
        Measure::Listed { .. } => {}
    }
}

fn named(section: &Section, order: &mut Vec<FigureId>) {
    let mut section = section.clone();
    each_figure(&mut section, &mut |id| order.push(id.clone()));
}

/// Calls `act` for every reference to a figure in a section, in reading order.
pub fn each_figure(section: &mut Section, act: &mut dyn FnMut(&mut FigureId)) {
    for block in &mut section.blocks {
        each_run(block, &mut |run| {
            if let Run::Figure { id, .. } = run {
                act(id);
            }
        });
        if let Content::Chart { chart } = &mut block.content {
            match &mut chart.plot {
                Plot::Trend { points, .. } => points.iter_mut().for_each(|p| act(&mut p.figure)),
                Plot::Bars { bars } | Plot::Districts { cells: bars } => bars.iter_mut().for_each(|bar| {
                    act(&mut bar.figure);
                    bar.change.iter_mut().for_each(&mut *act);
                }),
                Plot::Heat { total, .. } => act(total),
            }
        }
    }
}

/// Calls `act` for every run of a block, in reading order.
pub fn each_run(block: &mut Block, act: &mut dyn FnMut(&mut Run)) {
    match &mut block.content {
        Content::Paragraph { runs } | Content::Proposal { runs, .. } => runs.iter_mut().for_each(act),
        Content::List { items, .. } => items.iter_mut().flatten().for_each(act),
        Content::Table { table } => table.rows.iter_mut().flatten().flatten().for_each(act),
        Content::Chart { .. } => {}
    }
}
