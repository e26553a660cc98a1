//! The simulated city with its gold events.

use std::path::Path;

use serde::Deserialize;

use crate::{
    insight::{Heard, times},
    labelled::{DataError, jsonl, jsonl_files},
};

/// An appeal and the event that it belongs to.
#[derive(Clone, Debug)]
pub struct Told {
    /// The appeal, without anything that only a label tells.
    pub heard: Heard,
    /// Its event.
    pub event: Option<String>,
    /// The earlier appeal that its caller said again.
    pub repeat_of: Option<String>,
    /// Its category, as its author labelled it.
    pub category: Option<String>,
}

#[derive(Deserialize)]
struct Line {
    id: String,
    at: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    text: String,
    caller: Option<String>,
    channel: Option<String>,
    district: Option<String>,
    town: Option<String>,
    place: Option<String>,
    event: Option<String>,
    repeat_of: Option<String>,
    category: Option<String>,
    satisfaction: Option<String>,
}

/// Every `*.jsonl` of a folder, in the order of the file names.
///
/// # Errors
/// A missing folder or a line that is no appeal.
pub fn read_city(dir: &Path) -> Result<Vec<Told>, DataError> {
    let files = jsonl_files(dir, "name the folder of the simulated appeals with --corpus")?;
    let mut lines = Vec::new();
    for file in files {
        lines.extend(jsonl::<Line>(&file, "one appeal a line")?.into_iter().map(|(_, line)| line));
    }
    let given: Vec<Option<String>> = lines.iter().map(|l: &Line| Some(l.at.clone())).collect();
    let (at, _) = times(&given);
    let told = lines.into_iter().zip(at).map(|(line, at)| Told {
        event: line.event,
        repeat_of: line.repeat_of,
        category: line.category,
        heard: Heard {
            id: line.id,
            at,
            title: line.title,
            text: line.text,
            caller: line.caller,
            channel: line.channel,
            district: line.district,
            town: line.town,
            place: line.place,
            unsolved: line.satisfaction.map(|s| s == "不满意"),
            ..Heard::default()
        },
    });
    Ok(told.collect())
}
