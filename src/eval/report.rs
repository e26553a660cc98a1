//! What an evaluation found: plain data, JSON, and a table for people.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use crate::domain::{Flag, Head, Urgency};

use super::{
    Faithfulness, FurtherFigures, FurtherScores, PlaceScores,
    score::{LabelCounts, RiskAt, Share, UrgencyScores},
};

/// Scores of a head that ranks candidates.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeadScores {
    /// Which head.
    pub head: Head,
    /// First candidate right.
    pub top1: Share,
    /// One of the first three right.
    pub top3: Share,
    /// Mean F1 over the labels that occur.
    pub macro_f1: Option<f64>,
    /// Calibration error over 15 bins of equal width; none where the system states no probability.
    pub ece: Option<f64>,
    /// The same over 15 bins of equal size.
    pub ece_adaptive: Option<f64>,
    /// Most frequent confusions: truth, answer, count.
    pub confusions: Vec<(String, String, usize)>,
}

/// One mark.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FlagScores {
    /// Which.
    pub flag: Flag,
    /// Counts.
    pub counts: LabelCounts,
}

/// One system on one suite.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SystemReport {
    /// `rules`, `model`, `model+rules` (what is served) or `baseline`.
    pub system: String,
    /// Type, category, department.
    pub heads: Vec<HeadScores>,
    /// Urgency.
    pub urgency: UrgencyScores,
    /// Calibration error of the most probable level over 15 bins of equal width.
    pub urgency_ece: Option<f64>,
    /// Marks; empty where the system gives none.
    pub flags: Vec<FlagScores>,
    /// Risk and coverage of the first category.
    pub risk: Vec<RiskAt>,
    /// First category right among the appeals that were not marked 不确定.
    pub certain: Option<Share>,
}

impl SystemReport {
    /// The figures by name, for floors: `category.top1`, `category.top3`, `category.macro_f1`,
    /// `category.ece` (and so for `type` and `department`), `urgency.accuracy`, `urgency.macro_f1`,
    /// `urgency.urgent_recall`, `urgency.urgent_precision`, `urgency.u1_recall`.
    pub fn figures(&self) -> BTreeMap<String, f64> {
        let mut figures = BTreeMap::new();
        let mut put = |name: String, value: Option<f64>| {
            if let Some(value) = value {
                figures.insert(name, value);
            }
        };
        for head in &self.heads {
            let name = head_name(head.head);
            put(format!("{name}.top1"), head.top1.value());
            put(format!("{name}.top3"), head.top3.value());
            put(format!("{name}.macro_f1"), head.macro_f1);
            put(format!("{name}.ece"), head.ece);
        }
        put("urgency.accuracy".into(), self.urgency.accuracy.value());
        put("urgency.macro_f1".into(), self.urgency.macro_f1);
        put("urgency.urgent_recall".into(), self.urgency.urgent.recall().value());
        put("urgency.urgent_precision".into(), self.urgency.urgent.precision().value());
        let u1 = self.urgency.levels.get(Urgency::U1.code()).copied().unwrap_or_default();
        put("urgency.u1_recall".into(), u1.recall().value());
        figures
    }
}

/// All systems on one suite.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SuiteReport {
    /// Name of the suite.
    pub suite: String,
    /// What it is.
    pub title: String,
    /// Rows scored.
    pub rows: usize,
    /// The systems, the served one before the baseline.
    pub systems: Vec<SystemReport>,
    /// Places as they are served.
    pub places: PlaceScores,
    /// Those of the pack's names and patterns alone and of the bundle's head alone, where it has one.
    pub place_voters: Vec<(String, PlaceScores)>,
    /// Reasons; none without a model.
    pub reasons: Option<Faithfulness>,
    /// Served figures under the floor of the suite.
    pub under_floor: Vec<String>,
}

/// The whole evaluation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Id of the bundle, if there is one.
    pub model: Option<String>,
    /// Hash of the pack.
    pub pack: String,
    /// Rows that the baseline learned from.
    pub training_rows: usize,
    /// What weakens the figures.
    pub warnings: Vec<String>,
    /// The suites.
    pub suites: Vec<SuiteReport>,
    /// Heads beside those of triage.
    pub further: Vec<FurtherScores>,
}

impl Report {
    /// Whether every served figure reaches its floor.
    pub fn passes(&self) -> bool {
        self.suites.iter().all(|s| s.under_floor.is_empty())
    }
}

/// `type`, `category`, `department`, `urgency`.
pub(super) fn head_name(head: Head) -> &'static str {
    match head {
        Head::Type => "type",
        Head::Category => "category",
        Head::Department => "department",
        Head::Urgency => "urgency",
    }
}

fn figure(value: Option<f64>) -> String {
    value.map_or_else(|| "-".into(), |v| format!("{v:.3}"))
}

fn share(value: Share) -> String {
    match value.interval() {
        Some((low, high)) => format!("{} [{low:.3} {high:.3}]", figure(value.value())),
        None => "-".into(),
    }
}

fn recall_precision(counts: LabelCounts) -> String {
    format!(
        "{}/{}({}/{},误报 {})",
        figure(counts.recall().value()),
        figure(counts.precision().value()),
        counts.hit,
        counts.hit + counts.missed,
        counts.false_alarm,
    )
}

/// Two characters each, so that the columns stand under one another.
fn head_word(head: Head) -> &'static str {
    match head {
        Head::Type => "类型",
        Head::Category => "分类",
        Head::Department => "单位",
        Head::Urgency => "紧急",
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "模型 {} · 城市包 {}", self.model.as_deref().unwrap_or("无(仅规则)"), self.pack)?;
        if self.training_rows > 0 {
            writeln!(f, "baseline:字符 n-gram 线性模型,用 {} 件训练", self.training_rows)?;
        }
        for warning in &self.warnings {
            writeln!(f, "注意:{warning}")?;
        }
        for suite in &self.suites {
            write!(f, "\n{suite}")?;
        }
        if !self.further.is_empty() {
            writeln!(f, "\n其他任务,留出的文本:")?;
        }
        self.further.iter().try_for_each(|scores| writeln!(f, "  {scores}"))
    }
}

impl fmt::Display for FurtherScores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<12} {:<12} {} 件 ", self.head, self.system, self.rows)?;
        match &self.figures {
            FurtherFigures::Single { top1, macro_f1, ece } => {
                write!(f, "top-1 {} · macro-F1 {} · ECE {}", share(*top1), figure(*macro_f1), figure(*ece))
            }
            FurtherFigures::Multi { counts } => {
                write!(f, "F1 {} · 召回/精确 {}", figure(Some(counts.f1())), recall_precision(*counts))
            }
            FurtherFigures::Span { scores } => write!(
                f,
                "完全一致 F1 {} · 有重合 F1 {} · 召回/精确 {}",
                figure(Some(scores.exact.f1())),
                figure(Some(scores.overlap_f1())),
                recall_precision(scores.exact)
            ),
        }
    }
}

impl fmt::Display for SuiteReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}:{},{} 件(方括号内为 95 % 区间)", self.suite, self.title, self.rows)?;
        if self.rows == 0 {
            return writeln!(f, "  没有可评的诉求");
        }
        writeln!(f, "       {:<12} {:<20} {:<20} macro-F1  ECE    ECE(等量)", "", "top-1", "top-3")?;
        for head in [Head::Type, Head::Category, Head::Department] {
            for s in &self.systems {
                for scores in s.heads.iter().filter(|h| h.head == head) {
                    writeln!(
                        f,
                        "  {} {:<12} {:<20} {:<20} {:<9} {:<6} {}",
                        head_word(head),
                        s.system,
                        share(scores.top1),
                        share(scores.top3),
                        figure(scores.macro_f1),
                        figure(scores.ece),
                        figure(scores.ece_adaptive),
                    )?;
                }
            }
        }
        for s in &self.systems {
            writeln!(
                f,
                "  {} {:<12} {:<41} {:<9} {}",
                head_word(Head::Urgency),
                s.system,
                share(s.urgency.accuracy),
                figure(s.urgency.macro_f1),
                figure(s.urgency_ece),
            )?;
        }
        writeln!(f, "  紧急程度,召回/精确")?;
        for s in &self.systems {
            write!(f, "       {:<12} U1+U2 {}", s.system, recall_precision(s.urgency.urgent))?;
            for level in Urgency::ALL {
                if let Some(counts) = s.urgency.levels.get(level.code()) {
                    write!(f, " · {} {}", level.code(), recall_precision(*counts))?;
                }
            }
            writeln!(f)?;
        }
        for s in self.systems.iter().filter(|s| !s.flags.is_empty()) {
            let marks: Vec<String> =
                s.flags.iter().map(|m| format!("{} {}", m.flag.label(), recall_precision(m.counts))).collect();
            writeln!(f, "  标记 {:<12} {}", s.system, marks.join(" · "))?;
        }
        if let Some(s) = self.systems.iter().rfind(|s| !s.risk.is_empty()) {
            let risks: Vec<String> = s
                .risk
                .iter()
                .map(|r| format!("{:.0} %:{:.3}(p ≥ {:.2})", 100.0 * r.coverage, r.risk, r.threshold))
                .collect();
            writeln!(f, "  分类:只答最有把握的若干时的错误率 {}", risks.join(" · "))?;
            if let Some(certain) = s.certain {
                writeln!(f, "  未标“不确定”的 {} 件,其中分类正确 {}", certain.of, share(certain))?;
            }
        }
        let served = [("所示".to_owned(), self.places.clone())];
        for (voter, p) in self.place_voters.iter().chain(&served) {
            let [exact_f1, overlap_f1] = p.f1();
            writeln!(
                f,
                "  地点 {voter:<10} 有重合 {} F1 {} · 完全一致 {} F1 {} · 字符 F1 {} · 本无地点而未报 {}",
                share(p.overlap),
                figure(overlap_f1),
                share(p.exact),
                figure(exact_f1),
                figure(p.char_f1),
                share(p.silent),
            )?;
        }
        if let Some(r) = &self.reasons {
            writeln!(
                f,
                "  理由:删去所示词句比删去等长随机词句更伤 {} · 平均下降 {},随机 {} · 所示占原文 {}",
                share(r.faithful),
                figure(r.shown_drop),
                figure(r.random_drop),
                figure(r.covered),
            )?;
        }
        for miss in &self.under_floor {
            writeln!(f, "  低于底线:{miss}")?;
        }
        Ok(())
    }
}
