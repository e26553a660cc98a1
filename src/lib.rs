//! tingsu 听诉 (skeleton; the map is written when the rooms stand)

pub mod city;
pub mod desk;
pub mod domain;
pub mod eval;
pub mod http;
pub mod infer;
pub mod model;
pub mod search;
pub mod store;
pub mod text;
pub mod train;
pub mod triage;
