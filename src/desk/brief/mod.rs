//! 简报: made of what the store holds, edited, checked, signed, and held to the store again.

mod gather;
mod life;
mod made;
mod schedule;

pub use gather::{BriefAsk, SubjectAsk};
pub use life::{BriefCheck, NewInstruction};
pub use made::Made;
pub use schedule::{Schedule, brief_window};
