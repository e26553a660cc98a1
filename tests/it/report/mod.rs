//! The room `report` through its public face.

mod audit;
mod bulletins;
mod files;
