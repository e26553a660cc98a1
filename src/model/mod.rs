//! What does it mean? Encoder, heads, bundle, calibrated predictions.
//!
//! Sync, no threads of its own (it computes in the rayon pool of its caller), no IO beyond opening a
//! bundle. Knows no city: labels come from the bundle.
//!
//! One definition serves training and answering: [`encoder::Encoder`] and [`heads::Heads`] are built
//! over constants here and over variables by `train`. The numeric work is in the private `kernel`. An
//! opened bundle answers through the private `swift`: the same network on plain slices, its weights
//! packed, in f32 or 8-bit integers ([`Precision`]), tested against the reference.

pub mod attention;
mod bundle;
pub mod calibration;
pub mod config;
pub mod decoder;
pub mod encoder;
mod evidence;
pub mod heads;
mod kernel;
pub mod labels;
pub mod memory;
pub mod ngram;
pub mod ops;
mod predict;
pub mod spans;
mod swift;
pub mod tape;
pub mod tokenizer;
pub mod vector;
pub mod weights;

pub use bundle::{BUNDLE_FILES, Bundle, BundleFiles, Evidence, HeldBack, ModelError, ModelInput, Prediction};
pub use kernel::{Arithmetic, int8};
pub use predict::{FoundSpan, HeadAnswer, Said, Votes};
pub use swift::Precision;
