//! The present picture, kept between passes: a further appeal joins, starts an event or stays alone at once, against
//! the events at hand; corrections are laid over it without a new pass. The next pass refines.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::city::Calendar;

use super::{
    alarm::Season,
    cluster::FLOOR,
    coherence::Coherence,
    corpus::{Entry, LEAST_BYTES, SAME_HOURS, TIMELESS, kinds, place, places, weight},
    corrections::Corrections,
    findings::{Alone, Findings, View, describe, season},
    heard::{Heard, Reader, Term},
    lineage::Fate,
    naming::{Seen, give_names, seen},
    near::{Lists, Scratch, lists, of_one},
    pass::{Compared, Pass, STOP, compare, find},
    portrait::portrait,
    vector::Short,
};

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

    /// Takes one more appeal in: a look at its likeliest neighbours, not a pass.
    pub fn take(&mut self, heard: Heard, vector: &[f32], reader: &Reader<'_>) -> Joined {
        if !self.ids.insert(heard.id.clone()) {
            return Joined::Known;
        }
        let at = self.add(heard, vector, reader);
        let (compared, same) = self.neighbours(at);
        let near: Vec<(u32, f32)> = compared.iter().map(|c| (c.a, c.score)).collect();
        let best = match same {
            Some(stands) => Some((stands, -FLOOR)),
            None => near.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))),
        };
        let chosen = match same {
            Some(stands) => Some(self.event_of[stands as usize].ok_or(stands)),
            None => self.choose(&near),
        };
        let chosen = chosen.filter(|c| !matches!(c, Err(single) if self.never.contains(single)));
        // the pairs that were compared count like those of the pass when corrections are laid anew
        self.pass.scored.extend(compared);
        let partner = chosen.and(best).map(|(other, _)| self.found_of[other as usize]);
        self.found_of.push(partner.unwrap_or(self.pass.found.len()));
        match partner {
            Some(group) => self.pass.found[group].push(at),
            None => self.pass.found.push(vec![at]),
        }
        self.event_of.push(None);
        match chosen {
            Some(Ok(event)) => {
                self.join(event, at);
                Joined::Event(self.findings.events[event].id.clone())
            }
            Some(Err(single)) => Joined::Started(self.start(single, at)),
            None => {
                let nearest = self.nearest(&near);
                let ticket = self.appeals[self.pass.corpus.entries[at as usize].source].id.clone();
                self.pass.alone.push((at, nearest));
                let nearest = nearest.map(|(event, mean)| (self.findings.events[event].id.clone(), mean));
                self.findings.alone.push(Alone { ticket, nearest });
                Joined::Alone
            }
        }
    }

    /// Numbers a further appeal and puts it behind the others.
    fn add(&mut self, heard: Heard, vector: &[f32], reader: &Reader<'_>) -> u32 {
        let corpus = &mut self.pass.corpus;
        let at = corpus.entries.len() as u32;
        let reading = reader.read(&heard);
        let (region, names) = reader.whereabouts(&heard, &reading, &corpus.given);
        let names = places(&names, &reading.text, &corpus.gazetteer);
        let rarest = (corpus.entries.len() as f32).max(200.0).ln();
        let mut terms: Vec<(u32, f32)> = Vec::with_capacity(reading.words.len() + names.len());
        let words = reading.words.into_iter().map(|(t, n)| (t, weight(n)));
        for (term, count) in words.chain(names.iter().map(|name| (place(name), 1.0))) {
            let number = *self.terms.entry(term.clone()).or_insert_with(|| {
                corpus.proper.push(reader.is_proper(&term));
                corpus.idf.push(rarest);
                corpus.postings.push(Vec::new());
                self.coherence.all.push(0.0);
                self.coherence.burst.push(0.0);
                corpus.terms.push(term);
                corpus.terms.len() as u32 - 1
            });
            terms.push((number, count));
        }
        terms.sort_unstable_by_key(|(t, _)| *t);
        let number = |names: &mut HashMap<String, u32>, list: &mut Vec<String>, name: &str| {
            *names.entry(name.to_owned()).or_insert_with(|| {
                list.push(name.to_owned());
                list.len() as u32 - 1
            })
        };
        let region = region.as_deref();
        let district = region.map(|r| r.split('/').next().unwrap_or_default());
        let next = self.callers.values().max().map_or(0, |n| n + 1);
        let caller = heard.caller.as_ref().filter(|c| !c.trim().is_empty());
        let square = |&(t, tf): &(u32, f32)| (tf * corpus.idf[t as usize]).powi(2);
        let norm = terms.iter().map(square).sum::<f32>().sqrt();
        let entry = Entry {
            source: self.appeals.len(),
            hours: heard.at.map_or(TIMELESS, |at| at.as_second() as f64 / 3600.0),
            timed: heard.at.is_some(),
            region: region.map_or(0, |r| number(&mut self.regions, &mut corpus.regions, r) + 1),
            district: district.map_or(0, |d| number(&mut self.regions, &mut corpus.regions, d) + 1),
            caller: caller.map_or(0, |c| *self.callers.entry(c.clone()).or_insert(next) + 1),
            categories: heard
                .categories
                .iter()
                .take(3)
                .map(|(code, p)| {
                    let code = number(&mut self.categories, &mut corpus.categories, code);
                    (u16::try_from(code).unwrap_or(u16::MAX), p.clamp(0.0, 1.0))
                })
                .collect(),
            vector: Short::of(vector),
            norm,
            terms,
            kinds: kinds(&names),
            same_as: None,
        };
        corpus.entries.push(entry);
        self.appeals.push(heard);
        at
    }

    /// The appeals worth comparing with the last one, with their log-odds; or the one that says the same.
    fn neighbours(&mut self, at: u32) -> (Vec<Compared>, Option<u32>) {
        let entry = self.pass.corpus.entries[at as usize].clone();
        let heard = &self.appeals[entry.source];
        if heard.title.len() + heard.text.len() >= LEAST_BYTES {
            let key = (heard.title.clone(), heard.text.clone(), entry.region);
            let stands = *self.texts.entry(key).or_insert(at);
            let apart = (entry.hours - self.pass.corpus.entries[stands as usize].hours).abs();
            if stands != at && apart <= SAME_HOURS {
                self.pass.corpus.entries[at as usize].same_as = Some(stands);
                return (Vec::new(), Some(stands));
            }
        }
        let corpus = &self.pass.corpus;
        let others = of_one(corpus, &self.lists, at, &mut Scratch::of(corpus.len()));
        let near: Vec<Compared> = others.into_iter().map(|o| compare(corpus, &self.coherence, o, at)).collect();
        self.lists.add(at, &entry);
        for (term, _) in &entry.terms {
            if self.pass.corpus.idf[*term as usize] > 0.0 {
                self.pass.corpus.postings[*term as usize].push(at);
            }
        }
        (near, None)
    }

    /// Mean log-odds towards each event, by its number; those that say the same as another do not count.
    fn towards(&self, near: &[(u32, f32)]) -> BTreeMap<usize, f32> {
        let mut sums: BTreeMap<usize, f32> = BTreeMap::new();
        for &(other, score) in near {
            if let Some(event) = self.event_of[other as usize] {
                *sums.entry(event).or_default() += score - FLOOR;
            }
        }
        let own = |m: &&u32| self.pass.corpus.entries[**m as usize].same_as.is_none();
        let size = |event: usize| self.pass.events[event].iter().filter(own).count().max(1) as f32;
        sums.into_iter().map(|(event, sum)| (event, sum / size(event) + FLOOR)).collect()
    }

    fn nearest(&self, near: &[(u32, f32)]) -> Option<(usize, f32)> {
        let all = self.towards(near).into_iter().filter(|(_, mean)| *mean > FLOOR);
        all.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
    }

    /// The event that the last appeal joins, or the single one with which it starts an event.
    fn choose(&self, near: &[(u32, f32)]) -> Option<Result<usize, u32>> {
        let events = self.towards(near).into_iter().map(|(event, mean)| (Ok(event), mean));
        let alone = near.iter().filter(|(o, _)| self.event_of[*o as usize].is_none());
        let all = events.chain(alone.map(|&(o, score)| (Err(o), score)));
        let best = all.filter(|(_, mean)| *mean > STOP).reduce(|best, one| if one.1 > best.1 { one } else { best });
        best.map(|(chosen, _)| chosen)
    }

    fn join(&mut self, event: usize, at: u32) {
        let hours = |m: u32| self.pass.corpus.entries[m as usize].hours;
        let place = self.pass.events[event].partition_point(|&m| hours(m) <= hours(at));
        self.pass.events[event].insert(place, at);
        self.event_of[at as usize] = Some(event);
        self.describe_again(event);
        let ticket = self.appeals[self.pass.corpus.entries[at as usize].source].id.clone();
        let id = self.findings.events[event].id.clone();
        if let Some(topic) = self.findings.topics.iter_mut().find(|t| t.events.contains(&id)) {
            topic.tickets.push(ticket);
        }
    }

    fn describe_again(&mut self, event: usize) {
        let fresh = View::of(&self.appeals, &self.pass, &self.season, &self.calendar).event(&self.pass.events[event]);
        let shown = &mut self.findings.events[event];
        let (id, title) = (std::mem::take(&mut shown.id), std::mem::take(&mut shown.portrait.title));
        *shown = fresh;
        (shown.id, shown.portrait.title) = (id, title);
    }

    fn start(&mut self, single: u32, at: u32) -> String {
        let hours = |m: u32| self.pass.corpus.entries[m as usize].hours;
        let members = if hours(at) < hours(single) { vec![at, single] } else { vec![single, at] };
        self.pass.alone.retain(|(m, _)| *m != single);
        let ticket = &self.appeals[self.pass.corpus.entries[single as usize].source].id;
        self.findings.alone.retain(|a| a.ticket != *ticket);
        let mut event = View::of(&self.appeals, &self.pass, &self.season, &self.calendar).event(&members);
        let taken = |id: &str| self.findings.events.iter().any(|e| e.id == id) || self.seen.iter().any(|s| s.id == id);
        let stem = event.id.clone();
        let mut n = 2;
        while taken(&event.id) {
            event.id = format!("{stem}-{n}");
            n += 1;
        }
        let id = event.id.clone();
        for m in &members {
            self.event_of[*m as usize] = Some(self.pass.events.len());
        }
        self.pass.events.push(members);
        self.findings.events.push(event);
        id
    }
}
