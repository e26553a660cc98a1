//! Rules and model together, on the shipped bundle.
