//! How well are events found? B-cubed, titles, alarms, stability and false alarms on the simulated city.

mod city;
mod delay;
mod hot;
mod injection;
mod learn;
mod newton;
mod online;
mod report;
mod score;
pub mod synthetic;
mod traffic;

use std::path::PathBuf;

use rayon::prelude::*;

use crate::{
    domain::Appeal,
    insight::{Heard, Reader},
    model::ModelError,
    triage::Triager,
};

pub use city::{Told, read_city};
pub use online::OnlineScore;
pub use report::TopicsReport;
pub use score::{BCubed, b_cubed};

use synthetic::Material;

/// 给事件与话题的归并评分
#[derive(Clone, Debug, clap::Args)]
pub struct TopicsEvalArgs {
    /// 模型目录;none 表示只凭词语、地点和时间(默认:内置模型)
    #[arg(long, value_name = "DIR")]
    pub model: Option<std::path::PathBuf>,
    /// 城市包目录(默认:内置演示城市)
    #[arg(long, value_name = "DIR")]
    pub city: Option<std::path::PathBuf>,
    /// 输出 JSON
    #[arg(long)]
    pub json: bool,
    /// 模拟诉求目录(含 event 字段)
    #[arg(long, value_name = "DIR", default_value = "corpora/jianghai/appeals")]
    pub corpus: PathBuf,
    /// 打乱时间的无事件日重复次数(误报)
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub null_runs: usize,
    /// 只做注入试验:在多少天的合成来电中注入突发
    #[arg(long, value_name = "DAYS", num_args = 0..=1, default_missing_value = "30")]
    pub inject: Option<usize>,
    /// 注入试验每天的合成诉求数
    #[arg(long, value_name = "N", default_value_t = 3800)]
    pub per_day: usize,
    /// 注入试验的种子
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub seed: u64,
    /// 注入调参用的一半事件(默认:报告用的一半)
    #[arg(long)]
    pub tuning_half: bool,
    /// 注入试验的合成来电所用的通话目录
    #[arg(long, value_name = "DIR", default_value = "corpora/calls")]
    pub calls: PathBuf,
    /// 已知热点在真实诉求中是否完整:热点文件(只有编号)
    #[arg(long, value_name = "FILE", requires = "appeals")]
    pub hot: Option<PathBuf>,
    /// 真实诉求 JSONL(不随项目发布)
    #[arg(long, value_name = "FILE")]
    pub appeals: Option<PathBuf>,
    /// 按调参用的一半事件重新拟合归并的权重,写成源文件(src/insight/weights.rs)
    #[arg(long, value_name = "FILE")]
    pub learn: Option<PathBuf>,
    /// 列出每个事件
    #[arg(long)]
    pub each: bool,
}

/// Reads appeals with the words of a triager's city.
pub fn reading(triager: &Triager) -> Reader<'_> {
    Reader::new(&triager.pack, &triager.analyser)
}

/// Categories, departments, urgency and vectors of appeals by the triager's bundle, in order; nothing without one
/// (the words of the taxonomy alone mislead more than they help here).
///
/// # Errors
/// The bundle fails to compute.
pub fn ear(triager: &Triager, heard: &mut [Heard]) -> Result<Vec<Vec<f32>>, ModelError> {
    if triager.bundle.is_none() {
        return Ok(Vec::new());
    }
    let learned = triager.bundle.as_ref().is_some_and(|b| b.learned_vectors());
    let batches: Result<Vec<Vec<_>>, ModelError> = heard
        .par_chunks_mut(64)
        .map(|chunk| {
            let appeals: Vec<Appeal> = chunk.iter().map(|h| Appeal::new(h.title.clone(), h.text.clone())).collect();
            let suggestions = triager.triage(&appeals, false)?;
            let vectors = chunk.iter_mut().zip(suggestions).map(|(heard, suggestion)| {
                heard.suggested(&suggestion);
                // plain means of the last layer make all appeals neighbours
                suggestion.vector.filter(|_| learned).unwrap_or_default()
            });
            Ok(vectors.collect())
        })
        .collect();
    Ok(batches?.concat())
}

/// Scores the triager's city and bundle on the corpus that the arguments name.
///
/// # Errors
/// The corpus cannot be read, or the bundle fails to compute.
pub fn run(args: &TopicsEvalArgs, triager: &Triager) -> Result<TopicsReport, super::command::EvalError> {
    if let (Some(issues), Some(appeals)) = (&args.hot, &args.appeals) {
        return Ok(TopicsReport { hot: hot::hot(issues, appeals, triager)?, ..TopicsReport::default() });
    }
    let told = read_city(&args.corpus)?;
    let mut report = TopicsReport { each: args.each, ..TopicsReport::default() };
    if let Some(file) = &args.learn {
        let text = learn::learn(&told, triager)?;
        let told = |e: std::io::Error| super::command::EvalError::File(file.display().to_string(), e.to_string());
        std::fs::write(file, text).map_err(told)?;
        return Ok(report);
    }
    if let Some(days) = args.inject {
        let quiet: Vec<&Told> = told.iter().filter(|t| t.event.is_none()).collect();
        let material = Material::read(&quiet, &args.calls, &reading(triager))?;
        let score =
            injection::injection(&told, &material, triager, (days, args.per_day), (args.seed, args.tuning_half))?;
        report.injection = Some(score);
        return Ok(report);
    }
    let mut heard: Vec<Heard> = told.iter().map(|t| t.heard.clone()).collect();
    report.systems.push(score::system("只用词语、地点和时间", &told, &heard, &[], triager));
    if triager.bundle.is_some() {
        let vectors = ear(triager, &mut heard)?;
        report.systems.push(score::system("加上模型的分类", &told, &heard, &[], triager));
        report.systems.push(score::system("加上模型的分类与句向量", &told, &heard, &vectors, triager));
        report.null = Some(traffic::null_days(&told, &heard, &vectors, triager, args.null_runs));
        report.online = Some(online::online(&heard, &vectors, triager));
    } else {
        report.online = Some(online::online(&heard, &[], triager));
        report.null = Some(traffic::null_days(&told, &heard, &[], triager, args.null_runs));
    }
    Ok(report)
}
