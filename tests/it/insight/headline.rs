//! What an event is called: its title, its key terms, the names of its places.

use tingsu::insight::Heard;

use super::{heard, run};

/// A night market whose name begins with 和, told of by callers who call again.
fn night_market() -> Vec<Heard> {
    [
        "a1|2026-05-02 20:14|和谐桥街道|夜市开张油烟灌进居民家中|和谐桥夜市烧烤区的油烟往屋里钻,孩子咳嗽了一夜,要求装净化设备。",
        "a2|2026-05-04 20:05|和谐桥街道|第三次来电反映夜市烧烤油烟|和谐桥夜市烧烤油烟一直没人管,老人孩子咳嗽,净化器成了摆设。",
        "a3|2026-05-05 21:30|和谐桥街道|夜市烧烤油烟整改无效再次来电|和谐桥夜市的烧烤摊说一周装净化器,今晚照样冒烟,孩子咳嗽没好。",
        "c1|2026-05-03 09:00|文昌街道|路灯不亮|文昌街道书院巷的路灯坏了一周,晚上看不见路。",
        "c2|2026-05-09 09:00|三垦镇|公交车晚点|三垦镇到市区的公交车每天晚点二十分钟,上班迟到。",
        "c3|2026-05-13 09:00|李渡镇|医保卡怎么补办|医保卡丢了,想问补办要带什么材料。",
        "c4|2026-05-13 10:00|李渡镇|孩子入学要什么材料|孩子今年入学,想问报名要带什么材料。",
    ]
    .map(|line| Heard { place: line.starts_with('a').then(|| "和谐桥夜市".to_owned()), ..heard(line) })
    .to_vec()
}

#[test]
fn a_name_that_begins_with_he_is_whole() {
    let found = run(&night_market());
    let market = found.events.iter().find(|e| e.tickets.contains(&"a1".to_owned())).expect("an event");
    assert_eq!(market.tickets, ["a1", "a2", "a3"]);
    assert_eq!(market.portrait.places.first().map(|(name, _)| name.as_str()), Some("和谐桥夜市"));
    let title = &market.portrait.title;
    assert!(!title.contains("来电") && !title.contains("第三次") && title.contains("油烟"), "{title}");
    let terms = &market.portrait.terms;
    assert!(terms.iter().any(|t| t.contains("咳嗽")) && !terms.iter().any(|t| t == "子咳"), "{terms:?}");
}

#[test]
fn two_places_of_one_phrase_are_two_names() {
    let mut appeals = night_market();
    for appeal in appeals.iter_mut().filter(|a| a.id.starts_with('a')) {
        appeal.place = Some("柳荫苑和和谐桥夜市".to_owned());
    }
    let found = run(&appeals);
    let market = found.events.iter().find(|e| e.tickets.contains(&"a1".to_owned())).expect("an event");
    let names: Vec<&str> = market.portrait.places.iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.contains(&"柳荫苑") && names.contains(&"和谐桥夜市"), "{names:?}");
}
