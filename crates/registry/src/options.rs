//! How a registry is set up.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use rightdoor_location::lost::Identifier;

use crate::clock::Clock;
use crate::rate::Rate;
use crate::sqlite::DatabaseUrl;

/// Certificate chain and key, and whose certificates are taken: all PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The server's certificate, then what leads to a root.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Authorities whose certificates readers of the call path may show; without them nobody is asked for one.
    pub clients: Option<PathBuf>,
}

/// How LoST queries are answered (RFC 5222).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// The name by which this server is known in LoST; [`Lost::NAMELESS`] where none was given.
    pub name: Option<Identifier>,
    /// Where every emergency call goes; without it no mapping is invented.
    pub route: Option<String>,
    /// The URL of another LoST server, for what our own directory does not decide.
    pub upstream: Option<String>,
}

impl Lost {
    /// A name that nobody can resolve.
    pub const NAMELESS: &str = "lost.invalid";
}

/// Everything [`crate::serve`] needs to know.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The database.
    pub database: DatabaseUrl,
    /// TLS; without it, `listen` must be a loopback address or `plain_http` set.
    pub tls: Option<Tls>,
    /// Allow HTTP without TLS beyond this computer (behind a proxy that ends TLS).
    pub plain_http: bool,
    /// The organisation's name, shown to agents at enrolment.
    pub organisation: String,
    /// How long a record counts as attended after a sign of life.
    pub lease: Duration,
    /// What each device token may ask.
    pub token_rate: Rate,
    /// What each address may ask without a valid token.
    pub peer_rate: Rate,
    /// How the call path reaches this server (`https://registry.example.com`), for location URIs; `None` takes what
    /// the request was sent to.
    pub public_url: Option<String>,
    /// How long a location URI works.
    pub uri_lifetime: Duration,
    /// LoST.
    pub lost: Lost,
    /// How long a request may take.
    pub timeout: Duration,
    /// The clock for leases and times.
    pub clock: Clock,
}

impl Options {
    /// A registry on `database` with usual settings, on a free loopback port.
    #[must_use]
    pub fn new(database: DatabaseUrl) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            database,
            tls: None,
            plain_http: false,
            organisation: "Your organisation".to_owned(),
            lease: Duration::from_secs(12 * 60 * 60),
            token_rate: Rate { per_second: 20.0, burst: 200.0 },
            peer_rate: Rate { per_second: 5.0, burst: 100.0 },
            public_url: None,
            uri_lifetime: Duration::from_secs(60 * 60),
            lost: Lost::default(),
            timeout: Duration::from_secs(15),
            clock: Clock::system(),
        }
    }
}
