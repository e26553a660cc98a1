//! What was read, what was left out and why: counts, never texts.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::{Labels, format_city};

use super::Trust;

/// Why a ticket was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// Received before or after the wanted time.
    OutsideTime,
    /// Taken back, or marked as no ticket.
    Withdrawn,
    /// Nobody decided any of its labels.
    Undecided,
    /// It came with labels, but is not closed.
    NotClosed,
    /// The labels are not in the city pack.
    NotInPack,
    /// No words.
    Blank,
    /// There are newer ones of its category, as many as wanted.
    OverLimit,
    /// Category or department is missing, without which nothing is trained.
    Incomplete,
}

impl Skip {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Skip::OutsideTime => "不在所选时间内",
            Skip::Withdrawn => "已撤单或作废",
            Skip::Undecided => "没有人裁定过标签",
            Skip::NotClosed => "标签来自未办结的工单",
            Skip::NotInPack => "标签不在城市包中",
            Skip::Blank => "没有文字",
            Skip::OverLimit => "同类中已有足够多更新的工单",
            Skip::Incomplete => "缺少类别或主办单位",
        }
    }
}

/// How many tickets have each label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LabelCounts {
    /// 诉求类型
    #[serde(rename = "type")]
    pub appeal_type: u64,
    /// 二级分类
    pub category: u64,
    /// 主办单位
    pub department: u64,
    /// 紧急程度
    pub urgency: u64,
    /// 四类标记
    pub flags: u64,
}

impl LabelCounts {
    pub(super) fn add(&mut self, labels: &Labels) {
        self.appeal_type += u64::from(labels.appeal_type.is_some());
        self.category += u64::from(labels.category.is_some());
        self.department += u64::from(labels.department.is_some());
        self.urgency += u64::from(labels.urgency.is_some());
        self.flags += u64::from(labels.flags.is_some());
    }
}

/// What reading a city's history gave.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct HistoryReport {
    /// Tickets read.
    pub read: u64,
    /// Tickets that can be learned from.
    pub used: u64,
    /// Of these, by the least trusted of their labels.
    pub by_trust: BTreeMap<Trust, u64>,
    /// Tickets left out, by reason.
    pub skipped: BTreeMap<Skip, u64>,
    /// Labels found.
    pub labels: LabelCounts,
    /// Labels that were missing and are filled from the suggestion that stood on the ticket.
    pub filled: LabelCounts,
    /// Groups of tickets that belong together.
    pub groups: u64,
    /// 来电时间 of the oldest one used.
    pub oldest: Option<Timestamp>,
    /// 来电时间 of the newest one used.
    pub newest: Option<Timestamp>,
}

impl HistoryReport {
    pub(super) fn skip(&mut self, why: Skip) {
        *self.skipped.entry(why).or_default() += 1;
    }
}

impl fmt::Display for HistoryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = |trust| self.by_trust.get(&trust).copied().unwrap_or(0);
        writeln!(
            f,
            "本地历史:读取 {} 件,可用 {} 件({} 组);其中人工裁定 {},办结时的标签 {},未办结的标签 {}",
            self.read,
            self.used,
            self.groups,
            by(Trust::Decided),
            by(Trust::Closed),
            by(Trust::Open),
        )?;
        let day = |at: Timestamp| format_city(at).get(..10).unwrap_or_default().to_owned();
        if let (Some(oldest), Some(newest)) = (self.oldest, self.newest) {
            writeln!(f, "  来电时间 {} 至 {}", day(oldest), day(newest))?;
        }
        let counts = |c: &LabelCounts| {
            format!(
                "类型 {}、类别 {}、主办单位 {}、紧急程度 {}、标记 {}",
                c.appeal_type, c.category, c.department, c.urgency, c.flags
            )
        };
        writeln!(f, "  标签:{}", counts(&self.labels))?;
        if self.filled != LabelCounts::default() {
            writeln!(f, "  缺少而按当时的建议补齐:{}", counts(&self.filled))?;
        }
        for (why, n) in &self.skipped {
            writeln!(f, "  未用 {n} 件:{}", why.label())?;
        }
        Ok(())
    }
}
