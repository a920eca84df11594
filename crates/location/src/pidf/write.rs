use super::{Method, Pidf, Prepared, device_id};
use crate::xml::{Writer, ns};
use crate::{Basis, CivicAddress, Content};

/// The tuple's `id` in what the call path gets: the same for everybody.
const GIVEN_ID: &str = "location";

pub(super) fn write_own(pidf: &Pidf) -> String {
    let mut out = Writer::new();
    let attributes = [("xmlns", ns::PIDF), ("xmlns:rd", ns::REGISTRATION), ("entity", pidf.entity.as_str())];
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

/// Writes the `presence` of a location that the call path is given, alone or inside a HELD answer.
pub(crate) fn write_prepared(out: &mut Writer, given: &Prepared) {
    out.element("presence", &[("xmlns", ns::PIDF), ("entity", &given.entity)], |out| {
        out.element("tuple", &[("id", GIVEN_ID)], |out| {
            out.written(&given.status);
            out.text("timestamp", &[], &crate::time::write(given.confirmed_at));
        });
    });
}

/// The `status` alone, as [`write_own`] writes it within a document.
pub(super) fn write_status(address: &CivicAddress, method: Method) -> String {
    let mut out = Writer::within(2);
    status(&mut out, address, method);
    out.fragment()
}

/// RFC 4119 section 2.2: `geopriv` within the tuple's `status`. Empty `usage-rules` mean RFC 4119's
/// defaults: no retransmission, kept for 24 hours.
fn status(out: &mut Writer, address: &CivicAddress, method: Method) {
    out.element("status", &[], |out| {
        out.text("basic", &[], "open");
        out.element("gp:geopriv", &[("xmlns:gp", ns::GEOPRIV)], |out| {
            out.element("gp:location-info", &[], |out| crate::civic::write(out, address));
            out.empty("gp:usage-rules", &[]);
            out.text("gp:method", &[], method.token());
        });
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
