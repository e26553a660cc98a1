//! What does it mean? Encoder, heads, bundle, calibrated predictions.
//!
//! Sync, no threads of its own, no IO beyond opening a bundle. Knows no city: labels come from the
//! bundle.

mod bundle;

pub use bundle::{Bundle, BundleFiles, Evidence, ModelError, ModelInput, Prediction};
