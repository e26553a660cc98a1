//! Paper: what is written, that it is the same each time and opens elsewhere.

use std::io::{Cursor, Read};

use calamine::Reader;
use serde_json::json;
use tingsu::{
    domain::{
        Span, TicketId,
        brief::{
            Base, Block, Brief, Content, Figure, Judge, Judgement, Measure, Proposal, Quote, QuoteSource, Ratio, Run,
            Unit,
        },
    },
    report::{
        audit::{Verdict, audit, read::read},
        chart::has_chinese_font,
        render::{Format, render},
    },
};

/// A small weekly with one of everything, and words that markup would trip over.
fn brief() -> Brief {
    let range = json!({"from": "2026-05-17T16:00:00Z", "to": "2026-05-24T16:00:00Z"});
    let cohort = |id: &str, words: &str, n: usize| {
        let tickets: Vec<String> = (0..n).map(|k| format!("T{k}")).collect();
        json!({"id": id, "words": words, "filter": {"when": "来电时间", "range": range, "all": []}, "tickets": tickets})
    };
    let table = json!({"id": "b2", "kind": "table", "table": {"title": "诉求量居前的事项", "columns":
        [{"head": "事项", "align": "left"}, {"head": "诉求量(件)", "align": "right"}], "rows": [
        [[{"text": "供水 <停水> & 水压"}], [{"figure": {"id": "Q2", "form": "bare"}}]], [[{"text": "其他"}], []]], "note": "分母为受理量"}});
    let bars = json!({"id": "b3", "kind": "chart", "chart": {"id": "c1", "title": "主要领域", "alt": "供水60件", "unit": "件",
        "plot": {"kind": "bars", "bars": [{"label": "供水", "figure": "Q2", "change": null}]}}});
    let mut brief: Brief = serde_json::from_value(json!({
        "schema": 1, "id": "weekly-1", "kind": "weekly", "issue": {"year": 2026, "number": 21}, "city": "某市",
        "masthead": {"name": "某市12345诉求热点周报", "office": "热线中心", "secrecy": "内部资料", "haste": null, "to": ["市领导"], "copies": ["各部门"]},
        "title": "诉求热点周报 <b>", "subtitle": "供水保障须加力", "subject": null,
        "window": {"from": range["from"], "to": range["to"], "cut_hour": 0}, "before": null, "year_before": null,
        "sections": [
            {"id": "s1", "level": 1, "heading": "受理情况", "part": "body", "blocks": [
                {"id": "b1", "kind": "paragraph", "runs": [{"text": "共受理诉求"}, {"figure": {"id": "Q1"}}, {"text": ",其中供水"},
                    {"figure": {"id": "Q2"}}, {"text": ",占受理量的"}, {"figure": {"id": "Q3"}}, {"text": "。典型诉求:"}, {"quote": {"id": "Y1"}}, {"text": "。"}, {"judgement": {"id": "P1"}}]},
                table, bars]},
            {"id": "s2", "level": 2, "heading": "供水", "part": "body", "blocks": []},
            {"id": "s3", "level": 1, "heading": "附:数据口径", "part": "annex", "blocks": [{"id": "b9", "kind": "list", "ordered": true, "items": [[{"text": "一项"}]]}]}],
        "figures": [], "cohorts": [cohort("S1", "本期受理的诉求", 200), cohort("S2", "供水", 60)],
        "quotes": [], "judgements": [], "proposals": [],
        "scope": {"notes": [], "bases": [], "suppressed": [], "methods": [], "up_to_seq": 7, "pack": "", "model": null, "more": {}},
        "made_at": "2026-05-24T16:00:00Z", "state": "draft", "drafted_by": null, "checked_by": null, "issued_by": null,
        "history": [], "hash": "abc"
    }))
    .unwrap();
    let share = Measure::Share { of: "S2".into(), base: "S1".into(), name: Base::Received };
    brief.figures = vec![
        Figure::new("Q1", "受理量", Measure::Count { of: "S1".into() }, Ratio::whole(200), Unit::Cases, 0),
        Figure::new("Q2", "供水诉求量", Measure::Count { of: "S2".into() }, Ratio::whole(60), Unit::Cases, 0),
        Figure::new("Q3", "供水占比", share, Ratio { top: 60, bottom: 200 }, Unit::Percent, 1),
    ];
    brief.quotes = vec![Quote {
        id: "Y1".into(),
        ticket: TicketId::new("T1").unwrap(),
        source: QuoteSource::Text,
        span: Span { start: 0, end: 8 },
        masked: "停水两天了,李**来电 <138****1234>".into(),
        department: None,
        received_at: brief.made_at,
    }];
    brief.judgements = vec![Judgement {
        id: "P1".into(),
        judge: Judge::Rule { name: "rise".into() },
        rests_on: vec!["Q2".into()],
        assumes: None,
    }];
    brief.proposals = vec![Proposal {
        id: "J1".into(),
        action: "抢修主管".into(),
        lead: "水务".into(),
        assisting: Vec::new(),
        due: None,
        measure: "停水件数".into(),
        answers: vec!["Q2".into()],
        finding: "供水上升".into(),
    }];
    let proposal = Content::Proposal { id: "J1".into(), runs: vec![Run::text("建议水务抢修主管。")] };
    brief.sections[1].blocks.push(Block { id: "b5".into(), content: proposal });
    brief
}

#[test]
fn a_brief_with_a_proposal_is_read_back() {
    let brief = brief();
    let json = render(&brief, Format::Json).unwrap().bytes;
    assert_eq!(serde_json::from_slice::<Brief>(&json).unwrap(), brief);
}

pub(crate) fn parts(docx: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(docx)).unwrap();
    (0..zip.len())
        .map(|at| {
            let mut file = zip.by_index(at).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            (file.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

pub(super) fn well_formed(name: &str, xml: &str) {
    let mut reader = quick_xml::Reader::from_str(xml);
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) => break,
            Ok(_) => {}
            Err(e) => panic!("{name}: {e}\n{xml}"),
        }
    }
}

#[test]
fn a_word_file_is_whole_and_the_same_each_time() {
    let brief = brief();
    let first = render(&brief, Format::Docx).unwrap();
    assert_eq!(first.bytes, render(&brief, Format::Docx).unwrap().bytes);
    assert_eq!(first.notices.is_empty(), has_chinese_font());
    let parts = parts(&first.bytes);
    let names: Vec<&str> = parts.iter().map(|(n, _)| n.as_str()).collect();
    let text = |wanted: &str| {
        let found = parts.iter().find(|(n, _)| n == wanted).unwrap_or_else(|| panic!("{wanted} in {names:?}"));
        String::from_utf8(found.1.clone()).unwrap()
    };
    for (name, bytes) in &parts {
        if !name.ends_with(".png") {
            well_formed(name, std::str::from_utf8(bytes).unwrap());
        }
    }
    let relations = text("word/_rels/document.xml.rels");
    for target in relations.split("Target=\"").skip(1).map(|t| t.split('"').next().unwrap()) {
        assert!(names.contains(&format!("word/{target}").as_str()), "{target} of {names:?}");
    }
    let document = text("word/document.xml");
    for id in document.split("r:embed=\"").skip(1).chain(document.split("r:id=\"").skip(1)) {
        let id = id.split('"').next().unwrap();
        assert!(relations.contains(&format!("Id=\"{id}\"")), "{id}");
    }
    assert!(document.contains("descr=\"供水60件\""), "the picture has its alt text");
    assert!(text("word/styles.xml").contains("方正小标宋简体") && text("word/footer2.xml").contains("PAGE"));
    for style in document.split("<w:pStyle w:val=\"").skip(1).map(|s| s.split('"').next().unwrap()) {
        assert!(text("word/styles.xml").contains(&format!("w:styleId=\"{style}\"")), "style {style}");
    }
}

/// GB/T 9704: the 版记 never has a page to itself. What ends the text, a paragraph or the last row of a table, is tied
/// to it, and its lines to one another.
#[test]
fn the_imprint_is_tied_to_the_end_of_the_text() {
    let whole = brief();
    let mut tabled = whole.clone();
    let is_table = |block: &&Block| matches!(block.content, Content::Table { .. });
    let table = whole.sections.iter().flat_map(|s| &s.blocks).find(is_table).unwrap().clone();
    tabled.sections.last_mut().unwrap().blocks.push(table);
    for (brief, ends_in_table) in [(whole, false), (tabled, true)] {
        let bytes = render(&brief, Format::Docx).unwrap().bytes;
        let (_, document) = parts(&bytes).into_iter().find(|(name, _)| name == "word/document.xml").unwrap();
        let document = String::from_utf8(document).unwrap();
        let paragraphs: Vec<&str> = document.split("<w:p>").skip(1).collect();
        let first = paragraphs.iter().position(|p| p.contains("\"Colophon\"")).unwrap();
        let (last, tied) = paragraphs[first - 1..].split_last().unwrap();
        assert!(tied.iter().all(|p| p.contains("<w:keepNext/>")), "{tied:?}");
        assert!(!last.contains("<w:keepNext/>") && tied.len() >= 3);
        if ends_in_table {
            let (text, _) = document.rsplit_once("<w:tbl>").unwrap();
            let row = text.rsplit("<w:tr>").next().unwrap().split("</w:tr>").next().unwrap();
            assert_eq!(row.matches("<w:keepNext/>").count(), row.matches("<w:p>").count(), "{row}");
        }
        assert!(!document.contains("pageBreakBefore"), "no page is left half empty for a note");
    }
}

/// GB/T 9704: 28 characters fill a line, the mark lies 35 mm below the edge of the text on one line, two lines before the
/// title, the 版记 at the foot of the last page.
#[test]
fn a_word_file_keeps_the_measures_of_the_standard() {
    for (name, secrecy, haste) in [
        ("某市12345诉求热点周报", Some("内部资料"), None),
        ("某市紧急诉求快报", Some("内部资料"), Some("特急")),
        ("某某自治州12345政务服务便民热线诉求热点分析专报", None, None),
    ] {
        let mut brief = brief();
        brief.masthead.name = name.into();
        brief.masthead.secrecy = secrecy.map(str::to_owned);
        brief.masthead.haste = haste.map(str::to_owned);
        let all = parts(&render(&brief, Format::Docx).unwrap().bytes);
        let text = |wanted: &str| String::from_utf8(all.iter().find(|(n, _)| n == wanted).unwrap().1.clone()).unwrap();
        let (document, styles) = (text("word/document.xml"), text("word/styles.xml"));
        let number = |xml: &str, key: &str| -> f64 {
            let rest = xml.split(&format!("{key}=\"")).nth(1).unwrap_or_else(|| panic!("{key} in {xml}"));
            rest.split('"').next().unwrap().parse().unwrap()
        };
        let body = styles.split("w:styleId=\"Body\"").nth(1).unwrap();
        let look = body.split("<w:rPr>").nth(1).unwrap();
        let pitch = number(look, "w:sz w:val") / 2.0 + number(look, "w:spacing w:val") / 20.0;
        let room =
            (number(&document, "w:pgSz w:w") - number(&document, "w:right") - number(&document, "w:left")) / 20.0;
        assert!(28.0 * pitch <= room && 29.0 * pitch > room, "{pitch} in {room}");
        let paragraph = |style: &str| {
            document.split("<w:p>").find(|p| p.contains(&format!("<w:pStyle w:val=\"{style}\"/>"))).unwrap().to_owned()
        };
        let mark = paragraph("Mark");
        let points = number(&mark, "w:sz w:val") / 2.0;
        let wide: f64 = name.chars().map(|c| if c.is_ascii() { 0.65 } else { 1.0 }).sum();
        let gaps = if name.contains('1') { 0.5 } else { 0.0 };
        assert!(points * (wide + gaps) <= room && points >= 12.0, "{name}: {points} points");
        let above = secrecy.iter().count() + haste.iter().count();
        let line = number(&mark, "w:line") / 20.0;
        let top = number(&mark, "w:before") / 20.0 + above as f64 * 28.95 + (line - points) / 2.0;
        assert!((top / 72.0 * 25.4 - 35.0).abs() < 1.0, "{name}: the mark lies {} mm down", top / 72.0 * 25.4);
        let title = styles.split("w:styleId=\"Title\"").nth(1).unwrap();
        assert_eq!(number(title, "w:before"), 2.0 * 579.0);
        let (_, imprint) = document.rsplit_once("<w:tbl>").unwrap();
        let (table, anchor) = imprint.split_once("</w:tbl>").unwrap();
        assert!(table.contains("w:vertAnchor=\"margin\"") && table.contains("w:tblpYSpec=\"bottom\""), "{table}");
        assert!(table.contains("主送") && table.contains("印发") && !anchor.contains("<w:t "), "{imprint}");
    }
}

#[test]
fn the_imprint_is_set_as_print() {
    let mut brief = brief();
    let hand = tingsu::domain::brief::Hand {
        name: "zhongduan".into(),
        person: Some("终端:未知".into()),
        role: tingsu::domain::Role::Analyst,
        at: brief.made_at,
    };
    brief.drafted_by = Some(hand);
    for format in [Format::Docx, Format::Html] {
        let (words, _) = read(&render(&brief, format).unwrap().bytes).unwrap();
        for wanted in ["主送：市领导。", "抄送：各部门。", "拟稿：终端：未知"] {
            assert!(words.contains(wanted), "{format:?}: {wanted} in\n{words}");
        }
    }
    let page = String::from_utf8(render(&brief, Format::Html).unwrap().bytes).unwrap();
    assert!(page.contains("@bottom-center") && page.contains("counter(page)"), "a printed page has its number");
}

#[test]
fn a_text_ends_with_the_evidence_of_its_figures() {
    let text = String::from_utf8(render(&brief(), Format::Markdown).unwrap().bytes).unwrap();
    let (_, table) = text.split_once("### 数据依据").unwrap();
    for row in [
        "| Q1 | 受理量 | 200件 | 计件 | 本期受理的诉求 | 200 |  |  |",
        "| Q3 | 供水占比 | 30.0% | 分子 ÷ 分母 | 供水 | 60 | 受理量：本期受理的诉求 | 200 |",
    ] {
        assert!(table.contains(row), "{row} in {table}");
    }
}

#[test]
fn what_is_written_is_what_the_brief_says() {
    let brief = brief();
    let (words, _) = read(&render(&brief, Format::Docx).unwrap().bytes).unwrap();
    for wanted in [
        "一、受理情况",
        "（一）供水",
        "共受理诉求200件,其中供水60件,占受理量的30.0%。典型诉求:“停水两天了,李**来电 <138****1234>”。〔判断〕",
        "供水 <停水> & 水压\t60",
        "其他\t—",
        "建议水务抢修主管。",
        "2026年第21期（草稿）",
        "主送：市领导",
        "1. 一项",
    ] {
        assert!(words.contains(wanted), "{wanted} in\n{words}");
    }
    let checks = audit(&words);
    assert!(checks.iter().all(|c| c.verdict != Verdict::Disagrees), "{checks:#?}");
    assert!(checks.iter().any(|c| c.verdict == Verdict::Agrees && c.claim.contains("30.0%")));
}

#[test]
fn a_page_stands_alone_and_every_figure_leads_to_its_evidence() {
    let brief = brief();
    let html = String::from_utf8(render(&brief, Format::Html).unwrap().bytes).unwrap();
    assert!(!html.contains("<停水>") && !html.contains("周报 <b>"), "words are no markup");
    assert!(!html.contains("src=") && !html.contains("@import") && !html.contains("<script"), "nothing from outside");
    let mut links = 0;
    for id in html.split("href=\"#").skip(1).map(|t| t.split('"').next().unwrap()) {
        assert!(html.contains(&format!("<tr id=\"{id}\">")), "{id}");
        links += 1;
    }
    assert_eq!(links, 4);
    assert!(html.contains("分母:受理量 200件"), "a share names its denominator");
    let (words, _) = read(html.as_bytes()).unwrap();
    assert!(audit(&words).iter().all(|c| c.verdict != Verdict::Disagrees));
}

#[test]
fn a_workbook_holds_figures_that_recompute() {
    let brief = brief();
    let made = render(&brief, Format::Xlsx).unwrap();
    assert_eq!(made.bytes, render(&brief, Format::Xlsx).unwrap().bytes);
    let mut book: calamine::Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(made.bytes)).unwrap();
    let formulas = book.worksheet_formula("指标").unwrap();
    assert_eq!(formulas.get_value((3, 3)).unwrap(), "H4/K4");
    let figures = book.worksheet_range("指标").unwrap();
    let number = |cell: (u32, u32)| figures.get_value(cell).unwrap().to_string();
    assert_eq!((number((1, 3)), number((3, 3)), number((3, 2))), ("200".into(), "0.3".into(), "30.0%".into()));
    let cohorts = book.worksheet_formula("条件").unwrap();
    assert_eq!(cohorts.get_value((2, 2)).unwrap(), "COUNTIF(工单!$A:$A,A3)");
    let tickets = book.worksheet_range("工单").unwrap();
    let rows: Vec<String> = tickets.rows().skip(1).map(|r| r[0].to_string()).collect();
    assert_eq!((rows.iter().filter(|c| *c == "S1").count(), rows.iter().filter(|c| *c == "S2").count()), (200, 60));
}

/// More appeals of the second set than a sheet has rows.
pub(crate) fn crowd(brief: &mut Brief) -> usize {
    const MANY: usize = 1_048_600;
    brief.cohorts[1].tickets = vec![TicketId::new("T1").unwrap(); MANY];
    MANY
}

#[test]
fn what_finds_no_room_in_a_sheet_is_not_counted_from_it() {
    let mut brief = brief();
    let many = crowd(&mut brief);
    let made = render(&brief, Format::Xlsx).unwrap();
    assert!(made.notices.len() == 1 && made.notices[0].contains("行未列出"), "{:?}", made.notices);
    let mut book: calamine::Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(made.bytes)).unwrap();
    let formulas = book.worksheet_formula("条件").unwrap();
    let cells = book.worksheet_range("条件").unwrap();
    let cell = |at: (u32, u32)| cells.get_value(at).map(ToString::to_string).unwrap_or_default();
    assert_eq!(
        formulas.get_value((1, 2)).map(String::as_str),
        Some("COUNTIF(工单!$A:$A,A2)"),
        "the whole set is there"
    );
    assert_eq!(formulas.get_value((2, 2)).map_or("", String::as_str), "", "the other is told as it is");
    assert_eq!((cell((2, 2)), cell((1, 7))), (many.to_string(), String::new()));
    assert!(cell((2, 7)).contains("未全部列出"), "{}", cell((2, 7)));
}
