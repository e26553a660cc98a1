//! Categories without a model: overlap of an appeal with the words of the taxonomy.
//!
//! Deliberately simple and explainable. Each category speaks through its name, its examples, their
//! words, the synonyms of those words and, weakly, their character pairs. A term counts
//! `weight × ln(1 + categories / categories with the term) × (1 + ln occurrences)`; the title counts
//! as if it stood in the text once more. The shares are scaled far below the probabilities of a
//! model, and the answer is always marked uncertain.

use std::collections::{BTreeMap, HashMap, HashSet};

use aho_corasick::AhoCorasick;

use crate::{
    city::CityPack,
    domain::{AppealType, Candidate, Field, FieldSpan, Reason},
    text::{Analyser, Normalized},
};

use super::Reading;

const NAME: f32 = 3.0;
const EXAMPLE: f32 = 2.0;
const WORD: f32 = 1.0;
const PAIR: f32 = 0.25;
/// A synonym speaks a little less than the word itself.
const SYNONYM: f32 = 0.8;
/// No share from keywords may look like a model's certainty.
const CEILING: f32 = 0.5;
/// Score at which half of the ceiling is given.
const HALF: f32 = 10.0;
/// Reasons shown at most.
const REASONS: usize = 6;

/// Terms found: how often (the title counts more), and the first places.
type Seen = BTreeMap<usize, (f32, Vec<(Field, std::ops::Range<usize>)>)>;

/// What the words of an appeal say.
pub(super) struct Found {
    pub(super) category: Vec<Candidate>,
    pub(super) reasons: Vec<Reason>,
}

/// The taxonomy's words in one automaton.
#[derive(Debug)]
pub(super) struct Keywords {
    automaton: Option<AhoCorasick>,
    /// For each term: categories (index into `codes`) and what the term counts for them.
    terms: Vec<Vec<(usize, f32)>>,
    codes: Vec<String>,
}

impl Keywords {
    pub(super) fn build(pack: &CityPack, analyser: &Analyser) -> Self {
        let stop: HashSet<&str> = pack.stop_words.iter().map(String::as_str).collect();
        let groups: Vec<Vec<String>> =
            pack.synonyms.iter().map(|g| g.words.iter().map(|w| normal(w)).collect()).collect();
        let mut group_of: HashMap<&str, usize> = HashMap::new();
        for (n, group) in groups.iter().enumerate() {
            for word in group {
                group_of.entry(word).or_insert(n);
            }
        }
        let mut weights: BTreeMap<String, BTreeMap<usize, f32>> = BTreeMap::new();
        let mut codes = Vec::new();
        for (n, category) in pack.taxonomy.categories().iter().enumerate() {
            codes.push(category.code.clone());
            let mut say = |term: &str, weight: f32| {
                if term.chars().count() < 2 || stop.contains(term) {
                    return;
                }
                let known = weights.entry(term.to_owned()).or_default().entry(n).or_default();
                *known = known.max(weight);
            };
            let phrases = [(category.level2.as_str(), NAME)];
            for (phrase, weight) in phrases.into_iter().chain(category.examples.iter().map(|e| (e.as_str(), EXAMPLE))) {
                let phrase = normal(phrase);
                let mut words: Vec<(String, f32)> = vec![(phrase.clone(), weight)];
                words.extend(analyser.segmenter.precise(&phrase).into_iter().map(|t| (t.word.to_owned(), WORD)));
                for (word, weight) in words {
                    say(&word, weight);
                    for other in group_of.get(word.as_str()).and_then(|g| groups.get(*g)).into_iter().flatten() {
                        say(other, weight * SYNONYM);
                    }
                }
                let chars: Vec<char> = phrase.chars().collect();
                for pair in chars.windows(2).filter(|p| p.iter().all(|c| c.is_alphanumeric())) {
                    say(&pair.iter().collect::<String>(), PAIR);
                }
            }
        }
        let count = codes.len() as f32;
        let (mut words, mut terms) = (Vec::new(), Vec::new());
        for (term, categories) in weights {
            let rarity = (1.0 + count / categories.len() as f32).ln();
            words.push(term);
            terms.push(categories.into_iter().map(|(n, weight)| (n, weight * rarity)).collect());
        }
        // A dictionary too large for the automaton leaves the categories without keywords, which
        // the empty candidate list shows.
        let automaton = (!words.is_empty()).then(|| AhoCorasick::new(&words).ok()).flatten();
        Self { automaton, terms, codes }
    }

    pub(super) fn score(&self, reading: &Reading) -> Found {
        let nothing = Found { category: Vec::new(), reasons: Vec::new() };
        let Some(automaton) = &self.automaton else { return nothing };
        let mut seen: Seen = BTreeMap::new();
        for (field, times) in [(Field::Title, 2.0), (Field::Text, 1.0)] {
            for hit in automaton.find_overlapping_iter(reading.normalized(field).text()) {
                let (count, at) = seen.entry(hit.pattern().as_usize()).or_default();
                *count += times;
                if at.len() < REASONS {
                    at.push((field, hit.range()));
                }
            }
        }
        let mut scores = vec![0.0_f32; self.codes.len()];
        for (term, (count, _)) in &seen {
            for (category, weight) in self.terms.get(*term).into_iter().flatten() {
                if let Some(score) = scores.get_mut(*category) {
                    *score += weight * (1.0 + count.ln());
                }
            }
        }
        let total: f32 = scores.iter().sum();
        let top = scores.iter().copied().fold(0.0, f32::max);
        if top <= 0.0 {
            return nothing;
        }
        let scale = CEILING * top / (top + HALF) / total;
        let mut ranked: Vec<usize> = (0..scores.len()).filter(|n| scores[*n] > 0.0).collect();
        ranked.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
        let reasons = ranked.first().map(|first| self.reasons(*first, &seen, reading)).unwrap_or_default();
        let category =
            ranked.into_iter().map(|n| Candidate { label: self.codes[n].clone(), p: scores[n] * scale }).collect();
        Found { category, reasons }
    }

    /// The terms that spoke for a category, strongest first; a term inside a stronger one is left out.
    fn reasons(&self, category: usize, seen: &Seen, reading: &Reading) -> Vec<Reason> {
        let mut spoken: Vec<(f32, FieldSpan)> = Vec::new();
        for (term, (_, at)) in seen {
            let Some((_, weight)) = self.terms.get(*term).into_iter().flatten().find(|(c, _)| *c == category) else {
                continue;
            };
            for (field, bytes) in at {
                let span = reading.normalized(*field).original_span(bytes.clone());
                spoken.push((*weight, FieldSpan { field: *field, span }));
            }
        }
        spoken.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut kept: Vec<(f32, FieldSpan)> = Vec::new();
        for (weight, at) in spoken {
            let covered = |k: &(f32, FieldSpan)| k.1.field == at.field && k.1.span.overlaps(&at.span);
            if kept.len() < REASONS && !at.span.is_empty() && !kept.iter().any(covered) {
                kept.push((weight, at));
            }
        }
        let total: f32 = kept.iter().map(|(weight, _)| weight).sum();
        kept.into_iter().map(|(weight, at)| Reason { at, weight: weight / total }).collect()
    }
}

fn normal(word: &str) -> String {
    Normalized::of(word).text().trim().to_owned()
}

/// 诉求类型 from what the caller says to be doing, in the field's own words.
pub(super) fn appeal_type(title: &str, text: &str) -> Vec<Candidate> {
    const SAYS: [(AppealType, &[&str]); 6] = [
        (AppealType::Praise, &["表扬", "感谢", "点赞", "锦旗"]),
        (AppealType::Proposal, &["建议", "提议", "能否增设", "希望增设", "希望增加"]),
        (AppealType::Report, &["举报", "查处", "无证经营", "违规经营"]),
        (AppealType::Enquiry, &["咨询", "请问", "想问", "问一下", "如何办理", "怎么办理", "什么时候"]),
        (AppealType::Help, &["求助", "帮帮", "请求帮助", "救助"]),
        (AppealType::Complaint, &["投诉", "反映", "不合理", "要求", "一直没", "扰民", "拖欠"]),
    ];
    let count = |words: &[&str]| -> f32 {
        words.iter().map(|w| 2.0 * title.matches(w).count() as f32 + text.matches(w).count() as f32).sum()
    };
    let mut said: Vec<(AppealType, f32)> =
        SAYS.iter().map(|(kind, words)| (*kind, count(words))).filter(|(_, n)| *n > 0.0).collect();
    said.sort_by(|a, b| b.1.total_cmp(&a.1));
    let total: f32 = said.iter().map(|(_, n)| n).sum();
    said.into_iter()
        .map(|(kind, n)| Candidate { label: kind.label().to_owned(), p: CEILING * n / (total + 1.0) })
        .take(super::CANDIDATES)
        .collect()
}
