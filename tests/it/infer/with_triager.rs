//! The room with the real triager, once it stands on real text and city rooms.
