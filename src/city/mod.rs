//! Which city? The city pack: taxonomy, departments, regions, dictionary, synonyms, urgency rules,
//! deadlines, calendar, wording and playbook of the briefs.
//!
//! Parsed strictly from a set of named files ([`PackFiles`]); every fault names file and line, and
//! all faults are told at once. The content hash goes with every suggestion. No IO beyond reading a
//! folder.

mod brief;
mod calendar;
mod deadline;
mod document;
mod edit;
mod elements;
mod fault;
mod files;
mod meta;
mod pack;
mod table;
mod tables;
mod urgency;
mod warn;
mod wording;
mod words;

pub use brief::{BriefStyle, Play, PlayAction, SeasonHint};
pub use calendar::Calendar;
pub use deadline::Deadline;
pub use edit::WordsEdit;
pub use fault::{PackFault, PackFaults};
pub use files::{OPTIONAL_PACK_FILES, PACK_FILES, PackFiles, read_files};
pub use meta::EmergencyNumber;
pub use pack::CityPack;
pub use wording::{Piece, Template, Wordings};
pub use words::SynonymGroup;
