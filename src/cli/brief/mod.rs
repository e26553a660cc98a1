//! `tingsu brief`: briefs of what is stored: make, list, show, check; and their life until they are signed.

mod acts;
mod make;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::{
    boot,
    desk::BriefCheck,
    domain::{brief::BriefKind, format_city},
    report::{markdown, outline},
};

use acts::{
    AcceptArgs, EditArgs, ExportArgs, InstructArgs, IssueArgs, RephraseArgs, RestoreArgs, StepArgs, VersionArgs,
};
use make::MakeArgs;

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
    /// 用现有数据重算简报的每个数,并核对版本链(只核对,不改简报)
    Check(CheckArgs),
    /// 输出已有的简报为文件
    Export(ExportArgs),
    /// 重算:按现有数据重新生成未签发的简报,成为新的一版
    Renew(VersionArgs),
    /// 修改一处文字;{Q1} 一类的数据标记须保留
    Edit(EditArgs),
    /// 核稿(最后修改的人不能核稿)
    Proof(VersionArgs),
    /// 签发(须有签发权限的账号)
    Issue(IssueArgs),
    /// 请内网的语言模型换个说法,只列出差别,不改简报
    Rephrase(RephraseArgs),
    /// 采用一份改写稿
    Accept(AcceptArgs),
    /// 恢复一部分的规则原文
    Restore(RestoreArgs),
    /// 登记批示
    Instruct(InstructArgs),
    /// 批示的办理进展,直到办结
    Step(StepArgs),
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

fn kind(code: &str) -> Result<BriefKind, String> {
    BriefKind::ALL.into_iter().find(|k| k.code() == code).ok_or_else(|| {
        let known: Vec<&str> = BriefKind::ALL.iter().map(|k| k.code()).collect();
        format!("one of {}", known.join(" "))
    })
}

pub(super) fn run(args: BriefArgs) -> Result<(), Failure> {
    match args.what {
        What::Daily(args) => make::run(BriefKind::Daily, args),
        What::Weekly(args) => make::run(BriefKind::Weekly, args),
        What::Special(args) => make::run(BriefKind::Special, args),
        What::Flash(args) => make::run(BriefKind::Flash, args),
        What::Dossier(args) => make::run(BriefKind::Dossier, args),
        What::List(args) => list(&args),
        What::Show(args) => show(&args),
        What::Check(args) => check(&args),
        What::Export(args) => acts::export(&args),
        What::Renew(args) => acts::renew(&args),
        What::Edit(args) => acts::edit(args),
        What::Proof(args) => acts::proof(&args),
        What::Issue(args) => acts::issue(&args),
        What::Rephrase(args) => acts::rephrase(&args),
        What::Accept(args) => acts::accept(&args),
        What::Restore(args) => acts::restore(&args),
        What::Instruct(args) => acts::instruct(args),
        What::Step(args) => acts::step(&args),
    }
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
