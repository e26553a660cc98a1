//! From a search as it comes in to the closed query: names of the city turned into what the index knows.

use jiff::Timestamp;

use crate::{
    city::CityPack,
    domain::Span,
    search::{self, Facet, Query, QueryNote, Sort},
};

use super::FindRequest;

/// The typed query with the request's filters. Category names become codes; part of a department's
/// name, or an alias of a place, stands for the whole. A name that nobody knows is noted where it
/// stands.
pub(super) fn closed(request: &FindRequest, pack: &CityPack, now: Timestamp) -> (Query, Vec<QueryNote>) {
    let (mut query, mut notes) = search::parse(&request.q, now);
    for side in [&mut query.filters, &mut query.excluded] {
        for facet in [Facet::Department, Facet::District, Facet::Town] {
            let (Some(typed), name) = (side.get_mut(&facet), facet.query_name()) else { continue };
            for value in typed.clone() {
                let meant = names(facet, &value, pack);
                if meant.is_empty() {
                    notes.push(note(
                        &request.q,
                        &value,
                        format!("城市包中没有名为“{}”的{name}，按原样筛选", short(&value)),
                    ));
                }
                typed.extend(meant.into_iter().filter(|name| *name != value));
            }
            typed.sort();
            typed.dedup();
        }
    }
    for (facet, value) in &request.filters {
        query.filters.entry(*facet).or_default().push(value.clone());
    }
    for side in [&mut query.filters, &mut query.excluded] {
        let Some(typed) = side.remove(&Facet::Category) else { continue };
        let mut codes = Vec::new();
        for name in typed {
            let (level1, level2) = categories(&name, pack);
            if let Some(level1) = level1 {
                side.entry(Facet::Level1).or_default().push(level1);
            } else if level2.is_empty() {
                let message = format!("没有名为“{}”的类别，该条件不会有结果", short(&name));
                notes.push(note(&request.q, &name, message));
                codes.push(name);
            } else {
                codes.extend(level2);
            }
        }
        if !codes.is_empty() {
            side.insert(Facet::Category, codes);
        }
    }
    query.ignore_recency = request.ignore_recency;
    // What was clicked wins over what was typed.
    if request.sort != Sort::Relevance {
        query.sort = request.sort;
    }
    query.mode = request.mode;
    query.offset = request.offset;
    query.count = request.count.clone();
    query.over_time = request.over_time;
    (query, notes)
}

fn short(name: &str) -> String {
    name.chars().take(20).collect()
}

/// A note at the place where a value was typed; at the whole query if it was not typed.
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
    // Each way only where the one before knows nothing.
    let pick = |way: usize| -> Vec<String> {
        let meant = |name: &str, aliases: &[String]| match way {
            0 => name == typed,
            1 => aliases.iter().any(|alias| alias == typed),
            _ => name.contains(typed),
        };
        known.iter().filter(|(name, aliases)| meant(name, aliases)).map(|(name, _)| (*name).to_owned()).collect()
    };
    (0..3).map(pick).find(|found| !found.is_empty()).unwrap_or_default()
}

/// A code, the name of a level-1 class, or a (part of a) level-2 name.
fn categories(name: &str, pack: &CityPack) -> (Option<String>, Vec<String>) {
    let all = pack.taxonomy.categories();
    if pack.taxonomy.get(name).is_some() {
        return (None, vec![name.to_owned()]);
    }
    let exact: Vec<String> = all.iter().filter(|c| c.level2 == name).map(|c| c.code.clone()).collect();
    if !exact.is_empty() {
        return (None, exact);
    }
    if all.iter().any(|c| c.level1 == name) {
        return (Some(name.to_owned()), Vec::new());
    }
    (None, all.iter().filter(|c| c.level2.contains(name)).map(|c| c.code.clone()).collect())
}
