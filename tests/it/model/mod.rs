//! Tests of the room `model`, through its public face.
