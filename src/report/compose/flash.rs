//! 快报: urgent appeals at once.

use std::collections::BTreeMap;

use crate::domain::brief::Fact;

use super::{
    Composer, advice, handling, opening,
    voice::{figure, words},
};

pub(super) fn write(c: &mut Composer<'_>) -> (String, Option<String>) {
    let window = c.material.window;
    let levels: &[(Fact, &[&str])] = &[(Fact::Urgency, &["U1", "U2"])];
    let cohort = c.received("研判为特急、紧急的诉求", &window, levels);
    let count = c.ledger.count("特急、紧急诉求量", &cohort);
    let mut level = |code: &str, name: &str| {
        let of = c.received(&format!("研判为{name}的诉求"), &window, &[(Fact::Urgency, &[code])]);
        c.ledger.count(format!("{name}诉求量"), &of)
    };
    let (u1, u2) = (level("U1", "特急"), level("U2", "紧急"));
    c.section(1, "基本情况");
    let lead = if c.ledger.size(&cohort) == 0 {
        c.say("urgent.none", &[])
    } else {
        c.say(
            "flash.lead",
            &[
                ("window", words(window.words())),
                ("office", words(&c.style.office)),
                ("urgent", figure(&count)),
                ("u1", figure(&u1)),
                ("u2", figure(&u2)),
            ],
        )
    };
    c.paragraph(vec![lead]);
    opening::urgent_cases(c, 20);
    c.section(1, "承办情况");
    let units = handling::units(c, levels, "flash.units", 6);
    c.paragraph(vec![units]);
    c.drop_if_empty();
    c.section(1, "工作建议");
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    for (code, n) in c.tally(&cohort, Fact::Category) {
        *codes.entry(code).or_default() += n;
    }
    let mut codes: Vec<(String, usize)> = codes.into_iter().collect();
    codes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut given = 0;
    for (code, _) in codes {
        if given >= 3 {
            break;
        }
        let name = c.category_name(&code);
        let of = c.received(
            &format!("研判为特急、紧急且二级分类为{name}的诉求"),
            &window,
            &[(Fact::Urgency, &["U1", "U2"]), (Fact::Category, &[code.as_str()])],
        );
        let answer = c.ledger.count(format!("{name}急件量"), &of);
        given += advice::on(c, &code, &format!("{name}急件"), vec![answer], 1);
    }
    c.drop_if_empty();
    (format!("紧急诉求快报({})", window.words()), None)
}
