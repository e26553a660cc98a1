//! How do we tell it? Facts with evidence, and briefs (简报) composed of them by rules.
//!
//! [`facts`] counts: a [`facts::Row`] for each ticket, cohorts by filter, figures by measure, and whether
//! a stored brief still holds. [`compose`] tells: 日报, 周报, 专报, 快报, 每月一办 in the wording of the
//! city pack. [`edit`] lets people change words and no number. [`seal`] hashes versions. Pure functions
//! over slices: no IO, no clock.
//!
//! [`rephrase`] holds a language model's words for a section to that section's facts.
//!
//! [`chart`] draws, [`render`] puts a brief on paper. [`audit`] holds somebody else's bulletin to the
//! same rule as ours: does every number follow from the others?

pub mod audit;
pub mod chart;
pub mod compose;
pub mod edit;
pub mod facts;
mod plain;
mod quoting;
pub mod render;
pub mod rephrase;
pub mod seal;
mod sheet;
mod typeset;

pub use plain::{markdown, outline};
pub use quoting::{covered, covered_of};
pub use sheet::workbook;
pub use typeset::typeset;
