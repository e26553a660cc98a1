//! `tingsu model`: the bundles of a data folder: kept, compared, activated, gone back from.

mod activate;
mod compare;
pub(super) mod history;
mod rows;
mod shelf;

use std::{path::PathBuf, sync::Arc};

use clap::{Args, Subcommand};

use crate::{
    boot::{self, Config, ModelSource},
    model::Bundle,
    shelf::{Chosen, EMBEDDED, Shelf},
};

use super::{Places, exit::Failure};

#[derive(Args)]
pub(super) struct ModelArgs {
    #[command(subcommand)]
    command: ModelCommand,
}

#[derive(Subcommand)]
enum ModelCommand {
    /// 列出模型库中的模型,标出当前使用的
    List(shelf::ListArgs),
    /// 显示一个模型:来源、训练数据、成绩、标签
    Show(shelf::ShowArgs),
    /// 把一个模型目录复制进模型库(不会启用)
    Add(shelf::AddArgs),
    /// 在有裁定的工单上比较两个模型:逐类成绩、混淆、换用后会变的工单
    Compare(compare::CompareArgs),
    /// 启用一个模型;运行中的服务 5 秒内换用,不中断
    Activate(activate::ActivateArgs),
    /// 退回此前启用的模型
    Rollback(activate::RollbackArgs),
    /// 从模型库删除一个模型(当前使用的不能删)
    Remove(shelf::RemoveArgs),
    /// 列出历次启用与退回:何人、何时、为何、依据
    Journal(shelf::JournalArgs),
}

pub(super) fn run(args: ModelArgs) -> Result<(), Failure> {
    match args.command {
        ModelCommand::List(args) => shelf::list(&args),
        ModelCommand::Show(args) => shelf::show(&args),
        ModelCommand::Add(args) => shelf::add(&args),
        ModelCommand::Compare(args) => compare::run(&args),
        ModelCommand::Activate(args) => activate::activate(&args),
        ModelCommand::Rollback(args) => activate::rollback(&args),
        ModelCommand::Remove(args) => shelf::remove(&args),
        ModelCommand::Journal(args) => shelf::journal(&args),
    }
}

/// Where the data folder and the city are.
#[derive(Args, Clone, Debug, Default)]
struct Where {
    /// 数据目录(模型库在其 models 目录)
    #[arg(long, value_name = "DIR", env = "TINGSU_DATA")]
    data: Option<PathBuf>,
    /// 城市包目录(默认:内置演示城市)
    #[arg(long, value_name = "DIR", env = "TINGSU_CITY")]
    city: Option<PathBuf>,
    /// 配置文件
    #[arg(long, value_name = "FILE", env = "TINGSU_CONFIG")]
    config: Option<PathBuf>,
}

impl Where {
    fn config(&self) -> Result<Config, Failure> {
        let (data, city, config) = (self.data.clone(), self.city.clone(), self.config.clone());
        Places { data, city, config, model: None }.config()
    }
}

/// Who acts: as given, else the user of the machine.
fn who(given: Option<&String>) -> String {
    let of_machine = || ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    given.cloned().or_else(of_machine).unwrap_or_else(|| "未具名".to_owned())
}

/// A named bundle, opened: `active`, `embedded`, an id of the shelf or the beginning of one, or a folder.
fn opened(shelf: &Shelf, name: &str) -> Result<(Chosen, Arc<Bundle>), Failure> {
    let none = || Failure::usage("this build carries no bundle");
    let embedded = || boot::load_bundle(&ModelSource::Embedded)?.ok_or_else(none);
    match name {
        EMBEDDED => Ok((Chosen::Embedded, embedded()?)),
        "active" => {
            let opened = shelf.open();
            for trouble in &opened.troubles {
                eprintln!("tingsu: 当前模型有问题:{trouble}");
            }
            match opened.bundle {
                Some(bundle) => Ok((opened.chosen, Arc::new(bundle))),
                None => Ok((Chosen::Embedded, embedded()?)),
            }
        }
        name => match shelf.find(name) {
            Ok(kept) => Ok((Chosen::Kept(kept.id.clone()), Arc::new(shelf.opened(&kept.id)?))),
            Err(absent) => {
                // the id of the embedded one is what health and tickets show
                let bundle = embedded().ok().filter(|b| b.id() == name);
                match bundle {
                    Some(bundle) => Ok((Chosen::Embedded, bundle)),
                    None => Err(absent.into()),
                }
            }
        },
    }
}

/// As [`opened`], but also from a folder that is not on the shelf.
fn opened_anywhere(shelf: &Shelf, name: &str) -> Result<Arc<Bundle>, Failure> {
    match opened(shelf, name) {
        Ok((_, bundle)) => Ok(bundle),
        Err(failure) => {
            let dir = PathBuf::from(name);
            if !dir.is_dir() {
                return Err(failure);
            }
            boot::load_bundle(&ModelSource::Folder(dir))?.ok_or(failure)
        }
    }
}

fn say(text: impl std::fmt::Display) {
    print!("{text}");
}

/// Prints a value as one line of JSON.
fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let line = serde_json::to_string(value).map_err(|e| Failure::internal(e.to_string()))?;
    say(format_args!("{line}\n"));
    Ok(())
}
