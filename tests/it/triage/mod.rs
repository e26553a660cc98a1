//! Tests of the room `triage`, through its public face.
