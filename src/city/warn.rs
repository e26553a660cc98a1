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
        add(files::REGIONS, format!("`{name}` 同时指 {}:须连同区县一起说才能分清", ids.join("、")));
    }
    for district in pack.districts() {
        if !pack.regions.iter().any(|r| r.district == district && r.town.is_some()) {
            add(files::REGIONS, format!("区县 `{district}` 没有街镇"));
        }
    }
    for word in &pack.dictionary {
        if word.word.chars().any(breaks_words) {
            add(files::DICTIONARY, format!("`{}` 含有断词的字符,永远不会匹配到", word.word));
        } else if word.word.chars().count() < 2 {
            add(files::DICTIONARY, format!("`{}` 只有一个字,分词本来就认得", word.word));
        }
    }
    for rule in &pack.rules {
        for word in rule.any.iter().filter(|w| w.chars().count() < 2 && rule.with.is_empty()) {
            add(files::URGENCY, format!("规则 `{}`:线索 `{word}` 太短,单独不足为据", rule.id));
        }
        if rule.level >= crate::domain::Urgency::U2 && rule.unless.is_empty() {
            add(files::URGENCY, format!("规则 `{}` 在任何语境都调到 {}:请写 `unless`", rule.id, rule.level));
        }
        if rule.level == crate::domain::Urgency::U1 && rule.linkage.is_empty() {
            add(files::URGENCY, format!("规则 `{}` 为 U1,却没有联动单位", rule.id));
        }
    }
    for kind in AppealType::ALL {
        if !pack.deadlines.iter().any(|d| d.appeal_type == Some(kind)) {
            add(files::DEADLINES, format!("没有{kind}的时限:按“其他”的时限计"));
        }
    }
    let years = pack.calendar.years();
    match (years.first(), years.last()) {
        (Some(&first), Some(&last)) => {
            for year in (first..=last).filter(|y| !years.contains(y)) {
                add(files::CALENDAR, format!("{year} 年没有日期:只按周末休息计"));
            }
        }
        _ => add(files::CALENDAR, "没有任何日期:只按周末休息计".to_owned()),
    }
    let assumed: BTreeMap<i16, usize> = pack.calendar.assumed.iter().fold(BTreeMap::new(), |mut years, day| {
        *years.entry(day.year()).or_default() += 1;
        years
    });
    for (year, days) in assumed {
        add(files::CALENDAR, format!("{year} 年有 {days} 天是推定的:放假通知公布后请更正"));
    }
    for day in pack.calendar.workdays.keys().filter(|day| !is_weekend(**day)) {
        add(files::CALENDAR, format!("{day} 本来就是工作日,写“班”没有作用"));
    }
    out
}
