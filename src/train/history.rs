//! `tingsu train fit --history`: which part of a city's own history is trained on. The command line reads
//! it from the store; this room only sees rows.

use std::path::PathBuf;

use jiff::civil::Date;

/// Arguments of training on a city's own history.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "本地历史")]
pub struct HistoryArgs {
    /// 数据目录:用其中办结工单和人工裁定的标签训练,可与其他来源并用;未给 --encoder 时从其当前模型接着训练,
    /// 未给 --out 时写入该目录的模型库(之后用 tingsu model 比较、启用)
    #[arg(long, value_name = "DATA_DIR")]
    pub history: Option<PathBuf>,
    /// 标签可信到哪一级:decided 仅本系统人工裁定;closed 另加导入时已办结的;open 另加未办结的
    #[arg(long, value_name = "LEVEL", default_value = "closed", requires = "history",
        value_parser = ["decided", "closed", "open"])]
    pub trust: String,
    /// 只用此日(含)以后来电的工单,如 2026-01-01
    #[arg(long, value_name = "DATE", requires = "history")]
    pub since: Option<Date>,
    /// 只用此日(不含)以前来电的工单
    #[arg(long, value_name = "DATE", requires = "history")]
    pub until: Option<Date>,
    /// 每个类别最多用多少件(取最新的);0 表示不限
    #[arg(long, value_name = "N", default_value_t = 5_000, requires = "history")]
    pub per_category: usize,
    /// 城市包目录(默认:内置演示城市):不在其中的类别与单位不用
    #[arg(long, value_name = "DIR", env = "TINGSU_CITY")]
    pub city: Option<PathBuf>,
    /// 训练人,记入模型库(默认:当前系统用户)
    #[arg(long, value_name = "NAME", requires = "history")]
    pub by: Option<String>,
}
