//! The pack as a whole.

use std::{borrow::Cow, collections::BTreeMap, fmt, path::Path};

use jiff::{Timestamp, civil::Date};

use crate::domain::{AppealType, Context, CueRule, Department, DictWord, Region, Taxonomy, Urgency};

/// Files of a pack by name (`taxonomy.csv`, …): from a folder, or embedded in the binary.
pub type PackFiles = BTreeMap<String, Cow<'static, [u8]>>;

/// One fault of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackFault {
    /// File name in the pack.
    pub file: String,
    /// Line from 1; 0 where the whole file is meant.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

/// All faults found in one reading: a pack is taken whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PackFaults(pub Vec<PackFault>);

impl fmt::Display for PackFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, fault) in self.0.iter().enumerate() {
            let sep = if n == 0 { "" } else { "\n" };
            write!(f, "{sep}{}:{}: {}", fault.file, fault.line, fault.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for PackFaults {}

/// Words that mean the same, for query-time expansion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SynonymGroup {
    /// At least two words.
    pub words: Vec<String>,
}

/// 办理时限 for an urgency level or an appeal type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// For this urgency level …
    pub urgency: Option<Urgency>,
    /// … or this type (levels come first).
    pub appeal_type: Option<AppealType>,
    /// 签收 within minutes.
    pub sign_minutes: u32,
    /// 联系 within minutes.
    pub contact_minutes: u32,
    /// 办结 within hours, or …
    pub finish_hours: Option<u32>,
    /// … within working days.
    pub finish_workdays: Option<u32>,
}

/// Working days: weekdays, less holidays, plus shifted working days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// 法定节假日 that fall on weekdays, and their names.
    pub holidays: BTreeMap<Date, String>,
    /// 调休上班 days on weekends.
    pub workdays: BTreeMap<Date, String>,
}

impl Calendar {
    /// Whether people work on that day.
    pub fn is_workday(&self, day: Date) -> bool {
        let _ = day;
        todo!()
    }
}

/// A city, read and checked. Immutable; a reload makes a new one.
#[derive(Clone, Debug)]
pub struct CityPack {
    /// City name for the interface.
    pub name: String,
    /// First 16 hex digits of the blake3 hash over all files.
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
}

impl CityPack {
    /// Reads a folder.
    ///
    /// # Errors
    /// All faults found, each with file and line.
    pub fn open(dir: &Path) -> Result<Self, PackFaults> {
        let _ = dir;
        todo!()
    }

    /// Reads named files.
    ///
    /// # Errors
    /// All faults found, each with file and line.
    pub fn parse(files: &PackFiles) -> Result<Self, PackFaults> {
        let _ = files;
        todo!()
    }

    /// 办结时限 of a ticket received at `from`.
    pub fn due_at(&self, appeal_type: Option<AppealType>, urgency: Urgency, from: Timestamp) -> Option<Timestamp> {
        let _ = (appeal_type, urgency, from);
        todo!()
    }
}
