//! `tingsu model activate` and `rollback`.

use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};

use crate::{
    boot::{self, Config},
    city::CityPack,
    eval::compare::{Comparison, compare},
    model::Bundle,
    shelf::{Entry, Shelf, Why},
};

use super::{
    Failure, Where, opened, print_json,
    rows::{self, HEADS, RowArgs},
    who,
};
use crate::cli::exit;

/// Under so many decided rows a comparison says nothing.
const LEAST: usize = 20;

#[derive(Args)]
pub(super) struct ActivateArgs {
    /// 模型编号或其开头;embedded 为内置模型
    id: String,
    /// 为何启用,记入日志
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// 即使比当前模型差、或标签与城市包不符,也启用;须写明理由
    #[arg(long, requires = "reason")]
    force: bool,
    /// 任何一项(类型、类别、主办单位、紧急程度)的首选正确率比当前模型低出多少即拒绝,0.01 为一个百分点
    #[arg(long, value_name = "SHARE", default_value_t = 0.01)]
    margin: f64,
    /// 启用人(默认:当前系统用户)
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    rows: RowArgs,
    #[command(flatten)]
    places: Where,
}

#[derive(Args)]
pub(super) struct RollbackArgs {
    /// 为何退回,记入日志
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// 操作人(默认:当前系统用户)
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    places: Where,
}

pub(super) fn activate(args: &ActivateArgs) -> Result<(), Failure> {
    if !(0.0..=1.0).contains(&args.margin) {
        return Err(Failure::usage(format!("--margin {}: 0 to 1 allowed, 0.01 is one in a hundred", args.margin)));
    }
    let reason = args.reason.as_ref().map(|r| r.trim().to_owned()).filter(|r| !r.is_empty());
    if args.force && reason.is_none() {
        return Err(Failure::usage("--force needs a reason: write it with --reason"));
    }
    let config = args.places.config()?;
    let shelf = Shelf::of(&config.data);
    let (chosen, bundle) = opened(&shelf, &args.id)?;
    let pack = Arc::new(boot::load_pack(&config.city)?);
    let mut against: Vec<String> = strangers(&bundle, &pack);
    let comparison = against_present(args, &config, &shelf, &bundle, &pack)?;
    if let Some(comparison) = &comparison {
        against.extend(comparison.worse(&HEADS, args.margin).into_iter().map(|w| {
            format!(
                "worse on {}: {} of {} right, {} with the present one (margin {})",
                w.head, w.b.hits, w.b.of, w.a.hits, w.margin
            )
        }));
    }
    if !against.is_empty() && !args.force {
        let message = format!(
            "{} is not activated: {}; to activate it all the same, say why with --force --reason",
            bundle.id(),
            against.join("; ")
        );
        return Err(Failure::new(exit::code(crate::domain::FaultKind::Conflict), message));
    }
    let compared = comparison.as_ref().map_or(Value::Null, |c| short(c, args.margin));
    let forced = !against.is_empty();
    let why = Why { who: who(args.by.as_ref()), reason, forced, compared };
    let entry = shelf.activate(chosen, why)?;
    for objection in &against {
        eprintln!("tingsu: 强制启用,尽管:{objection}");
    }
    tell(&entry, bundle.id(), args.json, comparison.as_ref())
}

pub(super) fn rollback(args: &RollbackArgs) -> Result<(), Failure> {
    let config = args.places.config()?;
    let shelf = Shelf::of(&config.data);
    let why = Why { who: who(args.by.as_ref()), reason: args.reason.clone(), ..Why::default() };
    let entry = shelf.rollback(why)?;
    let (_, bundle) = opened(&shelf, "active")?;
    tell(&entry, bundle.id(), args.json, None)
}

/// Labels of the bundle that the pack does not know: they would never be shown.
fn strangers(bundle: &Bundle, pack: &CityPack) -> Vec<String> {
    let categories = bundle.category_labels().iter().filter(|c| pack.taxonomy.get(c).is_none());
    let departments = bundle.department_labels().iter().filter(|d| !pack.departments.iter().any(|own| own.name == **d));
    let strange = |what: &str, labels: Vec<&String>| {
        let list: Vec<&str> = labels.iter().map(|l| l.as_str()).collect();
        (!list.is_empty()).then(|| format!("{what} that the city pack does not know: {}", list.join(" ")))
    };
    let found = [
        strange("it answers categories", categories.collect()),
        strange("it answers departments", departments.collect()),
    ];
    found.into_iter().flatten().collect()
}

/// The comparison with the bundle that answers at present, on rows held back from training; none where
/// there are too few of them to say anything, which is told.
fn against_present(
    args: &ActivateArgs,
    config: &Config,
    shelf: &Shelf,
    bundle: &Arc<Bundle>,
    pack: &Arc<CityPack>,
) -> Result<Option<Comparison>, Failure> {
    let own_history = args.rows.appeals.is_none() && args.rows.corpus.is_empty();
    if own_history && !config.data.join("tingsu.db").exists() {
        eprintln!("tingsu: 数据目录中还没有工单,未与当前模型比较");
        return Ok(None);
    }
    let (_, present) = opened(shelf, "active")?;
    if present.id() == bundle.id() {
        return Ok(None);
    }
    let read = rows::read(&args.rows, config, pack)?;
    let comparison = compare((present.id(), bundle.id()), &HEADS, &rows::answered(&read.rows, pack, &present, bundle)?);
    if comparison.judged() < LEAST {
        eprintln!("tingsu: 有裁定且未参与训练的工单只有 {} 件(至少 {LEAST} 件),未与当前模型比较", comparison.judged());
        return Ok(None);
    }
    Ok(Some(comparison))
}

/// The figures for the journal.
fn short(comparison: &Comparison, margin: f64) -> Value {
    let heads: Vec<Value> = comparison
        .heads
        .iter()
        .map(|h| {
            json!({ "head": h.head, "present": h.a, "new": h.b, "p": h.paired.p,
                "better": h.changes.counts.better, "worse": h.changes.counts.worse })
        })
        .collect();
    json!({ "present": comparison.a, "rows": comparison.rows, "margin": margin, "heads": heads })
}

fn tell(entry: &Entry, id: &str, as_json: bool, comparison: Option<&Comparison>) -> Result<(), Failure> {
    if as_json {
        return print_json(&json!({ "entry": entry, "answers": id }));
    }
    if let Some(comparison) = comparison {
        for head in &comparison.heads {
            let percent = |s: crate::eval::score::Share| s.value().map_or(0.0, |v| 100.0 * v);
            println!("{}:{} 件,此前 {:.1} %,现在 {:.1} %", head.head, head.a.of, percent(head.a), percent(head.b));
        }
    }
    println!("现由 {id} 给出建议(此前 {});运行中的服务 5 秒内换用", entry.instead_of);
    println!("如需退回:tingsu model rollback");
    Ok(())
}
