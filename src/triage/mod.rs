//! What do we suggest, and why? One pack version, one bundle, one answer.
//!
//! Pure composition: text is read by `text`, labels come from `model`, the urgency floor from the
//! pack's rules. Level = max(floor, model): software only raises (invariant 4). A [`Triager`] is
//! immutable, so old and new pack or bundle never mix inside one answer.

mod compose;
mod floor;
mod keywords;
mod matters;
mod places;
mod precedent;
mod urgency;

pub use matters::{Turn, parts};
pub use places::{PLACE_HEAD, finds_places};
pub use urgency::UrgencyThresholds;

use std::{collections::HashSet, sync::Arc};

use crate::{
    city::CityPack,
    domain::{Appeal, Field, FoundPlace, Suggestion},
    model::{Bundle, ModelError, ModelInput, memory::Memory},
    text::{Analyser, ElementFinder, Lexicon, Normalized},
};

use floor::Floor;
use keywords::Keywords;

/// Candidates shown for each head at most.
pub const CANDIDATES: usize = 5;

/// A mark read by the model counts from this probability on.
pub const FLAG_THRESHOLD: f32 = 0.5;

/// One version of everything that a suggestion depends on.
#[derive(Debug)]
pub struct Triager {
    /// The city.
    pub pack: Arc<CityPack>,
    /// Its text tools.
    pub analyser: Analyser,
    /// 五要素, as the city words them.
    pub elements: ElementFinder,
    /// The model; none means that the pack's rules answer alone.
    pub bundle: Option<Arc<Bundle>>,
    /// Decided cases, which vote beside the model; empty at first. None where the bundle's vectors were not
    /// learned: the plain mean of the last layer makes all appeals neighbours.
    pub memory: Option<Arc<Memory>>,
    /// From which probability on the model's urgency raises.
    pub thresholds: UrgencyThresholds,
    keywords: Keywords,
    departments: HashSet<String>,
}

/// An appeal as the rules and the model see it.
struct Reading {
    title: Normalized,
    text: Normalized,
    places: Vec<FoundPlace>,
    floor: Floor,
}

impl Reading {
    fn normalized(&self, field: Field) -> &Normalized {
        match field {
            Field::Title => &self.title,
            Field::Text => &self.text,
        }
    }

    fn input(&self) -> ModelInput {
        ModelInput { title: self.title.text().to_owned(), text: self.text.text().to_owned() }
    }
}

impl Triager {
    /// Builds the text tools of the pack.
    pub fn new(pack: Arc<CityPack>, bundle: Option<Arc<Bundle>>) -> Self {
        let analyser = Analyser::build(Lexicon {
            words: &pack.dictionary,
            regions: &pack.regions,
            rules: &pack.rules,
            contexts: &pack.contexts,
        });
        let keywords = Keywords::build(&pack, &analyser);
        let departments = pack.departments.iter().map(|d| d.name.clone()).collect();
        let thresholds = UrgencyThresholds::default();
        let learned = bundle.as_ref().filter(|b| b.learned_vectors());
        let memory = learned.map(|b| Arc::new(Memory::new(b.id(), b.vector_width())));
        let elements = ElementFinder::build(&pack.elements);
        Self { pack, analyser, elements, bundle, memory, thresholds, keywords, departments }
    }

    /// The same with the decided cases of an earlier version, if they are of the same bundle.
    #[must_use]
    pub fn remembering(self, earlier: Option<Arc<Memory>>) -> Self {
        let own = earlier.filter(|m| self.bundle.as_ref().is_some_and(|b| b.id() == m.bundle()));
        Self { memory: own.or(self.memory), ..self }
    }

    /// Suggestions for a batch, in order. `explain` adds reasons.
    ///
    /// # Errors
    /// Only if the model fails to compute; without a bundle it cannot fail.
    pub fn triage(&self, appeals: &[Appeal], explain: bool) -> Result<Vec<Suggestion>, ModelError> {
        let readings: Vec<Reading> = appeals.iter().map(|appeal| self.read(appeal)).collect();
        let Some(bundle) = &self.bundle else {
            return Ok(readings
                .into_iter()
                .map(|reading| {
                    let mut suggestion = self.by_rules(reading);
                    if !explain {
                        suggestion.reasons.clear();
                    }
                    suggestion
                })
                .collect());
        };
        let inputs: Vec<ModelInput> = readings.iter().map(Reading::input).collect();
        let predictions = bundle.predict(&inputs, explain)?;
        if predictions.len() != readings.len() {
            return Err(ModelError::Mismatch(format!(
                "{} predictions for {} appeals",
                predictions.len(),
                readings.len()
            )));
        }
        let both = readings.into_iter().zip(predictions).zip(appeals);
        Ok(both.map(|((reading, p), appeal)| self.by_model(bundle, appeal, reading, p)).collect())
    }

    /// The places that the bundle's head alone finds, for each appeal; none found without such a head.
    ///
    /// # Errors
    /// Only if the model fails to compute.
    pub fn head_places(&self, appeals: &[Appeal]) -> Result<Vec<Vec<FoundPlace>>, ModelError> {
        let Some(bundle) = &self.bundle else { return Ok(vec![Vec::new(); appeals.len()]) };
        let readings: Vec<Reading> = appeals.iter().map(|appeal| self.read(appeal)).collect();
        let inputs: Vec<ModelInput> = readings.iter().map(Reading::input).collect();
        let said = bundle.answers(&inputs)?;
        let own = appeals.iter().zip(&readings).zip(&said);
        Ok(own.map(|((appeal, reading), said)| places::of_head(appeal, reading, places::found(said))).collect())
    }

    /// What the pack's rules alone suggest: the answer without a bundle. Always uncertain.
    pub fn rules_only(&self, appeal: &Appeal) -> Suggestion {
        self.by_rules(self.read(appeal))
    }

    /// The places of an appeal that the pack's names and patterns find.
    pub fn places(&self, appeal: &Appeal) -> Vec<FoundPlace> {
        self.places_in(appeal, &Normalized::of(&appeal.title), &Normalized::of(&appeal.text))
    }

    /// Where bundle and pack contradict each other; empty without a bundle. A label of the bundle
    /// that the pack does not know is never suggested. In Chinese, for people.
    pub fn mismatches(&self) -> Vec<String> {
        let Some(bundle) = &self.bundle else { return Vec::new() };
        let strange = |labels: &[String], known: &dyn Fn(&str) -> bool| -> Vec<String> {
            labels.iter().filter(|label| !known(label)).cloned().collect()
        };
        let answered: HashSet<&str> = bundle.category_labels().iter().map(String::as_str).collect();
        let categories = self.pack.taxonomy.categories().iter();
        let unlearned =
            categories.filter(|c| !answered.contains(c.code.as_str())).map(|c| format!("{} {}", c.code, c.level2));
        [
            (
                "模型会答、城市包里却没有的分类(不会显示)",
                strange(bundle.category_labels(), &|c| self.knows_category(c)),
            ),
            (
                "模型会答、城市包里却没有的单位(不会显示)",
                strange(bundle.department_labels(), &|d| self.knows_department(d)),
            ),
            ("城市包里有、模型却没有学过的分类(不会给出)", unlearned.collect()),
        ]
        .into_iter()
        .filter(|(_, labels)| !labels.is_empty())
        .map(|(what, labels)| format!("{what}:{}", labels.join("、")))
        .collect()
    }

    fn knows_category(&self, code: &str) -> bool {
        self.pack.taxonomy.get(code).is_some()
    }

    fn knows_department(&self, name: &str) -> bool {
        self.departments.contains(name)
    }

    fn read(&self, appeal: &Appeal) -> Reading {
        let (title, text) = (Normalized::of(&appeal.title), Normalized::of(&appeal.text));
        let places = self.places_in(appeal, &title, &text);
        let hits = self.analyser.cues.find_in(&title, &text);
        let floor = Floor::of(&self.pack.rules, appeal, &hits);
        Reading { title, text, places, floor }
    }

    fn places_in(&self, appeal: &Appeal, title: &Normalized, text: &Normalized) -> Vec<FoundPlace> {
        let mut places = self.analyser.places.find(Field::Title, &appeal.title, title);
        places.extend(self.analyser.places.find(Field::Text, &appeal.text, text));
        places
    }
}
