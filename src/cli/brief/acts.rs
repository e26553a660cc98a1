//! What people do with a brief from the command line: change words, check, sign, follow instructions.

use std::path::PathBuf;

use clap::Args;

use crate::{
    boot,
    cli::{Places, asynchronously, exit::Failure},
    desk::{Desk, NewInstruction, Rephrasing},
    domain::{Actor, Role, brief::Brief, parse_city},
    report::{edit::Edit, render::Format, rephrase::PieceKind},
    store::InstructionState,
};

use super::make::{format, write_all};

/// Which brief, and who acts.
#[derive(Args)]
pub(super) struct VersionArgs {
    /// 简报编号
    id: String,
    /// 由哪个账号办理(默认:本机用户,按研判员)
    #[arg(long, value_name = "ACCOUNT")]
    by: Option<String>,
    #[command(flatten)]
    places: Places,
}

#[derive(Args)]
pub(super) struct ExportArgs {
    /// 简报编号
    id: String,
    /// 第几版(默认:最新)
    #[arg(long, value_name = "N")]
    version: Option<u32>,
    /// 输出格式,以逗号分隔:docx html xlsx md json pdf
    #[arg(long, value_name = "FORMATS", value_delimiter = ',', value_parser = format, default_value = "docx")]
    format: Vec<Format>,
    /// 输出目录
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    #[command(flatten)]
    places: Places,
}

#[derive(Args)]
pub(super) struct IssueArgs {
    #[command(flatten)]
    who: VersionArgs,
    /// 重算后有变化也按原稿签发,变化处数记入版本说明
    #[arg(long)]
    despite_changes: bool,
}

#[derive(Args)]
pub(super) struct EditArgs {
    #[command(flatten)]
    who: VersionArgs,
    /// 位置:b12、b12.3(列表第三条)、s4(标题)、title、subtitle
    #[arg(long, value_name = "PLACE")]
    place: String,
    /// 新的文字,含原有的数据标记
    #[arg(long, value_name = "TEXT")]
    text: String,
}

#[derive(Args)]
pub(super) struct RephraseArgs {
    #[command(flatten)]
    who: VersionArgs,
    /// 哪一部分:s1、s2 …
    #[arg(long, value_name = "SECTION")]
    section: String,
}

#[derive(Args)]
pub(super) struct AcceptArgs {
    #[command(flatten)]
    who: VersionArgs,
    /// 改写稿的编号
    #[arg(long, value_name = "N")]
    number: i64,
}

#[derive(Args)]
pub(super) struct RestoreArgs {
    #[command(flatten)]
    who: VersionArgs,
    /// 哪一部分:s1、s2 …
    #[arg(long, value_name = "SECTION")]
    section: String,
}

#[derive(Args)]
pub(super) struct InstructArgs {
    #[command(flatten)]
    who: VersionArgs,
    /// 批示领导
    #[arg(long, value_name = "NAME")]
    leader: String,
    /// 批示内容
    #[arg(long, value_name = "TEXT")]
    text: String,
    /// 承办单位
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// 办理时限
    #[arg(long, value_name = "TIME")]
    due: Option<String>,
}

#[derive(Args)]
pub(super) struct StepArgs {
    #[command(flatten)]
    who: VersionArgs,
    /// 批示的编号
    #[arg(long, value_name = "N")]
    number: i64,
    /// working 办理中、answered 已反馈、closed 已办结
    #[arg(long, value_name = "STATE", value_parser = state)]
    state: InstructionState,
    /// 办理情况
    #[arg(long, value_name = "TEXT")]
    note: String,
}

fn state(code: &str) -> Result<InstructionState, String> {
    let known = InstructionState::ALL.into_iter().find(|s| s.code() == code);
    known.ok_or_else(|| "one of working answered closed".to_owned())
}

/// Who acts: the account that is named, in its own role; else whoever uses this machine, as an analyst.
pub(super) async fn by(desk: &Desk, account: Option<&str>) -> Result<Actor, Failure> {
    let user = ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    let here = format!("终端:{}", user.as_deref().unwrap_or("本机"));
    let Some(name) = account else { return Ok(Actor::person(here, Role::Analyst)) };
    let users = desk.acting(&Actor::person(here, Role::Admin)).users().await?;
    let found = users.into_iter().find(|u| u.name == name && !u.disabled);
    let found = found.ok_or_else(|| Failure::usage(format!("没有可用的账号 {name}")))?;
    Ok(Actor::person(found.name, found.role).within(found.reach))
}

/// Opens the desk and does something as somebody.
fn acting<T, F>(who: &VersionArgs, work: impl FnOnce(Desk, Actor) -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let config = who.places.config()?;
    asynchronously(async {
        let opened = boot::open_beside(&config).await?;
        let actor = by(&opened.desk, who.by.as_deref()).await?;
        work(opened.desk.clone(), actor).await
    })
}

fn told(brief: &Brief) {
    let version = brief.history.last().map_or(0, |r| r.version);
    println!("{} 第{version}版 {}", brief.id, brief.state.label());
}

pub(super) fn export(args: &ExportArgs) -> Result<(), Failure> {
    let config = args.places.config()?;
    let brief = asynchronously(async {
        let opened = boot::open_beside(&config).await?;
        Ok(opened.desk.brief(&args.id, args.version).await?)
    })?;
    write_all(&brief, &args.format, &args.out)
}

pub(super) fn renew(args: &VersionArgs) -> Result<(), Failure> {
    let brief = acting(args, async |desk, actor| Ok(desk.renew_brief(&actor, &args.id, None).await?))?;
    told(&brief);
    Ok(())
}

pub(super) fn edit(args: EditArgs) -> Result<(), Failure> {
    let edits = [Edit { place: args.place, text: args.text }];
    let who = &args.who;
    let brief = acting(who, async |desk, actor| Ok(desk.edit_brief(&actor, &who.id, None, &edits).await?))?;
    told(&brief);
    Ok(())
}

pub(super) fn proof(args: &VersionArgs) -> Result<(), Failure> {
    let brief = acting(args, async |desk, actor| Ok(desk.check_brief(&actor, &args.id, None).await?))?;
    told(&brief);
    Ok(())
}

pub(super) fn issue(args: &IssueArgs) -> Result<(), Failure> {
    let (id, despite) = (&args.who.id, args.despite_changes);
    let brief = acting(&args.who, async |desk, actor| Ok(desk.issue_brief(&actor, id, None, despite).await?))?;
    told(&brief);
    Ok(())
}

pub(super) fn rephrase(args: &RephraseArgs) -> Result<(), Failure> {
    let (id, part) = (&args.who.id, &args.section);
    let made = acting(&args.who, async |desk, actor| Ok(desk.rephrase_brief(&actor, id, None, part).await?))?;
    show(&made);
    match made.holds() {
        true => println!("改写稿{}与原文事实相符;采用:tingsu brief accept {id} --number {}", made.number, made.number),
        false => println!("改写稿{}与原文事实不符,不能采用", made.number),
    }
    Ok(())
}

/// The difference as text: `[-ours-]` and `{+theirs+}`, as `git diff --word-diff` has it.
fn show(made: &Rephrasing) {
    println!("{} 由 {} 改写", made.heading, made.model);
    for place in &made.places {
        let each = place.pieces.iter().map(|piece| match piece.kind {
            PieceKind::Same => piece.text.clone(),
            PieceKind::Gone => format!("[-{}-]", piece.text),
            PieceKind::New => format!("{{+{}+}}", piece.text),
        });
        println!("{}  {}", place.place, each.collect::<String>());
        place.objections.iter().for_each(|o| println!("  不符:{o}"));
    }
}

pub(super) fn accept(args: &AcceptArgs) -> Result<(), Failure> {
    let id = &args.who.id;
    let brief =
        acting(&args.who, async |desk, actor| Ok(desk.accept_rephrasing(&actor, id, args.number, None).await?))?;
    told(&brief);
    Ok(())
}

pub(super) fn restore(args: &RestoreArgs) -> Result<(), Failure> {
    let (id, part) = (&args.who.id, &args.section);
    let brief = acting(&args.who, async |desk, actor| Ok(desk.restore_section(&actor, id, part, None).await?))?;
    told(&brief);
    Ok(())
}

pub(super) fn instruct(args: InstructArgs) -> Result<(), Failure> {
    let due_at = args.due.as_deref().map(parse_city).transpose()?;
    let given = NewInstruction { leader: args.leader, text: args.text, unit: args.unit, due_at };
    let who = &args.who;
    let kept = acting(who, async |desk, actor| Ok(desk.instruct(&actor, &who.id, &given).await?))?;
    println!("批示{} {}", kept.id, kept.state.label());
    Ok(())
}

pub(super) fn step(args: &StepArgs) -> Result<(), Failure> {
    let id = &args.who.id;
    let kept = acting(&args.who, async |desk, actor| {
        Ok(desk.follow_instruction(&actor, id, args.number, args.state, &args.note).await?)
    })?;
    println!("批示{} {}", kept.id, kept.state.label());
    Ok(())
}
