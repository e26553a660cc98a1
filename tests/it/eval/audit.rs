//! The suite of bulletins: the auditor blames rightly and finds what is wrong.

use std::path::Path;

use tingsu::{
    eval::audit::{AuditEvalArgs, Said, run},
    report,
};

#[test]
fn the_suite_is_told_right() {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("eval/suites/audit.jsonl");
    let said = |text: &str| {
        let said = |c: report::audit::Check| Said {
            verdict: c.verdict.name(),
            kind: c.kind.name(),
            claim: c.claim,
            start: c.start,
            end: c.end,
            reason: c.reason,
        };
        report::audit::audit(text).into_iter().map(said).collect()
    };
    let report = run(&AuditEvalArgs { suite, misses: true, json: false }, said).unwrap();
    let bulletins: usize = report.halves.values().map(|h| h.bulletins).sum();
    assert!(bulletins >= 80, "{bulletins}");
    for (name, half) in &report.halves {
        assert!(half.all.precision() >= Some(0.95), "{name}: {:?}", report.misses);
        assert!(half.all.recall() >= Some(0.9), "{name}: {:?}", report.misses);
    }
    // An auditor that says nothing finds nothing.
    let silent = run(
        &AuditEvalArgs {
            suite: Path::new(env!("CARGO_MANIFEST_DIR")).join("eval/suites/audit.jsonl"),
            misses: false,
            json: false,
        },
        |_| Vec::new(),
    );
    assert!(silent.unwrap().halves.values().all(|h| h.all.recall() == Some(0.0)));
}
