//! A changed city pack, or another bundle, is taken without a restart: whole, or not at all.

use std::{
    fmt, fs,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tracing::{info, warn};

use crate::{
    city::{CityPack, PackFaults},
    domain::Fault,
    model::Bundle,
    triage::Triager,
};

use super::{Desk, trouble::lost};

/// How often the folder is looked at: a change is live within 5 s.
const LOOK: Duration = Duration::from_secs(1);

/// Where the pack comes from.
#[derive(Clone)]
pub enum PackSource {
    /// Embedded in the binary: never changes.
    Embedded,
    /// A folder, watched.
    Folder(PathBuf),
}

impl fmt::Debug for PackSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PackSource::Embedded => f.write_str("embedded"),
            PackSource::Folder(dir) => write!(f, "{}", dir.display()),
        }
    }
}

impl Desk {
    /// Reads the pack again. If it is sound and new, everything after this call is answered by it; a
    /// pack with faults changes nothing. Returns whether a new pack answers.
    ///
    /// # Errors
    /// All faults of the pack, or the index of the new dictionary cannot be started.
    pub async fn reload_pack(&self) -> Result<bool, Fault> {
        let _alone = self.room.replacing.lock().await;
        let PackSource::Folder(dir) = self.pack_source() else { return Ok(false) };
        let current = self.room.infer.current();
        let (bundle, memory) = (current.bundle.clone(), current.memory.clone());
        let (old, dictionary) = (current.pack.hash.clone(), current.pack.dictionary_hash.clone());
        drop(current);
        let read = tokio::task::spawn_blocking(move || -> Result<Option<Arc<Triager>>, PackFaults> {
            let pack = CityPack::open(&dir)?;
            Ok((pack.hash != old).then(|| Arc::new(Triager::new(Arc::new(pack), bundle).remembering(memory))))
        })
        .await
        .map_err(|_| lost("reading the city pack"))?;
        match read {
            Ok(None) => {
                self.room.pack_faults.store(None);
                Ok(false)
            }
            Ok(Some(triager)) => {
                if triager.pack.dictionary_hash != dictionary {
                    self.room.index.begin(triager.analyser.segmenter.clone(), &triager.pack.dictionary_hash)?;
                }
                self.room.index.set_synonyms(triager.pack.searched_alike());
                info!(pack = %triager.pack.hash, "a new city pack answers");
                self.room.infer.replace(triager);
                self.room.pack_faults.store(None);
                self.room.changed.notify_waiters();
                Ok(true)
            }
            Err(faults) => {
                let lines: Vec<String> =
                    faults.0.iter().map(|f| format!("{}:{}: {}", f.file, f.line, f.message)).collect();
                let fault = Fault::invalid(format!("the city pack has {} faults; the old one stays", lines.len()));
                self.room.pack_faults.store(Some(Arc::new(lines)));
                Err(fault)
            }
        }
    }

    /// Id of the bundle that answers now; none if the pack's rules answer alone.
    pub fn model(&self) -> Option<String> {
        self.room.infer.current().bundle.as_ref().map(|b| b.id().to_owned())
    }

    /// Lets another bundle answer, with the present pack. Requests that are computed finish on the old
    /// one; none is dropped.
    ///
    /// # Errors
    /// Only a defect of ours.
    pub async fn use_bundle(&self, bundle: Option<Arc<Bundle>>) -> Result<(), Fault> {
        let _alone = self.room.replacing.lock().await;
        let pack = self.city();
        let triager = tokio::task::spawn_blocking(move || Triager::new(pack, bundle))
            .await
            .map_err(|_| lost("putting the model in place"))?;
        for mismatch in triager.mismatches() {
            warn!(mismatch, "bundle and city pack differ");
        }
        self.room.infer.replace(Arc::new(triager));
        Ok(())
    }

    /// Keeps what is wrong with the bundle that should answer, for health; nothing clears it.
    pub fn note_model_troubles(&self, troubles: Vec<String>) {
        self.room.model_troubles.store((!troubles.is_empty()).then(|| Arc::new(troubles)));
    }

    pub(super) async fn watch_pack(&self) {
        let mut seen = stamp(&self.pack_source());
        loop {
            tokio::time::sleep(LOOK).await;
            let now = stamp(&self.pack_source());
            if now != seen {
                seen = now;
                if let Err(fault) = self.reload_pack().await {
                    warn!(message = %fault.message, "the city pack on disk was not taken; see health");
                }
            }
        }
    }
}

/// Names, sizes and times of the pack's files: cheap to compare.
fn stamp(source: &PackSource) -> Vec<(PathBuf, u64, Option<SystemTime>)> {
    let PackSource::Folder(dir) = source else { return Vec::new() };
    let mut files: Vec<_> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let meta = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((entry.path(), meta.len(), meta.modified().ok()))
        })
        .collect();
    files.sort();
    files
}
