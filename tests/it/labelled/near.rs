//! Near-duplicates, events and repetitions: what belongs together stays together.

use std::collections::HashMap;

use tingsu::{
    domain::{Appeal, AppealType, Flags, Urgency},
    labelled::{Gold, Kin, Origin, Row, Sketch, adopt, groups_of},
};

/// Sentences of the field that share little.
const SAID: [&str; 6] = [
    "我们小区已经停水三天了,物业说是水泵坏了,老人做饭都成问题,请尽快恢复供水,谢谢。",
    "工地半夜两点还在打桩,孩子睡不着觉,打过电话也没有人来,希望有关部门管一管夜间施工。",
    "请问在外地住院的费用怎么报销,需要带哪些材料,是不是要先在手机上办理异地备案?",
    "人民路到解放路这一段的路灯不亮已经半个月,晚上走路很危险,昨天有老人摔倒了。",
    "老板拖欠我们十几个人三个月工资,一直不接电话,工程早就完工了,请帮助讨回工资。",
    "学校门口每天放学时家长的车停满两边,公交车都过不去,建议划出临时停车的地方。",
];

fn kin(id: &str, text: &str) -> Kin {
    Kin { id: id.into(), event: None, repeat_of: None, sketch: Sketch::of(&Appeal::new("", text)) }
}

/// The same appeal as it is copied, forwarded and tidied up.
fn copies(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let without: String = chars[..chars.len() - 4].iter().collect();
    vec![
        text.to_owned(),
        format!(" {}!!", text.replace([',', '。'], " ")),
        format!("【转】{text}工单号 20260512-0088"),
        without,
    ]
}

#[test]
fn copies_share_a_group_and_others_do_not() {
    let mut all = Vec::new();
    for (n, text) in SAID.iter().enumerate() {
        for (m, copy) in copies(text).iter().enumerate() {
            all.push(kin(&format!("{n}-{m}"), copy));
        }
    }
    let groups = groups_of(&all);
    for (a, x) in all.iter().zip(&groups) {
        for (b, y) in all.iter().zip(&groups) {
            assert_eq!(a.id[..1] == b.id[..1], x == y, "{} and {}", a.id, b.id);
        }
    }
    // the order of reading changes nothing
    all.reverse();
    let turned: HashMap<String, String> = all.iter().map(|k| k.id.clone()).zip(groups_of(&all)).collect();
    assert!(all.iter().rev().zip(&groups).all(|(k, g)| turned[&k.id] == *g));
}

#[test]
fn events_and_repetitions_tie_through_others() {
    let mut all: Vec<Kin> = SAID.iter().enumerate().map(|(n, text)| kin(&format!("t-{n}"), text)).collect();
    all[0].event = Some("爆管".into());
    all[1].event = Some("爆管".into());
    all[2].repeat_of = Some("t-1".into());
    all.push(kin("t-9", &format!("{}请回电。", SAID[2])));
    let groups = groups_of(&all);
    assert_eq!([&groups[0], &groups[1], &groups[2], &groups[6]], ["爆管"; 4]);
    assert_eq!(groups[3..6], ["t-3", "t-4", "t-5"]);
}

#[test]
fn short_texts_are_nobodys_copies() {
    assert!(Sketch::of(&Appeal::new("", "停水。1234567890")).is_none());
    assert_eq!(groups_of(&[kin("a", "停水"), kin("b", "停水")]), ["a", "b"]);
    let one = |title: &str, text: &str| Sketch::of(&Appeal::new(title, text)).unwrap();
    assert!(one("", "楼道路灯坏了").is_alike(&one("楼道路灯", "坏了!")));
}

/// The promise of the module's doc, measured on drawn texts.
#[test]
fn likeness_is_found_as_promised() {
    let mut seed = 7_u32;
    let mut draw = |most: u32| {
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        seed % most
    };
    let (mut missed, mut taken) = (0, 0);
    for _ in 0..200 {
        let text: Vec<char> = (0..120).map(|_| char::from_u32(0x4e00 + draw(3000)).unwrap()).collect();
        // 104 of 124 pieces are shared
        let mut other = text.clone();
        other[10..20].iter_mut().for_each(|c| *c = '改');
        let rest = (0..62).map(|_| char::from_u32(0x7000 + draw(900)).unwrap());
        let half: Vec<char> = text[..58].iter().copied().chain(rest).collect();
        let string = |c: &[char]| c.iter().collect::<String>();
        let groups = groups_of(&[kin("a", &string(&text)), kin("b", &string(&other)), kin("c", &string(&half))]);
        missed += usize::from(groups[0] != groups[1]);
        taken += usize::from(groups[0] == groups[2]);
    }
    assert!(missed <= 8 && taken <= 1, "{missed} of 200 missed, {taken} wrongly taken");
}

#[test]
fn a_copy_of_another_sources_row_joins_its_group() {
    let row = |id: &str, text: &str, group: &str| Row {
        id: id.into(),
        appeal: Appeal::new("", text),
        gold: Gold {
            appeal_type: AppealType::Help,
            category: "0801".into(),
            department: "某局".into(),
            urgency: Urgency::U4,
            flags: Flags::new(),
            place: None,
            place_read: false,
        },
        origin: Origin::Real,
        group: group.into(),
    };
    let others = [row("f-1", SAID[0], "g1"), row("f-2", SAID[1], "g2")];
    let copy = copies(SAID[1]).remove(2);
    let mut own = [row("t-1", SAID[3], "t-1"), row("t-2", &copy, "e"), row("t-3", SAID[4], "e")];
    adopt(&mut own, &others);
    let groups: Vec<&str> = own.iter().map(|r| r.group.as_str()).collect();
    assert_eq!(groups, ["t-1", "g2", "g2"], "the whole group goes along");
}
