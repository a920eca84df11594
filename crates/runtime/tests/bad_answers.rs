//! Peers of the probes that answer wrongly, for others, too much, too slowly or without end: whatever is no answer is
//! ignored with one line in the log, and the right one still counts.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says when it is skipped"
)]

#[path = "bad_answers/names.rs"]
mod names;
#[path = "bad_answers/pages.rs"]
mod pages;
#[path = "bad_answers/peers.rs"]
mod peers;
#[path = "bad_answers/sip.rs"]
mod sip;
#[path = "bad_answers/streams.rs"]
mod streams;
#[path = "bad_answers/stun.rs"]
mod stun;
#[path = "bad_answers/tls.rs"]
mod tls;
