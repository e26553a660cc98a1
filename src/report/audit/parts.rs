//! Lists: parts of a total, totals of parts.

use super::{
    Reader,
    quantity::Quantity,
    role::{self, Role},
};

/// A list of counts and what it is taken apart from, or adds up to.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// The total; none if the list stands alone.
    pub parent: Option<usize>,
    /// The items, in order.
    pub items: Vec<usize>,
    /// How sure it is that nothing is left out.
    pub whole: Whole,
}

/// Is a list complete?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whole {
    /// The text says so: 合计, 其他, 其余, 分别为, two halves of one thing.
    Said,
    /// Items of a kind that is usually told in full: types of appeals, channels.
    Likely,
    /// May be the largest few only.
    Open,
    /// The list was found without a word that opens it: only an equality tells something.
    Loose,
}

/// Words of which usually all are told: what was asked, by which way, what was done.
const TYPES: &[&str] = &["咨询", "求助", "投诉", "举报", "建议", "表扬", "感谢", "意见"];
const WAYS: &[&str] = &[
    "电话",
    "来电",
    "网站",
    "网络",
    "网上",
    "微信",
    "微博",
    "APP",
    "App",
    "小程序",
    "短信",
    "邮件",
    "信箱",
    "自助",
    "上级",
    "12345",
    "110",
    "线上",
    "线下",
    "平台",
    "政府网",
    "渠道",
    "接警",
    "派发",
];
/// Pairs that make a whole.
const HALVES: &[(&[&str], &[&str])] = &[
    (
        &[
            "直接答复",
            "直接解答",
            "在线解答",
            "在线答复",
            "直接办结",
            "即时办结",
            "自行处理",
            "直办",
            "当场答复",
            "当即办结",
        ],
        &["派单", "转办", "转派", "派发", "交办", "派遣"],
    ),
    (&["办结"], &["在办", "办理中", "正在办理", "未办结", "待办", "正在处理"]),
    (&["有效"], &["无效"]),
    (&["已解决", "解决"], &["未解决"]),
];
/// What is done with matters; it begins another story behind a list of what they are.
const DONE: &[&str] =
    &["办结", "回访", "派单", "转办", "满意", "督办", "答复", "解决", "已处理", "交办", "超期", "形成", "生成"];

/// The words that name an item.
pub(super) fn label(q: &Quantity) -> String {
    let mut text = q.piece.as_str();
    for cue in ["其中", "包括", "分别为", "分别是", "以及", "另有", "即", "和", "及", "与"] {
        if let Some(at) = text.rfind(cue).filter(|at| at + cue.len() <= text.len() && (cue.len() > 3 || *at == 0)) {
            text = &text[at + cue.len()..];
        }
    }
    let trimmed = text.trim_matches(|c: char| c.is_whitespace());
    let trimmed = trimmed.trim_end_matches(['共', '为', '达', '有', '约', '近', '计', '是', '超', '逾']);
    trimmed.to_owned()
}

pub(super) fn any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|w| text.contains(w))
}

/// How strongly a mark parts: 、 within , within ;.
fn strength(q: &Quantity) -> u8 {
    match q.mark {
        '、' => 1,
        ';' => 3,
        ' ' if q.piece.starts_with(['和', '及', '与']) => 1,
        ' ' => 0,
        _ => 2,
    }
}

fn is_item(q: &Quantity) -> bool {
    q.is_count() && matches!(q.role, Role::Plain | Role::Total | Role::Rest) && !q.piece.contains('占')
}

/// All lists of a text.
pub(super) fn groups(reader: &Reader<'_>) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut main_before: Option<usize> = None;
    for sentence in &reader.outline.sentences {
        let inside = sentence.inside.clone();
        let all = reader.all;
        let found = groups.len();
        let mut i = inside.start;
        while i < inside.end {
            let q = &all[i];
            if let Some(group) = opened(reader, inside.clone(), i, main_before) {
                groups.push(group);
            } else if q.role == Role::Sum
                && let Some(group) = summed(reader, inside.clone(), i)
            {
                groups.push(group);
            }
            i += 1;
        }
        if groups.len() == found
            && let Some(group) = loose(reader, inside.clone(), main_before)
        {
            groups.push(group);
        }
        let main = inside.clone().find(|i| all[*i].role == Role::Total && all[*i].depth == 0);
        let main = main.or_else(|| inside.clone().find(|i| is_item(&all[*i]) && all[*i].depth == 0));
        main_before = main.or(main_before).filter(|i| sentence.paragraph.saturating_sub(all[*i].paragraph) <= 2);
    }
    groups
}

/// A list that a word or a bracket opens at quantity `i`.
fn opened(reader: &Reader<'_>, inside: std::ops::Range<usize>, i: usize, main_before: Option<usize>) -> Option<Group> {
    let all = reader.all;
    let q = &all[i];
    if !q.is_count() || !is_item(q) {
        return None;
    }
    let lead = q.lead.as_str();
    let mainly = ["主要集中", "主要涉及", "主要反映"].iter().any(|w| lead.contains(w));
    let among = mainly || lead.contains("其中");
    let told = ["分别为", "分别是", "分为", "由以下"].iter().any(|w| lead.contains(w));
    let bracket = i > inside.start && all[i - 1].depth + 1 == q.depth && lead.trim_start().starts_with(['(', '[']);
    if !(among || told || bracket || lead.contains("包括")) {
        return None;
    }
    let depth = q.depth;
    // 412件,主要集中在建筑施工领域(289件,占70.1%)和餐饮领域(62件): the items stand in brackets, their whole does not.
    let outer = if bracket || mainly && lead.ends_with('(') { depth.saturating_sub(1) } else { depth };
    let is_parent = |k: &usize| {
        let p = &all[*k];
        p.depth == outer && p.holds(q) && matches!(p.role, Role::Plain | Role::Total | Role::Sum)
    };
    let mut before = (inside.start..i).rev().filter(is_parent);
    let parent = if bracket {
        Some(i - 1).filter(is_parent)
    } else {
        let nearest = before.next();
        let larger = nearest.filter(|k| all[*k].hi >= q.lo).or_else(|| before.find(|k| all[*k].hi >= q.lo));
        // 甲居第二,为2016件;乙、丙分别为1543件、1108件: another clause, another story.
        let apart = told && !among && lead.contains(';');
        larger.or(nearest).filter(|_| !apart).or(main_before.filter(|k| among && all[*k].holds(q)))
    };
    let mut items = vec![i];
    let mut level = None;
    for (k, next) in all.iter().enumerate().take(inside.end).skip(i + 1) {
        if next.depth < depth || next.lead.contains("其中") && next.depth == depth {
            break;
        }
        if next.depth > depth || !next.is_count() {
            continue;
        }
        if !is_item(next) || !next.alike(q) {
            if next.role == Role::Sum {
                break;
            }
            continue;
        }
        let own = strength(next);
        if own > *level.get_or_insert(own) {
            break;
        }
        let other_story = any(&label(next), DONE) && !any(&label(q), DONE);
        if other_story || next.lead.contains("本周") || next.lead.contains("本月") {
            break;
        }
        items.push(k);
        // 其余 and 其他 close a list; so does an equality.
        let sum: f64 = items.iter().map(|k| all[*k].value).sum();
        if next.role == Role::Rest || parent.is_some_and(|p| items.len() > 1 && (sum - all[p].value).abs() < 1e-6) {
            break;
        }
    }
    let whole = completeness(reader, &items, told);
    (items.len() > 1 || parent.is_some()).then_some(Group { parent, items, whole })
}

fn completeness(reader: &Reader<'_>, items: &[usize], told: bool) -> Whole {
    let labels: Vec<String> = items.iter().map(|k| label(&reader.all[*k])).collect();
    let rest = |text: &String| ["其他", "其它", "其余", "剩余", "余下"].iter().any(|w| text.starts_with(w));
    if items.len() > 1 && (told || halves(&labels) || labels.iter().any(rest)) {
        return Whole::Said;
    }
    let types = labels.iter().filter(|l| any(l, TYPES)).count();
    let ways = labels.iter().filter(|l| any(l, WAYS)).count();
    if items.len() > 1 && (types == labels.len() || ways == labels.len()) { Whole::Likely } else { Whole::Open }
}

/// Do two labels name the two halves of one thing?
fn halves(labels: &[String]) -> bool {
    let [first, second] = labels else { return false };
    HALVES.iter().any(|(a, b)| (any(first, a) && any(second, b)) || (any(second, a) && any(first, b)))
}

/// How many items a sum says that it adds up: 三类合计.
pub(super) fn wanted(piece: &str) -> Option<usize> {
    piece.chars().find_map(|c| {
        "二三四五六七八九".chars().position(|d| d == c).map(|at| at + 2).or_else(|| match c {
            '两' => Some(2),
            '十' => Some(10),
            c => c.to_digit(10).map(|d| d as usize).filter(|d| *d > 1),
        })
    })
}

/// The list that a 合计 at `i` adds up.
fn summed(reader: &Reader<'_>, inside: std::ops::Range<usize>, i: usize) -> Option<Group> {
    let all = reader.all;
    let s = &all[i];
    let wanted = wanted(&s.piece);
    let at_depth = |depth: usize| -> Vec<usize> {
        (inside.start..i).filter(|k| all[*k].depth == depth && all[*k].alike(s) && is_item(&all[*k])).collect()
    };
    let mut items = at_depth(s.depth);
    if items.is_empty() {
        // 供暖(950件)、停车(720件),两类共1670件.
        items = at_depth(s.depth + 1);
    }
    match wanted {
        Some(n) if items.len() > n && s.piece.starts_with('前') => {
            let first = items.iter().position(|k| all[*k].role == Role::Plain).unwrap_or(0);
            items = items[first..].iter().copied().take(n).collect();
        }
        Some(n) if items.len() > n => items = items.split_off(items.len() - n),
        Some(_) => {}
        None => {
            // Where the list begins is told by the sum, else by the last whole before it.
            let mut sum = 0.0;
            let from = items.iter().rposition(|k| {
                sum += all[*k].value;
                sum == s.value
            });
            let whole = |k: &usize| {
                all[*k].role == Role::Total && (label(&all[*k]).is_empty() || role::is_whole(&label(&all[*k])))
            };
            let known = from.filter(|at| at + 1 < items.len());
            let after = || items.iter().rposition(whole).map(|at| at + 1).filter(|at| at + 1 < items.len());
            items = items.split_off(known.or_else(after).unwrap_or(0));
        }
    }
    // 建议12件、提案18件,共30件 adds up; 受理100件,督办5件,共3件 does not.
    let plain = matches!(s.piece.as_str(), "共" | "共有");
    let listed = items.iter().skip(1).all(|k| strength(&all[*k]) <= 1) && s.trail.trim().is_empty();
    let enough = wanted.is_none_or(|n| items.len() == n) && (!plain || listed);
    (items.len() > 1).then_some(Group {
        parent: Some(i),
        items,
        whole: if enough { Whole::Said } else { Whole::Loose },
    })
}

/// A list that nothing opens: 直办37527件,占52.7%,转办33657件.
fn loose(reader: &Reader<'_>, inside: std::ops::Range<usize>, main_before: Option<usize>) -> Option<Group> {
    let all = reader.all;
    let counts: Vec<usize> = inside.clone().filter(|k| all[*k].depth == 0 && is_item(&all[*k])).collect();
    let own = (0..counts.len().min(3)).map(|n| (Some(counts[n]), &counts[n + 1..]));
    for (parent, items) in own.chain([(main_before, counts.as_slice())]) {
        let Some(parent) = parent else { continue };
        for upto in (2..=items.len()).rev() {
            let items = &items[..upto];
            let sum: f64 = items.iter().map(|k| all[*k].value).sum();
            let alike = items.iter().all(|k| all[parent].holds(&all[*k]));
            if alike && (sum - all[parent].value).abs() < 1e-6 && upto >= 2 {
                return Some(Group { parent: Some(parent), items: items.to_vec(), whole: Whole::Loose });
            }
        }
    }
    // 受理8000件,电话5500件、网络2500件: ways or types right behind a total of the same measure.
    if let [parent, items @ ..] = counts.as_slice()
        && items.len() > 1
        && all[*parent].role == Role::Total
        && items.iter().all(|k| all[*k].measure == all[*parent].measure && all[*parent].hi >= all[*k].lo)
        && completeness(reader, items, false) == Whole::Likely
    {
        return Some(Group { parent: Some(*parent), items: items.to_vec(), whole: Whole::Likely });
    }
    // 共214个,已化解173个;剩余41个: what is done and what is left.
    if let [.., rest] = counts.as_slice()
        && all[*rest].role == Role::Rest
    {
        let same: Vec<usize> = counts
            .iter()
            .copied()
            .filter(|k| all[*k].measure == all[*rest].measure && all[*k].alike(&all[*rest]))
            .collect();
        if let [parent, done, rest] = same.as_slice()
            && all[*parent].hi >= all[*done].lo
            && ["已", "完成", "办结", "解决"].iter().any(|w| label(&all[*done]).contains(w))
        {
            return Some(Group { parent: Some(*parent), items: vec![*done, *rest], whole: Whole::Said });
        }
    }
    // 督办45件,已办结41件、在办5件: two halves right behind their whole.
    let [parent, a, b] = counts.get(..3)?.try_into().ok()?;
    let halves = counts.len() == 3 && halves(&[label(&all[a]), label(&all[b])]);
    let direct = all[parent].sentence == all[a].sentence && all[parent].holds(&all[a]) && all[parent].hi >= all[a].lo;
    let done = [a, b].iter().any(|k| any(&label(&all[*k]), &["办结", "无效", "未解决"]));
    let whole = if done { Whole::Said } else { Whole::Likely };
    (halves && direct).then_some(Group { parent: Some(parent), items: vec![a, b], whole })
}
