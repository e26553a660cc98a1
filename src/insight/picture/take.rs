//! A further appeal joins the picture at once: it joins an event, starts one or stays alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Joined, Picture};
use crate::insight::{
    again,
    anchors::Anchors,
    cluster::FLOOR,
    corpus::{Entry, LEAST_BYTES, SAME_HOURS, TIMELESS, kinds, place, places, weight},
    findings::{Alone, View},
    heard::{Heard, Reader},
    near::{Scratch, of_one},
    pass::{Compared, STOP, compare},
    vector::Short,
};

impl Picture {
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
            Some(stands) => Some((self.event_of[stands as usize].ok_or(stands), self.pass.spell_of[stands as usize])),
            None => self.choose(&near, at),
        };
        let chosen = chosen.filter(|(c, _)| !matches!(c, Err(single) if self.never.contains(single)));
        let spell = chosen.map_or(self.spells, |(_, spell)| spell);
        self.spells += u32::from(chosen.is_none());
        self.pass.spell_of.push(spell);
        self.event_of.push(None);
        let gone_on = match chosen {
            Some((Err(single), _)) => self.goes_on(single, at).map(|event| (single, event)),
            _ => None,
        };
        let home = if chosen.is_none() { self.home(at) } else { None };
        // the pairs that were compared count like those of the pass when corrections are laid anew
        self.pass.scored.extend(compared);
        let partner = match gone_on {
            Some((single, event)) => Some(self.bring(single, event)),
            None => match home.and_then(|event| self.pass.events[event].first()) {
                Some(m) => Some(self.found_of[*m as usize]),
                None => chosen.and(best).map(|(other, _)| self.found_of[other as usize]),
            },
        };
        self.found_of.push(partner.unwrap_or(self.pass.found.len()));
        match partner {
            Some(group) => self.pass.found[group].push(at),
            None => self.pass.found.push(vec![at]),
        }
        match (gone_on.map(|(_, event)| event).or(home), chosen) {
            (Some(event), _) | (None, Some((Ok(event), _))) => {
                self.join(event, at);
                Joined::Event(self.findings.events[event].id.clone())
            }
            (None, Some((Err(single), _))) => Joined::Started(self.start(single, at)),
            (None, None) => {
                let nearest = self.nearest(&near);
                let ticket = self.ticket(at).to_owned();
                self.pass.alone.push((at, nearest));
                let nearest = nearest.map(|(event, mean)| (self.findings.events[event].id.clone(), mean));
                self.findings.alone.push(Alone { ticket, nearest });
                Joined::Alone
            }
        }
    }

    fn ticket(&self, at: u32) -> &str {
        &self.appeals[self.pass.corpus.entries[at as usize].source].id
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

    /// Members of the part of an event that is of one spell; those that say the same as another do not count.
    fn part(&self, event: usize, spell: u32) -> impl Iterator<Item = u32> {
        let of_spell = move |m: &u32| self.pass.spell_of[*m as usize] == spell;
        let own = |m: &u32| self.pass.corpus.entries[*m as usize].same_as.is_none();
        self.pass.events[event].iter().copied().filter(of_spell).filter(own)
    }

    /// Mean log-odds towards each spell of each event: what was quiet for long is like its last days, not like all.
    fn towards(&self, near: &[(u32, f32)]) -> BTreeMap<(usize, u32), f32> {
        let mut sums: BTreeMap<(usize, u32), f32> = BTreeMap::new();
        for &(other, score) in near {
            if let Some(event) = self.event_of[other as usize] {
                *sums.entry((event, self.pass.spell_of[other as usize])).or_default() += score - FLOOR;
            }
        }
        let size = |(event, spell)| self.part(event, spell).count().max(1) as f32;
        sums.into_iter().map(|(part, sum)| (part, sum / size(part) + FLOOR)).collect()
    }

    fn nearest(&self, near: &[(u32, f32)]) -> Option<(usize, f32)> {
        let all = self.towards(near).into_iter().map(|((event, _), mean)| (event, mean)).filter(|(_, m)| *m > FLOOR);
        all.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
    }

    /// The event that the last appeal joins, or the single one with which it starts an event; and the spell.
    fn choose(&self, near: &[(u32, f32)], at: u32) -> Option<(Result<usize, u32>, u32)> {
        let events = self.towards(near).into_iter().map(|((event, spell), mean)| ((Ok(event), spell), mean));
        let alone = near.iter().filter(|(o, _)| self.event_of[*o as usize].is_none());
        let all = events.chain(alone.map(|&(o, score)| ((Err(o), self.pass.spell_of[o as usize]), score)));
        let admits = |of: &((Result<usize, u32>, u32), f32)| match of.0 {
            (Ok(event), spell) => Anchors::admits(&self.pass.corpus, self.part(event, spell), at),
            (Err(_), _) => true,
        };
        let best = all
            .filter(|(_, mean)| *mean > STOP)
            .filter(admits)
            .reduce(|best, one| if one.1 > best.1 { one } else { best });
        best.map(|(chosen, _)| chosen)
    }

    /// The event that the last appeal and a single one go on with together; a person's word on the single one stands.
    fn goes_on(&self, single: u32, at: u32) -> Option<usize> {
        if self.corrections.is_placed(self.ticket(single)) {
            return None;
        }
        let corpus = &self.pass.corpus;
        let held = |t: &u32| corpus.postings[*t as usize].iter();
        let part_of = |m: &u32| Some((self.event_of[*m as usize]?, self.pass.spell_of[*m as usize]));
        let parts: BTreeSet<(usize, u32)> =
            again::names(corpus, &[single, at]).iter().flat_map(held).filter_map(part_of).collect();
        let parts = parts.into_iter().map(|(event, spell)| (event, self.part(event, spell).collect()));
        again::goes_on(corpus, &[single, at], parts)
    }

    /// The event that the last appeal names, if the pairs give it none.
    fn home(&self, at: u32) -> Option<usize> {
        let corpus = &self.pass.corpus;
        let own = |m: &&u32| corpus.entries[**m as usize].same_as.is_none();
        let mut about: BTreeSet<usize> = BTreeSet::new();
        for name in again::said(corpus, at) {
            let mut said: BTreeMap<usize, usize> = BTreeMap::new();
            for event in corpus.postings[name as usize].iter().filter_map(|m| self.event_of[*m as usize]) {
                *said.entry(event).or_default() += 1;
            }
            let by_half = |&(event, n): &(usize, usize)| 2 * n >= self.pass.events[event].iter().filter(own).count();
            about.extend(said.into_iter().filter(by_half).map(|(event, _)| event));
        }
        again::home(corpus, at, about.into_iter().map(|event| (event, self.pass.events[event].clone())))
    }

    /// Puts an appeal that was alone into an event. Returns the group of the pass that it then belongs to.
    fn bring(&mut self, single: u32, event: usize) -> usize {
        self.no_longer_alone(single);
        let own = self.found_of[single as usize];
        let group = self.pass.events[event].first().map_or(own, |m| self.found_of[*m as usize]);
        self.pass.found[own].retain(|m| *m != single);
        self.pass.found[group].push(single);
        self.found_of[single as usize] = group;
        self.join(event, single);
        group
    }

    fn no_longer_alone(&mut self, single: u32) {
        let ticket = self.ticket(single).to_owned();
        self.pass.alone.retain(|(m, _)| *m != single);
        self.findings.alone.retain(|a| a.ticket != ticket);
    }

    fn join(&mut self, event: usize, at: u32) {
        let hours = |m: u32| self.pass.corpus.entries[m as usize].hours;
        let place = self.pass.events[event].partition_point(|&m| hours(m) <= hours(at));
        self.pass.events[event].insert(place, at);
        self.event_of[at as usize] = Some(event);
        self.describe_again(event);
        let ticket = self.ticket(at).to_owned();
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
        self.no_longer_alone(single);
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
