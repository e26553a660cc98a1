//! `tingsu key`: keys by which programs act.

use clap::{Args, Subcommand};

use crate::{
    desk::accounts::NewKey,
    domain::{Right, Role, format_city},
};

use super::{
    Places, asynchronously,
    exit::Failure,
    user::{ReachArgs, desk_of},
};

#[derive(Args)]
pub(super) struct KeyArgs {
    #[command(subcommand)]
    command: KeyCommand,
    #[command(flatten)]
    places: Places,
}

#[derive(Subcommand)]
enum KeyCommand {
    /// 新增密钥;只显示这一次
    Add {
        /// 用途名称,也是程序的署名
        name: String,
        /// 密钥以何角色行事
        #[arg(long)]
        role: String,
        /// 只给其中的权限,如 read receive;可重复(默认该角色的全部权限)
        #[arg(long, value_name = "RIGHT")]
        right: Vec<String>,
        /// 有效天数(默认 365,最长 1095)
        #[arg(long)]
        days: Option<i64>,
        #[command(flatten)]
        reach: ReachArgs,
    },
    /// 列出密钥(不含密钥本身)
    List,
    /// 停用密钥
    Revoke {
        /// 编号或名称
        key: String,
    },
}

pub(super) fn run(args: KeyArgs) -> Result<(), Failure> {
    let KeyArgs { command, places } = args;
    asynchronously(async {
        let desk = desk_of(&places).await?;
        match command {
            KeyCommand::Add { name, role, right, days, reach } => {
                let role: Role = role.parse()?;
                let rights = right.iter().map(|word| word.parse::<Right>()).collect::<Result<_, _>>()?;
                let (key, text) = desk.add_key(NewKey { name, role, reach: reach.reach(), rights, days }).await?;
                eprintln!("密钥 {} 至 {} 有效,请立即保存,不会再次显示:", key.id, format_city(key.expires_at));
                println!("{text}");
            }
            KeyCommand::List => {
                for key in desk.keys().await? {
                    let state = match key.revoked_at {
                        Some(_) => "已停用",
                        None if key.expires_at <= desk.now() => "已过期",
                        None => "可用",
                    };
                    let used = key.used_at.map_or_else(|| "未用过".to_owned(), format_city);
                    println!(
                        "{}\t{}\t{}\t{}\t{}\t{state}\t至 {}\t{used}",
                        key.id,
                        key.name,
                        key.role.label(),
                        key.rights.words(),
                        key.reach,
                        format_city(key.expires_at)
                    );
                }
            }
            KeyCommand::Revoke { key } => {
                desk.revoke_key(&key).await?;
                println!("已停用密钥 {key}");
            }
        }
        Ok(())
    })
}
