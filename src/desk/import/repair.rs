//! A line of JSON as a row; escapes that stand for no character are repaired and noted.

use serde_json::{Map, Value as Json};

use super::row::{Context, Entry, Value};
use crate::{domain::Fault, text::lone_surrogates};

/// The entries of one line.
pub(super) fn entries(line: &str, context: &mut Context) -> Result<Vec<Entry>, Fault> {
    let (object, mut repaired) = object(line)?;
    // A line of our own reject file holds the row as it was.
    let inner = match (object.get("line"), object.get("reason"), object.get("row"), object.len()) {
        (Some(Json::String(inner)), Some(Json::String(_)), Some(_), 3) => Some(inner.clone()),
        _ => None,
    };
    let object = match inner {
        Some(line) => {
            let (object, again) = self::object(&line)?;
            repaired |= again;
            object
        }
        None => object,
    };
    object.into_iter().map(|(name, value)| entry(name, value, repaired, context)).collect()
}

fn object(line: &str) -> Result<(Map<String, Json>, bool), Fault> {
    let (parsed, repaired) = match serde_json::from_str(line) {
        Ok(value) => (value, false),
        Err(error) => match without_surrogates(line).map(|line| serde_json::from_str(&line)) {
            Some(Ok(value)) => (value, true),
            _ => return Err(Fault::invalid(format!("not a line of JSON: {}", described(&error)))),
        },
    };
    match parsed {
        Json::Object(object) => Ok((object, repaired)),
        other => Err(Fault::invalid(format!("a row must be a JSON object, this is {}", kind(&other)))),
    }
}

/// What is wrong and where; the line number of serde is always 1.
fn described(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        _ => "it is malformed",
    };
    format!("{what} at column {}", error.column())
}

fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

fn entry(name: String, value: Json, repaired: bool, context: &mut Context) -> Result<Entry, Fault> {
    let target = context.target(&name);
    let value = match value {
        Json::Null => Value::Text(String::new()),
        Json::String(text) => {
            if repaired && text.contains('\u{fffd}') {
                return Ok(Entry { name, target, value: Value::Repaired(text) });
            }
            Value::Text(text)
        }
        Json::Bool(yes) => Value::Text(if yes { "true" } else { "false" }.into()),
        Json::Number(number)
            if number.is_f64() && number.as_f64().is_some_and(|n| n.abs() >= 9e15 && n.fract() == 0.0) =>
        {
            return Err(Fault::invalid("the number is too long for JSON and lost digits: put it in quotes").at(name));
        }
        Json::Number(number) => Value::Text(number.to_string()),
        Json::Array(items) if items.iter().all(Json::is_string) => {
            let items = items.into_iter().filter_map(|item| item.as_str().map(str::to_owned));
            Value::List(items.collect())
        }
        other => Value::Other(other.to_string()),
    };
    Ok(Entry { name, target, value })
}

/// The line with every lone surrogate replaced by `\uFFFD`; none if there is nothing to replace.
fn without_surrogates(line: &str) -> Option<String> {
    let lone = lone_surrogates(line);
    if lone.is_empty() {
        return None;
    }
    let mut out = String::with_capacity(line.len());
    let mut from = 0;
    for escape in lone {
        out.push_str(line.get(from..escape.start)?);
        out.push_str("\\uFFFD");
        from = escape.end;
    }
    out.push_str(line.get(from..)?);
    Some(out)
}
