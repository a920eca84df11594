//! What must hold of what probes hear, for any bytes. The fuzz targets search for a counterexample; the core's
//! tests replay the committed corpus through the same functions.

use std::net::{IpAddr, SocketAddr};

use rightdoor_core::reach::MOST_TARGETS;
use rightdoor_core::wire::dns::{Kind, Question, Reply, query, reply};
use rightdoor_core::wire::locate::{Said, Service, Step};
use rightdoor_core::wire::sip::{Frame, MOST_BODY, MOST_HEAD, Response, frame, response};
use rightdoor_core::wire::stun::{StunError, answer};

/// A stream is cut at one place only, however it comes; a response that is read survives being written, and answers
/// no request but its own.
pub fn sip(data: &[u8]) {
    match frame(data) {
        Ok(Frame::More) => assert!(data.len() <= MOST_HEAD + MOST_BODY + 4),
        Ok(Frame::KeepAlive(length)) => assert!((1..=data.len()).contains(&length)),
        Ok(Frame::Message(length)) => {
            assert!(length <= data.len());
            assert_eq!(frame(&data[..length]), Ok(Frame::Message(length)));
            for cut in [1, length / 2, length - 1] {
                assert_eq!(frame(&data[..cut]), Ok(Frame::More), "{cut} of {length}");
            }
        }
        Err(_) => {}
    }
    let Ok(read) = response(data) else { return };
    assert!((100..700).contains(&read.status));
    assert_eq!(response(written(&read).as_bytes()), Ok(read));
}

/// The least response that says the same.
fn written(response: &Response) -> String {
    let Response { status, branch, number, method, call, tag, retry_after } = response;
    let tag = if tag.is_empty() { String::new() } else { format!(";tag={tag}") };
    let retry_after =
        retry_after.map(|after| format!("Retry-After: {}\r\n", after.as_secs())).unwrap_or_default();
    format!(
        "SIP/2.0 {status} \r\nVia: SIP/2.0/UDP h;branch={branch}\r\nFrom: <sip:h>{tag}\r\nCSeq: {number} {method}\r\n\
         Call-ID: {call}\r\n{retry_after}\r\n"
    )
}

/// An address that a server saw is the one that was written, and an answer to one request is none to another.
pub fn stun(data: &[u8]) {
    let Some(transaction) = data.get(8..20).and_then(|id| <[u8; 12]>::try_from(id).ok()) else {
        assert_eq!(answer(data, [0; 12]), Err(StunError::NotStun));
        return;
    };
    let mut other = transaction;
    other[0] ^= 1;
    assert!(matches!(answer(data, other), Err(StunError::NotStun | StunError::Foreign)));
    if let Ok(address) = answer(data, transaction) {
        let plain = mapped(address, transaction);
        assert_eq!(answer(&plain, transaction), Ok(address));
    }
}

/// A success that says the address without a mask.
fn mapped(address: SocketAddr, transaction: [u8; 12]) -> Vec<u8> {
    let (family, ip) = match address.ip() {
        IpAddr::V4(ip) => (1, ip.octets().to_vec()),
        IpAddr::V6(ip) => (2, ip.octets().to_vec()),
    };
    let size = 4 + u8::try_from(ip.len()).unwrap_or_default();
    let [high, low] = address.port().to_be_bytes();
    let head = [1, 1, 0, 4 + size, 0x21, 0x12, 0xa4, 0x42];
    [&head[..], &transaction, &[0, 1, 0, size, 0, family, high, low], &ip].concat()
}

/// An answer counts for its own question only; and whatever the names say, the way from a URI to its servers ends,
/// with few of them, and with the URI's own domain to be named by a certificate.
pub fn dns(data: &[u8]) {
    let id = data.get(..2).map_or(0, |id| u16::from_be_bytes([id[0], id[1]]));
    let name = "phone.example".to_owned();
    let question = |kind| Question { name: name.clone(), kind };
    let kinds = [Kind::A, Kind::Aaaa, Kind::Srv, Kind::Naptr];
    let heard = kinds.map(|kind| (kind, reply(data, id, &question(kind))));
    assert!(heard.iter().filter(|(_, heard)| heard.is_ok()).count() <= 1);
    assert!(kinds.iter().all(|kind| reply(data, !id, &question(*kind)).is_err()));
    for (_, said) in heard.into_iter().filter_map(|(kind, heard)| heard.ok().map(|reply| (kind, reply))) {
        for uri in ["sip:phone.example", "sips:phone.example", "sip:ana@phone.example;transport=tcp"] {
            lead(uri, &said);
        }
    }
    if let Ok(text) = str::from_utf8(data) {
        let asked = query(id, &Question { name: text.to_owned(), kind: Kind::A });
        assert!(asked.is_err() || text.len() <= 254);
        if let Ok(service) = Service::read(text) {
            let _ = service.locate(&Said::new(), 0);
        }
    }
}

/// Every question is answered in the same way.
fn lead(uri: &str, everything: &Reply) {
    let Ok(service) = Service::read(uri) else { return };
    let mut said = Said::new();
    for _ in 0..4 {
        match service.locate(&said, 7) {
            Step::Ask(questions) => {
                assert!(
                    !questions.is_empty() && questions.iter().all(|question| !said.contains_key(question))
                );
                said.extend(questions.into_iter().map(|question| (question, everything.clone())));
            }
            Step::Found(targets) => {
                assert!(targets.len() <= MOST_TARGETS);
                assert!(targets.iter().all(|target| target.domain.reveal() == "phone.example"));
                return;
            }
        }
    }
    panic!("the way does not end");
}
