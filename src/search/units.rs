//! The parts of a typed word or sentence: what has to be found for it to count as found.

use crate::text::{Normalized, Segmenter};

use super::{
    analyser::{gram_chars, is_gram_char, is_word},
    synonyms::Synonyms,
};

/// Characters of one typed term that are looked at, before and after normalising (one may become
/// eighteen); the rest of a longer one is left out.
pub(crate) const MAX_TYPED: usize = 2_000;

/// Words that say nothing about the matter: they are not demanded, and not searched beside others.
const FUNCTION_WORDS: &str = "\
    的 了 在 是 我 我们 你 你们 他 他们 她 它 有 和 与 及 就 不 都 \
    一 一个 也 很 到 说 要 去 会 着 没 没有 吗 呢 吧 啊 呀 请 请问 \
    问 想问 为什么 为何 怎么 怎么办 怎样 如何 什么 哪里 哪 哪个 谁 几 \
    多少 能 能否 可以 是否 被 把 对 从 向 给 让 但 但是 而 而且 又 \
    还 还是 这 那 这个 那个 这里 那里 之 其 该 等 于 因 因为 所以 \
    如果 上 下 里 中 来 过 得 地 个 并 或 则 已 已经 将 最 更 太 \
    再 才 只 以 为 由 希望 反映 来电 您好 你好 谢谢";

/// Counters that belong to the number or letter before them: 18路, 3幢, 2单元, E区.
const COUNTERS: &str = "\
    路 号 幢 栋 座 楼 层 室 户 区 弄 巷 组 队 村 期 站 单元 号楼 \
    号线 号院 楼层 小区 大道 国道 省道 县道";

/// One part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    /// Normalised, white space left out; not empty.
    pub(crate) text: String,
    /// Whether the segmenter gave it as one word, so that the words form may hold it.
    pub(crate) word: bool,
    /// Whether it says nothing about the matter.
    pub(crate) function: bool,
    /// Whether it follows the unit before without a gap.
    pub(crate) joined: bool,
    /// Normalised synonyms.
    pub(crate) also: Vec<String>,
}

/// A typed term, cut up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Units {
    /// All its gram characters in one piece.
    pub(crate) whole: String,
    /// Its parts in order, each text once.
    pub(crate) list: Vec<Unit>,
}

impl Units {
    /// Cuts a term up.
    pub(crate) fn of(typed: &str, segmenter: &Segmenter, synonyms: &Synonyms) -> Units {
        let capped = match typed.char_indices().nth(MAX_TYPED) {
            Some((end, _)) => typed.get(..end).unwrap_or(typed),
            None => typed,
        };
        let normalized = Normalized::of(capped);
        let end = normalized.text().char_indices().nth(MAX_TYPED).map_or(normalized.text().len(), |(at, _)| at);
        let text = normalized.text().get(..end).unwrap_or_default();
        let mut pieces: Vec<(usize, usize, bool)> =
            segmenter.precise(text).into_iter().map(|t| (t.bytes.start, t.bytes.end, true)).collect();
        join_counters(text, &mut pieces);
        let known = synonyms.find(text);
        for (range, _) in &known {
            join_range(&mut pieces, range.start, range.end);
        }
        let mut units = Units { whole: gram_chars(text).map(|(_, c)| c).collect(), list: Vec::new() };
        let mut last_end = usize::MAX;
        for (start, end, word) in pieces {
            let raw = text.get(start..end).unwrap_or("");
            if !is_word(raw) {
                continue;
            }
            let unit: String = raw.chars().filter(|&c| is_gram_char(c)).collect();
            let joined = start == last_end;
            last_end = end;
            if unit.is_empty() || units.list.iter().any(|u| u.text == unit) {
                continue;
            }
            let also = known
                .iter()
                .find(|(range, _)| range.start == start && range.end == end)
                .map(|(_, others)| others.clone())
                .unwrap_or_default();
            let function = also.is_empty() && listed(FUNCTION_WORDS, &unit);
            units.list.push(Unit { text: unit, word, function, joined, also });
        }
        if units.list.iter().all(|u| u.function) {
            for unit in &mut units.list {
                unit.function = false;
            }
        }
        units
    }

    /// The parts that say something.
    pub(crate) fn telling(&self) -> impl Iterator<Item = &Unit> {
        self.list.iter().filter(|u| !u.function)
    }
}

/// Whether a word says nothing about the matter.
pub(crate) fn is_function_word(word: &str) -> bool {
    listed(FUNCTION_WORDS, word)
}

/// Whether a word stands in a list of words with blanks between.
fn listed(list: &str, word: &str) -> bool {
    list.split(' ').any(|listed| listed == word)
}

/// Joins number or letter with the counter that follows it.
fn join_counters(text: &str, pieces: &mut Vec<(usize, usize, bool)>) {
    let mut at = 0;
    while at + 1 < pieces.len() {
        let (start, end, _) = pieces[at];
        let (next_start, next_end, _) = pieces[at + 1];
        let first = text.get(start..end).unwrap_or("");
        let second = text.get(next_start..next_end).unwrap_or("");
        if end == next_start
            && !first.is_empty()
            && first.chars().all(|c| c.is_ascii_alphanumeric())
            && listed(COUNTERS, second)
        {
            pieces[at] = (start, next_end, false);
            pieces.remove(at + 1);
        }
        at += 1;
    }
}

/// Joins the pieces that tile `start..end`, if its ends fall on their borders.
fn join_range(pieces: &mut Vec<(usize, usize, bool)>, start: usize, end: usize) {
    let Some(first) = pieces.iter().position(|p| p.0 == start) else { return };
    let Some(last) = pieces.iter().position(|p| p.1 == end) else { return };
    if first < last {
        pieces.splice(first..=last, [(start, end, false)]);
    }
}
