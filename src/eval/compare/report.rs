//! The comparison as a table for people.

use std::fmt;

use super::{
    super::score::{LabelCounts, Share},
    Comparison, HeadComparison, Paired,
};

/// Classes shown for each head; programs get all.
const CLASSES: usize = 15;
/// Confusions shown for each side.
const CONFUSIONS: usize = 5;

/// The field's word for a head.
fn word(head: &str) -> &str {
    match head {
        "type" => "诉求类型",
        "category" => "类别",
        "department" => "主办单位",
        "urgency" => "紧急程度",
        other => other,
    }
}

fn percent(share: Share) -> String {
    share.value().map_or_else(|| "-".to_owned(), |v| format!("{:.1} %", 100.0 * v))
}

fn figures(counts: LabelCounts) -> String {
    let of = |share: Share| share.value().map_or_else(|| "-".to_owned(), |v| format!("{v:.2}"));
    format!("{}/{}/{:.2}", of(counts.precision()), of(counts.recall()), counts.f1())
}

fn sentence(paired: &Paired) -> String {
    let Paired { only_a, only_b, p, .. } = paired;
    let meaning = match (paired.is_significant(), only_b > only_a) {
        (false, _) => "差别可能出于偶然",
        (true, true) => "乙确实更好",
        (true, false) => "乙确实更差",
    };
    let p = if *p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {p:.3}") };
    format!("仅甲对 {only_a} 件,仅乙对 {only_b} 件,{meaning}(McNemar 精确检验 {p})")
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "甲 {}\n乙 {}\n{} 件", self.a, self.b, self.rows)?;
        for head in &self.heads {
            write!(f, "\n{head}")?;
        }
        Ok(())
    }
}

impl fmt::Display for HeadComparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = word(&self.head);
        if self.a.of == 0 {
            writeln!(f, "{name}:没有裁定过的工单,无从判断对错")?;
        } else {
            writeln!(f, "{name}({} 件有裁定):首选正确 甲 {},乙 {}", self.a.of, percent(self.a), percent(self.b))?;
            writeln!(f, "  {}", sentence(&self.paired))?;
            let shown = self.classes.iter().filter(|c| c.of > 0);
            writeln!(f, "  精确率/召回率/F1,件数最多的各类")?;
            for class in shown.clone().take(CLASSES) {
                writeln!(f, "    {} {} 件:甲 {},乙 {}", class.label, class.of, figures(class.a), figures(class.b))?;
            }
            let more = shown.count().saturating_sub(CLASSES);
            if more > 0 {
                writeln!(f, "    另有 {more} 类,见 --json")?;
            }
            for (who, list) in ["甲", "乙"].into_iter().zip(&self.confusions) {
                let list: Vec<String> =
                    list.iter().take(CONFUSIONS).map(|(gold, said, n)| format!("{gold}→{said} {n}")).collect();
                if !list.is_empty() {
                    writeln!(f, "  {who}最常混淆(裁定→建议):{}", list.join(","))?;
                }
            }
        }
        let c = self.changes.counts;
        write!(f, "  换用乙后首选会变的 {} 件:改对 {},改错 {},都不对 {}", c.all(), c.better, c.worse, c.neither)?;
        if c.unjudged > 0 {
            write!(f, ",无裁定 {}", c.unjudged)?;
        }
        writeln!(f)?;
        let mut classes: Vec<_> = self.changes.by_class.iter().filter(|(_, c)| c.better + c.worse > 0).collect();
        classes.sort_by_key(|(label, c)| (std::cmp::Reverse(c.better + c.worse), label.as_str()));
        for (label, c) in classes.iter().take(CLASSES) {
            writeln!(f, "    {label}:改对 {},改错 {}", c.better, c.worse)?;
        }
        Ok(())
    }
}
