//! 诉求热点: the matters that most people call about, and how they moved.

use crate::{
    domain::brief::{Align, Base, Column, Content, Fact, FigureId, Form, Run, Table, Unit},
    report::facts::UNKNOWN,
};

use super::{
    Composer, charts,
    voice::{self, figure, numeral, some, words},
};

/// One category in this window.
#[derive(Clone, Debug)]
pub(super) struct Hot {
    /// Two or four digits.
    pub(super) code: String,
    pub(super) name: String,
    pub(super) cohort: String,
    pub(super) count: FigureId,
    pub(super) n: usize,
    pub(super) share: Option<FigureId>,
    pub(super) change: Option<FigureId>,
    pub(super) before: usize,
}

/// Categories of a level by number of appeals.
pub(super) fn ranked(c: &mut Composer<'_>, fact: Fact, most: usize) -> Vec<Hot> {
    let (window, before) = (c.material.window, c.material.before);
    let all = c.all(&window);
    let codes: Vec<(String, usize)> = c
        .tally(&all, fact)
        .into_iter()
        .filter(|(code, _)| code != UNKNOWN && !is_invalid(c, code))
        .take(most)
        .collect();
    let mut out = Vec::new();
    for (code, n) in codes {
        let name = c.category_name(&code);
        let level = if fact == Fact::Category1 { "一级" } else { "二级" };
        let (cohort, count, change) =
            c.counted(&name, &format!("{level}分类为{name}的诉求"), &[(fact, &[code.as_str()])]);
        let then = c.received(&format!("{level}分类为{name}的诉求"), &before, &[(fact, &[code.as_str()])]);
        let then = if c.covers(&before) { c.ledger.size(&then) } else { 0 };
        let share = c.ledger.share(format!("{name}诉求占比"), &cohort, &all, Base::Received, 1);
        out.push(Hot { code, name, cohort, count, n, share, change, before: then });
    }
    out
}

fn is_invalid(c: &Composer<'_>, code: &str) -> bool {
    c.style.invalid.iter().any(|known| known == code)
}

/// The sentences on the leading matters, the table and the chart.
pub(super) fn write(c: &mut Composer<'_>, hot: &[Hot], most: usize) {
    let window = c.material.window;
    let all = c.all(&window);
    let top: Vec<&Hot> = hot.iter().take(most).collect();
    let items = top.iter().filter_map(|h| {
        c.say("item.share", &[("name", words(&h.name)), ("count", figure(&h.count)), ("share", some(h.share.as_ref()))])
    });
    let list = voice::list(items.collect(), ";");
    let codes: Vec<&str> = top.iter().map(|h| h.code.as_str()).collect();
    let together = c.received("居前各领域的诉求", &window, &[(Fact::Category1, &codes)]);
    let sum = c.ledger.sum("居前各领域诉求量合计", &top.iter().map(|h| h.count.clone()).collect::<Vec<_>>());
    let share = c.ledger.share("居前各领域诉求占比", &together, &all, Base::Received, 1);
    let lead = if top.len() > 1 {
        c.say(
            "hot.lead",
            &[
                ("rank", words(numeral(top.len()))),
                ("list", list),
                ("sum", figure(&sum)),
                ("share", some(share.as_ref())),
            ],
        )
    } else {
        None
    };
    let moved = moves(c, hot);
    c.paragraph(vec![lead, moved]);
}

/// Which rose and which fell beyond chance.
fn moves(c: &mut Composer<'_>, hot: &[Hot]) -> Option<Vec<Run>> {
    let step = |h: &&Hot| !Composer::by_chance(h.n, h.before);
    let (mut up, mut down): (Vec<&Hot>, Vec<&Hot>) =
        hot.iter().filter(|h| h.before > 0 && h.change.is_some()).filter(step).partition(|h| h.n > h.before);
    up.sort_by_key(|h| std::cmp::Reverse(h.n - h.before.min(h.n)));
    down.sort_by_key(|h| std::cmp::Reverse(h.before - h.n.min(h.before)));
    let list = |c: &Composer<'_>, hot: &[&Hot]| {
        let items = hot
            .iter()
            .take(3)
            .filter_map(|h| c.say("item.moved", &[("name", words(&h.name)), ("change", some(h.change.as_ref()))]));
        voice::list(items.collect(), "、")
    };
    let rise = c.say("hot.rise", &[("list", list(c, &up))]);
    let fall = c.say("hot.fall", &[("list", list(c, &down))]);
    let any_before = hot.iter().any(|h| h.before > 0);
    // Many fields that each fall a little are no even week.
    let (window, before) = (c.material.window, c.material.before);
    let (all, before) = (c.all(&window), c.all(&before));
    let even = any_before && Composer::by_chance(c.ledger.size(&all), c.ledger.size(&before));
    match (rise, fall) {
        (None, None) if even => c.say("hot.even", &[]),
        (None, None) => None,
        (rise, fall) => Some(voice::joined(rise.into_iter().chain(fall).flatten().collect())),
    }
}

/// 序号|领域|件|占比|环比
pub(super) fn table(c: &mut Composer<'_>, title: &str, head: &str, hot: &[Hot]) {
    if hot.is_empty() {
        return;
    }
    let column = |head: &str, align: Align| Column { head: head.to_owned(), align };
    let compared = hot.iter().any(|h| h.change.is_some());
    let mut columns = vec![
        column("序号", Align::Centre),
        column(head, Align::Left),
        column("诉求量(件)", Align::Right),
        column("占比(%)", Align::Right),
    ];
    if compared {
        columns.push(column("环比", Align::Right));
    }
    let cell = |id: &FigureId| vec![Run::Figure { id: id.clone(), form: Form::Bare }];
    let signed = |id: &FigureId| vec![Run::Figure { id: id.clone(), form: Form::Signed }];
    let rows = hot.iter().enumerate().map(|(n, h)| {
        let mut row = vec![
            vec![Run::text((n + 1).to_string())],
            vec![Run::text(&h.name)],
            cell(&h.count),
            h.share.as_ref().map(cell).unwrap_or_default(),
        ];
        if compared {
            row.push(h.change.as_ref().map(signed).unwrap_or_default());
        }
        row
    });
    let few = hot.iter().filter_map(|h| c.ledger.figure(h.change.as_deref()?)).any(|f| f.unit == Unit::Cases);
    let few = if few { "上期不足10件的,环比列增减件数。" } else { "" };
    let note = Some(format!("占比的分母为受理量,四舍五入保留一位小数。{few}"));
    let table = Table { title: title.to_owned(), columns, rows: rows.collect(), note };
    c.block(Content::Table { table });
}

/// The bars of the leading matters.
pub(super) fn chart(c: &mut Composer<'_>, title: &str, hot: &[Hot]) {
    charts::bars(c, title, hot.iter().map(|h| (h.name.clone(), h.count.clone(), h.change.clone())).collect());
}

/// `质量纠纷待协调 预付服务须规范`: what the pack says of the two leading level-2 matters.
pub(super) fn headline(c: &Composer<'_>, matters: &[Hot]) -> Option<String> {
    let mut lines: Vec<&str> = Vec::new();
    // What rose most beyond chance is the news; after it the largest.
    let mut order: Vec<&Hot> = matters.iter().collect();
    let news = |h: &Hot| {
        let over = h.n as f64 - h.before as f64;
        (h.before > 0 && over >= (2.0 * (h.before as f64).sqrt()).max(4.0)) as usize as f64 * over
    };
    order.sort_by(|a, b| news(b).total_cmp(&news(a)).then(b.n.cmp(&a.n)).then_with(|| a.code.cmp(&b.code)));
    for hot in order {
        if let Some(play) = c.play(&hot.code).filter(|p| !lines.contains(&p.headline.as_str())) {
            lines.push(&play.headline);
        }
        if lines.len() == 2 {
            break;
        }
    }
    (!lines.is_empty()).then(|| lines.join(" "))
}
