//! 集中热点: one paragraph a field: how much, which matters, which events, whose words.

use crate::{
    domain::{
        AppealType, TicketId,
        brief::{Fact, Run},
    },
    report::facts::UNKNOWN,
};

use super::{
    Composer,
    hot::Hot,
    topics::{self, FEWEST, Matter},
    voice::{self, figure, some, words},
};

/// A sub-section for each field.
pub(super) fn write(c: &mut Composer<'_>, hot: &[Hot], events: &[Matter], most: usize) {
    for field in hot.iter().take(most) {
        c.section(2, field.name.clone());
        let callers = c.ledger.callers(format!("{}诉求人", field.name), &field.cohort);
        let volume = c.say(
            "focus.volume",
            &[
                ("name", words(&field.name)),
                ("count", figure(&field.count)),
                ("share", some(field.share.as_ref())),
                ("change", some(field.change.as_ref())),
                ("callers", figure(&callers)),
            ],
        );
        let matters = matters(c, field);
        let own: Vec<&Matter> = events.iter().filter(|e| e.level1.as_deref() == Some(&field.code)).take(2).collect();
        let mut sentences = vec![volume, matters];
        for (at, event) in own.iter().enumerate() {
            // the second of one matter does not name it again
            let named = |before: &&Matter| before.is_wholly_like(event);
            sentences.push(told(c, event, !own.iter().take(at).any(named)));
        }
        let mut from: Vec<TicketId> = own.iter().flat_map(|e| e.quotes.iter().take(1).cloned()).collect();
        from.extend(typical(c, field));
        let quotes = topics::quotes(c, &from, 2);
        sentences.push(c.say("focus.quotes", &[("quotes", quotes)]));
        if !c.paragraph(sentences) {
            c.drop_if_empty();
        }
    }
}

/// An event in one sentence, with the matter that all of it is of, if that is to be named.
fn told(c: &Composer<'_>, event: &Matter, whole: bool) -> Option<Vec<Run>> {
    let mut slots = vec![
        ("where", event.place.clone()),
        ("title", Some(vec![event.title.clone()])),
        ("count", figure(&event.count)),
        ("callers", figure(&event.callers)),
    ];
    slots.extend(event.about().into_iter().filter(|(name, _)| whole || *name != "whole"));
    c.say("focus.event", &slots)
}

/// The level-2 matters of a field.
pub(super) fn matters(c: &mut Composer<'_>, field: &Hot) -> Option<Vec<Run>> {
    let window = c.material.window;
    let codes: Vec<String> = c
        .tally(&field.cohort, Fact::Category)
        .into_iter()
        .map(|(code, _)| code)
        .filter(|code| code != UNKNOWN)
        .take(4)
        .collect();
    let mut items = Vec::new();
    for code in codes {
        let name = c.category_name(&code);
        let cohort = c.received(&format!("二级分类为{name}的诉求"), &window, &[(Fact::Category, &[code.as_str()])]);
        let count = c.ledger.count(format!("{name}诉求量"), &cohort);
        items.extend(c.say("item.count", &[("name", words(name)), ("count", figure(&count))]));
    }
    let list = voice::list(items, "、");
    c.say("focus.matters", &[("list", list)])
}

/// Appeals to quote where no event speaks: one of each of the largest matters, then a second, those first whose text is
/// of a length that can be quoted whole. Thanks are no trouble to tell of.
fn typical(c: &Composer<'_>, field: &Hot) -> Vec<TicketId> {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for (code, _) in c.tally(&field.cohort, Fact::Category) {
        let mut fit: Vec<(&TicketId, usize)> = c
            .ledger
            .tickets(&field.cohort)
            .iter()
            .filter_map(|id| {
                let ticket = c.tickets.get(id)?;
                let is = ticket.effective();
                (is.category.as_deref() == Some(&code) && is.appeal_type != Some(AppealType::Praise)).then_some(())?;
                Some((id, ticket.content.appeal.text.chars().count()))
            })
            .collect();
        fit.sort_by_key(|(id, chars)| (chars.abs_diff(50), (*id).clone()));
        let mut fit = fit.into_iter().map(|(id, _)| id.clone());
        first.extend(fit.next());
        second.extend(fit.next());
        if first.len() == 2 {
            break;
        }
    }
    first.extend(second);
    first
}

/// Districts with count (and share of a base), most first.
pub(super) fn districts(c: &mut Composer<'_>, conditions: &[(Fact, &[&str])], sentence: &str) -> Option<Vec<Run>> {
    let window = c.material.window;
    let what = if conditions.is_empty() { "全部诉求" } else { "专题诉求" };
    let all = c.received(what, &window, conditions);
    let names: Vec<String> =
        c.tally(&all, Fact::District).into_iter().map(|(name, _)| name).filter(|n| n != UNKNOWN).take(10).collect();
    let mut items = Vec::new();
    for name in names {
        let value = [name.as_str()];
        let mut with = conditions.to_vec();
        with.push((Fact::District, &value));
        let (_, count, change) = c.counted(&name, &format!("区县为{name}的{what}"), &with);
        let change = change.filter(|_| conditions.is_empty());
        items.extend(c.say(
            "item.change",
            &[("name", words(&name)), ("count", figure(&count)), ("change", some(change.as_ref()))],
        ));
    }
    let list = voice::list(items, "、");
    c.say(sentence, &[("list", list)])
}

/// Towns with at least five callers; smaller cells are merged, and the annex says so.
pub(super) fn towns(c: &mut Composer<'_>, conditions: &[(Fact, &[&str])]) -> Option<Vec<Run>> {
    let window = c.material.window;
    let all = c.received("专题诉求", &window, conditions);
    let mut items = Vec::new();
    let mut small = 0_usize;
    for (town, _) in c.tally(&all, Fact::Town) {
        let value = [town.as_str()];
        let mut with = conditions.to_vec();
        with.push((Fact::Town, &value));
        let cohort = c.received(&format!("街镇为{town}的专题诉求"), &window, &with);
        if c.ledger.callers_of(&cohort) < FEWEST {
            small += 1;
            continue;
        }
        if items.len() < 5 {
            let count = c.ledger.count(format!("{town}诉求量"), &cohort);
            items.extend(c.say("item.count", &[("name", words(town.replace('/', ""))), ("count", figure(&count))]));
        }
    }
    if small > 0 {
        c.suppressed.push("诉求人不足五人的街镇不单独列出,并入所在县(市、区)。".to_owned());
    }
    let list = voice::list(items, "、");
    c.say("special.towns", &[("list", list)])
}
