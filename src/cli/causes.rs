//! `tingsu causes`: recurring causes of a file's appeals, and what an action changed; nothing is stored.

use std::{collections::BTreeMap, path::PathBuf};

use clap::Args;
use jiff::{Timestamp, civil::Date};

use crate::{
    boot,
    desk::{Causes, compare},
    domain::city_date,
    eval::topics::{ear, reading},
    insight::{causes::Candidate, findings},
};

use super::{Places, exit::Failure, topics::read, trend::counted};

#[derive(Args)]
pub(super) struct CausesArgs {
    /// 输入 JSONL,格式同 tingsu topics,另可有 "category"、"department"、"unsolved"
    #[arg(long, value_name = "IN.jsonl")]
    input: PathBuf,
    /// 某类别采取举措的日期,比较前后,如 0412=2026-05-12
    #[arg(long, value_name = "CODE=DATE")]
    action: Option<String>,
    /// 不用模型:只用文件中给出的类别
    #[arg(long)]
    no_model: bool,
    /// 列出多少个
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,
    #[command(flatten)]
    places: Places,
}

pub(super) fn run(args: CausesArgs) -> Result<(), Failure> {
    let config = args.places.config()?;
    let model = if args.no_model { boot::ModelSource::None } else { config.model.clone() };
    let triager = boot::load_triager(&config.city, &model)?;
    let (mut heard, warnings) = read(&args.input)?;
    warnings.iter().for_each(|warning| eprintln!("tingsu: {warning}"));
    let vectors = ear(&triager, &mut heard).map_err(|e| Failure::internal(e.to_string()))?;
    if let Some(action) = &args.action {
        let wrong = || Failure::usage("--action 写作 类别=日期,如 0412=2026-05-12");
        let (code, day) = action.split_once('=').ok_or_else(wrong)?;
        let day: Date = day.parse().map_err(|_| wrong())?;
        if triager.pack.taxonomy.get(code).is_none() {
            return Err(Failure::usage(format!("城市包中没有类别“{code}”")));
        }
        let last = heard.iter().filter_map(|h| h.at).max().unwrap_or(Timestamp::UNIX_EPOCH);
        match compare(&counted(&heard), code, day, city_date(last)) {
            Ok(effect) => println!("{code} {}", effect.words()),
            Err(few) => println!("{code} {}", few.words()),
        }
        return Ok(());
    }
    let found = findings(&heard, &vectors, &reading(&triager), &triager.pack.calendar);
    let causes = Causes::of(&heard, &found);
    let titles: BTreeMap<&str, &str> =
        found.topics.iter().map(|t| (t.id.as_str(), t.portrait.title.as_str())).collect();
    let category = |id: &str| triager.pack.taxonomy.get(id).map_or("", |c| c.level2.as_str()).to_owned();
    causes.categories.iter().take(args.top).for_each(|c| line(c, &category(&c.cause)));
    causes.topics.iter().take(args.top).for_each(|c| line(c, titles.get(c.cause.as_str()).copied().unwrap_or("")));
    Ok(())
}

fn line(c: &Candidate, name: &str) {
    println!(
        "{} {name}:得分 {:.2},{} 件,{}/{} 周,{} 个单位,未解决 {:.0}%({} 件已知)",
        c.cause,
        c.score,
        c.volume,
        c.weeks.0,
        c.weeks.1,
        c.departments.len(),
        c.unsolved * 100.0,
        c.known
    );
}
