//! `tingsu city check`: every fault of a pack, with file and line.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::city::CityPack;

use super::exit::{self, Failure};

#[derive(Args)]
pub(super) struct CityArgs {
    #[command(subcommand)]
    command: CityCommand,
}

#[derive(Subcommand)]
enum CityCommand {
    /// 检查城市包目录:逐条列出文件、行号与问题
    Check {
        /// 城市包目录
        dir: PathBuf,
        /// 以 JSON 输出
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(args: CityArgs) -> Result<(), Failure> {
    let CityCommand::Check { dir, json } = args.command;
    let (summary, faults, warnings) = match CityPack::open(&dir) {
        Ok(pack) => {
            let summary = serde_json::json!({
                "name": pack.name,
                "hash": pack.hash,
                "categories": pack.taxonomy.categories().len(),
                "departments": pack.departments.len(),
                "regions": pack.regions.len(),
                "dictionary": pack.dictionary.len(),
                "synonyms": pack.synonyms.len(),
                "rules": pack.rules.len(),
            });
            (Some((summary, pack.name.clone())), Vec::new(), pack.warnings())
        }
        Err(faults) => (None, faults.0, Vec::new()),
    };
    if json {
        let lines = |list: &[crate::city::PackFault]| -> Vec<serde_json::Value> {
            list.iter().map(|f| serde_json::json!({ "file": f.file, "line": f.line, "message": f.message })).collect()
        };
        let summary = summary.as_ref().map(|(s, _)| s.clone());
        println!("{}", serde_json::json!({ "pack": summary, "faults": lines(&faults), "warnings": lines(&warnings) }));
    } else {
        for fault in &faults {
            println!("{fault}");
        }
        for warning in &warnings {
            println!("提示 {warning}");
        }
        if let Some((s, name)) = &summary {
            println!(
                "{name}(版本 {}):类别 {}、部门 {}、区域 {}、词条 {}、同义词组 {}、急度规则 {},没有错误{}",
                s["hash"].as_str().unwrap_or(""),
                s["categories"],
                s["departments"],
                s["regions"],
                s["dictionary"],
                s["synonyms"],
                s["rules"],
                if warnings.is_empty() { String::new() } else { format!(",{} 条提示", warnings.len()) }
            );
        }
    }
    match faults.len() {
        0 => Ok(()),
        n => Err(Failure::new(exit::USAGE, format!("{n} faults in {}", dir.display()))),
    }
}
