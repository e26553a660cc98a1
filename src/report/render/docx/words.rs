//! Pieces of WordprocessingML: runs, paragraphs, escaping.

/// Text for XML; characters that XML does not allow are left out.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\r' => out.push(' '),
            c if (c as u32) < 0x20 && c != '\t' || matches!(c as u32, 0xfffe | 0xffff) => {}
            c => out.push(c),
        }
    }
    out
}

/// A run in its paragraph's own look.
pub(super) fn run(text: &str) -> String {
    run_with("", text)
}

/// A run with properties.
pub(super) fn run_with(properties: &str, text: &str) -> String {
    let properties = if properties.is_empty() { String::new() } else { format!("<w:rPr>{properties}</w:rPr>") };
    format!("<w:r>{properties}<w:t xml:space=\"preserve\">{}</w:t></w:r>", escape(text))
}

/// A paragraph in a style.
pub(super) fn paragraph(style: &str, runs: &str) -> String {
    paragraph_with(style, "", runs)
}

/// A paragraph in a style, with properties of its own.
pub(super) fn paragraph_with(style: &str, properties: &str, runs: &str) -> String {
    format!("<w:p><w:pPr><w:pStyle w:val=\"{style}\"/>{properties}</w:pPr>{runs}</w:p>\n")
}

/// Paragraphs that stay on the page of what follows them.
pub(super) fn kept(paragraphs: &str) -> String {
    const STYLE: &str = "<w:pStyle w:val=\"";
    let mut parts = paragraphs.split(STYLE);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (style, rest) = part.split_once("/>").unwrap_or((part, ""));
        out.push_str(&format!("{STYLE}{style}/><w:keepNext/>{rest}"));
    }
    out
}

/// Width of a text in halves of a Chinese character.
pub(super) fn halves(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}
