//! Which city? The city pack: taxonomy, departments, regions, dictionary, synonyms, urgency rules,
//! deadlines, calendar.
//!
//! Parsed strictly from a set of named files ([`PackFiles`]); every fault names file and line. The
//! content hash goes with every suggestion. No IO beyond reading a folder.

mod pack;

pub use pack::{Calendar, CityPack, Deadline, PackFault, PackFaults, PackFiles, SynonymGroup};
