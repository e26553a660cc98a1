//! `tingsu brief`: briefs of what is stored: make, list, show, check.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::{
    boot,
    desk::{BriefAsk, BriefCheck, Desk, SubjectAsk, brief_window},
    domain::{
        Actor, Role, TicketId,
        brief::{BriefKind, Window},
        city_time, format_city, parse_city,
    },
    report::{
        markdown, outline,
        render::{Format, render},
    },
    store::TicketFilter,
};

use super::{
    Places, asynchronously,
    exit::{self, Failure},
};

#[derive(Args)]
pub(super) struct BriefArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// 日报(默认:最近一个完整的日)
    Daily(MakeArgs),
    /// 诉求热点周报(默认:最近一个完整的周)
    Weekly(MakeArgs),
    /// 专报:一个类别、一个话题或若干工单(默认:最近 28 天)
    Special(MakeArgs),
    /// 快报:特急、紧急诉求(默认:最近 24 小时)
    Flash(MakeArgs),
    /// 每月一办(默认:最近 28 天)
    Dossier(MakeArgs),
    /// 列出已有的简报
    List(ListArgs),
    /// 显示一份简报
    Show(ShowArgs),
    /// 用现有数据重算简报的每个数,并核对版本链
    Check(CheckArgs),
}

#[derive(Args)]
struct MakeArgs {
    /// 起始时间,如 2026-05-18 或 "2026-05-18 12:00"
    #[arg(long, value_name = "TIME", requires = "to")]
    from: Option<String>,
    /// 结束时间(不含)
    #[arg(long, value_name = "TIME", requires = "from")]
    to: Option<String>,
    /// 哪一天(周报:这一天所在的周)
    #[arg(long, value_name = "DATE", conflicts_with = "from")]
    date: Option<String>,
    /// 每日几时为界,12 表示前日 12 时至当日 12 时
    #[arg(long, value_name = "HOUR", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=23))]
    cut_hour: u8,
    /// 专报、每月一办:类别代码或名称
    #[arg(long, value_name = "CODE", conflicts_with_all = ["topic", "ticket"])]
    category: Option<String>,
    /// 专报、每月一办:话题编号或标题中的词
    #[arg(long, value_name = "TOPIC", conflicts_with = "ticket")]
    topic: Option<String>,
    /// 专报、每月一办:工单编号,可多次给出
    #[arg(long, value_name = "ID", requires = "name")]
    ticket: Vec<String>,
    /// 与 --ticket 合用:这些工单说的是什么事
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// 输出格式,以逗号分隔:docx html xlsx md json pdf(默认 md,json)
    #[arg(long, value_name = "FORMATS", value_delimiter = ',', value_parser = format)]
    format: Vec<Format>,
    /// 输出目录
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    #[command(flatten)]
    places: Places,
}

#[derive(Args)]
struct ListArgs {
    /// 只列一类:daily weekly special flash dossier
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: Option<BriefKind>,
    /// 最多几份
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=200))]
    limit: u64,
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    places: Places,
}

#[derive(Args)]
struct ShowArgs {
    /// 简报编号
    id: String,
    /// 第几版(默认:最新)
    #[arg(long, value_name = "N")]
    version: Option<u32>,
    /// 以 JSON 输出(含全部依据)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    places: Places,
}

#[derive(Args)]
struct CheckArgs {
    /// 简报编号
    #[arg(required_unless_present = "all")]
    id: Option<String>,
    /// 全部简报
    #[arg(long, conflicts_with = "id")]
    all: bool,
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    places: Places,
}

fn format(name: &str) -> Result<Format, String> {
    name.parse::<Format>().map_err(|unknown| unknown.to_string())
}

fn kind(code: &str) -> Result<BriefKind, String> {
    BriefKind::ALL.into_iter().find(|k| k.code() == code).ok_or_else(|| {
        let known: Vec<&str> = BriefKind::ALL.iter().map(|k| k.code()).collect();
        format!("one of {}", known.join(" "))
    })
}

pub(super) fn run(args: BriefArgs) -> Result<(), Failure> {
    match args.what {
        What::Daily(args) => make(BriefKind::Daily, args),
        What::Weekly(args) => make(BriefKind::Weekly, args),
        What::Special(args) => make(BriefKind::Special, args),
        What::Flash(args) => make(BriefKind::Flash, args),
        What::Dossier(args) => make(BriefKind::Dossier, args),
        What::List(args) => list(&args),
        What::Show(args) => show(&args),
        What::Check(args) => check(&args),
    }
}

fn make(kind: BriefKind, args: MakeArgs) -> Result<(), Failure> {
    let config = args.places.config()?;
    let subject = subject(kind, &args)?;
    let formats = if args.format.is_empty() { vec![Format::Markdown, Format::Json] } else { args.format.clone() };
    let brief = asynchronously(async {
        let opened = boot::open_beside(&config).await?;
        let desk = &opened.desk;
        let ask = BriefAsk { kind, window: window(desk, kind, &args).await?, subject };
        let made = desk.make_brief(&Actor::person("cli", Role::Analyst), &ask).await?;
        if !made.new {
            eprintln!("这份简报已有(第{}版,{}),按已有的输出", made.brief.history.len(), made.brief.state.label());
        }
        Ok(made.brief)
    })?;
    fs::create_dir_all(&args.out).map_err(|e| Failure::file("write", &args.out, &e))?;
    for format in formats {
        let path = args.out.join(format!("{}.{}", brief.id, format.ending()));
        let rendered = render(&brief, format).map_err(|e| Failure::usage(e.to_string()))?;
        for notice in &rendered.notices {
            eprintln!("{}:{notice}", format.ending());
        }
        write(&path, &rendered.bytes)?;
        println!("{}", path.display());
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(|e| Failure::file("write", path, &e))
}

fn subject(kind: BriefKind, args: &MakeArgs) -> Result<Option<SubjectAsk>, Failure> {
    let subject = if let Some(code) = &args.category {
        Some(SubjectAsk::Category(code.clone()))
    } else if let Some(topic) = &args.topic {
        Some(SubjectAsk::Topic(topic.clone()))
    } else if args.ticket.is_empty() {
        None
    } else {
        let ids: Result<Vec<TicketId>, _> = args.ticket.iter().map(|id| TicketId::new(id.as_str())).collect();
        let name = args.name.clone().unwrap_or_default();
        Some(SubjectAsk::Tickets { name, ids: ids.map_err(Failure::from)? })
    };
    match (matches!(kind, BriefKind::Special | BriefKind::Dossier), &subject) {
        (true, None) => Err(Failure::usage("请用 --category、--topic 或 --ticket 指明写什么")),
        (false, Some(_)) => Err(Failure::usage("日报、周报、快报不分主题,不用 --category、--topic、--ticket")),
        _ => Ok(subject),
    }
}

/// The window asked for; without one the last whole period up to the newest appeal, so that an archive
/// is told of as it was.
async fn window(desk: &Desk, kind: BriefKind, args: &MakeArgs) -> Result<Window, Failure> {
    let cut_hour = args.cut_hour;
    if let (Some(from), Some(to)) = (&args.from, &args.to) {
        let (from, to) = (parse_city(from)?, parse_city(to)?);
        if from >= to {
            return Err(Failure::usage("--from 须早于 --to"));
        }
        return Ok(Window { from, to, cut_hour: hour_of(from, to) });
    }
    let day = SignedDuration::from_hours(24);
    let now = match &args.date {
        // The period that holds this day has ended by the end of the day, or of the week.
        Some(date) => parse_city(date)? + day * if kind == BriefKind::Weekly { 7 } else { 1 } + cut(cut_hour),
        None => {
            let (newest, _) = desk.list(&TicketFilter::default(), 0, 1).await?;
            let newest = newest.first().map(|t| t.received_at);
            let newest =
                newest.ok_or_else(|| Failure::new(exit::code(crate::domain::FaultKind::NotFound), "还没有工单"))?;
            newest.min(desk.now())
        }
    };
    let none = || Failure::usage("时间超出范围");
    match kind {
        BriefKind::Daily | BriefKind::Weekly => brief_window(kind, 0, cut_hour, now).ok_or_else(none),
        BriefKind::Flash => {
            let to = Timestamp::from_second(now.as_second().div_euclid(3_600) * 3_600 + 3_600).map_err(|_| none())?;
            Ok(Window { from: to - day, to, cut_hour: hour_of(to, to) })
        }
        BriefKind::Special | BriefKind::Dossier => {
            let last = brief_window(BriefKind::Daily, 0, cut_hour, now + day).ok_or_else(none)?;
            Ok(Window { from: last.to - day * 28, to: last.to, cut_hour })
        }
    }
}

fn cut(hour: u8) -> SignedDuration {
    SignedDuration::from_hours(i64::from(hour))
}

/// The hour at which a window cuts its days: that of both ends if they agree, else 0.
fn hour_of(from: Timestamp, to: Timestamp) -> u8 {
    let (from, to) = (city_time(from).hour(), city_time(to).hour());
    if from == to { u8::try_from(from).unwrap_or(0) } else { 0 }
}

fn list(args: &ListArgs) -> Result<(), Failure> {
    let config = args.places.config()?;
    let (lines, total) = asynchronously(async {
        let opened = boot::open_beside(&config).await?;
        Ok(opened.desk.briefs(args.kind, 0, args.limit).await?)
    })?;
    if args.json {
        let lines: Vec<_> = lines
            .iter()
            .map(|l| {
                json!({
                    "id": l.id, "kind": l.kind.code(), "year": l.issue.year, "number": l.issue.number,
                    "title": l.title, "from": format_city(l.from), "to": format_city(l.to),
                    "state": l.state.code(), "version": l.version, "hash": l.hash, "author": l.author,
                    "made_at": format_city(l.made_at), "changed_at": format_city(l.changed_at),
                })
            })
            .collect();
        println!("{}", json!({ "total": total, "briefs": lines }));
        return Ok(());
    }
    for l in &lines {
        println!(
            "{}  {}年第{}期  {}  {}  第{}版",
            l.id,
            l.issue.year,
            l.issue.number,
            l.title,
            l.state.label(),
            l.version
        );
    }
    println!("共 {total} 份");
    Ok(())
}

fn show(args: &ShowArgs) -> Result<(), Failure> {
    let config = args.places.config()?;
    let brief = asynchronously(async {
        let opened = boot::open_beside(&config).await?;
        Ok(opened.desk.brief(&args.id, args.version).await?)
    })?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&brief).map_err(|e| Failure::internal(e.to_string()))?);
        return Ok(());
    }
    println!("{}", markdown(&brief));
    eprintln!(
        "共{}个部分、{}个数、{}段引文;校验值 {}",
        outline(&brief.sections).len(),
        brief.figures.len(),
        brief.quotes.len(),
        brief.hash
    );
    Ok(())
}

fn check(args: &CheckArgs) -> Result<(), Failure> {
    let config = args.places.config()?;
    let checked: Vec<(String, BriefCheck)> = asynchronously(async {
        let opened = boot::open_beside(&config).await?;
        let desk = &opened.desk;
        let mut ids: Vec<String> = args.id.iter().cloned().collect();
        let (mut offset, mut left) = (0, args.all);
        while left {
            let (lines, total) = desk.briefs(None, offset, 200).await?;
            offset += 200;
            ids.extend(lines.into_iter().map(|l| l.id));
            left = offset < total;
        }
        let mut out = Vec::new();
        for id in ids {
            let check = desk.recheck_brief(&id).await?;
            out.push((id, check));
        }
        Ok(out)
    })?;
    let faults = checked.iter().filter(|(_, c)| !c.stale.is_empty() || !c.chain.is_empty()).count();
    if args.json {
        let each: Vec<_> = checked
            .iter()
            .map(|(id, c)| {
                let stale: Vec<_> = c
                    .stale
                    .iter()
                    .map(|s| json!({ "figure": s.figure, "was": s.was, "now": s.now, "tickets": s.tickets }))
                    .collect();
                json!({ "id": id, "figures": c.figures, "stale": stale, "chain": c.chain })
            })
            .collect();
        println!("{}", json!({ "briefs": each }));
    } else {
        for (id, c) in &checked {
            println!(
                "{id}:重算{}个数,{}个已变化;版本链{}",
                c.figures,
                c.stale.len(),
                if c.chain.is_empty() { "完整" } else { "有误" }
            );
            for s in &c.stale {
                println!("  {} {} → {}", s.figure, s.was, s.now.as_deref().unwrap_or("不能再算"));
            }
            c.chain.iter().for_each(|fault| println!("  {fault}"));
        }
    }
    if faults > 0 { Err(Failure::new(exit::PARTLY, "")) } else { Ok(()) }
}
