//! A running service for the browser: real store, index, pack, workers; a few of the demo city's
//! appeals inside.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tempfile::TempDir;
use tingsu::{
    boot,
    city::CityPack,
    desk::{Clock, Desk, DeskConfig, IndexSlot, PackSource, Parts, Worker},
    domain::{Actor, Appeal, Caller, Channel, Handling, Labels, NewTicket, Role, Satisfaction, TicketId},
    http::{HttpConfig, bind},
    infer::{Infer, InferConfig},
    model::Bundle,
    store::SqliteStore,
    triage::Triager,
};
use tokio::runtime::Runtime;

use super::webdriver::Browser;
use crate::desk::hot_words::take_the_demo;

/// Which part of the demo's appeals is taken in: roads, and fire safety.
const FILES: [&str; 2] = ["S04", "S09"];
const PER_FILE: usize = 12;

pub(crate) struct Site {
    pub(crate) desk: Desk,
    pub(crate) address: String,
    runtime: Runtime,
    _workers: Worker,
    _dir: TempDir,
}

impl Site {
    /// With the shipped bundle where this build carries one, else with the rules alone.
    pub(crate) fn start() -> Self {
        let files = boot::embedded_bundle();
        let bundle = files.contains_key("config.json").then(|| Arc::new(Bundle::from_files(&files).unwrap()));
        Self::with(bundle, None, None)
    }

    /// As if the model could not be loaded.
    pub(crate) fn without_model() -> Self {
        Self::with(None, None, None)
    }

    /// With all appeals of the demo, as `tingsu demo` begun at `start` has them, and no model; its clock goes on from
    /// there.
    pub(crate) fn of_the_demo(start: Timestamp) -> Self {
        Self::with(None, None, Some(start))
    }

    /// As a house is before the first run: no account, no appeal; whoever knows the code becomes administrator.
    pub(crate) fn before_anybody(code: &str) -> Self {
        Self::with(None, Some(code), None)
    }

    fn with(bundle: Option<Arc<Bundle>>, first_code: Option<&str>, whole: Option<Timestamp>) -> Self {
        let begun = Instant::now();
        let clock = whole.map_or_else(Clock::system, |start| {
            Clock::of(move || start + SignedDuration::try_from(begun.elapsed()).unwrap_or_default())
        });
        let runtime = Runtime::new().unwrap();
        let dir = TempDir::new().unwrap();
        let (desk, workers, address) = runtime.block_on(async {
            let pack = CityPack::parse(&boot::embedded_pack()).unwrap();
            let triager = Arc::new(Triager::new(Arc::new(pack), bundle));
            let words = triager.analyser.segmenter.clone();
            let index = IndexSlot::open(&dir.path().join("index"), words, &triager.pack.dictionary_hash).unwrap();
            let desk = Desk::new(Parts {
                store: Arc::new(SqliteStore::open(&dir.path().join("tingsu.db")).await.unwrap()),
                index,
                infer: Infer::start(triager, InferConfig { queue: 256, batch: 16, threads: 2 }),
                pack: PackSource::Embedded,
                clock,
                config: DeskConfig {
                    triage_deadline: Duration::from_secs(20),
                    data: Some(dir.path().join("data")),
                    shipped: Some(boot::embedded_pack),
                    ..DeskConfig::default()
                },
            });
            let appeals = if first_code.is_none() && whole.is_none() { demo() } else { Vec::new() };
            for ticket in appeals {
                desk.receive(&Actor::person("demo", Role::Operator), ticket, None).await.unwrap();
            }
            if let Some(start) = whole {
                take_the_demo(&desk, dir.path(), start).await;
            }
            desk.catch_up(|_| {}).await.unwrap();
            let workers = desk.start_workers();
            let demo = if first_code.is_none() { desk.demo_accounts().await.unwrap() } else { Vec::new() };
            let first_code = first_code.map(str::to_owned);
            let any = HttpConfig { addr: "127.0.0.1:0".parse().unwrap(), demo, first_code, ..HttpConfig::default() };
            let server = bind(desk.clone(), any).await.unwrap();
            let address = format!("http://127.0.0.1:{}", server.addr().port());
            tokio::spawn(server.run(std::future::pending()));
            (desk, workers, address)
        });
        Self { desk, address, runtime, _workers: workers, _dir: dir }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Logs in as the demo's account of a role and opens a page.
    pub(crate) fn enter(&self, browser: &Browser, role: &str, path: &str) {
        browser.visit(&self.url("/login"));
        browser.forget();
        browser.visit(&self.url("/login"));
        browser.find(&format!("button[data-role={role}]")).click();
        browser.until("logged in", "return location.pathname !== '/login' && document.readyState === 'complete'");
        browser.visit(&self.url(path));
    }

    /// Asks the desk something from a test without a runtime of its own.
    pub(crate) fn ask<T>(&self, question: impl Future<Output = T>) -> T {
        self.runtime.block_on(question)
    }
}

/// Appeals of the demo city, an hour apart, the newest an hour old.
fn demo() -> Vec<NewTicket> {
    let mut rows: Vec<Value> = Vec::new();
    for (name, bytes) in boot::embedded_appeals() {
        if FILES.iter().any(|file| name.contains(file)) {
            let text = String::from_utf8(bytes.into_owned()).unwrap();
            rows.extend(text.lines().take(PER_FILE).map(|line| serde_json::from_str::<Value>(line).unwrap()));
        }
    }
    assert!(rows.len() >= PER_FILE, "the demo city has appeals");
    let now = Timestamp::now();
    let ticket = |(n, row): (usize, Value)| {
        let word = |key: &str| row[key].as_str().filter(|v| !v.is_empty()).map(str::to_owned);
        let said = Appeal::new(word("title").unwrap_or_default(), word("text").unwrap_or_default());
        NewTicket {
            id: word("id").map(|id| TicketId::new(id).unwrap()),
            received_at: Some(now - SignedDuration::from_hours(n as i64 + 1)),
            caller: Caller { number: word("caller"), ..Caller::default() },
            district: word("district"),
            town: word("town"),
            place: word("place"),
            labels: Labels { category: word("category"), department: word("department"), ..Labels::default() },
            handling: Handling {
                reply: word("reply"),
                satisfaction: word("satisfaction").and_then(|s| s.parse::<Satisfaction>().ok()),
                ..Handling::default()
            },
            ..NewTicket::of(Channel::Phone, said)
        }
    };
    rows.into_iter().enumerate().map(ticket).collect()
}
