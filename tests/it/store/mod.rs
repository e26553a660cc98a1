//! Tests of the room `store`, through its public face.
