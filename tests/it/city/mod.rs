//! Tests of the room `city`, through its public face.
