//! From a search as it comes in to the closed query: names of the city turned into what the index knows.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    city::CityPack,
    domain::{Fault, Span},
    search::{self, Facet, Query, QueryNote, Sort},
    text::Normalized,
};

use super::FindRequest;

/// Stands for a value that no ticket has, where the values asked for in two places have none in common.
const NOTHING: &str = "\u{0}";

type Values = BTreeMap<Facet, Vec<String>>;

/// The typed query with the request's filters, both read alike: category names become codes; part of a
/// department's name, or an alias of a place, stands for the whole. A name that nobody knows is noted
/// where it stands. A field that is filtered in both places must be right in both.
///
/// # Errors
/// A filter of the request has a value that its closed list has not.
pub(super) fn closed(request: &FindRequest, pack: &CityPack, now: Timestamp) -> Result<(Query, Vec<QueryNote>), Fault> {
    let (mut query, mut notes) = search::parse(&request.q, now);
    let mut beside = Values::new();
    for (facet, value) in &request.filters {
        let wrong = |message: String| Fault::invalid(message).at(facet.code());
        beside.entry(*facet).or_default().push(search::facet_value(*facet, value.trim()).map_err(wrong)?);
    }
    // a filter stands nowhere in what was typed
    for (side, typed) in
        [(&mut query.filters, request.q.as_str()), (&mut query.excluded, &request.q), (&mut beside, "")]
    {
        resolve(side, typed, pack, &mut notes);
    }
    for (facet, values) in beside {
        match query.filters.get_mut(&facet) {
            Some(typed) => {
                typed.retain(|value| values.contains(value));
                if typed.is_empty() {
                    typed.push(NOTHING.to_owned());
                }
            }
            None => {
                query.filters.insert(facet, values);
            }
        }
    }
    notes.sort_by_key(|note| (note.span.start, note.span.end));
    query.ignore_recency = request.ignore_recency;
    // What was clicked wins over what was typed.
    if request.sort != Sort::Relevance {
        query.sort = request.sort;
    }
    query.mode = request.mode;
    query.offset = request.offset;
    query.count = request.count.clone();
    query.over_time = request.over_time;
    Ok((query, notes))
}

/// Names as people say them become the values that tickets have.
fn resolve(side: &mut Values, q: &str, pack: &CityPack, notes: &mut Vec<QueryNote>) {
    for facet in [Facet::Department, Facet::District, Facet::Town] {
        let (Some(typed), name) = (side.get_mut(&facet), facet.query_name()) else { continue };
        for value in typed.clone() {
            let meant = names(facet, &value, pack);
            if meant.is_empty() {
                let message = format!("城市包中没有名为“{}”的{name}，按原样筛选", short(&value));
                notes.push(note(q, &value, message));
            }
            typed.extend(meant.into_iter().filter(|name| *name != value));
        }
        typed.sort();
        typed.dedup();
    }
    let Some(typed) = side.remove(&Facet::Category) else { return };
    let mut codes = Vec::new();
    for name in typed {
        let (level1, level2) = categories(&name, pack);
        if let Some(level1) = level1 {
            side.entry(Facet::Level1).or_default().push(level1);
        } else if level2.is_empty() {
            let message = format!("没有名为“{}”的类别，该条件不会有结果", short(&name));
            notes.push(note(q, &name, message));
            codes.push(name);
        } else {
            codes.extend(level2);
        }
    }
    if !codes.is_empty() {
        side.insert(Facet::Category, codes);
    }
}

/// As names are compared: whatever their script, width and case.
fn folded(name: &str) -> String {
    Normalized::of(name).text().trim().to_owned()
}

fn short(name: &str) -> String {
    name.chars().take(20).collect()
}

/// A note at the place where a value was typed; at the whole query if it stands there otherwise, and at nothing of
/// an empty one.
fn note(typed: &str, value: &str, message: String) -> QueryNote {
    let span = match typed.rfind(value) {
        Some(at) if !value.is_empty() => {
            let start = typed.get(..at).map_or(0, |before| before.chars().count());
            Span::new(start, start + value.chars().count())
        }
        _ => Span::new(0, typed.chars().count()),
    };
    QueryNote { span, message }
}

/// The pack's names that a typed one stands for: itself, an alias' place, or those that contain it.
fn names(facet: Facet, typed: &str, pack: &CityPack) -> Vec<String> {
    let known: Vec<(&str, &[String])> = match facet {
        Facet::Department => pack.departments.iter().map(|d| (d.name.as_str(), &[] as &[String])).collect(),
        Facet::District => pack
            .regions
            .iter()
            .map(|r| (r.district.as_str(), if r.town.is_none() { r.aliases.as_slice() } else { &[] }))
            .collect(),
        _ => pack.regions.iter().filter_map(|r| Some((r.town.as_deref()?, r.aliases.as_slice()))).collect(),
    };
    let typed = folded(typed);
    // Each way only where the one before knows nothing.
    let pick = |way: usize| -> Vec<String> {
        let meant = |name: &str, aliases: &[String]| match way {
            0 => folded(name) == typed,
            1 => aliases.iter().any(|alias| folded(alias) == typed),
            _ => folded(name).contains(&typed),
        };
        known.iter().filter(|(name, aliases)| meant(name, aliases)).map(|(name, _)| (*name).to_owned()).collect()
    };
    (0..3).map(pick).find(|found| !found.is_empty()).unwrap_or_default()
}

/// A code, the name of a level-1 class, a (part of a) level-2 name, or both names as pages show them.
fn categories(name: &str, pack: &CityPack) -> (Option<String>, Vec<String>) {
    let all = pack.taxonomy.categories();
    if pack.taxonomy.get(name).is_some() {
        return (None, vec![name.to_owned()]);
    }
    let codes = |fits: &dyn Fn(&str, &str) -> bool| -> Vec<String> {
        all.iter().filter(|c| fits(&folded(&c.level1), &folded(&c.level2))).map(|c| c.code.clone()).collect()
    };
    let typed = folded(name);
    let exact = codes(&|_, level2| level2 == typed);
    if !exact.is_empty() {
        return (None, exact);
    }
    if let Some(class) = all.iter().find(|c| folded(&c.level1) == typed) {
        return (Some(class.level1.clone()), Vec::new());
    }
    if let Some((above, below)) = typed.split_once('/') {
        let both = codes(&|level1, level2| level1 == above.trim() && level2 == below.trim());
        if !both.is_empty() {
            return (None, both);
        }
    }
    (None, codes(&|_, level2| level2.contains(&typed)))
}
