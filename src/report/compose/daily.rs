//! 日报.

use crate::domain::brief::Fact;

use super::{Composer, focus, handling, hot, opening, outlook, topics};
use crate::domain::{CallerKind, brief::Base};

use super::voice::{self, figure, some, words};

pub(super) fn write(c: &mut Composer<'_>) -> (String, Option<String>) {
    let window = c.material.window;
    c.section(1, "总体情况");
    opening::write(c);
    let revisit = handling::revisit(c, &[]);
    c.paragraph(vec![revisit]);

    c.section(1, "急件与敏感事项");
    let urgent = opening::urgent(c);
    c.paragraph(vec![urgent]);
    opening::urgent_cases(c, 8);

    let fields = hot::ranked(c, Fact::Category1, 20);
    let matters = hot::ranked(c, Fact::Category, 5);
    c.section(1, "诉求热点");
    hot::write(c, &fields, 3);
    hot::table(c, "热点事项前五位", "事项", &matters);

    c.section(1, "异动情况");
    topics::moves(c, 5);

    c.section(1, "企业诉求");
    let said = enterprise(c);
    c.paragraph(vec![said]);
    c.drop_if_empty();

    c.section(1, "属地和单位");
    let districts = focus::districts(c, &[], "districts");
    let units = handling::units(c, &[], "units", 5);
    c.paragraph(vec![districts, units]);

    c.section(1, "提示");
    outlook::write(c, &fields);
    (format!("热线日报({})", window.words()), hot::headline(c, &matters))
}

/// How many firms called, and about what.
fn enterprise(c: &mut Composer<'_>) -> Option<Vec<crate::domain::brief::Run>> {
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
    for (code, _) in c.tally(&cohort, Fact::Category).into_iter().take(3) {
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
