//! 简报: made of what the store holds, edited, checked, signed, and held to the store again.

mod gather;
mod life;
mod made;
mod rephrase;
mod schedule;

pub use gather::{BriefAsk, SubjectAsk, Tell};
pub use life::{BriefCheck, NewInstruction, may_not_check, may_not_sign};
pub use made::Made;
pub use rephrase::{Place, Rephrasing};
pub use schedule::{Schedule, brief_window};
