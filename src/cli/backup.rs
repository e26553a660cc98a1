//! `tingsu backup` and `restore`.

use std::path::PathBuf;

use clap::Args;

use crate::boot;

use super::{Places, asynchronously, exit::Failure};

#[derive(Args)]
pub(super) struct BackupArgs {
    /// 备份文件
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    places: Places,
}

#[derive(Args)]
pub(super) struct RestoreArgs {
    /// 备份文件
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// 数据目录中已有数据库时,把它改名留存后恢复
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    places: Places,
}

pub(super) fn run(args: &BackupArgs) -> Result<(), Failure> {
    let config = args.places.config()?;
    let kept = asynchronously(async { Ok(boot::backup(&config.data, &args.out).await?) })?;
    println!(
        "已备份到 {}:{} 件工单、{} 条审计记录,{} 字节,校验值 {}",
        args.out.display(),
        kept.tickets,
        kept.lines,
        kept.bytes,
        kept.hash
    );
    println!(
        "检索索引与向量可由数据库重建,未包含;模型库({})与城市包是文件,请另行复制",
        config.data.join("models").display()
    );
    Ok(())
}

pub(super) fn restore(args: &RestoreArgs) -> Result<(), Failure> {
    let config = args.places.config()?;
    let (kept, aside) = asynchronously(async { Ok(boot::restore(&config, &args.from, args.force).await?) })?;
    println!("已恢复 {} 件工单、{} 条审计记录;启动服务后自动重建索引", kept.tickets, kept.lines);
    if let Some(aside) = aside {
        println!("原数据库留存为 {}", aside.display());
    }
    Ok(())
}
