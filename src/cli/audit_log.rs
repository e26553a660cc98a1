//! `tingsu audit-log`: the sealed audit of a data folder.

use clap::{Args, Subcommand};

use crate::{
    boot,
    domain::{Fault, FaultKind, format_city},
    store::verify_ledger,
};

use super::{
    Places, asynchronously,
    exit::{self, Failure},
};

#[derive(Args)]
pub(super) struct AuditLogArgs {
    #[command(subcommand)]
    command: AuditCommand,
    #[command(flatten)]
    places: Places,
}

#[derive(Subcommand)]
enum AuditCommand {
    /// 显示最近的记录
    Show {
        /// 条数
        #[arg(long, default_value_t = 50)]
        limit: u64,
        /// 以 JSON 输出
        #[arg(long)]
        json: bool,
    },
    /// 逐条校验;指出第一条被改动的记录
    Verify {
        /// 另处保存的末端校验值,须与库中的一致
        #[arg(long, value_name = "HASH")]
        expect: Option<String>,
    },
}

pub(super) fn run(args: &AuditLogArgs) -> Result<(), Failure> {
    let config = args.places.config()?;
    asynchronously(async {
        let store = boot::open_audit(&config.data).await?;
        match &args.command {
            AuditCommand::Show { limit, json } => {
                for line in store.audit(None, *limit).await.map_err(Fault::from)? {
                    let ticket = line.ticket.as_ref().map(ToString::to_string);
                    if *json {
                        let value = serde_json::json!({
                            "id": line.id, "at": format_city(line.at), "actor": line.actor, "action": line.action,
                            "ticket": ticket, "detail": line.detail,
                        });
                        println!("{value}");
                    } else {
                        let ticket = ticket.as_deref().unwrap_or("-");
                        println!(
                            "{}\t{}\t{}\t{}\t{ticket}\t{}",
                            line.id,
                            format_city(line.at),
                            line.actor,
                            line.action,
                            line.detail
                        );
                    }
                }
                Ok(())
            }
            AuditCommand::Verify { expect } => {
                let verdict = verify_ledger(store.as_ref()).await.map_err(Fault::from)?;
                let damaged = exit::code(FaultKind::Damaged);
                if let Some((line, why)) = verdict.broken {
                    let message = format!("审计记录第 {line} 条{why};此前 {} 条完好", verdict.sound);
                    return Err(Failure::new(damaged, message));
                }
                if expect.as_ref().is_some_and(|hash| *hash != verdict.head.hash) {
                    return Err(Failure::new(damaged, "末端校验值与给出的不一致:此后有新记录,或整条链被重写"));
                }
                println!("{} 条审计记录完好,末端校验值 {}", verdict.sound, verdict.head.hash);
                Ok(())
            }
        }
    })
}
