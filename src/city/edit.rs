//! Changes of a pack's word lists, made on the text of their files: remarks and order stay as they are.

use std::borrow::Cow;

use crate::domain::Fault;

use super::{
    PackFaults, PackFiles,
    files::{self, DICTIONARY, SYNONYMS},
};

/// Words of one change at most, and characters of one word.
const MOST: usize = 50;
const LONGEST: usize = 24;

/// What is to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WordsEdit {
    /// These words come into the dictionary.
    AddWords(Vec<String>),
    /// These leave it.
    RemoveWords(Vec<String>),
    /// These mean the same from now on; a group that has some of them takes the others in.
    JoinSynonyms(Vec<String>),
    /// These leave their groups of synonyms.
    PartSynonyms(Vec<String>),
}

impl WordsEdit {
    /// The words.
    pub fn words(&self) -> &[String] {
        let (Self::AddWords(words) | Self::RemoveWords(words) | Self::JoinSynonyms(words) | Self::PartSynonyms(words)) =
            self;
        words
    }

    /// The pack's file that it changes.
    pub fn file(&self) -> &'static str {
        match self {
            Self::AddWords(_) | Self::RemoveWords(_) => DICTIONARY,
            Self::JoinSynonyms(_) | Self::PartSynonyms(_) => SYNONYMS,
        }
    }

    /// The change in words for a record: file, sign, words.
    pub fn told(&self) -> String {
        let sign = if matches!(self, Self::AddWords(_) | Self::JoinSynonyms(_)) { '+' } else { '-' };
        format!("{} {sign}{}", self.file(), self.words().join("、"))
    }

    /// The files with the change made. The changed file is UTF-8 afterwards, whatever it was.
    ///
    /// # Errors
    /// A word is no word, is there already, is not there, or stands in another group.
    pub fn made(&self, files: &PackFiles) -> Result<PackFiles, Fault> {
        self.checked()?;
        let old = files.get(self.file()).map(|bytes| files::text(self.file(), bytes, &mut PackFaults::default()));
        let mut lines: Vec<String> = old.unwrap_or_default().lines().map(str::to_owned).collect();
        match self {
            Self::AddWords(words) => add_words(&mut lines, words)?,
            Self::RemoveWords(words) => remove_words(&mut lines, words)?,
            Self::JoinSynonyms(words) => join(&mut lines, words)?,
            Self::PartSynonyms(words) => part(&mut lines, words)?,
        }
        let mut text = lines.join("\n");
        text.push('\n');
        let mut files = files.clone();
        files.insert(self.file().to_owned(), Cow::Owned(text.into_bytes()));
        Ok(files)
    }

    fn checked(&self) -> Result<(), Fault> {
        let words = self.words();
        let least = if matches!(self, Self::JoinSynonyms(_)) { 2 } else { 1 };
        if !(least..=MOST).contains(&words.len()) {
            return Err(Fault::invalid(format!("请给出 {least} 至 {MOST} 个词语")).at("words"));
        }
        let odd = |c: char| c.is_whitespace() || c.is_control() || ",，#\"".contains(c);
        let bad = |w: &&String| w.is_empty() || w.chars().count() > LONGEST || w.contains(odd);
        if let Some(word) = words.iter().find(bad) {
            let shown: String = word.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
            let why = format!("“{shown}”不能作为词语:1 至 {LONGEST} 个字,不含空白、逗号、引号和 #");
            return Err(Fault::invalid(why).at("words"));
        }
        let twice = words.iter().enumerate().find(|(n, w)| words.iter().take(*n).any(|earlier| earlier == *w));
        twice.map_or(Ok(()), |(_, word)| Err(Fault::invalid(format!("“{word}”写了两次")).at("words")))
    }
}

/// The line's first field, unless it is blank or a remark.
fn entry(line: &str) -> Option<&str> {
    let line = line.trim();
    if line.starts_with('#') { None } else { line.split_whitespace().next() }
}

fn add_words(lines: &mut Vec<String>, words: &[String]) -> Result<(), Fault> {
    if let Some(word) = words.iter().find(|w| lines.iter().any(|line| entry(line) == Some(w))) {
        return Err(Fault::invalid(format!("“{word}”已在词典中")).at("words"));
    }
    lines.extend(words.iter().cloned());
    Ok(())
}

fn remove_words(lines: &mut Vec<String>, words: &[String]) -> Result<(), Fault> {
    if let Some(word) = words.iter().find(|w| !lines.iter().any(|line| entry(line) == Some(w))) {
        return Err(Fault::invalid(format!("词典文件中没有“{word}”")).at("words"));
    }
    lines.retain(|line| !words.iter().any(|w| entry(line) == Some(w)));
    Ok(())
}

/// The words of a line of synonyms; none of a remark.
fn group(line: &str) -> Vec<&str> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Vec::new();
    }
    line.split([',', '，']).map(str::trim).collect()
}

fn join(lines: &mut Vec<String>, words: &[String]) -> Result<(), Fault> {
    let holds = |line: &String| group(line).iter().any(|w| words.iter().any(|own| own == w));
    let at: Vec<usize> = lines.iter().enumerate().filter(|(_, line)| holds(line)).map(|(n, _)| n).collect();
    match at.as_slice() {
        [] => lines.push(words.join(",")),
        [one] => {
            let Some(line) = lines.get_mut(*one) else { return Ok(()) };
            let mut all: Vec<String> = group(line).into_iter().map(str::to_owned).collect();
            let before = all.len();
            all.extend(words.iter().filter(|w| !group(line).contains(&w.as_str())).cloned());
            if all.len() == before {
                return Err(Fault::invalid("这些词已在同一组").at("words"));
            }
            *line = all.join(",");
        }
        _ => {
            let groups: Vec<&str> = at.iter().filter_map(|n| lines.get(*n)).map(|line| line.trim()).collect();
            let why = format!("这些词分在 {} 组:{};请先移出其中一组", groups.len(), groups.join(" / "));
            return Err(Fault::invalid(why).at("words"));
        }
    }
    Ok(())
}

fn part(lines: &mut Vec<String>, words: &[String]) -> Result<(), Fault> {
    if let Some(word) = words.iter().find(|w| !lines.iter().any(|line| group(line).contains(&w.as_str()))) {
        return Err(Fault::invalid(format!("同义词中没有“{word}”")).at("words"));
    }
    let mut out = Vec::with_capacity(lines.len());
    for line in lines.drain(..) {
        let all = group(&line);
        let left: Vec<&str> = all.iter().copied().filter(|w| !words.iter().any(|own| own == w)).collect();
        match (left.len() == all.len(), left.len()) {
            (true, _) => out.push(line),
            // One word alone means nothing but itself.
            (false, 0 | 1) => {}
            (false, _) => out.push(left.join(",")),
        }
    }
    *lines = out;
    Ok(())
}
