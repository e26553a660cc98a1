//! Tests of the room `cli`, through its public face.
