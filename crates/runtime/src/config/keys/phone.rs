//! The section `phone`: the service that carries 911 calls, and what helps to tell why it does not answer.

use std::net::{IpAddr, SocketAddr};

use rightdoor_core::Redacted;
use toml::de::DeValue;

use super::{Key, SPAN, at_least, duration, names, path, text, yes_or_no};

/// Where resolvers listen (RFC 1035, section 4.2).
const DNS: u16 = 53;

pub(super) const KEYS: &[Key] = &[
    Key {
        name: "phone.servers",
        form: "a list of SIP URIs, such as [\"sip:example.com\"]",
        put: |config, value, _| {
            let servers = names(value)?;
            if let Some(wrong) = servers.iter().find(|server| !is_sip(server)) {
                return Err(format!("holds \"{wrong}\", which is no SIP URI"));
            }
            config.policy.phone.servers = servers.into_iter().map(Redacted::new).collect();
            Ok(())
        },
    },
    Key {
        name: "phone.own_domain",
        form: "true or false",
        put: |config, value, _| {
            config.policy.phone.own_domain = yes_or_no(value)?;
            Ok(())
        },
    },
    Key {
        name: "phone.stun",
        form: "a STUN server in quotes, such as \"stun.example.com:3478\"",
        put: |config, value, _| {
            config.policy.phone.stun = filled(value)?;
            Ok(())
        },
    },
    Key {
        name: "phone.portal",
        form: "a page that answers 204 over plain HTTP, such as \"http://control.example.com/\"",
        put: |config, value, _| {
            config.policy.phone.portal = page(value, "http://")?;
            Ok(())
        },
    },
    Key {
        name: "phone.https",
        form: "a page over HTTPS, such as \"https://control.example.com/\"",
        put: |config, value, _| {
            config.policy.phone.https = page(value, "https://")?;
            Ok(())
        },
    },
    Key {
        name: "phone.ca_file",
        form: "a PEM file in quotes",
        put: |config, value, base| {
            config.phone_ca_file = Some(path(value, base)?);
            Ok(())
        },
    },
    Key {
        name: "phone.resolvers",
        form: "a list of addresses, such as [\"192.0.2.53\", \"[2001:db8::53]:5353\"]",
        put: |config, value, _| {
            let written = names(value)?;
            let read = written
                .iter()
                .map(|one| resolver(one).ok_or_else(|| format!("holds \"{one}\", which is no address")));
            config.resolvers = read.collect::<Result<_, _>>()?;
            Ok(())
        },
    },
    Key {
        name: "phone.step",
        form: SPAN,
        put: |config, value, _| {
            config.policy.phone.step = at_least(1000, duration(value)?)?;
            Ok(())
        },
    },
    Key {
        name: "phone.idle_step",
        form: SPAN,
        put: |config, value, _| {
            config.policy.phone.idle_step = at_least(1000, duration(value)?)?;
            Ok(())
        },
    },
];

/// An address, with or without a port.
fn resolver(written: &str) -> Option<SocketAddr> {
    let bare = || written.parse::<IpAddr>().ok().map(|address| SocketAddr::new(address, DNS));
    written.parse().ok().or_else(bare)
}

fn is_sip(uri: &str) -> bool {
    let scheme = uri.split_once(':').map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest));
    scheme.is_some_and(|(scheme, rest)| matches!(scheme.as_str(), "sip" | "sips") && !rest.is_empty())
}

/// A text, or nothing where it is empty: a policy may take back what a person's file names.
fn filled(value: &DeValue<'_>) -> Result<Option<Redacted<String>>, String> {
    let written = text(value)?.trim();
    Ok((!written.is_empty()).then(|| written.to_owned().into()))
}

fn page(value: &DeValue<'_>, begin: &str) -> Result<Option<Redacted<String>>, String> {
    let page = filled(value)?;
    if page.as_ref().is_some_and(|page| !page.reveal().starts_with(begin)) {
        return Err(format!("must begin with \"{begin}\""));
    }
    Ok(page)
}
