//! `tingsu reindex`: the search index from nothing but the store.

use clap::Args;

use crate::boot;

use super::{Places, asynchronously, exit::Failure, terminal};

#[derive(Args)]
pub(super) struct ReindexArgs {
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    places: Places,
}

pub(super) fn run(args: ReindexArgs) -> Result<(), Failure> {
    let mut config = args.places.config()?;
    config.model = boot::ModelSource::None;
    if !config.data.join("tingsu.db").exists() {
        return Err(Failure::usage(format!("no data in {}: name the folder with --data", config.data.display())));
    }
    asynchronously(async {
        let desk = boot::open(&config).await?.desk;
        // Beside the old one, which stays if this fails.
        desk.rebuild_index()?;
        let total = desk.health().await.tickets;
        let bar = terminal::bar("索引", Some(total));
        let mut done = 0;
        loop {
            let n = desk.index_step().await?;
            if n == 0 {
                break;
            }
            done += n as u64;
            bar.set_position(done);
        }
        bar.finish();
        let health = desk.health().await;
        if health.indexed != health.tickets {
            return Err(Failure::internal(format!(
                "{} tickets in the store but {} in the index",
                health.tickets, health.indexed
            )));
        }
        if args.json {
            println!("{}", serde_json::json!({ "tickets": health.tickets, "indexed": health.indexed }));
        } else {
            println!("已重建索引:{} 件", health.indexed);
        }
        Ok(())
    })
}
