//! 日报.

use crate::domain::brief::Fact;

use super::{Composer, assess, firms, focus, handling, hot, opening, outlook, topics};

pub(super) fn write(c: &mut Composer<'_>) -> (String, Option<String>) {
    let window = c.material.window;
    c.section(1, "总体情况");
    opening::write(c);
    let revisit = handling::revisit(c, &[]);
    let so_far = assess::so_far(c);
    c.paragraph(vec![revisit, so_far]);

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
    let said = firms::told(c);
    let answered = firms::answered(c);
    c.paragraph(vec![said, answered]);
    firms::cases(c, 8);
    c.drop_if_empty();

    c.section(1, "属地和单位");
    let districts = focus::districts(c, &[], "districts");
    let units = handling::units(c, &[], "units", 5);
    c.paragraph(vec![districts, units]);

    c.section(1, "考核和时限");
    let ranks = assess::ranks(c);
    let lights = assess::lights(c);
    c.paragraph(vec![ranks, lights]);
    assess::bottom_three(c);
    c.drop_if_empty();

    c.section(1, "提示");
    outlook::write(c, &fields);
    assess::table(c);
    (format!("热线日报({})", window.words()), hot::headline(c, &matters))
}
