//! Tests of the room `http`, through its public face.
