//! How well are events found? B-cubed, titles, alarms, stability and false alarms on the simulated city.

mod city;
mod online;
mod report;
mod score;
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
    /// 注入试验:多少天、每天 3800 件合成诉求中注入突发(0 为不做)
    #[arg(long, value_name = "DAYS", default_value_t = 0)]
    pub injection_days: usize,
    /// 注入试验每天的合成诉求数
    #[arg(long, value_name = "N", default_value_t = 3800)]
    pub per_day: usize,
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
    let told = read_city(&args.corpus)?;
    let mut report = TopicsReport { each: args.each, ..TopicsReport::default() };
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
    if args.injection_days > 0 {
        report.injection = Some(traffic::injection(&told, &heard, triager, args.injection_days, args.per_day));
    }
    Ok(report)
}
