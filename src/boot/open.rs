//! Opens store, index, pack and bundle, and puts the desk together.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use tracing::{info, warn};

use crate::{
    city::CityPack,
    desk::{Clock, Desk, IndexSlot, PackSource, Parts},
    infer::Infer,
    model::Bundle,
    search::SearchError,
    shelf::Shelf,
    store::{SqliteStore, Store},
    triage::Triager,
};

use super::{BootError, CitySource, Config, ModelSource, embedded_bundle, embedded_pack};

/// An opened service.
#[derive(Debug)]
pub struct Opened {
    /// The use cases.
    pub desk: Desk,
    /// Whether a running service keeps the index, so that this process does not write to it.
    pub beside_service: bool,
    /// Folder of the stand-in index; removed with this value.
    _stand_in: Option<StandIn>,
}

/// An index folder that nobody will search.
#[derive(Debug)]
struct StandIn(PathBuf);

impl Drop for StandIn {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Pack and bundle, ready to answer.
///
/// # Errors
/// The pack or the bundle cannot be used.
pub fn load_triager(city: &CitySource, model: &ModelSource) -> Result<Triager, BootError> {
    let pack = load_pack(city)?;
    let bundle = load_bundle(model)?;
    let triager = Triager::new(Arc::new(pack), bundle);
    for mismatch in triager.mismatches() {
        warn!(mismatch, "bundle and city pack differ");
    }
    Ok(triager)
}

/// The city pack alone.
///
/// # Errors
/// The pack has faults.
pub fn load_pack(city: &CitySource) -> Result<CityPack, BootError> {
    let (dir, pack) = match city {
        CitySource::Embedded => ("(embedded)".to_owned(), CityPack::parse(&embedded_pack())),
        CitySource::Folder(dir) => (dir.display().to_string(), CityPack::open(dir)),
    };
    pack.map_err(|faults| BootError::Pack { dir, faults })
}

/// The bundle alone; none if there is none to be had. What is wrong with the active bundle of a data
/// folder goes to the log: another one answers then.
///
/// # Errors
/// A named folder, or the embedded bundle, cannot be used.
pub fn load_bundle(model: &ModelSource) -> Result<Option<Arc<Bundle>>, BootError> {
    match model {
        ModelSource::None => Ok(None),
        ModelSource::Folder(dir) => {
            let named = |error| BootError::Model { dir: dir.display().to_string(), error };
            Bundle::open(dir).and_then(Bundle::for_triage).map(|bundle| Some(Arc::new(bundle))).map_err(named)
        }
        ModelSource::Embedded => embedded(),
        ModelSource::Shelf(data) => super::models::active(&Shelf::of(data)).map(|(bundle, _)| bundle),
    }
}

/// The bundle in the binary; none in a build without one.
pub(super) fn embedded() -> Result<Option<Arc<Bundle>>, BootError> {
    let files = embedded_bundle();
    if !files.contains_key("config.json") {
        warn!("this build carries no bundle; the pack's rules answer alone");
        return Ok(None);
    }
    let named = |error| BootError::Model { dir: "(embedded)".to_owned(), error };
    Bundle::from_files(&files).map(|bundle| Some(Arc::new(bundle))).map_err(named)
}

/// The store of a data folder, for commands that need nothing else. It must be there already and of this program's
/// schema: a command that only looks does not change it under a service of an older program.
///
/// # Errors
/// There is none, it is of another schema, or it cannot be opened.
pub async fn open_store(data: &Path) -> Result<Arc<dyn Store>, BootError> {
    let store = open_as_is(data).await?;
    current(&store, data).await?;
    Ok(Arc::new(store))
}

/// As [`open_store`], of whatever schema: to copy it before an upgrade, and to read the audit.
pub(super) async fn open_as_is(data: &Path) -> Result<SqliteStore, BootError> {
    let path = data.join("tingsu.db");
    if !path.exists() {
        let why = "其中没有数据库;请先导入,或用 --data 指明目录".to_owned();
        return Err(BootError::Data { dir: data.display().to_string(), why });
    }
    Ok(SqliteStore::open_as_is(&path).await?)
}

async fn current(store: &SqliteStore, data: &Path) -> Result<(), BootError> {
    if store.is_up_to_date().await? {
        return Ok(());
    }
    let why = "数据库由较早版本的程序建立;新版服务启动时会自动升级,在此之前请用原来的程序".to_owned();
    Err(BootError::Data { dir: data.display().to_string(), why })
}

/// The audit of a data folder, to be read only.
///
/// # Errors
/// There is none, or it cannot be opened.
pub async fn open_audit(data: &Path) -> Result<Arc<dyn Store>, BootError> {
    Ok(Arc::new(open_as_is(data).await?))
}

/// Opens everything under the data folder. The service starts without a usable bundle only if it was
/// told so (`--model none`): an operator must not lose suggestions unnoticed.
///
/// # Errors
/// Names the part that cannot be opened and what to do.
pub async fn open(config: &Config) -> Result<Opened, BootError> {
    let triager = prepare(config)?;
    let index = index(&config.data.join("index"), &triager)?;
    finish(config, triager, index, Beside::Nobody).await
}

/// As [`open`], but also while a service runs on the same folder: the index is then left to the
/// service, which takes up what is stored here by itself (invariant 2).
///
/// # Errors
/// As [`open`].
pub async fn open_beside(config: &Config) -> Result<Opened, BootError> {
    let triager = prepare(config)?;
    match index(&config.data.join("index"), &triager) {
        Ok(index) => finish(config, triager, index, Beside::Nobody).await,
        Err(SearchError::Locked(_)) => {
            let dir = config.data.join(format!("index-unused-{}", std::process::id()));
            let stand_in = StandIn(dir.clone());
            let index = index(&dir, &triager)?;
            finish(config, triager, index, Beside::Service(Some(stand_in))).await
        }
        Err(error) => Err(error.into()),
    }
}

/// As [`open`], but while a service runs on the same folder its index is only read: for commands that
/// search and look. [`Desk::wait_for_index`] then takes up what the service indexes.
///
/// # Errors
/// As [`open`]; also if the service runs with another city pack.
pub async fn open_reading(config: &Config) -> Result<Opened, BootError> {
    let triager = prepare(config)?;
    match index(&config.data.join("index"), &triager) {
        Ok(index) => finish(config, triager, index, Beside::Nobody).await,
        Err(SearchError::Locked(_)) => {
            let segmenter = triager.analyser.segmenter.clone();
            let index = IndexSlot::open_reading(&config.data.join("index"), segmenter, &triager.pack.dictionary_hash)?;
            finish(config, triager, index, Beside::Service(None)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether a service runs on the data folder: it holds the index.
pub(super) fn is_served(config: &Config) -> Result<bool, BootError> {
    let triager = load_triager(&config.city, &ModelSource::None)?;
    match index(&config.data.join("index"), &triager) {
        Err(SearchError::Locked(_)) => Ok(true),
        // An index that cannot be opened is nobody's, and is removed anyway.
        Ok(_) | Err(_) => Ok(false),
    }
}

/// Whether a service runs on the same folder, and the index folder that stands in for its index.
enum Beside {
    Nobody,
    Service(Option<StandIn>),
}

fn prepare(config: &Config) -> Result<Arc<Triager>, BootError> {
    let data_error =
        |why: std::io::Error| BootError::Data { dir: config.data.display().to_string(), why: why.to_string() };
    let triager = Arc::new(load_triager(&config.city, &config.model)?);
    data_folder(&config.data).map_err(data_error)?;
    Ok(triager)
}

/// Makes the data folder if there is none; it is the service's account's alone.
pub(super) fn data_folder(dir: &Path) -> std::io::Result<()> {
    let mut made = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut made, 0o700);
    made.recursive(true).create(dir)
}

fn index(dir: &Path, triager: &Triager) -> Result<IndexSlot, SearchError> {
    IndexSlot::open(dir, triager.analyser.segmenter.clone(), &triager.pack.dictionary_hash)
}

async fn finish(config: &Config, triager: Arc<Triager>, index: IndexSlot, beside: Beside) -> Result<Opened, BootError> {
    let path = config.data.join("tingsu.db");
    let store = match beside {
        Beside::Nobody => SqliteStore::open(&path).await?,
        Beside::Service(_) => {
            let store = SqliteStore::open_as_is(&path).await?;
            current(&store, &config.data).await?;
            store
        }
    };
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
    Ok(match beside {
        Beside::Nobody => {
            desk.take_over().await?;
            Opened { desk, beside_service: false, _stand_in: None }
        }
        Beside::Service(stand_in) => Opened { desk, beside_service: true, _stand_in: stand_in },
    })
}
