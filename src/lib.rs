//! tingsu 听诉: one binary for a 12345 citizen hotline. It reads an appeal (诉求), suggests type,
//! category, department and urgency with a transformer that runs locally, finds past cases, and keeps
//! everything that people decide. No cloud, no Python, no network.
//!
//! # The rooms
//!
//! A room imports only from lower floors; rooms on one floor do not see each other. The test `tidy`
//! enforces it.
//!
//! ```text
//! 7  cli                      the commands
//! 6  http   boot              the door / the wiring
//! 5  desk                     the use cases
//! 4  infer  report  train  eval   engines
//! 3  triage shelf             pack rules + model -> one suggestion / the bundles of a data folder
//! 2  model  store  search  insight  outbound   specialists, blind to one another
//! 1  text   city   labelled   language / the city pack / what readers said
//! 0  domain  numeric          the words / rows of numbers
//! ```
//!
//! | room | question that it answers |
//! |---|---|
//! | [`domain`] | what are we talking about? |
//! | [`numeric`] | how are rows of numbers kept and compared? |
//! | [`text`] | what does it say, cleanly? |
//! | [`city`] | which city? |
//! | [`labelled`] | what did readers say? |
//! | [`model`] | what does it mean? |
//! | [`store`] | where is the truth? |
//! | [`search`] | which tickets speak of this? |
//! | [`insight`] | what is happening? |
//! | [`outbound`] | whom may this program ask? |
//! | [`triage`] | what do we suggest, and why? |
//! | [`shelf`] | which bundle answers here? |
//! | [`infer`] | when is it my turn? |
//! | [`report`] | how do we tell it, and does what others tell add up? |
//! | [`train`], [`eval`] | how good can it be, how good is it? |
//! | [`desk`] | what can be done here? |
//! | [`http`], [`boot`], [`cli`] | how does it reach people, how is it put together? |
//!
//! # Invariants
//!
//! 1. **Nothing acknowledged is lost.** A 2xx for an appeal means that it is durable: SQLite with WAL
//!    and `synchronous=FULL`, one transaction. Tested by killing the process.
//! 2. **Derived state is derived.** The index catches up from the store's change sequence and can be
//!    rebuilt from it ([`desk::Desk::index_step`]).
//! 3. **Intake never waits for intelligence.** A suggestion that does not come in time leaves the ticket
//!    待研判 with a durable job ([`desk::Desk::receive`]).
//! 4. **Urgency is raise-only for software.** Level = max(rule floor, model); only a person lowers it,
//!    with a reason ([`triage::Triager`], [`store::Store::decide`]).
//! 5. **People decide.** Suggestions dispatch nothing; each decision is stored with the suggestion that
//!    it answered ([`domain::Decision`]).
//! 6. **Original text is never changed.** Every span refers to the original by character
//!    ([`text::Normalized`], [`domain::Span`]).
//! 7. **The city is data.** No Chinese place, department or category name in `src/`
//!    ([`city::CityPack`]).
//! 8. **Personal data stays inside.** Masked in every output that does not need it, absent from logs
//!    ([`text::mask`]).
//!
//! 9. **Who sees what is decided at the desk.** A role's rights and a person's reach are applied below every
//!    page and call ([`desk::Desk::acting`]); changes and reading of personal data stand in a sealed audit
//!    ([`store::Ledger`]).
//!
//! # Three walks
//!
//! **An appeal arrives.** [`http`] (size limit, parse) → [`desk::Desk::receive`] → [`infer::Infer::triage`]
//! with a deadline → [`triage::Triager`] (normalise, places, cues, model, floor) → [`store::Store::add`]:
//! ticket, suggestion, audit line and change line in one transaction → 201 with suggestions and similar
//! cases. The follower ([`desk::Desk::start_workers`]) takes the change into [`search`].
//!
//! **A search.** typed query → [`search::parse`] → closed [`search::Query`] → the same analyser as at
//! indexing → ids → [`store::Store::tickets`] gives present truth → highlights by original offsets.
//!
//! **A model is made.** [`train`] reads labelled appeals, starts from an encoder directory, writes a
//! bundle directory aside and renames it; [`model::Bundle`] opens it; [`eval`] compares it with a linear
//! baseline trained on the same rows.

pub mod boot;
pub mod city;
pub mod cli;
pub mod desk;
pub mod domain;
pub mod eval;
pub mod http;
pub mod infer;
pub mod insight;
pub mod labelled;
pub mod model;
pub mod numeric;
pub mod outbound;
pub mod report;
pub mod search;
pub mod shelf;
pub mod store;
pub mod text;
pub mod train;
pub mod triage;
