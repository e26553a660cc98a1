//! The desk itself: its parts, its clock, its limits.

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, Instant},
};

use arc_swap::{ArcSwap, ArcSwapOption};
use jiff::Timestamp;
use tokio::sync::{Mutex, Notify};

use crate::{
    city::{CityPack, PackFiles},
    domain::Actor,
    infer::Infer,
    insight::Picture,
    model::BundleFiles,
    outbound::Chat,
    store::Store,
};

use super::{
    Health, Hot, IndexSlot, PackSource, Schedule,
    accounts::{Persons, Readings, Verifying},
    complete::Names,
    quality::Comparing,
    trends::{Ahead, Counted},
    upkeep::Copying,
};

/// Where "now" comes from: the system, or a fixed point in tests.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Arc::new(Timestamp::now))
    }

    /// Any other source of time.
    pub fn of(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// Limits of the use cases.
#[derive(Clone, Debug)]
pub struct DeskConfig {
    /// How long intake waits for a suggestion before it stores the appeal without one.
    pub triage_deadline: Duration,
    /// How long intake waits for similar cases.
    pub similar_deadline: Duration,
    /// Characters of title and text together at most.
    pub max_chars: usize,
    /// Similar cases shown with a new appeal.
    pub similar: usize,
    /// Folder of the decided cases' vectors; none computes them again after each start.
    pub vectors: Option<PathBuf>,
    /// When briefs are made by themselves.
    pub briefs: Vec<Schedule>,
    /// The language model that may be asked for other words; none unless the configuration names one.
    pub chat: Option<Chat>,
    /// The data folder: for backups and the shelf of bundles.
    pub data: Option<PathBuf>,
    /// The files of the pack that came with the program, for copying them.
    pub shipped: Option<fn() -> PackFiles>,
    /// The files of the bundle that came with the program, for comparing it.
    pub bundle: Option<fn() -> BundleFiles>,
    /// How often the files of the index are read and compared with their checksums.
    pub index_check: Duration,
    /// A session that is not used for so long is over.
    pub session_idle: Duration,
    /// A session is over after so long, used or not.
    pub session_life: Duration,
}

impl Default for DeskConfig {
    fn default() -> Self {
        Self {
            triage_deadline: Duration::from_millis(800),
            similar_deadline: Duration::from_millis(300),
            max_chars: 100_000,
            similar: 5,
            vectors: None,
            briefs: Vec::new(),
            chat: None,
            data: None,
            shipped: None,
            bundle: None,
            index_check: Duration::from_secs(3_600),
            session_idle: Duration::from_secs(3_600),
            session_life: Duration::from_secs(12 * 3_600),
        }
    }
}

/// What a desk is made of. Only `boot` (and tests) put these together.
#[derive(Debug)]
pub struct Parts {
    /// The truth.
    pub store: Arc<dyn Store>,
    /// The search index.
    pub index: IndexSlot,
    /// The inference room with the city pack and the bundle.
    pub infer: Infer,
    /// Where the pack comes from, for reloading.
    pub pack: PackSource,
    /// Time.
    pub clock: Clock,
    /// Limits.
    pub config: DeskConfig,
}

#[derive(Debug)]
pub(super) struct Room {
    pub(super) store: Arc<dyn Store>,
    pub(super) index: IndexSlot,
    pub(super) infer: Infer,
    /// Where the pack comes from; another folder once it was copied into the data folder.
    pub(super) pack: ArcSwap<PackSource>,
    pub(super) clock: Clock,
    pub(super) config: DeskConfig,
    /// Rung after every change, so that followers do not have to wait for their next look.
    pub(super) changed: Notify,
    /// Faults of the last pack that could not be taken.
    pub(super) pack_faults: ArcSwapOption<Vec<String>>,
    /// What is wrong with the bundle that should answer.
    pub(super) model_troubles: ArcSwapOption<Vec<String>>,
    /// Held while pack or bundle is replaced, so that neither undoes the other.
    pub(super) replacing: Mutex<()>,
    /// Names of the pack for suggestions, made when first asked for.
    pub(super) names: ArcSwapOption<Names>,
    /// Who is behind the accounts, as last read, and when.
    pub(super) persons: ArcSwapOption<(Instant, Arc<Persons>)>,
    /// One password is checked at a time, so that guesses in parallel are counted one by one.
    pub(super) checking: Mutex<()>,
    /// Counts changes of what people reach, for followers that have it made ready.
    pub(super) reaches_changed: AtomicU64,
    /// Readings of personal data that wait for their lines in the audit.
    pub(super) readings: Readings,
    /// Held by the comparison of two bundles that runs.
    pub(super) compares: Arc<Mutex<()>>,
    /// That comparison, or the last one.
    pub(super) comparing: ArcSwapOption<Comparing>,
    /// Held by whoever makes or reads a backup.
    pub(super) copies: Arc<Mutex<()>>,
    /// The backup that is made or read, or the last one.
    pub(super) copying: ArcSwapOption<Copying>,
    /// Held by whoever checks the audit.
    pub(super) verifies: Arc<Mutex<()>>,
    /// That check, or the last one.
    pub(super) verifying: ArcSwapOption<Verifying>,
    /// State of the parts as last seen, and when; whoever asks anew holds the other.
    pub(super) seen: ArcSwapOption<(Instant, Arc<Health>)>,
    pub(super) seeing: Mutex<()>,
    /// What is happening, as last seen.
    pub(super) hot: ArcSwapOption<Hot>,
    /// Held while the parents are read and shown.
    pub(super) parents: Mutex<()>,
    /// Tickets by day, as last counted.
    pub(super) day_counts: Mutex<Option<Counted>>,
    /// Next week's ranges, as last made.
    pub(super) trends: Mutex<Option<Ahead>>,
    /// What a leader and a supervisor look at, as last made.
    pub(super) oversight: super::oversight::Kept,
    /// Counts beside lists, as last made.
    pub(super) counted: std::sync::Mutex<super::counts::Counted>,
    /// The same with what is needed to take further appeals in; locked for moments only, by blocking threads.
    pub(super) picture: std::sync::Mutex<Option<Picture>>,
}

/// The desk: all use cases. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Desk {
    pub(super) room: Arc<Room>,
    /// Who sits at it; none is the service itself.
    pub(super) actor: Option<Arc<Actor>>,
}

impl Desk {
    /// A desk of its parts.
    pub fn new(parts: Parts) -> Self {
        let Parts { store, index, infer, pack, clock, config } = parts;
        index.set_synonyms(infer.current().pack.searched_alike());
        let room = Room {
            store,
            index,
            infer,
            pack: ArcSwap::from_pointee(pack),
            clock,
            config,
            changed: Notify::new(),
            pack_faults: ArcSwapOption::empty(),
            model_troubles: ArcSwapOption::empty(),
            replacing: Mutex::new(()),
            names: ArcSwapOption::empty(),
            persons: ArcSwapOption::empty(),
            checking: Mutex::new(()),
            reaches_changed: AtomicU64::new(0),
            readings: Readings::default(),
            seen: ArcSwapOption::empty(),
            seeing: Mutex::new(()),
            comparing: ArcSwapOption::empty(),
            compares: Arc::default(),
            copies: Arc::default(),
            copying: ArcSwapOption::empty(),
            verifies: Arc::default(),
            verifying: ArcSwapOption::empty(),
            hot: ArcSwapOption::empty(),
            parents: Mutex::new(()),
            day_counts: Mutex::new(None),
            trends: Mutex::new(None),
            oversight: super::oversight::Kept::default(),
            counted: std::sync::Mutex::default(),
            picture: std::sync::Mutex::new(None),
        };
        Self { room: Arc::new(room), actor: None }
    }

    /// The pack that answers now.
    pub fn city(&self) -> Arc<CityPack> {
        self.room.infer.current().pack.clone()
    }

    /// The desk's now.
    pub fn now(&self) -> Timestamp {
        self.room.clock.now()
    }
}
