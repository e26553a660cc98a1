//! What is asked of long tables: the audit by page, alarms as they stand.

use tingsu::{
    domain::{Actor, Role, TimeRange},
    store::{AlarmLine, AuditFilter, Entry},
};

use super::Any;
use crate::store::given::{T0, at};

/// Newest first by time, each line once, also where the clock was set back.
pub(super) async fn the_audit_is_paged_by_what_is_asked(store: Any) {
    let clock = ["2026-05-12T09:00:00Z", "2026-05-12T09:05:00Z", "2026-05-12T08:50:00Z", "2026-05-12T09:00:00Z"];
    for (n, time) in clock.into_iter().enumerate() {
        let by = Actor::person(["li", "wang"][n % 2], Role::Admin);
        let entries = ["backed_up", "words_changed"].map(|action| Entry::new(&by, action, format!("{n}")));
        store.ledger().record(entries.to_vec(), at(time)).await.unwrap();
    }
    let of = async |filter: &AuditFilter| {
        let (mut filter, mut all) = (filter.clone(), Vec::new());
        loop {
            let lines = store.upkeep().audit_lines(&filter, 2).await.unwrap();
            all.extend(lines.iter().map(|line| line.id));
            let Some(last) = lines.last() else { return all };
            filter.before = Some(last.id);
        }
    };
    assert_eq!(of(&AuditFilter::default()).await, [4, 3, 8, 7, 2, 1, 6, 5]);
    let li = AuditFilter { actor: Some("li".into()), ..AuditFilter::default() };
    assert_eq!(of(&li).await, [2, 1, 6, 5]);
    assert_eq!(of(&AuditFilter { action: Some("backed_up".into()), ..li }).await, [1, 5]);
    let range = TimeRange { from: Some(at("2026-05-12T09:00:00Z")), to: Some(at("2026-05-12T09:05:00Z")) };
    assert_eq!(of(&AuditFilter { at: range, ..AuditFilter::default() }).await, [8, 7, 2, 1]);
    assert_eq!(of(&AuditFilter { actor: Some("nobody".into()), ..AuditFilter::default() }).await, [0_i64; 0]);
}

fn line(stream: &str, change: &str, callers: usize) -> AlarmLine {
    AlarmLine {
        stream: stream.into(),
        of: "keyword".into(),
        name: stream.into(),
        told_at: at(T0),
        at: at(T0),
        change: change.into(),
        sudden: false,
        cause: "超出平常".into(),
        callers,
        window_hours: 24.0,
        expected: 0.5,
        p: 1e-6,
        surge: true,
        event: None,
        tickets: vec!["T-1".into()],
    }
}

pub(super) async fn alarms_stand_by_their_last_line(store: Any) {
    let log = store.alarm_log();
    let told = [line("A", "raised", 5), line("B", "raised", 4), line("A", "updated", 8), line("C", "raised", 3)];
    log.tell_alarms(&told).await.unwrap();
    log.tell_alarms(&[line("B", "closed", 4)]).await.unwrap();
    let heads = async |named: &[&str]| {
        let named: Vec<String> = named.iter().map(|n| (*n).to_owned()).collect();
        let heads = log.alarm_heads(&named).await.unwrap();
        heads.into_iter().map(|h| (h.stream, h.change, h.callers)).collect::<Vec<_>>()
    };
    let of = |stream: &str, change: &str, callers| (stream.to_owned(), change.to_owned(), callers);
    assert_eq!(heads(&[]).await, [of("C", "raised", 3), of("A", "updated", 8)], "open ones");
    let named = [of("B", "closed", 4), of("C", "raised", 3), of("A", "updated", 8)];
    assert_eq!(heads(&["B", "A", "none"]).await, named, "and those named, each once");
    log.tell_alarms(&[line("B", "raised", 9)]).await.unwrap();
    assert_eq!(heads(&[]).await[0], of("B", "raised", 9), "open again");
    assert_eq!(log.alarm_lines(Some("B"), 9).await.unwrap().len(), 3, "its history stays");
}
