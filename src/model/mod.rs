//! What does it mean? Encoder, heads, bundle, calibrated predictions.
//!
//! Sync, no threads of its own (it computes in the rayon pool of its caller), no IO beyond opening a
//! bundle. Knows no city: labels come from the bundle.
//!
//! One definition serves training and answering: [`encoder::Encoder`] and [`heads::Heads`] are built
//! over constants here and over variables by `train`. The numeric work is in the private `kernel`;
//! a faster path of its own (packed weights, int8) can stand beside [`encoder::Encoder::encode`]
//! with the same arguments.

pub mod attention;
mod bundle;
pub mod calibration;
pub mod config;
pub mod encoder;
mod evidence;
pub mod heads;
mod kernel;
pub mod labels;
pub mod ngram;
pub mod ops;
mod predict;
pub mod tokenizer;
pub mod weights;

pub use bundle::{BUNDLE_FILES, Bundle, BundleFiles, Evidence, ModelError, ModelInput, Prediction};
pub use predict::Votes;
