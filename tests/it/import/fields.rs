//! Columns become fields: names, the user's map, times, categories, what goes to `extra`, ids.

use jiff::civil::date;
use tingsu::{
    desk::import::{ColumnMap, ReadOptions, Target},
    domain::{AppealType, CallerKind, Channel, Flag, Outcome, Satisfaction, Status, Urgency, format_city},
};

use super::given::*;

fn one(text: &str, options: ReadOptions) -> tingsu::domain::NewTicket {
    let outcome = read_bytes("f.csv", text.as_bytes(), options).unwrap();
    assert_eq!((outcome.tickets.len(), &outcome.rejects), (1, &vec![]), "{text}");
    outcome.tickets.into_iter().next().unwrap()
}

#[test]
fn every_field_of_a_hotline_export() {
    let code = &PACK.taxonomy.categories()[2];
    let unit = &PACK.departments[1].name;
    let text = format!(
        "工单编号,上级编号,受理渠道,来电时间,来电主体,姓名,来电号码,联系电话,是否保密,标题,诉求内容,诉求类型,问题分类,承办单位,\
         协办单位,紧急程度,四类标记,区县,街镇,事发地址,涉事对象,办理状态,派单时间,退单次数,承诺时限,办结时间,答复意见,是否联系,是否解决,满意度,\
         关联工单,事件,话务员\n\
         G7,P1,110转办,2026年5月12日 8:52,企业,王某,C100,13800000000,是, 标题 ,正文,投诉/举报?,{}/{},{unit},\
         甲局、乙局,紧急,突发、敏感,某区,某街道,某路1号,某公司,办理中,2026-05-12 09:00:00.0,2,2026年6月30日,2026.5.13 10:00,已修复,是,部分解决,基本满意,\
         G1,E1,小李\n",
        code.level1, code.level2
    )
    .replace("投诉/举报?", "投诉");
    let ticket = one(&text, ReadOptions::default());
    let time = |at: Option<jiff::Timestamp>| format_city(at.unwrap());
    assert_eq!(ticket.id.as_ref().unwrap().as_str(), "G7");
    assert_eq!(ticket.parent_no.as_deref(), Some("P1"));
    assert_eq!(ticket.channel, Channel::Police);
    assert_eq!(time(ticket.received_at), "2026-05-12T08:52:00+08:00");
    assert_eq!(ticket.caller.kind, Some(CallerKind::Enterprise));
    assert_eq!(ticket.caller.name.as_deref(), Some("王某"));
    assert_eq!(ticket.caller.number.as_deref(), Some("C100"));
    assert_eq!(ticket.caller.contact.as_deref(), Some("13800000000"));
    assert!(ticket.caller.confidential && !ticket.caller.anonymous);
    assert_eq!(ticket.appeal.title, " 标题 ", "the citizen's words are not trimmed");
    assert_eq!(ticket.labels.appeal_type, Some(AppealType::Complaint));
    assert_eq!(ticket.labels.category.as_deref(), Some(code.code.as_str()));
    assert_eq!(ticket.labels.department.as_ref(), Some(unit));
    assert_eq!(ticket.labels.urgency, Some(Urgency::U2));
    assert_eq!(ticket.labels.flags, Some([Flag::Sudden, Flag::Sensitive].into()));
    let place = [&ticket.district, &ticket.town, &ticket.place, &ticket.subject, &ticket.event];
    assert_eq!(place.map(|p| p.as_deref().unwrap()), ["某区", "某街道", "某路1号", "某公司", "E1"]);
    assert_eq!(ticket.status, Some(Status::Handling));
    let handling = &ticket.handling;
    assert_eq!(handling.assisting, ["甲局", "乙局"]);
    assert_eq!(time(handling.dispatched_at), "2026-05-12T09:00:00+08:00");
    assert_eq!(time(handling.closed_at), "2026-05-13T10:00:00+08:00");
    assert_eq!((handling.returned, handling.contacted), (2, Some(true)));
    assert_eq!(handling.promised, Some(date(2026, 6, 30)));
    assert_eq!(handling.reply.as_deref(), Some("已修复"));
    assert_eq!((handling.outcome, handling.satisfaction), (Some(Outcome::Partly), Some(Satisfaction::Mostly)));
    assert_eq!(ticket.repeat_of.as_ref().unwrap().as_str(), "G1");
    assert_eq!(ticket.extra.into_iter().collect::<Vec<_>>(), [("话务员".to_owned(), "小李".to_owned())]);
}

#[test]
fn times() {
    let anchored = || ReadOptions { anchor: Some(date(2026, 5, 20)), ..ReadOptions::default() };
    let cases = [
        ("2020/1/6 12:09:38", "2020-01-06T12:09:38"),
        ("2026-05-12T00:52:00Z", "2026-05-12T08:52:00"),
        ("2026-05-12 08:52:01.000", "2026-05-12T08:52:01"),
        ("2026-05-12\u{3000}08\u{ff1a}52", "2026-05-12T08:52:00"),
        ("  2026-05-12   08:52 ", "2026-05-12T08:52:00"),
        ("20260512085200", "2026-05-12T08:52:00"),
        ("202605120852", "2026-05-12T08:52:00"),
        ("20260512", "2026-05-12T00:00:00"),
        ("46154.369444444441", "2026-05-12T08:52:00"),
        ("2026年5月12日8时52分", "2026-05-12T08:52:00"),
        ("05-12 08:52", "2026-05-12T08:52:00"),
        ("5/20 23:59", "2026-05-20T23:59:00"),
        ("5月21日 8:00", "2025-05-21T08:00:00"),
        ("12-31 08:00", "2025-12-31T08:00:00"),
        ("02-29 08:00", "2024-02-29T08:00:00"),
    ];
    for (written, wanted) in cases {
        let ticket = one(&format!("id,text,time\nA,甲,{written}\n"), anchored());
        assert_eq!(format_city(ticket.received_at.unwrap()), format!("{wanted}+08:00"), "{written}");
    }
    for bad in ["13-45 08:00", "2026-13-01", "上午", "99999999", "1", "02-30 08:00"] {
        let outcome = read_bytes("t.csv", format!("id,text,time\nA,甲,{bad}\n").as_bytes(), anchored()).unwrap();
        assert_eq!(outcome.rejects.len(), 1, "{bad}");
        assert!(outcome.rejects[0].contains("看不懂时间"), "{bad}: {:?}", outcome.rejects);
    }
    assert_eq!(one("id,text,time\nA,甲,\n", ReadOptions::default()).received_at, None);
}

#[test]
fn categories_by_code_name_and_path() {
    let all = PACK.taxonomy.categories();
    let some = &all[all.len() / 2];
    let unpadded = all.iter().find(|c| c.code.starts_with('0')).unwrap();
    let cases = [
        (some.code.clone(), &some.code),
        (format!("{}/{}", some.level1, some.level2), &some.code),
        (format!("{} > {} > 更细", some.level1, some.level2), &some.code),
        (format!("{}-{}", some.level1, some.level2), &some.code),
        (unpadded.code.trim_start_matches('0').to_owned(), &unpadded.code),
    ];
    for (written, wanted) in cases {
        let ticket = one(&format!("id,text,分类\nA,甲,{written}\n"), ReadOptions::default());
        assert_eq!(ticket.labels.category.as_ref(), Some(wanted), "{written}");
    }
    for category in all {
        let named = all.iter().filter(|c| c.level2 == category.level2).count();
        let outcome = read_text("c.csv", &format!("id,text,分类\nA,甲,{}\n", category.level2));
        assert_eq!(outcome.tickets.len(), usize::from(named == 1), "{}: {:?}", category.level2, outcome.rejects);
    }
}

#[test]
fn the_users_map_comes_first() {
    let options = |map: &str| ReadOptions { columns: ColumnMap::parse(map).unwrap(), ..ReadOptions::default() };
    let text = "流水,说明,内容,渠道\nA,真正的正文,别的东西,某渠道\n";
    let ticket = one(text, options("流水=id,说明=text,渠道=extra"));
    assert_eq!(ticket.id.unwrap().as_str(), "A");
    assert_eq!(ticket.appeal.text, "真正的正文");
    assert_eq!(ticket.channel, Channel::Other);
    assert_eq!(ticket.extra["内容"], "别的东西", "a column that lost its field is kept");
    assert_eq!(ticket.extra["渠道"], "某渠道");
    for (map, wanted) in
        [("标题", "write 列名=field"), ("标题=titel", "unknown field `titel`"), ("甲=text,乙=text", "both map to text")]
    {
        let fault = ColumnMap::parse(map).unwrap_err();
        assert!(fault.message.contains(wanted), "{map}: {fault}");
    }
    assert_eq!(ColumnMap::parse("").unwrap(), ColumnMap::default());
}

#[test]
fn every_alias_names_one_field() {
    let map = ColumnMap::default();
    let mut seen = std::collections::BTreeMap::new();
    for target in Target::ALL.iter().filter(|t| **t != Target::Extra) {
        assert_eq!(target.name().parse::<Target>().unwrap(), *target);
        for alias in target.aliases() {
            assert_eq!(map.target(alias), Some(*target), "{alias}");
            assert_eq!(seen.insert(alias, target), None, "`{alias}` stands under two fields");
        }
    }
}

#[test]
fn of_two_columns_for_one_field_the_better_named_is_taken() {
    let ticket = one("id,正文,诉求内容,诉求内容\nA,次要,主要,又一个\n", ReadOptions::default());
    assert_eq!(ticket.appeal.text, "主要");
    assert_eq!(ticket.extra["正文"], "次要");
    assert_eq!(ticket.extra["诉求内容 (2)"], "又一个");
    let ticket = one("id,正文,诉求内容\nA,只有这里有,\n", ReadOptions::default());
    assert_eq!(ticket.appeal.text, "只有这里有");
}

#[test]
fn unknown_values_can_be_kept_instead() {
    let text = "id,text,category,department,channel,满意度,time\nA,甲,别的分类,别的局,飞鸽,五星,昨天\n";
    assert_eq!(read_text("k.csv", text).rejects.len(), 1);
    let ticket = one(text, ReadOptions { keep_unknown: true, channel: Channel::Phone, ..ReadOptions::default() });
    assert_eq!(ticket.labels, Default::default());
    assert_eq!(ticket.channel, Channel::Phone);
    let kept: Vec<(&str, &str)> = ticket.extra.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(
        kept,
        [("category", "别的分类"), ("channel", "飞鸽"), ("department", "别的局"), ("time", "昨天"), ("满意度", "五星")]
    );
    // The id is never given up.
    let options = ReadOptions { keep_unknown: true, ..ReadOptions::default() };
    assert_eq!(read_bytes("i.csv", "id,text\n有 空格,甲\n".as_bytes(), options).unwrap().rejects.len(), 1);
}

#[test]
fn rows_without_a_number_get_the_same_one_in_every_run() {
    let ids = |name: &str, text: &str| -> Vec<String> {
        read_text(name, text).tickets.iter().map(|t| t.id.clone().unwrap().to_string()).collect()
    };
    let csv = "标题,内容\n甲,一\n甲,一\n乙,一\n";
    let first = ids("a.csv", csv);
    assert!(first.iter().all(|id| id.len() == 20 && id.starts_with("imp-")), "{first:?}");
    assert_eq!(first.iter().collect::<std::collections::BTreeSet<_>>().len(), 3, "equal rows are different calls");
    assert_eq!(ids("b.csv", csv), first);
    assert_eq!(ids("c.csv", "标题,内容\n乙,一\n甲,一\n"), [first[2].clone(), first[0].clone()], "order plays no part");
    let lines = "{\"内容\":\"一\",\"标题\":\"甲\"}\n";
    assert_eq!(ids("d.jsonl", lines), first[..1], "nor does the file's form");
}

#[test]
fn what_a_source_without_status_says_of_it() {
    let cases = [
        ("text,reply,satisfaction\n甲,,\n", None),
        ("text,reply,satisfaction\n甲,已办,\n", Some(Status::Replied)),
        ("text,reply,satisfaction\n甲,已办,满意\n", Some(Status::Revisited)),
        ("text,reply,satisfaction,status\n甲,已办,满意,已归档\n", Some(Status::Archived)),
    ];
    for (text, wanted) in cases {
        assert_eq!(one(text, ReadOptions::default()).status, wanted, "{text}");
    }
}
