//! What search is measured with: tasks without leaks, figures, learning to rank.

use std::time::Duration;

use tingsu::{
    eval::search::{Candidates, Figures, appeal_tasks, learn},
    labelled::{Paired, Part},
    search::FEATURES,
};

fn row(n: usize, group: &str) -> Paired {
    Paired {
        id: format!("R-{n}"),
        title: format!("第{n}号楼的路灯坏了"),
        text: format!("第{n}号楼下面的路灯不亮已经有一段时间。晚上出门什么都看不见,希望尽快派人来修{n}次"),
        reply: Some(format!("您反映的第{n}号楼路灯问题已经安排维修,请耐心等待处理结果。")),
        group: group.to_owned(),
        event: None,
    }
}

#[test]
fn the_answer_is_not_in_the_question_and_near_duplicates_are_not_asked() {
    let mut rows: Vec<Paired> = (0..200).map(|n| row(n, &format!("g{n}"))).collect();
    // two that nearly say the same, on the reported side
    let held = (0..).map(|n| format!("twin{n}")).find(|g| Part::of(g) == Part::Held).unwrap();
    rows.push(row(900, &held));
    rows.push(row(901, &held));
    let [titles, sentences, replies] = appeal_tasks(&rows).try_into().unwrap();
    for task in [&titles, &sentences, &replies] {
        assert_eq!(task.docs.len(), rows.len(), "{}: what is not asked for is in the way", task.name);
        assert!(task.asked.len() > 20, "{}: {}", task.name, task.asked.len());
        for asked in &task.asked {
            let right = &rows[asked.right[0]];
            assert_ne!(asked.part, Part::Train);
            assert_eq!(asked.part, Part::of(&right.group));
            assert!(right.group != held, "{}: a near-duplicate would be as right", task.name);
            let doc = &task.docs[asked.right[0]];
            let said = format!("{}{}", doc.title, doc.text);
            assert!(!said.contains(&asked.query), "{}: the answer holds the question", task.name);
        }
    }
    assert!(titles.docs.iter().all(|d| d.title.is_empty()));
    assert!(replies.pasted && !titles.pasted);
}

#[test]
fn figures_count_the_first_right_answer_up_to_the_tenth() {
    let eleven: Vec<usize> = (0..11).collect();
    let answers: [(&[usize], &[usize]); 4] = [(&[7, 8], &[7]), (&[1, 2], &[9, 2]), (&[], &[3]), (&eleven, &[10])];
    let figures = Figures::of("some", answers, Some(Duration::from_millis(8)));
    assert_eq!((figures.mrr, figures.recall, figures.ms), (0.375, 0.5, Some(2.0)));
}

#[test]
fn the_second_look_learns_what_tells_the_right_one() {
    // the right one has more of feature 3, unless feature 5 speaks against it; feature 0 only confuses
    let queries: Vec<Candidates> = (0..80usize)
        .map(|q| {
            (0..12usize)
                .map(|c| {
                    let mut f = [0.0; FEATURES];
                    f[0] = ((q * 7 + c * 5) % 11) as f32;
                    f[3] = ((q * 5 + c * 7) % 12) as f32;
                    f[5] = if f[3] > 10.0 { 20.0 } else { 0.0 };
                    (f, (f[3] - 10.0).abs() < 0.5)
                })
                .collect()
        })
        .collect();
    let net = learn(&queries, |n| n != 0);
    assert_eq!(net.direct[0], 0.0, "a feature that may not count does not");
    for candidates in &queries {
        let best = candidates.iter().max_by(|a, b| net.value(&a.0).total_cmp(&net.value(&b.0))).unwrap();
        assert!(best.1);
    }
    assert_eq!(net, learn(&queries, |n| n != 0), "the same queries teach the same");
}

#[test]
fn a_sweep_moves_one_weight_at_a_time() {
    let all = tingsu::eval::search::variants();
    assert!(all.len() > 15 && all[0].1 == tingsu::search::Ranking::default(), "{all:?}");
    for (n, (name, ranking)) in all.iter().enumerate() {
        assert!(all[..n].iter().all(|(other, before)| other != name && before != ranking), "{name} is there twice");
    }
}
