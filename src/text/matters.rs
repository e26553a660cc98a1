//! One call, several matters? Where a caller may turn to another one: after words that open something
//! new (另外、还有、第二件事), and at numbered points.
//!
//! Only the form is read here. Most such words open no new matter (another want, an earlier call, a further
//! detail), so whoever knows what the stretches are about decides which turns count.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::Span;

use super::Normalized;

/// What opened a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Opening {
    /// The beginning of the text.
    Start,
    /// 同时, 此外, 还有: mostly more of the same.
    Weak,
    /// A numbered point: 1、, 一是, 第二.
    Numbered,
    /// 还想反映, 还有一件事: says itself that it is another matter.
    Strong,
}

/// A stretch of the text between two turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Where, in characters of the original.
    pub span: Span,
    /// What opened it.
    pub opening: Opening,
    /// Whether it asks for something, or tells of earlier calls, rather than of a matter of its own.
    pub is_plea: bool,
    /// Whether it speaks of what was named before: 他, 这, 该, 也.
    pub refers_back: bool,
}

/// Stretches that are read at most; the rest belongs to the last.
const MOST: usize = 12;

const STRONG: &str = r"(?:对了[,，]?)?(?:我|也|然后)*(?:(?:还|再|另外|此外|顺便|顺带|最后|同时|其次)+[,，]?(?:我|也)?(?:想|要|需要|一并)?再?(?:反映|投诉|举报|咨询|请问|问|建议|了解|向你们建议)|(?:还|再|顺便|顺带|最后|另外)+(?:想|要)?再?(?:说|提)(?:一下|一句|一件|一个|个|下|一点|两句)|(?:还有|另外|此外|再有|另|第[一二三四五]|再)(?:还有)?(?:一个|一件|个|件)(?:别的|其他|另外的)?(?:事情|事|问题|情况|诉求|现象)|(?:还有|另有)一事|另一个(?:问题|事|诉求|是)|第[二三四五](?:件事|个事情|个问题|个事))";
const NUMBERED: &str = r"(?:[(（]?[1-9一二三四五六][)）]|[1-9][、.．]|[一二三四五六]、|[一二三四]是|第[一二三四五](?:[,，、:：]|点)|其[一二三四](?:是|[,，、:：])|首先|其次|再次)";
const WEAK: &str = r"(?:另外|此外|还有|同时|再者|再有|再就是|再一个|然后还有|对了还有|除此之外|另[,，]|还(?:要|想)|而且|并且|一方面|另一方面)";
const PLEA: &str = r"^(?:[,，、:：就是也我们来电人表示还的]*)(?:希望|要求|请(?:[^问]|$)|恳请|望|尽快|诉求|退还|赔偿|补发|支付|道歉|对.{0,8}处罚|能不能尽快|给(?:个|一个)?(?:说法|答复|回复)|之前|此前|上次|曾|已经?(?:向|打|反映)|没有(?:结果|任何|人)|需要(?:带|准备)|答复|给.{0,4}个?(?:交代|说法))";

const BACK: &str = r"^[,，、:：就是的]*(?:[他她它这那该其都]|.{0,11}也)";

static REFERS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(BACK).ok());
static CUT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!(r"(?P<strong>{STRONG})|(?P<numbered>{NUMBERED})|(?P<weak>{WEAK})")).ok());
static ASKS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(PLEA).ok());

fn is_mark(c: char) -> bool {
    matches!(c, '。' | '!' | '?' | ';' | '\n' | ',' | ':' | '…' | '、')
}

/// The stretches of a text, in order, together all of it; one if nothing in it opens another matter.
pub fn stretches(original: &str) -> Vec<Stretch> {
    let normalized = Normalized::of(original);
    let text = normalized.text();
    let Some(cut) = CUT.as_ref() else { return Vec::new() };
    // Every clause of the text, by its first byte.
    let mut clauses = vec![0];
    for (at, c) in text.char_indices() {
        if is_mark(c) || (c == ' ' && at > 0) {
            clauses.push(at + c.len_utf8());
        }
    }
    let mut turns: Vec<(usize, Opening, usize)> = vec![(0, Opening::Start, 0)];
    for at in clauses {
        let Some(rest) = text.get(at..) else { continue };
        let lead = rest.len() - rest.trim_start().len();
        let Some(found) = cut.captures(rest.trim_start()) else { continue };
        let Some(whole) = found.get(0).filter(|m| m.start() == 0) else { continue };
        let opening = match () {
            () if found.name("strong").is_some() => Opening::Strong,
            () if found.name("numbered").is_some() => Opening::Numbered,
            () => Opening::Weak,
        };
        let body = at + lead + whole.end();
        // 1.5 is a number, not a point.
        if opening == Opening::Numbered && text.get(body..).is_some_and(|t| t.starts_with(|c: char| c.is_ascii_digit()))
        {
            continue;
        }
        // At the very beginning, or a cue right behind another: 对了,还有一件事.
        let behind = |last: &(usize, Opening, usize)| {
            at <= last.2 || text.get(last.2..at).is_some_and(|between| between.chars().count() < 4)
        };
        if turns.last().is_some_and(behind) {
            if let Some(last) = turns.last_mut().filter(|last| last.0 > 0 || at == 0) {
                last.1 = if last.0 == 0 { Opening::Start } else { last.1.max(opening) };
                last.2 = body;
            }
        } else if turns.len() < MOST {
            turns.push((at, opening, body));
        }
    }
    let ends = turns.iter().skip(1).map(|t| t.0).chain([text.len()]).collect::<Vec<_>>();
    turns
        .into_iter()
        .zip(ends)
        .map(|((at, opening, body), end)| {
            let said = text.get(body..end).unwrap_or_default().trim_start();
            let is = |form: &LazyLock<Option<Regex>>| form.as_ref().is_some_and(|form| form.is_match(said));
            let span = normalized.original_span(at..end);
            Stretch { span, opening, is_plea: is(&ASKS), refers_back: is(&REFERS) }
        })
        .filter(|stretch| !stretch.span.is_empty())
        .collect()
}
