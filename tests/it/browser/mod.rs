//! Tests of the room `browser`, through its public face.

#[expect(dead_code, reason = "the suite that uses it comes with the console")]
mod webdriver;
