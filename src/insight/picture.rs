//! The present picture, kept between passes: a further appeal joins, starts an event or stays alone at once, against
//! the events at hand; corrections are laid over it without a new pass. The next pass refines.

use std::collections::{HashMap, HashSet};

use crate::city::Calendar;

use super::{
    alarm::Season,
    coherence::Coherence,
    corpus::Entry,
    corrections::Corrections,
    findings::{Findings, View, describe, season},
    heard::{Heard, Reader, Term},
    lineage::Fate,
    naming::{Seen, give_names, seen},
    near::{Lists, lists},
    pass::{Pass, find},
    portrait::portrait,
};

mod take;

/// What became of an appeal that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Joined {
    /// It was here already.
    Known,
    /// It joined the event of this id.
    Event(String),
    /// With another that was alone it starts the event of this id.
    Started(String),
    /// It stays alone.
    Alone,
}

/// A pass with what is needed to go on from it.
#[derive(Debug)]
pub struct Picture {
    appeals: Vec<Heard>,
    pass: Pass,
    season: Season,
    coherence: Coherence,
    lists: Lists,
    terms: HashMap<Term, u32>,
    categories: HashMap<String, u32>,
    regions: HashMap<String, u32>,
    callers: HashMap<String, u32>,
    /// Title, text and region of what stands for its like.
    texts: HashMap<(String, String, u32), u32>,
    ids: HashSet<String>,
    event_of: Vec<Option<usize>>,
    found_of: Vec<usize>,
    /// The number of the next spell.
    spells: u32,
    never: HashSet<u32>,
    seen: Vec<Seen>,
    findings: Findings,
    corrections: Corrections,
    calendar: Calendar,
}

impl Picture {
    /// Looks at all appeals. `earlier` is what the last pass found by itself: ids and titles come from there. Also
    /// tells what became of events since.
    pub fn of(
        appeals: Vec<Heard>,
        vectors: &[Vec<f32>],
        reader: &Reader<'_>,
        earlier: &[Seen],
        corrections: Corrections,
    ) -> (Self, Vec<(String, Fate)>) {
        let calendar = reader.pack().calendar.clone();
        let pass = find(&appeals, vectors, reader);
        let number = |names: &[String]| names.iter().cloned().zip(0_u32..).collect::<HashMap<String, u32>>();
        let caller = |e: &Entry| Some((appeals[e.source].caller.clone()?, e.caller.checked_sub(1)?));
        let mut texts = HashMap::new();
        for (at, e) in pass.corpus.entries.iter().enumerate().filter(|(_, e)| e.same_as.is_none()) {
            texts.insert((appeals[e.source].title.clone(), appeals[e.source].text.clone(), e.region), at as u32);
        }
        let empty = Findings {
            events: Vec::new(),
            topics: Vec::new(),
            alone: Vec::new(),
            streams: Vec::new(),
            warnings: Vec::new(),
        };
        let mut picture = Self {
            season: season(&pass, &calendar),
            coherence: Coherence::of(&pass.corpus, &pass.scored),
            lists: lists(&pass.corpus),
            terms: pass.corpus.terms.iter().cloned().zip(0..).collect(),
            categories: number(&pass.corpus.categories),
            regions: number(&pass.corpus.regions),
            callers: pass.corpus.entries.iter().filter_map(caller).collect(),
            ids: appeals.iter().map(|a| a.id.clone()).collect(),
            texts,
            event_of: Vec::new(),
            found_of: vec![0; pass.corpus.len()],
            spells: pass.spell_of.iter().max().map_or(0, |n| n + 1),
            never: HashSet::new(),
            seen: Vec::new(),
            findings: empty,
            corrections: Corrections::default(),
            calendar,
            appeals,
            pass,
        };
        picture.hold_all_terms();
        for (number, group) in picture.pass.found.iter().enumerate() {
            group.iter().for_each(|&m| picture.found_of[m as usize] = number);
        }
        let found: Vec<(Vec<String>, String)> = {
            let view = View::of(&picture.appeals, &picture.pass, &picture.season, &picture.calendar);
            let one = |members: &Vec<u32>| {
                let title = portrait(&picture.pass.corpus, &picture.appeals, members).title;
                (view.tickets(members), title)
            };
            picture.pass.found_events().map(one).collect()
        };
        let fates;
        (picture.seen, fates) = seen(earlier, found);
        picture.correct(corrections);
        (picture, fates)
    }

    /// A pass forgets the holders of terms of one appeal; a further appeal may share one.
    fn hold_all_terms(&mut self) {
        let corpus = &mut self.pass.corpus;
        for at in 0..corpus.entries.len() {
            if corpus.entries[at].same_as.is_some() {
                continue;
            }
            for (term, _) in corpus.entries[at].terms.clone() {
                let held = &mut corpus.postings[term as usize];
                if corpus.idf[term as usize] > 0.0 && held.last().is_none_or(|last| *last < at as u32) {
                    held.push(at as u32);
                }
            }
        }
    }

    /// What is seen now.
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// What the pass found by itself.
    pub fn seen(&self) -> &[Seen] {
        &self.seen
    }

    /// Appeals in it.
    pub fn len(&self) -> usize {
        self.pass.corpus.len()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.pass.corpus.is_empty()
    }

    /// Whether an appeal is in it.
    pub fn holds(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// Lays other corrections over it.
    pub fn correct(&mut self, corrections: Corrections) {
        self.pass.correct(&self.appeals, &corrections);
        let mut findings = describe(&self.appeals, &self.pass, &self.calendar);
        give_names(&mut findings, &self.seen, &corrections);
        self.findings = findings;
        self.event_of = vec![None; self.pass.corpus.len()];
        for (number, members) in self.pass.events.iter().enumerate() {
            members.iter().for_each(|&m| self.event_of[m as usize] = Some(number));
        }
        let entries = self.pass.corpus.entries.iter().enumerate();
        let never = entries.filter(|(_, e)| corrections.is_never(&self.appeals[e.source].id));
        self.never = never.map(|(at, _)| at as u32).collect();
        self.corrections = corrections;
    }
}
