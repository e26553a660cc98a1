//! The bundles of the data folder: which answers, which answers next.

use serde_json::json;

use crate::{
    domain::{Fault, FaultKind, Right},
    shelf::{Chosen, Entry, Kept, Shelf, ShelfError, Why},
};

use super::{
    super::{Desk, trouble::lost},
    Adoption,
    compare::LEAST,
};

/// The bundles of the data folder.
#[derive(Clone, Debug, Default)]
pub struct Models {
    /// On the shelf.
    pub kept: Vec<Kept>,
    /// Which is to answer.
    pub active: Chosen,
    /// Which one a rollback brings back.
    pub before: Option<Chosen>,
    /// Changes, the newest first.
    pub journal: Vec<Entry>,
}

impl Desk {
    /// The bundles of the data folder.
    ///
    /// # Errors
    /// Not allowed, there is no data folder, or it cannot be read.
    pub fn models(&self) -> Result<Models, Fault> {
        self.actor().needs(Right::Quality)?;
        let shelf = self.shelf()?;
        let standing = shelf.standing().map_err(told)?;
        let mut journal = shelf.journal().map_err(told)?;
        journal.reverse();
        Ok(Models {
            kept: shelf.list().map_err(told)?,
            before: standing.before.last().cloned(),
            active: standing.bundle,
            journal,
        })
    }

    /// Lets another bundle answer (none: the embedded one); the running service takes it up by itself.
    /// It has to have been compared with the present one and to be no worse, unless `anyway`. The figures
    /// go into the journal.
    ///
    /// # Errors
    /// Not allowed, no reason is given, the bundle cannot be used, was not compared, or is worse.
    pub async fn activate_model(&self, id: Option<&str>, reason: &str, anyway: bool) -> Result<Entry, Fault> {
        let (actor, shelf) = (self.actor(), self.shelf()?);
        actor.needs(Right::Admin)?;
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > 500 {
            return Err(Fault::invalid("请写明启用理由(500 字以内)").at("reason"));
        }
        // What cannot be opened is refused before anything else is asked for.
        let (chosen, _) = self.opened(id).await?;
        let (against, figures) = self.judged_for(&chosen);
        if !against.is_empty() && !anyway {
            let why = format!("未启用 {chosen}:{};确需启用请勾选“仍然启用”", against.join(";"));
            return Err(Fault::new(FaultKind::Conflict, why));
        }
        let lived = |(id, a): &(String, Adoption)| json!({ "model": id, "first": a.first, "of": a.of });
        let models = self.quality().await?.models;
        let compared = json!({ "decided": models.iter().map(lived).collect::<Vec<_>>(), "held_back": figures });
        let forced = !against.is_empty();
        let why = Why { who: actor.name.clone(), reason: Some(reason.to_owned()), forced, compared };
        let done = tokio::task::spawn_blocking(move || shelf.activate(chosen, why));
        let entry = done.await.map_err(|_| lost("activating a model"))?.map_err(told)?;
        let detail = format!("{} -> {}", entry.instead_of, entry.bundle);
        let detail = if forced { format!("{detail}: {}", against.join(";")) } else { detail };
        self.note(&actor, "model_activated", detail).await?;
        Ok(entry)
    }

    /// What the last comparison says against a bundle beside the present one, and its figures.
    fn judged_for(&self, chosen: &Chosen) -> (Vec<String>, serde_json::Value) {
        let present = self.model().unwrap_or_default();
        let last = self.room.comparing.load_full();
        let found = last.filter(|c| c.other == *chosen && c.present == present).and_then(|c| c.found.clone());
        match found {
            None => (vec!["还没有与当前模型比较".to_owned()], serde_json::Value::Null),
            Some(Err(why)) => (vec![format!("与当前模型的比较没有完成({why})")], serde_json::Value::Null),
            Some(Ok(found)) => {
                let rows = found.comparison.judged();
                let few = format!("可比较的工单只有 {rows} 件,少于 {LEAST} 件,说明不了问题");
                let mut against = found.against;
                if rows < LEAST {
                    against.push(few);
                }
                let heads = found.comparison.heads.iter();
                let heads: Vec<_> =
                    heads.map(|h| json!({ "head": h.head, "present": h.a, "new": h.b, "p": h.paired.p })).collect();
                (against, json!({ "rows": found.comparison.rows, "heads": heads }))
            }
        }
    }

    /// Lets the bundle before answer again.
    ///
    /// # Errors
    /// Not allowed, or there is none.
    pub async fn roll_model_back(&self, reason: &str) -> Result<Entry, Fault> {
        let (actor, shelf) = (self.actor(), self.shelf()?);
        actor.needs(Right::Admin)?;
        let reason = Some(reason.trim().chars().take(500).collect::<String>()).filter(|r| !r.is_empty());
        let why = Why { who: actor.name.clone(), reason, ..Why::default() };
        let done = tokio::task::spawn_blocking(move || shelf.rollback(why));
        let entry = done.await.map_err(|_| lost("going back to a model"))?.map_err(told)?;
        self.note(&actor, "model_rolled_back", format!("{} -> {}", entry.instead_of, entry.bundle)).await?;
        Ok(entry)
    }

    pub(super) fn shelf(&self) -> Result<Shelf, Fault> {
        let data = self.room.config.data.as_deref();
        data.map(Shelf::of).ok_or_else(|| Fault::invalid("此服务没有数据目录,不能更换模型"))
    }
}

/// Why the shelf did not do it, in the house's words.
pub(super) fn told(error: ShelfError) -> Fault {
    let message = match error {
        ShelfError::File { path, why } => format!("{path} 无法读写:{why}"),
        ShelfError::Absent { name, .. } => format!("模型库中没有 {name}"),
        ShelfError::Ambiguous { name, may } => format!("“{name}”可能是 {},请写全", may.join("、")),
        ShelfError::Answers(id) => format!("{id} 正在使用中,请先启用别的模型"),
        ShelfError::Already(id) => format!("{id} 已在使用中"),
        ShelfError::First => "此前没有用过别的模型,无可退回".to_owned(),
        ShelfError::Bundle { id, error } => format!("模型 {id} 无法使用:{error}"),
        ShelfError::Changed { id, found, .. } => format!("模型 {id} 的文件已被改动(现为 {found}),请重新加入模型库"),
    };
    Fault::new(FaultKind::Conflict, message)
}
