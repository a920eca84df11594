//! Reading and writing a whole presence document.

use roxmltree::Node;

use super::presence::{Confidence, Distribution, Kind, Location, Part, Presence, Subject, UsageRules};
use super::read::{geoprivs, timestamp};
use crate::xml::{Reader, Writer, XmlError, line, ns};
use crate::{civic, geo};

/// The most locations in a document; real ones have fewer than five.
const MOST: usize = 24;

/// Everything in a `presence` element.
pub(super) fn read(presence: Reader<'_, '_>) -> Result<Presence, XmlError> {
    let entity = presence.required_attribute("entity")?.to_owned();
    let mut subjects = Vec::new();
    let mut count = 0;
    for child in presence.0.children().filter(Node::is_element).map(Reader) {
        let kind = match (child.0.tag_name().namespace(), child.name()) {
            (Some(ns::DATA_MODEL), "device") => Kind::Device,
            (Some(ns::PIDF), "tuple") => Kind::Tuple,
            (Some(ns::DATA_MODEL), "person") => Kind::Person,
            _ => continue,
        };
        let subject = subject(kind, child)?;
        count += subject.locations.len().max(1);
        if count > MOST {
            return Err(XmlError::TooMany { what: "locations", limit: MOST });
        }
        subjects.push(subject);
    }
    // The schema has tuples first, and the reading rule does not ask which of two kinds came first.
    subjects.sort_by_key(|subject| subject.kind != Kind::Tuple);
    Ok(Presence { entity, subjects })
}

fn subject(kind: Kind, element: Reader<'_, '_>) -> Result<Subject, XmlError> {
    let device_id = element.child(ns::DATA_MODEL, "deviceID")?.map(Reader::text).transpose()?;
    Ok(Subject {
        kind,
        id: element.required_attribute("id")?.to_owned(),
        device_id: device_id.filter(|_| kind == Kind::Device),
        timestamp: timestamp(element)?,
        locations: geoprivs(element)?.into_iter().map(location).collect::<Result<_, _>>()?,
    })
}

fn location(geopriv: Reader<'_, '_>) -> Result<Location, XmlError> {
    let info = geopriv.required(ns::GEOPRIV, "location-info")?;
    let mut parts: Vec<Part> = Vec::new();
    for child in info.0.children().filter(Node::is_element).map(Reader) {
        let part = if child.0.has_tag_name((ns::CIVIC, "civicAddress")) {
            Part::Civic(civic::read(child)?)
        } else if let Some(shape) = geo::read(child)? {
            Part::Geodetic(shape)
        } else {
            continue;
        };
        let same = |earlier: &Part| matches!(earlier, Part::Civic(_)) == matches!(part, Part::Civic(_));
        if parts.iter().any(same) {
            return Err(XmlError::Duplicate { element: child.name().to_owned(), line: line(child.0) });
        }
        parts.push(part);
    }
    let stated = info.child(ns::CONFIDENCE, "confidence")?;
    let rules = geopriv.child(ns::GEOPRIV, "usage-rules")?;
    Ok(Location {
        parts,
        confidence: stated.map(confidence).transpose()?.unwrap_or_default(),
        rules: rules.map(usage_rules).transpose()?.unwrap_or_default(),
        method: geopriv.child(ns::GEOPRIV, "method")?.map(Reader::text).transpose()?,
    })
}

fn confidence(element: Reader<'_, '_>) -> Result<Confidence, XmlError> {
    let known = [Distribution::Normal, Distribution::Rectangular];
    let pdf = element.0.attribute("pdf").map(str::trim);
    let distribution = known.into_iter().find(|known| pdf == Some(known.token())).unwrap_or_default();
    match element.text()?.as_str() {
        "unknown" => Ok(Confidence::unknown(distribution)),
        text => text
            .parse()
            .ok()
            .and_then(|percent| Confidence::new(percent, distribution))
            .ok_or_else(|| element.bad("write a percentage between 0 and 100, or unknown")),
    }
}

fn usage_rules(element: Reader<'_, '_>) -> Result<UsageRules, XmlError> {
    let text = |name| element.child(ns::POLICY, name)?.map(Reader::text).transpose();
    let allowed = match text("retransmission-allowed")?.as_deref() {
        None => None,
        Some("true" | "1") => Some(true),
        // What cannot be read allows nothing.
        Some(_) => Some(false),
    };
    let expiry = element.child(ns::POLICY, "retention-expiry")?;
    let expiry = expiry.map(|expiry| {
        let fix = "write an RFC 3339 time such as 2026-01-31T09:30:00Z";
        crate::time::read(&expiry.text()?).ok_or_else(|| expiry.bad(fix))
    });
    Ok(UsageRules {
        retransmission_allowed: allowed,
        retention_expiry: expiry.transpose()?,
        external_ruleset: text("external-ruleset")?,
        note_well: text("note-well")?,
    })
}

/// Writes a `presence` element with all its namespaces.
pub(super) fn write(out: &mut Writer, presence: &Presence) {
    let attributes = [
        ("xmlns", ns::PIDF),
        ("xmlns:dm", ns::DATA_MODEL),
        ("xmlns:gp", ns::GEOPRIV),
        ("xmlns:gbp", ns::POLICY),
        ("xmlns:con", ns::CONFIDENCE),
        ("entity", &presence.entity),
    ];
    out.element("presence", &attributes, |out| {
        let (tuples, others): (Vec<_>, Vec<_>) =
            presence.subjects.iter().partition(|subject| subject.kind == Kind::Tuple);
        tuples.into_iter().chain(others).for_each(|subject| write_subject(out, subject));
    });
}

fn write_subject(out: &mut Writer, subject: &Subject) {
    let stamp = subject.timestamp.map(crate::time::write);
    let locations = |out: &mut Writer| subject.locations.iter().for_each(|one| write_location(out, one));
    let id = [("id", subject.id.as_str())];
    if subject.kind == Kind::Tuple {
        out.element("tuple", &id, |out| {
            out.element("status", &[], locations);
            if let Some(stamp) = &stamp {
                out.text("timestamp", &[], stamp);
            }
        });
        return;
    }
    let name = if subject.kind == Kind::Device { "dm:device" } else { "dm:person" };
    out.element(name, &id, |out| {
        locations(out);
        if let Some(uri) = &subject.device_id {
            out.text("dm:deviceID", &[], uri);
        }
        if let Some(stamp) = &stamp {
            out.text("dm:timestamp", &[], stamp);
        }
    });
}

fn write_location(out: &mut Writer, location: &Location) {
    out.element("gp:geopriv", &[], |out| {
        out.element("gp:location-info", &[], |out| {
            for part in &location.parts {
                match part {
                    Part::Civic(address) => civic::write(out, address),
                    Part::Geodetic(shape) => geo::write(out, shape),
                }
            }
            if location.confidence.is_stated() {
                let percent = location.confidence.percent().map_or("unknown".to_owned(), |p| p.to_string());
                let pdf = [("pdf", location.confidence.distribution().token())];
                out.text("con:confidence", &pdf, &percent);
            }
        });
        out.element("gp:usage-rules", &[], |out| {
            let rules = &location.rules;
            let allowed = rules.retransmission_allowed.map(|allowed| allowed.to_string());
            let expiry = rules.retention_expiry.map(crate::time::write);
            let all = [
                ("gbp:retransmission-allowed", allowed.as_ref()),
                ("gbp:retention-expiry", expiry.as_ref()),
                ("gbp:external-ruleset", rules.external_ruleset.as_ref()),
                ("gbp:note-well", rules.note_well.as_ref()),
            ];
            for (name, text) in all {
                if let Some(text) = text {
                    out.text(name, &[], text);
                }
            }
        });
        if let Some(method) = &location.method {
            out.text("gp:method", &[], method);
        }
    });
}
