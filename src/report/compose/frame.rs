//! What is the same for every brief: its id, its windows, its marks of punctuation.

use jiff::{SignedDuration, Timestamp};

use crate::{
    domain::{
        brief::{Block, Brief, BriefKind, Content, Quote, Run, Subject, Window},
        city_time,
    },
    report::{facts::ledger::each_run, typeset::typeset},
};

use super::Composer;

/// The id of a brief: the same for the same kind, window and subject.
pub fn brief_id(kind: BriefKind, window: &Window, subject: Option<&Subject>) -> String {
    // Whole hours are named as they always were; another minute is another window.
    let time = |at: Timestamp| {
        let local = crate::domain::city_time(at);
        local.strftime(if local.minute() == 0 { "%Y%m%d%H" } else { "%Y%m%d%H%M" }).to_string()
    };
    let base = format!("{}-{}-{}", kind.code(), time(window.from), time(window.to));
    match subject {
        None => base,
        Some(Subject::Category { code, .. }) => format!("{base}-c{code}"),
        Some(Subject::Topic { id, .. }) => format!("{base}-t{}", &blake3::hash(id.as_bytes()).to_hex()[..8]),
        Some(Subject::Tickets { name }) => format!("{base}-x{}", &blake3::hash(name.as_bytes()).to_hex()[..8]),
    }
}

/// Full-width marks in everything that is read of a block.
pub(super) fn print_marks(block: &mut Block) {
    each_run(block, &mut |run| {
        if let Run::Text(words) = run {
            *words = typeset(words);
        }
    });
    match &mut block.content {
        Content::Table { table } => {
            table.title = typeset(&table.title);
            table.columns.iter_mut().for_each(|column| column.head = typeset(&column.head));
            table.note = table.note.as_deref().map(typeset);
        }
        Content::Chart { chart } => {
            chart.title = typeset(&chart.title);
            chart.alt = typeset(&chart.alt);
        }
        _ => {}
    }
}

/// A window counts as covered if at most this part of it lies before the earliest appeal.
const MISSING: i32 = 24;

impl Composer<'_> {
    /// Whether the stored appeals reach back to the beginning of a window: what was counted in part only is no base.
    pub(super) fn covers(&self, window: &Window) -> bool {
        let length = window.to.duration_since(window.from);
        self.material.since.is_none_or(|since| since.duration_since(window.from) <= length / MISSING)
    }

    /// What stands before the name of a figure of another window than the brief's own: 上期满意率.
    pub(super) fn window_prefix(&self, window: &Window) -> String {
        if *window == self.material.window { String::new() } else { self.window_name(window) }
    }

    /// The window in words; of one that still runs, up to when it tells.
    pub(super) fn period(&self) -> String {
        let words = self.material.window.words();
        if self.material.made_at >= self.material.window.to {
            return words;
        }
        format!("{words}(截至{})", city_time(self.material.made_at).strftime("%-m月%-d日%-H时%M分"))
    }

    /// A count of now and one of before differ by no more than chance.
    pub(super) fn by_chance(now: usize, before: usize) -> bool {
        (now.abs_diff(before) as f64) < (2.0 * (before as f64).sqrt()).max(5.0)
    }
}

/// Numbers the figures that have one name: 同一事项诉求量(1), (2)…
pub(super) fn tell_apart(brief: &mut Brief) {
    let mut known: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for figure in &brief.figures {
        *known.entry(figure.name.clone()).or_default() += 1;
    }
    let mut told: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for figure in &mut brief.figures {
        if known.get(&figure.name).is_some_and(|n| *n > 1) {
            let number = told.entry(figure.name.clone()).or_default();
            *number += 1;
            figure.name.push_str(&format!("({number})"));
        }
    }
}

/// The window of the same length that ends where `window` begins.
pub fn window_before(window: &Window) -> Window {
    let length = window.to.duration_since(window.from);
    Window { from: window.from - length, to: window.from, cut_hour: window.cut_hour }
}

/// The same days a year earlier, moved to the same weekday (52 weeks).
pub fn window_year_before(window: &Window) -> Window {
    let year = SignedDuration::from_hours(24 * 364);
    Window { from: window.from - year, to: window.to - year, cut_hour: window.cut_hour }
}

/// Numbers quotes in the order in which a reader meets them; what is not printed is left out.
pub(super) fn number_quotes(brief: &mut Brief) {
    let mut order: Vec<String> = Vec::new();
    for block in brief.sections.iter_mut().flat_map(|s| &mut s.blocks) {
        each_run(block, &mut |run| {
            if let Run::Quote { id } = run {
                let at = order.iter().position(|known| known == id).unwrap_or_else(|| {
                    order.push(id.clone());
                    order.len() - 1
                });
                *id = format!("Y{}", at + 1);
            }
        });
    }
    let old = std::mem::take(&mut brief.quotes);
    brief.quotes = order
        .iter()
        .enumerate()
        .filter_map(|(n, id)| {
            let quote = old.iter().find(|q| q.id == *id)?;
            Some(Quote { id: format!("Y{}", n + 1), ..quote.clone() })
        })
        .collect();
}
