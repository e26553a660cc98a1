//! The room with the real triager.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tingsu::{domain::Appeal, infer::Infer, triage::Triager};

use super::{config, soon};
use crate::triage::{RULES, is_sound, pack};

fn appeals() -> Vec<Appeal> {
    let texts = ["路灯不亮", "电梯困人,快来救人", "咨询医保异地报销", "工地半夜施工扰民", "公交车不停站", ""];
    (0..200).map(|n| Appeal::new(format!("第{n}件"), texts[n % texts.len()].repeat(1 + n % 7))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_those_of_the_triager() {
    let infer = Infer::start(Arc::clone(&RULES), config(500, 8, 2));
    let calls: Vec<_> = appeals()
        .into_iter()
        .map(|appeal| {
            let infer = infer.clone();
            tokio::spawn(async move { (infer.triage(appeal.clone(), soon()).await, appeal) })
        })
        .collect();
    for call in calls {
        let (suggestion, appeal) = call.await.unwrap();
        assert_eq!(suggestion.unwrap(), RULES.rules_only(&appeal));
    }
    let many = tokio::task::spawn_blocking(move || infer.triage_many(appeals(), true)).await.unwrap().unwrap();
    assert_eq!(many, RULES.triage(&appeals(), true).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_pack_under_load_never_mixes_with_the_old() {
    let mut other = pack();
    other.hash = "another".into();
    other.rules.clear();
    let other = Arc::new(Triager::new(Arc::new(other), None));
    let infer = Infer::start(Arc::clone(&RULES), config(500, 8, 2));
    let stop = Instant::now() + Duration::from_millis(300);
    let urgent = Appeal::new("", "现在楼下仓库着火了,火势很大,有人被困");
    let calls: Vec<_> = (0..6)
        .map(|_| {
            let (infer, urgent) = (infer.clone(), urgent.clone());
            tokio::spawn(async move {
                let mut seen = Vec::new();
                while Instant::now() < stop {
                    seen.push(infer.triage(urgent.clone(), soon()).await.unwrap());
                }
                seen
            })
        })
        .collect();
    let mut turn = 0;
    while Instant::now() < stop {
        turn += 1;
        infer.replace(if turn % 2 == 0 { Arc::clone(&RULES) } else { Arc::clone(&other) });
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    let mut seen = [0, 0];
    for call in calls {
        for suggestion in call.await.unwrap() {
            let old = suggestion.pack == RULES.pack.hash;
            // The rules of the old pack find cues; the new one has no rules.
            assert_eq!(old, !suggestion.urgency.cues.is_empty(), "pack and rules do not belong together");
            is_sound(if old { &RULES } else { &other }, &urgent, &suggestion).unwrap();
            seen[usize::from(old)] += 1;
        }
    }
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
    assert_eq!(infer.current().pack.hash, if turn % 2 == 0 { RULES.pack.hash.clone() } else { "another".into() });
}
