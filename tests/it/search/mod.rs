//! Tests of the room `search`, through its public face.
