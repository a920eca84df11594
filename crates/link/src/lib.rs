//! THE DOORWAY: the local socket between the companion and whoever draws or asks.
//!
//! The companion holds the one [`rightdoor_core::View`]; windows, command line and tests are
//! clients. One connection carries frames (a 32-bit big-endian length, then that many bytes of JSON, at most
//! [`wire::FRAME_CAP`]). The client speaks first, with its version ([`message::Hello`]); the server
//! answers with its own ([`message::Welcome`]) or with one [`Problem`] and the end. After that:
//!
//! ```text
//! client → server   {"id":1,"ask":"view"}                          the view, now and at every change
//!                   {"id":2,"ask":{"act":{"say":"travelling"}}}    an intent
//!                   {"id":3,"ask":"trace"}                         NDJSON lines of what the engine does
//!                   {"id":4,"ask":"ping"}
//!                   {"id":5,"ask":{"look":"history"}}              something that is not in the view
//! server → client   {"view":{…}}  {"reply":{"id":2,"reply":"done"}}  {"trace":"{…}"}  {"pong":{"id":4}}
//!                   {"problem":{"id":2,"problem":{"code":…,"message":…,"hint":…}}}
//! ```
//!
//! The view is pushed latest-only: a client that reads slowly misses what lay between and never
//! gets a queue of old truths. A client can cost the others nothing: it is one task with bounded
//! memory, one act under way, and a deadline on everything it has begun ([`server::Limits`]).
//!
//! Who may connect: the same user only. On Unix the folder is 0700, the socket 0600, and both ends
//! check the other's uid; the named pipe of Windows lets its user in alone, and a client checks who
//! made it.

pub mod client;
mod connection;
pub mod doorbell;
pub mod error;
pub mod message;
pub mod places;
pub mod server;
mod transport;
pub mod wire;

pub use client::Client;
pub use error::LinkError;
pub use rightdoor_location::record::Problem;
pub use transport::socket_path;
