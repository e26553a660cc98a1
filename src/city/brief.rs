//! `brief.toml` and `playbook.toml`: how this city's briefs are headed and worded, and what is advised
//! on which category. Both may be missing; without the first no brief is made.

use std::collections::BTreeMap;

use crate::domain::{Department, Taxonomy, brief::BriefKind};

use super::{
    PackFaults,
    document::{Document, Section, strings},
    files::{BRIEF, PLAYBOOK},
    wording::{self, Template, Wordings},
};

/// Heads and wording of the briefs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BriefStyle {
    /// Who takes the calls, as the text calls it.
    pub office: String,
    /// 编发单位
    pub issuer: String,
    /// 密级
    pub secrecy: Option<String>,
    /// 主送
    pub to: Vec<String>,
    /// 抄送
    pub copies: Vec<String>,
    /// 版头 by kind.
    pub mastheads: BTreeMap<BriefKind, String>,
    /// Level-2 codes of what is no appeal (错拨, 骚扰, 测试): everything else is 有效诉求.
    pub invalid: Vec<String>,
    /// Day of the month on which a 考核期 begins, 1 to 28; none if the city has none.
    pub assessment_day: Option<u8>,
    /// Sentences with their variants.
    pub wording: Wordings,
    /// 季节性提示: months (1–12) and advice.
    pub seasons: Vec<SeasonHint>,
    /// What to see to around a holiday of the calendar: holiday name to advice.
    pub holidays: BTreeMap<String, String>,
}

/// Advice for a time of the year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeasonHint {
    /// Months.
    pub months: Vec<u8>,
    /// Advice.
    pub advice: String,
}

/// What is known and advised about a category (level 1 by two digits, level 2 by four).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Play {
    /// Code.
    pub code: String,
    /// For headlines: `预付服务须规范`.
    pub headline: String,
    /// What such appeals usually come from; printed as a judgement of the rule.
    pub causes: Vec<String>,
    /// What to do.
    pub actions: Vec<PlayAction>,
    /// For a dossier: 建成即移交 and the like.
    pub mechanism: Option<String>,
}

/// One advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayAction {
    /// What is to be done.
    pub action: String,
    /// 牵头单位
    pub lead: String,
    /// 配合单位
    pub assisting: Vec<String>,
    /// Days from the making of the brief.
    pub days: u32,
    /// How one sees that it worked.
    pub measure: String,
}

impl BriefStyle {
    /// The variants of a sentence; none if the pack does not word it.
    pub fn sentence(&self, name: &str) -> &[Template] {
        self.wording.get(name).map_or(&[], Vec::as_slice)
    }
}

pub(super) fn style(text: &str, taxonomy: &Taxonomy, faults: &mut PackFaults) -> BriefStyle {
    let doc = Document::parse(BRIEF, text, faults);
    let top = doc.top();
    let words = |list: Vec<(String, usize)>| list.into_iter().map(|(word, _)| word).collect::<Vec<_>>();
    let mut style = BriefStyle {
        office: top.required("office", faults).unwrap_or_default(),
        issuer: top.required("issuer", faults).unwrap_or_default(),
        secrecy: top.text("secrecy", faults).filter(|s| !s.is_empty()),
        to: words(top.texts("to", faults)),
        copies: words(top.texts("copies", faults)),
        ..BriefStyle::default()
    };
    style.assessment_day = top.number("assessment_day", faults).and_then(|day| u8::try_from(day).ok());
    if style.assessment_day.is_some_and(|day| !(1..=28).contains(&day)) {
        top.fault("assessment_day", "assessment_day:须为每月的日子,1 至 28", faults);
        style.assessment_day = None;
    }
    for (code, line) in top.texts("invalid", faults) {
        match taxonomy.categories().iter().any(|c| c.code == code) {
            true => style.invalid.push(code),
            false => faults.add(BRIEF, line, format!("`invalid` 中的类别 `{code}` 不在分类表中")),
        }
    }
    style.invalid.sort();
    for (name, line, value) in top.named("masthead", faults) {
        let kind = BriefKind::ALL.into_iter().find(|k| k.code() == name);
        match (kind, value.get_ref().as_str().map(str::trim).filter(|s| !s.is_empty())) {
            (Some(kind), Some(words)) => {
                style.mastheads.insert(kind, words.to_owned());
            }
            (None, _) => {
                let known: Vec<&str> = BriefKind::ALL.iter().map(|k| k.code()).collect();
                faults.add(BRIEF, line, format!("没有 `{name}` 这种简报:可用 {}", known.join(", ")));
            }
            _ => faults.add(BRIEF, line, format!("刊头 `{name}` 须为非空文字")),
        }
    }
    for (name, line, value) in top.named("wording", faults) {
        let Some(variants) = strings(value.get_ref()) else {
            faults.add(BRIEF, line, format!("措辞 `{name}` 须为文字列表"));
            continue;
        };
        let read = wording::read(BRIEF, &name, line, &variants, faults);
        style.wording.insert(name, read);
    }
    for (name, line, value) in top.named("holiday", faults) {
        match value.get_ref().as_str().map(str::trim).filter(|s| !s.is_empty()) {
            Some(advice) => {
                style.holidays.insert(name, advice.to_owned());
            }
            None => faults.add(BRIEF, line, format!("节日 `{name}` 的提示须为文字")),
        }
    }
    for section in top.sections("season", faults) {
        let mut months = Vec::new();
        for (month, line) in section.texts("months", faults) {
            match month.parse::<u8>().ok().filter(|m| (1..=12).contains(m)) {
                Some(month) => months.push(month),
                None => faults.add(BRIEF, line, format!("月份 `{month}` 有误:请写 \"1\" 至 \"12\"")),
            }
        }
        let advice = section.required("advice", faults);
        section.finish(faults);
        if let Some(advice) = advice {
            style.seasons.push(SeasonHint { months, advice });
        }
    }
    top.finish(faults);
    style
}

pub(super) fn playbook(
    text: &str,
    taxonomy: &Taxonomy,
    departments: &[Department],
    faults: &mut PackFaults,
) -> Vec<Play> {
    let doc = Document::parse(PLAYBOOK, text, faults);
    let top = doc.top();
    let known_code = |code: &str| {
        taxonomy.categories().iter().any(|c| c.code == code || (code.len() == 2 && c.code.starts_with(code)))
    };
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut plays = Vec::new();
    for section in top.sections("play", faults) {
        let code = section.required("category", faults).unwrap_or_default();
        if !code.is_empty() && !known_code(&code) {
            section.fault("category", format!("类别 `{code}` 不在分类表中"), faults);
        }
        if let Some(first) = seen.insert(code.clone(), section.line) {
            section.fault("category", format!("类别 `{code}` 在第 {first} 行已有"), faults);
        }
        let headline = section.required("headline", faults).unwrap_or_default();
        let causes = section.texts("causes", faults).into_iter().map(|(cause, _)| cause).collect();
        let mechanism = section.text("mechanism", faults).filter(|m| !m.is_empty());
        let actions = section.sections("action", faults);
        let actions = actions.into_iter().filter_map(|s| action(s, departments, faults)).collect();
        section.finish(faults);
        plays.push(Play { code, headline, causes, actions, mechanism });
    }
    top.finish(faults);
    plays
}

fn action(section: Section<'_, '_>, departments: &[Department], faults: &mut PackFaults) -> Option<PlayAction> {
    let known = |name: &str| departments.iter().any(|d| d.name == name);
    let action = section.required("do", faults);
    let lead = section.required("lead", faults);
    if let Some(lead) = lead.as_ref().filter(|lead| !known(lead)) {
        section.fault("lead", format!("单位 `{lead}` 不在 departments.csv 中"), faults);
    }
    let mut assisting = Vec::new();
    for (name, line) in section.texts("with", faults) {
        if !known(&name) {
            faults.add(PLAYBOOK, line, format!("单位 `{name}` 不在 departments.csv 中"));
        }
        assisting.push(name);
    }
    let days = section.number("days", faults);
    if days.is_none_or(|days| days == 0 || days > 366) {
        section.fault("days", "天数 days 须为 1 至 366 的整数", faults);
    }
    let measure = section.required("measure", faults);
    section.finish(faults);
    Some(PlayAction { action: action?, lead: lead?, assisting, days: days?, measure: measure? })
}
