//! Where is the header? Exports put titles above it and spread it over two merged rows.

use std::collections::BTreeSet;

use super::columns::{ColumnMap, Target};

/// How far down a header is looked for.
pub(super) const DEPTH: usize = 20;

/// The columns of a table.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    /// Names, each once.
    pub(super) names: Vec<String>,
    /// What each holds.
    pub(super) targets: Vec<Option<Target>>,
}

/// A header that was found.
pub(super) struct Found {
    pub(super) columns: Columns,
    /// Index of the first row under it.
    pub(super) below: usize,
    /// How many fields it names.
    pub(super) score: usize,
}

/// Finds the row (or pair of rows) that names most fields, among them title or text.
pub(super) fn find<R: AsRef<[String]>>(rows: &[R], map: &ColumnMap) -> Option<Found> {
    let mut best: Option<Found> = None;
    for (index, row) in rows.iter().take(DEPTH).enumerate() {
        let above = index.checked_sub(1).and_then(|above| rows.get(above));
        // One row is preferred: a pair wins only if it names more.
        let pair = above.map(|above| joined(above.as_ref(), row.as_ref()));
        for names in [Some(row.as_ref().to_vec()), pair].into_iter().flatten() {
            let Some(score) = score(&names, map) else { continue };
            if best.as_ref().is_none_or(|best| score > best.score) {
                best = Some(Found { columns: Columns::of(names, map), below: index + 1, score });
            }
        }
    }
    best
}

/// Two header rows as one: the lower name, or the upper where the lower is blank.
fn joined(upper: &[String], lower: &[String]) -> Vec<String> {
    let at = |row: &[String], n: usize| row.get(n).map_or("", |cell| cell.trim()).to_owned();
    (0..upper.len().max(lower.len()))
        .map(|n| match at(lower, n) {
            name if name.is_empty() => at(upper, n),
            name => name,
        })
        .collect()
}

fn score(names: &[String], map: &ColumnMap) -> Option<usize> {
    let targets: BTreeSet<Target> = names.iter().filter_map(|name| map.target(name)).collect();
    (targets.contains(&Target::Text) || targets.contains(&Target::Title)).then_some(targets.len())
}

impl Columns {
    fn of(names: Vec<String>, map: &ColumnMap) -> Self {
        let targets = names.iter().map(|name| map.target(name)).collect();
        let mut seen = BTreeSet::new();
        let names = names
            .into_iter()
            .enumerate()
            .map(|(n, name)| {
                let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
                let name = if name.is_empty() { format!("列{}", n + 1) } else { name };
                let mut once = name.clone();
                let mut again = 1;
                while !seen.insert(once.clone()) {
                    again += 1;
                    once = format!("{name} ({again})");
                }
                once
            })
            .collect();
        Self { names, targets }
    }
}
