//! Progress bars: on stderr, and only on a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::desk::{Stage, Tick};

/// A bar over a known number of things, or a spinner over an unknown one.
pub(super) fn bar(what: &'static str, total: Option<u64>) -> ProgressBar {
    let bar = match total {
        Some(n) => ProgressBar::new(n),
        None => ProgressBar::no_length(),
    };
    // stderr() draws nothing when stderr is not a terminal.
    bar.set_draw_target(ProgressDrawTarget::stderr());
    let template = match total {
        Some(_) => "{msg} {bar:30} {human_pos}/{human_len}  {per_sec}  剩余 {eta}",
        None => "{msg} {spinner} {human_pos}  {per_sec}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar
}

/// One bar after another for the stages of an import.
#[derive(Default)]
pub(super) struct Stages {
    now: Option<(Stage, ProgressBar)>,
}

impl Stages {
    pub(super) fn tick(&mut self, tick: Tick, total: Option<u64>) {
        let total = tick.total.or(total);
        if self.now.as_ref().is_none_or(|(stage, _)| *stage != tick.stage) {
            self.finish();
            let what = match tick.stage {
                Stage::Store => "入库",
                Stage::Triage => "研判",
                Stage::Index => "索引",
            };
            self.now = Some((tick.stage, bar(what, total)));
        }
        if let Some((_, bar)) = &self.now {
            bar.set_position(tick.done);
        }
    }

    /// The reading of a file, by its bytes.
    pub(super) fn bytes(&mut self, read: u64, total: u64) {
        self.tick(Tick { stage: Stage::Store, done: read, total: Some(total) }, None);
    }

    pub(super) fn finish(&mut self) {
        if let Some((_, bar)) = self.now.take() {
            bar.finish();
        }
    }
}
