//! What a cell says for a head, still with labels by name.

use serde_json::Value;

use crate::domain::{Appeal, Field, FieldSpan, HeadKind, Span};

use super::{Head, table::Record};

/// An answer with labels by name.
pub(super) enum Named {
    One(String),
    Each(Vec<String>),
    Spans(Vec<(FieldSpan, String)>),
    /// A phrase that does not stand in the text.
    NotVerbatim,
}

/// Where a phrase stands in a text, in characters; places do not overlap.
fn occurrences(text: &str, phrase: &str) -> Vec<Span> {
    let length = phrase.chars().count();
    let (mut byte, mut chars) = (0, 0);
    let found = text.match_indices(phrase).filter(|_| length > 0).map(|(at, _)| {
        chars += text.get(byte..at).map_or(0, |t| t.chars().count());
        byte = at;
        Span::new(chars, chars + length)
    });
    found.collect()
}

/// All places of a phrase in title and text.
pub fn phrase_spans(appeal: &Appeal, phrase: &str) -> Vec<FieldSpan> {
    let of = |field| occurrences(appeal.field(field), phrase).into_iter().map(move |span| FieldSpan { field, span });
    [Field::Title, Field::Text].into_iter().flat_map(of).collect()
}

impl Head {
    /// The label that stands for one of the data; none if it is left out.
    fn renamed(&self, label: &str) -> Option<String> {
        let own = self.renamed.get(label).map_or(label, String::as_str).trim();
        (!own.is_empty()).then(|| own.to_owned())
    }

    /// What a cell says; none if it says nothing.
    pub(super) fn said(&self, record: &Record, column: &str, appeal: &Appeal) -> Result<Option<Named>, String> {
        let Some(value) = record.cell(column) else { return Ok(None) };
        let wrong = |form: &str| format!("column `{column}` of head {} must be {form}, but is {value}", self.name);
        // a list in a cell of CSV or TSV
        let parsed =
            value.as_str().filter(|s| s.trim_start().starts_with('[')).and_then(|s| serde_json::from_str(s).ok());
        let value = parsed.as_ref().unwrap_or(value);
        let plain = match value {
            Value::String(s) => Some(s.trim().to_owned()),
            Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
            _ => None,
        };
        match self.kind {
            HeadKind::Single => {
                let label = plain.ok_or_else(|| wrong("a label"))?;
                Ok(self.renamed(&label).map(Named::One))
            }
            HeadKind::Multi => {
                let labels = match (plain, value) {
                    (Some(text), _) => match &self.separator {
                        Some(separator) if !separator.is_empty() => {
                            text.split(separator.as_str()).map(str::to_owned).collect()
                        }
                        _ => vec![text],
                    },
                    (None, Value::Array(list)) => list
                        .iter()
                        .map(|v| v.as_str().map(str::to_owned).ok_or_else(|| wrong("a list of labels")))
                        .collect::<Result<_, _>>()?,
                    _ => return Err(wrong("labels")),
                };
                let own = labels.iter().map(|l| l.trim()).filter(|l| *l != "-").filter_map(|l| self.renamed(l));
                Ok(Some(Named::Each(own.collect())))
            }
            HeadKind::Span => match (plain, value) {
                (Some(phrase), _) if matches!(phrase.as_str(), "" | "-") => Ok(Some(Named::Spans(Vec::new()))),
                (Some(phrase), _) => {
                    let label = self.label.as_ref().unwrap_or(&self.name);
                    let spans = phrase_spans(appeal, &phrase);
                    Ok(Some(if spans.is_empty() {
                        Named::NotVerbatim
                    } else {
                        Named::Spans(spans.into_iter().map(|at| (at, label.clone())).collect())
                    }))
                }
                (None, Value::Array(list)) => {
                    let length = appeal.text.chars().count();
                    let spans = list.iter().map(|v| triple(v, length)).collect::<Result<Vec<_>, _>>();
                    let spans = spans.map_err(|why| format!("column `{column}` of head {}: {why}", self.name))?;
                    Ok(Some(Named::Spans(self.joined(spans))))
                }
                _ => Err(wrong("a phrase or a list of [start, end, label]")),
            },
        }
    }

    /// Renames, leaves out, and joins what touches.
    fn joined(&self, mut spans: Vec<(Span, String)>) -> Vec<(FieldSpan, String)> {
        spans.sort();
        let mut out: Vec<(FieldSpan, String)> = Vec::new();
        for (span, label) in spans {
            let Some(label) = self.renamed(&label) else { continue };
            match out.last_mut() {
                Some((last, own)) if self.join && *own == label && last.span.end == span.start => {
                    last.span.end = span.end;
                }
                _ => out.push((FieldSpan { field: Field::Text, span }, label)),
            }
        }
        out
    }
}

/// `[start, end, label]` over a text of so many characters.
fn triple(value: &Value, length: usize) -> Result<(Span, String), String> {
    let parts = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let [start, end, label] = parts else { return Err(format!("{value} is not [start, end, label]")) };
    let number = |v: &Value| v.as_u64().and_then(|n| usize::try_from(n).ok());
    match (number(start), number(end), label.as_str()) {
        (Some(start), Some(end), Some(label)) if start < end && end <= length => {
            Ok((Span::new(start, end), label.into()))
        }
        (Some(_), Some(_), Some(_)) => Err(format!("{value} does not lie in a text of {length} characters")),
        _ => Err(format!("{value} is not [start, end, label]")),
    }
}
