//! Tests of the room `import`, through its public face.
