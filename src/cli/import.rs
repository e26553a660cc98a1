//! `tingsu import`: a file of appeals becomes tickets.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;
use serde_json::json;

use crate::{
    boot,
    desk::{
        ImportOptions, ImportReport, Stage,
        import::{ColumnMap, ImportSource, ReadOptions, RejectFile},
    },
    domain::{Actor, Channel, Role, city_date},
};

use super::{
    Places, asynchronously,
    exit::{self, Failure},
    terminal,
};

#[derive(Args)]
pub(super) struct ImportArgs {
    /// JSONL、CSV、TSV、XLSX 或 XLS 文件
    file: PathBuf,
    /// 列名对应,如:留言主题=title,留言详情=text(常见列名会自动识别)
    #[arg(long, value_name = "列=字段,…")]
    map: Option<String>,
    /// 没有渠道一列时的受理渠道
    #[arg(long, default_value = "其他")]
    channel: Channel,
    /// 时间不带年份时,不早于最新一件的日期(默认今天),如 2026-05-31
    #[arg(long, value_name = "DATE")]
    anchor: Option<Date>,
    /// 取值无法识别(如别的系统的类别)时保留原值而不拒收
    #[arg(long)]
    keep_unknown: bool,
    /// 拒收文件所在目录(默认:数据目录)
    #[arg(long, value_name = "DIR")]
    rejects: Option<PathBuf>,
    /// 只入库;研判与索引由之后的服务完成
    #[arg(long)]
    store_only: bool,
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    places: Places,
}

pub(super) fn run(args: ImportArgs) -> Result<(), Failure> {
    let config = args.places.config()?;
    // A wrong file must not leave a fresh data folder behind.
    if !args.file.is_file() {
        let what = if args.file.is_dir() { "a folder" } else { "not there" };
        return Err(Failure::usage(format!("cannot import {}: it is {what}", args.file.display())));
    }
    let columns = match &args.map {
        Some(text) => ColumnMap::parse(text)?,
        None => ColumnMap::default(),
    };
    asynchronously(async {
        let opened = boot::open_beside(&config).await?;
        let desk = opened.desk.clone();
        let anchor = args.anchor.unwrap_or_else(|| city_date(desk.now()));
        let read = ReadOptions {
            columns,
            anchor: Some(anchor),
            channel: args.channel,
            keep_unknown: args.keep_unknown,
            ..ReadOptions::default()
        };
        let mut source = ImportSource::open(&args.file, read, desk.city())?;
        let dir = args.rejects.clone().unwrap_or_else(|| config.data.clone());
        let mut rejects = RejectFile::of(&source, &dir)?;
        let options = ImportOptions {
            actor: Actor::person("import", Role::Admin),
            catch_up: !args.store_only && !opened.beside_service,
        };
        let progress = source.progress();
        let mut bars = terminal::Stages::default();
        let report = desk
            .import(
                source.by_ref(),
                &options,
                |row, fault| rejects.write(&row, fault),
                |tick| match tick.stage {
                    Stage::Store => bars.bytes(progress.read(), progress.total),
                    _ => bars.tick(tick, None),
                },
            )
            .await?;
        bars.finish();
        let rejected = rejects.finish()?;
        tell(&args, &report, rejected.as_ref().map(|(path, _)| path), opened.beside_service)?;
        if let Some(fault) = source.broken() {
            return Err(Failure::new(exit::PARTLY, fault.message.clone()));
        }
        match report.rejected {
            0 => Ok(()),
            n => Err(Failure::new(exit::PARTLY, format!("{n} rows were not imported; see the reject file"))),
        }
    })
}

fn tell(
    args: &ImportArgs,
    report: &ImportReport,
    rejects: Option<&PathBuf>,
    beside_service: bool,
) -> Result<(), Failure> {
    let seconds = report.took.map(|t| (t.as_secs_f64() * 1e3).round() / 1e3);
    if args.json {
        let line = json!({
            "rows": report.rows,
            "stored": report.stored,
            "already": report.already,
            "rejected": report.rejected,
            "rejects": rejects.map(|p| p.display().to_string()),
            "triaged": report.caught.triaged,
            "indexed": report.caught.indexed,
            "seconds": { "store": seconds[0], "triage": seconds[1], "index": seconds[2] },
        });
        println!("{line}");
        return Ok(());
    }
    println!("读取 {} 行:新入库 {},此前已有 {},拒收 {}", report.rows, report.stored, report.already, report.rejected);
    if let Some(path) = rejects {
        println!("拒收的行及原因:{}", path.display());
    }
    if beside_service {
        println!("服务正在运行,研判与索引由服务完成");
    } else if !args.store_only {
        let rate = |n: u64, s: f64| if s > 0.0 { n as f64 / s } else { 0.0 };
        println!(
            "入库 {:.1} 秒({:.0} 件/秒),研判 {} 件 {:.1} 秒({:.0} 件/秒),索引 {} 件 {:.1} 秒({:.0} 件/秒)",
            seconds[0],
            rate(report.rows, seconds[0]),
            report.caught.triaged,
            seconds[1],
            rate(report.caught.triaged as u64, seconds[1]),
            report.caught.indexed,
            seconds[2],
            rate(report.caught.indexed as u64, seconds[2]),
        );
    }
    Ok(())
}
