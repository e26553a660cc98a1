//! What was measured, for people and programs.

use std::fmt;

use serde::Serialize;

use super::systems::BEST;

/// One system on one task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// `bm25`, `vector`, `hybrid`, or a peer.
    pub system: String,
    /// Mean of one over the place of the first right answer, zero beyond the tenth.
    pub mrr: f64,
    /// Share of the queries with a right answer among the first ten.
    pub recall: f64,
    /// Mean time of a query in ms, where it was taken; vectors of queries are made before.
    pub ms: Option<f64>,
}

impl Figures {
    /// Of the answers to queries, each with what is right.
    pub fn of<'a>(
        system: &str,
        answers: impl IntoIterator<Item = (&'a [usize], &'a [usize])>,
        took: Option<std::time::Duration>,
    ) -> Self {
        let (mut count, mut mrr, mut recall) = (0u32, 0.0, 0u32);
        for (found, right) in answers {
            count += 1;
            if let Some(at) = found.iter().take(BEST).position(|f| right.contains(f)) {
                mrr += 1.0 / (at as f64 + 1.0);
                recall += 1;
            }
        }
        let of = f64::from(count.max(1));
        let ms = took.map(|t| t.as_secs_f64() * 1e3 / of);
        Self { system: system.to_owned(), mrr: mrr / of, recall: f64::from(recall) / of, ms }
    }
}

/// One task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskReport {
    /// Short name.
    pub task: String,
    /// In Chinese.
    pub title: String,
    /// Texts indexed.
    pub docs: usize,
    /// Queries reported.
    pub queries: usize,
    /// By system.
    pub systems: Vec<Figures>,
}

/// All tasks.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SearchReport {
    /// Bundle that made the vectors.
    pub model: Option<String>,
    /// What to keep in mind, and what could not be measured.
    pub notes: Vec<String>,
    /// In order.
    pub tasks: Vec<TaskReport>,
}

impl fmt::Display for SearchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "检索评测,句向量来自 {}", self.model.as_deref().unwrap_or("(没有模型)"))?;
        for note in &self.notes {
            writeln!(f, "注意:{note}")?;
        }
        for task in &self.tasks {
            writeln!(f, "\n{}  {} 条查询,{} 件", task.title, task.queries, task.docs)?;
            writeln!(f, "  {:22} {:>8} {:>10} {:>9}", "", "MRR@10", "recall@10", "ms/query")?;
            for s in &task.systems {
                let ms = s.ms.map_or_else(|| "—".to_owned(), |ms| format!("{ms:.2}"));
                writeln!(f, "  {:22} {:>8.4} {:>10.4} {:>9}", s.system, s.mrr, s.recall, ms)?;
            }
        }
        Ok(())
    }
}
