//! The room `report` through its public face: briefs, and the auditor of bulletins.

mod audit;
mod build;
mod bulletins;
mod charts;
pub(crate) mod city;
mod files;
mod holds;
mod life;
pub(crate) mod paper;
pub(crate) mod plain_sql;
mod privacy;
mod recompute;
mod rephrase;
mod sections;
mod stored;
mod telling;
