//! Wholes: the counts of a text that a share may be of, by how near and how plainly they say so.

use std::collections::HashMap;

use super::{
    Reader,
    parts::{Group, label},
    quantity::Quantity,
    role::{self, Role},
};

/// The wholes of a text.
pub(super) struct Wholes {
    /// Quantities that say that they are a whole, or that a list is taken apart from, in order.
    pub at: Vec<usize>,
    /// What each item of a list is a part of.
    pub parent: HashMap<usize, usize>,
    /// The list that each item stands in.
    pub group: HashMap<usize, usize>,
}

/// Wholes tried for a share that names none: so many of the nearest, and so many of the first.
const NEAR: usize = 6;
const FIRST: usize = 2;

impl Wholes {
    pub(super) fn of(reader: &Reader<'_>, groups: &[Group]) -> Self {
        let mut parent = HashMap::new();
        let mut list = HashMap::new();
        let mut heads = std::collections::HashSet::new();
        for (number, group) in groups.iter().enumerate() {
            for item in &group.items {
                list.entry(*item).or_insert(number);
            }
            if let Some(head) = group.parent {
                heads.insert(head);
                for item in &group.items {
                    parent.entry(*item).or_insert(head);
                }
            }
        }
        let at = (0..reader.all.len())
            .filter(|i| {
                let Some(q) = reader.all.get(*i) else { return false };
                let whole =
                    matches!(q.role, Role::Total | Role::Sum) || (q.role == Role::Plain && role::is_whole(&q.piece));
                // An item of a list may be a whole itself: 有效诉求3942件 of 4415.
                let inner =
                    ["有效", "派单", "转办", "转派", "交办", "回访", "应办"].iter().any(|w| q.piece.contains(w));
                let bracketed = role::whole_of_share(reader.all, *i);
                q.is_count()
                    && (bracketed
                        || q.depth == 0 && (heads.contains(i) || (whole && (inner || !parent.contains_key(i)))))
            })
            .collect();
        Self { at, parent, group: list }
    }

    /// The count that the sentence of `part` names at its beginning as what its items are of: 有效诉求中,…
    pub(super) fn scope(&self, reader: &Reader<'_>, part: usize) -> Option<usize> {
        let inside = reader.sentence(part);
        let opening = reader.all.get(inside.start)?;
        let cut = ["中,", "中:"].iter().find_map(|mark| opening.lead.find(mark))?;
        let name = opening.lead[..cut].rsplit([',', ';', ':', '、', '(', ')']).next()?.trim();
        let name = name.trim_start_matches(['在', '从', '上', '述', '这', '些']);
        let stem = name.trim_end_matches("工单").trim_end_matches("诉求");
        let plain = ["", "其", "所有", "全部", "各类", "受理", "本周", "本月", "本期", "全市"].contains(&stem);
        if plain || name.chars().count() > 10 {
            return None;
        }
        let wanted = reader.all.get(part)?;
        let from = inside.start.saturating_sub(24);
        (from..inside.start).rev().find(|k| {
            let q = &reader.all[*k];
            let near = wanted.paragraph.saturating_sub(q.paragraph) <= 2;
            near && q.holds(wanted) && q.hi >= wanted.lo && label(q).contains(stem)
        })
    }

    /// Wholes before place `i` that a count like `part` may be of, nearest first, no value twice.
    pub(super) fn before(&self, reader: &Reader<'_>, i: usize, part: &Quantity) -> Vec<usize> {
        let upto = self.at.partition_point(|k| *k < i);
        let known = self.at.get(..upto).unwrap_or_default();
        let near = known.iter().rev().take(NEAR);
        let first = known.iter().take(FIRST);
        let mut found: Vec<usize> = Vec::new();
        for &k in near.chain(first) {
            let Some(q) = reader.all.get(k) else { continue };
            let same = |j: &usize| reader.all.get(*j).is_some_and(|o| o.value == q.value);
            if q.holds(part) && q.hi >= part.lo && q.start != part.start && !found.iter().any(same) {
                found.push(k);
            }
        }
        found
    }
}
