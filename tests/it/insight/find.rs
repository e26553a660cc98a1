//! Events: what belongs together, what must not, whatever the order.

use proptest::prelude::*;
use tingsu::insight::{Corrections, FLOOR, Heard, Joined, Picture, Reader, average_linkage};

use super::{PACK, city, groups, heard, run};

/// Two shops of one kind in two towns, weeks apart, and some other matters.
pub(super) fn two_gyms() -> Vec<Heard> {
    [
        "a1|2026-05-02 09:00|望江街道|力峰健身突然关门|望江街道力峰健身昨晚锁门,年卡还剩八个月,要求退费。",
        "a2|2026-05-02 10:10|望江街道|力峰健身会员卡退不了|我在力峰健身办的卡,今天店里搬空了,找不到人退费。",
        "a3|2026-05-02 11:30|望江街道|健身房跑路|力峰健身跑路,群里两百人都没退到钱,请查处。",
        "b1|2026-05-28 09:00|洋河口镇|阳阳游泳馆停业|洋河口镇阳阳游泳馆停业,次卡没用完,要求退费。",
        "b2|2026-05-28 11:00|洋河口镇|阳阳游泳馆不退卡|阳阳游泳馆关门了,年卡不给退。",
        "b3|2026-05-28 15:00|洋河口镇|游泳馆关门卡不能用|我家孩子在阳阳游泳馆的次卡还有三十次,馆里没人了。",
        "c1|2026-05-03 09:00|文昌街道|路灯不亮|文昌街道书院巷的路灯坏了一周,晚上看不见路。",
        "c2|2026-05-09 09:00|三垦镇|公交车晚点|三垦镇到市区的公交车每天晚点二十分钟,上班迟到。",
        "c3|2026-05-13 09:00|李渡镇|医保卡怎么补办|医保卡丢了,想问补办要带什么材料。",
    ]
    .map(heard)
    .to_vec()
}

#[test]
fn one_matter_at_two_places_is_two_events() {
    let appeals = two_gyms();
    let found = run(&appeals);
    let groups = groups(&found);
    assert!(groups.contains(&vec!["a1", "a2", "a3"]), "{groups:?}");
    assert!(groups.contains(&vec!["b1", "b2", "b3"]), "{groups:?}");
    for alone in ["c1", "c2", "c3"] {
        assert!(found.alone.iter().any(|a| a.ticket == alone), "{alone} joined something: {groups:?}");
    }
    let gym = found.events.iter().find(|e| e.tickets[0] == "a1").unwrap();
    assert!(gym.portrait.title.contains("力峰"), "{}", gym.portrait.title);
    assert_eq!(gym.portrait.callers, 3);
    assert!(gym.portrait.terms.iter().any(|t| t.contains("力峰")), "{:?}", gym.portrait.terms);
    assert_eq!(gym.id, "E-a1");
}

#[test]
fn the_same_words_from_another_estate_are_no_part_of_an_event() {
    let mut appeals: Vec<Heard> = [
        "a1|2026-05-02 09:00|和谐桥街道|柳荫苑电梯天天坏|柳荫苑3幢电梯又停了,老人上不了楼,物业没人修。",
        "a2|2026-05-02 10:10|和谐桥街道|电梯停运老人下不来|柳荫苑电梯停了两天,住十楼的老人下不来,打物业电话没人接。",
        "a3|2026-05-02 11:30|和谐桥街道|电梯坏了没人修|我住柳荫苑,电梯坏了一周没人修,每天爬楼。",
        "c1|2026-05-03 09:00|文昌街道|路灯不亮|文昌街道书院巷的路灯坏了一周,晚上看不见路。",
        "c2|2026-05-09 09:00|三垦镇|公交车晚点|三垦镇到市区的公交车每天晚点二十分钟,上班迟到。",
        "c3|2026-05-13 09:00|李渡镇|医保卡怎么补办|医保卡丢了,想问补办要带什么材料。",
    ]
    .map(heard)
    .to_vec();
    for estate in ["望江苑", "望江小区", "柳荫苑"] {
        let words = format!("我住{estate},电梯停了两天没人修,老人下不来楼,物业电话没人接。");
        appeals.push(heard(&format!("b1|2026-05-02 15:00|和谐桥街道|电梯坏了没人修|{words}")));
        let found = run(&appeals);
        let lifts = found.events.iter().find(|e| e.tickets.contains(&"a1".to_owned())).expect("an event");
        assert_eq!(lifts.tickets.contains(&"b1".to_owned()), estate == "柳荫苑", "{estate}: {:?}", lifts.tickets);
        // nor where it joins at once
        let (pack, analyser) = &*PACK;
        let reader = Reader::new(pack, analyser);
        let last = appeals.pop().expect("the one put there");
        let (mut picture, _) = Picture::of(appeals.clone(), &[], &reader, &[], Corrections::default());
        let joined = picture.take(last, &[], &reader);
        assert_eq!(joined == Joined::Event("E-a1".to_owned()), estate == "柳荫苑", "{estate}: {joined:?}");
    }
}

#[test]
fn a_contradiction_blocks_the_chain() {
    // 0-1-2 and 3-4-5 are alike, 2 and 3 as well, but 1 and 4 contradict each other.
    let like = |a, b| (a, b, 3.0);
    let mut pairs = vec![like(0, 1), like(0, 2), like(1, 2), like(3, 4), like(3, 5), like(4, 5), like(2, 3)];
    let stop = -3.5;
    // the one bridge is not enough: the pairs that were not compared count as the floor
    assert_eq!(average_linkage(6, &pairs, stop), vec![vec![0, 1, 2], vec![3, 4, 5]]);
    pairs.extend([(1, 3, 1.0), (2, 4, 1.0), (0, 3, 0.0), (2, 5, 0.0)]);
    assert_eq!(average_linkage(6, &pairs, stop).len(), 1);
    pairs.push((1, 4, -24.0));
    assert_eq!(average_linkage(6, &pairs, stop), vec![vec![0, 1, 2], vec![3, 4, 5]]);
}

#[test]
fn a_further_day_leaves_the_earlier_ones() {
    // words alone, ten days in
    let (before, after) = (run(&city("05-22")), run(&city("05-23")));
    let (earlier, later) = (groups(&before), groups(&after));
    let mut kept = 0;
    let mut all = 0;
    for group in &earlier {
        all += group.len();
        kept += later.iter().map(|g| g.iter().filter(|t| group.contains(t)).count()).max().unwrap();
    }
    for alone in &before.alone {
        all += 1;
        // it may be joined by new appeals, but not by earlier ones
        let joined = later.iter().find(|g| g.contains(&alone.ticket.as_str()));
        let old = |t: &&&str| earlier.iter().flatten().any(|e| e == *t) || before.alone.iter().any(|a| a.ticket == **t);
        kept += usize::from(joined.is_none_or(|g| g.iter().filter(old).count() == 1));
    }
    assert!(all > 400, "{all} appeals");
    assert!(kept as f64 >= 0.95 * all as f64, "{kept} of {all} stay");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn the_order_says_nothing(seed in 0_u64..1_000_000) {
        let mut appeals = two_gyms();
        appeals.extend(city("05-14"));
        let wanted = format!("{:?}", run(&appeals));
        let mut state = seed;
        for i in (1..appeals.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            appeals.swap(i, (state >> 33) as usize % (i + 1));
        }
        prop_assert_eq!(wanted, format!("{:?}", run(&appeals)));
    }

    #[test]
    fn linkage_covers_everything_once(pairs in prop::collection::btree_map((0_u32..30, 0_u32..30), -30.0_f32..9.0, 0..80)) {
        let scored: Vec<(u32, u32, f32)> =
            pairs.into_iter().filter(|((a, b), _)| a < b).map(|((a, b), s)| (a, b, s)).collect();
        let groups = average_linkage(30, &scored, FLOOR + 2.0);
        let mut all: Vec<u32> = groups.iter().flatten().copied().collect();
        all.sort_unstable();
        prop_assert_eq!(all, (0..30).collect::<Vec<u32>>());
        let mut turned = scored.clone();
        turned.reverse();
        prop_assert_eq!(groups, average_linkage(30, &turned, FLOOR + 2.0));
    }
}
