//! The pack that answers beside the one on disk: what is wrong with it, what would change; and a copy of
//! its own for whoever wants to change a pack that came with the program.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use crate::{
    city::{CityPack, OPTIONAL_PACK_FILES, PACK_FILES, PackFaults, PackFiles, read_files},
    domain::{Fault, Right},
};

use super::{
    super::{Desk, PackSource, trouble::lost},
    keep,
};

/// Folder of the data folder in which a pack of its own lies.
pub const OWN_PACK: &str = "city";
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
    /// Names of what stays with another content.
    pub changed: Vec<String>,
    /// Names of what goes.
    pub gone: Vec<String>,
}

/// What was found in a pack.
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
    /// By what exactly this reading is known again; empty if it has faults.
    pub hash: String,
}

/// Where the pack lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackHome {
    /// The folder; none for the embedded pack.
    pub folder: Option<PathBuf>,
    /// Whether its files can be changed from here.
    pub writable: bool,
    /// Where a copy would lie that can; none without a data folder, or if this is the copy.
    pub own: Option<PathBuf>,
}

impl PackCheck {
    /// What a reading found, beside the pack that answers.
    pub(super) fn of(folder: Option<PathBuf>, read: Result<CityPack, PackFaults>, now: &CityPack) -> Self {
        match read {
            Err(faults) => {
                Self { folder, faults: faults.0.iter().map(ToString::to_string).collect(), ..Self::default() }
            }
            Ok(then) => Self {
                folder,
                warnings: then.warnings().iter().map(ToString::to_string).collect(),
                differences: differences(now, &then),
                same: then.hash == now.hash,
                hash: then.hash,
                faults: Vec::new(),
            },
        }
    }
}

impl Desk {
    /// Reads the pack's folder and compares it with the pack that answers; changes nothing.
    ///
    /// # Errors
    /// Not allowed.
    pub async fn check_pack(&self) -> Result<PackCheck, Fault> {
        self.actor().needs(Right::Admin)?;
        let now = self.city();
        let PackSource::Folder(dir) = self.pack_source() else {
            return Ok(PackCheck { same: true, ..PackCheck::default() });
        };
        let folder = Some(dir.clone());
        let read = tokio::task::spawn_blocking(move || CityPack::open(&dir));
        Ok(PackCheck::of(folder, read.await.map_err(|_| lost("reading the city pack"))?, &now))
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

    /// Where the pack lies and whether it can be changed from here.
    ///
    /// # Errors
    /// Not allowed.
    pub fn pack_home(&self) -> Result<PackHome, Fault> {
        self.actor().needs(Right::Admin)?;
        let own = self.room.config.data.as_ref().map(|data| data.join(OWN_PACK));
        Ok(match self.pack_source() {
            PackSource::Embedded => PackHome { folder: None, writable: false, own },
            PackSource::Folder(dir) => {
                PackHome { writable: keep::is_writable(&dir), own: own.filter(|own| *own != dir), folder: Some(dir) }
            }
        })
    }

    /// Copies the pack into the data folder and works with the copy from then on: at once, and after a
    /// start without `--city`.
    ///
    /// # Errors
    /// Not allowed, no data folder, or the copy cannot be written.
    pub async fn copy_pack(&self) -> Result<PathBuf, Fault> {
        // A task of its own: a browser that goes away, or a time limit, leaves nothing half done.
        let desk = self.clone();
        tokio::spawn(async move { desk.pack_copied().await }).await.map_err(|_| lost("copying the city pack"))?
    }

    async fn pack_copied(&self) -> Result<PathBuf, Fault> {
        let actor = self.actor();
        let Some(own) = self.pack_home()?.own else {
            return Err(Fault::invalid("城市包已在数据目录中,或此服务没有数据目录"));
        };
        {
            let _alone = self.room.replacing.lock().await;
            let (files, version, to) = (self.pack_files()?, self.version_name(), own.clone());
            let written = tokio::task::spawn_blocking(move || write_all(&to, &files, &version));
            written.await.map_err(|_| lost("copying the city pack"))??;
            self.room.pack.store(Arc::new(PackSource::Folder(own.clone())));
        }
        self.note(&actor, "pack_copied", own.display().to_string()).await?;
        self.reload_pack().await?;
        Ok(own)
    }

    pub(in super::super) fn pack_source(&self) -> PackSource {
        self.room.pack.load().as_ref().clone()
    }

    /// The files of the pack where it lies.
    pub(super) fn pack_files(&self) -> Result<PackFiles, Fault> {
        match self.pack_source() {
            PackSource::Folder(dir) => read_files(&dir).map_err(|faults| Fault::invalid(faults.to_string())),
            PackSource::Embedded => {
                let shipped = self.room.config.shipped;
                shipped.map(|files| files()).ok_or_else(|| Fault::invalid("内置城市包的文件不可用"))
            }
        }
    }

    /// Name of the version that a change replaces: time and hash of the pack that answers.
    pub(super) fn version_name(&self) -> String {
        let at = crate::domain::city_time(self.now()).strftime("%Y%m%d-%H%M%S").to_string();
        format!("{at}-{}", self.city().hash)
    }
}

/// Puts the files of a pack into a folder; what was there is kept as a version first. Not at one instant: a
/// process that is killed in between leaves a mixture that names its faults, and the version.
pub(super) fn write_all(dir: &std::path::Path, files: &PackFiles, version: &str) -> Result<(), Fault> {
    std::fs::create_dir_all(dir).map_err(|error| keep::told(dir, &error))?;
    let all: Vec<&str> = PACK_FILES.into_iter().chain(OPTIONAL_PACK_FILES).collect();
    if all.iter().any(|name| dir.join(name).exists()) {
        keep::keep(dir, &all, version)?;
    }
    for name in all {
        match files.get(name) {
            Some(bytes) => keep::replace(dir, name, bytes)?,
            None => {
                let path = dir.join(name);
                if path.exists() {
                    std::fs::remove_file(&path).map_err(|error| keep::told(&path, &error))?;
                }
            }
        }
    }
    Ok(())
}

/// The parts of two packs that differ.
fn differences(now: &CityPack, then: &CityPack) -> Vec<PackDifference> {
    type Part = fn(&CityPack) -> BTreeMap<String, String>;
    /// Name and content of each entry, so that a changed one shows too.
    fn entries<T: std::fmt::Debug>(list: &[T], name: impl Fn(&T) -> String) -> BTreeMap<String, String> {
        list.iter().map(|entry| (name(entry), format!("{entry:?}"))).collect()
    }
    fn days(pack: &CityPack) -> BTreeMap<String, String> {
        let free = pack.calendar.holidays.iter().map(|(day, name)| (day.to_string(), format!("休 {name}")));
        free.chain(pack.calendar.workdays.iter().map(|(day, name)| (day.to_string(), format!("班 {name}")))).collect()
    }
    fn limit(of: &crate::city::Deadline) -> String {
        let level = of.urgency.map(|u| u.code().to_owned());
        level.or_else(|| of.appeal_type.map(|t| t.label().to_owned())).unwrap_or_default()
    }
    let parts: [(&'static str, Part); 10] = [
        ("类别", |p| entries(p.taxonomy.categories(), |c| format!("{} {}/{}", c.code, c.level1, c.level2))),
        ("单位", |p| entries(&p.departments, |d| d.name.clone())),
        ("区域", |p| entries(&p.regions, |r| format!("{}{}", r.district, r.town.as_deref().unwrap_or("")))),
        ("词条", |p| entries(&p.dictionary, |w| w.word.clone())),
        ("停用词", |p| entries(&p.stop_words, Clone::clone)),
        ("同义词组", |p| entries(&p.synonyms, |g| g.words.join("、"))),
        ("急度规则", |p| entries(&p.rules, |r| r.id.clone())),
        ("办理时限", |p| entries(&p.deadlines, limit)),
        ("日历", days),
        ("五要素", |p| entries(&p.elements, |e| e.element.label().to_owned())),
    ];
    let of = |(part, read): (&'static str, Part)| {
        let (now, then) = (read(now), read(then));
        let beyond = |a: &BTreeMap<String, String>, b: &BTreeMap<String, String>| {
            a.keys().filter(|name| !b.contains_key(*name)).cloned().collect::<Vec<_>>()
        };
        let other = now.iter().filter(|(name, content)| then.get(*name).is_some_and(|then| then != *content));
        let short = |mut names: Vec<String>| {
            let more = names.len().saturating_sub(NAMED);
            names.truncate(NAMED);
            names.extend((more > 0).then(|| format!("等 {} 项", more + NAMED)));
            names
        };
        let changed = short(other.map(|(name, _)| name.clone()).collect());
        let (added, gone) = (short(beyond(&then, &now)), short(beyond(&now, &then)));
        PackDifference { part, now: now.len(), then: then.len(), added, changed, gone }
    };
    let differs = |d: &PackDifference| !(d.added.is_empty() && d.changed.is_empty() && d.gone.is_empty());
    parts.into_iter().map(of).filter(differs).collect()
}
