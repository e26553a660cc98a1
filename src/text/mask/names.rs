//! Names after a cue (姓名：…), and names before a title (…先生).
//!
//! jieba's default dictionary, on a few characters around each cue, tells names from words: 高中老师
//! and 管理师傅 begin with surnames too.

use std::{collections::BTreeSet, ops::Range, sync::LazyLock};

use aho_corasick::{AhoCorasick, MatchKind};

use super::{
    Found, MaskKind,
    cells::Cells,
    surnames::{DOUBTFUL, surname_length},
};
use crate::text::segment::BASE;

/// Words that a name follows.
const CUES: &[&str] = &[
    "姓名",
    "名字",
    "联系人",
    "我叫",
    "名叫",
    "本人",
    "户主",
    "法人",
    "法人代表",
    "法定代表人",
    "负责人",
    "老板",
    "经理",
    "来电人",
    "反映人",
    "投诉人",
    "举报人",
    "申请人",
    "当事人",
    "收件人",
    "收货人",
    "受害人",
    "患者",
    "死者",
    "伤者",
    "店主",
    "房东",
    "业主",
    "户名",
    "车主",
    "房主",
    "实际控制人",
    "承包人",
    "包工头",
    "签收人",
    "经办人",
    "委托人",
    "代理人",
    "丈夫",
    "妻子",
    "父亲",
    "母亲",
    "儿子",
    "女儿",
    "老公",
    "老婆",
    "爱人",
    "居民",
    "村民",
    "市民",
    "员工",
    "职工",
    "司机",
    "学生",
    "老人",
    "邻居",
    "工头",
    "班长",
    "班组长",
    "队长",
    "站长",
    "组长",
    "店长",
    "同乡",
    "老乡",
    "工友",
    "家长",
    "业务员",
    "男",
    "女",
];

/// What somebody is, after which a name stands at once and ends at a sign or where the person speaks.
const ROLES: &[&str] = &[
    "摊主",
    "承租人",
    "出租人",
    "租客",
    "租户",
    "房客",
    "购房人",
    "卖家",
    "买家",
    "大学生",
    "研究生",
    "独居老人",
    "孤寡老人",
    "空巢老人",
    "失能老人",
    "残疾人",
    "低保户",
    "农户",
    "种植户",
    "养殖户",
    "个体户",
    "商户",
    "乘客",
    "旅客",
    "顾客",
    "消费者",
    "会员",
    "学员",
    "病人",
    "患儿",
    "孕妇",
    "产妇",
    "瓦工",
    "木工",
    "电工",
    "焊工",
    "钢筋工",
    "保安",
    "保洁员",
    "骑手",
    "志愿者",
    "农民工",
    "村医",
    "网格员",
    "同事",
    "同学",
    "室友",
    "哥哥",
    "弟弟",
    "姐姐",
    "妹妹",
    "孙子",
    "孙女",
    "外孙",
];

/// Cues that take a name only with a sign or word between (`男：…` would be a form's field).
const WEAK_CUES: &[&str] = &["男", "女", "老人", "学生"];

/// What follows a name after a sign: `…,电话`, `…(身份证`, `…(82岁)`.
const DATA: &[&str] = &["电话", "手机", "身份证", "证件", "联系方式", "联系电话", "微信", "住址", "家住"];

/// What a caller does after a name.
const SPEECH: &[&str] = &["反映", "来电", "致电", "表示", "投诉", "举报", "咨询", "求助", "来访", "称"];

/// Last characters of places and bodies that begin with a surname too.
const PLACE_ENDS: &str = "镇村乡区县市路街桥里园苑庄湾站店厂司局院所社行城湖山河港口楼巷弄幢栋室号组队校馆";

/// Words that a name precedes.
const TITLES: &[&str] = &[
    "先生", "女士", "小姐", "太太", "师傅", "老师", "医生", "大夫", "护士", "阿姨", "大爷", "大妈", "大姐", "大哥",
    "大叔", "大娘", "叔叔", "奶奶", "爷爷", "律师", "教练", "警官", "经理", "老板", "女儿", "某",
];

/// What may follow a name at once when no sign does.
const AFTER_NAME: &str =
    "着了过得这那的在于是称说男女住电及和与等系已也都又把被向对从到来要不有因家反手身联给让为将曾，。";

/// Brands that look like a name with a title.
const BRANDS: &[&str] = &["康师傅", "李先生牛肉面"];

/// Window around a cue, in characters.
const WINDOW: usize = 8;

/// Names that are looked for again at most.
const REPEATED: usize = 64;

static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words: BTreeSet<&str> = CUES.iter().chain(ROLES).chain(TITLES).copied().collect();
    AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(words).ok()
});

/// All names, in no order; they may overlap.
pub(super) fn find(cells: &Cells) -> Vec<Found> {
    let Some(words) = WORDS.as_ref() else { return Vec::new() };
    let mut names: Vec<Range<usize>> = Vec::new();
    for hit in words.find_iter(&cells.text) {
        let at = cells.cell_at(hit.start())..cells.cell_at(hit.end());
        let word = cells.slice(at.clone());
        if TITLES.contains(&word) {
            names.extend(before_title(cells, at.clone()));
        }
        if ROLES.contains(&word) {
            names.extend(after_role(cells, at.end));
        }
        if CUES.contains(&word) {
            names.extend(after_cue(cells, at));
        }
    }
    names.extend(
        cells.chars.iter().enumerate().filter(|(_, c)| ",(".contains(**c)).filter_map(|(at, _)| before_data(cells, at)),
    );
    let full: BTreeSet<&str> = names
        .iter()
        .map(|name| cells.slice(name.clone()))
        .filter(|name| name.chars().count() > 2 || (name.chars().count() == 2 && !BASE.has_word(name)))
        .take(REPEATED)
        .collect();
    for name in full {
        let again = cells.text.match_indices(name).map(|(at, _)| cells.cell_at(at)..cells.cell_at(at + name.len()));
        names.extend(again);
    }
    names.into_iter().map(|name| Found { cells: covered(cells, name), kind: MaskKind::Name }).collect()
}

/// The part of a name that is covered: all but the surname, or the surname where it is all.
fn covered(cells: &Cells, name: Range<usize>) -> Range<usize> {
    let surname = surname_length(cells.slice(name.clone()));
    if name.len() > surname { name.start + surname..name.end } else { name }
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{20000}'..='\u{323AF}' | '〇')
}

/// Words of a stretch of cells with their tags, as `(cells, tag)`.
fn words_of(cells: &Cells, range: Range<usize>) -> Vec<(Range<usize>, String)> {
    let tags = BASE.tag(cells.slice(range.clone()), true);
    tags.into_iter().map(|t| (range.start + t.start..range.start + t.end, t.tag.to_owned())).collect()
}

/// A tag of a word that cannot be (part of) a name.
fn is_function(tag: &str) -> bool {
    ["p", "c", "u", "r", "d", "t", "m", "q", "y", "f", "e", "o", "k"].iter().any(|t| tag.starts_with(t))
}

fn before_title(cells: &Cells, title: Range<usize>) -> Option<Range<usize>> {
    let han_before = (1..=WINDOW).take_while(|&i| i <= title.start && is_han(cells.at(title.start - i))).count();
    let han_after = (0..3).take_while(|&i| is_han(cells.at(title.end + i))).count();
    let window = title.start - han_before..title.end + han_after;
    let words = words_of(cells, window.clone());
    // 高/先/生活, 黄女士路: the title must be the end of a word, and not part of a road's or shop's name.
    let whole = words.iter().any(|(word, _)| word.end == title.end);
    if !whole || "路街巷村桥镇弄店".contains(cells.at(title.end)) {
        return None;
    }
    let starts_word = |at: usize| words.iter().any(|(word, _)| word.start == at);
    let inner = |range: &Range<usize>| words.iter().find(|(word, _)| word == range).map(|(_, tag)| tag.clone());
    for length in [4, 3, 2, 1] {
        let Some(start) = title.start.checked_sub(length).filter(|start| *start >= window.start) else { continue };
        let name = start..title.start;
        let text = cells.slice(name.clone());
        let surname = surname_length(text);
        if surname == 0 || length > surname + 2 || length < surname || !starts_word(start) {
            continue;
        }
        if BRANDS.iter().any(|brand| cells.slice(start..title.end + 3).starts_with(brand)) {
            return None;
        }
        if length == surname {
            let tag = inner(&name).unwrap_or_default();
            let alone = length > 1 || !DOUBTFUL.contains(text) || !is_han(cells.before(start));
            let certain = length > 1 || cells.slice(title.clone()) != "某" || cells.at(title.end) == '某';
            // 向老师反映: a preposition even at the beginning; 高老师 and 任老师 are names there.
            let preposition = ["p", "c", "v"].iter().any(|t| tag.starts_with(t));
            let plain = !is_function(&tag) || !is_han(cells.before(start));
            return (alone && certain && plain && !(preposition && DOUBTFUL.contains(text))).then_some(name);
        }
        // A title of one's relatives or a bare 某 needs no full name before it.
        if matches!(cells.slice(title.clone()), "某" | "女儿") {
            return None;
        }
        // 司机刘师傅: the surname must not be inside an ordinary word; 没钱请律师: nor the given name a verb.
        let first = words.iter().find(|(word, _)| word.start == start);
        let ordinary = first.is_some_and(|(word, tag)| {
            word.len() > surname && !tag.starts_with("nr") && BASE.has_word(cells.slice(word.clone()))
        });
        let verb = |(word, tag): &(Range<usize>, String)| is_function(tag) || (tag == "v" && word.len() == 1);
        let given = words.iter().filter(|(word, _)| word.start > start && word.end <= title.start);
        let doubtful = first.is_some_and(|(_, tag)| DOUBTFUL.contains(cells.at(start)) && is_function(tag));
        if !ordinary && !doubtful && !given.into_iter().any(verb) {
            return Some(name);
        }
    }
    None
}

/// A name before the sign at a place, if personal data of somebody follows it.
fn before_data(cells: &Cells, sign: usize) -> Option<Range<usize>> {
    let digits = (0..12).take_while(|&i| cells.at(sign + 1 + i).is_ascii_digit()).count();
    let years = (1..=3).contains(&digits) && cells.at(sign + 1 + digits) == '岁';
    let number = digits >= 11;
    if !years && !number && !DATA.iter().any(|word| cells.slice(sign + 1..sign + 6).starts_with(word)) {
        return None;
    }
    let run = (1..=WINDOW).take_while(|&i| i <= sign && is_han(cells.at(sign - i))).count();
    if run < 2 || PLACE_ENDS.contains(cells.at(sign - 1)) {
        return None;
    }
    let words = words_of(cells, sign - run..sign);
    [4, 3, 2].into_iter().filter(|length| *length <= run).find_map(|length| {
        let name = sign - length..sign;
        let text = cells.slice(name.clone());
        let surname = surname_length(text);
        let fits = surname > 0 && (surname + 1..=surname + 2).contains(&length);
        let starts = words.iter().find(|(word, _)| word.start == name.start);
        // 高中老师,电话 …: an ordinary word, or a word across the name's beginning
        let ordinary = BASE.has_word(text) && !starts.is_some_and(|(_, tag)| tag.starts_with("nr"));
        let verb = |(word, tag): &(Range<usize>, String)| word.start >= name.start && is_function(tag);
        let titled = TITLES.iter().any(|title| text.ends_with(title));
        (fits && starts.is_some() && !ordinary && !titled && !words.iter().any(verb)).then_some(name)
    })
}

/// A name that begins at a place, and ends at a sign or before a word of speech.
fn after_role(cells: &Cells, start: usize) -> Option<Range<usize>> {
    let run = (0..WINDOW).take_while(|&i| is_han(cells.at(start + i))).count();
    let surname = surname_length(cells.slice(start..start + run));
    let fits = |length: &usize| {
        let end = start + length;
        let ends = *length == run || SPEECH.iter().any(|verb| cells.slice(end..end + 2).starts_with(verb));
        ends && *length <= run
            && !BASE.has_word(cells.slice(start..end))
            && !PLACE_ENDS.contains(cells.before(end))
            && !TITLES.iter().any(|title| cells.slice(start..end).ends_with(title))
    };
    let ordinary = surname == 0 || DOUBTFUL.contains(cells.at(start));
    [surname + 2, surname + 1].into_iter().find(|length| !ordinary && fits(length)).map(|length| start..start + length)
}

fn after_cue(cells: &Cells, cue: Range<usize>) -> Option<Range<usize>> {
    let word = cells.slice(cue.clone());
    let mut start = cue.end;
    let signs = (0..3).take_while(|&i| ":是叫为 (,、".contains(cells.at(start + i))).count();
    let named = (0..signs).any(|i| ":是叫为(".contains(cells.at(start + i)));
    start += signs;
    if signs == 0 && WEAK_CUES.contains(&word) || (cells.at(cue.end) == ',' && !matches!(word, "姓名" | "联系人"))
    {
        return None;
    }
    let run = (0..WINDOW).take_while(|&i| is_han(cells.at(start + i))).count();
    let text = cells.slice(start..start + run);
    let surname = surname_length(text);
    if surname == 0 || run <= surname {
        return None;
    }
    // 市民李女士: the title decides.
    let titled = |from: usize| TITLES.iter().any(|title| cells.slice(from..start + run).starts_with(title));
    if (surname..=surname + 2).any(|length| titled(start + length)) {
        return None;
    }
    let explicit = matches!(word, "姓名" | "联系人" | "我叫" | "名叫" | "名字" | "户名" | "收件人" | "收货人");
    // The whole run between two signs: a form's field.
    if run <= surname + 2 && (explicit || named) && (explicit || !BASE.has_word(text)) {
        return Some(start..start + run);
    }
    // 村民王有根反映: whatever words the name is made of, somebody says something.
    let spoken = start + surname + 2;
    if !DOUBTFUL.contains(cells.at(start)) && SPEECH.iter().any(|verb| cells.slice(spoken..spoken + 2) == *verb) {
        return (!BASE.has_word(cells.slice(start..spoken))).then_some(start..spoken);
    }
    let words = words_of(cells, start..start + run);
    let (first, tag) = words.first()?;
    let given = |from: usize| words.iter().find(|(word, _)| word.start == from);
    let length = if first.len() > surname {
        let known = BASE.has_word(cells.slice(first.clone())) && !tag.starts_with("nr");
        if known || first.len() > surname + 2 {
            return None;
        }
        let next = given(first.end).filter(|(word, tag)| word.len() == 1 && !is_function(tag));
        let extends =
            first.len() == surname + 1 && next.is_some_and(|(word, _)| !AFTER_NAME.contains(cells.at(word.start)));
        first.len() + usize::from(extends)
    } else {
        let (next, next_tag) = given(start + surname)?;
        // 来电人戴眼镜, 来电人车开不了: the surname read as the word that it also is.
        let read_as_word = tag == "v" && BASE.has_word(cells.slice(next.clone())) && !next_tag.starts_with("nr");
        let doubtful =
            surname == 1 && (DOUBTFUL.contains(cells.at(start)) || is_function(tag) || read_as_word) && !explicit;
        if doubtful || next.len() > 2 || is_function(next_tag) || (next_tag.starts_with('v') && !explicit) {
            return None;
        }
        let third = given(next.end).filter(|(word, tag)| next.len() == 1 && word.len() == 1 && !is_function(tag));
        let extends = third.is_some_and(|(word, _)| !AFTER_NAME.contains(cells.at(word.start)));
        surname + next.len() + usize::from(extends)
    };
    // 来电人是某镇的人: a place begins with a surname too.
    if !explicit && "镇村乡区县市路街桥".contains(cells.at(start + length - 1)) {
        return None;
    }
    if AFTER_NAME.contains(cells.at(start + length - 1)) && length == surname + 1 && !explicit {
        return None;
    }
    Some(start..start + length)
}
