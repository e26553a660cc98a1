//! Which simulated appeals belong together: calls about one event, and a call with its repetitions.

use std::collections::HashMap;

/// What a simulated appeal says about its company.
pub(super) struct Ties<'r> {
    pub(super) id: &'r str,
    pub(super) event: Option<&'r str>,
    pub(super) repeat_of: Option<&'r str>,
}

/// A group for each row: everything that is tied together, directly or through others, shares one.
/// It is named by the least of its events, else by the least of its ids.
pub(super) fn groups(rows: &[Ties<'_>]) -> Vec<String> {
    // events and ids are apart even if an event were named like an appeal
    let mut nodes: HashMap<(bool, &str), usize> = HashMap::new();
    let mut parent: Vec<usize> = Vec::new();
    let mut names: Vec<(bool, &str)> = Vec::new();
    let mut node = |key, parent: &mut Vec<usize>, names: &mut Vec<_>| {
        *nodes.entry(key).or_insert_with(|| {
            parent.push(parent.len());
            names.push(key);
            parent.len() - 1
        })
    };
    let mut own = Vec::with_capacity(rows.len());
    for row in rows {
        let id = node((true, row.id), &mut parent, &mut names);
        own.push(id);
        let others = [row.event.map(|e| (false, e)), row.repeat_of.map(|r| (true, r))];
        for key in others.into_iter().flatten() {
            let other = node(key, &mut parent, &mut names);
            let (a, b) = (root(&parent, id), root(&parent, other));
            // the least name leads: events sort before ids
            let (lead, follow) = if names[a] <= names[b] { (a, b) } else { (b, a) };
            parent[follow] = lead;
        }
    }
    own.into_iter().map(|i| names[root(&parent, i)].1.to_owned()).collect()
}

fn root(parent: &[usize], mut at: usize) -> usize {
    while parent[at] != at {
        at = parent[at];
    }
    at
}
