//! Tests of the room `infer`, through its public face.

mod stand_in;
mod with_triager;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tingsu::{
    domain::Appeal,
    infer::{Infer, InferConfig, InferError},
};

use stand_in::StandIn;

fn config(queue: usize, batch: usize, threads: usize) -> InferConfig {
    InferConfig { queue, batch, threads }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(30)
}

fn appeal(text: impl Into<String>) -> Appeal {
    Appeal::new("", text)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_at_once_are_all_answered_once() {
    let model = StandIn::new("a").shared();
    let infer = Infer::start(Arc::clone(&model), config(1000, 16, 2));
    let calls: Vec<_> = (0..1000)
        .map(|n| {
            let infer = infer.clone();
            tokio::spawn(async move { infer.triage(appeal(format!("第{n}件")), soon()).await })
        })
        .collect();
    for (n, call) in calls.into_iter().enumerate() {
        let suggestion = call.await.unwrap().unwrap();
        assert_eq!(StandIn::echo(&suggestion), format!("第{n}件"), "the answer belongs to another appeal");
    }
    assert_eq!(model.computed(), 1000);
    assert_eq!(infer.waiting(), 0);
    assert!(model.largest_batch() > 1, "nothing was batched");
    assert!(model.largest_batch() <= 16);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_refuses_at_once_and_says_when_to_come_back() {
    let model = StandIn::new("a").taking(Duration::from_millis(300)).shared();
    let infer = Infer::start(Arc::clone(&model), config(2, 1, 1));
    let go = |n: usize| {
        let infer = infer.clone();
        tokio::spawn(async move { infer.triage(appeal(format!("{n}")), soon()).await })
    };
    let first = go(0);
    model.wait_until_seen(1).await;
    let waiting = [go(1), go(2)];
    while infer.waiting() < 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let asked = Instant::now();
    let refused = infer.triage(appeal("3"), soon()).await;
    assert!(asked.elapsed() < Duration::from_millis(100), "refusing took {:?}", asked.elapsed());
    let Err(InferError::Overloaded { retry_after }) = refused else { panic!("not refused: {refused:?}") };
    assert!(retry_after >= Duration::from_secs(1) && retry_after <= Duration::from_secs(60), "{retry_after:?}");
    assert!(first.await.unwrap().is_ok());
    for call in waiting {
        assert!(call.await.unwrap().is_ok(), "a request in the queue was lost");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_to_come_back_follows_the_measured_speed() {
    let model = StandIn::new("a").taking(Duration::from_millis(400)).shared();
    let infer = Infer::start(Arc::clone(&model), config(8, 1, 1));
    infer.triage(appeal("measured"), soon()).await.unwrap();
    let go = |n: usize| {
        let infer = infer.clone();
        tokio::spawn(async move { infer.triage(appeal(format!("{n}")), soon()).await })
    };
    let mut calls = vec![go(0)];
    model.wait_until_seen(2).await;
    calls.extend((1..9).map(go));
    while infer.waiting() < 8 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let Err(InferError::Overloaded { retry_after }) = infer.triage(appeal("one more"), soon()).await else {
        panic!("not refused")
    };
    // Eight waiting, 0.4 s each, one worker: 3.2 s.
    assert!(retry_after > Duration::from_millis(2500) && retry_after < Duration::from_secs(8), "{retry_after:?}");
    for call in calls {
        call.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_is_kept_and_late_work_is_not_computed() {
    let model = StandIn::new("a").taking(Duration::from_millis(400)).shared();
    let infer = Infer::start(Arc::clone(&model), config(10, 1, 1));
    let busy = tokio::spawn({
        let infer = infer.clone();
        async move { infer.triage(appeal("long"), soon()).await }
    });
    model.wait_until_seen(1).await;
    let asked = Instant::now();
    let late = infer.triage(appeal("too late"), asked + Duration::from_millis(50)).await;
    assert_eq!(late.unwrap_err(), InferError::Late);
    assert!(asked.elapsed() >= Duration::from_millis(50));
    assert!(asked.elapsed() < Duration::from_millis(300), "late answer took {:?}", asked.elapsed());
    assert!(busy.await.unwrap().is_ok());
    infer.triage(appeal("after"), soon()).await.unwrap();
    assert_eq!(model.texts(), ["long", "after"], "expired work was computed");

    let past = infer.triage(appeal("past"), Instant::now() - Duration::from_secs(1)).await;
    assert_eq!(past.unwrap_err(), InferError::Late);
}

#[tokio::test(flavor = "multi_thread")]
async fn work_whose_caller_left_is_not_computed() {
    let model = StandIn::new("a").taking(Duration::from_millis(200)).shared();
    let infer = Infer::start(Arc::clone(&model), config(3, 1, 1));
    let go = |text: &'static str| {
        let infer = infer.clone();
        tokio::spawn(async move { infer.triage(appeal(text), soon()).await })
    };
    let busy = go("first");
    model.wait_until_seen(1).await;
    let gone: Vec<_> = ["gone 1", "gone 2", "gone 3"].into_iter().map(go).collect();
    while infer.waiting() < 3 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    for call in &gone {
        call.abort();
    }
    for call in gone {
        assert!(call.await.unwrap_err().is_cancelled());
    }
    // The queue was full of leavers: a newcomer is taken all the same.
    infer.triage(appeal("newcomer"), soon()).await.unwrap();
    busy.await.unwrap().unwrap();
    assert_eq!(model.texts(), ["first", "newcomer"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_costs_only_the_appeal_that_caused_it() {
    let model = StandIn::new("a").panicking_at("毒").shared();
    let infer = Infer::start(Arc::clone(&model), config(100, 8, 1));
    let calls: Vec<_> = (0..20)
        .map(|n| {
            let infer = infer.clone();
            let text = if n == 7 { "毒".to_owned() } else { format!("{n}") };
            tokio::spawn(async move { infer.triage(appeal(text), soon()).await })
        })
        .collect();
    for (n, call) in calls.into_iter().enumerate() {
        match call.await.unwrap() {
            Err(InferError::Model(why)) => {
                assert_eq!(n, 7);
                assert!(why.contains("panicked") && !why.contains('毒'), "{why}");
            }
            other => assert!(other.is_ok() && n != 7, "{n}: {other:?}"),
        }
    }
    assert!(infer.triage(appeal("still alive"), soon()).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_model_is_reported_and_the_worker_lives_on() {
    let model = StandIn::new("a").failing_at("坏").shared();
    let infer = Infer::start(model, config(10, 4, 1));
    let failed = infer.triage(appeal("坏"), soon()).await;
    assert_eq!(failed.unwrap_err(), InferError::Model("the stand-in fails".into()));
    assert!(infer.triage(appeal("好"), soon()).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_under_load_never_mixes_inside_a_batch() {
    let model = StandIn::new("v0").taking(Duration::from_millis(1)).shared();
    let infer = Infer::start(model, config(5000, 16, 2));
    let stop = Instant::now() + Duration::from_millis(400);
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let infer = infer.clone();
            tokio::spawn(async move {
                let mut seen = Vec::new();
                while Instant::now() < stop {
                    seen.push(infer.triage(appeal("x"), soon()).await.unwrap());
                }
                seen
            })
        })
        .collect();
    let mut version = 0;
    while Instant::now() < stop {
        version += 1;
        infer.replace(StandIn::new(&format!("v{version}")).taking(Duration::from_millis(1)).shared());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut batches = std::collections::BTreeMap::new();
    for call in calls {
        for suggestion in call.await.unwrap() {
            let model = suggestion.model.clone().unwrap();
            assert_eq!(model, suggestion.pack, "two versions inside one answer");
            let batch = StandIn::batch(&suggestion);
            let other = batches.entry(batch).or_insert_with(|| model.clone());
            assert_eq!(*other, model, "two versions inside one batch");
        }
    }
    let versions: std::collections::BTreeSet<_> = batches.values().collect();
    assert!(versions.len() > 2, "the replacement was never seen: {versions:?}");
    assert_eq!(infer.triage(appeal("x"), soon()).await.unwrap().pack, format!("v{version}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn bulk_work_lets_people_pass_and_keeps_its_order() {
    let model = StandIn::new("a").taking_each(Duration::from_millis(2)).shared();
    let infer = Infer::start(Arc::clone(&model), config(10, 16, 2));
    let bulk = tokio::task::spawn_blocking({
        let infer = infer.clone();
        move || infer.triage_many((0..600).map(|n| appeal(format!("批{n}"))).collect(), false)
    });
    model.wait_until_seen(1).await;
    for _ in 0..5 {
        let asked = Instant::now();
        infer.triage(appeal("人"), soon()).await.unwrap();
        // One chunk of at most 16 × 2 ms may be in hand; the whole bulk takes 600 ms.
        assert!(asked.elapsed() < Duration::from_millis(250), "a person waited {:?}", asked.elapsed());
    }
    assert!(!bulk.is_finished(), "the bulk was done before a person came: nothing was shown");
    let done = bulk.await.unwrap().unwrap();
    assert_eq!(done.len(), 600);
    for (n, suggestion) in done.iter().enumerate() {
        assert_eq!(StandIn::echo(suggestion), format!("批{n}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bulk_work_reports_failure_and_emptiness() {
    let infer = Infer::start(StandIn::new("a").panicking_at("毒").shared(), config(1, 4, 2));
    let many = |texts: &[&str]| infer.triage_many(texts.iter().copied().map(appeal).collect(), true);
    assert_eq!(many(&[]).unwrap().len(), 0);
    assert_eq!(many(&["一", "二", "三"]).unwrap().len(), 3);
    assert!(matches!(many(&["一", "毒", "三"]), Err(InferError::Model(_))));
    assert_eq!(many(&["四"]).unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_the_last_handle_ends_the_threads() {
    let model = StandIn::new("a").shared();
    let infer = Infer::start(Arc::clone(&model), config(4, 4, 3));
    let other = infer.clone();
    drop(infer);
    assert!(other.triage(appeal("one handle left"), soon()).await.is_ok());
    drop(other);
    // Joined threads hold nothing any more.
    assert_eq!(Arc::strong_count(&model), 1);
}
