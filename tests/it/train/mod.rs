//! Tests of the room `train`, through its public face.
