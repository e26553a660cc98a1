//! 热词: words that say what they are about, and none that only make a sentence.

use jiff::Timestamp;
use tingsu::{
    boot,
    desk::{
        Desk, Following, ImportOptions,
        import::{ImportSource, ReadOptions},
        older, played_out, shift_to_now,
    },
    domain::{Actor, Fault, NewTicket, city_date},
};

use super::{NOW, TestDesk};

/// All appeals of the demo city, as `tingsu demo` moves and plays them; its older history, not yet stored.
pub(crate) async fn take_the_demo(desk: &Desk, dir: &std::path::Path, now: Timestamp) -> Vec<NewTicket> {
    let mut tickets: Vec<NewTicket> = Vec::new();
    for (name, bytes) in boot::embedded_appeals() {
        let path = dir.join(name.replace('/', "-"));
        std::fs::write(&path, bytes).unwrap();
        let read = ReadOptions { anchor: Some(city_date(now)), ..ReadOptions::default() };
        tickets.extend(ImportSource::open(&path, read, desk.city()).unwrap().map(|(_, ticket)| ticket.unwrap()));
    }
    shift_to_now(&mut tickets, now);
    let past = older(&tickets, &desk.city(), now);
    played_out(&mut tickets, &desk.city(), now);
    let options = ImportOptions { actor: Actor::system(), catch_up: false };
    let rows = tickets.into_iter().enumerate().map(|(n, t)| (n, Ok::<_, Fault>(t)));
    desk.import(rows, &options, |_, fault| Err(fault.clone()), |_| {}).await.unwrap();
    past
}

#[tokio::test(flavor = "multi_thread")]
async fn hot_words_say_what_they_are_about() {
    const NEVER: [&str; 24] = [
        "否则",
        "桌上",
        "上次",
        "那天",
        "必须",
        "进来",
        "二次",
        "第三次",
        "九点",
        "然后",
        "居然",
        "以上",
        "晚上",
        "一天",
        "左右",
        "突然",
        "还要",
        "出来",
        "回来",
        "下午",
        "八点",
        "三个",
        "大概",
        "非常",
    ];
    let t = TestDesk::new().await;
    take_the_demo(&t.desk, t.dir.path(), NOW.parse().unwrap()).await;
    let mut following = Following::default();
    for _ in 0..600 {
        while t.desk.topics_step(&mut following).await.unwrap() > 0 {}
        if t.desk.hot().is_some_and(|hot| hot.appeals > 1000) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let hot = t.desk.hot().expect("a look");
    let words: Vec<&str> = hot.words.iter().map(|word| word.word.as_str()).collect();
    eprintln!("{words:?}");
    assert!(words.len() >= 8, "{words:?}");
    let empty: Vec<_> = words.iter().filter(|word| NEVER.contains(word)).collect();
    assert!(empty.is_empty(), "{empty:?} among {words:?}");
    assert!(hot.words.iter().all(|word| word.tickets.len() >= 5));
}
