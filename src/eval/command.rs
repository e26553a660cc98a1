//! `tingsu eval`: arguments and the run, to be called by the command line.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use crate::{
    labelled::{DataError, Origin, Part, Row, Task},
    model::{HeldBack, ModelError},
    triage::{PLACE_HEAD, Triager},
};

use super::{Options, Report, Suite, SuiteError, evaluate, further_scores, load_corpus, load_labelled, load_table};

/// 用未参与训练的诉求给模型评分
#[derive(Clone, Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct EvalArgs {
    /// 另评什么;不写则评研判
    #[command(subcommand)]
    pub what: Option<What>,
    /// 模型目录;none 表示只用规则(默认:内置模型)
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
    /// 城市包目录(默认:内置演示城市)
    #[arg(long, value_name = "DIR")]
    pub city: Option<PathBuf>,
    /// 含 annotations/train.tsv 与 appeals/appeals.jsonl 的目录
    #[arg(long, value_name = "DIR", default_value = "../shared/data")]
    pub data: PathBuf,
    /// 同一批诉求的更多标注(TSV,可多次给出),例如 models/annotations.tsv
    #[arg(long, value_name = "FILE")]
    pub annotations: Vec<PathBuf>,
    /// 改评其中的全部诉求:须未参与训练;同一批诉求的标注(TSV),或带标注的诉求(JSONL 文件或目录)
    #[arg(long, value_name = "FILE", conflicts_with = "suites")]
    pub score: Option<PathBuf>,
    /// 任务文件(TOML):模型若有其中的其他任务,也用其留出的文本评分(默认:models/beside.toml)
    #[arg(long, value_name = "FILE")]
    pub task: Option<PathBuf>,
    /// 模拟诉求目录
    #[arg(long, value_name = "DIR", default_value = "corpora/jianghai/appeals")]
    pub corpus: PathBuf,
    /// 另有的模拟诉求:对照模型和参与表决的工单也学,但不评分(可多次给出),例如 corpora/calls
    #[arg(long, value_name = "DIR")]
    pub calls: Vec<PathBuf>,
    /// 只评此套(可多次给出;默认全部):real simulated
    #[arg(long = "suite", value_name = "NAME")]
    pub suites: Vec<String>,
    /// 同时用同样的诉求训练字符 n-gram 线性模型作对照
    #[arg(long)]
    pub baseline: bool,
    /// 再以训练用的诉求作为已定性工单(1,000 条、全部)参与表决,各评一次
    #[arg(long)]
    pub cases: bool,
    /// 有指标低于该套底线时以失败结束
    #[arg(long)]
    pub check: bool,
    /// 输出 JSON
    #[arg(long)]
    pub json: bool,
}

/// What else can be measured.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum What {
    /// 检索:已知答案的查询能否找到答案,与 SQLite、PostgreSQL、tantivy 同场比较
    Search(super::search::SearchEvalArgs),
    /// 事件与话题的归并
    Topics(super::topics::TopicsEvalArgs),
    /// 重复、同一事件、同类是否分得清
    Duplicates(super::duplicates::DuplicatesEvalArgs),
    /// 简报核对:已知对错的简报能否查出错处,是否误报
    Audit(super::audit::AuditEvalArgs),
    /// 一次来电几件事:能否拆开,是否误拆
    Split(super::split::SplitEvalArgs),
}

/// Why there is no evaluation.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// Labelled data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Suites.
    #[error(transparent)]
    Suite(#[from] SuiteError),
    /// The model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A file that cannot be read: its name and why.
    #[error("cannot read {0}: {1}")]
    File(String, String),
    /// The report cannot be written as JSON.
    #[error("writing the report as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Loads the rows that the chosen suites need and scores the triager on them. The caller has opened
/// the triager from `args.model` and `args.city`.
///
/// # Errors
/// Missing or wrong data, an unknown suite, a model that fails to compute.
pub fn run(args: &EvalArgs, triager: &Triager) -> Result<Report, EvalError> {
    let options = Options { baseline: args.baseline, cases: args.cases };
    if let Some(table) = &args.score {
        let origin = if table.extension().is_some_and(|e| e == "tsv") { Origin::Real } else { Origin::Simulated };
        let scored = match origin {
            Origin::Real => load_table(&args.data, table, &triager.pack)?,
            Origin::Simulated => load_corpus(table, &triager.pack)?,
        };
        let ids: HashSet<&str> = scored.iter().map(|r| r.id.as_str()).collect();
        let mut others = learned(args, triager, &[])?;
        others.retain(|r| !ids.contains(r.id.as_str()));
        let suite = Suite::table(&table.display().to_string(), origin);
        let mut report = evaluate(triager, &scored, &others, &[suite], options)?;
        report.warnings = triager.mismatches();
        return Ok(report);
    }
    let suites = Suite::shipped(&args.suites)?;
    let rows = learned(args, triager, &suites)?;
    let mut report = evaluate(triager, &rows, &rows, &suites, options)?;
    report.warnings = warnings(triager);
    if let Some(bundle) = triager.bundle.as_ref().filter(|b| !b.labels().further().is_empty() && args.suites.is_empty())
    {
        report.further = further_scores(bundle, &task(args)?.read(&[PLACE_HEAD])?, args.baseline)?;
    }
    Ok(report)
}

/// The labelled appeals that suites need, or everything that the baseline and the decided cases are of.
fn learned(args: &EvalArgs, triager: &Triager, suites: &[Suite]) -> Result<Vec<Row>, DataError> {
    let needs = |origin: Origin| suites.iter().any(|s| s.source == origin);
    let mut rows = Vec::new();
    if needs(Origin::Real) || args.baseline || args.cases {
        rows.extend(load_labelled(&args.data, &args.annotations, &triager.pack)?);
    }
    if needs(Origin::Simulated) || args.baseline || args.cases {
        rows.extend(load_corpus(&args.corpus, &triager.pack)?);
    }
    for calls in &args.calls {
        rows.extend(load_corpus(calls, &triager.pack)?.into_iter().filter(|r| r.part() != Part::Held));
    }
    Ok(rows)
}

/// The task that the command line names, else that of the shipped bundle; its tables lie in the folder
/// of the labelled data.
fn task(args: &EvalArgs) -> Result<Task, DataError> {
    match &args.task {
        Some(file) => Task::open(file, Some(&args.data)),
        None => {
            let shipped = include_str!("../../models/beside.toml");
            Task::parse(shipped, Path::new("models/beside.toml"), args.data.clone())
        }
    }
}

/// The report as it is to be printed.
///
/// # Errors
/// Only if JSON cannot be written.
pub fn render(args: &EvalArgs, report: &Report) -> Result<String, EvalError> {
    Ok(if args.json { serde_json::to_string_pretty(report)? } else { report.to_string() })
}

fn warnings(triager: &Triager) -> Vec<String> {
    let mut warnings = triager.mismatches();
    if triager.bundle.is_none() {
        warnings.push("没有模型,只评了城市包的规则".into());
        return warnings;
    }
    match triager.bundle.as_ref().and_then(|b| b.held_back()) {
        Some(HeldBack::Excluded) => {}
        Some(HeldBack::Real) => {
            warnings.push("该模型训练时用过留出的模拟诉求:只有真实诉求上的数字可信".into());
        }
        Some(HeldBack::Included) => {
            warnings.push("该模型训练时用过这些留出的诉求,以下数字偏高,不能代表新诉求".into());
        }
        None => warnings.push("该模型没有说明训练时是否用过这些留出的诉求".into()),
    }
    warnings
}
