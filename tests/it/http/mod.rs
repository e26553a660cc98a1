//! Tests of the door: the whole router over a real desk, asked without a socket; one test with one.

mod accounts;
mod acts;
mod ahead;
mod audit;
mod briefs;
mod causes;
mod contrast;
mod encrypted;
mod envelope;
mod events;
mod find;
mod flow;
mod input;
mod openapi;
mod oversight;
mod pages;
mod quality;
mod reach;
mod rights;
pub(crate) mod service;
mod serving;
mod stream;
mod trouble;
