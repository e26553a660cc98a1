//! `elements.toml`: by which words this city's callers say when, who and what they want, and what its
//! operators ask. What the file leaves out is as shipped.

use regex::RegexBuilder;

use crate::domain::{Element, ElementCues};

use super::{
    PackFaults,
    document::{Document, Section},
    files::ELEMENTS,
};

const SHIPPED: &str = include_str!("elements.toml");

/// A pattern may take so many bytes once it is compiled; longer ones are a slip.
const LARGEST: usize = 1 << 20;

/// What one `[[element]]` says; none where it says nothing.
struct Said {
    element: Element,
    question: Option<String>,
    words: Option<Vec<String>>,
    more: Vec<String>,
    patterns: Option<Vec<String>>,
}

/// The five of a pack, from its own file where it has one.
pub(super) fn elements(own: Option<&str>, faults: &mut PackFaults) -> Vec<ElementCues> {
    let shipped = read(SHIPPED, faults);
    let own = own.map(|text| read(text, faults)).unwrap_or_default();
    Element::ALL
        .into_iter()
        .map(|element| {
            let mut cues = ElementCues { element, question: String::new(), words: Vec::new(), patterns: Vec::new() };
            for said in shipped.iter().chain(&own).filter(|said| said.element == element) {
                cues.question = said.question.clone().unwrap_or(cues.question);
                cues.words = said.words.clone().unwrap_or(cues.words);
                cues.words.extend(said.more.iter().cloned());
                cues.patterns = said.patterns.clone().unwrap_or(cues.patterns);
            }
            cues
        })
        .collect()
}

fn read(text: &str, faults: &mut PackFaults) -> Vec<Said> {
    let doc = Document::parse(ELEMENTS, text, faults);
    let top = doc.top();
    let mut all: Vec<Said> = Vec::new();
    for section in top.sections("element", faults) {
        if let Some(said) = one(&section, faults) {
            if all.iter().any(|other| other.element == said.element) {
                section.fault("code", format!("要素 `{}` 重复", said.element.code()), faults);
            }
            all.push(said);
        }
        section.finish(faults);
    }
    top.finish(faults);
    all
}

fn one(section: &Section<'_, '_>, faults: &mut PackFaults) -> Option<Said> {
    let code = section.required("code", faults);
    let question = section.text("question", faults);
    if question.as_deref() == Some("") {
        section.fault("question", "`question` 为空", faults);
    }
    let mut list = |key| {
        let texts = section.texts(key, faults);
        section.has(key).then_some(texts)
    };
    let (words, more, patterns) = (list("words"), list("more"), list("patterns"));
    for (pattern, line) in patterns.iter().flatten() {
        if let Err(error) = RegexBuilder::new(pattern).size_limit(LARGEST).build() {
            let why = error.to_string().lines().last().unwrap_or_default().trim().to_owned();
            faults.add(ELEMENTS, *line, format!("`{pattern}` 不是有效的正则表达式:{why}"));
        }
    }
    let code = code?;
    let Some(element) = Element::ALL.into_iter().find(|e| e.code() == code) else {
        let known: Vec<&str> = Element::ALL.iter().map(|e| e.code()).collect();
        section.fault("code", format!("没有要素 `{code}`:可用 {}", known.join(", ")), faults);
        return None;
    };
    if matches!(element, Element::Place | Element::What) && (words.is_some() || more.is_some() || patterns.is_some()) {
        section.fault("code", format!("`{code}` 没有自己的词语,只能设置它的 `question`"), faults);
    }
    let plain = |list: Vec<(String, usize)>| list.into_iter().map(|(word, _)| word).collect::<Vec<String>>();
    Some(Said {
        element,
        question,
        words: words.map(plain),
        more: more.map(plain).unwrap_or_default(),
        patterns: patterns.map(plain),
    })
}
