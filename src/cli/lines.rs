//! Files of JSON lines, as the commands read them: a line that cannot be read is told in words.

use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::text::lone_surrogates;

/// Reads a line, numbered from 1; nothing for a blank one. A byte order mark is allowed.
///
/// The message is for the file of answers, in Chinese. It repeats no value of the line but the escape
/// that stands for no character.
pub(super) fn read<T: DeserializeOwned>(number: usize, line: &[u8]) -> Option<Result<T, String>> {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    if line.iter().all(u8::is_ascii_whitespace) {
        return None;
    }
    Some(serde_json::from_slice(line).map_err(|error| told(number, line, &error)))
}

fn told(number: usize, line: &[u8], error: &serde_json::Error) -> String {
    let Ok(text) = std::str::from_utf8(line) else {
        return format!("第 {number} 行不是 UTF-8 编码");
    };
    let said = error.to_string();
    // serde stops inside the escape or right behind it.
    if said.contains("hex escape")
        && let Some(lone) = lone_surrogates(text).into_iter().rfind(|escape| escape.start < error.column())
    {
        let escape = text.get(lone).unwrap_or_default();
        return format!(
            "第 {number} 行:{escape} 是单独的半个代理对(\\uD800–\\uDFFF 必须前后两个成对出现),不代表任何字符"
        );
    }
    match error.classify() {
        Category::Eof => format!("第 {number} 行的 JSON 不完整"),
        Category::Data => {
            let what = said.split(" at line ").next().unwrap_or_default();
            format!("第 {number} 行的字段不符(第 {} 字节处):{}", error.column(), nameless(what))
        }
        _ => format!("第 {number} 行不是合法的 JSON(第 {} 字节处)", error.column()),
    }
}

/// serde's words without the value that it quotes.
fn nameless(said: &str) -> String {
    match (said.find(": string \""), said.rfind("\", expected")) {
        (Some(from), Some(to)) if from < to => format!("{}: string{}", &said[..from], &said[to + 1..]),
        _ => said.to_owned(),
    }
}
