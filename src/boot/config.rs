//! Configuration in two steps: what was typed ([`RawConfig`]: file, environment, flags), and what
//! was checked ([`Config`]).

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;

use crate::{
    desk::{DeskConfig, upkeep::OWN_PACK},
    infer::InferConfig,
};

use super::{
    embedded_bundle, embedded_pack,
    sections::{RawRephrase, RawSchedule},
};

/// Why the service cannot start, with what to do.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// The configuration is wrong.
    #[error("{0}")]
    Config(String),
    /// The city pack has faults.
    #[error("the city pack {dir} cannot be used:\n{faults}")]
    Pack {
        /// Where it was read from.
        dir: String,
        /// All of them.
        faults: crate::city::PackFaults,
    },
    /// The bundle cannot be used.
    #[error("the model bundle {dir} cannot be used: {error}; correct it, or start with `--model none` on rules alone")]
    Model {
        /// Where it was read from.
        dir: String,
        /// What is wrong.
        error: crate::model::ModelError,
    },
    /// The data folder cannot be used.
    #[error("the data folder {dir} cannot be used: {why}")]
    Data {
        /// Which.
        dir: String,
        /// Why.
        why: String,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// A use case failed while starting.
    #[error(transparent)]
    Desk(#[from] crate::domain::Fault),
    /// The index.
    #[error(transparent)]
    Search(#[from] crate::search::SearchError),
    /// The language model.
    #[error(transparent)]
    Outbound(#[from] crate::outbound::OutboundError),
    /// The bundles of the data folder.
    #[error(transparent)]
    Shelf(#[from] crate::shelf::ShelfError),
}

/// `tingsu.toml`, as typed. Flags of the command line overwrite it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawConfig {
    /// Data folder.
    pub data: Option<PathBuf>,
    /// City pack folder; none means the embedded demo city.
    pub city: Option<PathBuf>,
    /// Bundle folder, or `none`; left out means the active bundle of the data folder, else the embedded one.
    pub model: Option<PathBuf>,
    /// Address to listen on.
    pub listen: Option<String>,
    /// Listen unencrypted on other than loopback addresses.
    pub insecure: Option<bool>,
    /// Certificate chain, PEM.
    pub tls_cert: Option<PathBuf>,
    /// Its private key, PEM.
    pub tls_key: Option<PathBuf>,
    /// Addresses of proxies that are believed.
    pub trusted_proxies: Option<Vec<String>>,
    /// Milliseconds that intake waits for a suggestion.
    pub triage_deadline_ms: Option<u64>,
    /// Appeals waiting for the model at most.
    pub queue: Option<usize>,
    /// Model threads.
    pub threads: Option<usize>,
    /// Bytes of a request body at most.
    pub body_limit: Option<usize>,
    /// Briefs made by themselves.
    pub brief: Option<Vec<RawSchedule>>,
    /// A language model on the local network for other words; off without it.
    pub rephrase: Option<RawRephrase>,
}

impl RawConfig {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// The file cannot be read, or holds an unknown key or a wrong value (with its line).
    pub fn read(path: &Path) -> Result<Self, BootError> {
        let text = fs::read_to_string(path)
            .map_err(|e| BootError::Config(format!("cannot read the configuration {}: {e}", path.display())))?;
        toml::from_str(&text).map_err(|e| BootError::Config(format!("{}: {e}", path.display())))
    }

    /// This one, with gaps filled from `lower`.
    pub fn over(self, lower: RawConfig) -> RawConfig {
        RawConfig {
            data: self.data.or(lower.data),
            city: self.city.or(lower.city),
            model: self.model.or(lower.model),
            listen: self.listen.or(lower.listen),
            insecure: self.insecure.or(lower.insecure),
            tls_cert: self.tls_cert.or(lower.tls_cert),
            tls_key: self.tls_key.or(lower.tls_key),
            trusted_proxies: self.trusted_proxies.or(lower.trusted_proxies),
            triage_deadline_ms: self.triage_deadline_ms.or(lower.triage_deadline_ms),
            queue: self.queue.or(lower.queue),
            threads: self.threads.or(lower.threads),
            body_limit: self.body_limit.or(lower.body_limit),
            brief: self.brief.or(lower.brief),
            rephrase: self.rephrase.or(lower.rephrase),
        }
    }
}

/// Which city pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CitySource {
    /// The demo city in the binary.
    Embedded,
    /// A folder.
    Folder(PathBuf),
}

/// Which bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelSource {
    /// The shipped one in the binary.
    Embedded,
    /// The active one of this data folder, else the shipped one.
    Shelf(PathBuf),
    /// A folder.
    Folder(PathBuf),
    /// None: the pack's rules answer alone.
    None,
}

/// Checked configuration; immutable.
#[derive(Clone, Debug)]
pub struct Config {
    /// Data folder.
    pub data: PathBuf,
    /// City.
    pub city: CitySource,
    /// Model.
    pub model: ModelSource,
    /// Address.
    pub listen: SocketAddr,
    /// See [`RawConfig::insecure`].
    pub insecure: bool,
    /// Certificate and key.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// See [`RawConfig::trusted_proxies`].
    pub proxies: Vec<IpAddr>,
    /// Use cases.
    pub desk: DeskConfig,
    /// Inference.
    pub infer: InferConfig,
    /// Bytes of a request body at most.
    pub body_limit: usize,
}

impl Config {
    /// Checks what was typed.
    ///
    /// # Errors
    /// Names the key, its value and what is allowed.
    pub fn check(raw: RawConfig) -> Result<Self, BootError> {
        let bounded = |key: &str, value: Option<usize>, default: usize, min: usize, max: usize| match value {
            Some(v) if (min..=max).contains(&v) => Ok(v),
            Some(v) => Err(BootError::Config(format!("{key} = {v}: {min} to {max} allowed"))),
            None => Ok(default),
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let listen = raw.listen.unwrap_or_else(|| "127.0.0.1:12345".to_owned());
        let data = raw.data.unwrap_or_else(|| PathBuf::from("data"));
        let deadline = bounded("triage_deadline_ms", raw.triage_deadline_ms.map(|v| v as usize), 800, 10, 60_000)?;
        Ok(Self {
            // A pack that was copied into the data folder answers before the one that came along.
            city: match raw.city {
                Some(dir) => CitySource::Folder(dir),
                None if data.join(OWN_PACK).join("pack.toml").is_file() => CitySource::Folder(data.join(OWN_PACK)),
                None => CitySource::Embedded,
            },
            model: match raw.model {
                None => ModelSource::Shelf(data.clone()),
                Some(path) if path.as_os_str() == "none" => ModelSource::None,
                Some(path) => ModelSource::Folder(path),
            },
            listen: listen
                .parse()
                .map_err(|_| BootError::Config(format!("listen = {listen}: write it as 127.0.0.1:12345")))?,
            insecure: raw.insecure.unwrap_or(false),
            tls: match (raw.tls_cert, raw.tls_key) {
                (Some(cert), Some(key)) => Some((cert, key)),
                (None, None) => None,
                _ => return Err(BootError::Config("tls_cert 与 tls_key 须同时给出".into())),
            },
            proxies: proxies(raw.trusted_proxies.unwrap_or_default())?,
            desk: DeskConfig {
                triage_deadline: Duration::from_millis(deadline as u64),
                vectors: Some(data.join("vectors")),
                chat: raw.rephrase.map(RawRephrase::check).transpose()?,
                briefs: raw.brief.unwrap_or_default().iter().map(RawSchedule::check).collect::<Result<_, _>>()?,
                data: Some(data.clone()),
                shipped: Some(embedded_pack),
                bundle: Some(embedded_bundle),
                ..DeskConfig::default()
            },
            data,
            infer: InferConfig {
                queue: bounded("queue", raw.queue, 256, 1, 100_000)?,
                batch: 16,
                threads: bounded("threads", raw.threads, cores, 1, 256)?,
            },
            body_limit: bounded("body_limit", raw.body_limit, 1 << 20, 1 << 10, 1 << 30)?,
        })
    }
}

fn proxies(typed: Vec<String>) -> Result<Vec<IpAddr>, BootError> {
    let one = |text: String| {
        text.trim().parse().map_err(|_| BootError::Config(format!("trusted_proxies = {text}: 请写 IP 地址")))
    };
    typed.into_iter().map(one).collect()
}
