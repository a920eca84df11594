//! `civicAddress` in a document, whoever carries it (RFC 5139 section 4, RFC 6848 section 3).

use std::collections::BTreeSet;

use roxmltree::Node;

use super::{CivicAddress, Element};
use crate::xml::{Reader, Writer, XmlError, line, ns};

/// The order of RFC 5139's schema, which is not the order in which people read an address. What
/// stands in other namespaces follows in any order.
#[rustfmt::skip]
const SCHEMA_ORDER: [Element; Element::ALL.len()] = {
    use Element::{
        A1, A2, A3, A4, A5, A6, ADDCODE, BLD, Country, DT, FLR, HNC, HNO, HNP, HNS, LMK, LOC, MP, NAM, PC, PCE,
        PCN, PLC, PN, POBOX, POD, POM, PRD, PRM, RD, RDBR, RDSEC, RDSUBBR, ROOM, ROW, SEAT, SECTION, SITE, STP,
        STPS, STS, SUBSITE, UNIT, UnitPreType, UnitValue, WING,
    };
    [
        Country, A1, A2, A3, A4, A5, A6, PRM, PRD, RD, STS, POD, POM, RDSEC, RDBR, RDSUBBR, HNO, HNS, LMK, LOC,
        FLR, NAM, PC, BLD, UNIT, ROOM, SEAT, PLC, PCN, POBOX, ADDCODE, HNP, STP, MP, PN, STPS, SITE, SUBSITE,
        WING, UnitPreType, UnitValue, SECTION, ROW, PCE, DT, HNC,
    ]
};

/// The prefix that a namespace gets.
fn prefix(element: Element) -> &'static str {
    match element.namespace() {
        ns::CIVIC_EXT => "cae",
        ns::NENA_1 => "cdx1",
        ns::NENA_2 => "cdx2",
        _ => "ca",
    }
}

/// The known elements; other namespaces are ignored, and so is what the growing ones may hold one
/// day. RFC 5139's own never grows: there an unknown name is a mistake that must be told.
pub(crate) fn read(civic: Reader<'_, '_>) -> Result<CivicAddress, XmlError> {
    let mut address = CivicAddress::new();
    let mut seen = BTreeSet::new();
    for child in civic.0.children().filter(Node::is_element).map(Reader) {
        let namespace = child.0.tag_name().namespace().unwrap_or_default();
        let named = Element::from_name(child.name());
        let Some(element) = named.filter(|element| element.namespace() == namespace) else {
            if namespace == ns::CIVIC {
                return Err(child.unknown("civicAddress"));
            }
            continue;
        };
        let value = child.text()?;
        if !seen.insert(element) {
            return Err(XmlError::Duplicate { element: element.name().to_owned(), line: line(child.0) });
        }
        address.set(element, &value);
    }
    Ok(address)
}

/// Writes the whole element, with the namespaces that it needs.
pub(crate) fn write(out: &mut Writer, address: &CivicAddress) {
    let mut attributes = vec![("xmlns:ca", ns::CIVIC)];
    for (name, namespace) in
        [("xmlns:cae", ns::CIVIC_EXT), ("xmlns:cdx1", ns::NENA_1), ("xmlns:cdx2", ns::NENA_2)]
    {
        if address.iter().any(|(element, _)| element.namespace() == namespace) {
            attributes.push((name, namespace));
        }
    }
    out.element("ca:civicAddress", &attributes, |out| {
        let mut name = String::new();
        for element in SCHEMA_ORDER {
            let Some(value) = address.get(element) else { continue };
            name.clear();
            name.extend([prefix(element), ":", element.name()]);
            out.text(&name, &[], value);
        }
    });
}
