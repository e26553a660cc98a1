//! The pack's regions: which name means which, and what a phrase lies in.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::{domain::Region, text::Normalized};

/// Names of regions, found in a text.
#[derive(Debug)]
pub(super) struct Regions {
    names: Option<AhoCorasick>,
    /// For each name, the regions that bear it.
    bearers: Vec<Vec<usize>>,
    /// Id, and district, of each region.
    known: Vec<(String, String)>,
}

/// A name found: bytes and the index of the name.
pub(super) struct RegionHit {
    pub(super) bytes: std::ops::Range<usize>,
    pub(super) name: usize,
}

impl Regions {
    pub(super) fn new(regions: &[Region]) -> Self {
        let mut index: HashMap<String, usize> = HashMap::new();
        let mut names: Vec<String> = Vec::new();
        let mut bearers: Vec<Vec<usize>> = Vec::new();
        for (at, region) in regions.iter().enumerate() {
            let own = region.town.as_ref().unwrap_or(&region.district);
            let combined = region.town.as_ref().map(|town| format!("{}{town}", region.district));
            for name in std::iter::once(own).chain(&combined).chain(&region.aliases) {
                let name = Normalized::of(name).text().to_owned();
                if name.is_empty() {
                    continue;
                }
                let slot = *index.entry(name.clone()).or_insert_with(|| {
                    names.push(name);
                    bearers.push(Vec::new());
                    bearers.len() - 1
                });
                if let Some(bearers) = bearers.get_mut(slot).filter(|bearers| !bearers.contains(&at)) {
                    bearers.push(at);
                }
            }
        }
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&names);
        let known = regions.iter().map(|r| (r.id.clone(), r.district.clone())).collect();
        Self { names: automaton.ok().filter(|_| !names.is_empty()), bearers, known }
    }

    pub(super) fn find(&self, text: &str) -> Vec<RegionHit> {
        let hits = self.names.iter().flat_map(|names| names.find_iter(text));
        hits.map(|hit| RegionHit { bytes: hit.range(), name: hit.pattern().as_usize() }).collect()
    }

    /// The one region that the names of a phrase mean: the last (most exact) name decides, districts
    /// named before it or `elsewhere` in the text choose between namesakes.
    pub(super) fn resolve(&self, names: &[usize], elsewhere: Option<&str>) -> Option<usize> {
        let bearers = |name: &usize| self.bearers.get(*name).map_or(&[][..], Vec::as_slice);
        let (last, before) = names.split_last()?;
        let candidates = bearers(last);
        if let [only] = candidates {
            return Some(*only);
        }
        let district = |at: &usize| self.known.get(*at).map_or("", |(_, district)| district.as_str());
        let one_in = |fits: &dyn Fn(&str) -> bool| {
            let mut left = candidates.iter().filter(|at| fits(district(at)));
            left.next().filter(|_| left.next().is_none()).copied()
        };
        let named = |wanted: &str| before.iter().flat_map(bearers).any(|at| district(at) == wanted);
        one_in(&named).or_else(|| one_in(&|wanted| elsewhere == Some(wanted)))
    }

    pub(super) fn id(&self, region: usize) -> Option<String> {
        self.known.get(region).map(|(id, _)| id.clone())
    }

    pub(super) fn district(&self, region: usize) -> Option<&str> {
        self.known.get(region).map(|(_, district)| district.as_str())
    }
}
