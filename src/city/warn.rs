//! What a pack may do but hardly means: told by `tingsu city check`, never refused.

use std::collections::BTreeMap;

use crate::domain::AppealType;

use super::{CityPack, PackFault, calendar::is_weekend, files};

/// Characters that segmentation treats as ends of words, so that a dictionary word with one of
/// them is never found.
fn breaks_words(c: char) -> bool {
    !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '+' | '#' | '·'))
}

pub(super) fn warnings(pack: &CityPack) -> Vec<PackFault> {
    let mut out = Vec::new();
    let mut add = |file: &str, message: String| out.push(PackFault { file: file.to_owned(), line: 0, message });

    let mut towns: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for region in &pack.regions {
        for name in region.town.iter().chain(&region.aliases) {
            towns.entry(name).or_default().push(&region.id);
        }
    }
    for (name, ids) in towns.iter().filter(|(_, ids)| ids.len() > 1) {
        add(files::REGIONS, format!("`{name}` names {}: the district must be said, too", ids.join(" and ")));
    }
    for district in pack.districts() {
        if !pack.regions.iter().any(|r| r.district == district && r.town.is_some()) {
            add(files::REGIONS, format!("district `{district}` has no town"));
        }
    }
    for word in &pack.dictionary {
        if word.word.chars().any(breaks_words) {
            add(
                files::DICTIONARY,
                format!("`{}` holds a character that ends words: it will never be found", word.word),
            );
        } else if word.word.chars().count() < 2 {
            add(files::DICTIONARY, format!("`{}` is one character: segmentation knows it already", word.word));
        }
    }
    for rule in &pack.rules {
        for word in rule.any.iter().filter(|w| w.chars().count() < 2 && rule.with.is_empty()) {
            add(files::URGENCY, format!("rule `{}`: the cue `{word}` alone is too short to prove anything", rule.id));
        }
        if rule.level >= crate::domain::Urgency::U2 && rule.unless.is_empty() {
            add(files::URGENCY, format!("rule `{}` raises to {} in any context: give `unless`", rule.id, rule.level));
        }
        if rule.level == crate::domain::Urgency::U1 && rule.linkage.is_empty() {
            add(files::URGENCY, format!("rule `{}` is U1 but links no unit", rule.id));
        }
    }
    for kind in AppealType::ALL {
        if !pack.deadlines.iter().any(|d| d.appeal_type == Some(kind)) {
            add(files::DEADLINES, format!("no deadline for {kind}: that of 其他 is used"));
        }
    }
    let years = pack.calendar.years();
    match (years.first(), years.last()) {
        (Some(&first), Some(&last)) => {
            for year in (first..=last).filter(|y| !years.contains(y)) {
                add(files::CALENDAR, format!("no day of {year}: only its weekends count as free"));
            }
        }
        _ => add(files::CALENDAR, "no day at all: only weekends count as free".to_owned()),
    }
    let assumed: BTreeMap<i16, usize> = pack.calendar.assumed.iter().fold(BTreeMap::new(), |mut years, day| {
        *years.entry(day.year()).or_default() += 1;
        years
    });
    for (year, days) in assumed {
        add(files::CALENDAR, format!("{days} days of {year} are assumed: correct them when the notice is published"));
    }
    for day in pack.calendar.workdays.keys().filter(|day| !is_weekend(**day)) {
        add(files::CALENDAR, format!("{day} is a weekday, so 班 says nothing"));
    }
    out
}
