//! 涉企 and 人才: how many of them called, about what, how much was answered at once, and who has each in hand.

use crate::{
    domain::{
        CallerKind,
        brief::{Base, Fact, Run},
    },
    report::facts::{NO, UNKNOWN, YES},
};

use super::{
    Composer, opening,
    voice::{self, figure, some, words},
};

/// How many firms called, and about what.
pub(super) fn told(c: &mut Composer<'_>) -> Option<Vec<Run>> {
    let window = c.material.window;
    let label = [CallerKind::Enterprise.label()];
    let cohort = c.received(&format!("来电主体为{}的诉求", label[0]), &window, &[(Fact::CallerKind, &label)]);
    if c.ledger.size(&cohort) == 0 {
        return None;
    }
    let all = c.all(&window);
    let count = c.ledger.count(format!("{}诉求量", label[0]), &cohort);
    let share = c.ledger.share("企业诉求占比", &cohort, &all, Base::Received, 1);
    let mut items = Vec::new();
    for (code, _) in c.tally(&cohort, Fact::Category).into_iter().filter(|(code, _)| code != UNKNOWN).take(3) {
        let name = c.category_name(&code);
        let of = c.received(
            &format!("来电主体为{}、二级分类为{name}的诉求", label[0]),
            &window,
            &[(Fact::CallerKind, &label), (Fact::Category, &[code.as_str()])],
        );
        let count = c.ledger.count(format!("企业{name}诉求量"), &of);
        items.extend(c.say("item.count", &[("name", words(name)), ("count", figure(&count))]));
    }
    let list = voice::list(items, "、");
    c.say("enterprise", &[("count", figure(&count)), ("share", some(share.as_ref())), ("list", list)])
}

/// 在线解答率 of firms and of talents; only where the source records dispatch at all.
pub(super) fn answered(c: &mut Composer<'_>) -> Option<Vec<Run>> {
    let window = c.material.window;
    let sent = c.received("已派发承办单位的诉求", &window, &[(Fact::Dispatched, &[YES])]);
    if c.ledger.size(&sent) == 0 {
        return None;
    }
    let mut rate = |kind: CallerKind, base: Base| {
        let label = [kind.label()];
        let with: [(Fact, &[&str]); 1] = [(Fact::CallerKind, &label)];
        let all = c.received(&format!("来电主体为{}的诉求", label[0]), &window, &with);
        let own = c.received(
            &format!("来电主体为{}、未派单、由平台直接答复办结的诉求", label[0]),
            &window,
            &[with[0], (Fact::Dispatched, &[NO]), (Fact::Closed, &[YES])],
        );
        let rate = c.ledger.share(format!("{}诉求在线解答率", label[0]), &own, &all, base, 2)?;
        let count = c.ledger.count(format!("{}诉求量", label[0]), &all);
        c.bases.insert(base, (format!("来电主体为{}的诉求", label[0]), count));
        Some(rate)
    };
    let (enterprise, talent) = (rate(CallerKind::Enterprise, Base::Enterprise), rate(CallerKind::Talent, Base::Talent));
    c.say("answered", &[("enterprise", some(enterprise.as_ref())), ("talent", some(talent.as_ref()))])
}

/// One line for each appeal of a firm, with the unit that has it; `most` of them, the rest counted.
pub(super) fn cases(c: &mut Composer<'_>, most: usize) {
    let window = c.material.window;
    let label = CallerKind::Enterprise.label();
    let firm =
        |row: &&crate::report::facts::Row| window.contains(row.received) && row.value(Fact::CallerKind) == Some(label);
    let mut rows: Vec<_> = c.material.rows.iter().filter(firm).collect();
    rows.sort_by_key(|row| (row.received, row.id.clone()));
    let rest = opening::cases(c, "enterprise.case", &rows, most);
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    if !rest.is_empty() {
        let cohort = c.received("未逐件列出的企业诉求", &window, &[(Fact::Id, &rest)]);
        let count = c.ledger.count("未逐件列出的企业诉求", &cohort);
        let more = c.say("enterprise.more", &[("rest", figure(&count))]);
        c.paragraph(vec![more]);
    }
}
