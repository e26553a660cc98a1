//! A stand-in for the model, only to be slow or to fail on purpose.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use tingsu::{
    domain::{Appeal, Candidate, Suggestion, Urgency, UrgencySuggestion},
    infer::Triage,
};

static BATCHES: AtomicUsize = AtomicUsize::new(0);

#[derive(Default)]
pub(super) struct StandIn {
    version: String,
    taking: Duration,
    taking_each: Duration,
    panics_at: Option<String>,
    fails_at: Option<String>,
    seen: Mutex<Vec<Vec<String>>>,
}

impl StandIn {
    pub(super) fn new(version: &str) -> Self {
        Self { version: version.into(), ..Self::default() }
    }

    pub(super) fn taking(self, taking: Duration) -> Self {
        Self { taking, ..self }
    }

    pub(super) fn taking_each(self, taking_each: Duration) -> Self {
        Self { taking_each, ..self }
    }

    pub(super) fn panicking_at(self, text: &str) -> Self {
        Self { panics_at: Some(text.into()), ..self }
    }

    pub(super) fn failing_at(self, text: &str) -> Self {
        Self { fails_at: Some(text.into()), ..self }
    }

    pub(super) fn shared(self) -> Arc<Self> {
        Arc::new(self)
    }

    /// Texts that were computed, in order.
    pub(super) fn texts(&self) -> Vec<String> {
        self.seen.lock().unwrap().concat()
    }

    pub(super) fn computed(&self) -> usize {
        self.texts().len()
    }

    pub(super) fn largest_batch(&self) -> usize {
        self.seen.lock().unwrap().iter().map(Vec::len).max().unwrap_or(0)
    }

    /// Waits until so many appeals have reached the model.
    pub(super) async fn wait_until_seen(&self, appeals: usize) {
        while self.computed() < appeals {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// The text that an answer belongs to.
    pub(super) fn echo(suggestion: &Suggestion) -> &str {
        &suggestion.category[0].label
    }

    /// The batch in which an answer was made.
    pub(super) fn batch(suggestion: &Suggestion) -> String {
        suggestion.category[1].label.clone()
    }

    fn answer(&self, appeal: &Appeal, batch: usize) -> Suggestion {
        let candidate = |label: String| Candidate { label, p: 1.0 };
        Suggestion {
            model: Some(self.version.clone()),
            pack: self.version.clone(),
            appeal_type: Vec::new(),
            category: vec![candidate(appeal.text.clone()), candidate(batch.to_string())],
            department: Vec::new(),
            urgency: UrgencySuggestion {
                level: Urgency::U4,
                p: 1.0,
                model: [0.0, 0.0, 0.0, 1.0],
                floor: None,
                cues: Vec::new(),
                flags: BTreeSet::new(),
                linkage: Vec::new(),
            },
            flag_p: Vec::new(),
            places: Vec::new(),
            reasons: Vec::new(),
            uncertain: false,
            precedent: None,
            vector: None,
        }
    }
}

impl Triage for StandIn {
    fn triage(&self, appeals: &[Appeal], _: bool) -> Result<Vec<Suggestion>, String> {
        self.seen.lock().unwrap().push(appeals.iter().map(|a| a.text.clone()).collect());
        thread::sleep(self.taking + self.taking_each * appeals.len() as u32);
        let holds = |bad: &Option<String>| bad.as_ref().is_some_and(|bad| appeals.iter().any(|a| a.text == *bad));
        assert!(!holds(&self.panics_at), "the stand-in panics at 毒 on purpose");
        if holds(&self.fails_at) {
            return Err("the stand-in fails".into());
        }
        let batch = BATCHES.fetch_add(1, Ordering::Relaxed);
        Ok(appeals.iter().map(|a| self.answer(a, batch)).collect())
    }
}
