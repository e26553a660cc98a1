//! Pinyin of a name, as people type it: without tones, in full or as initials. A typing aid for short
//! lists of names; never a key of the index, where 景点 and 经典 would be one.

use pinyin::ToPinyinMulti;

/// Readings of one name at most: each character with two readings doubles them.
const READINGS: usize = 16;

/// The ways in which a name may be typed on a Latin keyboard, lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pinyin {
    /// In full: `minghuqu`.
    full: Vec<String>,
    /// First letters: `mhq`.
    initials: Vec<String>,
}

impl Pinyin {
    /// Of a name; characters without a reading stand for themselves, in lower case.
    pub fn of(name: &str) -> Self {
        let mut readings = vec![(String::new(), String::new())];
        for (c, multi) in name.chars().zip(name.to_pinyin_multi()) {
            let mut ways: Vec<(String, String)> = Vec::new();
            for reading in multi.into_iter().flatten() {
                let full = reading.plain().replace('ü', "v");
                let first = full.chars().take(1).collect();
                if !ways.iter().any(|(known, _)| *known == full) {
                    ways.push((full, first));
                }
            }
            if ways.is_empty() && !c.is_whitespace() {
                let plain: String = c.to_lowercase().collect();
                ways.push((plain.clone(), plain));
            }
            if ways.is_empty() {
                continue;
            }
            readings = readings
                .iter()
                .flat_map(|(full, first)| ways.iter().map(move |(f, i)| (format!("{full}{f}"), format!("{first}{i}"))))
                .take(READINGS)
                .collect();
        }
        let (full, mut initials): (Vec<String>, Vec<String>) = readings.into_iter().unzip();
        initials.sort();
        initials.dedup();
        Self { full, initials }
    }

    /// Whether what was typed begins one of the ways: letters and digits in either case; at least one
    /// letter.
    pub fn begins_with(&self, typed: &str) -> bool {
        let typed = typed.to_ascii_lowercase();
        typed.bytes().any(|b| b.is_ascii_lowercase())
            && typed.bytes().all(|b| b.is_ascii_alphanumeric())
            && self.full.iter().chain(&self.initials).any(|way| way.starts_with(&typed))
    }
}
