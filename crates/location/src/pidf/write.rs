use super::{Given, Method, Pidf, device_id};
use crate::xml::{Writer, ns};
use crate::{Basis, CivicAddress, Content, Element};

/// The tuple's `id` in what the call path gets: the same for everybody.
const GIVEN_ID: &str = "location";

/// The order of RFC 5139's schema, which is not the order in which people read an address.
const SCHEMA_ORDER: [Element; 33] = {
    use Element::{
        A1, A2, A3, A4, A5, A6, ADDCODE, BLD, Country, FLR, HNO, HNP, HNS, LMK, LOC, NAM, PC, PCN, PLC,
        POBOX, POD, POM, PRD, PRM, RD, RDBR, RDSEC, RDSUBBR, ROOM, SEAT, STP, STS, UNIT,
    };
    [
        Country, A1, A2, A3, A4, A5, A6, PRM, PRD, RD, STS, POD, POM, RDSEC, RDBR, RDSUBBR, HNO, HNS, LMK,
        LOC, FLR, NAM, PC, BLD, UNIT, ROOM, SEAT, PLC, PCN, POBOX, ADDCODE, HNP, STP,
    ]
};

pub(super) fn write_own(pidf: &Pidf) -> String {
    let mut out = Writer::new();
    let attributes = [("xmlns", ns::PIDF), ("xmlns:rd", ns::RIGHTDOOR), ("entity", pidf.entity.as_str())];
    out.element("presence", &attributes, |out| {
        out.element("tuple", &[("id", &device_id::encode(&pidf.device))], |out| {
            match &pidf.content {
                Content::Located(address) => status(out, address, Method::from(pidf.basis)),
                Content::NoFixedAddress | Content::Withdrawn => {
                    out.element("status", &[], |out| out.text("basic", &[], "closed"));
                }
            }
            out.text("rd:revision", &[], &pidf.revision.0.to_string());
            out.text("rd:basis", &[], basis_word(pidf.basis));
            if let Some(word) = absence_word(&pidf.content) {
                out.text("rd:absence", &[], word);
            }
            out.text("timestamp", &[], &crate::time::write(pidf.confirmed_at));
        });
    });
    out.finish()
}

/// Writes the `presence` of [`Given`], alone or inside a HELD answer.
pub(crate) fn write_given(out: &mut Writer, given: &Given) {
    out.element("presence", &[("xmlns", ns::PIDF), ("entity", &given.entity)], |out| {
        out.element("tuple", &[("id", GIVEN_ID)], |out| {
            status(out, &given.address, given.method);
            out.text("timestamp", &[], &crate::time::write(given.confirmed_at));
        });
    });
}

/// RFC 4119 section 2.2: `geopriv` within the tuple's `status`. Empty `usage-rules` mean RFC 4119's
/// defaults: no retransmission, kept for 24 hours.
fn status(out: &mut Writer, address: &CivicAddress, method: Method) {
    out.element("status", &[], |out| {
        out.text("basic", &[], "open");
        out.element("gp:geopriv", &[("xmlns:gp", ns::GEOPRIV)], |out| {
            out.element("gp:location-info", &[], |out| civic(out, address));
            out.empty("gp:usage-rules", &[]);
            out.text("gp:method", &[], method.token());
        });
    });
}

fn civic(out: &mut Writer, address: &CivicAddress) {
    let mut attributes = vec![("xmlns:ca", ns::CIVIC)];
    if address.iter().any(|(element, _)| element.is_rfc6848()) {
        attributes.push(("xmlns:cae", ns::CIVIC_EXT));
    }
    out.element("ca:civicAddress", &attributes, |out| {
        for element in SCHEMA_ORDER {
            let Some(value) = address.get(element) else { continue };
            let prefix = if element.is_rfc6848() { "cae" } else { "ca" };
            out.text(&format!("{prefix}:{}", element.name()), &[], value);
        }
    });
}

pub(super) const fn basis_word(basis: Basis) -> &'static str {
    match basis {
        Basis::NetworkMap => "network_map",
        Basis::ConfirmedHereBefore => "confirmed_here_before",
        Basis::Manual => "manual",
        Basis::OsSuggestionConfirmed => "os_suggestion_confirmed",
        Basis::AdminStatic => "admin_static",
    }
}

pub(super) const fn absence_word(content: &Content) -> Option<&'static str> {
    match content {
        Content::Located(_) => None,
        Content::NoFixedAddress => Some("no_fixed_address"),
        Content::Withdrawn => Some("withdrawn"),
    }
}
