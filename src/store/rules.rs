//! Urgency is raise-only for software (invariant 4), and what the audit says of it. Pure functions,
//! the same for every database.

use crate::domain::{Actor, Decision, Labels, Role, Suggestion, Ticket, Urgency};

/// A line for the audit: action and detail.
pub(super) type AuditNote = (&'static str, String);

fn shown(level: Option<Urgency>) -> &'static str {
    level.map_or("-", Urgency::code)
}

/// What made the level of a suggestion: its rules, or else the model.
fn cause(suggestion: &Suggestion) -> String {
    let urgency = &suggestion.urgency;
    let rules: Vec<&str> =
        urgency.cues.iter().filter(|cue| cue.level == urgency.level).map(|cue| cue.rule.as_str()).collect();
    if urgency.floor == Some(urgency.level) && !rules.is_empty() {
        let mut once: Vec<&str> = Vec::new();
        rules.into_iter().for_each(|rule| {
            if !once.contains(&rule) {
                once.push(rule);
            }
        });
        format!("rule {}", once.join(" "))
    } else if urgency.floor == Some(urgency.level) {
        "rule".to_owned()
    } else {
        format!("model p={:.2}", urgency.p)
    }
}

/// Makes a suggestion fit to be kept: no vector (see [`Suggestion::vector`]: what `add` gives back is
/// what a reader gets), and no number that JSON cannot hold. A model that computes NaN is a defect;
/// it must not make a ticket unreadable.
pub(super) fn tidy(given: &mut Suggestion) {
    given.vector = None;
    let candidates = [&mut given.appeal_type, &mut given.category, &mut given.department];
    let numbers = candidates
        .into_iter()
        .flatten()
        .map(|candidate| &mut candidate.p)
        .chain(given.flag_p.iter_mut().map(|(_, p)| p))
        .chain(given.reasons.iter_mut().map(|reason| &mut reason.weight))
        .chain(given.urgency.model.iter_mut())
        .chain([&mut given.urgency.p]);
    for number in numbers.filter(|number| !number.is_finite()) {
        *number = 0.0;
    }
}

/// Which model and pack spoke.
pub(super) fn source(suggestion: &Suggestion) -> String {
    format!("model {} pack {}", suggestion.model.as_deref().unwrap_or("-"), suggestion.pack)
}

/// The audit line if the ticket's suggestion raised its level; a first level of U4 is no news.
pub(super) fn raised(before: Option<Urgency>, ticket: &Ticket) -> Option<AuditNote> {
    let new = ticket.effective().urgency?;
    let suggestion = ticket.suggestion.as_ref()?;
    (new > before.unwrap_or(Urgency::U4))
        .then(|| ("urgency_raised", format!("{} -> {new} {}", shown(before), cause(suggestion))))
}

/// Makes a new suggestion keep the level that stands. The level, its cues and units of the earlier
/// suggestion stay, so that the ticket still says why; the model's own probabilities are untouched.
/// A level that a person decided is not the suggestion's matter: it stands by itself.
pub(super) fn keep_level(ticket: &Ticket, given: &mut Suggestion) -> Option<AuditNote> {
    let stands = ticket.effective().urgency?;
    if ticket.urgency_by_person || given.urgency.level >= stands || ticket.labels.urgency >= Some(stands) {
        return None;
    }
    let note = ("urgency_kept", format!("{stands} (suggested {}) {}", given.urgency.level, source(given)));
    let urgency = &mut given.urgency;
    urgency.level = stands;
    urgency.p = Urgency::ALL.iter().zip(urgency.model).find(|(level, _)| **level == stands).map_or(0.0, |(_, p)| p);
    if let Some(earlier) = &ticket.suggestion {
        let why = earlier.urgency.cues.iter().filter(|cue| cue.level == stands).cloned();
        urgency.cues.splice(0..0, why);
        urgency.floor = urgency.floor.max(earlier.urgency.floor);
        for unit in &earlier.urgency.linkage {
            if !urgency.linkage.contains(unit) {
                urgency.linkage.push(unit.clone());
            }
        }
    }
    Some(note)
}

/// Checks a decision against the ticket and applies its labels.
///
/// Returns the audit lines, or why the decision is refused.
pub(super) fn apply(ticket: &mut Ticket, decision: &Decision) -> Result<Vec<AuditNote>, String> {
    let before = ticket.effective();
    let reason = decision.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    let lowers = decision.labels.urgency.is_some() && decision.labels.urgency < before.urgency;
    if lowers && decision.actor.role == Role::System {
        return Err("software may raise urgency, only a person may lower it".into());
    }
    if lowers && reason.is_none() {
        return Err(format!("急度由 {} 调低为 {},请写明理由", shown(before.urgency), shown(decision.labels.urgency)));
    }
    ticket.labels = decision.labels.clone().or(std::mem::take(&mut ticket.labels));
    if decision.labels.urgency.is_some() && decision.actor.role != Role::System {
        ticket.urgency_by_person = true;
    }
    let after = ticket.effective();
    let mut notes = vec![("decided", difference(&before, &after))];
    if after.urgency != before.urgency {
        let action = if after.urgency > before.urgency { "urgency_raised" } else { "urgency_lowered" };
        let cause = format!("{}: {}", by(&decision.actor), reason.unwrap_or("-"));
        notes.push((action, format!("{} -> {} {cause}", shown(before.urgency), shown(after.urgency))));
    }
    Ok(notes)
}

fn by(actor: &Actor) -> &str {
    if actor.role == Role::System { "software" } else { "person" }
}

/// `category 0101 -> 0203, department …`, or `as suggested`.
fn difference(before: &Labels, after: &Labels) -> String {
    let mut parts = Vec::new();
    let mut part = |name: &str, old: Option<&str>, new: Option<&str>| {
        if old != new {
            parts.push(format!("{name} {} -> {}", old.unwrap_or("-"), new.unwrap_or("-")));
        }
    };
    part("type", before.appeal_type.map(|t| t.label()), after.appeal_type.map(|t| t.label()));
    part("category", before.category.as_deref(), after.category.as_deref());
    part("department", before.department.as_deref(), after.department.as_deref());
    part("urgency", before.urgency.map(Urgency::code), after.urgency.map(Urgency::code));
    let marks = |labels: &Labels| {
        labels.flags.as_ref().map(|flags| flags.iter().map(|f| f.label()).collect::<Vec<_>>().join(" "))
    };
    part("flags", marks(before).as_deref(), marks(after).as_deref());
    if parts.is_empty() { "nothing changed".to_owned() } else { parts.join(", ") }
}
