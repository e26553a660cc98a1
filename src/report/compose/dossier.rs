//! 每月一办: from one thing to one class of things.

use crate::domain::brief::{Content, Fact, Subject};

use super::{
    Composer, advice, charts, focus, handling,
    hot::Hot,
    special::{self, conditions, ground},
    topics,
    voice::{figure, some, words},
};

pub(super) fn write(c: &mut Composer<'_>, subject: &Subject) -> (String, Option<String>) {
    let (fact, values) = conditions(c, subject);
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let with: &[(Fact, &[&str])] = &[(fact, &values)];
    let g = ground(c, subject, with);

    c.section(1, "一件事:诉求基本情况");
    let thing = c.say(
        "dossier.thing",
        &[
            ("window", words(c.period())),
            ("subject", words(&g.name)),
            ("count", figure(&g.count)),
            ("callers", figure(&g.callers)),
            ("share", some(g.share.as_ref())),
        ],
    );
    let places = focus::districts(c, with, "special.places");
    let towns = focus::towns(c, with);
    c.paragraph(vec![thing, places, towns]);
    let ids = c.ledger.tickets(&g.cohort).to_vec();
    let step = (ids.len() / 3).max(1);
    let quotes = topics::quotes(c, &ids.iter().step_by(step).cloned().collect::<Vec<_>>(), 3);
    let quotes = c.say("focus.quotes", &[("quotes", quotes)]);
    c.paragraph(vec![quotes]);

    c.section(1, "一类事:成因类型");
    let field = Hot {
        code: g.code.clone().unwrap_or_default(),
        name: g.name.clone(),
        cohort: g.cohort.clone(),
        count: g.count.clone(),
        n: g.n,
        share: g.share.clone(),
        change: g.change.clone(),
        before: g.before,
    };
    let matters = focus::matters(c, &field);
    c.paragraph(vec![matters]);
    let mut items = Vec::new();
    if let Some(play) = g.code.as_deref().and_then(|code| c.play(code)) {
        for cause in &play.causes {
            let said = c.say("cause.rule", &[("cause", words(cause))]);
            items.extend(c.judge("城市包 playbook 成因", vec![g.count.clone()], None, said));
        }
    }
    if !items.is_empty() {
        c.block(Content::List { ordered: true, items });
    }
    c.drop_if_empty();

    c.section(1, "涉及单位");
    let number = c.ledger.distinct("涉及承办单位", &g.cohort, Fact::Department);
    let list = handling::unit_list(c, with, 8);
    let said = c.say("dossier.units", &[("units", figure(&number)), ("list", list)]);
    c.paragraph(vec![said]);
    c.drop_if_empty();

    c.section(1, "前后对比");
    let before = c.material.before;
    let covered = c.covers(&before);
    let before = c.received(&format!("涉及{}的诉求", g.name), &before, with);
    let before = c.ledger.count(format!("此前{}诉求量", g.name), &before);
    let change = c.ledger.difference(format!("{}诉求量增减", g.name), &g.count, &before);
    let said = match covered {
        true => c.say(
            "dossier.before",
            &[("before", figure(&before)), ("count", figure(&g.count)), ("change", some(change.as_ref()))],
        ),
        false => special::unknown(c),
    };
    c.paragraph(vec![said]);
    charts::days(c, &format!("{}每日诉求量", g.name), with);

    c.section(1, "办理机制和建议");
    let play = g.code.as_deref().and_then(|code| c.play(code));
    if let Some(mechanism) = play.and_then(|play| play.mechanism.clone()) {
        let said = c.say("dossier.mechanism", &[("mechanism", words(mechanism))]);
        let said = c.judge("城市包 playbook 机制", vec![g.count.clone()], None, said);
        c.paragraph(vec![said]);
    }
    if let Some(code) = g.code.clone() {
        let finding = format!("{}问题", c.category_name(&code));
        advice::on(c, &code, &finding, vec![g.count.clone()], 3);
    }
    c.drop_if_empty();
    (format!("每月一办:{}", g.name), play_headline(c, g.code.as_deref()))
}

fn play_headline(c: &Composer<'_>, code: Option<&str>) -> Option<String> {
    c.play(code?).map(|play| play.headline.clone())
}
