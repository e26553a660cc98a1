//! Words of the dictionary and synonyms: tried first, kept when somebody says so.

use std::{path::PathBuf, sync::Arc};

use crate::{
    city::{CityPack, WordsEdit, read_files},
    domain::{DictWord, Fault, FaultKind, Right, TicketId},
    text::{Segmenter, mask},
};

use super::{
    super::{Desk, FindRequest, PackSource, trouble::lost},
    keep,
};

/// Longest text whose segmentation is previewed, and most words tried, in characters and words.
const LONGEST: usize = 500;
const MOST_WORDS: usize = 50;
/// Stored appeals shown as examples, and characters on either side of the word.
const EXAMPLES: usize = 5;
const AROUND: usize = 30;
/// Words of a change whose hits are counted.
const COUNTED: usize = 8;

/// A text cut into words, without and with further words of the dictionary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WordsPreview {
    /// As it is cut now.
    pub before: Vec<String>,
    /// As it would be cut.
    pub after: Vec<String>,
}

/// How many tickets each of some words finds, and all of them together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SynonymPreview {
    /// Each word: found by itself, with the pack's present synonyms.
    pub alone: Vec<(String, usize)>,
    /// Found by any of them.
    pub together: usize,
}

/// A stretch of a stored appeal, masked, cut as now and as it would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutExample {
    /// Of which ticket; none for a text that was typed in.
    pub ticket: Option<TicketId>,
    /// The two ways.
    pub cut: WordsPreview,
}

/// How many stored appeals a search for a word finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordCount {
    /// The word.
    pub word: String,
    /// Now.
    pub before: usize,
    /// With the change.
    pub after: usize,
}

/// What a change of the words would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditPreview {
    /// Texts cut both ways; none where the change does not touch segmentation.
    pub examples: Vec<CutExample>,
    /// Hits of the words, now and then.
    pub counts: Vec<WordCount>,
}

/// What was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptWords {
    /// Where the file before lies.
    pub version: PathBuf,
    /// Hash of the pack that answers now.
    pub hash: String,
}

fn cut(segmenter: &Segmenter, text: &str) -> Vec<String> {
    let words = segmenter.precise(text).into_iter().map(|t| t.word.trim().to_owned());
    words.filter(|w| !w.is_empty()).collect()
}

fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('"', ""))
}

/// The dictionary after a change.
fn dictionary(pack: &CityPack, edit: &WordsEdit) -> Vec<DictWord> {
    let mut all = pack.dictionary.clone();
    match edit {
        WordsEdit::AddWords(words) => {
            all.extend(words.iter().map(|word| DictWord { word: word.clone(), freq: None, tag: None }));
        }
        WordsEdit::RemoveWords(words) => all.retain(|own| !words.contains(&own.word)),
        WordsEdit::JoinSynonyms(_) | WordsEdit::PartSynonyms(_) => {}
    }
    all
}

/// What of a text stands around a word; its beginning if the word is not in it.
fn around(text: &str, words: &[String]) -> String {
    let at = words.iter().filter_map(|word| text.find(word.as_str())).min().unwrap_or(0);
    let before = text.get(..at).unwrap_or_default().chars().count().saturating_sub(AROUND);
    text.chars().skip(before).take(2 * AROUND + 8).collect()
}

impl Desk {
    /// How a text would be cut with further words in the dictionary.
    ///
    /// # Errors
    /// Not allowed, or text or words are too long.
    pub async fn preview_words(&self, text: &str, words: &[String]) -> Result<WordsPreview, Fault> {
        self.actor().needs(Right::Admin)?;
        if text.chars().count() > LONGEST || words.len() > MOST_WORDS {
            return Err(Fault::invalid(format!("文字最多 {LONGEST} 字,词语最多 {MOST_WORDS} 个")).at("text"));
        }
        let made = self.cut_both_ways(&WordsEdit::AddWords(words.to_vec()), vec![text.to_owned()]).await?;
        Ok(made.into_iter().next().unwrap_or_default())
    }

    async fn cut_both_ways(&self, edit: &WordsEdit, texts: Vec<String>) -> Result<Vec<WordsPreview>, Fault> {
        let (pack, present) = (self.city(), self.room.infer.current().analyser.segmenter.clone());
        let edit = edit.clone();
        let made = tokio::task::spawn_blocking(move || {
            let then = Segmenter::new(&dictionary(&pack, &edit), &pack.regions);
            let both = |text: &String| WordsPreview { before: cut(&present, text), after: cut(&then, text) };
            texts.iter().map(both).collect()
        });
        made.await.map_err(|_| lost("cutting a text into words"))
    }

    /// How many tickets words find, each and together.
    ///
    /// # Errors
    /// Not allowed, too many words, or the index does not answer.
    pub async fn preview_synonyms(&self, words: &[String]) -> Result<SynonymPreview, Fault> {
        self.actor().needs(Right::Admin)?;
        if !(2..=COUNTED).contains(&words.len()) {
            return Err(Fault::invalid(format!("请给出 2 至 {COUNTED} 个词语")).at("group"));
        }
        let mut preview = SynonymPreview::default();
        for word in words {
            preview.alone.push((word.clone(), self.how_many(quoted(word)).await?));
        }
        preview.together = self.how_many(words.iter().map(|w| quoted(w)).collect::<Vec<_>>().join(" 或 ")).await?;
        Ok(preview)
    }

    async fn how_many(&self, q: String) -> Result<usize, Fault> {
        let request = FindRequest { q, limit: 1, ..FindRequest::default() };
        let found = self.find(request, self.now()).await?;
        Ok(if found.relaxed { 0 } else { found.total })
    }

    /// What a change of the words would do; changes nothing. `text` is cut too, beside the stored appeals
    /// that hold one of the words.
    ///
    /// # Errors
    /// Not allowed, the change cannot be made, or the index does not answer.
    pub async fn preview_edit(&self, edit: &WordsEdit, text: &str) -> Result<EditPreview, Fault> {
        self.actor().needs(Right::Admin)?;
        if text.chars().count() > LONGEST {
            return Err(Fault::invalid(format!("文字最多 {LONGEST} 字")).at("text"));
        }
        let files = edit.made(&self.pack_files()?)?;
        CityPack::parse(&files).map_err(|faults| unfit(&faults.to_string()))?;
        let words = edit.words();
        let mut preview = EditPreview::default();
        let mut texts: Vec<(Option<TicketId>, String)> = Vec::new();
        let mut parts = vec![WordsPreview::default(); words.len()];
        if matches!(edit, WordsEdit::AddWords(_) | WordsEdit::RemoveWords(_)) {
            let q = words.iter().take(COUNTED).map(|w| quoted(w)).collect::<Vec<_>>().join(" 或 ");
            let found = self.find(FindRequest { q, limit: EXAMPLES, ..FindRequest::default() }, self.now()).await?;
            texts.extend((!text.trim().is_empty()).then(|| (None, text.to_owned())));
            // Masked first: what nobody needs to see is not cut out.
            let own = |hit: &super::super::FindHit| around(&mask(&hit.ticket.content.appeal.text).text, words);
            texts.extend(found.hits.iter().map(|hit| (Some(hit.ticket.id.clone()), own(hit))));
            let all = words.iter().chain(texts.iter().map(|(_, text)| text)).cloned().collect();
            let mut cuts = self.cut_both_ways(edit, all).await?;
            let examples = cuts.split_off(words.len().min(cuts.len()));
            parts = cuts;
            preview.examples =
                texts.into_iter().zip(examples).map(|((ticket, _), cut)| CutExample { ticket, cut }).collect();
        }
        for (word, cut) in words.iter().zip(parts).take(COUNTED) {
            let after = match edit {
                // As one word it is found where it stands whole.
                WordsEdit::AddWords(_) | WordsEdit::PartSynonyms(_) => quoted(word),
                WordsEdit::RemoveWords(_) => cut.after.join(" "),
                WordsEdit::JoinSynonyms(all) => all.join(" 或 "),
            };
            let (before, after) = (self.how_many(word.clone()).await?, self.how_many(after).await?);
            preview.counts.push(WordCount { word: word.clone(), before, after });
        }
        Ok(preview)
    }

    /// Makes a change of the words in the pack's folder: whole, with the file before kept; it is live when
    /// this returns (a changed dictionary also builds the index anew, in the background).
    ///
    /// # Errors
    /// Not allowed, the pack came with the program or cannot be written, or the change cannot be made.
    pub async fn edit_words(&self, edit: &WordsEdit) -> Result<KeptWords, Fault> {
        // A task of its own: a browser that goes away, or a time limit, leaves nothing half done.
        let (desk, edit) = (self.clone(), edit.clone());
        tokio::spawn(async move { desk.edited(&edit).await }).await.map_err(|_| lost("changing the words"))?
    }

    async fn edited(&self, edit: &WordsEdit) -> Result<KeptWords, Fault> {
        let actor = self.actor();
        actor.needs(Right::Admin)?;
        let PackSource::Folder(dir) = self.pack_source() else {
            return Err(Fault::new(FaultKind::Conflict, "内置城市包只读,请先复制到数据目录,再修改词语"));
        };
        let before = self.city().hash.clone();
        let version = {
            // Nobody reloads, and nobody else writes, while the file is changed.
            let _alone = self.room.replacing.lock().await;
            let (edit, version) = (edit.clone(), self.version_name());
            let kept = tokio::task::spawn_blocking(move || -> Result<PathBuf, Fault> {
                let files = read_files(&dir).map_err(|faults| unfit(&faults.to_string()))?;
                let files = edit.made(&files)?;
                CityPack::parse(&files).map_err(|faults| unfit(&faults.to_string()))?;
                let kept = keep::keep(&dir, &[edit.file()], &version)?;
                let bytes = files.get(edit.file()).map(|bytes| bytes.as_ref()).unwrap_or_default();
                keep::replace(&dir, edit.file(), bytes)?;
                Ok(kept)
            });
            kept.await.map_err(|_| lost("changing the words"))??
        };
        self.reload_pack().await?;
        let hash = self.city().hash.clone();
        self.note(&actor, "words_changed", format!("{} {before} -> {hash}", edit.told())).await?;
        Ok(KeptWords { version, hash })
    }

    /// The words of the dictionary that hold a text, at most fifty, and how many there are in all.
    pub fn dictionary_like(&self, part: &str) -> (Vec<String>, usize) {
        let pack: Arc<CityPack> = self.city();
        let part = part.trim();
        let fits = pack.dictionary.iter().filter(|w| !part.is_empty() && w.word.contains(part));
        (fits.take(MOST_WORDS).map(|w| w.word.clone()).collect(), pack.dictionary.len())
    }
}

fn unfit(faults: &str) -> Fault {
    Fault::invalid(format!("改后的城市包有错误,未保存:{faults}"))
}
