//! Tests of the room `labelled`, through its public face.

mod near;
pub(crate) mod task;
