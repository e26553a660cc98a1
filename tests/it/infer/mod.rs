//! Tests of the room `infer`, through its public face.
