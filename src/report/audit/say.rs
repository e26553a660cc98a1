//! Numbers in words: what the arithmetic of a check prints.

use super::quantity::{Quantity, Unit};

/// A number with at most `decimals` decimals, thousands parted by commas.
pub(super) fn number(value: f64, decimals: usize) -> String {
    let text = format!("{:.*}", decimals, value.abs());
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), ""), |(w, r)| (w, r));
    let mut grouped = String::new();
    for (at, c) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(c);
    }
    let minus = if value < 0.0 && text.chars().any(|c| ('1'..='9').contains(&c)) { "-" } else { "" };
    if rest.is_empty() { format!("{minus}{grouped}") } else { format!("{minus}{grouped}.{rest}") }
}

/// A count: no decimals unless it has some.
pub(super) fn count(value: f64) -> String {
    number(value, if (value - value.round()).abs() < 1e-6 { 0 } else { 2 })
}

/// A count in the words of the quantity it is compared with.
pub(super) fn like(value: f64, q: &Quantity) -> String {
    format!("{}{}", count(value), q.measure)
}

/// A percentage with the decimals of the print that it answers, and one more when that is needed to see
/// the difference.
pub(super) fn percent(value: f64, q: &Quantity) -> String {
    let decimals = match q.unit {
        Unit::Percent | Unit::Point if q.measure == "成" || q.measure == "分之" => 1,
        _ => q.decimals,
    };
    format!("{}%", number(value, decimals))
}

/// A percentage to two decimals more than the print.
pub(super) fn fine(value: f64, q: &Quantity) -> String {
    format!("{}%", number(value, (q.decimals + 2).min(4)))
}
