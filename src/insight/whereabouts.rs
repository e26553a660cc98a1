//! In which town or district an appeal lies: as the source says, as the text says, whatever the pack knows.
//!
//! A file may come from a city that the pack does not know. What its appeals give as district and town is then
//! all that is known of its regions, and what one appeal gives is looked for in the texts of the others.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, MatchKind};

use crate::city::CityPack;

use super::heard::Heard;

/// Names shorter than this are looked for in no text.
const SHORTEST: usize = 2;

/// Regions that appeals give and the pack does not know.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// Names with the one region that each means; none for a name that means several.
    regions: BTreeMap<String, Option<String>>,
    finder: Option<AhoCorasick>,
    names: Vec<String>,
}

fn said(name: Option<&String>) -> Option<&str> {
    name.map(|n| n.trim()).filter(|n| !n.is_empty())
}

/// Id of a region by its names alone, as the pack's ids are made.
fn id(district: Option<&str>, town: Option<&str>) -> Option<String> {
    match (district, town) {
        (Some(district), Some(town)) => Some(format!("{district}/{town}")),
        (Some(district), None) => Some(district.to_owned()),
        (None, Some(town)) => Some(format!("?/{town}")),
        (None, None) => None,
    }
}

impl Given {
    /// Collects what all the appeals give.
    pub(super) fn of(appeals: &[&Heard], pack: &CityPack) -> Self {
        let mut seen: BTreeSet<(Option<&str>, Option<&str>)> = BTreeSet::new();
        for heard in appeals {
            let given = (said(heard.district.as_ref()), said(heard.town.as_ref()));
            if given != (None, None) && pack.find_region(given.0, given.1).is_none() {
                seen.insert(given);
            }
        }
        let mut regions: BTreeMap<String, Option<String>> = BTreeMap::new();
        let mut tell = |name: &str, id: String| {
            regions.entry(name.to_owned()).and_modify(|known| *known = None).or_insert(Some(id));
        };
        let districts: BTreeSet<&str> = seen.iter().filter_map(|(d, _)| *d).collect();
        let towns: BTreeSet<(&str, &str)> = seen.iter().filter_map(|(d, t)| Some(((*t)?, (*d)?))).collect();
        districts.iter().for_each(|d| tell(d, (*d).to_owned()));
        towns.iter().for_each(|(t, d)| tell(t, format!("{d}/{t}")));
        let loose = seen.iter().filter_map(|(d, t)| t.filter(|_| d.is_none()));
        loose.filter(|t| towns.iter().all(|(known, _)| known != t)).for_each(|t| tell(t, format!("?/{t}")));
        let names: Vec<String> = regions.keys().filter(|n| n.chars().count() >= SHORTEST).cloned().collect();
        let finder = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&names).ok();
        Self { finder: finder.filter(|_| !names.is_empty()), regions, names }
    }

    /// Whether a name is that of a region.
    pub(super) fn holds(&self, name: &str) -> bool {
        self.regions.contains_key(name)
    }

    /// Id of the town (`district/town`) or district: the pack's, else the given one, else the only one in the
    /// text.
    pub(super) fn region(&self, pack: &CityPack, heard: &Heard, found: Option<&str>) -> Option<String> {
        let (district, town) = (said(heard.district.as_ref()), said(heard.town.as_ref()));
        if let Some(known) = pack.find_region(district, town) {
            return Some(known.id.clone());
        }
        if let (None, Some(name)) = (district, town) {
            // a town without its district: the one that others give for it
            return self.regions.get(name).cloned().flatten().or_else(|| id(None, town));
        }
        let given = id(district, town);
        if town.is_some() || (given.is_none() && found.is_some()) {
            return given.or_else(|| found.map(str::to_owned));
        }
        let read = self.read(heard);
        match (&given, &read) {
            (Some(district), Some(read)) if read.split('/').next() != Some(district) => given,
            (_, Some(_)) => read,
            _ => given,
        }
    }

    /// The one region that the words name; a district gives way to its town.
    fn read(&self, heard: &Heard) -> Option<String> {
        let finder = self.finder.as_ref()?;
        let mut found: BTreeSet<&str> = BTreeSet::new();
        for text in [heard.title.as_str(), &heard.text, heard.place.as_deref().unwrap_or_default()] {
            for hit in finder.find_iter(text) {
                found.insert(self.regions.get(self.names.get(hit.pattern().as_usize())?)?.as_deref()?);
            }
        }
        let longest = found.iter().max_by_key(|id| id.contains('/'))?;
        let fits = |id: &&str| id == longest || longest.strip_prefix(id).is_some_and(|rest| rest.starts_with('/'));
        found.iter().all(fits).then(|| (*longest).to_owned())
    }
}
