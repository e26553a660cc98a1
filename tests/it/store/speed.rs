//! How fast tickets are stored. Timing depends on the machine and its load, so this runs only on
//! demand: `cargo test --release --test it store::speed -- --ignored --nocapture`.

use std::time::Instant;

use tingsu::{
    domain::{Actor, JobKind, Urgency},
    store::{Store, TicketFilter},
};

use super::given::*;

/// About the length of a real appeal (some 150 characters).
const TEXT: &str = "来电人反映小区门口路灯已经连续多日不亮,夜间老人和孩子出行不便,曾向物业反映多次,物业称路灯归属市政,\
互相推诿至今没有解决,请相关部门尽快核实处理并回复。另外小区北侧人行道地砖破损,雨天积水严重,希望一并修复,\
来电人要求尽快处理,并将结果电话告知。";

fn rate(count: usize, begun: Instant) -> f64 {
    count as f64 / begun.elapsed().as_secs_f64()
}

#[tokio::test]
#[ignore = "measures time"]
async fn insert_speed() {
    let (_dir, store) = sqlite().await;
    let single = 500;
    let begun = Instant::now();
    for n in 0..single {
        store.add(new(&format!("S{n}"), TEXT), with(suggestion(Urgency::U4))).await.unwrap();
    }
    println!("add, one by one:            {:>8.0} tickets/s", rate(single, begun));

    let many = 20_000;
    let begun = Instant::now();
    for batch in 0..many / 500 {
        let rows = (0..500).map(|n| (new(&format!("M{batch}-{n}"), TEXT), with(suggestion(Urgency::U4)))).collect();
        store.add_many(rows).await.unwrap();
    }
    let batched = rate(many, begun);
    println!("add_many of 500, suggested: {batched:>8.0} tickets/s");

    let begun = Instant::now();
    for batch in 0..many / 500 {
        let rows = (0..500).map(|n| (new(&format!("W{batch}-{n}"), TEXT), intake())).collect();
        store.add_many(rows).await.unwrap();
    }
    println!("add_many of 500, waiting:   {:>8.0} tickets/s", rate(many, begun));

    let begun = Instant::now();
    for batch in 0..many / 500 {
        let rows = (0..500).map(|n| (new(&format!("W{batch}-{n}"), TEXT), intake())).collect();
        store.add_many(rows).await.unwrap();
    }
    println!("add_many of 500, repeated:  {:>8.0} tickets/s", rate(many, begun));

    let begun = Instant::now();
    loop {
        let jobs = store.claim_jobs(JobKind::Triage, 500, 60, at(T0)).await.unwrap();
        if jobs.is_empty() {
            break;
        }
        let rows = jobs.iter().map(|job| (job.ticket.clone(), suggestion(Urgency::U3))).collect();
        store.save_suggestions(rows, &Actor::system(), at(T0)).await.unwrap();
        store.finish_jobs(&jobs.iter().map(|job| job.id).collect::<Vec<_>>()).await.unwrap();
    }
    println!("claim, suggest, finish 500: {:>8.0} tickets/s", rate(many, begun));

    let begun = Instant::now();
    let (mut seq, mut read) = (0, 0);
    loop {
        let tickets = store.tickets_after(seq, 500).await.unwrap();
        let Some(last) = tickets.last() else { break };
        seq = last.seq;
        read += tickets.len();
    }
    println!("tickets_after, 500 a time:  {:>8.0} tickets/s", rate(read, begun));

    for (name, filter) in [
        ("all", TicketFilter::default()),
        ("U3", TicketFilter { urgency: vec![Urgency::U3], ..TicketFilter::default() }),
    ] {
        let begun = Instant::now();
        let page = store.list(&filter, 0, 50).await.unwrap();
        println!("list {name:>3}, 50 of {:>6}:       {:>8.2} ms", page.total, begun.elapsed().as_secs_f64() * 1e3);
    }
    assert!(batched > 2_000.0, "add_many is too slow: {batched:.0} tickets/s");
}
