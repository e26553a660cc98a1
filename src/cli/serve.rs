//! `tingsu serve`.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use crate::{
    boot::{self, Config, RawConfig},
    desk::{DemoAccount, Desk},
    http::{self, HttpConfig, TlsFiles},
};

use super::{Places, asynchronously, exit::Failure};

#[derive(Args, Clone, Debug, Default)]
pub(super) struct Listen {
    /// 监听地址(默认 127.0.0.1:12345)
    #[arg(long, value_name = "ADDR", env = "TINGSU_LISTEN")]
    listen: Option<String>,
    /// 允许在本机以外的地址上以明文监听(仅限封闭网络)
    #[arg(long)]
    insecure: bool,
    /// 证书文件(PEM,含证书链);给出后以 HTTPS 服务
    #[arg(long, value_name = "FILE", env = "TINGSU_TLS_CERT", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// 证书的私钥文件(PEM)
    #[arg(long, value_name = "FILE", env = "TINGSU_TLS_KEY", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// 反向代理的地址,其 X-Forwarded-For 与 X-Forwarded-Proto 可信;可重复
    #[arg(long, value_name = "IP")]
    trusted_proxy: Vec<String>,
}

impl Listen {
    pub(super) fn config(&self, places: &Places) -> Result<Config, Failure> {
        let typed = RawConfig {
            listen: self.listen.clone(),
            insecure: self.insecure.then_some(true),
            tls_cert: self.tls_cert.clone(),
            tls_key: self.tls_key.clone(),
            trusted_proxies: (!self.trusted_proxy.is_empty()).then(|| self.trusted_proxy.clone()),
            ..RawConfig::default()
        };
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
        let first_code = if desk.has_accounts().await? { None } else { Some(one_time_code()) };
        serve(desk, &config, Vec::new(), first_code).await
    })
}

/// Listens until Ctrl-C or SIGTERM, with the followers at work.
pub(super) async fn serve(
    desk: Desk,
    config: &Config,
    demo: Vec<DemoAccount>,
    first_code: Option<String>,
) -> Result<(), Failure> {
    let _workers = desk.start_workers();
    tokio::spawn(boot::follow_models(desk.clone(), config.clone()));
    let http = HttpConfig {
        addr: config.listen,
        insecure: config.insecure,
        tls: config.tls.clone().map(|(cert, key)| TlsFiles { cert, key }),
        proxies: config.proxies.clone(),
        demo,
        first_code: first_code.clone(),
        body_limit: config.body_limit,
        patience: patience(config),
        ..HttpConfig::default()
    };
    let server = http::bind(desk, http).await.map_err(|e| Failure::usage(e.to_string()))?;
    let addr = server.addr();
    let at = format!("{}://{addr}", server.scheme());
    eprintln!("听诉已启动:{at}/   接口文档:{at}/api/docs   Ctrl-C 结束");
    if let Some(code) = first_code {
        eprintln!("还没有账号。请在本机打开 {at}/first-run 创建管理员,一次性口令:{code}");
    }
    server.run(http::stop_signal()).await.map_err(|e| Failure::internal(e.to_string()))
}

/// As long as the language model may take, and a little for what is done with its answer.
fn patience(config: &Config) -> Duration {
    let usual = HttpConfig::default().patience;
    config.desk.chat.as_ref().map_or(usual, |chat| usual.max(chat.patience() + Duration::from_secs(10)))
}

/// Eight letters and digits that cannot be confused with one another, in two groups.
fn one_time_code() -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let letter = |byte: u8| char::from(LETTERS[usize::from(byte % 32)]);
    let bytes: [u8; 8] = rand::random();
    let text: String = bytes.into_iter().map(letter).collect();
    format!("{}-{}", &text[..4], &text[4..])
}
