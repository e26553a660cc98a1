//! The decided rows on which bundles are compared: the city's own history, or files of labels.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use jiff::civil::Date;
use rayon::prelude::*;

use crate::{
    boot::{self, Config},
    city::CityPack,
    desk::learn::{HistoryOptions, HistoryReport, Trust, read_history},
    domain::{Appeal, Fault, Head, Labels, TimeRange, midnight},
    eval::compare::Answered,
    labelled::{self, Known, Part, Row},
    model::Bundle,
    triage::Triager,
};

use super::super::{asynchronously, terminal};
use super::Failure;

/// Appeals triaged together.
const BATCH: usize = 16;

/// The heads that are compared, in the order of every row.
pub(super) const HEADS: [&str; 4] = ["type", "category", "department", "urgency"];

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "比较所用的工单(默认:数据目录中有裁定的工单)")]
pub(super) struct RowArgs {
    /// 标签可信到哪一级:decided 仅本系统人工裁定;closed 另加导入时已办结的;open 另加未办结的
    #[arg(long, value_name = "LEVEL", default_value = "closed", value_parser = ["decided", "closed", "open"])]
    pub(super) trust: String,
    /// 只用此日(含)以后来电的工单,如 2026-01-01
    #[arg(long, value_name = "DATE")]
    pub(super) since: Option<Date>,
    /// 只用此日(不含)以前来电的工单
    #[arg(long, value_name = "DATE")]
    pub(super) until: Option<Date>,
    /// 用全部工单,而不只是训练时留出的(模型若用其余工单训练过,成绩会偏高)
    #[arg(long)]
    pub(super) all_rows: bool,
    /// 改用文件中的标注:诉求 JSONL(id、title、text、group)
    #[arg(long, value_name = "FILE", requires = "annotations")]
    pub(super) appeals: Option<PathBuf>,
    /// 上述诉求的标注 TSV,可多次给出
    #[arg(long, value_name = "FILE", requires = "appeals")]
    pub(super) annotations: Vec<PathBuf>,
    /// 改用带标签的模拟诉求:JSONL 文件或目录
    #[arg(long, value_name = "PATH")]
    pub(super) corpus: Vec<PathBuf>,
}

impl RowArgs {
    fn names_files(&self) -> bool {
        self.appeals.is_some() || !self.corpus.is_empty()
    }
}

/// A decided row: its id, its words, what was decided.
pub(super) struct Decided {
    id: String,
    appeal: Appeal,
    gold: Labels,
}

/// The rows, and what was read of the store if they come from it.
pub(super) struct Rows {
    pub(super) rows: Vec<Decided>,
    pub(super) history: Option<HistoryReport>,
}

/// The days as city time.
pub(in super::super) fn days(since: Option<Date>, until: Option<Date>) -> TimeRange {
    TimeRange { from: since.map(midnight), to: until.map(midnight) }
}

/// Reads what the arguments ask for.
pub(super) fn read(args: &RowArgs, config: &Config, pack: &CityPack) -> Result<Rows, Failure> {
    if args.names_files() {
        return from_files(args, pack);
    }
    let trust: Trust = args.trust.parse().map_err(|e: Fault| Failure::from(e))?;
    let options = HistoryOptions { trust, received: days(args.since, args.until), most_per_category: None };
    let history = asynchronously(async {
        let store = boot::open_store(&config.data).await?;
        let bar = terminal::bar("读取历史", None);
        let read = read_history(store.as_ref(), pack, &options, |n| bar.set_position(n)).await;
        bar.finish_and_clear();
        Ok(read.map_err(Fault::from)?)
    })?;
    let held = |group: &str| args.all_rows || Part::of(group) == Part::Held;
    let rows = history
        .cases
        .into_iter()
        .filter(|case| held(&case.group))
        .map(|case| Decided { id: case.id.as_str().to_owned(), appeal: case.appeal, gold: case.labels })
        .collect();
    Ok(Rows { rows, history: Some(history.report) })
}

fn from_files(args: &RowArgs, pack: &CityPack) -> Result<Rows, Failure> {
    const HINT: &str = "check --appeals, --annotations and --corpus";
    let known = Known {
        category: &|code| pack.taxonomy.get(code).is_some(),
        department: &|name| pack.departments.iter().any(|d| d.name == name),
    };
    let failed = |e: labelled::DataError| Failure::usage(e.to_string());
    let mut rows: Vec<Row> = Vec::new();
    if let Some(appeals) = &args.appeals {
        rows.extend(labelled::annotated(&args.annotations, appeals, &known, HINT).map_err(failed)?);
    }
    rows.extend(labelled::simulated(&args.corpus, &known, HINT).map_err(failed)?);
    let rows = rows
        .into_iter()
        .filter(|row| args.all_rows || row.part() == Part::Held)
        .map(|row| Decided {
            id: row.id,
            appeal: row.appeal,
            gold: Labels {
                appeal_type: Some(row.gold.appeal_type),
                category: Some(row.gold.category),
                department: Some(row.gold.department),
                urgency: Some(row.gold.urgency),
                flags: Some(row.gold.flags),
            },
        })
        .collect();
    Ok(Rows { rows, history: None })
}

/// What two bundles say of the rows, as an operator would see it: with the pack's rules.
pub(super) fn answered(
    rows: &[Decided],
    pack: &Arc<CityPack>,
    a: &Arc<Bundle>,
    b: &Arc<Bundle>,
) -> Result<Vec<Answered>, Failure> {
    let [a, b] = [a, b].map(|bundle| Triager::new(pack.clone(), Some(bundle.clone())));
    let bar = terminal::bar("比较", Some(rows.len() as u64));
    let parts: Vec<Vec<Answered>> = rows
        .par_chunks(BATCH)
        .map(|rows| {
            let appeals: Vec<Appeal> = rows.iter().map(|r| r.appeal.clone()).collect();
            let said = |triager: &Triager| -> Result<Vec<Vec<Option<String>>>, Failure> {
                let said = triager.triage(&appeals, false).map_err(|e| Failure::internal(e.to_string()))?;
                let heads = [Head::Type, Head::Category, Head::Department, Head::Urgency];
                Ok(said.iter().map(|s| heads.map(|h| s.top(h).map(str::to_owned)).to_vec()).collect())
            };
            let (a, b) = (said(&a)?, said(&b)?);
            bar.inc(rows.len() as u64);
            Ok(rows
                .iter()
                .zip(a.into_iter().zip(b))
                .map(|(row, (a, b))| Answered { id: row.id.clone(), gold: gold(&row.gold), a, b })
                .collect())
        })
        .collect::<Result<_, Failure>>()?;
    bar.finish_and_clear();
    Ok(parts.into_iter().flatten().collect())
}

fn gold(labels: &Labels) -> Vec<Option<String>> {
    vec![
        labels.appeal_type.map(|t| t.label().to_owned()),
        labels.category.clone(),
        labels.department.clone(),
        labels.urgency.map(|u| u.code().to_owned()),
    ]
}
