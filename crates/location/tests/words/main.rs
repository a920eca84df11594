//! The documents and the format check, as the companion, the registry and strangers use them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod bad_input;
mod civic_json;
mod corpus;
mod format;
mod geo;
mod held;
mod lost;
mod neutral;
mod outside;
mod pidf;
mod presence;
mod sample;
mod time;
