//! Are the matters of one call told apart? `tingsu eval split` on calls whose turns are marked.

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{domain::Appeal, model::ModelError, triage::Triager};

use super::score::Share;

/// A turn counts as found if it lies so many characters from the marked one at most: before or behind
/// the word that opens it.
const NEAR: usize = 4;
/// Stands in the text where another matter begins.
const MARK: char = '|';

/// 一次来电几件事:能否拆开,是否误拆
#[derive(Clone, Debug, clap::Args)]
pub struct SplitEvalArgs {
    /// 标出各件事起点的来电(JSONL)
    #[arg(long, value_name = "FILE", default_value = "eval/suites/split.jsonl")]
    pub calls: PathBuf,
    /// 模型目录;none 表示只用规则(默认:内置模型)
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
    /// 城市包目录(默认:内置演示城市)
    #[arg(long, value_name = "DIR")]
    pub city: Option<PathBuf>,
    /// 评哪一部分:held 未用于调整规则,tune 用过
    #[arg(long, value_name = "SET", default_value = "held")]
    pub set: String,
    /// 列出拆错的来电
    #[arg(long)]
    pub wrong: bool,
    /// 输出 JSON
    #[arg(long)]
    pub json: bool,
}

/// A call as it stands in the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Marked {
    id: String,
    set: String,
    /// With [`MARK`] where another matter begins.
    text: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum SplitError {
    /// The file.
    #[error("{0}: {1}")]
    File(String, String),
    /// The model.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// What came out.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SplitReport {
    /// Calls scored.
    pub calls: usize,
    /// Calls with several matters that were split, of those split at all: precision of the advice.
    pub advised_right: Share,
    /// Calls with several matters that were split, of all these: recall.
    pub several_found: Share,
    /// Calls with one matter that were left whole.
    pub single_whole: Share,
    /// Turns found that are marked, of all turns found.
    pub turns_right: Share,
    /// Marked turns that were found.
    pub turns_found: Share,
    /// Calls whose turns are all found and no others.
    pub exact: Share,
    /// What went wrong: id, text with the marks of the program.
    pub wrong: Vec<(String, String)>,
}

fn add(share: &mut Share, hits: usize, of: usize) {
    share.hits += hits;
    share.of += of;
}

/// Scores the triager on the marked calls.
///
/// # Errors
/// The file cannot be read, or the model fails to compute.
pub fn run(args: &SplitEvalArgs, triager: &Triager) -> Result<SplitReport, SplitError> {
    let name = args.calls.display().to_string();
    let file = |why: String| SplitError::File(name.clone(), why);
    let text = std::fs::read_to_string(&args.calls).map_err(|e| file(e.to_string()))?;
    let mut report = SplitReport::default();
    for (n, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let call: Marked = serde_json::from_str(line).map_err(|e| file(format!("line {}: {e}", n + 1)))?;
        if call.set != args.set {
            continue;
        }
        let mut marked = Vec::new();
        let mut plain = String::new();
        for (at, c) in call.text.chars().filter(|c| *c != '\r').enumerate() {
            match c {
                MARK => marked.push(at - marked.len()),
                c => plain.push(c),
            }
        }
        let found: Vec<usize> =
            triager.matters(&Appeal::new("", plain.as_str()))?.iter().skip(1).map(|span| span.start).collect();
        report.score(call.id, &plain, &marked, &found);
    }
    if report.calls == 0 {
        return Err(file(format!("no call of the set `{}`", args.set)));
    }
    Ok(report)
}

impl SplitReport {
    fn score(&mut self, id: String, plain: &str, marked: &[usize], found: &[usize]) {
        let near = |a: usize, of: &[usize]| of.iter().any(|b| a.abs_diff(*b) <= NEAR);
        let right = found.iter().filter(|at| near(**at, marked)).count();
        let hit = marked.iter().filter(|at| near(**at, found)).count();
        let (several, split) = (!marked.is_empty(), !found.is_empty());
        self.calls += 1;
        match several {
            true => add(&mut self.several_found, usize::from(split), 1),
            false => add(&mut self.single_whole, usize::from(!split), 1),
        }
        if split {
            add(&mut self.advised_right, usize::from(several), 1);
        }
        add(&mut self.turns_right, right, found.len());
        add(&mut self.turns_found, hit, marked.len());
        let exact = right == found.len() && hit == marked.len();
        add(&mut self.exact, usize::from(exact), 1);
        if !exact {
            let mut shown = String::new();
            for (at, c) in plain.chars().enumerate() {
                shown.push_str(if marked.contains(&at) { "|" } else { "" });
                shown.push_str(if found.contains(&at) { "▲" } else { "" });
                shown.push(c);
            }
            self.wrong.push((id, shown));
        }
    }
}

impl fmt::Display for SplitReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |f: &mut fmt::Formatter<'_>, what: &str, share: &Share| {
            let value = share.value().map_or("—".to_owned(), |v| format!("{v:.3}"));
            writeln!(f, "{what}  {value}  ({}/{})", share.hits, share.of)
        };
        writeln!(f, "来电 {} 通", self.calls)?;
        line(f, "提示拆分的来电中确有几件事(精确率)", &self.advised_right)?;
        line(f, "有几件事的来电中提示了拆分(召回率)", &self.several_found)?;
        line(f, "只有一件事的来电没有拆", &self.single_whole)?;
        line(f, "拆分点正确(精确率)", &self.turns_right)?;
        line(f, "拆分点找到(召回率)", &self.turns_found)?;
        line(f, "整通来电拆得全对", &self.exact)
    }
}
