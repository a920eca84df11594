//! THE REGISTER: what an organisation runs itself to know where an emergency call's responders go.
//!
//! Companions write one PIDF-LO for each endpoint and device with XCAP (RFC 4825, RFC 4827); the
//! call path reads it with HELD (RFC 5985, RFC 6155); an organisation keeps its places in a
//! directory. Everything is in one SQLite file. An accepted write is on the disk before it is
//! answered; a revision never goes back; whatever changes is in a hash-chained audit trail; and an
//! emergency fetch waits for nothing.
//!
//! [`serve`] starts a server, [`Admin`] does what an administrator does.
#![forbid(unsafe_code)]

mod admin;
mod changes;
mod clock;
pub mod directory_csv;
mod endpoint;
mod fetches;
mod holders;
mod http;
mod known;
mod metrics;
mod options;
mod precondition;
mod rate;
mod refused;
mod secret;
mod seen;
mod serve;
mod sqlite;
mod ticket;
mod tls;
mod upstream;

pub use admin::{Admin, AdminError, Advised, Broken, Cover, Credential, Entry, Row};
pub use clock::Clock;
pub use endpoint::{Endpoint, NotAnEndpoint};
pub use http::MAX_BODY;
pub use options::{Lost, Options, Tls};
pub use rate::Rate;
pub use refused::Refused;
pub use serve::{Running, ServeError, serve};
pub use sqlite::DatabaseUrl;
pub use sqlite::directory::Place;
pub use sqlite::open::{OpenError, UrlError};
