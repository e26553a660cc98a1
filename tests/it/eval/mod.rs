//! Tests of the room `eval`, through its public face.

mod audit;
mod baseline;
mod compare;
mod data;
mod duplicates;
mod explain;
mod run;
mod score;
mod search;
mod split;
mod topics;
