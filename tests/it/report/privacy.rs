//! Personal data planted in 10,000 texts: none of it in any output of a brief.

use aho_corasick::AhoCorasick;
use regex::Regex;
use tingsu::{
    domain::{
        Appeal, Channel, Labels, NewTicket, Ticket, TicketId,
        brief::{Brief, BriefKind, Content, Issue, Subject, Window},
    },
    report::{
        compose::{Material, compose, window_before, window_year_before},
        covered,
        render::{Format, chart_svg, render},
    },
};

use super::{city, paper::parts};

/// What was planted in one text.
struct Planted {
    text: String,
    title: String,
    /// Words before the text and the title that name the caller without any cue by which a name is known.
    uncued: String,
    secrets: Vec<String>,
}

/// A small generator, the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.roll(list.len() as u64) as usize]
    }
}

fn identity(dice: &mut Dice) -> String {
    let body = format!(
        "3206{:02}19{:02}{:02}{:02}{:03}",
        1 + dice.roll(80),
        50 + dice.roll(49),
        1 + dice.roll(12),
        1 + dice.roll(28),
        dice.roll(1000)
    );
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.chars().zip(weights).map(|(c, w)| c.to_digit(10).unwrap() * w).sum();
    format!("{body}{}", ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"][(sum % 11) as usize])
}

/// A bank card whose last digit checks (Luhn).
fn card(dice: &mut Dice) -> String {
    let body = format!("6222{:07}{:07}", dice.roll(10_000_000), dice.roll(10_000_000));
    let sum: u32 = body
        .chars()
        .rev()
        .zip(0..)
        .map(|(c, at)| {
            let digit = c.to_digit(10).unwrap() * if at % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

fn plant(n: u64) -> Planted {
    let mut dice = Dice(n * 7_919 + 13);
    let phone = format!("1{}{:09}", dice.of(&["38", "59", "77", "86", "99"]), dice.roll(1_000_000_000));
    let phone = phone[..11].to_owned();
    let id = identity(&mut dice);
    let name = format!(
        "{}{}{}",
        dice.of(&["王", "李", "张", "刘", "陈", "杨", "黄", "赵", "周", "吴", "徐", "孙", "朱", "马", "胡"]),
        dice.of(&["建", "志", "秀", "海", "丽", "文", "晓", "国", "永", "玉"]),
        dice.of(&["军", "兰", "强", "英", "平", "霞", "明", "芳", "勇", "梅"])
    );
    let (building, stair, room) = (1 + dice.roll(60), 1 + dice.roll(6), 101 + dice.roll(3200));
    let door = match dice.roll(5) {
        0 => format!("{building}幢{stair}单元{room}室"),
        1 => format!("{building}号楼{room}室"),
        2 => format!("{building}栋{room}"),
        3 => format!("{building}-{stair}-{room}"),
        _ => format!("{building}号{room}室"),
    };
    let estate = dice.of(&["望江花园", "和谐家园", "东湖新村", "金桂苑", "学士名邸"]);
    let matter = dice.of(&[
        "家里三天没水了,打物业电话没人接",
        "楼上半夜装修吵得睡不着,找过两次不管用",
        "健身房关门不退钱,里面还有一年的卡",
        "工资拖了两个月,老板说没钱",
        "电梯坏了一个星期,老人下不来楼",
    ]);
    let cue = dice.of(&["我叫", "联系人:", "本人", "业主", "姓名:"]);
    let plate = format!("苏F{}{:04}", dice.of(&["A", "B", "K", "M", "Z"]), dice.roll(10_000));
    let card = card(&mut dice);
    let more = match n % 3 {
        0 => format!("车牌号{plate},"),
        1 => format!("退款请打到银行卡{card},"),
        _ => String::new(),
    };
    let text = match dice.roll(4) {
        0 => format!("{cue}{name},住{estate}{door},{more}{matter},电话{phone},请尽快处理。"),
        1 => format!("{more}{matter}。{estate}{door},身份证{id},联系人{name},{phone}。"),
        2 => format!("{estate}{door}{name}女士来电:{more}{matter}。回电{phone},身份证号码{id}。"),
        _ => format!("请回{phone}。{more}{matter}!我住{estate}{door},名叫{name}。"),
    };
    let title = match dice.roll(3) {
        0 => format!("{estate}{door}住户反映问题"),
        1 => format!("{name}先生反映{}", &matter[..matter.find(',').unwrap()]),
        _ => matter.split(',').next().unwrap().to_owned(),
    };
    let dashed = format!("{} {} {}", &phone[..3], &phone[3..7], &phone[7..]);
    let uncued = match dice.roll(4) {
        0 => format!("{name}代二十六名工友来电,"),
        1 => format!("{}还是没结果,{name}又来问。", &name[name.len() - 6..]),
        2 => format!("打{dashed}没人回,{name}很着急。"),
        _ => String::new(),
    };
    let given = name[name.len() - 6..].to_owned();
    Planted { text, title, uncued, secrets: vec![phone, id, name, door, plate, card, dashed, given] }
}

fn ticket(n: u64, planted: &Planted, window: &Window) -> Ticket {
    let id = TicketId::new(format!("P{n:06}")).unwrap();
    let at = window.from + jiff::SignedDuration::from_secs((n as i64 * 61) % (7 * 86_400));
    let categories = ["0801", "1602", "1202", "0201", "0403"];
    Ticket {
        id: id.clone(),
        registered_at: at,
        received_at: at,
        registered_by: "t".into(),
        status: tingsu::domain::Status::Handling,
        triage: tingsu::domain::TriageState::Done,
        labels: Labels {
            category: Some(categories[(n % 5) as usize].into()),
            urgency: n.is_multiple_of(40).then_some(tingsu::domain::Urgency::U2),
            department: Some("住建局".into()),
            ..Labels::default()
        },
        urgency_by_person: true,
        suggestion: None,
        seq: n as i64,
        content: NewTicket {
            district: Some("明湖区".into()),
            town: Some(if n.is_multiple_of(3) { "东湖街道" } else { "学士街道" }.into()),
            caller: tingsu::domain::Caller {
                number: Some(planted.secrets[0].clone()),
                name: Some(planted.secrets[2].clone()),
                ..Default::default()
            },
            handling: tingsu::domain::Handling {
                reply: n.is_multiple_of(7).then(|| {
                    format!(
                        "已联系{}先生,电话{},约定本周上门,住址{}核对无误。",
                        planted.secrets[2], planted.secrets[0], planted.secrets[3]
                    )
                }),
                ..Default::default()
            },
            ..NewTicket::of(
                Channel::Phone,
                Appeal::new(
                    format!("{}{}", planted.uncued, planted.title),
                    format!("{}{}", planted.uncued, planted.text),
                ),
            )
        },
    }
}

/// Every output of a brief as text, packages file by file.
fn outputs(brief: &Brief) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for format in [Format::Markdown, Format::Json, Format::Html] {
        let bytes = render(brief, format).unwrap().bytes;
        out.push((format.ending().to_owned(), String::from_utf8(bytes).unwrap()));
    }
    for format in [Format::Docx, Format::Xlsx] {
        for (name, bytes) in parts(&render(brief, format).unwrap().bytes) {
            if !name.ends_with(".png") {
                out.push((format!("{} {name}", format.ending()), String::from_utf8(bytes).unwrap()));
            }
        }
    }
    for block in brief.sections.iter().flat_map(|s| &s.blocks) {
        if let Content::Chart { chart } = &block.content {
            out.push((format!("{}.svg", chart.id), chart_svg(brief, chart)));
        }
    }
    out
}

#[test]
fn ten_thousand_planted_texts_leak_nothing() {
    let planted: Vec<Planted> = (0..10_000).map(plant).collect();
    let mut leaks: Vec<String> = Vec::new();
    for p in &planted {
        for text in [&p.text, &p.title] {
            let out = covered(text);
            assert_eq!(out.chars().count(), text.chars().count(), "covering moves no character");
            leaks.extend(p.secrets[..6].iter().filter(|s| out.contains(s.as_str())).map(|s| format!("{s} in {out}")));
        }
    }
    assert!(leaks.is_empty(), "{} leaks, e.g. {:#?}", leaks.len(), &leaks[..leaks.len().min(8)]);

    let window = city::window("2026-05-18", "2026-05-25");
    let tickets: Vec<Ticket> = planted.iter().zip(0..).map(|(p, n)| ticket(n, p, &window)).collect();
    let pack = city::pack();
    let rows = city::rows(&tickets, &pack);
    let few: Vec<Ticket> = tickets.iter().take(600).cloned().collect();
    let found = city::found(&few, &pack, &window);
    let door = Regex::new(r"[0-9]+(幢|栋|单元|室|号楼)").unwrap();
    let long = Regex::new(r"1[3-9][0-9]{9}|[0-9]{17}[0-9X]").unwrap();
    let special = |code: &str| Some(Subject::Category { code: code.into(), name: code.into() });
    let kinds = [
        (BriefKind::Weekly, None),
        (BriefKind::Daily, None),
        (BriefKind::Flash, None),
        (BriefKind::Special, special("0801")),
        (BriefKind::Special, special("16")),
        (BriefKind::Dossier, special("0201")),
    ];
    let all: std::collections::BTreeSet<&str> = planted.iter().flat_map(|p| &p.secrets).map(String::as_str).collect();
    let secrets = AhoCorasick::new(&all).unwrap();
    assert!(secrets.is_match(&planted[0].text), "what is planted would be found");
    let (mut quotes, mut looked) = (0, 0);
    for (kind, subject) in kinds {
        let brief = compose(Material {
            kind,
            pack: &pack,
            window,
            before: window_before(&window),
            year_before: window_year_before(&window),
            history: 1,
            since: None,
            tickets: &tickets,
            rows: &rows,
            findings: Some(&found),
            subject: subject.as_ref(),
            members: &[],
            issue: Issue { year: 2026, number: 1 },
            made_at: window.to,
            up_to_seq: 0,
            model: None,
        })
        .unwrap();
        quotes += brief.quotes.len();
        for (name, out) in outputs(&brief) {
            looked += 1;
            assert!(long.find(&out).is_none(), "{kind:?} {name}: {:?}", long.find(&out));
            let told = secrets.find(&out).map(|m| &out[m.range()]);
            assert!(told.is_none(), "{kind:?} {name}: {told:?}");
            let words = name == "md" || name.ends_with(".svg") || name == "docx word/document.xml";
            assert!(!words || door.find(&out).is_none(), "{kind:?} {name}: {:?}", door.find(&out));
        }
    }
    assert!(looked > 100, "only {looked} files were looked at");
    assert!(quotes > 30, "only {quotes} quotes were looked at");
}

/// Who calls for others is named behind his office, without a sign between.
#[test]
fn names_behind_an_office_are_covered_and_words_are_not() {
    for (said, shown) in [
        ("班长徐有田代26名外来务工者反映", "班长徐＊＊代26名外来务工者反映"),
        ("代表王建国和工友说", "代表王＊＊和工友说"),
        ("组长李强带人来问", "组长李＊带人来问"),
        ("老师马上电话通知", "老师马上电话通知"),
        ("负责人高度重视", "负责人高度重视"),
        ("经理任何时候都不在", "经理任何时候都不在"),
        ("家长常常反映", "家长常常反映"),
    ] {
        assert_eq!(covered(said), shown, "{said}");
    }
}

#[test]
fn doors_are_covered_and_dates_are_not() {
    for (said, shown) in [
        ("住12幢3单元502室", "住＊＊幢＊单元＊＊＊室"),
        ("8号楼1201室漏水", "＊号楼＊＊＊＊室漏水"),
        ("十二栋楼下", "＊＊栋楼下"),
        ("解放路128号门口", "解放路＊＊＊号门口"),
        ("5月12号停的水", "5月12号停的水"),
        ("12号线晚点", "12号线晚点"),
        ("3-2-502没有暖气", "＊＊＊＊＊＊＊没有暖气"),
        ("一百多户没水,拖欠2600元", "一百多户没水,拖欠2600元"),
        ("2026-05-18起停水", "2026-05-18起停水"),
        ("第3单元", "第＊单元"),
    ] {
        assert_eq!(covered(said), shown, "{said}");
    }
}
