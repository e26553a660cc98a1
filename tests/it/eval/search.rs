//! What search is measured with: tasks without leaks, figures, learning to rank.

use std::{path::Path, time::Duration};

use tingsu::{
    eval::search::{Candidates, FUSION, Figures, SearchEvalArgs, appeal_tasks, filed_task, fused, learn, run},
    labelled::{Paired, Part},
    model::Bundle,
    search::FEATURES,
};

fn row(n: usize, group: &str) -> Paired {
    Paired {
        id: format!("R-{n}"),
        title: format!("第{n}号楼的路灯坏了"),
        text: format!("第{n}号楼下面的路灯不亮已经有一段时间。晚上出门什么都看不见,希望尽快派人来修{n}次"),
        reply: Some(format!("您反映的第{n}号楼路灯问题已经安排维修,请耐心等待处理结果。")),
        place: String::new(),
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

#[test]
fn places_count_in_rank_fusion_and_both_lists_beat_one() {
    assert_eq!(fused(&[vec![7, 1, 2], vec![3, 1]]), [1, 3, 7, 2], "in both; then by place, then by number");
    assert_eq!(fused(&[vec![], vec![5, 4]]), [5, 4]);
}

/// A folder as `tingsu eval search --data` wants it, and one of appeals with places.
fn data(dir: &Path, rows: &[serde_json::Value]) -> SearchEvalArgs {
    let lines = |rows: &[serde_json::Value]| rows.iter().map(|r| format!("{r}\n")).collect::<String>();
    for (folder, file, content) in [
        ("appeals", "appeals.jsonl", lines(rows)),
        (
            "pairs",
            "p.jsonl",
            lines(&[serde_json::json!({ "a": "怎么补办社保卡", "b": "社保卡丢了怎么办", "label": 1 })]),
        ),
    ] {
        std::fs::create_dir_all(dir.join(folder)).unwrap();
        std::fs::write(dir.join(folder).join(file), content).unwrap();
    }
    SearchEvalArgs {
        model: None,
        data: dir.to_owned(),
        tasks: vec!["title".into()],
        most: 20,
        cache: None,
        postgres: None,
        learn: None,
        sweep: false,
        corpus: dir.join("appeals"),
        json: false,
    }
}

/// Names whose appeals are of one part.
fn of_part(part: Part) -> impl Iterator<Item = String> {
    (0..).map(|n| format!("g{n}")).filter(move |g| Part::of(g) == part)
}

#[test]
fn the_learned_look_stands_beside_rank_fusion() {
    let dir = tempfile::tempdir().unwrap();
    let matters = ["路灯不亮晚上看不见", "自来水发黄有异味", "小区电梯又停运了", "公交车半小时等不到"];
    let rows: Vec<_> = matters
        .iter()
        .zip(of_part(Part::Held))
        .map(|(matter, group)| serde_json::json!({ "id": group, "group": group, "title": matter, "text": format!("来电人称{matter},希望尽快处理") }))
        .collect();
    let args = data(dir.path(), &rows);
    let bundle = Bundle::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("models/default")).unwrap();
    let systems = |bundle| run(&args, bundle).unwrap().unwrap().tasks.remove(0).systems;
    let named: Vec<String> = systems(Some(&bundle)).iter().map(|s| s.system.clone()).collect();
    let at = |name: &str| named.iter().position(|n| n == name).unwrap_or_else(|| panic!("no {name} in {named:?}"));
    assert_eq!(at(FUSION), at("hybrid") + 1, "side by side");
    let fusion = &systems(Some(&bundle))[at(FUSION)];
    assert_eq!((fusion.mrr, fusion.recall), (1.0, 1.0), "every title has its words in its own text: {fusion:?}");
    assert!(systems(None).iter().all(|s| s.system != FUSION), "nothing to fuse without vectors");
}

#[test]
fn what_is_filed_is_not_asked_for_by_its_reply() {
    let rows: Vec<Paired> =
        (0..200).map(|n| Paired { place: format!("{n}号楼"), ..row(n, &format!("g{n}")) }).collect();
    let task = filed_task(&rows);
    assert!(task.docs.iter().all(|d| d.title.is_empty() && !d.reply.is_empty() && !d.place.is_empty()));
    assert!(!task.asked.is_empty());
    for asked in &task.asked {
        assert!(!task.docs[asked.right[0]].reply.contains(&asked.query), "{}", asked.query);
        assert_eq!(asked.query, rows[asked.right[0]].title);
    }
    let bare = Paired { place: String::new(), reply: None, ..row(1, "g1") };
    assert!(filed_task(&[bare]).docs.is_empty());
}
