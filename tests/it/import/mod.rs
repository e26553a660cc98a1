//! Importing: files as hotlines have them, and files as nobody wants them. Each has its exact outcome:
//! so many tickets, these rejects with row and reason, and no row lost between.

mod damaged;
mod fields;
mod given;
mod real;
mod workbook;
