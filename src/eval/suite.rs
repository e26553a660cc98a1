//! Suites: which held-back rows are scored, and what must at least be reached.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::labelled::{Origin, Part, Row};

/// A named set of held-back rows.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// Short name for `--suite`.
    pub name: String,
    /// What it is, for the report.
    pub title: String,
    /// Which rows.
    pub source: Origin,
    /// Least values of the served system, by the names of [`super::SystemReport::figures`].
    #[serde(default)]
    pub floors: BTreeMap<String, f64>,
    /// Whether every row counts, held back or not: for a table that nobody trained on.
    #[serde(skip)]
    pub every: bool,
}

/// Why there is no such suite.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    /// No suite of that name.
    #[error("no suite `{name}`: one of {}", known.join(" "))]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A definition cannot be read.
    #[error("suite definition: {0}")]
    Bad(#[from] toml::de::Error),
}

const SHIPPED: [&str; 2] =
    [include_str!("../../eval/suites/real.toml"), include_str!("../../eval/suites/simulated.toml")];

impl Suite {
    /// Reads a definition.
    ///
    /// # Errors
    /// Names the line and the key.
    pub fn parse(toml: &str) -> Result<Self, SuiteError> {
        Ok(toml::from_str(toml)?)
    }

    /// The suites of `eval/suites/` by name; all of them if no name is given.
    ///
    /// # Errors
    /// A name that no suite has.
    pub fn shipped(names: &[String]) -> Result<Vec<Self>, SuiteError> {
        let all = SHIPPED.iter().map(|text| Self::parse(text)).collect::<Result<Vec<_>, _>>()?;
        if names.is_empty() {
            return Ok(all);
        }
        names
            .iter()
            .map(|name| {
                all.iter().find(|s| s.name == *name).cloned().ok_or_else(|| SuiteError::Unknown {
                    name: name.clone(),
                    known: all.iter().map(|s| s.name.clone()).collect(),
                })
            })
            .collect()
    }

    /// All rows of a table of labels, or of labelled appeals, that was not trained on.
    pub fn table(name: &str, source: Origin) -> Self {
        let title = format!("{name}(未参与训练的标注,全部计分)");
        Self { name: "table".into(), title, source, floors: BTreeMap::new(), every: true }
    }

    /// Its rows.
    pub fn rows<'r>(&self, rows: &'r [Row]) -> Vec<&'r Row> {
        rows.iter().filter(|row| (self.every || row.part() == Part::Held) && row.origin == self.source).collect()
    }
}
