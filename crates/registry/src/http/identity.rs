//! Which device a HELD request means (RFC 6155), and the document that speaks for it.
//!
//! A URI or an NAI names an endpoint; an address, a hardware address or an instance id names devices that were seen
//! under it. All that is said must fit one device. Whenever that is not certain the answer is that nobody knows: no
//! location is better than a colleague's.

use std::sync::Arc;

use rightdoor_location::held::{ErrorCode, HeldError, Identity};

use super::{App, held};
use crate::endpoint::Endpoint;
use crate::seen::{Mark, Seen, Who};
use crate::sqlite::Snapshot;
use crate::sqlite::given::{self, Standing};

/// What the identities of a request say.
struct Asked {
    endpoint: Option<Endpoint>,
    marks: Vec<Mark>,
}

/// The document that speaks for the device that is asked about.
pub(super) fn document(
    app: &App,
    snapshot: &Snapshot<'_>,
    device: &[Identity],
    now: i64,
) -> Result<Standing, HeldError> {
    let Asked { endpoint, marks } = Asked::read(app, device)?;
    let seen: Vec<_> =
        marks.iter().map(|mark| app.seen.under(*mark, now)).filter(|seen| !seen.is_empty()).collect();
    let Some((first, others)) = seen.split_first() else {
        // Nobody is known by the addresses, so they decide nothing.
        return named(snapshot, endpoint, now, None);
    };
    let is_meant = |who: &&Arc<Who>| {
        endpoint.as_ref().is_none_or(|endpoint| endpoint.as_str() == who.0)
            && others.iter().all(|others| others.contains(*who))
    };
    let meant: Vec<_> = first.iter().filter(is_meant).collect();
    if meant.is_empty() {
        // The addresses are somebody else's. That speaks against the endpoint only if its own devices are elsewhere.
        return named(snapshot, endpoint, now, Some(&app.seen));
    }
    agreed(snapshot, &meant, now)
}

/// What an endpoint's devices say, unless one of them is known to be `elsewhere`.
fn named(
    snapshot: &Snapshot<'_>,
    endpoint: Option<Endpoint>,
    now: i64,
    elsewhere: Option<&Seen>,
) -> Result<Standing, HeldError> {
    let endpoint = endpoint.ok_or_else(held::unknown)?.to_string();
    let documents = given::of_endpoint(snapshot, &endpoint).map_err(|_| held::unreadable())?;
    if let Some(seen) = elsewhere
        && documents.iter().any(|document| seen.knows(&(endpoint.clone(), document.device.clone()), now))
    {
        return Err(held::unknown());
    }
    the_one(snapshot, documents, now)?.ok_or_else(held::unknown)
}

/// What all these devices say. One that has said nothing yet, or is not there any more, may be the one that calls.
fn agreed(snapshot: &Snapshot<'_>, devices: &[&Arc<Who>], now: i64) -> Result<Standing, HeldError> {
    let mut said: Option<Standing> = None;
    for who in devices {
        let read = given::of_device(snapshot, &who.0, &who.1);
        let document = read.map_err(|_| held::unreadable())?.ok_or_else(held::unknown)?;
        let differs = match &said {
            Some(known) => !known.says_the_same(&document, snapshot).map_err(|_| held::unreadable())?,
            None => false,
        };
        if differs || !document.is_alive(now) {
            return Err(held::unknown());
        }
        said = Some(document);
    }
    said.ok_or_else(held::unknown)
}

/// The document that speaks for an endpoint. Devices that are alive speak first; if they differ,
/// nobody knows which one the call comes from, and no answer is better than a wrong door. When none
/// is alive the latest confirmation stands, with its time.
fn the_one(
    snapshot: &Snapshot<'_>,
    mut documents: Vec<Standing>,
    now: i64,
) -> Result<Option<Standing>, HeldError> {
    let speaks = documents.iter().position(|document| document.is_alive(now)).unwrap_or_default();
    let Some(speaker) = documents.get(speaks) else { return Ok(None) };
    for other in documents.iter().filter(|other| other.is_alive(now) && other.id != speaker.id) {
        if !other.says_the_same(speaker, snapshot).map_err(|_| held::unreadable())? {
            return Ok(None);
        }
    }
    Ok(Some(documents.swap_remove(speaks)))
}

impl Asked {
    fn read(app: &App, device: &[Identity]) -> Result<Self, HeldError> {
        let mut asked = Self { endpoint: None, marks: Vec::new() };
        for identity in device {
            let text = match identity {
                Identity::Uri(uri) => {
                    asked.marks.extend(instance(uri).map(|id| app.seen.instance(&id)));
                    uri.clone()
                }
                Identity::Msisdn(number) => format!("tel:+{number}"),
                Identity::Nai(nai) => user_at_realm(nai)?,
                Identity::Ip(address) => {
                    asked.marks.push(app.seen.address(*address));
                    continue;
                }
                Identity::Mac(mac) => {
                    asked.marks.push(app.seen.hardware(mac));
                    continue;
                }
                // A port says nothing beside an address that several share, and of the others nobody tells us.
                Identity::UdpPort(_)
                | Identity::TcpPort(_)
                | Identity::SctpPort(_)
                | Identity::DccpPort(_)
                | Identity::Fqdn(_)
                | Identity::Duid(_)
                | Identity::Imsi(_)
                | Identity::Imei(_)
                | Identity::Min(_)
                | Identity::Mdn(_)
                | Identity::Unknown(_) => continue,
            };
            let found = Endpoint::parse(&text).map_err(|_| bad("the uri is not a sip or tel URI"))?;
            if asked.endpoint.as_ref().is_some_and(|earlier| *earlier != found) {
                return Err(bad("the identities name more than one endpoint"));
            }
            asked.endpoint = Some(found);
        }
        if asked.endpoint.is_none() && asked.marks.is_empty() {
            return Err(bad("name the device by a uri of scheme sip or tel, or by nai, ip or mac")
                .requiring(&["uri", "nai", "ip", "mac"]));
        }
        Ok(asked)
    }
}

fn bad(message: &str) -> HeldError {
    HeldError::new(ErrorCode::BadIdentifier, message)
}

/// `user@realm` (RFC 4282) is the endpoint of the same name. A realm on the way to another one is nobody's address.
fn user_at_realm(nai: &str) -> Result<String, HeldError> {
    match nai.split_once('@') {
        Some((user, _)) if !user.is_empty() && !user.contains(['!', '%']) => Ok(format!("sip:{nai}")),
        Some(_) | None => Err(bad("write the nai as user@realm")),
    }
}

/// The softphone's instance in a public GRUU (RFC 5627 section 3.1.1).
fn instance(uri: &str) -> Option<String> {
    let parameters = uri.split('?').next()?.split(';').skip(1);
    let named = parameters.filter_map(|parameter| parameter.split_once('='));
    let (_, id) = named.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("gr"))?;
    Some(id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gruu_names_its_instance() {
        let id = |uri| instance(uri);
        assert_eq!(id("sip:ada@example.com;gr=urn:uuid:f81d"), Some("urn:uuid:f81d".to_owned()));
        assert_eq!(id("sip:ada@example.com;user=phone;GR=kjh29x?Subject=gr"), Some("kjh29x".to_owned()));
        for none in
            ["sip:ada@example.com", "sip:ada@example.com;gr", "sip:gr=1@example.com", "sip:a@b?x;gr=1"]
        {
            assert_eq!(id(none), None, "{none}");
        }
    }

    #[test]
    fn bad_input_a_nai_without_one_user_and_one_realm() {
        assert!(user_at_realm("ada@example.com").is_ok());
        for nai in ["ada", "@example.com", "home.example!ada@example.com", "ada%home@example.com"] {
            assert!(user_at_realm(nai).is_err(), "{nai}");
        }
    }
}
