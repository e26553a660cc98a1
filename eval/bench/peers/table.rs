//! One report: Markdown for people, JSON for programs.

use std::fmt::Write;

use serde_json::{Value, json};

use super::{
    System,
    measure::{Agreement, Cell, Whole},
    start::Started,
    state::Load,
};

pub(crate) struct Report {
    pub(crate) bundle: String,
    pub(crate) source: String,
    pub(crate) machine: String,
    pub(crate) state: Load,
    pub(crate) versions: Value,
    pub(crate) rounds: usize,
    pub(crate) agreement: Vec<Agreement>,
    pub(crate) network: Vec<Cell>,
    pub(crate) whole: Vec<Whole>,
    pub(crate) started: Vec<Started>,
}

const F32_PEERS: [System; 2] = [System::OrtF32, System::TorchF32];

fn peers() -> impl Iterator<Item = System> {
    System::ALL.into_iter().filter(|s| !s.is_ours())
}

fn most(systems: impl Iterator<Item = System>, of: impl Fn(System) -> f64) -> f64 {
    systems.map(of).fold(0.0, f64::max)
}

fn least(systems: impl Iterator<Item = System>, of: impl Fn(System) -> f64) -> f64 {
    systems.map(of).fold(f64::INFINITY, f64::min)
}

/// Thousands, as a person reads them.
fn thousands(x: f64) -> String {
    if x >= 99_500.0 { format!("{:.0}k", x / 1e3) } else { format!("{:.1}k", x / 1e3) }
}

fn milliseconds(seconds: f64) -> String {
    let ms = seconds * 1e3;
    if ms >= 100.0 { format!("{ms:.0}") } else { format!("{ms:.2}") }
}

fn header(table: &mut String, first: &str, last: &str) {
    let names: Vec<&str> = System::ALL.iter().map(|s| s.name()).collect();
    let _ = writeln!(table, "| {first} | {} | {last} |", names.join(" | "));
    let columns = first.split('|').count() + names.len() + last.split('|').count();
    let _ = writeln!(table, "|{}", "---|".repeat(columns));
}

impl Report {
    pub(crate) fn markdown(&self) -> String {
        let mut out = String::new();
        let version = |name: &str| self.versions["versions"][name].as_str().unwrap_or("?").to_owned();
        let _ = writeln!(
            out,
            "Bundle {}, appeals of {}; {}; load {} before, {:.1} cores used by others on average over {:.0} s; medians \
             of {} rounds. onnxruntime {}, PyTorch {}, scikit-learn {}, tokenizers {}, Python {}.\n",
            self.bundle,
            self.source,
            self.machine,
            self.state.before,
            self.state.others,
            self.state.seconds,
            self.rounds,
            version("onnxruntime"),
            version("torch"),
            version("scikit-learn"),
            version("tokenizers"),
            self.versions["python"].as_str().unwrap_or("?"),
        );
        if !self.network.is_empty() {
            self.throughput(&mut out);
            self.latency(&mut out);
        }
        self.appeals(&mut out);
        self.start(&mut out);
        self.same(&mut out);
        out
    }

    fn throughput(&self, out: &mut String) {
        let _ = writeln!(out, "The network alone, tokens/s (ratio: ours by the best peer):\n");
        header(out, "threads | batch | length", "ratio int8 | ratio f32");
        for c in &self.network {
            let rate = |s: System| c.tokens_per_second(s);
            let rates: Vec<String> = System::ALL.iter().map(|s| thousands(rate(*s))).collect();
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | **{:.2}** | {:.2} |",
                c.threads,
                c.batch,
                c.length,
                rates.join(" | "),
                rate(System::OursInt8) / most(peers(), rate),
                rate(System::OursF32) / most(F32_PEERS.into_iter(), rate),
            );
        }
    }

    fn latency(&self, out: &mut String) {
        let _ = writeln!(out, "\nThe same, p50 / p99 of a call in ms (ratio of p50: under 1, ours is sooner):\n");
        header(out, "threads | batch | length", "ratio int8");
        for c in &self.network {
            let shares = |s: &System| {
                format!("{} / {}", milliseconds(c.percentile(*s, 0.5)), milliseconds(c.percentile(*s, 0.99)))
            };
            let calls: Vec<String> = System::ALL.iter().map(shares).collect();
            let middle = |s: System| c.percentile(s, 0.5);
            let ratio = middle(System::OursInt8) / least(peers(), middle);
            let (t, b, l) = (c.threads, c.batch, c.length);
            let _ = writeln!(out, "| {t} | {b} | {l} | {} | **{ratio:.2}** |", calls.join(" | "));
        }
    }

    fn appeals(&self, out: &mut String) {
        if self.whole.is_empty() {
            return;
        }
        let best = self.whole.iter().filter(|w| w.peer).map(|w| w.appeals_per_second).fold(0.0, f64::max);
        let _ =
            writeln!(out, "\nWhole appeals, from text to labels, all cores (ratio: by the best transformer peer):\n");
        let _ = writeln!(out, "| system | appeals/s | tokens each | ratio |\n|---|---|---|---|");
        for w in &self.whole {
            let tokens = if w.tokens > 0 { format!("{:.0}", w.tokens as f64 / self.asked()) } else { String::new() };
            let ratio = w.appeals_per_second / best;
            let _ = writeln!(out, "| {} | {:.0} | {tokens} | {ratio:.2} |", w.name, w.appeals_per_second);
        }
    }

    /// Appeals that ran from text to labels.
    fn asked(&self) -> f64 {
        super::WHOLE as f64
    }

    fn start(&self, out: &mut String) {
        if self.started.is_empty() {
            return;
        }
        let _ = writeln!(out, "\nCold start (process start to first answer) and memory:\n");
        let _ = writeln!(out, "| program | ms | resident MB | at most MB |\n|---|---|---|---|");
        for s in &self.started {
            let memory = s
                .memory
                .map_or((String::new(), String::new()), |(now, peak)| (format!("{now:.0}"), format!("{peak:.0}")));
            let _ = writeln!(out, "| {} | {:.0} | {} | {} |", s.name, s.seconds * 1e3, memory.0, memory.1);
        }
    }

    fn same(&self, out: &mut String) {
        let _ = writeln!(out, "\nLogits beside ours in f32, and appeals with the same first label:\n");
        let _ = writeln!(
            out,
            "| system | largest difference | mean | type | category | department | urgency |\n|---|---|---|---|---|---|---|"
        );
        for a in &self.agreement {
            let labels: Vec<String> = a.labels.iter().map(|l| format!("{l:.4}")).collect();
            let _ =
                writeln!(out, "| {} | {:.2e} | {:.2e} | {} |", a.system.name(), a.largest, a.mean, labels.join(" | "));
        }
    }

    pub(crate) fn json(&self) -> Value {
        let cells = self.network.iter().map(|c| {
            let systems: serde_json::Map<String, Value> = System::ALL
                .iter()
                .map(|s| {
                    let figures = json!({
                        "tokens_per_s": c.tokens_per_second(*s), "p50_ms": c.percentile(*s, 0.5) * 1e3,
                        "p99_ms": c.percentile(*s, 0.99) * 1e3, "calls": c.calls(*s),
                    });
                    (s.key().to_owned(), figures)
                })
                .collect();
            let ratio = c.tokens_per_second(System::OursInt8) / most(peers(), |s| c.tokens_per_second(s));
            json!({
                "threads": c.threads, "batch": c.batch, "length": c.length, "systems": systems, "ours_by_best_peer": ratio,
            })
        });
        let whole = self.whole.iter().map(|w| {
            json!({
                "name": w.name, "system": w.system.map(System::key), "appeals_per_s": w.appeals_per_second,
                "tokens": w.tokens,
            })
        });
        let started = self.started.iter().map(|s| {
            json!({
                "name": s.name, "system": s.system.map(System::key), "first_answer_ms": s.seconds * 1e3,
                "resident_mb": s.memory.map(|m| m.0), "peak_mb": s.memory.map(|m| m.1),
            })
        });
        let agreement = self.agreement.iter().map(
            |a| json!({ "system": a.system.key(), "largest": a.largest, "mean": a.mean, "same_first_label": a.labels }),
        );
        json!({
            "bundle": self.bundle, "source": self.source, "machine": self.machine, "versions": self.versions,
            "state": {
                "load_before": self.state.before, "cores_used_by_others": self.state.others, "seconds": self.state.seconds,
            },
            "rounds": self.rounds, "network": cells.collect::<Vec<_>>(), "appeals": whole.collect::<Vec<_>>(),
            "start": started.collect::<Vec<_>>(), "agreement": agreement.collect::<Vec<_>>(),
        })
    }
}
