//! Asking what the core wants asked on the way to the phone service. Nothing here decides anything, and
//! nothing here registers with anyone.
//!
//! Every socket is connected to whom it asks, so that the system hands over what comes from there and
//! nothing else; whatever comes from there and is no answer to this very question is ignored, with one
//! line in the log.

mod echo;
mod names;
mod pages;
mod sip;
mod stream;
mod stun;
mod trust;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rightdoor_core::reach::{Answer, Fault, PATIENCE, Subject};
use rightdoor_platform::clock;

use names::Names;
use pages::Pages;
use stream::Streams;
use stun::Stun;

/// When a datagram is sent again, counted from the first (RFC 3261, section 17.1.2.2, timer E).
const AGAIN: [Duration; 3] =
    [Duration::from_millis(500), Duration::from_millis(1500), Duration::from_millis(3500)];
/// More than this in one datagram is no answer.
const DATAGRAM: usize = 64 * 1024;

/// Whom to trust, and whom to ask for names.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Authorities (PEM) of the phone service and the control pages, beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Authorities (PEM) of the registry.
    pub registry_ca_file: Option<PathBuf>,
    /// Whom to ask for names; none: the system's resolvers, as they are at that moment.
    pub resolvers: Vec<SocketAddr>,
    /// Interfaces that count as physical whatever the kernel says (`senses.physical`).
    pub physical: Vec<String>,
}

/// What probes keep between one question and the next: connections, and what the names said.
#[derive(Clone, Debug)]
pub struct Probes(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    names: Names,
    streams: Streams,
    stun: Stun,
    pages: Pages,
    registry: Pages,
}

impl Probes {
    /// Nothing is asked yet.
    #[must_use]
    pub fn new(options: &Options) -> Self {
        Self(Arc::new(Kept {
            names: Names::new(&options.resolvers),
            streams: Streams::new(options.ca_file.clone()),
            stun: Stun::new(options.physical.clone()),
            pages: Pages::new(options.ca_file.clone()),
            registry: Pages::new(options.registry_ca_file.clone()),
        }))
    }

    /// Asks, and waits no longer than [`PATIENCE`].
    pub async fn ask(&self, subject: &Subject, fresh: bool) -> Answer {
        let kept = &*self.0;
        let asked = async {
            match subject {
                Subject::Names(uri) => kept.names.ask(uri.reveal(), fresh).await,
                Subject::Server(target) => kept.streams.ask(target, fresh).await,
                Subject::Stun(server) => kept.stun.ask(server.reveal()).await,
                Subject::PastVpn(server) => kept.stun.ask_past_vpn(server.reveal()).await,
                Subject::Portal(page) => kept.pages.portal(page.reveal()).await,
                Subject::Https(page) => kept.pages.any(page.reveal()).await,
                Subject::Registry(page) => kept.registry.any(page.reveal()).await,
                Subject::Gateway(address) | Subject::Host(address) => echo::ask(*address.reveal()).await,
            }
        };
        tokio::time::timeout(PATIENCE, asked).await.unwrap_or(Answer::Fault(Fault::Silent))
    }

    /// The network that connections were made on is gone.
    pub fn leave_network(&self) {
        self.0.names.forget();
        self.0.streams.forget();
        self.0.pages.forget();
        self.0.registry.forget();
    }
}

/// What a failure of the system's says of the way.
fn fault(error: &io::Error) -> Fault {
    use io::ErrorKind as Kind;
    let is = |kinds: &[Kind]| kinds.contains(&error.kind());
    if is(&[
        Kind::ConnectionRefused,
        Kind::ConnectionReset,
        Kind::ConnectionAborted,
        Kind::BrokenPipe,
        Kind::UnexpectedEof,
    ]) {
        Fault::Refused
    } else if is(&[Kind::TimedOut]) {
        Fault::Silent
    } else if is(&[Kind::InvalidData]) {
        Fault::Garbled
    } else {
        Fault::Unreachable
    }
}

/// A token that nobody can guess.
fn token() -> String {
    rightdoor_core::audit::hex(&clock::random::<8>())
}
