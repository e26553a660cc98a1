//! The `tingsu` command.
fn main() {}
