//! Editing keeps numbers, versions are a chain, a changed appeal turns exactly its figures stale.

use std::{collections::BTreeSet, sync::OnceLock};

use proptest::prelude::*;
use tingsu::{
    domain::{
        Actor, Labels, Role, Ticket,
        brief::{Brief, BriefKind, BriefState, Content, Judge, Measure, Run},
    },
    report::{
        edit::{Edit, EditRefused, apply, apply_by, counting_numbers, marked, unmarked},
        facts::recheck,
        markdown,
        seal::{chain_faults, seal},
    },
};

use super::{build::brief_of, city};

/// The week of the demo city, once for all tests here.
fn week() -> &'static (Vec<Ticket>, Brief) {
    static WEEK: OnceLock<(Vec<Ticket>, Brief)> = OnceLock::new();
    WEEK.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let tickets = runtime.block_on(async {
            let dir = tempfile::tempdir().unwrap();
            let store = city::store(dir.path(), city::appeals(&city::pack())).await;
            city::all(&store).await
        });
        let brief = brief_of(&tickets, BriefKind::Weekly, city::window("2026-05-18", "2026-05-25"), None);
        (tickets, brief)
    })
}

fn person(name: &str) -> Actor {
    Actor::person(name, Role::Analyst)
}

fn first_paragraph(brief: &Brief) -> (String, Vec<Run>) {
    let blocks = brief.sections.iter().flat_map(|s| &s.blocks);
    let found = blocks.filter_map(|b| match &b.content {
        Content::Paragraph { runs } => Some((b.id.clone(), runs.clone())),
        _ => None,
    });
    found.into_iter().next().unwrap()
}

#[test]
fn words_may_change_and_tokens_may_not() {
    let brief = &week().1;
    let (place, runs) = first_paragraph(brief);
    let text = marked(&runs);
    let edit = |text: String| apply(brief, &[Edit { place: place.clone(), text }]);
    let changed = edit(text.replace("共收到", "共计收到")).unwrap();
    assert_eq!(changed.figures, brief.figures);
    assert_ne!(changed.sections, brief.sections);
    assert!(matches!(edit(text.replace("{Q1}", "501件")), Err(EditRefused::Dropped { .. })));
    assert!(matches!(edit(text.replace("{Q1}", "")), Err(EditRefused::Dropped { .. })));
    assert!(matches!(edit(text.replace("{Q1}", "{Q2}")), Err(EditRefused::Dropped { .. })));
    assert!(matches!(edit(format!("{text}{{Q1}}")), Err(EditRefused::Added { .. })));
    assert!(matches!(edit(format!("{text}另有三百余件。")), Err(EditRefused::Number { .. })));
    assert!(matches!(edit(format!("{text}增长12.5%。")), Err(EditRefused::Number { .. })));
    assert!(matches!(edit(String::new()), Err(EditRefused::Length(_))));
    assert!(matches!(apply(brief, &[Edit { place: "b999".into(), text: "无".into() }]), Err(EditRefused::NoPlace(_))));
    let told = edit(text.replace("{Q1}", "501件")).unwrap_err().to_string();
    assert!(told.contains("{Q1}(501件)"), "{told}");
    let title = apply(brief, &[Edit { place: "title".into(), text: "5月第三周诉求热点".into() }]).unwrap();
    assert_eq!(title.title, "5月第三周诉求热点");
}

#[test]
fn typed_numbers_are_seen_and_plain_words_are_not() {
    for counted in ["共12件", "约三百件", "上升3.5%", "增加两成", "五个百分点", "1,024人", "百分之八"]
    {
        assert!(!counting_numbers(counted).is_empty(), "{counted}");
    }
    for plain in ["12345热线", "5月18日", "一件事一次办", "一起研究", "第三方机构", "一户一策", "三天内"]
    {
        assert!(counting_numbers(plain).is_empty(), "{plain}: {:?}", counting_numbers(plain));
    }
}

/// Whole runs of digits as they are printed.
fn printed_numbers(text: &str) -> Vec<String> {
    let cut = text.split(|c: char| !(c.is_ascii_digit() || c == '.')).filter(|run| run.contains(|c: char| c != '.'));
    let mut runs: Vec<String> = cut.map(str::to_owned).collect();
    runs.sort();
    runs
}

#[test]
fn no_number_comes_onto_paper_by_hand() {
    let brief = &week().1;
    let (place, runs) = first_paragraph(brief);
    let text = marked(&runs);
    let edit = |text: String| apply(brief, &[Edit { place: place.clone(), text }]);
    for typed in [
        "9{Q1}",
        "9 {Q1}",
        "9\u{200B}{Q1}",
        "１{Q1}",
        "三{Q1}",
        "十{Q1}",
        "百{Q1}",
        "3.{Q1}",
        ".{Q1}",
        "9,{Q1}",
        "-{Q1}",
        "{Q1}5",
        "{Q1}万",
        "{Q1}三",
        "{Q1}.5",
        "{Q1}%",
        "①{Q1}",
        "几{Q1}",
    ] {
        let refused = edit(text.replace("{Q1}", typed));
        assert!(matches!(refused, Err(EditRefused::Number { .. })), "{typed}: {refused:?}");
    }
    for typed in [
        "来电37次。",
        "涉及9处。",
        "8个小区。",
        "拖欠4600元。",
        "渣土30吨。",
        "停水3天。",
        "停水48小时。",
        "共达355。",
        "三次来电。",
        "五处漏水。",
        "八个小区。",
        "三百元。",
        "达三百余。",
        "增至二十五。",
        "两千一百。",
        "十五万。",
        "增加１２件。",
        "反映18次。",
        "8。",
        "约一百二。",
    ] {
        let refused = edit(format!("{text}{typed}"));
        assert!(matches!(refused, Err(EditRefused::Number { .. })), "{typed}: {refused:?}");
    }
    // a date of the text is not a part of another number
    assert!(text.contains("18日"), "{text}");
    assert!(edit(text.replace("18日", "1日")).is_err() && edit(text.replace("18日", "8日")).is_err());
    for plain in [
        "请有关部门一并研究。",
        "三个方面问题突出。",
        "十分突出。",
        "百姓反映强烈。",
        "须一次办好。",
        "属二次供水问题。",
        "三天内答复。",
        "第三方机构参与。",
        "一户一策。",
        "千方百计解决。",
        "落实“二十大”精神。",
    ] {
        edit(format!("{text}{plain}")).unwrap_or_else(|refused| panic!("{plain}: {refused}"));
    }
    edit(text.replace("{Q1}", "{Q1}一并")).unwrap();
}

#[test]
fn a_person_marks_a_judgement_of_his_own() {
    let brief = &week().1;
    let (place, runs) = first_paragraph(brief);
    let edits = [Edit { place, text: format!("{}供水矛盾短期内仍将持续。{{判断}}", marked(&runs)) }];
    let new = apply_by(brief, &edits, Some("李研判")).unwrap();
    let mark = new.judgements.last().unwrap();
    assert_eq!(new.judgements.len(), brief.judgements.len() + 1);
    assert_eq!(mark.judge, Judge::Analyst { name: "李研判".into() });
    assert!(mark.rests_on.contains(&"Q1".to_owned()), "{mark:?}");
    assert!(markdown(&new).contains("供水矛盾短期内仍将持续。〔判断〕"), "{}", markdown(&new));
    // his mark is a token like the others from now on
    let (place, runs) = first_paragraph(&new);
    let dropped = [Edit { place, text: marked(&runs).replace(&format!("{{{}}}", mark.id), "") }];
    assert!(matches!(apply_by(&new, &dropped, Some("李研判")), Err(EditRefused::Dropped { .. })));
}

#[test]
fn nobodys_name_or_number_comes_onto_paper_by_hand() {
    let brief = &week().1;
    let (place, runs) = first_paragraph(brief);
    let text = marked(&runs);
    for (typed, secret) in [
        ("据业主王建国来电反映。", "王建国"),
        ("住望江花园十二幢的居民反映。", "十二幢"),
        ("班长徐有田代工友反映。", "徐有田"),
        ("联系人：李秀英，请回电。", "李秀英"),
    ] {
        let refused = apply(brief, &[Edit { place: place.clone(), text: format!("{text}{typed}") }]);
        let told = refused.as_ref().unwrap_err().to_string();
        assert!(matches!(refused, Err(EditRefused::Personal { .. })), "{typed}: {told}");
        assert!(told.contains('＊') && !told.contains(secret), "{told}");
    }
    for place in ["title", "subtitle"] {
        let edits = [Edit { place: place.into(), text: "关于业主王建国来电的专报".into() }];
        let refused = apply(brief, &edits);
        assert!(matches!(refused, Err(EditRefused::Personal { .. })), "{place}: {refused:?}");
    }
}

proptest! {
    #[test]
    fn marked_text_reads_back(parts in prop::collection::vec(("[一-龥{}a-z,。]{0,6}", 0_u8..5, 1_u32..40), 0..8)) {
        let mut runs: Vec<Run> = Vec::new();
        for (words, kind, n) in parts {
            if !words.is_empty() && !matches!(runs.last(), Some(Run::Text(_))) {
                runs.push(Run::Text(words));
            }
            match kind {
                0 => runs.push(Run::figure(format!("Q{n}"))),
                1 => runs.push(Run::Figure { id: format!("Q{n}"), form: tingsu::domain::brief::Form::Bare }),
                2 => runs.push(Run::Quote { id: format!("Y{n}") }),
                3 => runs.push(Run::Judgement { id: format!("P{n}") }),
                _ => {}
            }
        }
        prop_assert_eq!(unmarked(&marked(&runs)), runs);
    }

    /// Whatever is typed: an accepted edit has the same tokens, and nothing else changes.
    #[test]
    fn no_edit_changes_a_number(words in "[一-龥0-9{}QYP:件%,。]{0,60}", cut in 0_usize..200) {
        let brief = &week().1;
        let (place, runs) = first_paragraph(brief);
        let mut text = marked(&runs);
        let at = text.char_indices().nth(cut).map_or(text.len(), |(b, _)| b);
        text.insert_str(at, &words);
        if let Ok(new) = apply(brief, &[Edit { place: place.clone(), text }]) {
            let (_, after) = first_paragraph(&new);
            let tokens = |runs: &[Run]| {
                let mut t: Vec<Run> = runs.iter().filter(|r| !matches!(r, Run::Text(_))).cloned().collect();
                t.sort_by_key(|r| format!("{r:?}"));
                t
            };
            prop_assert_eq!(tokens(&runs), tokens(&after));
            // nor is any number printed that was not printed before
            let before = printed_numbers(&brief.print_all(&runs));
            prop_assert_eq!(printed_numbers(&new.print_all(&after)), before);
            prop_assert_eq!(&new.figures, &brief.figures);
            prop_assert_eq!(&new.quotes, &brief.quotes);
        }
    }
}

#[test]
fn versions_are_a_chain() {
    let at = "2026-05-25T01:00:00Z".parse().unwrap();
    let v1 = seal(week().1.clone(), BriefState::Draft, &Actor::system(), None, at, "自动生成").unwrap();
    let (place, runs) = first_paragraph(&v1);
    let edited = apply(&v1, &[Edit { place, text: format!("{}特此报告。", marked(&runs)) }]).unwrap();
    let v2 = seal(edited, BriefState::Edited, &person("李研判"), None, at, "修改1处").unwrap();
    let v3 = seal(v2.clone(), BriefState::Checked, &person("王核稿"), Some("王核稿"), at, "核稿").unwrap();
    let v4 = seal(v3.clone(), BriefState::Issued, &Actor::person("赵主任", Role::Leader), None, at, "签发").unwrap();
    let chain = vec![v1, v2, v3, v4];
    assert_eq!(chain_faults(&chain), Vec::<String>::new());
    assert_eq!(chain[3].history.iter().map(|r| r.version).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(chain[3].issued_by.as_ref().unwrap().name, "赵主任");
    // Any change to any version is seen.
    for n in 0..4 {
        let mut broken = chain.clone();
        broken[n].figures[0].value.top += 1;
        assert!(!chain_faults(&broken).is_empty(), "figure of version {}", n + 1);
        let mut broken = chain.clone();
        broken[n].title.push('改');
        assert!(!chain_faults(&broken).is_empty(), "title of version {}", n + 1);
    }
    let mut broken = chain.clone();
    broken.remove(1);
    assert!(!chain_faults(&broken).is_empty());
}

/// The figures that an appeal touches, found without `recheck`: those whose cohorts it is in or comes
/// into, and those that rest on them.
fn touched(brief: &Brief, old: &tingsu::report::facts::Row, new: &tingsu::report::facts::Row) -> BTreeSet<String> {
    let moved: BTreeSet<&str> = brief
        .cohorts
        .iter()
        .filter(|c| old.matches(&c.filter) != new.matches(&c.filter))
        .map(|c| c.id.as_str())
        .collect();
    let has = |id: &String| moved.contains(id.as_str());
    let mut out: BTreeSet<String> = BTreeSet::new();
    loop {
        let before = out.len();
        for figure in &brief.figures {
            let hit = match &figure.measure {
                Measure::Count { of } | Measure::Callers { of } | Measure::Distinct { of, .. } => has(of),
                Measure::Share { of, base, .. } => has(of) || has(base),
                Measure::Weighted { parts, base, .. } => parts.iter().any(|(_, id)| has(id)) || has(base),
                Measure::Change { now, before } | Measure::Difference { now, before } => {
                    out.contains(now) || out.contains(before)
                }
                Measure::Sum { of } => of.iter().any(|id| out.contains(id)),
                Measure::Engine { inputs, .. } => inputs.iter().any(|id| out.contains(id)),
                Measure::Listed { .. } => false,
            };
            if hit {
                out.insert(figure.id.clone());
            }
        }
        if out.len() == before {
            return out;
        }
    }
}

#[test]
fn exactly_the_figures_that_an_appeal_touches_turn_stale() {
    let (tickets, brief) = week();
    let pack = city::pack();
    let rows = city::rows(tickets, &pack);
    assert_eq!(recheck(brief, &rows), Vec::new(), "a fresh brief holds");
    let inside: Vec<usize> = (0..tickets.len()).filter(|&i| brief.window.contains(tickets[i].received_at)).collect();
    let mut seen = 0;
    for (n, &at) in inside.iter().step_by(17).enumerate() {
        let mut ticket = tickets[at].clone();
        match n % 4 {
            0 => ticket.labels = Labels { category: Some("0704".into()), ..ticket.labels },
            1 => ticket.content.district = Some("青墩市".into()),
            2 => ticket.content.handling.satisfaction = Some(tingsu::domain::Satisfaction::Dissatisfied),
            _ => ticket.labels = Labels { urgency: Some(tingsu::domain::Urgency::U1), ..ticket.labels },
        }
        let new = tingsu::report::facts::Row::of(&ticket, &pack);
        let expected = touched(brief, &rows[at], &new);
        let mut changed = rows.clone();
        changed[at] = new;
        let stale: BTreeSet<String> = recheck(brief, &changed).into_iter().map(|s| s.figure).collect();
        assert_eq!(stale, expected, "{}", ticket.id);
        seen += usize::from(!stale.is_empty());
        // Gone altogether: all that counted it.
        let mut gone = rows.clone();
        gone.remove(at);
        let stale = recheck(brief, &gone);
        assert!(stale.iter().any(|s| brief.figure(&s.figure).unwrap().name.contains("受理")
            || matches!(brief.figure(&s.figure).unwrap().measure, Measure::Count { .. })));
        assert!(stale.len() < brief.figures.len());
    }
    assert!(seen > 10, "only {seen} changes touched anything");
}
