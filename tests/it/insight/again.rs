//! What lasts for months comes in spells: one thing stays one event, another place or matter does not join it.

use tingsu::insight::{Corrections, Heard, Joined, Picture, Reader, findings};

use super::{PACK, city, groups, heard};

/// A training firm that talked its pupils into loans, in January and again in May; the same firm's late wages and
/// another firm's loans in between.
fn spells() -> (Vec<Heard>, Vec<Heard>) {
    let before = [
        "a1|2026-01-05 10:10|望江街道|培训班诱导贷款|晟途教育招聘时说包就业,诱导学员办分期培训贷,老师已经联系不上,要求退钱。",
        "a2|2026-01-06 09:40|望江街道|晟途教育培训贷|在晟途教育报名被骗着签了分期贷款,课程和承诺不符,要求取消贷款退钱。",
        "a3|2026-01-06 15:05|望江街道|要求退培训费|晟途教育骗学员贷款交学费,承诺的就业没有,请查处退钱。",
        "w1|2026-02-11 09:10||公司拖欠工资|在晟途教育做行政,三个月工资没发,社保也没缴,请劳动监察处理。",
        "w2|2026-02-12 10:25||讨要工资|晟途教育拖欠员工工资,老板说等等再发,要求发放工资。",
        "w3|2026-02-12 18:40||劳动报酬|晟途教育离职不结工资,没签劳动合同,要求劳动监察支持。",
        "k1|2026-03-02 12:30||编程班停课|博远学堂编程班上了两节就停课,分期付款还在扣,想退费。",
        "k2|2026-03-03 18:20||停课退费|博远学堂关门,孩子的编程课没上完,分期还要还,想退费。",
    ];
    let after = [
        "a4|2026-05-19 11:30|洋河口镇|每天被催收|被诱导办的培训贷,贷款还要按月还,征信逾期,催收打给家里人。",
        "a5|2026-05-22 16:50|洋河口镇|征信逾期|被晟途教育骗着签的分期培训贷没还,承诺的就业没有,学员征信逾期,催收打给家里人,要求取消贷款退钱。",
        "a6|2026-05-22 20:15|洋河口镇|催收骚扰|晟途教育培训贷的催收公司发短信威胁学员,承诺的就业没有,要求取消贷款、停止催收。",
    ];
    // what each call seems to be about goes back and forth within a spell
    let one = |line: &str| {
        let category = match (line.as_bytes()[0], line.as_bytes()[1]) {
            (b'w', _) => "wages",
            (_, b'1' | b'4') => "training",
            (_, b'2' | b'5') => "loans",
            _ => "fraud",
        };
        Heard { categories: vec![(category.to_owned(), 0.9)], ..heard(line) }
    };
    (before.map(one).to_vec(), after.map(one).to_vec())
}

fn check(groups: &[Vec<&str>]) {
    let loans: Vec<_> = groups.iter().filter(|g| g.iter().any(|t| t.starts_with('a'))).collect();
    assert_eq!(loans, [&vec!["a1", "a2", "a3", "a4", "a5", "a6"]], "{groups:?}");
}

/// What each means: the second spell comes back to what the first does, the wages and the other firm something else.
fn vector(heard: &Heard) -> Vec<f32> {
    match (heard.id.as_bytes()[0], heard.id.as_bytes()[1]) {
        (b'a', b'1'..=b'3') => vec![1.0, 0.0, 0.0, 0.0],
        (b'a', b'4') => vec![0.6, 0.8, 0.0, 0.0],
        (b'a', _) => vec![0.7, 0.714, 0.0, 0.0],
        (b'w', _) => vec![0.0, 0.0, 1.0, 0.0],
        (b'k', _) => vec![0.0, 0.0, 0.0, 1.0],
        _ => Vec::new(),
    }
}

#[test]
fn one_thing_heard_of_again_is_one_event() {
    let (before, after) = spells();
    let appeals: Vec<Heard> = [city("05-20"), before, after].concat();
    let (pack, analyser) = &*PACK;
    let vectors: Vec<Vec<f32>> = appeals.iter().map(vector).collect();
    let found = findings(&appeals, &vectors, &Reader::new(pack, analyser), &pack.calendar);
    check(&groups(&found));
    assert!(groups(&found).contains(&vec!["w1", "w2", "w3"]), "{:?}", groups(&found));
}

#[test]
fn joining_at_once_goes_on_with_it_too() {
    let (mut before, after) = spells();
    before.retain(|heard| !heard.id.starts_with('w'));
    let (pack, analyser) = &*PACK;
    let reader = Reader::new(pack, analyser);
    let appeals: Vec<Heard> = [city("05-20"), before].concat();
    let vectors: Vec<Vec<f32>> = appeals.iter().map(vector).collect();
    let (mut picture, _) = Picture::of(appeals, &vectors, &reader, &[], Corrections::default());
    let joined: Vec<Joined> = after
        .into_iter()
        .map(|heard| {
            let v = vector(&heard);
            picture.take(heard, &v, &reader)
        })
        .collect();
    assert_eq!(joined[0], Joined::Alone, "months later one appeal alone says little");
    assert_eq!(joined[1..], [Joined::Event("E-a1".to_owned()), Joined::Event("E-a1".to_owned())]);
    check(&groups(picture.findings()));
    assert!(picture.findings().alone.iter().all(|a| !a.ticket.starts_with('a')));
    // laying corrections anew changes nothing
    picture.correct(Corrections::default());
    check(&groups(picture.findings()));
}

/// More than a year after, once more: about the firm's loans, and about its fire exits.
const LATER: [(&str, &str); 2] = [
    ("a7|2027-09-14 10:20||培训贷还没有取消|晟途教育骗着签的分期培训贷,承诺的就业没有,要求取消贷款退钱。", "loans"),
    ("f1|2026-11-20 15:10||消防通道|晟途教育楼下的消防通道堆着杂物,出口锁着。", "fire"),
];

fn later(line: &(&str, &str)) -> (Heard, Vec<f32>) {
    let heard = Heard { categories: vec![(line.1.to_owned(), 0.9)], ..heard(line.0) };
    let vector = if line.1 == "loans" { vec![0.8, 0.0, 0.0, 0.6] } else { vec![0.0, 0.6, 0.0, 0.8] };
    (heard, vector)
}

fn at_home(groups: &[Vec<&str>]) {
    let of = |id: &str| groups.iter().find(|g| g.contains(&id)).cloned().unwrap_or_default();
    assert_eq!(of("a7"), ["a1", "a2", "a3", "a7"], "{groups:?}");
    assert!(of("f1").is_empty(), "another matter of the same firm: {groups:?}");
}

#[test]
fn a_single_call_comes_home_to_the_event_that_it_names() {
    let (pack, analyser) = &*PACK;
    let reader = Reader::new(pack, analyser);
    let mut appeals: Vec<Heard> = [city("05-20"), spells().0].concat();
    appeals.retain(|heard| !heard.id.starts_with('w'));
    let vectors: Vec<Vec<f32>> = appeals.iter().map(vector).collect();
    let (more, their): (Vec<Heard>, Vec<Vec<f32>>) = LATER.iter().map(later).unzip();
    let all = ([appeals.clone(), more.clone()].concat(), [vectors.clone(), their.clone()].concat());
    at_home(&groups(&findings(&all.0, &all.1, &reader, &pack.calendar)));
    let (mut picture, _) = Picture::of(appeals, &vectors, &reader, &[], Corrections::default());
    let joined: Vec<Joined> = more.into_iter().zip(&their).map(|(heard, v)| picture.take(heard, v, &reader)).collect();
    assert_eq!(joined, [Joined::Event("E-a1".into()), Joined::Alone]);
    at_home(&groups(picture.findings()));
    picture.correct(Corrections::default());
    at_home(&groups(picture.findings()));
}
