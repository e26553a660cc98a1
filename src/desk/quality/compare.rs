//! Another bundle beside the one that answers, on decided tickets that were held back from training: what
//! would be better, what worse. Runs beside the service, one comparison at a time.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    city::CityPack,
    domain::{Appeal, Fault, FaultKind, Head, Labels, Right},
    eval::compare::{Answered, Comparison, compare},
    labelled::Part,
    model::Bundle,
    shelf::Chosen,
    triage::Triager,
};

use super::{
    super::{
        Desk,
        learn::{Case, HistoryOptions, read_history},
        trouble::lost,
    },
    models::told,
};

/// Decided tickets that are compared on: the newest ones.
const MOST: usize = 400;
/// Under so many a comparison says nothing.
pub(super) const LEAST: usize = 20;
/// A head may be worse by this share.
pub(super) const MARGIN: f64 = 0.01;
/// Appeals triaged together.
const BATCH: usize = 8;
/// The heads, in the order of every row.
const HEADS: [(&str, Head); 4] =
    [("type", Head::Type), ("category", Head::Category), ("department", Head::Department), ("urgency", Head::Urgency)];

/// What a comparison found.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// The figures.
    pub comparison: Comparison,
    /// Why the other bundle should not be activated, in words; empty if nothing speaks against it.
    pub against: Vec<String>,
}

/// A comparison that runs or is done.
#[derive(Clone, Debug)]
pub struct Comparing {
    /// Id of the bundle that answers, or that of the pack's rules alone.
    pub present: String,
    /// The other one.
    pub other: Chosen,
    /// When it was begun.
    pub at: Timestamp,
    /// Tickets compared, and how many there are.
    pub done: (usize, usize),
    /// What was found; none while it runs.
    pub found: Option<Result<Compared, String>>,
}

impl Desk {
    /// The comparison that runs, or the last one of this process.
    ///
    /// # Errors
    /// Not allowed.
    pub fn comparison(&self) -> Result<Option<Arc<Comparing>>, Fault> {
        self.actor().needs(Right::Quality)?;
        let last = self.room.comparing.load_full();
        if let Some(died) = last.as_ref().filter(|last| last.found.is_none() && self.room.compares.try_lock().is_ok()) {
            let found = Some(Err("比较中断,请查看日志后重试".to_owned()));
            return Ok(Some(Arc::new(Comparing { found, ..Comparing::clone(died) })));
        }
        Ok(last)
    }

    /// Begins to compare a bundle (none: the embedded one) with the one that answers.
    ///
    /// # Errors
    /// Not allowed, one runs already, or the bundle cannot be used.
    pub async fn compare_model(&self, id: Option<&str>) -> Result<(), Fault> {
        let actor = self.actor();
        actor.needs(Right::Quality)?;
        let turn = self.room.compares.clone().try_lock_owned();
        let turn = turn.map_err(|_| Fault::new(FaultKind::Conflict, "正在比较另一个模型,请等它完成"))?;
        let current = self.room.infer.current();
        let Some(present) = current.bundle.clone() else {
            return Err(Fault::new(FaultKind::Conflict, "当前没有模型给出建议,无从比较"));
        };
        let (other, bundle) = self.opened(id).await?;
        if bundle.id() == present.id() {
            return Err(Fault::new(FaultKind::Conflict, "所选模型正在使用中"));
        }
        let begun = Comparing {
            present: present.id().to_owned(),
            other: other.clone(),
            at: self.now(),
            done: (0, 0),
            found: None,
        };
        self.note(&actor, "model_compared", format!("{} {other}", present.id())).await?;
        self.room.comparing.store(Some(Arc::new(begun.clone())));
        let desk = Desk { room: self.room.clone(), actor: None };
        tokio::spawn(async move {
            let _turn = turn;
            let found = desk.compared(&begun, present, bundle).await.map_err(|fault| fault.message);
            let done = desk.room.comparing.load().as_ref().map_or((0, 0), |c| c.done);
            desk.room.comparing.store(Some(Arc::new(Comparing { found: Some(found), done, ..begun })));
        });
        Ok(())
    }

    /// A bundle of the shelf, or the embedded one.
    pub(super) async fn opened(&self, id: Option<&str>) -> Result<(Chosen, Arc<Bundle>), Fault> {
        let shelf = self.shelf()?;
        let id = id.map(|id| shelf.find(id)).transpose().map_err(told)?.map(|kept| kept.id);
        let embedded = self.room.config.bundle;
        let opened = tokio::task::spawn_blocking(move || match id {
            Some(id) => shelf.opened(&id).map(|bundle| (Chosen::Kept(id), Arc::new(bundle))).map_err(told),
            None => {
                let files = embedded.map(|files| files()).filter(|files| files.contains_key("config.json"));
                let files = files.ok_or_else(|| Fault::new(FaultKind::Conflict, "此程序不含内置模型"))?;
                let opened = Bundle::from_files(&files);
                let opened = opened.map_err(|e| Fault::new(FaultKind::Conflict, format!("内置模型无法使用:{e}")))?;
                Ok((Chosen::Embedded, Arc::new(opened)))
            }
        });
        opened.await.map_err(|_| lost("opening a model"))?
    }

    async fn compared(&self, begun: &Comparing, a: Arc<Bundle>, b: Arc<Bundle>) -> Result<Compared, Fault> {
        let pack = self.city();
        let history = read_history(self.room.store.as_ref(), &pack, &HistoryOptions::default(), |_| ()).await?;
        let mut cases: Vec<Case> =
            history.cases.into_iter().filter(|case| Part::of(&case.group) == Part::Held).collect();
        cases.drain(..cases.len().saturating_sub(MOST));
        let of = cases.len();
        let names = (a.id().to_owned(), b.id().to_owned());
        let mut against = strangers(&b, &pack);
        let both = [a, b].map(|bundle| Arc::new(Triager::new(pack.clone(), Some(bundle))));
        let mut rows = Vec::with_capacity(of);
        let mut left = cases.into_iter();
        loop {
            let batch: Vec<Case> = left.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            let both = both.clone();
            let answered = tokio::task::spawn_blocking(move || answered(batch, &both));
            rows.extend(answered.await.map_err(|_| lost("comparing two models"))??);
            self.room.comparing.store(Some(Arc::new(Comparing { done: (rows.len(), of), ..begun.clone() })));
        }
        let heads = HEADS.map(|(name, _)| name);
        let comparison = compare((&names.0, &names.1), &heads, &rows);
        against.extend(comparison.worse(&heads, MARGIN).into_iter().map(|worse| {
            let name = label(&worse.head);
            format!("{name}:{} 件中首选正确 {} 件,当前模型 {} 件", worse.b.of, worse.b.hits, worse.a.hits)
        }));
        Ok(Compared { comparison, against })
    }
}

/// A head in Chinese.
pub(super) fn label(head: &str) -> &'static str {
    match head {
        "type" => "诉求类型",
        "category" => "类别",
        "department" => "主办单位",
        _ => "急度",
    }
}

fn answered(cases: Vec<Case>, both: &[Arc<Triager>; 2]) -> Result<Vec<Answered>, Fault> {
    let appeals: Vec<Appeal> = cases.iter().map(|case| case.appeal.clone()).collect();
    let said = |triager: &Triager| -> Result<Vec<Vec<Option<String>>>, Fault> {
        let said = triager.triage(&appeals, false).map_err(|e| Fault::internal(e.to_string()))?;
        Ok(said.iter().map(|s| HEADS.map(|(_, head)| s.top(head).map(str::to_owned)).to_vec()).collect())
    };
    let [a, b] = both;
    let (a, b) = (said(a)?, said(b)?);
    let row = |(case, (a, b)): (Case, (_, _))| Answered { id: case.id.to_string(), gold: gold(&case.labels), a, b };
    Ok(cases.into_iter().zip(a.into_iter().zip(b)).map(row).collect())
}

fn gold(labels: &Labels) -> Vec<Option<String>> {
    vec![
        labels.appeal_type.map(|t| t.label().to_owned()),
        labels.category.clone(),
        labels.department.clone(),
        labels.urgency.map(|u| u.code().to_owned()),
    ]
}

/// Labels of the bundle that the pack does not know: they would never be shown.
fn strangers(bundle: &Bundle, pack: &CityPack) -> Vec<String> {
    let categories = bundle.category_labels().iter().filter(|c| pack.taxonomy.get(c).is_none()).count();
    let departments = bundle.department_labels().iter().filter(|d| pack.department(d).is_none()).count();
    let told = |what: &str, n: usize| (n > 0).then(|| format!("其{what}标签有 {n} 个不在城市包中"));
    [told("类别", categories), told("主办单位", departments)].into_iter().flatten().collect()
}
