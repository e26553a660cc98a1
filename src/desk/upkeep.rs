//! What an administrator looks after: the city pack, words, the index, backups.

use std::{collections::BTreeMap, path::PathBuf};

use crate::{
    city::CityPack,
    domain::{DictWord, Fault, Right},
    store::Copied,
    text::Segmenter,
};

use super::{Desk, FindRequest, PackSource, trouble::lost};

/// Longest text whose segmentation is previewed, and most words tried, in characters and words.
const LONGEST: usize = 500;
const MOST_WORDS: usize = 50;
/// Names that a difference lists.
const NAMED: usize = 12;

/// A part of the pack on disk beside the one that answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackDifference {
    /// 类别, 单位, …
    pub part: &'static str,
    /// How many there are now.
    pub now: usize,
    /// How many there would be.
    pub then: usize,
    /// Names of what comes in, at most a dozen.
    pub added: Vec<String>,
    /// Names of what goes, or changes.
    pub gone: Vec<String>,
}

/// What was found in the pack's folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackCheck {
    /// The folder; none for the embedded pack.
    pub folder: Option<PathBuf>,
    /// Faults, with file and line: such a pack is not taken.
    pub faults: Vec<String>,
    /// What might be meant otherwise.
    pub warnings: Vec<String>,
    /// What would change.
    pub differences: Vec<PackDifference>,
    /// Whether it is the one that answers.
    pub same: bool,
}

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

impl Desk {
    /// Reads the pack's folder and compares it with the pack that answers; changes nothing.
    ///
    /// # Errors
    /// Not allowed.
    pub async fn check_pack(&self) -> Result<PackCheck, Fault> {
        self.actor().needs(Right::Admin)?;
        let now = self.city();
        let PackSource::Folder(dir) = self.room.pack.clone() else {
            return Ok(PackCheck { same: true, ..PackCheck::default() });
        };
        let folder = Some(dir.clone());
        let read = tokio::task::spawn_blocking(move || CityPack::open(&dir));
        Ok(match read.await.map_err(|_| lost("reading the city pack"))? {
            Err(faults) => {
                PackCheck { folder, faults: faults.0.iter().map(ToString::to_string).collect(), ..PackCheck::default() }
            }
            Ok(then) => PackCheck {
                folder,
                warnings: then.warnings().iter().map(ToString::to_string).collect(),
                differences: differences(&now, &then),
                same: then.hash == now.hash,
                ..PackCheck::default()
            },
        })
    }

    /// Takes the pack on disk, for an administrator; whether it was another one.
    ///
    /// # Errors
    /// Not allowed, or the pack has faults.
    pub async fn take_pack(&self) -> Result<bool, Fault> {
        let actor = self.actor();
        actor.needs(Right::Admin)?;
        let before = self.city().hash.clone();
        let taken = self.reload_pack().await?;
        if taken {
            self.note(&actor, "pack_taken", format!("{before} -> {}", self.city().hash)).await?;
        }
        Ok(taken)
    }

    /// How a text would be cut with further words in the dictionary.
    ///
    /// # Errors
    /// Not allowed, or text or words are too long.
    pub async fn preview_words(&self, text: &str, words: &[String]) -> Result<WordsPreview, Fault> {
        self.actor().needs(Right::Admin)?;
        if text.chars().count() > LONGEST || words.len() > MOST_WORDS {
            return Err(Fault::invalid(format!("文字最多 {LONGEST} 字,词语最多 {MOST_WORDS} 个")).at("text"));
        }
        let (pack, present) = (self.city(), self.room.infer.current().analyser.segmenter.clone());
        let (text, words) = (text.to_owned(), words.to_vec());
        let cut = |segmenter: &Segmenter, text: &str| {
            let words = segmenter.precise(text).into_iter().map(|t| t.word.trim().to_owned());
            words.filter(|w| !w.is_empty()).collect::<Vec<_>>()
        };
        let made = tokio::task::spawn_blocking(move || {
            let own = words.into_iter().map(|word| DictWord { word, freq: None, tag: None });
            let all: Vec<DictWord> = pack.dictionary.iter().cloned().chain(own).collect();
            let then = Segmenter::new(&all, &pack.regions);
            WordsPreview { before: cut(&present, &text), after: cut(&then, &text) }
        });
        made.await.map_err(|_| lost("cutting a text into words"))
    }

    /// How many tickets words find, each and together.
    ///
    /// # Errors
    /// Not allowed, too many words, or the index does not answer.
    pub async fn preview_synonyms(&self, words: &[String]) -> Result<SynonymPreview, Fault> {
        self.actor().needs(Right::Admin)?;
        if !(2..=8).contains(&words.len()) {
            return Err(Fault::invalid("请给出 2 至 8 个词语").at("group"));
        }
        let quoted = |word: &String| format!("\"{}\"", word.replace('"', ""));
        let mut preview = SynonymPreview::default();
        for word in words {
            preview.alone.push((word.clone(), self.how_many(quoted(word)).await?));
        }
        preview.together = self.how_many(words.iter().map(quoted).collect::<Vec<_>>().join(" 或 ")).await?;
        Ok(preview)
    }

    async fn how_many(&self, q: String) -> Result<usize, Fault> {
        let request = FindRequest { q, limit: 1, ..FindRequest::default() };
        let found = self.find(request, self.now()).await?;
        Ok(if found.relaxed { 0 } else { found.total })
    }

    /// Builds the index anew beside the live one, for an administrator.
    ///
    /// # Errors
    /// Not allowed, or the folder cannot be written.
    pub async fn renew_index(&self) -> Result<(), Fault> {
        let actor = self.actor();
        actor.needs(Right::Admin)?;
        self.rebuild_index()?;
        self.room.changed.notify_waiters();
        self.note(&actor, "index_renewed", "").await
    }

    /// Copies the database into the data folder's `backups`; the copy is read back and checked.
    ///
    /// # Errors
    /// Not allowed, there is no data folder, or the copy could not be written.
    pub async fn back_up(&self) -> Result<(PathBuf, Copied), Fault> {
        let actor = self.actor();
        actor.needs(Right::Admin)?;
        let dir = self.backup_folder()?;
        std::fs::create_dir_all(&dir).map_err(|e| Fault::internal(format!("{}: {e}", dir.display())))?;
        let name = crate::domain::city_time(self.now()).strftime("tingsu-%Y%m%d-%H%M%S.db").to_string();
        let path = dir.join(name);
        let copied = self.room.store.copy_to(&path).await?;
        self.note(&actor, "backed_up", format!("{} {}", path.display(), copied.hash)).await?;
        Ok((path, copied))
    }

    /// Backups in the data folder: name and bytes, newest first.
    ///
    /// # Errors
    /// Not allowed, or there is no data folder.
    pub fn backups(&self) -> Result<Vec<(String, u64)>, Fault> {
        self.actor().needs(Right::Admin)?;
        let files = std::fs::read_dir(self.backup_folder()?).into_iter().flatten().flatten();
        let mut found: Vec<(String, u64)> = files
            .filter_map(|f| Some((f.file_name().into_string().ok()?, f.metadata().ok()?.len())))
            .filter(|(name, _)| name.ends_with(".db"))
            .collect();
        found.sort_by(|a, b| b.cmp(a));
        Ok(found)
    }

    fn backup_folder(&self) -> Result<PathBuf, Fault> {
        let data = self.room.config.data.as_ref().map(|data| data.join("backups"));
        data.ok_or_else(|| Fault::invalid("此服务没有数据目录,请用 tingsu backup 备份"))
    }
}

/// The parts of two packs that differ.
fn differences(now: &CityPack, then: &CityPack) -> Vec<PackDifference> {
    type Part = fn(&CityPack) -> BTreeMap<String, String>;
    /// Name and content of each entry, so that a changed one shows too.
    fn entries<T: std::fmt::Debug>(list: &[T], name: impl Fn(&T) -> String) -> BTreeMap<String, String> {
        list.iter().map(|entry| (name(entry), format!("{entry:?}"))).collect()
    }
    let parts: [(&'static str, Part); 6] = [
        ("类别", |p| entries(p.taxonomy.categories(), |c| format!("{} {}/{}", c.code, c.level1, c.level2))),
        ("单位", |p| entries(&p.departments, |d| d.name.clone())),
        ("区域", |p| entries(&p.regions, |r| format!("{}{}", r.district, r.town.as_deref().unwrap_or("")))),
        ("词条", |p| entries(&p.dictionary, |w| w.word.clone())),
        ("同义词组", |p| entries(&p.synonyms, |g| g.words.join("、"))),
        ("急度规则", |p| entries(&p.rules, |r| r.id.clone())),
    ];
    let of = |(part, read): (&'static str, Part)| {
        let (now, then) = (read(now), read(then));
        let beyond = |a: &BTreeMap<String, String>, b: &BTreeMap<String, String>| {
            let names = a.iter().filter(|(name, content)| b.get(*name) != Some(content)).map(|(name, _)| name.clone());
            names.collect::<Vec<_>>()
        };
        let short = |mut names: Vec<String>| {
            let more = names.len().saturating_sub(NAMED);
            names.truncate(NAMED);
            names.extend((more > 0).then(|| format!("等 {} 项", more + NAMED)));
            names
        };
        let (added, gone) = (short(beyond(&then, &now)), short(beyond(&now, &then)));
        PackDifference { part, now: now.len(), then: then.len(), added, gone }
    };
    parts.into_iter().map(of).filter(|d| !d.added.is_empty() || !d.gone.is_empty()).collect()
}
