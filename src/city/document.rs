//! TOML documents read strictly: every wrong thing is a fault with its line, not only the first.

use std::{cell::RefCell, collections::BTreeSet, ops::Range};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::PackFaults;

/// A parsed file.
pub(super) struct Document<'t> {
    file: &'static str,
    /// Where each line begins, in bytes.
    starts: Vec<usize>,
    root: Spanned<DeTable<'t>>,
}

impl<'t> Document<'t> {
    /// Parses; syntax errors are faults, and what could be read is still looked at.
    pub(super) fn parse(file: &'static str, text: &'t str, faults: &mut PackFaults) -> Self {
        let (root, errors) = DeTable::parse_recoverable(text);
        let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        for error in errors {
            let line = error.span().map_or(0, |span| line_of(&starts, span.start));
            faults.add(file, line, format!("不是有效的 TOML 文件,解析器报告:{}", error.message()));
        }
        Self { file, starts, root }
    }

    /// The top table.
    pub(super) fn top(&self) -> Section<'_, 't> {
        Section { doc: self, table: self.root.get_ref(), line: 1, used: RefCell::default() }
    }

    fn line(&self, span: Range<usize>) -> usize {
        line_of(&self.starts, span.start)
    }
}

/// The line, from 1, that holds a byte.
fn line_of(starts: &[usize], byte: usize) -> usize {
    starts.partition_point(|start| *start <= byte)
}

/// A table of a document. Every key that is asked for is noted; [`Section::finish`] refuses others.
pub(super) struct Section<'d, 't> {
    doc: &'d Document<'t>,
    table: &'d DeTable<'t>,
    /// Where the table begins.
    pub(super) line: usize,
    used: RefCell<BTreeSet<&'static str>>,
}

impl<'d, 't> Section<'d, 't> {
    fn raw(&self, key: &'static str) -> Option<&'d Spanned<DeValue<'t>>> {
        self.used.borrow_mut().insert(key);
        self.table.iter().find(|(k, _)| k.get_ref().as_ref() == key).map(|(_, value)| value)
    }

    /// Whether the key is there.
    pub(super) fn has(&self, key: &'static str) -> bool {
        self.raw(key).is_some()
    }

    /// Line of a key's value, or of the table.
    pub(super) fn line_of(&self, key: &'static str) -> usize {
        self.raw(key).map_or(self.line, |v| self.doc.line(v.span()))
    }

    fn wrong(&self, key: &str, value: &Spanned<DeValue<'t>>, wanted: &str, faults: &mut PackFaults) {
        let message = format!("`{key}` 的值是{},须为{wanted}", kind_word(value.get_ref().type_str()));
        faults.add(self.doc.file, self.doc.line(value.span()), message);
    }

    /// A fault at a key.
    pub(super) fn fault(&self, key: &'static str, message: impl Into<String>, faults: &mut PackFaults) {
        faults.add(self.doc.file, self.line_of(key), message);
    }

    /// A text that may be left out.
    pub(super) fn text(&self, key: &'static str, faults: &mut PackFaults) -> Option<String> {
        let value = self.raw(key)?;
        let Some(text) = value.get_ref().as_str() else {
            self.wrong(key, value, "文字", faults);
            return None;
        };
        Some(text.trim().to_owned())
    }

    /// A text that must be there and not be empty.
    pub(super) fn required(&self, key: &'static str, faults: &mut PackFaults) -> Option<String> {
        if self.raw(key).is_none() {
            faults.add(self.doc.file, self.line, format!("缺少键 `{key}`"));
            return None;
        }
        let text = self.text(key, faults)?;
        if text.is_empty() {
            self.fault(key, format!("`{key}` 为空"), faults);
            return None;
        }
        Some(text)
    }

    /// A whole number that may be left out.
    pub(super) fn number(&self, key: &'static str, faults: &mut PackFaults) -> Option<u32> {
        let value = self.raw(key)?;
        let number = value.get_ref().as_integer().and_then(|i| u32::from_str_radix(i.as_str(), i.radix()).ok());
        if number.is_none() {
            self.wrong(key, value, "非负整数", faults);
        }
        number
    }

    /// A list of texts, each with its line; empty if left out.
    pub(super) fn texts(&self, key: &'static str, faults: &mut PackFaults) -> Vec<(String, usize)> {
        let Some(value) = self.raw(key) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.wrong(key, value, "文字列表", faults);
            return Vec::new();
        };
        let mut out = Vec::new();
        for item in array.iter() {
            match item.get_ref().as_str().map(str::trim) {
                Some("") => faults.add(self.doc.file, self.doc.line(item.span()), format!("`{key}` 中有空文字")),
                Some(text) => out.push((text.to_owned(), self.doc.line(item.span()))),
                None => self.wrong(key, item, "文字列表", faults),
            }
        }
        out
    }

    /// `[[key]]` tables.
    pub(super) fn sections(&self, key: &'static str, faults: &mut PackFaults) -> Vec<Section<'d, 't>> {
        let Some(value) = self.raw(key) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.wrong(key, value, "表的列表", faults);
            return Vec::new();
        };
        let mut out = Vec::new();
        for item in array.iter() {
            match item.get_ref().as_table() {
                Some(table) => out.push(self.child(table, item.span())),
                None => self.wrong(key, item, "表", faults),
            }
        }
        out
    }

    /// The `key = value` pairs of a `[key]` table whose keys are the author's own names.
    pub(super) fn named(
        &self,
        key: &'static str,
        faults: &mut PackFaults,
    ) -> Vec<(String, usize, &'d Spanned<DeValue<'t>>)> {
        let Some(value) = self.raw(key) else { return Vec::new() };
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(key, value, "表", faults);
            return Vec::new();
        };
        let mut out: Vec<_> =
            table.iter().map(|(name, value)| (name.get_ref().to_string(), self.doc.line(name.span()), value)).collect();
        out.sort_by_key(|(_, line, _)| *line);
        out
    }

    fn child(&self, table: &'d DeTable<'t>, span: Range<usize>) -> Section<'d, 't> {
        Section { doc: self.doc, table, line: self.doc.line(span), used: RefCell::default() }
    }

    /// Refuses every key that nobody asked for.
    pub(super) fn finish(self, faults: &mut PackFaults) {
        let used = self.used.borrow();
        let mut unknown: Vec<_> = self.table.iter().filter(|(key, _)| !used.contains(key.get_ref().as_ref())).collect();
        unknown.sort_by_key(|(key, _)| key.span().start);
        for (key, _) in unknown {
            let known: Vec<&str> = used.iter().copied().collect();
            faults.add(
                self.doc.file,
                self.doc.line(key.span()),
                format!("没有 `{}` 这个键:此处可用 {}", key.get_ref(), known.join(", ")),
            );
        }
    }
}

/// The strings of a list value.
pub(super) fn strings(value: &DeValue<'_>) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.get_ref().as_str().map(|s| s.trim().to_owned())).collect()
}

/// What the parser calls a value, in the words of this house.
fn kind_word(kind: &str) -> &str {
    match kind {
        "string" => "文字",
        "integer" => "整数",
        "float" => "小数",
        "boolean" => "真假值",
        "datetime" => "时间",
        "array" => "列表",
        "table" => "表",
        other => other,
    }
}
