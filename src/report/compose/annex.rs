//! 附:数据口径与样本.

use crate::{
    domain::brief::{Content, Fact, Form, Part, Run},
    report::facts::ledger::each_run,
};

use super::{Composer, opening, voice};

/// Writes the annex: what was counted, by what, what was left out, by which method.
pub(super) fn write(c: &mut Composer<'_>) {
    c.open(1, "附:数据口径与样本", Part::Annex);
    let window = c.material.window;
    let cut = match window.cut_hour {
        0 => "按自然日统计".to_owned(),
        hour => format!("每日以{hour}时为界"),
    };
    let mut items: Vec<Vec<Run>> = Vec::new();
    let year = match told_of_year(c) {
        true => format!(";同比时段:{}(对齐星期,前推52周)", span(c.material.year_before)),
        false => String::new(),
    };
    items.push(vec![Run::text(format!(
        "统计时段:{}(含起点、不含终点,{cut});环比时段:{}{year}。",
        span(c.material.window),
        span(c.material.before)
    ))]);
    if let Some(since) = c.material.since.filter(|_| !c.covers(&c.material.before)) {
        items.push(vec![Run::text(format!("工单数据自{}起,环比时段的数据不全,不作环比。", hour(since)))]);
    }
    if c.material.made_at < window.to {
        items.push(vec![Run::text(format!("统计时段尚未结束,数据截至{}。", hour(c.material.made_at)))]);
    }
    for (base, (words, id)) in c.bases.clone() {
        items.push(vec![
            Run::text(format!("{}:{words},计", base.label())),
            Run::Figure { id, form: Form::Whole },
            Run::text("。"),
        ]);
    }
    if c.bases.contains_key(&crate::domain::brief::Base::Revisited) {
        items.push(vec![Run::text("满意率=(满意+0.9×基本满意)÷有效回访;有效回访按来电时间归入本期。")]);
    }
    items.push(vec![Run::text(
        "各项占比、比率均四舍五入;环比、同比以未取整的件数计算。类别、承办单位和紧急程度取人工核定结果,未核定的取系统研判结果。",
    )]);
    let mut suppressed = c.suppressed.clone();
    suppressed.sort();
    suppressed.dedup();
    c.suppressed.clone_from(&suppressed);
    items.extend(suppressed.into_iter().map(|s| vec![Run::text(s)]));
    c.methods.dedup();
    items.extend(c.methods.clone().into_iter().map(|m| vec![Run::text(m)]));
    items.push(vec![Run::text(
        "引文为诉求人或承办单位原话节选,已隐去姓名、电话、证件号码和门牌号;标注“〔判断〕”的语句为研判意见,不属于统计结果。",
    )]);
    c.block(Content::List { ordered: true, items });
    samples(c);
}

/// Whether a 同比 is printed: its base is named then.
fn told_of_year(c: &mut Composer<'_>) -> bool {
    let mut printed: Vec<String> = Vec::new();
    for block in c.sections.iter_mut().flat_map(|s| &mut s.blocks) {
        each_run(block, &mut |run| {
            if let Run::Figure { id, .. } = run {
                printed.push(id.clone());
            }
        });
    }
    printed.iter().filter_map(|id| c.ledger.figure(id)).any(|f| f.name.ends_with("同比"))
}

fn hour(at: jiff::Timestamp) -> String {
    let at = crate::domain::city_time(at);
    let minute = if at.minute() == 0 { String::new() } else { format!("{:02}分", at.minute()) };
    format!("{}{minute}", at.strftime("%Y年%-m月%-d日%-H时"))
}

fn span(window: crate::domain::brief::Window) -> String {
    format!("{}至{}", hour(window.from), hour(window.to))
}

/// The quoted appeals by number, so that whoever may can look them up.
fn samples(c: &mut Composer<'_>) {
    let mut printed: Vec<String> = Vec::new();
    for block in c.sections.iter_mut().flat_map(|s| &mut s.blocks) {
        each_run(block, &mut |run| {
            if let Run::Quote { id } = run {
                printed.push(id.clone());
            }
        });
    }
    let quotes = c.quotes.iter().filter(|q| printed.contains(&q.id));
    let mut tickets: Vec<String> = quotes.map(|q| q.ticket.as_str().to_owned()).collect();
    tickets.sort();
    tickets.dedup();
    if tickets.is_empty() {
        return;
    }
    let refs: Vec<&str> = tickets.iter().map(String::as_str).collect();
    let window = c.material.window;
    let cohort = c.received("文中引用的诉求", &window, &[(Fact::Id, &refs)]);
    let count = c.ledger.count("引用样本量", &cohort);
    let tails: Vec<String> = tickets.iter().map(|id| opening::tail(id)).collect();
    let runs = vec![Run::text("引用样本"), Run::figure(count), Run::text(format!(",工单尾号:{}。", tails.join("、")))];
    c.block(Content::Paragraph { runs: voice::joined(runs) });
}
