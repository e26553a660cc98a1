//! Tests of the room `desk`, through its public face.
