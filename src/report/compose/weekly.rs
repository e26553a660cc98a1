//! 诉求热点周报.

use crate::domain::brief::Fact;

use super::{Composer, charts, firms, focus, handling, hot, opening, outlook, topics};

pub(super) fn write(c: &mut Composer<'_>) -> (String, Option<String>) {
    let window = c.material.window;
    c.section(1, "受理情况");
    opening::write(c);
    charts::days(c, "本期每日受理量", &[]);

    let fields = hot::ranked(c, Fact::Category1, 20);
    let matters = hot::ranked(c, Fact::Category, 10);
    c.section(1, "诉求热点");
    hot::write(c, &fields, 5);
    hot::chart(c, "主要领域诉求量", &fields.iter().take(10).cloned().collect::<Vec<_>>());
    hot::table(c, "诉求量居前的事项", "事项", &matters);

    let events = topics::matters(c, topics::Level::Events, None);
    c.section(1, "集中热点");
    focus::write(c, &fields, &events, 3);
    c.section(2, "新增和上升事项");
    topics::moves(c, 5);

    c.section(1, "急件办理");
    let urgent = opening::urgent(c);
    c.paragraph(vec![urgent]);
    opening::urgent_cases(c, 5);

    c.section(1, "办理情况");
    handling::write(c);
    let units = handling::units(c, &[], "units", 5);
    let districts = focus::districts(c, &[], "districts");
    let province = handling::province(c);
    c.paragraph(vec![units, districts, province]);
    let firms = firms::told(c);
    let answered = firms::answered(c);
    c.paragraph(vec![firms, answered]);
    charts::districts(c, "各地诉求量", &[]);
    charts::heat(c, "诉求时段分布");

    let week = window.to.duration_since(window.from) == jiff::SignedDuration::from_hours(24 * 7);
    c.section(1, if week { "下周提示" } else { "下期提示" });
    outlook::write(c, &fields);
    let headline = hot::headline(c, &matters);
    (format!("诉求热点周报({})", window.words()), headline)
}
