//! Suggestions while a query is typed.

use tingsu::{desk::CompletionKind, domain::KeptQuery};

use super::*;

async fn desk() -> TestDesk {
    let t = TestDesk::new().await;
    for n in 0..6 {
        t.take(call(&format!("W-{n}"), &format!("第{n}次停水,停车场也停电,联系人张伟13812345678"))).await;
    }
    t.take(call("W-9", "停航了")).await;
    t.desk.catch_up(|_| {}).await.unwrap();
    t
}

/// `insert` of each suggestion, those by pinyin with a `~`.
async fn for_typed(t: &TestDesk, q: &str) -> Vec<String> {
    let made = t.desk.complete(&operator(), q, 8).await.unwrap();
    made.list.iter().map(|c| format!("{}{}", if c.by_pinyin { "~" } else { "" }, c.insert)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn words_names_and_values() {
    let t = desk().await;
    let city = t.desk.city();
    let (district, town) = (&city.regions[0].district, city.regions.iter().find_map(|r| r.town.clone()).unwrap());
    let check = async |q: &str, wanted: &str| {
        let got = for_typed(&t, q).await;
        assert!(got.iter().any(|s| s == wanted), "{q}: {got:?} without {wanted}");
    };
    check("停", "停水").await;
    check("停", "停电").await;
    check("小区停", "小区停水").await;
    check("路灯 停", "停电").await;
    let beginning = |name: &str, n: usize| name.chars().take(n).collect::<String>();
    check(&beginning(district, 2), &format!("区县:{district}")).await;
    check(&beginning(&town, 2), &format!("街镇:{town}")).await;
    check(&format!("停水 -{}", beginning(district, 2)), &format!("区县:{district}")).await;
    check("部门:城管", "部门:城管局").await;
    check("部门：城管", "部门:城管局").await;
    check("department:城管", "部门:城管局").await;
    check("城管", "部门:城管局").await;
    check("施工噪", "类别:施工噪声").await;
    check("状态:已归", "状态:已归档").await;
    check("急度:", "急度:特急").await;
    let made = t.desk.complete(&operator(), "停水 -部门:城", 8).await.unwrap();
    assert_eq!(made.start, 4, "past the minus");
    assert!(made.list.iter().all(|c| c.kind == CompletionKind::Department), "{made:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pinyin_helps_with_names_only_and_comes_last() {
    let t = desk().await;
    let city = t.desk.city();
    let district = city.regions.iter().find(|r| r.district == "明湖区").map(|r| r.district.clone()).unwrap();
    for typed in ["mhq", "mh", "minghu", "MingHu", "minghuqu"] {
        let got = for_typed(&t, typed).await;
        assert!(got.contains(&format!("~区县:{district}")), "{typed}: {got:?}");
    }
    assert!(for_typed(&t, "cgj").await.contains(&"~部门:城管局".to_owned()));
    assert!(for_typed(&t, "部门:cg").await.contains(&"~部门:城管局".to_owned()));
    assert_eq!(for_typed(&t, "ts").await.iter().filter(|s| s.contains("停水")).count(), 0, "words have no pinyin");
    assert_eq!(for_typed(&t, "sgzs").await, [] as [&str; 0], "categories neither");
    let made = t.desk.complete(&operator(), "区县:m", 20).await.unwrap();
    assert!(made.list.is_sorted_by_key(|c| c.by_pinyin), "exact before pinyin: {made:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_personal_is_told() {
    let t = desk().await;
    for q in ["张", "张伟", "1", "138", "13812345678", "联系人张", "停航", "W-", ""] {
        let got = for_typed(&t, q).await;
        assert!(!got.iter().any(|s| s.contains("张伟") || s.contains("138") || s.contains("停航")), "{q}: {got:?}");
    }
    assert_eq!(for_typed(&t, &"停".repeat(201)).await, [] as [&str; 0]);
    let kept = KeptQuery { q: "停水 急度:特急".into(), filters: vec![] };
    t.desk.keep_search(&operator(), "我的停水", kept).await.unwrap();
    assert!(for_typed(&t, "我的").await.contains(&"停水 急度:特急".to_owned()));
    assert!(for_typed(&t, "停水").await.contains(&"停水 急度:特急".to_owned()));
    let other = Actor::person("other", Role::Operator);
    let theirs = t.desk.complete(&other, "我的", 8).await.unwrap();
    assert!(theirs.list.iter().all(|c| c.kind != CompletionKind::Kept), "{theirs:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_comes_in_milliseconds() {
    let t = desk().await;
    let mut times = Vec::new();
    for q in ["停", "停水 小", "mh", "部门:", "小区停", "东"].repeat(10) {
        let started = std::time::Instant::now();
        t.desk.complete(&operator(), q, 8).await.unwrap();
        times.push(started.elapsed());
    }
    times.sort();
    println!("suggestions: p50 {:?}, p95 {:?}", times[30], times[57]);
    assert!(times[30] < Duration::from_millis(50), "{:?}", times[30]);
}
