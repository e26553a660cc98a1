//! The index is rebuilt while an older one answers; damage is found, said and repaired.

use std::{fs, path::PathBuf, sync::Arc, time::Instant};

use tingsu::{
    desk::{Clock, Desk, IndexSlot, Parts, Rebuild},
    search::SearchIndex,
};

use super::*;

/// A desk on a folder that stays, as after a restart.
struct House {
    dir: TempDir,
    triager: Arc<Triager>,
}

impl House {
    fn new() -> Self {
        let triager = Arc::new(Triager::new(Arc::new(CityPack::parse(&boot::embedded_pack()).unwrap()), None));
        Self { dir: TempDir::new().unwrap(), triager }
    }

    async fn open(&self) -> Desk {
        let (index, words) = (self.dir.path().join("index"), self.triager.analyser.segmenter.clone());
        Desk::new(Parts {
            store: Arc::new(SqliteStore::open(&self.dir.path().join("tingsu.db")).await.unwrap()),
            index: IndexSlot::open(&index, words, &self.triager.pack.dictionary_hash).unwrap(),
            infer: Infer::start(self.triager.clone(), InferConfig { queue: 64, batch: 8, threads: 1 }),
            pack: PackSource::Embedded,
            clock: Clock::of(|| NOW.parse::<Timestamp>().unwrap()),
            config: DeskConfig::default(),
        })
    }

    fn folders(&self) -> Vec<PathBuf> {
        SearchIndex::folders(&self.dir.path().join("index"), &self.triager.pack.dictionary_hash)
            .into_iter()
            .map(|f| f.dir)
            .collect()
    }

    /// Changes the only index on disk.
    fn edit(&self, what: impl Fn(&std::path::Path)) {
        let folders = self.folders();
        assert_eq!(folders.len(), 1, "{folders:?}");
        what(&folders[0]);
    }
}

async fn fill(desk: &Desk, from: usize) {
    for n in from..from + 20 {
        desk.receive(&operator(), call(&format!("D-{n}"), &format!("第{n}路公交车晚点")), None).await.unwrap();
    }
    desk.catch_up(|_| {}).await.unwrap();
}

async fn total(desk: &Desk, q: &str) -> Result<usize, tingsu::domain::Fault> {
    let request = FindRequest { q: q.into(), limit: 5, ..FindRequest::default() };
    desk.find(request, desk.now()).await.map(|answer| answer.total)
}

/// Flips bytes in the middle of every file with one of these endings.
fn damage(dir: &std::path::Path, endings: &[&str]) {
    let mut hit = 0;
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| endings.iter().any(|ending| e == *ending)) {
            let mut bytes = fs::read(&path).unwrap();
            let half = bytes.len() / 2;
            bytes[..half].iter_mut().for_each(|b| *b ^= 0xa5);
            // In place: the file stays the one that is held open.
            std::io::Write::write_all(&mut fs::OpenOptions::new().write(true).open(&path).unwrap(), &bytes).unwrap();
            hit += 1;
        }
    }
    assert!(hit > 0, "no file of {endings:?} in {}", dir.display());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_another_version_answers_until_the_new_one_has_caught_up() {
    for (key, value) in [("analyser", "0"), ("schema", "0"), ("dictionary", "\"other\"")] {
        let house = House::new();
        let desk = house.open().await;
        fill(&desk, 0).await;
        drop(desk);
        house.edit(|dir| {
            let path = dir.join(SearchIndex::VERSION_FILE);
            let mut marker: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            marker[key] = serde_json::from_str(value).unwrap();
            fs::write(&path, marker.to_string()).unwrap();
        });
        let desk = house.open().await;
        let health = desk.health().await;
        assert!(health.rebuilding && health.rebuild == Some(Rebuild::Outdated), "{key}: {health:?}");
        assert_eq!(total(&desk, "公交车").await.unwrap(), 20, "{key}: the old one answers");
        assert_eq!(house.folders().len(), 2, "{key}");
        // While it is built, a new ticket is found too.
        desk.receive(&operator(), call("N-1", "公交车不停站"), None).await.unwrap();
        desk.catch_up(|_| {}).await.unwrap();
        let health = desk.health().await;
        assert!(!health.rebuilding && health.rebuild.is_none(), "{key}: {health:?}");
        assert_eq!(total(&desk, "公交车").await.unwrap(), 21, "{key}");
        assert_eq!(house.folders().len(), 1, "{key}: the old one is gone");
        drop(desk);
        let desk = house.open().await;
        assert_eq!((desk.health().await.indexed, desk.health().await.rebuild), (21, None), "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_is_found_at_the_start() {
    let house = House::new();
    let desk = house.open().await;
    fill(&desk, 0).await;
    drop(desk);
    house.edit(|dir| damage(dir, &["idx"]));
    let desk = house.open().await;
    let health = desk.health().await;
    assert!(matches!(&health.rebuild, Some(Rebuild::Damaged(why)) if why.contains("checksum")), "{health:?}");
    desk.catch_up(|_| {}).await.unwrap();
    assert_eq!(total(&desk, "17路").await.unwrap(), 1);
    assert_eq!(desk.health().await.rebuild, None);
    let asides = fs::read_dir(house.dir.path().join("index")).unwrap();
    let asides = asides.filter(|e| e.as_ref().unwrap().file_name().to_str().unwrap().starts_with("damaged-"));
    assert_eq!(asides.count(), 1, "kept for whoever wants to know why");
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_is_found_while_running() {
    for endings in [&["idx", "pos"] as &[&str], &["term"], &["fast"]] {
        let house = House::new();
        let desk = house.open().await;
        fill(&desk, 0).await;
        desk.check_index().await.unwrap();
        house.edit(|dir| damage(dir, endings));
        let fault = desk.check_index().await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Damaged, "{fault}");
        let health = desk.health().await;
        assert!(health.rebuilding && matches!(health.rebuild, Some(Rebuild::Damaged(_))), "{endings:?} {health:?}");
        // Whatever the damaged one answers meanwhile, it is no crash, and intake goes on.
        let _ = total(&desk, "公交车").await;
        desk.receive(&operator(), call("N-1", "公交车不停站"), None).await.unwrap();
        desk.catch_up(|_| {}).await.unwrap();
        assert_eq!(total(&desk, "公交车").await.unwrap(), 21, "{endings:?}");
        let health = desk.health().await;
        assert_eq!((health.rebuilding, health.rebuild, health.index_lag), (false, None, 0), "{endings:?}");
        desk.check_index().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_go_on_while_an_index_is_built_and_switched() {
    let house = House::new();
    let desk = house.open().await;
    fill(&desk, 0).await;
    house.edit(|_| {});
    desk.check_index().await.unwrap();
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let searching = {
        let (desk, stop) = (desk.clone(), stop.clone());
        tokio::spawn(async move {
            let mut asked = 0;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                assert_eq!(total(&desk, "公交车").await.unwrap(), 20, "after {asked} searches");
                asked += 1;
            }
            asked
        })
    };
    for _ in 0..5 {
        house.edit(|dir| fs::write(dir.join("not-ours"), "x").unwrap());
        desk.rebuild_index().unwrap();
        desk.catch_up(|_| {}).await.unwrap();
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(searching.await.unwrap() > 5);
}

/// The promise is one second; what the machine needs is printed.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_saved_is_found_within_a_second() {
    let t = TestDesk::new().await;
    let _workers = t.desk.start_workers();
    let mut times = Vec::new();
    for n in 0..15 {
        t.take(call(&format!("D-{n}"), &format!("飞虹街道第{n}号门口的窨井盖不见了"))).await;
        let started = Instant::now();
        while t.found(&format!("\"第{n}号门口的窨井盖\"")).await.is_empty() {
            assert!(started.elapsed() < Duration::from_secs(10), "the follower does not index");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        times.push(started.elapsed());
    }
    times.sort();
    println!("saved to found: p50 {:?}, slowest {:?}", times[7], times[14]);
    // The slowest of 15 on a machine that does other things too may be late; most may not.
    assert!(times[11] < Duration::from_secs(1), "{times:?}");
}
