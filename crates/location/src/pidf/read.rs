use roxmltree::Node;

use super::write::{absence_word, basis_word};
use super::{Given, Method, Pidf, PidfError, device_id};
use crate::xml::{Reader, XmlError, document, find_children, line, ns};
use crate::{Basis, CivicAddress, Content, Revision};

pub(super) fn parse(bytes: &[u8]) -> Result<Pidf, PidfError> {
    let document = document(bytes)?;
    let presence =
        Reader::root(&document, ns::PIDF, &["presence"], "presence of urn:ietf:params:xml:ns:pidf")?;
    let entity = presence.required_attribute("entity")?.to_owned();
    if let Some(own) = own_tuple(presence)? {
        return read_own(entity, own);
    }
    let found = first_location(presence)?;
    let basis = match found.method.as_deref() {
        None => Basis::AdminStatic,
        Some("Manual") => Basis::Manual,
        Some(_) => Basis::NetworkMap,
    };
    Ok(Pidf {
        entity,
        device: found.container.required_attribute("id")?.to_owned(),
        revision: Revision(0),
        confirmed_at: timestamp(found.container)?.unwrap_or(0),
        basis,
        content: Content::Located(found.address),
    })
}

pub(super) fn parse_given(bytes: &[u8]) -> Result<Given, PidfError> {
    let document = document(bytes)?;
    let presence =
        Reader::root(&document, ns::PIDF, &["presence"], "presence of urn:ietf:params:xml:ns:pidf")?;
    given_in(presence)
}

/// The location in a `presence` element, alone or inside a HELD answer.
pub(crate) fn given_in(presence: Reader<'_, '_>) -> Result<Given, PidfError> {
    let entity = presence.required_attribute("entity")?.to_owned();
    let found = first_location(presence)?;
    let manual = found.method.as_deref() == Some("Manual");
    Ok(Given {
        entity,
        confirmed_at: timestamp(found.container)?.unwrap_or(0),
        method: if manual { Method::Manual } else { Method::Derived },
        address: found.address,
    })
}

/// The tuple of a registration: the one with a revision. Two of them would be two registrations.
fn own_tuple<'a, 'input>(presence: Reader<'a, 'input>) -> Result<Option<Reader<'a, 'input>>, XmlError> {
    let mut own = None;
    for tuple in find_children(presence.0, ns::PIDF, "tuple") {
        let Some(revision) = find_children(tuple, ns::REGISTRATION, "revision").next() else { continue };
        if own.is_some() {
            return Err(XmlError::Duplicate { element: "revision".to_owned(), line: line(revision) });
        }
        own = Some(Reader(tuple));
    }
    Ok(own)
}

fn read_own(entity: String, tuple: Reader<'_, '_>) -> Result<Pidf, PidfError> {
    let revision = tuple.required(ns::REGISTRATION, "revision")?;
    let number = revision.text()?.parse().map_err(|_| revision.bad("write a whole number from 0"))?;
    let basis = tuple.required(ns::REGISTRATION, "basis")?;
    let word = basis.text()?;
    let known = [
        Basis::NetworkMap,
        Basis::ConfirmedHereBefore,
        Basis::Manual,
        Basis::OsSuggestionConfirmed,
        Basis::AdminStatic,
    ];
    let believed = known.into_iter().find(|basis| basis_word(*basis) == word).ok_or_else(|| {
        basis.bad("write network_map, confirmed_here_before, manual, os_suggestion_confirmed or admin_static")
    })?;
    let stamp = timestamp(tuple)?.ok_or_else(|| XmlError::MissingElement {
        element: "timestamp",
        parent: "tuple".to_owned(),
        line: line(tuple.0),
    })?;
    Ok(Pidf {
        entity,
        device: device_id::decode(tuple.required_attribute("id")?),
        revision: Revision(number),
        confirmed_at: stamp,
        basis: believed,
        content: own_content(tuple)?,
    })
}

fn own_content(tuple: Reader<'_, '_>) -> Result<Content, PidfError> {
    let located = location_of(tuple)?;
    let Some(absence) = tuple.child(ns::REGISTRATION, "absence")? else {
        let found = located.ok_or(PidfError::NoCivicLocation { line: line(tuple.0) })?;
        return Ok(Content::Located(found.address));
    };
    if located.is_some() {
        return Err(PidfError::Contradiction { line: line(absence.0) });
    }
    let word = absence.text()?;
    [Content::NoFixedAddress, Content::Withdrawn]
        .into_iter()
        .find(|content| absence_word(content) == Some(word.as_str()))
        .ok_or_else(|| absence.bad("write no_fixed_address or withdrawn").into())
}

/// A location and the device, tuple or person it belongs to.
struct Found<'a, 'input> {
    container: Reader<'a, 'input>,
    method: Option<String>,
    address: CivicAddress,
}

/// RFC 5491 section 3.4: device before tuple before person, in document order.
fn first_location<'a, 'input>(presence: Reader<'a, 'input>) -> Result<Found<'a, 'input>, PidfError> {
    for (namespace, name) in [(ns::DATA_MODEL, "device"), (ns::PIDF, "tuple"), (ns::DATA_MODEL, "person")] {
        for container in find_children(presence.0, namespace, name) {
            if let Some(found) = location_of(Reader(container))? {
                return Ok(found);
            }
        }
    }
    Err(PidfError::NoCivicLocation { line: line(presence.0) })
}

/// The `geopriv` elements of a container: in a tuple under `status` (RFC 4119), else its children.
pub(super) fn geoprivs<'a, 'input>(
    container: Reader<'a, 'input>,
) -> Result<Vec<Reader<'a, 'input>>, XmlError> {
    let mut parents: Vec<Node<'a, 'input>> = vec![container.0];
    if container.0.has_tag_name((ns::PIDF, "tuple")) {
        parents.insert(0, container.required(ns::PIDF, "status")?.0);
    }
    let all = parents.into_iter().flat_map(|parent| find_children(parent, ns::GEOPRIV, "geopriv"));
    Ok(all.map(Reader).collect())
}

/// The civic location of a container. Several geopriv elements describe the same place (RFC 5491
/// rule 4); the first civic one counts, and shapes are not even looked at.
fn location_of<'a, 'input>(container: Reader<'a, 'input>) -> Result<Option<Found<'a, 'input>>, PidfError> {
    for geopriv in geoprivs(container)? {
        let info = geopriv.required(ns::GEOPRIV, "location-info")?;
        let Some(civic) = info.child(ns::CIVIC, "civicAddress")? else { continue };
        let method = geopriv.child(ns::GEOPRIV, "method")?.map(Reader::text).transpose()?;
        return Ok(Some(Found { container, method, address: crate::civic::read(civic)? }));
    }
    Ok(None)
}

/// RFC 3863's timestamp in a tuple, RFC 4479's in a device or person.
pub(super) fn timestamp(container: Reader<'_, '_>) -> Result<Option<i64>, XmlError> {
    let namespace = if container.name() == "tuple" { ns::PIDF } else { ns::DATA_MODEL };
    let Some(stamp) = container.child(namespace, "timestamp")? else { return Ok(None) };
    let fix = "write an RFC 3339 time such as 2026-01-31T09:30:00Z";
    crate::time::read(&stamp.text()?).map(Some).ok_or_else(|| stamp.bad(fix))
}
