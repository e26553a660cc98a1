//! How do we tell it? Facts become a brief whose every number recomputes; somebody else's bulletin is
//! held to the same rule.

pub mod audit;
