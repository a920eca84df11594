//! Hostile documents: each is refused with one clear error, and none stops the reader.

use rightdoor_location::held::{Answer, HeldError, LocationRequest, LocationResponse};
use rightdoor_location::pidf::{Given, Pidf, PidfError};
use rightdoor_location::record::Problem;
use rightdoor_location::xml::{MAX_BYTES, MAX_DEPTH, MAX_NODES, XmlError};

use crate::sample::registration;

fn refused(document: &[u8]) -> XmlError {
    // Every reader has the same rules; only the root that it awaits differs.
    for other in [
        LocationRequest::parse(document).is_err(),
        LocationResponse::parse(document).is_err(),
        HeldError::parse(document).is_err(),
        Answer::parse(document).is_err(),
        Given::parse(document).is_err(),
    ] {
        assert!(other);
    }
    match Pidf::parse(document) {
        Err(PidfError::Xml(error)) => error,
        other => panic!("not refused as XML: {other:?}"),
    }
}

fn refused_with(document: &str, parts: &[&str]) {
    let error = Pidf::parse(document.as_bytes()).unwrap_err();
    let message = error.to_string();
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    }
    let problem = Problem::from(&error);
    assert!(!problem.hint.is_empty() && !problem.message.contains("; "), "{problem:?}");
}

#[test]
fn bad_input_cut_anywhere() {
    let documents = [
        registration().write(),
        LocationResponse { uris: None, location: registration().for_call_path("pres:x@lis.example") }.write(),
    ];
    for document in documents {
        let bytes = document.as_bytes();
        let end = document.trim_end().len();
        for cut in 0..end {
            refused(bytes.get(..cut).unwrap());
        }
        for cut in 1..end {
            let _ = Pidf::parse(bytes.get(cut..).unwrap());
            let _ = Answer::parse(bytes.get(cut..).unwrap());
        }
    }
}

#[test]
fn bad_input_any_byte_changed() {
    let document = registration().write().into_bytes();
    for at in 0..document.len() {
        for byte in [0, b'<', b'>', b'&', b'"', 0x80, 0xff] {
            let mut changed = document.clone();
            *changed.get_mut(at).unwrap() = byte;
            let _ = Pidf::parse(&changed);
        }
    }
}

#[test]
fn bad_input_too_large() {
    let document = format!("{}{}", registration().write(), " ".repeat(MAX_BYTES));
    let size = document.len();
    assert_eq!(refused(document.as_bytes()), XmlError::TooLarge { size, limit: MAX_BYTES });
}

#[test]
fn bad_input_dtd_entity_bomb_and_external_entity() {
    let bomb = "<!DOCTYPE p [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]><p>&b;</p>";
    let outside = "<!DOCTYPE p [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><p>&x;</p>";
    let parameter = "<!DOCTYPE p [<!ENTITY % x SYSTEM 'http://127.0.0.1:1/x'> %x;]><p/>";
    for document in [bomb, outside, parameter, "<!DOCTYPE p SYSTEM 'x.dtd'><p/>", "<!DOCTYPE p><p/>"] {
        assert_eq!(refused(document.as_bytes()), XmlError::Dtd, "{document}");
    }
    let undeclared = registration().write().replace("Blake", "&xxe;");
    assert!(matches!(
        refused(undeclared.as_bytes()),
        XmlError::NotWellFormed { what: "an unknown entity", .. }
    ));
}

#[test]
fn bad_input_nesting() {
    let deep = "<a>".repeat(200_000);
    assert!(matches!(refused(deep.as_bytes()), XmlError::TooLarge { .. }));
    let most = "<a>".repeat(MAX_BYTES / 3);
    assert_eq!(refused(most.as_bytes()), XmlError::TooMany { what: "nodes", limit: MAX_NODES });
    let levels = 100;
    let closed = format!("{}{}", "<a>\n".repeat(levels), "</a>".repeat(levels));
    let line = MAX_DEPTH;
    assert_eq!(refused(closed.as_bytes()), XmlError::TooDeep { line, limit: MAX_DEPTH });
}

/// Without a count beforehand the parser takes minutes for one of these.
#[test]
fn bad_input_many_nodes_attributes_and_namespaces() {
    let too_many = |document: &str| {
        let error = refused(document.as_bytes());
        let XmlError::TooMany { what, .. } = error else { panic!("{error}") };
        what
    };
    let attributes: String = (0..20_000).map(|n| format!(" a{n}=''")).collect();
    let namespaces: String = (0..900).map(|n| format!(" xmlns:n{n}='{n}'")).collect();
    let nested: String = (0..900).map(|n| format!("<a xmlns:n{n}='{n}'>")).collect();
    assert_eq!(too_many(&format!("<a>{}</a>", "<b/>".repeat(50_000))), "nodes");
    assert_eq!(too_many(&format!("<a{attributes}/>")), "attributes");
    assert_eq!(too_many(&format!("<a{namespaces}/>")), "namespaces");
    assert_eq!(too_many(&nested), "namespaces");
}

#[test]
fn bad_input_encodings() {
    let mut latin = registration().write().replace("Blake", "Bl\u{1}ke").into_bytes();
    let at = latin.iter().position(|byte| *byte == 1).unwrap();
    *latin.get_mut(at).unwrap() = 0xe4;
    let line = u32::try_from(latin.iter().take(at).filter(|byte| **byte == b'\n').count()).unwrap() + 1;
    assert_eq!(refused(&latin), XmlError::NotUtf8 { line });
    let utf16: Vec<u8> = registration().write().encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(matches!(refused(&utf16), XmlError::NotWellFormed { .. } | XmlError::NotUtf8 { .. }));
    for name in ["ISO-8859-1", "UTF-16", "utf-7"] {
        let declared = registration().write().replace("UTF-8", name);
        assert_eq!(refused(declared.as_bytes()), XmlError::OtherEncoding);
    }
    let marked = format!("\u{feff}{}", registration().write().replace("\"UTF-8\"", "'utf-8'"));
    assert_eq!(Pidf::parse(marked.as_bytes()), Ok(registration()));
}

#[test]
fn bad_input_empty_and_other_documents() {
    refused(b"");
    refused(b"   ");
    refused(b"{}");
    let html = refused(b"<html><body>Login required</body></html>");
    assert!(html.to_string().starts_with("line 1: the root element is `html`"), "{html}");
    refused(b"<presence entity='sip:a@example.com'/>");
    let line = "the root element is `presence` in namespace `urn:x`; send `presence of urn:ietf";
    refused_with("<presence xmlns='urn:x' entity='sip:a@example.com'/>", &[line]);
}

#[test]
fn bad_input_elements_given_twice() {
    let good = registration().write();
    let twice = |element: &str| {
        let start = good.find(&format!("<{element}")).unwrap();
        let end_tag = format!("</{element}>");
        let end = good.find(&end_tag).unwrap() + end_tag.len();
        let one = good.get(start..end).unwrap();
        good.replacen(one, &format!("{one}{one}"), 1)
    };
    let single = [
        "ca:RD",
        "ca:country",
        "cae:HNP",
        "ca:civicAddress",
        "gp:location-info",
        "gp:method",
        "rd:revision",
        "rd:basis",
        "timestamp",
        "status",
        "tuple",
    ];
    for element in single {
        let error = Pidf::parse(twice(element).as_bytes()).unwrap_err();
        assert!(matches!(error, PidfError::Xml(XmlError::Duplicate { .. })), "{element}: {error}");
        assert!(error.to_string().ends_with("keep exactly one"), "{error}");
    }
    let blank_first = good.replace("<ca:RD>", "<ca:RD/><ca:RD>");
    refused_with(&blank_first, &["`RD` is given twice"]);
}

#[test]
fn bad_input_fields_are_named_with_their_line() {
    let good = registration().write();
    let line = |part: &str| {
        let before = good.split(part).next().unwrap();
        format!("line {}: ", before.matches('\n').count() + 1)
    };
    refused_with(
        &good.replace("<rd:revision>7<", "<rd:revision>-7<"),
        &[&line("<rd:revision>"), "`revision`", "whole number"],
    );
    refused_with(
        &good.replace(">confirmed_here_before<", ">guessed<"),
        &[&line("<rd:basis>"), "`basis`", "network_map"],
    );
    refused_with(&good.replace("2026-", "26-"), &[&line("<timestamp>"), "`timestamp`", "RFC 3339"]);
    refused_with(
        &good.replace("ca:A3>", "ca:CITY>"),
        &[&line("<ca:A3>"), "`CITY`", "remove it or correct its name"],
    );
    refused_with(
        &good.replace("<ca:FLR>5<", "<ca:FLR><b>5</b><"),
        &[&line("<ca:FLR>"), "`FLR`", "plain text"],
    );
    refused_with(&good.replace(" entity=", " other="), &[&line("<presence"), "`entity`", "add it"]);
    refused_with(&good.replace("sip:ada@example.com", " "), &["`entity`", "add it"]);
    refused_with(&good.replace("sip:ada@", "sip: ada@"), &["`entity`", "without white space"]);
    refused_with(&good.replace(" id=\"desk-1\"", ""), &[&line("<tuple"), "`id`"]);
    refused_with(&good.replace("timestamp>", "stamp>"), &[&line("<tuple"), "`timestamp`", "add one"]);
    refused_with(&good.replace("gp:location-info", "gp:place"), &[&line("<gp:geopriv"), "`location-info`"]);
    refused_with(&good.replace("ca:civicAddress", "ca:postalAddress"), &["civicAddress"]);
    let both = good.replace("<timestamp>", "<rd:absence>withdrawn</rd:absence><timestamp>");
    refused_with(&both, &["`absence` stands beside a location"]);
}

#[test]
fn bad_input_refusals_never_repeat_an_address() {
    let good = registration().write();
    for (from, to) in
        [("</ca:RD>", "</ca:rd>"), ("Blake", "Blake\u{1}"), ("Blake", "Blake<b/>"), ("Blake", "Blake&no;")]
    {
        let error = Pidf::parse(good.replace(from, to).as_bytes()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("Blake"), "{error}");
    }
}
