//! The wiring: configuration, embedded defaults, and the one place that names implementations.

mod backup;
mod config;
mod embedded;
mod models;
mod open;
mod sections;

pub use backup::{backup, restore};
pub use config::{BootError, CitySource, Config, ModelSource, RawConfig};
pub use embedded::{embedded_appeals, embedded_bundle, embedded_pack};
pub use models::{active, follow_models};
pub use open::{Opened, load_bundle, load_pack, load_triager, open, open_audit, open_beside, open_reading, open_store};
pub use sections::{RawRephrase, RawSchedule};
