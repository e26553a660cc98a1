//! Tests of the room `labelled`, through its public face.

mod near;
