//! The pack as a whole.

use std::path::Path;

use jiff::{Timestamp, ToSpan};

use crate::domain::{
    AppealType, Category, Context, CueRule, Department, DictWord, ElementCues, Region, Taxonomy, Urgency,
};

use super::{
    BriefStyle, Calendar, Deadline, EmergencyNumber, PackFault, PackFaults, PackFiles, Play, SynonymGroup, brief,
    calendar, deadline, elements,
    files::{self, Texts},
    meta, tables, urgency, warn, words,
};

/// A city, read and checked. Immutable; a reload makes a new one.
#[derive(Clone, Debug)]
pub struct CityPack {
    /// City name for the interface.
    pub name: String,
    /// The pack's own version, for people; programs compare [`CityPack::hash`].
    pub version: String,
    /// What the maintainers of the pack want known.
    pub notes: String,
    /// Who gets what no rule or model assigns: name of a [`Department`].
    pub default_department: String,
    /// Numbers that rules may link to.
    pub emergency: Vec<EmergencyNumber>,
    /// First 16 hex digits of the blake3 hash over names and bytes of the pack's files
    /// ([`super::PACK_FILES`]).
    pub hash: String,
    /// Hash over the parts that change how text is segmented (dictionary, regions).
    pub dictionary_hash: String,
    /// Category tree.
    pub taxonomy: Taxonomy,
    /// Units.
    pub departments: Vec<Department>,
    /// Districts and towns.
    pub regions: Vec<Region>,
    /// User dictionary.
    pub dictionary: Vec<DictWord>,
    /// Stop words for key terms.
    pub stop_words: Vec<String>,
    /// Synonyms and aliases.
    pub synonyms: Vec<SynonymGroup>,
    /// Urgency rules.
    pub rules: Vec<CueRule>,
    /// Context signals of the rules.
    pub contexts: Vec<Context>,
    /// Deadlines.
    pub deadlines: Vec<Deadline>,
    /// Working-day calendar.
    pub calendar: Calendar,
    /// Heads and wording of the briefs, if the pack has them.
    pub brief: Option<BriefStyle>,
    /// What is advised on which category.
    pub playbook: Vec<Play>,
    /// 五要素, in the order of the form.
    pub elements: Vec<ElementCues>,
}

impl CityPack {
    /// Reads a folder.
    ///
    /// # Errors
    /// All faults found, each with file and line.
    pub fn open(dir: &Path) -> Result<Self, PackFaults> {
        let mut faults = PackFaults::default();
        let files = files::read_folder(dir, &mut faults);
        if !faults.0.is_empty() {
            return Err(faults);
        }
        Self::parse(&files)
    }

    /// Reads named files; other files than [`super::PACK_FILES`] are left alone.
    ///
    /// # Errors
    /// All faults found, each with file and line.
    pub fn parse(files: &PackFiles) -> Result<Self, PackFaults> {
        let mut faults = PackFaults::default();
        let texts = Texts::decode(files, &mut faults);
        // A missing file is one fault; what it would have held is not asked for again.
        let whole = files::PACK_FILES.iter().all(|name| texts.has(name));
        if !whole {
            return Err(faults);
        }
        let departments = tables::departments(texts.get(files::DEPARTMENTS), &mut faults);
        let meta = meta::meta(texts.get(files::META), &departments, &mut faults);
        let taxonomy = tables::taxonomy(texts.get(files::TAXONOMY), &departments, &mut faults);
        let regions = tables::regions(texts.get(files::REGIONS), &mut faults);
        let dictionary = words::dictionary(texts.get(files::DICTIONARY), &mut faults);
        let stop_words = words::stop_words(texts.get(files::STOP_WORDS), &mut faults);
        let synonyms = words::synonyms(texts.get(files::SYNONYMS), &mut faults);
        let (rules, contexts) = urgency::urgency(texts.get(files::URGENCY), &departments, &meta.emergency, &mut faults);
        let deadlines = deadline::deadlines(texts.get(files::DEADLINES), &mut faults);
        let calendar = calendar::calendar(texts.get(files::CALENDAR), &mut faults);
        let brief = texts.has(files::BRIEF).then(|| brief::style(texts.get(files::BRIEF), &taxonomy, &mut faults));
        let playbook = brief::playbook(texts.get(files::PLAYBOOK), &taxonomy, &departments, &mut faults);
        let own = texts.has(files::ELEMENTS).then(|| texts.get(files::ELEMENTS));
        let elements = elements::elements(own, &mut faults);
        if !faults.0.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            name: meta.name,
            version: meta.version,
            notes: meta.notes,
            default_department: meta.default_department,
            emergency: meta.emergency,
            hash: files::pack_hash(files),
            dictionary_hash: files::dictionary_hash(files),
            taxonomy,
            departments,
            regions,
            dictionary,
            stop_words,
            synonyms,
            rules,
            contexts,
            deadlines,
            calendar,
            brief,
            playbook,
            elements,
        })
    }

    /// What is allowed but looks like a slip: for `tingsu city check`.
    pub fn warnings(&self) -> Vec<PackFault> {
        warn::warnings(self)
    }

    /// The deadlines that hold for a ticket: those of its urgency level if the pack has any, else
    /// those of its type, else those of 其他.
    pub fn deadline(&self, appeal_type: Option<AppealType>, urgency: Urgency) -> Option<&Deadline> {
        let of_type = |kind| self.deadlines.iter().find(move |d| d.appeal_type == Some(kind));
        self.deadlines
            .iter()
            .find(|d| d.urgency == Some(urgency))
            .or_else(|| appeal_type.and_then(of_type))
            .or_else(|| of_type(AppealType::Other))
    }

    /// 办结时限 of a ticket received at `from`: hours run on, working days are counted by the
    /// calendar and end at the end of the day (see [`Calendar::after_workdays`]).
    pub fn due_at(&self, appeal_type: Option<AppealType>, urgency: Urgency, from: Timestamp) -> Option<Timestamp> {
        let deadline = self.deadline(appeal_type, urgency)?;
        match (deadline.finish_hours, deadline.finish_workdays) {
            (Some(hours), _) => from.checked_add(i64::from(hours).hours()).ok(),
            (None, Some(days)) => self.calendar.after_workdays(from, days),
            (None, None) => None,
        }
    }

    /// The unit of a name.
    pub fn department(&self, name: &str) -> Option<&Department> {
        self.departments.iter().find(|d| d.name == name)
    }

    /// The unit that a category goes to by default.
    pub fn department_of(&self, category: &Category) -> Option<&Department> {
        self.department(&category.department)
    }

    /// The region of an id (`district` or `district/town`).
    pub fn region(&self, id: &str) -> Option<&Region> {
        self.regions.iter().find(|r| r.id == id)
    }

    /// Whether a phrase is the name of a region and says no more exactly where.
    pub fn is_region(&self, phrase: &str) -> bool {
        let phrase = phrase.trim();
        let rest = |r: &Region| phrase.strip_prefix(r.district.as_str()).map(str::trim_start);
        self.regions.iter().any(|r| {
            let own = r.town.as_ref().unwrap_or(&r.district);
            phrase == own || rest(r) == Some(own.as_str()) || r.aliases.iter().any(|a| a == phrase)
        })
    }

    /// The region that a source names by district and town, by name or alias. A town alone is
    /// enough where only one district has it.
    pub fn find_region(&self, district: Option<&str>, town: Option<&str>) -> Option<&Region> {
        let named = |r: &Region, name: &str, own: &str| own == name || r.aliases.iter().any(|a| a == name);
        let of_district = |name: &str| self.regions.iter().find(|r| r.town.is_none() && named(r, name, &r.district));
        let district = district.map(str::trim).filter(|s| !s.is_empty());
        let town = town.map(str::trim).filter(|s| !s.is_empty());
        let Some(town) = town else { return of_district(district?) };
        let home = match district {
            Some(name) => Some(of_district(name)?.district.as_str()),
            None => None,
        };
        let mut fits = self.regions.iter().filter(|r| {
            r.town.as_deref().is_some_and(|own| named(r, town, own)) && home.is_none_or(|home| r.district == home)
        });
        let first = fits.next();
        if fits.next().is_some() { None } else { first }
    }

    /// Names of the districts, in the order of the pack.
    pub fn districts(&self) -> impl Iterator<Item = &str> {
        self.regions.iter().filter(|r| r.town.is_none()).map(|r| r.district.as_str())
    }

    /// Groups of words that a search takes for one another: the pack's synonyms, and each region's name with its
    /// aliases and old names.
    pub fn searched_alike(&self) -> Vec<Vec<String>> {
        let words = self.synonyms.iter().map(|g| g.words.clone());
        let named = self.regions.iter().filter(|r| !r.aliases.is_empty()).map(|r| {
            let own = r.town.as_ref().unwrap_or(&r.district);
            std::iter::once(own).chain(&r.aliases).cloned().collect()
        });
        words.chain(named).collect()
    }

    /// Words that mean the same as `word`, without it.
    pub fn synonyms_of<'p>(&'p self, word: &'p str) -> impl Iterator<Item = &'p str> {
        self.synonyms
            .iter()
            .filter(move |g| g.words.iter().any(|w| w == word))
            .flat_map(|g| g.words.iter().map(String::as_str))
            .filter(move |w| *w != word)
    }
}
