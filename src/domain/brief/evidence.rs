//! What stands behind the numbers of a brief: cohorts of appeals and figures over them.
//!
//! A [`Cohort`] is a set of appeals with the query that made it. A [`Figure`] is computed from cohorts
//! (or from other figures) by its [`Measure`] and by nothing else, so anybody can compute it again:
//! run the cohort's [`Filter`] over the store, compare ids, apply the measure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{TicketId, TimeRange};

use super::number::{self, Form, Ratio, Unit};

/// Id of a cohort: `S1`, `S2`, …
pub type CohortId = String;
/// Id of a figure: `Q1`, `Q2`, …, in the order in which a reader meets them.
pub type FigureId = String;

/// Which of an appeal's instants a window is laid over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum When {
    /// 来电时间
    #[serde(rename = "来电时间")]
    Received,
    /// 办结时限
    #[serde(rename = "办结时限")]
    Due,
    /// 办结时间
    #[serde(rename = "办结时间")]
    Closed,
}

/// A field that a filter looks at; all by their *effective* value
/// ([`crate::domain::Ticket::effective`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// 工单编号: an explicit list, for topics and events.
    Id,
    /// 受理渠道
    Channel,
    /// 来电主体
    CallerKind,
    /// 诉求类型
    AppealType,
    /// First two digits of the level-2 code: level 1 of the taxonomy.
    Category1,
    /// Level-2 code.
    Category,
    /// 承办单位
    Department,
    /// 区县
    District,
    /// 街镇, as `district/town`
    Town,
    /// U1 to U4
    Urgency,
    /// 是否派单: `是` if it was dispatched to a unit.
    Dispatched,
    /// 是否有效: `否` for test calls, wrong numbers and the like.
    Valid,
    /// 是否办结: `是` once it has an end.
    Closed,
    /// 是否按时: `是` if closed not later than the deadline.
    OnTime,
    /// 是否有效回访
    Revisited,
    /// 是否联系
    Contacted,
    /// 是否解决
    Outcome,
    /// 满意度
    Satisfaction,
    /// 是否重复: `是` if it repeats an earlier appeal of the same caller and matter.
    Repeat,
}

/// A field has one of these values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Condition {
    /// The field.
    pub fact: Fact,
    /// Values, sorted; never empty.
    pub any_of: Vec<String>,
}

/// The machine's form of a query: every condition holds, and the instant lies in the range
/// (half-open). An appeal without that instant does not match.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Filter {
    /// Which instant.
    pub when: When,
    /// From (inclusive), to (exclusive).
    pub range: TimeRangeKey,
    /// All of these.
    pub all: Vec<Condition>,
}

/// A half-open range with both ends, so that filters can be compared and hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TimeRangeKey {
    /// From, inclusive.
    pub from: Timestamp,
    /// To, exclusive.
    pub to: Timestamp,
}

impl From<TimeRangeKey> for TimeRange {
    fn from(key: TimeRangeKey) -> Self {
        TimeRange { from: Some(key.from), to: Some(key.to) }
    }
}

/// A set of appeals and how it was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cohort {
    /// Its id.
    pub id: CohortId,
    /// The query in words, e.g. `来电时间在本期内、一级分类为社会保险的诉求`.
    pub words: String,
    /// The query for the machine.
    pub filter: Filter,
    /// The appeals, by id. Empty only if none matched.
    pub tickets: Vec<TicketId>,
}

/// The names of denominators. A share without one cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Base {
    /// All that came in.
    #[serde(rename = "受理量")]
    Received,
    /// Without wrong numbers and nuisance.
    #[serde(rename = "有效诉求")]
    Valid,
    /// Sent to a unit.
    #[serde(rename = "派单量")]
    Dispatched,
    /// Whose deadline lies in the window.
    #[serde(rename = "应办结")]
    Due,
    /// Callers who were reached when rung back.
    #[serde(rename = "有效回访")]
    Revisited,
    /// The appeals of the topic, event or category that a special brief is about.
    #[serde(rename = "专题诉求")]
    Subject,
    /// Of firms.
    #[serde(rename = "企业诉求")]
    Enterprise,
    /// Of talents (人才).
    #[serde(rename = "人才诉求")]
    Talent,
}

impl Base {
    /// Its name.
    pub fn label(self) -> &'static str {
        match self {
            Base::Received => "受理量",
            Base::Valid => "有效诉求",
            Base::Dispatched => "派单量",
            Base::Due => "应办结",
            Base::Revisited => "有效回访",
            Base::Subject => "专题诉求",
            Base::Enterprise => "企业诉求",
            Base::Talent => "人才诉求",
        }
    }
}

/// How a figure is computed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Measure {
    /// Number of appeals.
    Count {
        /// The numerator.
        of: CohortId,
    },
    /// Number of distinct callers (by number; an appeal without one counts for itself).
    Callers {
        /// Whose callers.
        of: CohortId,
    },
    /// Appeals of `of` among those of `base`.
    Share {
        /// The numerator, a subset of `base`.
        of: CohortId,
        /// The denominator's appeals.
        base: CohortId,
        /// The denominator's name.
        name: Base,
    },
    /// `Σ weight × |part| / (100 × |base|)`: 满意率 = (满意 + 0.9 × 基本满意) / 有效回访.
    Weighted {
        /// Weight in hundredths and cohort of each part.
        parts: Vec<(u8, CohortId)>,
        /// The denominator's appeals.
        base: CohortId,
        /// The denominator's name.
        name: Base,
    },
    /// `(now − before) / before`: 环比 or 同比 of two counts.
    Change {
        /// This window's figure.
        now: FigureId,
        /// The figure compared with.
        before: FigureId,
    },
    /// `now − before`, in their own unit (two shares: percentage points).
    Difference {
        /// This window's figure.
        now: FigureId,
        /// The figure compared with.
        before: FigureId,
    },
    /// Sum of figures.
    Sum {
        /// The summands.
        of: Vec<FigureId>,
    },
    /// How many values of a fact are met among appeals (units, towns); what nobody gave is none.
    Distinct {
        /// Among which appeals.
        of: CohortId,
        /// Values of what.
        fact: Fact,
    },
    /// How many there are of something that is listed in the brief. Briefs of earlier programs count units so.
    Listed {
        /// What is counted, e.g. the titles of the topics.
        of: Vec<String>,
    },
    /// A number of an engine (heat, range of a forecast) that cannot be had by counting.
    Engine {
        /// The formula in words.
        formula: String,
        /// Figures that went in.
        inputs: Vec<FigureId>,
    },
}

/// A number with its evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Its id.
    pub id: FigureId,
    /// What it is, in words: `社会保险诉求量`, `社会保险诉求占比`, `受理量环比`.
    pub name: String,
    /// How it is computed.
    pub measure: Measure,
    /// The exact value; shares and rates as fractions of one.
    pub value: Ratio,
    /// Its unit.
    pub unit: Unit,
    /// Decimals printed; the rounding rule is always 四舍五入.
    pub decimals: u8,
    /// As it is printed in running text ([`Form::Whole`]).
    pub shown: String,
}

impl Figure {
    /// A figure of a value.
    pub fn new(
        id: impl Into<FigureId>,
        name: impl Into<String>,
        measure: Measure,
        value: Ratio,
        unit: Unit,
        decimals: u8,
    ) -> Self {
        let change = is_change(&measure);
        let shown = number::print(value, unit, decimals, change, Form::Whole);
        Self { id: id.into(), name: name.into(), measure, value, unit, decimals, shown }
    }

    /// Whether it compares two figures.
    pub fn is_change(&self) -> bool {
        is_change(&self.measure)
    }

    /// As it is printed in a form.
    pub fn print(&self, form: Form) -> String {
        number::print(self.value, self.unit, self.decimals, self.is_change(), form)
    }

    /// As a floating number in its printed unit (percent, not fraction), for drawing only.
    pub fn drawn(&self) -> f64 {
        self.value.approx() * self.unit.scale() as f64
    }
}

fn is_change(measure: &Measure) -> bool {
    matches!(measure, Measure::Change { .. } | Measure::Difference { .. })
}
