//! How good is the bulletin auditor? Bulletins with known errors: what it finds, what it wrongly blames.

use std::{collections::BTreeMap, fmt, fs, path::PathBuf};

use serde::{Deserialize, Serialize};

/// One check as the auditor made it, in the stable names that programs read. The auditor itself stands
/// on this floor too, so the caller brings it.
#[derive(Clone, Debug)]
pub struct Said {
    /// `agrees`, `disagrees` or `cannot be checked`.
    pub verdict: &'static str,
    /// Kind of claim.
    pub kind: &'static str,
    /// The claim.
    pub claim: String,
    /// Its first character.
    pub start: usize,
    /// The first character behind it.
    pub end: usize,
    /// Why.
    pub reason: String,
}

const AGREES: &str = "agrees";
const DISAGREES: &str = "disagrees";

/// 简报核对的评测
#[derive(Clone, Debug, clap::Args)]
pub struct AuditEvalArgs {
    /// 套题(JSONL):每行 {"id","half","text","gold":[{"kind","verdict","claim"}]}
    #[arg(long, value_name = "FILE", default_value = "eval/suites/audit.jsonl")]
    pub suite: PathBuf,
    /// 逐条列出漏报、误报和没有核对到的说法
    #[arg(long)]
    pub misses: bool,
    /// 输出 JSON
    #[arg(long)]
    pub json: bool,
}

/// Why there is no evaluation.
#[derive(Debug, thiserror::Error)]
pub enum AuditEvalError {
    /// The suite.
    #[error("cannot read {0}: {1}")]
    File(PathBuf, std::io::Error),
    /// A line of it.
    #[error("line {0} of the suite: {1}")]
    Line(usize, serde_json::Error),
    /// A claim that its own text does not hold.
    #[error("line {0} of the suite: the text does not hold the claim {1}")]
    Claim(usize, String),
}

/// One bulletin.
#[derive(Deserialize)]
struct Row {
    id: String,
    half: String,
    text: String,
    gold: Vec<Gold>,
}

/// What a reader with a calculator says of one claim.
#[derive(Deserialize)]
struct Gold {
    kind: String,
    verdict: String,
    claim: String,
}

/// Counts over one half of the suite or one kind of claim.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Wrong claims of the suite.
    pub wrong: usize,
    /// Of them, called wrong.
    pub found: usize,
    /// Checks that call something wrong.
    pub blamed: usize,
    /// Of them, rightly.
    pub rightly: usize,
    /// Right claims of the suite.
    pub right: usize,
    /// Of them, said to agree.
    pub confirmed: usize,
    /// Claims that the text alone cannot settle.
    pub open: usize,
    /// Of them, left open.
    pub left: usize,
}

fn share(part: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

impl Counts {
    /// Of what is called wrong, the share that is wrong.
    pub fn precision(&self) -> Option<f64> {
        share(self.rightly, self.blamed)
    }

    /// Of what is wrong, the share that is called so.
    pub fn recall(&self) -> Option<f64> {
        share(self.found, self.wrong)
    }
}

/// The figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AuditReport {
    /// By the half of the suite.
    pub halves: BTreeMap<String, Half>,
    /// What went another way than the gold says.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub misses: Vec<String>,
}

/// One half of the suite.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Half {
    /// Bulletins.
    pub bulletins: usize,
    /// All kinds together.
    pub all: Counts,
    /// By kind of claim.
    pub kinds: BTreeMap<String, Counts>,
}

/// Characters of the first place where a claim stands.
fn place(text: &str, claim: &str) -> Option<(usize, usize)> {
    let at = text.find(claim)?;
    let start = text[..at].chars().count();
    Some((start, start + claim.chars().count()))
}

/// Runs the auditor over the suite.
///
/// # Errors
/// A suite that is missing or wrong.
pub fn run(args: &AuditEvalArgs, audit: impl Fn(&str) -> Vec<Said>) -> Result<AuditReport, AuditEvalError> {
    let text = fs::read_to_string(&args.suite).map_err(|e| AuditEvalError::File(args.suite.clone(), e))?;
    let mut report = AuditReport::default();
    for (number, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let row: Row = serde_json::from_str(line).map_err(|e| AuditEvalError::Line(number + 1, e))?;
        let checks = audit(&row.text);
        let mut places = Vec::new();
        for gold in &row.gold {
            let at =
                place(&row.text, &gold.claim).ok_or_else(|| AuditEvalError::Claim(number + 1, gold.claim.clone()))?;
            places.push((gold, at));
        }
        score(&row, &checks, &places, &mut report);
    }
    if !args.misses {
        report.misses.clear();
    }
    Ok(report)
}

fn over(check: &Said, at: (usize, usize)) -> bool {
    check.start < at.1 && at.0 < check.end
}

/// A gold claim is met by a check of its kind that lies over it. A blame is right if it lies over a
/// wrong claim, of whatever kind: one wrong number spoils a share and a sum alike.
fn score(row: &Row, checks: &[Said], places: &[(&Gold, (usize, usize))], report: &mut AuditReport) {
    let mut misses = Vec::new();
    let half = report.halves.entry(row.half.clone()).or_default();
    half.bulletins += 1;
    for (gold, at) in places {
        let said: Vec<&Said> = checks.iter().filter(|c| c.kind == gold.kind && over(c, *at)).collect();
        let is = |verdict: &str| said.iter().any(|c| c.verdict == verdict);
        let kind = half.kinds.entry(gold.kind.clone()).or_default();
        let (counts, met): (fn(&mut Counts, bool), bool) = match gold.verdict.as_str() {
            DISAGREES => (
                |c, met| {
                    c.wrong += 1;
                    c.found += usize::from(met);
                },
                is(DISAGREES) || checks.iter().any(|c| c.verdict == DISAGREES && over(c, *at)),
            ),
            AGREES => (
                |c, met| {
                    c.right += 1;
                    c.confirmed += usize::from(met);
                },
                is(AGREES) && !is(DISAGREES),
            ),
            _ => (
                |c, met| {
                    c.open += 1;
                    c.left += usize::from(met);
                },
                !is(AGREES) && !is(DISAGREES),
            ),
        };
        counts(kind, met);
        counts(&mut half.all, met);
        if !met {
            let said: Vec<String> = said.iter().map(|c| format!("{}: {} [{}]", c.verdict, c.claim, c.reason)).collect();
            misses.push(format!("{} {} {} `{}` -> {}", row.id, gold.kind, gold.verdict, gold.claim, said.join(" | ")));
        }
    }
    for check in checks.iter().filter(|c| c.verdict == DISAGREES) {
        let rightly = places.iter().any(|(gold, at)| gold.verdict == DISAGREES && over(check, *at));
        let kind = half.kinds.entry(check.kind.to_owned()).or_default();
        kind.blamed += 1;
        kind.rightly += usize::from(rightly);
        half.all.blamed += 1;
        half.all.rightly += usize::from(rightly);
        if !rightly {
            misses.push(format!("{} wrongly blamed: {} `{}` [{}]", row.id, check.kind, check.claim, check.reason));
        }
    }
    report.misses.append(&mut misses);
}

fn line(f: &mut fmt::Formatter<'_>, name: &str, c: &Counts) -> fmt::Result {
    let show = |part: usize, of: usize| match share(part, of) {
        Some(s) => format!("{s:.3} ({part}/{of})"),
        None => "–".into(),
    };
    writeln!(
        f,
        "| {name} | {} | {} | {} | {} |",
        show(c.rightly, c.blamed),
        show(c.found, c.wrong),
        show(c.confirmed, c.right),
        show(c.left, c.open)
    )
}

impl fmt::Display for AuditReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, half) in &self.halves {
            writeln!(f, "\n{name}: {} 篇", half.bulletins)?;
            writeln!(f, "| 种类 | 判错的准确率 | 错误的召回率 | 正确说法得到印证 | 无从核对的不下结论 |")?;
            writeln!(f, "|---|---|---|---|---|")?;
            line(f, "全部", &half.all)?;
            for (kind, counts) in &half.kinds {
                line(f, kind, counts)?;
            }
        }
        for miss in &self.misses {
            writeln!(f, "{miss}")?;
        }
        Ok(())
    }
}
