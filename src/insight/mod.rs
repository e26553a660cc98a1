//! What is happening? Events and topics among appeals: which belong together, what they are about, whether they
//! come faster than they should.
//!
//! An **event** is one thing at one place and time (this burst main, this closed gym); a **topic** is one class
//! of matter over time. Pure functions over slices: no IO, no clock, no model. Sentence vectors and categories
//! come in as plain data beside the words and may be absent.
//!
//! Everything here is a function of the *set* of appeals: they are first put into canonical order
//! ([`Corpus::new`]), so that the order in which they were given says nothing (invariant 8).

mod again;
pub mod alarm;
mod anchors;
pub mod causes;
pub mod chance;
mod cluster;
mod coherence;
mod corpus;
mod corrections;
mod covered;
mod echoes;
mod findings;
mod gazetteer;
mod headline;
mod heard;
mod heat;
mod likeness;
mod lineage;
mod memory;
mod naming;
mod near;
mod part;
mod pass;
mod picture;
mod portrait;
mod relation;
mod streams;
mod surge;
mod times;
pub mod trend;
mod vector;
mod watch;
mod weights;
mod whereabouts;

pub use cluster::{FLOOR, average_linkage};
pub use corpus::{Corpus, Entry};
pub use corrections::Corrections;
pub use findings::{Alone, Event, Findings, Topic, describe, findings, span_of};
pub use heard::{Heard, Kind, Reader, Reading, Term};
pub use heat::{Heat, State, heat, state};
pub use likeness::{FEATURES as FIRST_LOOK, Shared, contradict, shared};
pub use lineage::{Fate, inherit};
pub use naming::{Seen, seen};
pub use pass::{Compared, Pass, Scored, Unit, evidence, find, find_with, score};
pub use picture::{Joined, Picture};
pub use portrait::{Portrait, portrait};
pub use relation::{Common, Relation, Side, relation};
pub use streams::{Stream, StreamOf};
pub use surge::{Surge, surge};
pub use times::times;
