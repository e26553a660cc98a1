//! The one that answers: chosen, gone back from, opened.

use std::fs;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::Bundle;

use super::{
    Chosen, Shelf, ShelfError,
    aside::{self, failed},
    journal::{Act, Entry, Why},
};

const POINTER: &str = "active.json";
/// Version of the pointer's file.
const VERSION: u32 = 1;
/// So many earlier ones can be gone back to.
const DEPTH: usize = 20;

/// The file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Pointer {
    version: u32,
    pub(super) entry: Entry,
    /// What answered before, the last one last.
    before: Vec<Chosen>,
}

/// What is to answer, and what a rollback would bring back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// The one that is to answer.
    pub bundle: Chosen,
    /// The change that made it so; none if there never was one.
    pub entry: Option<Entry>,
    /// What answered before, the last one last.
    pub before: Vec<Chosen>,
    /// Why the pointer itself could not be read, if so: the rest then comes from the journal.
    pub trouble: Option<String>,
}

/// What could be opened.
#[derive(Debug)]
pub struct Opened {
    /// The bundle; none means the embedded one.
    pub bundle: Option<Bundle>,
    /// Which it is.
    pub chosen: Chosen,
    /// What was wrong with those that should have answered instead, for a loud warning.
    pub troubles: Vec<String>,
}

impl Shelf {
    pub(super) fn pointer_alone(&self) -> Result<Option<Pointer>, ShelfError> {
        let path = self.root().join(POINTER);
        if !path.exists() {
            return Ok(None);
        }
        let bytes = fs::read(&path).map_err(|e| failed(&path, e))?;
        let pointer: Pointer = serde_json::from_slice(&bytes).map_err(|e| failed(&path, e))?;
        if pointer.version > VERSION {
            let why = format!("written by a newer program (version {}): use that one", pointer.version);
            return Err(failed(&path, why));
        }
        Ok(Some(pointer))
    }

    /// What is to answer. A pointer that cannot be read is replaced by the journal's last word.
    ///
    /// # Errors
    /// The journal cannot be read either.
    pub fn standing(&self) -> Result<Standing, ShelfError> {
        match self.pointer_alone() {
            Ok(None) => Ok(Standing::default()),
            Ok(Some(Pointer { entry, before, .. })) => {
                Ok(Standing { bundle: entry.bundle.clone(), entry: Some(entry), before, trouble: None })
            }
            Err(error) => {
                let mut standing = Standing { trouble: Some(error.to_string()), ..Standing::default() };
                for entry in self.journal_alone()? {
                    follow(&mut standing, entry);
                }
                Ok(standing)
            }
        }
    }

    /// Differs whenever another bundle is to answer: a few hundred bytes, to be compared.
    pub fn stamp(&self) -> Vec<u8> {
        fs::read(self.root().join(POINTER)).unwrap_or_default()
    }

    /// Makes a bundle answer. The caller has checked that it may.
    ///
    /// # Errors
    /// It cannot be opened, answers already, or the pointer cannot be written: then the old one answers.
    pub fn activate(&self, bundle: Chosen, why: Why) -> Result<Entry, ShelfError> {
        let _lock = aside::lock(self.root())?;
        let standing = self.standing()?;
        if standing.bundle == bundle && standing.trouble.is_none() {
            return Err(ShelfError::Already(bundle.to_string()));
        }
        if let Chosen::Kept(id) = &bundle {
            self.opened(id)?;
        }
        self.point(standing, Act::Activate, bundle, why)
    }

    /// Makes the bundle before answer again. One that is gone or damaged is passed over.
    ///
    /// # Errors
    /// Nothing answered before, or the pointer cannot be written: then the present one answers.
    pub fn rollback(&self, why: Why) -> Result<Entry, ShelfError> {
        let _lock = aside::lock(self.root())?;
        let standing = self.standing()?;
        let sound = |chosen: &&Chosen| match chosen {
            Chosen::Embedded => true,
            Chosen::Kept(id) => self.opened(id).is_ok(),
        };
        let bundle = standing.before.iter().rev().find(sound).cloned().ok_or(ShelfError::First)?;
        self.point(standing, Act::Rollback, bundle, why)
    }

    fn point(&self, mut standing: Standing, act: Act, bundle: Chosen, why: Why) -> Result<Entry, ShelfError> {
        let about = match &bundle {
            Chosen::Embedded => None,
            Chosen::Kept(id) => self.find(id).ok().and_then(|k| k.about),
        };
        let earlier = standing.entry.clone();
        let entry = Entry {
            n: earlier.as_ref().map_or(0, |e| e.n) + 1,
            at: Timestamp::now(),
            act,
            who: why.who,
            reason: why.reason,
            forced: why.forced,
            bundle,
            instead_of: standing.bundle.clone(),
            about,
            compared: why.compared,
        };
        follow(&mut standing, entry.clone());
        // The pointer holds one change alone: the last one must be in the journal before this one takes its place, or
        // two processes killed one after the other would lose it.
        if let Some(last) = &earlier
            && let Err(error) = self.note(None, last)
        {
            tracing::warn!(%error, "the last change of the model is not in the journal yet");
        }
        let pointer = Pointer { version: VERSION, entry: entry.clone(), before: standing.before };
        let bytes = serde_json::to_vec_pretty(&pointer).map_err(|e| failed(self.root(), e))?;
        aside::replace(self.root(), POINTER, &bytes)?;
        // The pointer stands: a journal that cannot be written is made good by the next change.
        if let Err(error) = self.note(earlier.as_ref(), &entry) {
            tracing::warn!(%error, "the change of the model stands but is not in the journal yet");
        }
        Ok(entry)
    }

    /// Opens what is to answer; if that cannot be, the last one before it that can, and at last the
    /// embedded one.
    pub fn open(&self) -> Opened {
        let mut troubles = Vec::new();
        let standing = self.standing().unwrap_or_else(|error| {
            troubles.push(error.to_string());
            Standing::default()
        });
        troubles.extend(standing.trouble);
        for chosen in [standing.bundle].into_iter().chain(standing.before.into_iter().rev()) {
            let Chosen::Kept(id) = &chosen else {
                return Opened { bundle: None, chosen, troubles };
            };
            match self.opened(id) {
                Ok(bundle) => return Opened { bundle: Some(bundle), chosen, troubles },
                Err(error) => troubles.push(error.to_string()),
            }
        }
        Opened { bundle: None, chosen: Chosen::Embedded, troubles }
    }
}

/// The state after a change.
fn follow(standing: &mut Standing, entry: Entry) {
    match entry.act {
        Act::Activate => standing.before.push(entry.instead_of.clone()),
        Act::Rollback => {
            // everything after the one that is brought back is gone
            while let Some(last) = standing.before.pop() {
                if last == entry.bundle {
                    break;
                }
            }
        }
    }
    let most = standing.before.len().saturating_sub(DEPTH);
    standing.before.drain(..most);
    standing.bundle = entry.bundle.clone();
    standing.entry = Some(entry);
}
