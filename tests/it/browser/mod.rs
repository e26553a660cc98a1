//! Tests of the room `browser`, through its public face.
