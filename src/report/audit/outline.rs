//! Paragraphs, sentences, tables: where a rule may look for its partners.

use super::{
    page::Page,
    quantity::{Quantity, quantities},
    role,
};

/// A bulletin, read.
pub(super) struct Outline {
    /// All quantities in order.
    pub all: Vec<Quantity>,
    /// Per sentence: its end and the range of `all` in it.
    pub sentences: Vec<Sentence>,
    /// Runs of lines with cells, as line ranges of characters.
    pub tables: Vec<Vec<(usize, usize)>>,
}

/// One sentence.
#[derive(Clone, Debug)]
pub(super) struct Sentence {
    /// First character behind it.
    pub end: usize,
    /// Its quantities in [`Outline::all`].
    pub inside: std::ops::Range<usize>,
    /// Number of the paragraph.
    pub paragraph: usize,
}

/// Quantities of one sentence that are read at most: a bulletin's longest list has some dozens.
const MOST: usize = 400;

/// Is this line a row of cells?
fn cells(page: &Page, from: usize, to: usize) -> usize {
    let (mut tabs, mut bars) = (0, 0);
    for i in from..to {
        match page.at(i) {
            '\t' => tabs += 1,
            '|' => bars += 1,
            _ => {}
        }
    }
    if tabs > 0 { tabs + 1 } else { bars }
}

impl Outline {
    pub(super) fn of(page: &Page) -> Self {
        let mut lines = Vec::new();
        let mut from = 0;
        for i in 0..=page.len() {
            if matches!(page.at(i), '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}') {
                lines.push((from, i));
                from = i + 1;
            }
        }
        let mut tables: Vec<Vec<(usize, usize)>> = Vec::new();
        let mut outline = Self { all: Vec::new(), sentences: Vec::new(), tables: Vec::new() };
        let mut run: Vec<(usize, usize)> = Vec::new();
        let mut paragraph = 0;
        for (from, to) in lines.into_iter().chain([(page.len(), page.len())]) {
            if cells(page, from, to) >= 2 {
                run.push((from, to));
                continue;
            }
            let rows = std::mem::take(&mut run);
            if rows.len() >= 2 {
                tables.push(rows);
            } else {
                for (from, to) in rows {
                    outline.paragraph(page, from, to, &mut paragraph);
                }
            }
            outline.paragraph(page, from, to, &mut paragraph);
        }
        outline.tables = tables;
        outline
    }

    fn paragraph(&mut self, page: &Page, from: usize, to: usize, paragraph: &mut usize) {
        let mut start = from;
        for i in from..=to {
            if i == to || matches!(page.at(i), '。' | '!' | '?') {
                self.sentence(page, start, i, *paragraph);
                start = i + 1;
            }
        }
        *paragraph += 1;
    }

    fn sentence(&mut self, page: &Page, from: usize, to: usize, paragraph: usize) {
        let mut found = quantities(page, from, to);
        if found.is_empty() {
            return;
        }
        found.truncate(MOST);
        role::assign(&mut found);
        let first = self.all.len();
        for q in &mut found {
            (q.sentence, q.paragraph) = (self.sentences.len(), paragraph);
        }
        self.all.append(&mut found);
        self.sentences.push(Sentence { end: to, inside: first..self.all.len(), paragraph });
    }
}
