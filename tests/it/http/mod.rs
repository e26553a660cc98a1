//! Tests of the door: the whole router over a real desk, asked without a socket; one test with one.

mod accounts;
mod ahead;
mod audit;
mod causes;
mod encrypted;
mod envelope;
mod find;
mod flow;
mod input;
mod openapi;
mod pages;
mod reach;
pub(crate) mod service;
mod serving;
mod trouble;
