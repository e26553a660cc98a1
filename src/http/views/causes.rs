//! Recurring causes on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    city::CityPack,
    desk::Hot,
    domain::format_city,
    insight::causes::{Candidate, Effect, TooFew},
    text::mask,
};

/// Candidates of recurring causes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CausesView {
    /// When they were looked for; none before the first look.
    pub made_at: Option<String>,
    /// Categories, best first.
    pub categories: Vec<CauseView>,
    /// Topics, best first.
    pub topics: Vec<CauseView>,
    /// Before and after, if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<EffectView>,
}

/// log2(1 + volume) · weeks with it / weeks · log2(1 + departments) · unsolved share
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CauseView {
    /// Code of the category, or id of the topic.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The product of the four parts.
    pub score: f64,
    /// Appeals.
    pub volume: usize,
    /// Weeks in which it came.
    pub weeks_with: usize,
    /// Weeks that were looked at.
    pub weeks: usize,
    /// Departments that handle it, most appeals first.
    pub departments: Vec<String>,
    /// Share left unsolved, drawn towards that of all by ten appeals.
    pub unsolved_share: f64,
    /// Appeals of which it is known whether they were solved.
    pub known: usize,
}

/// What an action changed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EffectView {
    /// In words.
    pub words: String,
    /// Whole weeks before and after that were compared.
    pub weeks: (usize, usize),
    /// Appeals a week before and after.
    pub a_week: Option<(f64, f64)>,
    /// What all other appeals did meanwhile: after over before.
    pub others: Option<f64>,
    /// The rate after over that before, less what all others did.
    pub ratio: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<(f64, f64)>,
}

impl CausesView {
    /// Of the present picture.
    pub fn of(hot: Option<&Hot>, pack: &CityPack) -> Self {
        let category = |c: &Candidate| {
            let name = pack.taxonomy.get(&c.cause).map_or(c.cause.as_str(), |k| k.level2.as_str());
            CauseView::of(c, name)
        };
        let topic = |c: &Candidate| {
            let of = hot.into_iter().flat_map(|h| &h.findings.topics).find(|t| t.id == c.cause);
            CauseView::of(c, of.map_or(c.cause.as_str(), |t| t.portrait.title.as_str()))
        };
        Self {
            made_at: hot.map(|h| format_city(h.made_at)),
            categories: hot.into_iter().flat_map(|h| &h.causes.categories).map(category).collect(),
            topics: hot.into_iter().flat_map(|h| &h.causes.topics).map(topic).collect(),
            effect: None,
        }
    }
}

impl CauseView {
    fn of(c: &Candidate, name: &str) -> Self {
        Self {
            id: c.cause.clone(),
            name: mask(name).text,
            score: c.score,
            volume: c.volume,
            weeks_with: c.weeks.0,
            weeks: c.weeks.1,
            departments: c.departments.clone(),
            unsolved_share: c.unsolved,
            known: c.known,
        }
    }
}

impl From<&Result<Effect, TooFew>> for EffectView {
    fn from(found: &Result<Effect, TooFew>) -> Self {
        match found {
            Ok(e) => Self {
                words: e.words(),
                weeks: e.weeks,
                a_week: Some(e.a_week),
                others: Some(e.others),
                ratio: Some(e.ratio),
                interval: Some(e.interval),
            },
            Err(few) => {
                Self { words: few.words(), weeks: few.weeks, a_week: None, others: None, ratio: None, interval: None }
            }
        }
    }
}
