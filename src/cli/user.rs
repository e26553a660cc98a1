//! `tingsu user`: people's accounts.

use std::io::{BufRead, IsTerminal, Write};

use clap::{Args, Subcommand};

use crate::{
    boot::{self, ModelSource},
    desk::{Desk, accounts::NewUser},
    domain::{Actor, Reach, Role, format_city},
};

use super::{Places, asynchronously, exit::Failure};

#[derive(Args)]
pub(super) struct UserArgs {
    #[command(subcommand)]
    command: UserCommand,
    #[command(flatten)]
    places: Places,
}

#[derive(Subcommand)]
enum UserCommand {
    /// 新增账号;密码从终端输入,或由标准输入的第一行给出
    Add {
        /// 账号
        name: String,
        /// operator 受理员、handler 办件员、supervisor 督办员、analyst 研判员、leader 领导、admin 管理员
        #[arg(long)]
        role: String,
        /// 姓名(默认与账号相同)
        #[arg(long, default_value = "")]
        person: String,
        #[command(flatten)]
        reach: ReachArgs,
        /// 首次登录不必修改密码
        #[arg(long)]
        keep_password: bool,
    },
    /// 列出账号
    List {
        /// 以 JSON 输出
        #[arg(long)]
        json: bool,
    },
    /// 重置密码;原有登录全部退出
    Passwd {
        /// 账号
        name: String,
    },
    /// 停用账号;原有登录全部退出
    Disable {
        /// 账号
        name: String,
    },
    /// 启用账号
    Enable {
        /// 账号
        name: String,
    },
    /// 更改角色与管辖范围;原有登录全部退出
    Role {
        /// 账号
        name: String,
        /// 新角色
        role: String,
        #[command(flatten)]
        reach: ReachArgs,
    },
}

/// 管辖范围.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct ReachArgs {
    /// 只看该单位的工单;可重复(默认全部)
    #[arg(long, value_name = "NAME")]
    department: Vec<String>,
    /// 只看该区县的工单;可重复(默认全部)
    #[arg(long, value_name = "NAME")]
    district: Vec<String>,
}

impl ReachArgs {
    pub(super) fn reach(self) -> Reach {
        Reach { departments: self.department, districts: self.district }
    }
}

/// The desk of a data folder with the machine's user at it, as an administrator; also beside a running
/// service. Who may read the data folder may do everything with it, so nobody is asked for a password.
pub(super) async fn desk_of(places: &Places) -> Result<Desk, Failure> {
    let mut config = places.config()?;
    config.model = ModelSource::None;
    let desk = boot::open_reading(&config).await?.desk;
    let user = ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    let name = format!("终端:{}", user.as_deref().unwrap_or("本机"));
    Ok(desk.acting(&Actor::person(name, Role::Admin)))
}

pub(super) fn run(args: UserArgs) -> Result<(), Failure> {
    let UserArgs { command, places } = args;
    asynchronously(async {
        let desk = desk_of(&places).await?;
        match command {
            UserCommand::Add { name, role, person, reach, keep_password } => {
                let role: Role = role.parse()?;
                let password = password()?;
                let must_change = !keep_password && desk.has_accounts().await?;
                let new = NewUser { name, person, role, reach: reach.reach(), password, must_change };
                let user = desk.add_user(new).await?;
                println!("已新增账号 {}({},{})", user.name, user.role.label(), user.reach);
            }
            UserCommand::List { json } => list(&desk, json).await?,
            UserCommand::Passwd { name } => {
                desk.reset_password(&name, &password()?, true).await?;
                println!("已重置 {name} 的密码,下次登录须修改");
            }
            UserCommand::Disable { name } => {
                desk.set_disabled(&name, true).await?;
                println!("已停用 {name}");
            }
            UserCommand::Enable { name } => {
                desk.set_disabled(&name, false).await?;
                println!("已启用 {name}");
            }
            UserCommand::Role { name, role, reach } => {
                let (role, reach): (Role, Reach) = (role.parse()?, reach.reach());
                desk.set_role(&name, role, reach.clone()).await?;
                println!("{name} 现为{},管辖范围:{reach}", role.label());
            }
        }
        Ok(())
    })
}

async fn list(desk: &Desk, json: bool) -> Result<(), Failure> {
    for user in desk.users().await? {
        if json {
            let line = serde_json::json!({
                "name": user.name, "person": user.person, "role": user.role.code(),
                "departments": user.reach.departments, "districts": user.reach.districts,
                "disabled": user.disabled, "must_change": user.must_change,
                "created_at": format_city(user.created_at),
            });
            println!("{line}");
        } else {
            let state = if user.disabled { "停用" } else { "可用" };
            println!("{}\t{}\t{}\t{}\t{state}", user.name, user.person, user.role.label(), user.reach);
        }
    }
    Ok(())
}

/// A password: typed twice without being shown, or the first line of what is piped in.
fn password() -> Result<String, Failure> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        let mut line = String::new();
        input.lock().read_line(&mut line).map_err(|e| Failure::usage(format!("无法读取密码:{e}")))?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let first = hidden("密码:")?;
    let second = hidden("再输一次:")?;
    if first == second { Ok(first) } else { Err(Failure::usage("两次输入不一致")) }
}

fn hidden(prompt: &str) -> Result<String, Failure> {
    let echo = |on: &str| std::process::Command::new("stty").arg(on).status().is_ok_and(|s| s.success());
    let quiet = echo("-echo");
    eprint!("{prompt}{}", if quiet { "" } else { "(输入会显示在屏幕上)" });
    let _ = std::io::stderr().flush();
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    if quiet {
        echo("echo");
        eprintln!();
    }
    read.map_err(|e| Failure::usage(format!("无法读取密码:{e}")))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
