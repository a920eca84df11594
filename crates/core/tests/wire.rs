//! What probes hear: the torture messages of RFC 4475, and the fuzzers' committed corpus.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "only the library is without files")]

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rightdoor_core::wire::sip::{Frame, Response, SipError, frame, response};

#[path = "../../../fuzz/properties/wire.rs"]
mod properties;

type Property = fn(&[u8]);

const TARGETS: [(&str, Property); 3] =
    [("sip", properties::sip), ("stun", properties::stun), ("dns", properties::dns)];

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target)
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let files = fs::read_dir(folder(target)).unwrap().map(|entry| entry.unwrap().path());
    let all: Vec<_> = files.map(|path| fs::read(path).unwrap()).collect();
    assert!(all.len() >= 10, "{target}: {} files", all.len());
    all
}

fn torture(name: &str) -> Vec<u8> {
    fs::read(folder("sip").join(format!("rfc4475_{name}.sip"))).unwrap()
}

/// The message as a response to somebody: all its headers, under a status line.
fn as_response(name: &str) -> Vec<u8> {
    let message = torture(name);
    let end = message.windows(2).position(|two| two == b"\r\n").unwrap();
    [b"SIP/2.0 200 OK", &message[end..]].concat()
}

#[test]
fn bad_input_corpus_of_sip_stun_and_dns() {
    for (target, property) in TARGETS {
        corpus(target).iter().for_each(|message| property(message));
    }
}

proptest! {
    /// A short search on every build; the long one is the fuzzer's.
    #[test]
    fn bad_input_corpus_of_the_wire_with_cuts_and_splices(
        target in proptest::sample::select(TARGETS.to_vec()),
        first in any::<proptest::sample::Index>(),
        second in any::<proptest::sample::Index>(),
        from in any::<proptest::sample::Index>(),
        to in any::<proptest::sample::Index>(),
        noise in proptest::collection::vec(any::<u8>(), 0..4),
    ) {
        let (name, property) = target;
        let messages = corpus(name);
        let (head, tail) = (first.get(&messages), second.get(&messages));
        let head = head.get(..from.index(head.len().max(1))).unwrap_or_default();
        let tail = tail.get(to.index(tail.len().max(1))..).unwrap_or_default();
        property(&[head, noise.as_slice(), tail].concat());
    }
}

#[test]
fn the_requests_of_rfc_4475_are_no_responses() {
    let files = fs::read_dir(folder("sip")).unwrap().map(|entry| entry.unwrap().file_name());
    let names: Vec<String> = files.map(|name| name.into_string().unwrap()).collect();
    let names = names.iter().filter_map(|name| name.strip_prefix("rfc4475_")?.strip_suffix(".sip"));
    let mut requests = 0;
    for name in names {
        let wanted = match name {
            "unreason" | "noreason" | "bcast" | "scalarlg" | "bigcode" => continue,
            // Another version of SIP; and a line that does not end with the version.
            "badvers" | "trws" => SipError::NotSip,
            _ => SipError::Request,
        };
        assert_eq!(response(&torture(name)), Err(wanted), "{name}");
        requests += 1;
    }
    assert_eq!(requests, 44);
}

#[test]
fn the_responses_of_rfc_4475_are_read_as_far_as_they_hold() {
    let read = |name| response(&torture(name));
    let said = |name| read(name).map(|response| (response.status, response.branch, response.tag)).unwrap();
    // A reason in another script, none at all, and a second Via that is nobody's here.
    assert_eq!(said("unreason"), (200, "z9hG4bK1324923".into(), "11141343".into()));
    assert_eq!(said("noreason"), (100, "z9hG4bK2398ndaoe".into(), "39ansfi3".into()));
    assert_eq!(said("bcast"), (200, "z9hG4bK1324923".into(), "11141343".into()));
    // Numbers that fit nowhere.
    assert_eq!(read("bigcode"), Err(SipError::NotSip));
    assert_eq!(read("scalarlg"), Err(SipError::Header("CSeq")));
}

/// A response repeats what its request said, so what is odd there has to be read here, too.
#[test]
fn the_headers_of_rfc_4475_are_read_in_a_response() {
    let read = |name| response(&as_response(name));
    let told = |name| {
        let Response { branch, number, method, call, tag, .. } = read(name).unwrap();
        (branch, number, method, call, tag)
    };
    let owned = |branch: &str, number, method: &str, call: &str, tag: &str| {
        (branch.to_owned(), number, method.to_owned(), call.to_owned(), tag.to_owned())
    };
    assert_eq!(told("wsinv"), owned("390skdjuw", 9, "INVITE", "wsinv.ndaksdj@192.0.2.1", "98asjd8"));
    assert_eq!(
        told("intmeth"),
        owned(
            "z9hG4bK-.!%66*_+`'~",
            139_122_385,
            "!interesting-Method0123456789_*+`.%indeed'~",
            "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{",
            "_token~1'+`*%!-."
        )
    );
    let esc01 = "esc01.239409asdfakjkn23onasd0-3234";
    assert_eq!(told("esc01"), owned("z9hG4bKkdjuw", 234_234, "INVITE", esc01, "938"));
    assert_eq!(told("transports").0, "z9hG4bKkdjuw");
    assert_eq!(told("lwsdisp").4, "323");
    assert_eq!(told("badaspec").4, "433423");
    // What is missing, stands there twice, or is no number.
    for (name, header) in [
        ("badinv01", "Via"),
        ("longreq", "Via"),
        ("ltgtruri", "Via"),
        ("inv2543", "Via"),
        ("insuf", "From"),
        ("multi01", "From"),
        ("scalar02", "CSeq"),
    ] {
        assert_eq!(read(name), Err(SipError::Header(header)), "{name}");
    }
}

#[test]
fn lengths_of_rfc_4475_cut_a_stream_or_end_it() {
    // The length is of more than came; negative; told twice; not told at all.
    assert_eq!(frame(&torture("clerr")), Ok(Frame::More));
    for name in ["ncl", "mcl01", "inv2543"] {
        assert_eq!(frame(&torture(name)), Err(SipError::Body), "{name}");
    }
    // Two requests in one: each ends where its own length says.
    let both = torture("dblreq");
    let Ok(Frame::Message(first)) = frame(&both) else { panic!() };
    assert_eq!(frame(&both[first..]), Ok(Frame::KeepAlive(2)));
    assert!(both[first + 2..].starts_with(b"INVITE"));
}
