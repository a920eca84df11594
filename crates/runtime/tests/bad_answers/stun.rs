//! STUN.

use rightdoor_core::reach::{Answer, Fault, Subject};

use super::peers::{Log, ask, is_good, over_udp};

/// An answer of that type with these attributes.
fn answer(request: &[u8], kind: [u8; 2], attributes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(attributes.len()).unwrap().to_be_bytes();
    [&kind[..], &length, &request[4..20], attributes].concat()
}

const SUCCESS: [u8; 2] = [1, 1];
const MAPPED: [u8; 12] = [0, 1, 0, 8, 0, 1, 0x13, 0x88, 192, 0, 2, 1];

#[tokio::test]
async fn bad_input_from_a_stun_server_is_ignored_line_by_line() {
    let log = Log::default();
    let _kept = log.keep();
    let address = over_udp(|request| {
        let right = answer(request, SUCCESS, &MAPPED);
        let mut other = right.clone();
        other[19] ^= 1;
        let mut cookie = right.clone();
        cookie[4] ^= 1;
        vec![
            b"not STUN".to_vec(),
            request.to_vec(),
            other,
            cookie,
            right[..right.len() - 1].to_vec(),
            answer(request, SUCCESS, b""),
            answer(request, SUCCESS, &[0, 1, 0xFF, 0xFF]),
            answer(request, SUCCESS, &[&MAPPED[..], &[0x70, 0, 0, 0]].concat()),
            answer(request, SUCCESS, &[&MAPPED[..], &[0x80, 0x28, 0, 4, 0, 0, 0, 0]].concat()),
            right,
        ]
    })
    .await;
    assert!(is_good(&ask(&Subject::Stun(address.to_string().into())).await));
    assert_eq!(log.count("ignored"), 9);
}

#[tokio::test]
async fn who_refuses_was_reached_and_who_never_answers_was_not() {
    let refusal = [0, 9, 0, 4, 0, 0, 4, 1];
    let address = over_udp(move |request| vec![answer(request, [1, 0x11], &refusal)]).await;
    assert!(is_good(&ask(&Subject::Stun(address.to_string().into())).await));
    let address = over_udp(|request| vec![request.to_vec()]).await;
    let silent = ask(&Subject::Stun(address.to_string().into())).await;
    assert_eq!(silent, Answer::Fault(Fault::Silent));
}
