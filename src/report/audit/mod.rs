//! The bulletin auditor: does every number of a text follow from the others?
//!
//! It reads counts, shares, sums, changes, rates, averages, ranks and tables, finds for each claim the
//! numbers that it is of, and does the arithmetic. A print such as 6.1% stands for every value that is
//! rounded to it. Nothing is called wrong on a guess: where two readings are possible, or the number that
//! a claim is of is not in the text, the verdict is [`Verdict::Unknown`] and the reason says which.

mod average;
mod chain;
mod change;
mod contrast;
mod fraction;
mod hundred;
mod multiple;
mod named;
mod number;
mod outline;
mod page;
mod parts;
mod quantity;
mod rank;
mod rate;
mod role;
mod say;
mod share;
mod sum;
mod table;
mod total;

pub mod read;

use outline::Outline;
use page::Page;
use quantity::Quantity;

/// What came out of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The claim follows from other numbers of the text.
    Agrees,
    /// It contradicts them.
    Disagrees,
    /// The text does not hold what is needed, or holds two readings.
    Unknown,
}

impl Verdict {
    /// Stable name, as programs read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Disagrees => "disagrees",
            Self::Unknown => "cannot be checked",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Agrees => "相符",
            Self::Disagrees => "不符",
            Self::Unknown => "无法核对",
        }
    }
}

/// What a claim is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A part of a whole, in percent.
    Share,
    /// Parts and their total.
    Sum,
    /// A relative change, or an amount that was added or taken.
    Change,
    /// A difference of two percentages.
    Points,
    /// 是…的N倍.
    Multiple,
    /// 日均, 月均.
    Average,
    /// 办结率, 满意率.
    Rate,
    /// An order or a place in it.
    Rank,
    /// A cell of a table.
    Table,
}

impl Kind {
    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::Sum => "sum",
            Self::Change => "change",
            Self::Points => "points",
            Self::Multiple => "multiple",
            Self::Average => "average",
            Self::Rate => "rate",
            Self::Rank => "rank",
            Self::Table => "table",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Share => "占比",
            Self::Sum => "合计",
            Self::Change => "增减",
            Self::Points => "百分点",
            Self::Multiple => "倍数",
            Self::Average => "均值",
            Self::Rate => "比率",
            Self::Rank => "排序",
            Self::Table => "表格",
        }
    }
}

/// One claim of a bulletin and what the arithmetic says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What came out.
    pub verdict: Verdict,
    /// What it is about.
    pub kind: Kind,
    /// The claim as it stands in the text: its characters `start..end`.
    pub claim: String,
    /// First character of the claim in the text.
    pub start: usize,
    /// First character behind it.
    pub end: usize,
    /// What should stand there; none if it cannot be told.
    pub expected: Option<String>,
    /// What stands there.
    pub given: String,
    /// What the claim is of, in words.
    pub denominator: Option<String>,
    /// The arithmetic in words; empty if none was possible.
    pub arithmetic: String,
    /// Why this verdict, if the arithmetic does not say it.
    pub reason: String,
}

/// Every check of a text, in the order of the text.
///
/// Total: any text is allowed. Time grows in proportion to its length.
pub fn audit(text: &str) -> Vec<Check> {
    let page = Page::of(text);
    let outline = Outline::of(&page);
    let reader = Reader { page: &page, all: &outline.all, outline: &outline };
    let groups = parts::groups(&reader);
    let wholes = total::Wholes::of(&reader, &groups);
    let mut checks = Vec::new();
    sum::check(&reader, &groups, &mut checks);
    share::check(&reader, &groups, &wholes, &mut checks);
    hundred::check(&reader, &mut checks);
    change::check(&reader, &mut checks);
    multiple::check(&reader, &mut checks);
    average::check(&reader, &mut checks);
    rate::check(&reader, &mut checks);
    chain::check(&reader, &mut checks);
    rank::check(&reader, &groups, &wholes, &mut checks);
    table::check(&reader, &wholes, &mut checks);
    checks.sort_by_key(|c| (c.start, c.end, c.kind));
    checks.dedup_by(|b, a| a.start == b.start && a.end == b.end && a.kind == b.kind && a.given == b.given);
    checks
}

/// What the rules read from.
struct Reader<'a> {
    page: &'a Page,
    all: &'a [Quantity],
    outline: &'a Outline,
}

impl Reader<'_> {
    /// The quantities of the sentence that holds quantity `i`.
    fn sentence(&self, i: usize) -> std::ops::Range<usize> {
        self.all.get(i).and_then(|q| self.outline.sentences.get(q.sentence)).map_or(0..0, |s| s.inside.clone())
    }

    /// The text of a quantity as written.
    fn written(&self, i: usize) -> String {
        self.all.get(i).map_or_else(String::new, |q| self.page.written(q.start, q.end))
    }

    /// A check of the stretch `start..end`.
    fn made(&self, kind: Kind, start: usize, end: usize, given: String) -> Check {
        Check {
            verdict: Verdict::Unknown,
            kind,
            claim: self.page.written(start, end),
            start,
            end,
            expected: None,
            given,
            denominator: None,
            arithmetic: String::new(),
            reason: String::new(),
        }
    }
}
