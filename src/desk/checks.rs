//! What has to hold before an appeal or a decision is stored.

use crate::{
    city::CityPack,
    domain::{Fault, FaultKind, Labels, NewTicket},
};

/// An appeal must say something, fit the limit, and name only labels that the pack knows.
pub(super) fn ticket(ticket: &NewTicket, pack: &CityPack, max_chars: usize) -> Result<(), Fault> {
    if ticket.appeal.is_blank() {
        return Err(Fault::invalid("the appeal is empty: give a text (or a title)").at("text"));
    }
    let chars = ticket.appeal.title.chars().count() + ticket.appeal.text.chars().count();
    if chars > max_chars {
        let message = format!("title and text have {chars} characters, {max_chars} allowed: shorten or split it");
        return Err(Fault::new(FaultKind::TooLarge, message).at("text"));
    }
    labels(&ticket.labels, pack)
}

/// Category and department must stand in the pack.
pub(super) fn labels(labels: &Labels, pack: &CityPack) -> Result<(), Fault> {
    if let Some(code) = &labels.category
        && pack.taxonomy.get(code).is_none()
    {
        let message = format!("no category `{}` in the city pack; see /api/v1/city/taxonomy", shown(code));
        return Err(Fault::invalid(message).at("category"));
    }
    if let Some(name) = &labels.department
        && !pack.departments.iter().any(|d| &d.name == name)
    {
        let message = format!("no department `{}` in the city pack; see /api/v1/city/departments", shown(name));
        return Err(Fault::invalid(message).at("department"));
    }
    Ok(())
}

fn shown(value: &str) -> String {
    value.chars().take(30).collect()
}
