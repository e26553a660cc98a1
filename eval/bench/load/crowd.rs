//! Operators who type, people who read.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;

use super::{
    client::{Answer, Target},
    tally::{Line, Outcome, Tally},
};

/// An operator's suggestions are asked for this often while typing, and a text is typed in so many pieces.
const PACE: Duration = Duration::from_millis(1_500);
const PIECES: usize = 8;
/// After a save the next call begins.
const NEXT_CALL: Duration = Duration::from_secs(3);
/// Reads in progress at most: more than any server of this size should let in.
const ROOM: usize = 6_000;

/// How much, of what, for how long.
#[derive(Clone)]
pub(crate) struct Wave {
    pub(crate) reads: u64,
    pub(crate) operators: usize,
    pub(crate) mix: Arc<Mix>,
    pub(crate) length: Duration,
}

/// What is read, in turns.
pub(crate) struct Mix {
    paths: Vec<(&'static str, String)>,
    texts: Vec<String>,
}

impl Mix {
    /// The pages of a server that there are: 8 lists, 6 tickets, 5 searches in 20 reads, and one of the
    /// cockpit or, without one, of the topics.
    pub(crate) async fn of(target: &Target) -> Self {
        let list = target.get("/api/v1/appeals?limit=60").await.expect("the list answers");
        let list: serde_json::Value = serde_json::from_slice(&list.body).expect("the list is JSON");
        let ids: Vec<String> = list["tickets"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|t| t["id"].as_str().map(str::to_owned))
            .collect();
        assert!(ids.len() > 20, "the demo has tickets: {list}");
        let wide = match target.get("/cockpit").await {
            Some(answer) if answer.status == 200 => ("cockpit", "/cockpit".to_owned()),
            _ => ("topics", "/topics".to_owned()),
        };
        let queries = [
            "%E8%B7%AF%E7%81%AF",
            "%E5%81%9C%E6%B0%B4",
            "%E6%96%BD%E5%B7%A5%20%E5%99%AA%E5%A3%B0",
            "%E6%8B%96%E6%AC%A0%E5%B7%A5%E8%B5%84",
            "%E7%94%B5%E6%A2%AF",
        ];
        let mut paths = Vec::new();
        for n in 0..200 {
            paths.push(match n % 20 {
                0 => wide.clone(),
                1 | 4 | 7 | 10 | 13 => ("search", format!("/search?q={}", queries[n / 20 % queries.len()])),
                2 | 5 | 8 | 11 | 14 | 17 => ("ticket", format!("/tickets/{}", ids[n % ids.len()])),
                n if n % 2 == 1 => ("list", "/tickets".to_owned()),
                n => ("list", format!("/tickets?offset={}", n * 50)),
            });
        }
        Self { paths, texts: texts() }
    }

    /// The peer's one page.
    pub(crate) fn still() -> Self {
        Self { paths: vec![("page", "/".to_owned())], texts: Vec::new() }
    }

    /// The kinds of reads with their paths.
    pub(crate) fn kinds(&self) -> BTreeMap<&'static str, Vec<String>> {
        let mut kinds: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        for (kind, path) in &self.paths {
            kinds.entry(kind).or_default().push(path.clone());
        }
        kinds
    }

    pub(crate) fn told(&self) -> String {
        let wide = self.paths.first().map_or("", |(kind, _)| kind);
        format!(
            "reads: of 20, 8 lists, 6 tickets (each a durable line of the audit), 5 searches, 1 {wide}; operators: a \
             suggestion and similar cases every {} ms over {PIECES} pieces of a text, then a save and {} s of pause",
            PACE.as_millis(),
            NEXT_CALL.as_secs()
        )
    }
}

/// Texts of the demo city's appeals.
fn texts() -> Vec<String> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/jianghai/appeals");
    let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    let lines =
        files.iter().flat_map(|f| std::fs::read_to_string(f).unwrap().lines().map(str::to_owned).collect::<Vec<_>>());
    let rows = lines.filter_map(|line| serde_json::from_str::<serde_json::Value>(&line).ok());
    rows.filter_map(|row| row["text"].as_str().map(str::to_owned)).filter(|t| t.chars().count() > 20).collect()
}

fn outcome(answer: Option<&Answer>) -> Outcome {
    match answer {
        None => Outcome::None,
        Some(a) if (200..300).contains(&a.status) => Outcome::Good,
        Some(a) if a.status == 503 && a.retry_after => Outcome::Shed,
        Some(_) => Outcome::Bad,
    }
}

/// What a phase shares.
struct Crowd {
    target: Arc<Target>,
    began: Instant,
    end: Instant,
    lines: Mutex<Vec<Line>>,
    inside: AtomicUsize,
    unsent: AtomicUsize,
}

impl Crowd {
    fn note(&self, kind: &'static str, due: Instant, answer: Option<&Answer>) {
        let line = Line {
            kind,
            outcome: outcome(answer),
            due: due.duration_since(self.began).as_secs_f64(),
            took: due.elapsed(),
        };
        self.lines.lock().unwrap().push(line);
    }
}

/// Runs a wave to its end, and until everything that was sent is answered.
pub(crate) async fn run(target: &Arc<Target>, wave: Wave) -> Tally {
    let began = Instant::now();
    let crowd = Arc::new(Crowd {
        target: target.clone(),
        began,
        end: began + wave.length,
        lines: Mutex::default(),
        inside: AtomicUsize::new(0),
        unsent: AtomicUsize::new(0),
    });
    let mut people = Vec::new();
    for n in 0..wave.operators {
        people.push(tokio::spawn(operator(crowd.clone(), wave.mix.clone(), n, wave.operators)));
    }
    people.push(tokio::spawn(readers(crowd.clone(), wave.mix.clone(), wave.reads)));
    for person in people {
        person.await.unwrap();
    }
    while crowd.inside.load(Ordering::SeqCst) > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let lines = std::mem::take(&mut *crowd.lines.lock().unwrap());
    Tally { lines, unsent: crowd.unsent.load(Ordering::SeqCst) }
}

/// Sends each read when it is due, whatever came of the others.
async fn readers(crowd: Arc<Crowd>, mix: Arc<Mix>, per_second: u64) {
    let step = Duration::from_secs_f64(1.0 / per_second.max(1) as f64);
    let mut due = crowd.began;
    let mut n = 0;
    while due < crowd.end {
        let now = Instant::now();
        if due > now {
            tokio::time::sleep(due - now).await;
        }
        // The timer is coarser than the step: whatever is due by now goes out, timed from its own instant.
        while due <= Instant::now() && due < crowd.end {
            if crowd.inside.load(Ordering::SeqCst) >= ROOM {
                crowd.unsent.fetch_add(1, Ordering::SeqCst);
            } else {
                crowd.inside.fetch_add(1, Ordering::SeqCst);
                let (crowd, mix, own) = (crowd.clone(), mix.clone(), due);
                tokio::spawn(async move {
                    let (kind, path) = &mix.paths[n % mix.paths.len()];
                    let answer = crowd.target.get(path).await;
                    crowd.note(kind, own, answer.as_ref());
                    crowd.inside.fetch_sub(1, Ordering::SeqCst);
                });
            }
            n += 1;
            due += step;
        }
    }
}

/// One operator: types, sees suggestions and similar cases, saves, takes the next call.
async fn operator(crowd: Arc<Crowd>, mix: Arc<Mix>, n: usize, of: usize) {
    // Calls begin at different moments.
    let mut due = crowd.began + PACE.mul_f64(n as f64 / of as f64);
    let mut call = n;
    while due < crowd.end {
        let chars: Vec<char> = mix.texts[call * 7 % mix.texts.len()].chars().collect();
        for piece in 1..=PIECES {
            tokio::time::sleep_until(due.into()).await;
            if Instant::now() >= crowd.end {
                return;
            }
            let text: String = chars[..chars.len() * piece / PIECES].iter().collect();
            let body = json!({ "text": text }).to_string();
            let (suggestion, similar) = tokio::join!(
                async {
                    let answer = crowd.target.post("/api/v1/triage", &body, None).await;
                    crowd.note("suggestion", due, answer.as_ref());
                },
                async {
                    let answer = crowd.target.post("/api/v1/similar", &body, None).await;
                    crowd.note("similar", due, answer.as_ref());
                }
            );
            let ((), ()) = (suggestion, similar);
            due += PACE;
        }
        tokio::time::sleep_until(due.into()).await;
        let key = format!("load-{}-{n}-{call}", std::process::id());
        let text: String = chars.iter().collect();
        let body = json!({ "text": format!("{text} {key}"), "caller": { "number": format!("138{:08}", call) } });
        let answer = crowd.target.post("/api/v1/appeals", &body.to_string(), Some(&key)).await;
        crowd.note("save", due, answer.as_ref());
        due = Instant::now().max(due) + NEXT_CALL;
        call += of;
    }
}

/// Pages a second with so many connections that each ask again at once.
pub(crate) async fn most(target: &Arc<Target>, paths: &[String], connections: usize, length: Duration) -> f64 {
    let (began, served) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let each = (0..connections).map(|n| {
        let (target, served, paths) = (target.clone(), served.clone(), paths.to_vec());
        tokio::spawn(async move {
            let mut turn = n;
            while began.elapsed() < length {
                turn += 1;
                if outcome(target.get(&paths[turn % paths.len()]).await.as_ref()) == Outcome::Good {
                    served.fetch_add(1, Ordering::SeqCst);
                }
            }
        })
    });
    for one in each.collect::<Vec<_>>() {
        one.await.unwrap();
    }
    served.load(Ordering::SeqCst) as f64 / began.elapsed().as_secs_f64()
}
