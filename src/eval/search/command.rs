//! `tingsu eval search`: arguments and the run, to be called by the command line.

use std::path::PathBuf;

use crate::model::Bundle;

use super::{
    SearchEvalError, SearchReport, Task,
    reader::Reader,
    run::{compare, teach},
    sweep::sweep,
    tasks,
    tasks::filed,
};

/// 检索质量:标题找本件内容、第一句找本件、答复找诉求、问句找同义问句,与其他引擎同场比较
#[derive(Clone, Debug, clap::Args)]
pub struct SearchEvalArgs {
    /// 模型目录;none 表示只评按词检索(默认:内置模型)
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
    /// 含 appeals/appeals.jsonl 与 pairs/ 的目录
    #[arg(long, value_name = "DIR", default_value = "../shared/data")]
    pub data: PathBuf,
    /// 只评此项(可多次给出;默认全部):title sentence reply pairs;--sweep 时还有 filed
    #[arg(long = "task", value_name = "NAME")]
    pub tasks: Vec<String>,
    /// 每项最多多少条查询
    #[arg(long, value_name = "N", default_value_t = 1500)]
    pub most: usize,
    /// 句向量的缓存目录:再次评测时不必重算
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
    /// PostgreSQL 的连接串(经 psql);不给则不比较
    #[arg(long, value_name = "URL", env = "TINGSU_EVAL_POSTGRES")]
    pub postgres: Option<String>,
    /// 不评测,而用调优用的查询学习重排权重,写入此文件(源码中为 src/search/rescore/weights.json)
    #[arg(long, value_name = "FILE")]
    pub learn: Option<PathBuf>,
    /// 逐一变动检索的权重,用调优用的查询评按词检索(有 --postgres 也不比较)
    #[arg(long, conflicts_with = "learn")]
    pub sweep: bool,
    /// 有地点和答复的诉求(--sweep 的 filed 一项,另加 --data 中的真实诉求)
    #[arg(long, value_name = "DIR", default_value = "corpora/jianghai/appeals")]
    pub corpus: PathBuf,
    /// 输出 JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs the chosen tasks, or learns from them; nothing is reported then.
///
/// # Errors
/// Missing or wrong data, an unknown task, a system that fails, weights that cannot be written.
pub fn run(args: &SearchEvalArgs, bundle: Option<&Bundle>) -> Result<Option<SearchReport>, SearchEvalError> {
    let mut all = tasks(&args.data)?;
    if args.sweep {
        all.push(filed(&args.data, &args.corpus)?);
    }
    if let Some(strange) = args.tasks.iter().find(|name| !all.iter().any(|t| t.name == **name)) {
        return Err(SearchEvalError::NoTask(strange.clone()));
    }
    all.retain(|t: &Task| args.tasks.is_empty() || args.tasks.iter().any(|name| name == t.name));
    if args.sweep {
        return sweep(&all, args.most).map(Some);
    }
    let bundle = bundle.filter(|b| b.learned_vectors());
    let mut reader = bundle.map(|b| Reader::new(b, args.cache.as_deref()));
    let Some(file) = &args.learn else {
        return compare(&all, args.most, reader.as_mut(), args.postgres.as_deref()).map(Some);
    };
    let failed = |why: String| SearchEvalError::Unwritten(file.display().to_string(), why);
    let Some(reader) = &mut reader else { return Err(failed("there is no model with learned vectors".into())) };
    let names: Vec<String> = all.iter().map(|t| format!(" --task {}", t.name)).collect();
    let made_by = format!(
        "tingsu eval search --learn{} --most {} (vectors of {})",
        names.concat(),
        args.most,
        reader.bundle().id()
    );
    let weights = teach(&all, args.most, reader, &made_by)?;
    let text = serde_json::to_string(&weights).map_err(|e| failed(e.to_string()))?;
    std::fs::write(file, text + "\n").map_err(|e| failed(e.to_string()))?;
    Ok(None)
}
