//! From slots to sentences: takes the pack's wording and leaves out what has no fact.

use crate::{
    city::{BriefStyle, Piece, Template},
    domain::brief::Run,
};

/// What fills a slot; none where there is no fact.
pub(super) type Slot = Option<Vec<Run>>;

/// Words as a slot.
pub(super) fn words(text: impl Into<String>) -> Slot {
    let text = text.into();
    (!text.is_empty()).then(|| vec![Run::Text(text)])
}

/// A figure as a slot.
pub(super) fn figure(id: &str) -> Slot {
    Some(vec![Run::figure(id)])
}

/// A figure that may not be there.
pub(super) fn some(id: Option<&String>) -> Slot {
    id.map(|id| vec![Run::figure(id.clone())])
}

/// Items with a sign between them; none if there are none.
pub(super) fn list(items: Vec<Vec<Run>>, between: &str) -> Slot {
    let mut out: Vec<Run> = Vec::new();
    for (n, item) in items.into_iter().enumerate() {
        if n > 0 {
            out.push(Run::text(between));
        }
        out.extend(item);
    }
    (!out.is_empty()).then(|| joined(out))
}

/// Runs of words that follow each other become one.
pub(super) fn joined(runs: Vec<Run>) -> Vec<Run> {
    let mut out: Vec<Run> = Vec::with_capacity(runs.len());
    for run in runs {
        match (out.last_mut(), run) {
            (Some(Run::Text(before)), Run::Text(more)) => before.push_str(&more),
            (_, run) => out.push(run),
        }
    }
    out
}

/// The sentence of a name, filled: the fullest variant whose slots are all there; of equally full ones
/// that whose turn it is. None if the pack has none that can be said.
pub(super) fn say(style: &BriefStyle, turn: usize, name: &str, slots: &[(&str, Slot)]) -> Option<Vec<Run>> {
    let filled = |slot: &str| slots.iter().find(|(known, _)| *known == slot).and_then(|(_, runs)| runs.as_ref());
    let used = |template: &Template| {
        let wanted = template.iter().filter_map(|piece| match piece {
            Piece::Slot(slot) => Some(filled(slot).is_some()),
            Piece::Words(_) => None,
        });
        wanted.clone().all(|there| there).then(|| wanted.count())
    };
    let can: Vec<(usize, &Template)> = style.sentence(name).iter().filter_map(|t| Some((used(t)?, t))).collect();
    let fullest = can.iter().map(|(n, _)| *n).max()?;
    let best: Vec<&Template> = can.into_iter().filter(|(n, _)| *n == fullest).map(|(_, t)| t).collect();
    let template = best.get(turn % best.len().max(1))?;
    let mut runs = Vec::new();
    for piece in *template {
        match piece {
            Piece::Words(words) => runs.push(Run::text(words)),
            Piece::Slot(slot) => runs.extend(filled(slot).into_iter().flatten().cloned()),
        }
    }
    Some(joined(runs))
}

/// Chinese numerals for small counts of things that the reader can count on the page.
pub(super) fn numeral(n: usize) -> String {
    const DIGITS: [&str; 11] = ["零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十"];
    DIGITS.get(n).map_or_else(|| n.to_string(), |word| (*word).to_owned())
}
