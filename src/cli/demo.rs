//! `tingsu demo`: the embedded city with its simulated appeals, the newest from now.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use tracing::warn;

use crate::{
    boot::{self, Config},
    desk::{
        self, Desk, ImportOptions,
        accounts::NewKey,
        import::{ImportSource, ReadOptions},
    },
    domain::{Actor, Fault, NewTicket, Reach, Role, city_date},
};

use super::{Places, asynchronously, exit::Failure, serve, terminal};

/// File that marks a folder as a demo's, with the time of its newest appeal.
const MARK: &str = "demo.txt";
/// An older demo no longer looks like today and is made anew.
const STALE: SignedDuration = SignedDuration::from_hours(12);

#[derive(Args)]
pub(super) struct DemoArgs {
    #[command(flatten)]
    listen: serve::Listen,
    #[command(flatten)]
    places: Places,
}

pub(super) fn run(args: DemoArgs) -> Result<(), Failure> {
    let mut places = args.places.clone();
    places.data = places.data.or_else(|| Some(PathBuf::from("data/demo")));
    let config = args.listen.config(&places)?;
    if !config.listen.ip().is_loopback() {
        return Err(Failure::usage("演示账号的密码是公开的,演示只能在本机(127.0.0.1)上运行"));
    }
    let now = Timestamp::now();
    let fresh = prepare(&config.data, now)?;
    asynchronously(async {
        let desk = boot::open(&config).await?.desk;
        let mut older = Vec::new();
        if fresh {
            older = fill(&desk, &config.data, now).await?;
            mark(&config, now)?;
        }
        tokio::spawn(lived_in(desk.clone(), older));
        let accounts = desk.demo_accounts().await?;
        let key = demo_key(&desk).await?;
        eprintln!("演示账号列在登录页上,任选一个角色进入。接口密钥:{key}");
        serve::serve(desk, &config, accounts, None).await
    })
}

/// Behind the service that answers already: the older history, and, once everything has its suggestion, what the
/// demo's operator has decided on the latest appeals, and its papers.
async fn lived_in(desk: Desk, older: Vec<NewTicket>) {
    if let Err(fault) = desk.demo_past(older).await {
        warn!(kind = fault.kind.code(), "the demo has no older history");
    }
    while desk.health().await.triage_waiting > 0 {
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    if let Err(fault) = desk.demo_decisions().await {
        warn!(kind = fault.kind.code(), "the demo has no decisions");
    }
    if let Err(fault) = desk.demo_papers().await {
        warn!(kind = fault.kind.code(), message = %fault.message, "the demo has no papers");
    }
}

/// A key for trying out the API; that of an earlier start opens nothing any more.
async fn demo_key(desk: &Desk) -> Result<String, Failure> {
    const NAME: &str = "yanshi-jiekou";
    if desk.keys().await?.iter().any(|key| key.name == NAME && key.revoked_at.is_none()) {
        desk.revoke_key(NAME).await?;
    }
    let new = NewKey {
        name: NAME.into(),
        role: Role::Supervisor,
        reach: Reach::default(),
        rights: Vec::new(),
        days: Some(7),
    };
    Ok(desk.add_key(new).await?.1)
}

/// Whether the folder has to be filled. A folder that is not a demo's is never touched.
fn prepare(dir: &Path, now: Timestamp) -> Result<bool, Failure> {
    let marked = fs::read_to_string(dir.join(MARK)).ok();
    let filled = marked.as_deref().and_then(|t| t.trim().parse::<Timestamp>().ok());
    let empty = fs::read_dir(dir).map(|mut d| d.next().is_none()).unwrap_or(true);
    match (marked, filled) {
        (Some(_), Some(at)) if now.duration_since(at) < STALE => Ok(false),
        (Some(_), _) => {
            fs::remove_dir_all(dir).map_err(|e| Failure::file("renew", dir, &e))?;
            start(dir)?;
            Ok(true)
        }
        (None, _) if empty => {
            start(dir)?;
            Ok(true)
        }
        (None, _) => Err(Failure::usage(format!(
            "{} holds data that is not a demo's; name another folder with --data, or use `tingsu serve`",
            dir.display()
        ))),
    }
}

/// Marks the folder before anything is in it, so that a demo that was cut off is recognised and made
/// anew.
fn start(dir: &Path) -> Result<(), Failure> {
    fs::create_dir_all(dir).map_err(|e| Failure::file("write", dir, &e))?;
    let path = dir.join(MARK);
    fs::write(&path, "unfinished").map_err(|e| Failure::file("write", &path, &e))
}

/// Stores all appeals, and gives the older history that is still to be stored; triage and index follow in the background while the service already answers.
async fn fill(desk: &Desk, data: &Path, now: Timestamp) -> Result<Vec<NewTicket>, Failure> {
    let mut tickets: Vec<NewTicket> = Vec::new();
    let folder = data.join("appeals");
    fs::create_dir_all(&folder).map_err(|e| Failure::file("write", &folder, &e))?;
    for (name, bytes) in boot::embedded_appeals() {
        let path = data.join(&name);
        fs::write(&path, bytes).map_err(|e| Failure::file("write", &path, &e))?;
        let read = ReadOptions { anchor: Some(city_date(now)), ..ReadOptions::default() };
        for (row, ticket) in ImportSource::open(&path, read, desk.city())? {
            tickets.push(ticket.map_err(|fault| Failure::internal(format!("{name}:{}: {fault}", row.place())))?);
        }
    }
    desk::shift_to_now(&mut tickets, now);
    let older = desk::older(&tickets, &desk.city(), now);
    desk::played_out(&mut tickets, &desk.city(), now);
    let options = ImportOptions { actor: Actor::system(), catch_up: false };
    let mut bars = terminal::Stages::default();
    let total = tickets.len() as u64;
    let rows = tickets.into_iter().enumerate().map(|(n, t)| (n, Ok::<_, Fault>(t)));
    let report =
        desk.import(rows, &options, |_, fault| Err(fault.clone()), |tick| bars.tick(tick, Some(total))).await?;
    bars.finish();
    eprintln!(
        "演示数据:{} 件模拟诉求,正在后台研判与索引,并补入较早的 {} 件已办结诉求",
        report.stored + report.already,
        older.len()
    );
    Ok(older)
}

fn mark(config: &Config, now: Timestamp) -> Result<(), Failure> {
    let path = config.data.join(MARK);
    fs::write(&path, now.to_string()).map_err(|e| Failure::file("write", &path, &e))
}
