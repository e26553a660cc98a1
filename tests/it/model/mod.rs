//! Tests of the room `model`, through its public face.

mod bundle;
mod gradients;
mod heads;
mod memory;
mod predict;
mod shipped;
mod swift;
mod tape;
mod tiles;
pub(crate) mod tiny;
