//! Tests of the room `text`, through its public face.
