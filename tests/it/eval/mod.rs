//! Tests of the room `eval`, through its public face.
