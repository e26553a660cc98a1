//! `tingsu model compare`.

use clap::Args;
use serde_json::json;

use crate::{
    boot,
    city::CityPack,
    eval::compare::{Comparison, compare},
    shelf::Shelf,
};

use super::{
    Failure, Where, opened_anywhere, print_json,
    rows::{self, HEADS, RowArgs},
    say,
};

#[derive(Args)]
pub(super) struct CompareArgs {
    /// 甲:模型编号、active(当前)、embedded(内置)或模型目录
    a: String,
    /// 乙:同上
    b: String,
    /// 逐件列出换用乙后首选会变的工单(编号、裁定、甲、乙)
    #[arg(long)]
    changes: bool,
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    rows: RowArgs,
    #[command(flatten)]
    places: Where,
}

pub(super) fn run(args: &CompareArgs) -> Result<(), Failure> {
    let config = args.places.config()?;
    let shelf = Shelf::of(&config.data);
    let (a, b) = (opened_anywhere(&shelf, &args.a)?, opened_anywhere(&shelf, &args.b)?);
    let pack = std::sync::Arc::new(boot::load_pack(&config.city)?);
    let read = rows::read(&args.rows, &config, &pack)?;
    let answers = rows::answered(&read.rows, &pack, &a, &b)?;
    let comparison = compare((a.id(), b.id()), &HEADS, &answers);
    if args.json {
        return print_json(&json!({ "comparison": comparison, "history": read.history }));
    }
    if let Some(history) = &read.history {
        let which = if args.rows.all_rows { "全部" } else { "其中训练时留出的" };
        say(format_args!("{history}用{which} {} 件比较\n", comparison.rows));
    }
    if comparison.rows == 0 {
        say("没有可比较的工单:先导入已办结的工单或裁定若干工单,或用 --annotations、--corpus 指定标注\n");
        return Ok(());
    }
    say(named(comparison.clone(), &pack));
    if args.changes {
        say("\n");
        for head in &comparison.heads {
            for change in &head.changes.list {
                let shown = |label: &Option<String>| label.clone().unwrap_or_else(|| "—".to_owned());
                say(format_args!(
                    "{}\t{}\t{}\t裁定 {}\t甲 {}\t乙 {}\n",
                    head.head,
                    change.verdict.label(),
                    change.id,
                    shown(&change.decided),
                    shown(&change.a),
                    shown(&change.b)
                ));
            }
        }
    }
    Ok(())
}

/// The comparison with the names of categories beside their codes, for people.
pub(super) fn named(mut comparison: Comparison, pack: &CityPack) -> Comparison {
    let name = |label: &mut String| {
        if let Some(category) = pack.taxonomy.get(label) {
            *label = format!("{label} {}", category.level2);
        }
    };
    for head in comparison.heads.iter_mut().filter(|h| h.head == "category") {
        head.classes.iter_mut().for_each(|c| name(&mut c.label));
        for (gold, said, _) in head.confusions.iter_mut().flatten() {
            name(gold);
            name(said);
        }
        let by_class = std::mem::take(&mut head.changes.by_class);
        head.changes.by_class = by_class
            .into_iter()
            .map(|(mut label, counts)| {
                name(&mut label);
                (label, counts)
            })
            .collect();
    }
    comparison
}
