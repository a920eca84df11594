//! Which service is watched, and what helps to tell causes apart.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Subject;
use crate::Redacted;

/// What is asked. Everything is optional: without a server nothing is, and the phone service is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Service {
    /// SIP URIs of the service (`sip:example.com`, `sip:192.0.2.1:5060;transport=udp`).
    pub servers: Vec<Redacted<String>>,
    /// Whether the domain of the agent's own SIP URI is asked where no server is named.
    pub own_domain: bool,
    /// A STUN server, `host:port`.
    pub stun: Option<Redacted<String>>,
    /// A page over plain HTTP whose answer is 204 or a body that begins with `success`.
    pub portal: Option<Redacted<String>>,
    /// A page over HTTPS.
    pub https: Option<Redacted<String>>,
    /// The registry's page; set by enrolment.
    #[serde(skip)]
    pub registry: Option<Redacted<String>>,
    /// Mean time between two requests while all is well: 12 a minute at 5 s, which chance may exceed.
    pub step: Duration,
    /// The same while nobody sits there (screen locked, another session).
    pub idle_step: Duration,
}

impl Default for Service {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            own_domain: true,
            stun: None,
            portal: None,
            https: None,
            registry: None,
            step: Duration::from_millis(5500),
            idle_step: Duration::from_secs(60),
        }
    }
}

impl Service {
    /// The service of an enrolled person: where no server is named, that of the person's own SIP URI.
    #[must_use]
    pub fn of(&self, endpoint: &str, registry: &str) -> Self {
        let mut service = self.clone();
        if service.servers.is_empty() && service.own_domain {
            service.servers.extend(domain_of(endpoint).map(Redacted::new));
        }
        service.registry = registry.starts_with("https:").then(|| registry.to_owned().into());
        service
    }

    /// Whether anything is asked at all.
    pub(super) fn is_watched(&self) -> bool {
        !self.servers.is_empty()
    }

    /// The controls that help to tell causes apart.
    pub(super) fn controls(&self) -> impl Iterator<Item = Subject> {
        let stun = self.stun.iter().cloned().map(Subject::Stun);
        let portal = self.portal.iter().cloned().map(Subject::Portal);
        let https = self.https.iter().cloned().map(Subject::Https);
        let registry = self.registry.iter().cloned().map(Subject::Registry);
        stun.chain(portal).chain(https).chain(registry)
    }

    /// Names that a resolver has to be asked for; a server given by its address needs none.
    pub(super) fn names(&self) -> impl Iterator<Item = Subject> {
        self.servers.iter().cloned().map(Subject::Names)
    }

    pub(super) fn asks(&self, subject: &Subject) -> bool {
        self.controls().chain(self.names()).any(|own| own == *subject)
    }
}

/// The service of a SIP URI's own domain: `sips:ana@example.com:5061` is served at `sips:example.com:5061`.
#[must_use]
pub fn domain_of(endpoint: &str) -> Option<String> {
    let (scheme, rest) = endpoint.split_once(':')?;
    let is_sip = scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips");
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = host.split(['?', '>']).next().unwrap_or_default();
    (is_sip && !host.is_empty()).then(|| format!("{}:{host}", scheme.to_ascii_lowercase()))
}

/// Whether the URI names its host by an address.
pub(super) fn is_numeric(uri: &str) -> bool {
    let rest = uri.split_once(':').map_or(uri, |(_, rest)| rest);
    let host = rest.split(';').next().unwrap_or_default();
    host.starts_with('[')
        || host.rsplit_once(':').map_or(host, |(host, _)| host).parse::<std::net::Ipv4Addr>().is_ok()
}
