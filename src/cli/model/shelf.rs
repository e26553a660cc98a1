//! What is on the shelf.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use crate::{
    boot::{self, ModelSource},
    domain::format_city,
    shelf::{About, Act, Chosen, Kept, Shelf},
};

use super::{Failure, Where, opened, print_json, who};

#[derive(Args)]
pub(super) struct ListArgs {
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    places: Where,
}

#[derive(Args)]
pub(super) struct ShowArgs {
    /// 模型编号或其开头;active 为当前模型,embedded 为内置模型
    #[arg(default_value = "active")]
    id: String,
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    places: Where,
}

#[derive(Args)]
pub(super) struct AddArgs {
    /// 模型目录
    dir: PathBuf,
    /// 添加人(默认:当前系统用户)
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    places: Where,
}

#[derive(Args)]
pub(super) struct RemoveArgs {
    /// 模型编号或其开头
    id: String,
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    places: Where,
}

#[derive(Args)]
pub(super) struct JournalArgs {
    /// 以 JSON 输出,每行一次
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    places: Where,
}

fn day(at: Timestamp) -> String {
    format_city(at).get(..16).unwrap_or_default().replace('T', " ")
}

fn told(kept: &Kept, active: bool) -> serde_json::Value {
    let about = kept.about.clone().unwrap_or_default();
    json!({
        "id": kept.id,
        "active": active,
        "bytes": kept.bytes,
        "added_at": about.at,
        "by": about.who,
        "from": about.from,
        "data": about.data,
        "scores": about.scores,
    })
}

pub(super) fn list(args: &ListArgs) -> Result<(), Failure> {
    let shelf = Shelf::of(&args.places.config()?.data);
    let (all, standing) = (shelf.list()?, shelf.standing()?);
    let embedded = boot::load_bundle(&ModelSource::Embedded)?.map(|b| b.id().to_owned());
    let is_active = |kept: &Kept| standing.bundle == Chosen::Kept(kept.id.clone());
    if args.json {
        return print_json(&json!({
            "active": standing.bundle,
            "embedded": embedded,
            "before": standing.before,
            "trouble": standing.trouble,
            "bundles": all.iter().map(|k| told(k, is_active(k))).collect::<Vec<_>>(),
        }));
    }
    if let Some(trouble) = &standing.trouble {
        eprintln!("tingsu: 当前模型的记录无法读取,按日志推定:{trouble}");
    }
    let mark = |active: bool| if active { "使用中" } else { "      " };
    println!("{}  {}  内置", mark(standing.bundle == Chosen::Embedded), embedded.as_deref().unwrap_or("(无)"));
    for kept in &all {
        let about = kept.about.clone().unwrap_or_default();
        println!(
            "{}  {}  {:.1} MB  {}  {}  {}",
            mark(is_active(kept)),
            kept.id,
            kept.bytes as f64 / 1e6,
            about.at.map(day).unwrap_or_default(),
            about.who,
            about.from
        );
    }
    if let Chosen::Kept(id) = &standing.bundle
        && !all.iter().any(|k| k.id == *id)
    {
        println!("使用中  {id}  目录已不在,服务改用此前的模型");
    }
    Ok(())
}

pub(super) fn show(args: &ShowArgs) -> Result<(), Failure> {
    let shelf = Shelf::of(&args.places.config()?.data);
    let (chosen, bundle) = opened(&shelf, &args.id)?;
    let about = match &chosen {
        Chosen::Embedded => None,
        Chosen::Kept(id) => shelf.find(id)?.about,
    };
    let active = shelf.standing()?.bundle == chosen;
    let sizes = [bundle.category_labels().len(), bundle.department_labels().len()];
    if args.json {
        return print_json(&json!({
            "id": bundle.id(),
            "active": active,
            "on_shelf": chosen != Chosen::Embedded,
            "about": about,
            "categories": bundle.category_labels(),
            "departments": bundle.department_labels(),
            "vector_width": bundle.vector_width(),
        }));
    }
    println!("{}{}", bundle.id(), if active { "(使用中)" } else { "" });
    println!("类别 {} 个,主办单位 {} 个,句向量 {} 维", sizes[0], sizes[1], bundle.vector_width());
    match about {
        None => println!("随程序附带"),
        Some(about) => {
            println!("{} 由 {} 添加,来自 {}", about.at.map(day).unwrap_or_default(), about.who, about.from);
            if !about.data.is_null() {
                println!("训练数据 {}", about.data);
            }
            if !about.scores.is_null() {
                println!("训练时的成绩 {}", about.scores);
            }
        }
    }
    Ok(())
}

pub(super) fn add(args: &AddArgs) -> Result<(), Failure> {
    let shelf = Shelf::of(&args.places.config()?.data);
    let from = args.dir.canonicalize().unwrap_or_else(|_| args.dir.clone()).display().to_string();
    let about = About { at: Some(Timestamp::now()), who: who(args.by.as_ref()), from, ..About::default() };
    let kept = shelf.add(&args.dir, about)?;
    if args.json {
        return print_json(&told(&kept, false));
    }
    println!("已放入模型库:{}(尚未启用:tingsu model activate {})", kept.id, kept.id);
    Ok(())
}

pub(super) fn remove(args: &RemoveArgs) -> Result<(), Failure> {
    let shelf = Shelf::of(&args.places.config()?.data);
    let kept = shelf.remove(&args.id)?;
    if args.json {
        return print_json(&json!({ "removed": kept.id }));
    }
    println!("已删除:{}", kept.id);
    Ok(())
}

pub(super) fn journal(args: &JournalArgs) -> Result<(), Failure> {
    let shelf = Shelf::of(&args.places.config()?.data);
    for entry in shelf.journal()? {
        if args.json {
            print_json(&entry)?;
            continue;
        }
        let act = match entry.act {
            Act::Activate => "启用",
            Act::Rollback => "退回",
        };
        println!(
            "{}  {}  {act} {}(此前 {}){}{}",
            day(entry.at),
            entry.who,
            entry.bundle,
            entry.instead_of,
            if entry.forced { "  强制" } else { "" },
            entry.reason.map(|r| format!("  {r}")).unwrap_or_default(),
        );
    }
    Ok(())
}
