//! `tingsu brief daily|weekly|…`: which window, which subject, which files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use jiff::{SignedDuration, Timestamp};

use crate::{
    boot,
    cli::{
        Places, asynchronously,
        exit::{self, Failure},
        terminal::bar,
    },
    desk::{BriefAsk, Desk, SubjectAsk, brief_window},
    domain::{
        FaultKind, TicketId,
        brief::{Brief, BriefKind, Window},
        city_time, parse_city,
    },
    report::render::{Format, RenderError, render},
    store::TicketFilter,
};

use super::acts::by;

#[derive(Args)]
pub(super) struct MakeArgs {
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
    /// 专报、每月一办、快报:话题或事件的编号,或标题中的词
    #[arg(long, value_name = "TOPIC", conflicts_with = "ticket")]
    topic: Option<String>,
    /// 专报、每月一办、快报:工单编号,可多次给出
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

pub(super) fn format(name: &str) -> Result<Format, String> {
    name.parse::<Format>().map_err(|unknown| unknown.to_string())
}

pub(super) fn run(kind: BriefKind, args: MakeArgs) -> Result<(), Failure> {
    let config = args.places.config()?;
    let subject = subject(kind, &args)?;
    let formats = if args.format.is_empty() { vec![Format::Markdown, Format::Json] } else { args.format.clone() };
    let brief = asynchronously(async {
        let opened = boot::open_beside(&config).await?;
        let desk = &opened.desk;
        let ask = BriefAsk { kind, window: window(desk, kind, &args).await?, subject };
        let reading = bar("读取工单", Some(0));
        let tell = |done: usize, total: usize| {
            reading.set_length(total as u64);
            reading.set_position(done as u64);
        };
        let made = desk.make_brief_telling(&by(desk, None).await?, &ask, &tell).await?;
        reading.finish_and_clear();
        if !made.new {
            eprintln!("这份简报已有(第{}版,{}),按已有的输出", made.brief.history.len(), made.brief.state.label());
        }
        Ok(made.brief)
    })?;
    write_all(&brief, &formats, &args.out)
}

/// A brief as files of a folder, named after it.
pub(super) fn write_all(brief: &Brief, formats: &[Format], out: &Path) -> Result<(), Failure> {
    fs::create_dir_all(out).map_err(|e| Failure::file("write", out, &e))?;
    for format in formats {
        let path = out.join(format!("{}.{}", brief.id, format.ending()));
        let rendered = render(brief, *format).map_err(unprinted)?;
        for notice in &rendered.notices {
            eprintln!("{}:{notice}", format.ending());
        }
        fs::write(&path, &rendered.bytes).map_err(|e| Failure::file("write", &path, &e))?;
        println!("{}", path.display());
    }
    Ok(())
}

fn unprinted(error: RenderError) -> Failure {
    let kind = match &error {
        RenderError::NoPrinter => FaultKind::Unavailable,
        _ => FaultKind::Internal,
    };
    Failure::new(exit::code(kind), error.to_string())
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
    match (kind, &subject) {
        (BriefKind::Special | BriefKind::Dossier, None) => {
            Err(Failure::usage("请用 --category、--topic 或 --ticket 指明写什么"))
        }
        (BriefKind::Daily | BriefKind::Weekly, Some(_)) => {
            Err(Failure::usage("日报、周报不分主题,不用 --category、--topic、--ticket"))
        }
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
    let mut whole = None;
    let now = match &args.date {
        // The period that holds this day has ended by the end of the day, or of the week.
        Some(date) => {
            let length = day * if kind == BriefKind::Weekly { 7 } else { 1 } + cut(cut_hour);
            let end = parse_city(date)?.checked_add(length);
            end.map_err(|_| Failure::usage("--date 超出范围"))?
        }
        None => {
            let (newest, _) = desk.list(&TicketFilter::default(), 0, 1).await?;
            let newest = newest.first().map(|t| t.received_at);
            let newest =
                newest.ok_or_else(|| Failure::new(exit::code(crate::domain::FaultKind::NotFound), "还没有工单"))?;
            // The day of an archive's last appeal is over, however early that came; today is not.
            whole = Some(newest.checked_add(day).unwrap_or(newest).min(desk.now()));
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
            let last = brief_window(BriefKind::Daily, 0, cut_hour, whole.unwrap_or(now)).ok_or_else(none)?;
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
