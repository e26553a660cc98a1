//! Opens store, index, pack and bundle, and puts the desk together.

use std::{fs, sync::Arc};

use tracing::{info, warn};

use crate::{
    city::CityPack,
    desk::{Clock, Desk, IndexSlot, PackSource, Parts},
    infer::Infer,
    model::Bundle,
    store::SqliteStore,
    triage::Triager,
};

use super::{BootError, CitySource, Config, ModelSource, embedded_bundle, embedded_pack};

/// An opened service.
#[derive(Debug)]
pub struct Opened {
    /// The use cases.
    pub desk: Desk,
}

/// Pack and bundle, ready to answer.
///
/// # Errors
/// The pack or the bundle cannot be used.
pub fn load_triager(city: &CitySource, model: &ModelSource) -> Result<Triager, BootError> {
    let (dir, pack) = match city {
        CitySource::Embedded => ("(embedded)".to_owned(), CityPack::parse(&embedded_pack())),
        CitySource::Folder(dir) => (dir.display().to_string(), CityPack::open(dir)),
    };
    let pack = pack.map_err(|faults| BootError::Pack { dir, faults })?;
    let bundle = match model {
        ModelSource::None => None,
        ModelSource::Folder(dir) => Some((dir.display().to_string(), Bundle::open(dir))),
        ModelSource::Embedded => {
            let files = embedded_bundle();
            if !files.contains_key("config.json") {
                warn!("this build carries no bundle; the pack's rules answer alone");
                None
            } else {
                Some(("(embedded)".to_owned(), Bundle::from_files(&files)))
            }
        }
    };
    let bundle = match bundle {
        None => None,
        Some((_, Ok(bundle))) => Some(Arc::new(bundle)),
        Some((dir, Err(error))) => return Err(BootError::Model { dir, error }),
    };
    let triager = Triager::new(Arc::new(pack), bundle);
    for mismatch in triager.mismatches() {
        warn!(mismatch, "bundle and city pack differ");
    }
    Ok(triager)
}

/// Opens everything under the data folder. The service starts without a usable bundle only if it was
/// told so (`--model none`): an operator must not lose suggestions unnoticed.
///
/// # Errors
/// Names the part that cannot be opened and what to do.
pub async fn open(config: &Config) -> Result<Opened, BootError> {
    let data_error =
        |why: std::io::Error| BootError::Data { dir: config.data.display().to_string(), why: why.to_string() };
    fs::create_dir_all(&config.data).map_err(data_error)?;
    let triager = Arc::new(load_triager(&config.city, &config.model)?);
    let store = SqliteStore::open(&config.data.join("tingsu.db")).await?;
    let index =
        IndexSlot::open(&config.data.join("index"), triager.analyser.segmenter.clone(), &triager.pack.dictionary_hash)?;
    info!(
        data = %config.data.display(),
        pack = %triager.pack.hash,
        model = triager.bundle.as_ref().map_or("none", |b| b.id()),
        "opened"
    );
    let desk = Desk::new(Parts {
        store: Arc::new(store),
        index,
        infer: Infer::start(triager, config.infer),
        pack: match &config.city {
            CitySource::Embedded => PackSource::Embedded,
            CitySource::Folder(dir) => PackSource::Folder(dir.clone()),
        },
        clock: Clock::system(),
        config: config.desk.clone(),
    });
    Ok(Opened { desk })
}
