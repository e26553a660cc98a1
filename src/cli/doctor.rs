//! `tingsu doctor`: is everything here that the service needs?

use std::time::Instant;

use clap::Args;
use serde::Serialize;

use crate::{boot, desk::Rebuild, domain::Appeal};

use super::{
    Places, asynchronously,
    exit::{self, Failure},
};

#[derive(Args)]
pub(super) struct DoctorArgs {
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    places: Places,
}

#[derive(Serialize)]
struct Finding {
    part: &'static str,
    ok: bool,
    detail: String,
}

pub(super) fn run(args: DoctorArgs) -> Result<(), Failure> {
    let config = args.places.config()?;
    let mut findings = Vec::new();
    let mut note = |part, ok, detail: String| findings.push(Finding { part, ok, detail });
    match boot::load_triager(&config.city, &config.model) {
        Err(error) => note("城市包与模型", false, error.to_string()),
        Ok(triager) => {
            let pack = &triager.pack;
            note("城市包", true, format!("{}(版本 {})", pack.name, pack.hash));
            match &triager.bundle {
                None => note("模型", false, "没有模型,仅按规则给出建议".to_owned()),
                Some(bundle) => {
                    let started = Instant::now();
                    let probe = Appeal::new("", "楼道路灯坏了一周没有人修,晚上老人看不清台阶。");
                    let detail = match triager.triage(&[probe], true) {
                        Ok(_) => Ok(format!("{},试算 {:.1} 毫秒", bundle.id(), started.elapsed().as_secs_f64() * 1e3)),
                        Err(error) => Err(error.to_string()),
                    };
                    note("模型", detail.is_ok(), detail.unwrap_or_else(|e| e));
                }
            }
            let mismatches = triager.mismatches();
            note(
                "标签一致",
                mismatches.is_empty(),
                if mismatches.is_empty() {
                    "模型与城市包的标签一致".to_owned()
                } else {
                    mismatches.join(";")
                },
            );
        }
    }
    if config.data.join("tingsu.db").exists() {
        let health = asynchronously(async {
            let desk = boot::open_reading(&config).await?.desk;
            // A reader of a running service's index has nothing to replace; what it finds is still said.
            let sound = desk.check_index().await;
            Ok((desk.health().await, sound))
        });
        match health {
            Err(failure) => note("数据", false, failure.message),
            Ok((health, sound)) => {
                note(
                    "数据库",
                    health.store.is_ok(),
                    health.store.err().unwrap_or_else(|| format!("{} 件", health.tickets)),
                );
                let level = health.index_lag == 0 && health.indexed == health.tickets;
                let mut said = format!("{} 件已索引,落后 {} 步", health.indexed, health.index_lag);
                match (&sound, &health.rebuild) {
                    (_, Some(Rebuild::Damaged(why))) => {
                        said.push_str(&format!(";原索引已损坏({why}),已移开,服务启动后由数据库重建"))
                    }
                    (_, Some(_)) => said.push_str(";版本或词典已变,正在重建"),
                    (Err(fault), None) => said.push_str(&format!(";{}", fault.message)),
                    (Ok(()), None) => {}
                }
                note("检索索引", level && sound.is_ok() && health.rebuild.is_none(), said);
                note("待研判", health.triage_waiting == 0, format!("{} 件", health.triage_waiting));
            }
        }
    } else {
        note("数据", true, format!("{} 尚无数据", config.data.display()));
    }
    if args.json {
        println!("{}", serde_json::to_string(&findings).map_err(|e| Failure::internal(e.to_string()))?);
    } else {
        for f in &findings {
            println!("{} {}:{}", if f.ok { "正常" } else { "注意" }, f.part, f.detail);
        }
    }
    if findings.iter().all(|f| f.ok) { Ok(()) } else { Err(Failure::new(exit::PARTLY, "")) }
}
