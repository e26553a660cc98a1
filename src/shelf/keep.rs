//! Bundles on the shelf: added whole, found by id, removed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::model::{BUNDLE_FILES, Bundle, BundleFiles};

use super::{
    About, Chosen, Shelf, ShelfError,
    aside::{self, ASIDE, failed},
};

const ABOUT: &str = "about.json";

/// A bundle on the shelf.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Its id.
    pub id: String,
    /// Its folder.
    pub dir: PathBuf,
    /// Bytes of its files.
    pub bytes: u64,
    /// Where it came from; none if nobody wrote it down.
    pub about: Option<About>,
}

/// A folder's name for an id: the name part is free text of whoever trained it.
fn folder_name(id: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || "-_.@".contains(c) { c } else { '_' };
    let name: String = id.chars().map(safe).collect();
    if name.starts_with('.') { format!("_{name}") } else { name }
}

impl Shelf {
    /// All bundles, oldest first; what a killed process left half-way is none.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self) -> Result<Vec<Kept>, ShelfError> {
        let mut all = Vec::new();
        if !self.root().exists() {
            return Ok(all);
        }
        for entry in fs::read_dir(self.root()).map_err(|e| failed(self.root(), e))? {
            let dir = entry.map_err(|e| failed(self.root(), e))?.path();
            let name = dir.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            if name.starts_with('.') || !dir.is_dir() {
                continue;
            }
            let size = |file: &str| fs::metadata(dir.join(file)).map_or(0, |m| m.len());
            let about = fs::read(dir.join(ABOUT)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
            all.push(Kept { id: name, bytes: BUNDLE_FILES.into_iter().map(size).sum(), about, dir });
        }
        all.sort_by_key(|k| (k.about.as_ref().and_then(|a| a.at), k.id.clone()));
        Ok(all)
    }

    /// A bundle by its id or the beginning of it.
    ///
    /// # Errors
    /// None or several are called so.
    pub fn find(&self, name: &str) -> Result<Kept, ShelfError> {
        let mut all = self.list()?;
        if let Some(at) = all.iter().position(|k| k.id == name) {
            return Ok(all.swap_remove(at));
        }
        let matching = |k: &&Kept| {
            let hash = k.id.rsplit_once('@').map_or("", |(_, hash)| hash);
            !name.is_empty() && (k.id.starts_with(name) || hash.starts_with(name))
        };
        let may: Vec<&Kept> = all.iter().filter(matching).collect();
        match may.as_slice() {
            [one] => Ok((*one).clone()),
            [] => Err(ShelfError::Absent { name: name.to_owned(), here: all.iter().map(|k| k.id.clone()).collect() }),
            several => Err(ShelfError::Ambiguous {
                name: name.to_owned(),
                may: several.iter().map(|k| k.id.clone()).collect(),
            }),
        }
    }

    /// Opens a bundle of the shelf and checks that its files are those that its id names.
    ///
    /// # Errors
    /// It cannot be opened, or was changed.
    pub fn opened(&self, id: &str) -> Result<Bundle, ShelfError> {
        let dir = self.root().join(folder_name(id));
        let unfit = |error| ShelfError::Bundle { id: id.to_owned(), error };
        let bundle = Bundle::open(&dir).and_then(Bundle::for_triage).map_err(unfit)?;
        if folder_name(bundle.id()) != folder_name(id) {
            let found = bundle.id().to_owned();
            return Err(ShelfError::Changed { path: dir.display().to_string(), id: id.to_owned(), found });
        }
        Ok(bundle)
    }

    /// Copies a bundle folder onto the shelf. One that is there already and sound stays as it is.
    ///
    /// # Errors
    /// It cannot be opened, or the shelf cannot be written (then nothing is left of it).
    pub fn add(&self, dir: &Path, about: About) -> Result<Kept, ShelfError> {
        let mut files = BundleFiles::new();
        for name in BUNDLE_FILES {
            let path = dir.join(name);
            files.insert(name.to_owned(), fs::read(&path).map_err(|e| failed(&path, e))?.into());
        }
        self.keep(&files, about)
    }

    /// As [`Shelf::add`], from files in memory.
    ///
    /// # Errors
    /// As [`Shelf::add`].
    pub fn keep(&self, files: &BundleFiles, about: About) -> Result<Kept, ShelfError> {
        let of_files = |error| ShelfError::Bundle { id: "to be added".into(), error };
        let id = Bundle::from_files(files).and_then(Bundle::for_triage).map_err(of_files)?.id().to_owned();
        let name = folder_name(&id);
        let _lock = aside::lock(self.root())?;
        if self.opened(&id).is_err() {
            let about = serde_json::to_vec_pretty(&about).map_err(|e| failed(self.root(), e))?;
            let mut all: Vec<(&str, &[u8])> = BUNDLE_FILES
                .into_iter()
                .filter_map(|name| files.get(name).map(|bytes| (name, bytes.as_ref())))
                .collect();
            all.push((ABOUT, &about));
            aside::folder(self.root(), &name, &all)?;
        }
        self.find(&name)
    }

    /// Removes a bundle. The one that answers stays; so does everything in the journal.
    ///
    /// # Errors
    /// There is none, it answers, or it cannot be removed.
    pub fn remove(&self, name: &str) -> Result<Kept, ShelfError> {
        let kept = self.find(name)?;
        let _lock = aside::lock(self.root())?;
        if self.standing()?.bundle == Chosen::Kept(kept.id.clone()) {
            return Err(ShelfError::Answers(kept.id));
        }
        let gone = self.root().join(format!("{ASIDE}{}.gone", kept.id));
        fs::rename(&kept.dir, &gone).map_err(|e| failed(&kept.dir, e))?;
        fs::remove_dir_all(&gone).map_err(|e| failed(&gone, e))?;
        Ok(kept)
    }
}
