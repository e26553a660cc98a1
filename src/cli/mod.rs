//! The commands: parse, open what is needed, call the desk, print.
//!
//! Results go to stdout (`--json` where programs read them), progress and logs to stderr. Exit codes
//! are in one table ([`exit`]).
use std::{io::IsTerminal, path::PathBuf, process::ExitCode};

use clap::{Args, CommandFactory, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::boot::{Config, RawConfig};

// First, as its macros stand for the standard ones in what follows.
#[macro_use]
mod print;

mod audit;
mod audit_log;
mod backup;
mod brief;
mod causes;
mod city;
mod corrections;
mod demo;
mod doctor;
mod evaluate;
pub mod exit;
mod find;
mod import;
mod key;
mod lines;
mod model;
mod reindex;
mod serve;
mod terminal;
mod topics;
mod train;
mod trend;
mod triage;
mod user;

use exit::Failure;

/// 听诉: 12345 诉求研判、检索与简报,一个程序,本地运行。
#[derive(Parser)]
#[command(name = "tingsu", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 演示:内置城市、内置模型、约 1700 件模拟诉求和此前十二周的历史,启动服务
    Demo(demo::DemoArgs),
    /// 启动服务
    Serve(serve::ServeArgs),
    /// 导入 JSONL、CSV、TSV、XLSX 或 XLS 文件
    Import(import::ImportArgs),
    /// 对文件中的诉求给出建议(不入库)
    Triage(triage::TriageArgs),
    /// 检索已入库的诉求
    Search(find::SearchArgs),
    /// 找出文件中的事件与话题(不入库)
    Topics(topics::TopicsArgs),
    /// 从一件事到一类事:文件中反复出现的成因,举措前后对比(不入库)
    Causes(causes::CausesArgs),
    /// 由文件推算下一周的诉求量区间,附回测(不入库)
    Trend(trend::TrendArgs),
    /// 简报:日报、周报、专报、快报、每月一办;列出、显示、重算
    Brief(brief::BriefArgs),
    /// 核对一份简报里的数字:合计、占比、环比、比率、排序
    Audit(audit::AuditArgs),
    /// 由数据库重建检索索引
    Reindex(reindex::ReindexArgs),
    /// 训练模型
    Train(train::TrainArgs),
    /// 模型库:列出、比较、启用、退回
    Model(model::ModelArgs),
    /// 在留出的标注诉求上评测模型
    Eval(crate::eval::command::EvalArgs),
    /// 城市包
    City(city::CityArgs),
    /// 账号:新增、列出、改密、停用、启用、改角色
    User(user::UserArgs),
    /// 接口密钥:新增、列出、停用
    Key(key::KeyArgs),
    /// 审计记录:查看、校验
    AuditLog(audit_log::AuditLogArgs),
    /// 备份数据库(服务可以正在运行)
    Backup(backup::BackupArgs),
    /// 从备份恢复数据库(须先停止服务)
    Restore(backup::RestoreArgs),
    /// 检查运行环境、数据、模型与城市包
    Doctor(doctor::DoctorArgs),
    /// 输出命令补全脚本
    Completions {
        /// bash、zsh、fish、elvish 或 powershell
        shell: clap_complete::Shell,
    },
}

/// Where data, city and model are.
#[derive(Args, Clone, Debug, Default)]
struct Places {
    /// 数据目录(数据库与索引)
    #[arg(long, value_name = "DIR", env = "TINGSU_DATA", global = true)]
    data: Option<PathBuf>,
    /// 城市包目录(默认:内置演示城市)
    #[arg(long, value_name = "DIR", env = "TINGSU_CITY", global = true)]
    city: Option<PathBuf>,
    /// 模型目录;none 表示只用规则(默认:数据目录中启用的模型,没有则为内置模型)
    #[arg(long, value_name = "DIR", env = "TINGSU_MODEL", global = true)]
    model: Option<PathBuf>,
    /// 配置文件
    #[arg(long, value_name = "FILE", env = "TINGSU_CONFIG", global = true)]
    config: Option<PathBuf>,
}

impl Places {
    fn raw(&self) -> Result<RawConfig, Failure> {
        let file = match &self.config {
            Some(path) => RawConfig::read(path)?,
            None => RawConfig::default(),
        };
        let typed = RawConfig {
            data: self.data.clone(),
            city: self.city.clone(),
            model: self.model.clone(),
            ..RawConfig::default()
        };
        Ok(typed.over(file))
    }

    fn config(&self) -> Result<Config, Failure> {
        Ok(Config::check(self.raw()?)?)
    }
}

/// Parses the command line, runs the command, turns its outcome into an exit code.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // clap prints help and version to stdout and mistakes to stderr, with usage.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { exit::USAGE } else { exit::OK });
        }
    };
    // The default hook prints the panic's message, which may hold a citizen's words.
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(|l| format!("{}:{}", l.file(), l.line())).unwrap_or_default();
        tracing::error!(at, "a defect of the program; please report this place");
    }));
    logs(matches!(cli.command, Command::Serve(_) | Command::Demo(_)));
    let outcome = match cli.command {
        Command::Demo(args) => demo::run(args),
        Command::Serve(args) => serve::run(args),
        Command::Import(args) => import::run(args),
        Command::Train(args) => train::run(args),
        Command::Model(args) => model::run(args),
        Command::Eval(args) => evaluate::run(&args),
        Command::Triage(args) => triage::run(args),
        Command::Search(args) => find::run(args),
        Command::Topics(args) => topics::run(args),
        Command::Causes(args) => causes::run(args),
        Command::Trend(args) => trend::run(args),
        Command::Brief(args) => brief::run(args),
        Command::Audit(args) => audit::run(&args),
        Command::Reindex(args) => reindex::run(args),
        Command::City(args) => city::run(args),
        Command::User(args) => user::run(args),
        Command::Key(args) => key::run(args),
        Command::AuditLog(args) => audit_log::run(&args),
        Command::Backup(args) => backup::run(&args),
        Command::Restore(args) => backup::restore(&args),
        Command::Doctor(args) => doctor::run(args),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "tingsu", &mut std::io::stdout());
            Ok(())
        }
    };
    match outcome.and_then(|()| print::printed()) {
        Ok(()) => ExitCode::from(exit::OK),
        Err(failure) => {
            if !failure.message.is_empty() {
                eprintln!("tingsu: {}", failure.message);
            }
            ExitCode::from(failure.code)
        }
    }
}

/// Logs go to stderr; `TINGSU_LOG` (or `RUST_LOG`) sets the level. Appeal text, phones, identity numbers
/// and addresses are never logged, at any level.
fn logs(service: bool) {
    let default = if service { "tingsu=info,warn" } else { "tingsu=warn,error" };
    let filter = EnvFilter::try_from_env("TINGSU_LOG")
        .or_else(|_| EnvFilter::try_from_default_env())
        .unwrap_or_else(|_| EnvFilter::new(default));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    if std::env::var("TINGSU_LOG_FORMAT").is_ok_and(|f| f == "json") {
        lines.json().init();
    } else {
        lines.init();
    }
}

/// Runs the asynchronous part of a command.
fn asynchronously<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::internal(format!("cannot start the runtime: {e}")))?
        .block_on(work)
}
