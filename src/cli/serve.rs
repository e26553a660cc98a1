//! `tingsu serve`.

use clap::Args;

use crate::{
    boot::{self, Config, RawConfig},
    desk::Desk,
    http::{self, HttpConfig},
};

use super::{Places, asynchronously, exit::Failure};

#[derive(Args, Clone, Debug, Default)]
pub(super) struct Listen {
    /// 监听地址(默认 127.0.0.1:12345)
    #[arg(long, value_name = "ADDR", env = "TINGSU_LISTEN")]
    listen: Option<String>,
    /// 尚无账号功能时也允许监听本机以外的地址
    #[arg(long)]
    insecure: bool,
}

impl Listen {
    pub(super) fn config(&self, places: &Places) -> Result<Config, Failure> {
        let typed =
            RawConfig { listen: self.listen.clone(), insecure: self.insecure.then_some(true), ..RawConfig::default() };
        Ok(Config::check(typed.over(places.raw()?))?)
    }
}

#[derive(Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    listen: Listen,
    #[command(flatten)]
    places: Places,
}

pub(super) fn run(args: ServeArgs) -> Result<(), Failure> {
    let config = args.listen.config(&args.places)?;
    asynchronously(async {
        let desk = boot::open(&config).await?.desk;
        serve(desk, &config).await
    })
}

/// Listens until Ctrl-C or SIGTERM, with the followers at work.
pub(super) async fn serve(desk: Desk, config: &Config) -> Result<(), Failure> {
    let _workers = desk.start_workers();
    tokio::spawn(boot::follow_models(desk.clone(), config.clone()));
    let http = HttpConfig {
        addr: config.listen,
        insecure: config.insecure,
        body_limit: config.body_limit,
        ..HttpConfig::default()
    };
    let server = http::bind(desk, http).await.map_err(|e| Failure::usage(e.to_string()))?;
    let addr = server.addr();
    eprintln!("听诉已启动:http://{addr}/   接口文档:http://{addr}/api/docs   Ctrl-C 结束");
    server.run(http::stop_signal()).await.map_err(|e| Failure::internal(e.to_string()))
}
