//! The store: one conformance suite for every implementation, and what is SQLite's own.

mod conformance;
mod crash;
mod given;
mod ledger;
mod model;
mod sqlite;
