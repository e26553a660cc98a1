//! A ticket as the index sees it: original texts, present effective labels.

use std::collections::BTreeMap;

use crate::{
    city::CityPack,
    domain::Ticket,
    search::{Facet, IndexDoc},
};

/// The document of a ticket.
pub(super) fn document(ticket: &Ticket, pack: &CityPack) -> IndexDoc {
    let labels = ticket.effective();
    let content = &ticket.content;
    let (district, town) = region(ticket, pack);
    let mut facets = BTreeMap::new();
    let mut put = |facet: Facet, value: Option<String>| {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            facets.insert(facet, value);
        }
    };
    let category = labels.category.as_deref().and_then(|code| pack.taxonomy.get(code));
    put(Facet::Type, labels.appeal_type.map(|t| t.label().to_owned()));
    put(Facet::Level1, category.map(|c| c.level1.clone()));
    put(Facet::Category, labels.category.clone());
    put(Facet::Department, labels.department.clone());
    put(Facet::District, district.clone());
    put(Facet::Town, town.clone());
    put(Facet::Urgency, labels.urgency.map(|u| u.code().to_owned()));
    put(Facet::Channel, Some(content.channel.label().to_owned()));
    put(Facet::Status, Some(ticket.status.label().to_owned()));
    put(Facet::Satisfaction, content.handling.satisfaction.map(|s| s.label().to_owned()));
    put(Facet::Caller, content.caller.number.clone());
    let place = [&content.district, &content.town, &content.place]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ");
    IndexDoc {
        assisting: content.handling.assisting.clone(),
        ticket: ticket.id.clone(),
        appeal: content.appeal.clone(),
        reply: content.handling.reply.clone().unwrap_or_default(),
        place,
        facets,
        received_at: ticket.received_at,
        seq: ticket.seq,
    }
}

/// 区县 and 街镇: as the source gave them, else from the first place in the text whose region is known.
pub(super) fn region(ticket: &Ticket, pack: &CityPack) -> (Option<String>, Option<String>) {
    let content = &ticket.content;
    if content.district.is_some() || content.town.is_some() {
        return (content.district.clone(), content.town.clone());
    }
    let found = ticket.suggestion.iter().flat_map(|s| &s.places).find_map(|p| p.region.as_deref());
    match found.and_then(|id| pack.regions.iter().find(|r| r.id == id)) {
        Some(region) => (Some(region.district.clone()), region.town.clone()),
        None => (None, None),
    }
}
