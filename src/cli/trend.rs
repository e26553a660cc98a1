//! `tingsu trend`: next week's range of a file's appeals, for all and for each category; nothing is stored.

use std::{collections::BTreeMap, path::PathBuf};

use clap::Args;
use jiff::{Timestamp, civil::Date};

use crate::{
    boot,
    desk::Trends,
    domain::{city_date, midnight},
    eval::topics::ear,
    http::views::TrendsView,
    insight::{Heard, trend::METHOD},
    store::DayCount,
};

use super::{Places, exit::Failure, topics::read};

#[derive(Args)]
pub(super) struct TrendArgs {
    /// 输入 JSONL,格式同 tingsu topics
    #[arg(long, value_name = "IN.jsonl")]
    input: PathBuf,
    /// 最后一个完整的日子(默认:最后一件诉求的前一天)
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: Option<Date>,
    /// 不用模型:只看总量
    #[arg(long)]
    no_model: bool,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    places: Places,
}

pub(super) fn run(args: TrendArgs) -> Result<(), Failure> {
    let config = args.places.config()?;
    let model = if args.no_model { boot::ModelSource::None } else { config.model.clone() };
    let triager = boot::load_triager(&config.city, &model)?;
    let (mut heard, warnings) = read(&args.input)?;
    warnings.iter().for_each(|warning| eprintln!("tingsu: {warning}"));
    ear(&triager, &mut heard).map_err(|e| Failure::internal(e.to_string()))?;
    let last = heard.iter().filter_map(|h| h.at).max();
    let now = match args.until {
        Some(until) => midnight(until.tomorrow().map_err(|e| Failure::usage(e.to_string()))?),
        None => last.unwrap_or(Timestamp::UNIX_EPOCH),
    };
    let trends = TrendsView::of(&Trends::of(&counted(&heard), &triager.pack, now));
    if args.json {
        println!("{}", serde_json::to_string_pretty(&trends).map_err(|e| Failure::internal(e.to_string()))?);
        return Ok(());
    }
    println!("截至 {};方法:{METHOD}", trends.until.as_deref().unwrap_or("(没有带时间的诉求)"));
    println!("全部 {}", trends.city.words);
    for line in &trends.categories {
        println!("{} {} {}", line.id, line.name, line.words);
    }
    let test = &trends.back_test;
    if let Some(share) = test.coverage {
        println!("各分类合计回测 {} 周次,{:.1}% 落在 80% 区间内", test.weeks, share * 100.0);
    }
    Ok(())
}

pub(super) fn counted(heard: &[Heard]) -> Vec<DayCount> {
    let mut counts: BTreeMap<(Date, Option<String>), u64> = BTreeMap::new();
    for one in heard {
        let Some(at) = one.at else { continue };
        let category = one.categories.first().map(|(code, _)| code.clone());
        *counts.entry((city_date(at), category)).or_default() += 1;
    }
    counts.into_iter().map(|((day, category), count)| DayCount { day, category, count }).collect()
}
