//! Briefs: facts, text, editing, versions, privacy.

mod build;
pub mod city;
mod life;
mod privacy;
mod recompute;
