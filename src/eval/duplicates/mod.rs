//! Are 重复, 同一事件 and 同类 kept apart? Every appeal of a city whose events are known looks for the ones
//! before it, as at intake; each case that it is shown is held against the labels.

mod report;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    domain::{Appeal, TicketId, fold},
    insight::{Common, Heard, Relation, Side, relation},
    model::ModelError,
    numeric::Quantised,
    search::{IndexDoc, SearchError, SearchIndex, Vectors},
    triage::Triager,
};

pub use report::{DuplicatesReport, Kept, Shown};

use super::topics::{Told, ear, read_city};

/// 重复、同一事件、同类:模拟城市中每件诉求所列的以往诉求,关系是否判对
#[derive(Clone, Debug, clap::Args)]
pub struct DuplicatesEvalArgs {
    /// 模型目录;none 表示只凭词语、地点和时间(默认:内置模型)
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
    /// 城市包目录(默认:内置演示城市)
    #[arg(long, value_name = "DIR")]
    pub city: Option<PathBuf>,
    /// 模拟诉求目录(含 event、repeat_of 字段)
    #[arg(long, value_name = "DIR", default_value = "corpora/jianghai/appeals")]
    pub corpus: PathBuf,
    /// 每件列出多少件以往诉求
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub limit: usize,
    /// 把每一对比较写入此文件(JSONL),供查错和选取界限
    #[arg(long, value_name = "FILE")]
    pub pairs: Option<PathBuf>,
    /// 输出 JSON
    #[arg(long)]
    pub json: bool,
}

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum DuplicatesError {
    /// The appeals.
    #[error(transparent)]
    Data(#[from] crate::labelled::DataError),
    /// The bundle.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The index.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// A file or folder of the machine.
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    /// An appeal without a usable number.
    #[error("{0}")]
    Number(String),
}

/// Cases that are looked at before the best are shown, as at the desk.
const LOOKED_AT: usize = 50;

/// Compares every appeal with the like ones before it.
///
/// # Errors
/// The corpus cannot be read, the bundle or the index fails.
pub fn run(args: &DuplicatesEvalArgs, triager: &Triager) -> Result<DuplicatesReport, DuplicatesError> {
    let mut told = read_city(&args.corpus)?;
    let mut heard: Vec<Heard> = told.iter().map(|t| t.heard.clone()).collect();
    let vectors = ear(triager, &mut heard)?;
    told.iter_mut().zip(&heard).for_each(|(told, heard)| told.heard.clone_from(heard));
    let dir = std::env::temp_dir().join(format!("tingsu-eval-duplicates-{}", std::process::id()));
    let index = indexed(&dir, &told, triager, &vectors)?;
    let gold = Gold::of(&told);
    let sides: Vec<Side<'_>> = told.iter().map(|t| side(t, triager)).collect();
    let mut report = DuplicatesReport::new(&told, args.limit);
    let mut lines = String::new();
    for (n, own) in told.iter().enumerate() {
        let appeal = Appeal::new(own.heard.title.clone(), own.heard.text.clone());
        let vector = vectors.get(n).filter(|v| !v.is_empty()).map(Vec::as_slice);
        // those after it are not there yet when it comes in: more are asked for, to be left with enough
        let like = index.alike(&appeal, vector, &named(own, triager), told.len().min(4 * LOOKED_AT), None)?;
        let mut shown: Vec<Shown> = Vec::new();
        for (place, alike) in like.iter().enumerate() {
            let Some(&past) = gold.number.get(alike.ticket.as_str()) else { continue };
            if past == n || (sides[past].at, past) > (sides[n].at, n) || shown.len() == LOOKED_AT {
                continue;
            }
            let common = Common::of(&sides[n], &sides[past], alike.matter, alike.cosine);
            let said = relation(&sides[n], &sides[past], &common);
            shown.push(Shown { past, said, right: gold.relation(n, past), place, common });
        }
        if args.pairs.is_some() {
            shown.iter().for_each(|s| lines.push_str(&pair(&told, &sides, n, s)));
        }
        shown.sort_by_key(|s| (s.said, s.place));
        shown.truncate(args.limit);
        let earlier = (0..told.len()).filter(|&past| (sides[past].at, past) < (sides[n].at, n));
        let before: BTreeSet<Relation> = earlier.map(|past| gold.relation(n, past)).collect();
        report.add(n, &shown, &before);
    }
    drop(index);
    // a folder of the system's for temporary files; what stays behind is cleared by the system
    let _ = std::fs::remove_dir_all(&dir);
    if let Some(file) = &args.pairs {
        std::fs::write(file, lines).map_err(|e| DuplicatesError::File(file.display().to_string(), e))?;
    }
    Ok(report)
}

/// One comparison as a line.
fn pair(told: &[Told], sides: &[Side<'_>], new: usize, shown: &Shown) -> String {
    let (a, b) = (&told[new].heard, &told[shown.past].heard);
    let hours = sides[new].at.duration_since(sides[shown.past].at).as_hours();
    let line = serde_json::json!({
        "new": a.id, "past": b.id, "said": format!("{:?}", shown.said), "right": format!("{:?}", shown.right),
        "words": shown.common.words, "cosine": shown.common.cosine, "same_place": shown.common.same_place,
        "same_category": shown.common.same_category, "hours": hours, "place": shown.place,
        "same_caller": a.caller.is_some() && a.caller == b.caller, "tuning": tuning(&told[new]),
        "new_title": a.title, "past_title": b.title,
    });
    format!("{line}\n")
}

/// Whether an appeal chose bounds; by event, else by its own number.
fn tuning(told: &Told) -> bool {
    fold(told.event.as_deref().unwrap_or(&told.heard.id), 2) == 0
}

/// What the labels say.
struct Gold<'a> {
    told: &'a [Told],
    number: HashMap<&'a str, usize>,
    /// First appeal of each one's chain of repeats.
    first: Vec<usize>,
}

impl<'a> Gold<'a> {
    fn of(told: &'a [Told]) -> Self {
        let number: HashMap<&str, usize> = told.iter().enumerate().map(|(n, t)| (t.heard.id.as_str(), n)).collect();
        let first = (0..told.len()).map(|n| {
            let mut at = n;
            // no chain is longer than there are appeals, even if the labels run in a circle
            for _ in 0..told.len() {
                match told[at].repeat_of.as_deref().and_then(|id| number.get(id)) {
                    Some(&before) => at = before,
                    None => break,
                }
            }
            at
        });
        Self { first: first.collect(), told, number }
    }

    /// A caller who says again what was said, or calls again about the same event, repeats; others tell of
    /// the same event.
    fn relation(&self, a: usize, b: usize) -> Relation {
        let (one, other) = (&self.told[a], &self.told[b]);
        let same_event = one.event.is_some() && one.event == other.event;
        let same_caller = one.heard.caller.is_some() && one.heard.caller == other.heard.caller;
        match (self.first[a] == self.first[b], same_event, same_caller) {
            (true, ..) | (_, true, true) => Relation::Repeat,
            (_, true, false) => Relation::SameEvent,
            _ => Relation::SameKind,
        }
    }
}

/// All that is said of where it is.
fn named(told: &Told, triager: &Triager) -> BTreeSet<String> {
    let heard = &told.heard;
    let found = triager.places(&Appeal::new(heard.title.clone(), heard.text.clone()));
    let given = [&heard.place, &heard.district, &heard.town].into_iter().flatten().filter(|p| !p.is_empty());
    given.cloned().chain(found.into_iter().map(|p| p.text)).collect()
}

/// As the desk compares them: places as given and as found, without names of regions.
fn side<'a>(told: &'a Told, triager: &Triager) -> Side<'a> {
    let heard = &told.heard;
    let found = triager.places(&Appeal::new(heard.title.clone(), heard.text.clone()));
    let given = heard.place.iter().filter(|p| !p.is_empty()).cloned();
    let places: BTreeSet<String> =
        given.chain(found.into_iter().map(|p| p.text)).filter(|p| !triager.pack.is_region(p)).collect();
    Side {
        caller: heard.caller.as_deref(),
        category: heard.categories.first().map(|(code, _)| code.as_str()),
        places,
        at: heard.at.unwrap_or_default(),
    }
}

/// The appeals in an index of their own.
fn indexed(dir: &Path, told: &[Told], triager: &Triager, vectors: &[Vec<f32>]) -> Result<SearchIndex, DuplicatesError> {
    let index = SearchIndex::recreate(dir, Arc::clone(&triager.analyser.segmenter), "eval")?;
    let mut docs = Vec::with_capacity(told.len());
    for (n, Told { heard, .. }) in told.iter().enumerate() {
        let place: Vec<&str> =
            [&heard.district, &heard.town, &heard.place].into_iter().flatten().map(String::as_str).collect();
        docs.push(IndexDoc {
            assisting: Vec::new(),
            ticket: TicketId::new(&heard.id).map_err(|e| DuplicatesError::Number(e.message))?,
            appeal: Appeal::new(heard.title.clone(), heard.text.clone()),
            reply: String::new(),
            place: place.join(" "),
            facets: BTreeMap::new(),
            received_at: heard.at.unwrap_or_default(),
            seq: n as i64 + 1,
        });
    }
    index.apply(&docs)?;
    index.commit(docs.len() as i64)?;
    if let Some(width) = vectors.first().map(Vec::len).filter(|w| *w > 0) {
        let table = Vectors::new("eval", width);
        let rounded: Vec<Quantised> = vectors.iter().map(|v| Quantised::of(v)).collect();
        table.put(docs.iter().zip(&rounded).map(|(d, r)| (&d.ticket, r.slice())));
        index.set_vectors(Some(Arc::new(table)));
    }
    Ok(index)
}
