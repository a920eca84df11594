//! SIP over UDP.

use rightdoor_core::reach::{Answer, Fault, Transport};
use tokio::net::UdpSocket;

use super::peers::{Log, altered, ask, is_good, over_udp, response, server};

#[tokio::test]
async fn bad_input_from_a_sip_server_is_ignored_line_by_line() {
    let log = Log::default();
    let _kept = log.keep();
    let address = over_udp(|request| {
        let right = response(request, "200 OK");
        // A 503 in place of each wrong one: whoever takes it says so.
        let busy = response(request, "503 Service Unavailable");
        vec![
            b"\0\xFF not SIP at all".to_vec(),
            request.to_vec(),
            altered(&busy, "branch=z9hG4bK", "branch=z9hG4bKx"),
            altered(&busy, "Call-ID: ", "Call-ID: x"),
            altered(&busy, ";tag=", ";tag=x"),
            altered(&busy, "CSeq: 1 ", "CSeq: 2 "),
            altered(&busy, "OPTIONS\r\n", "INVITE\r\n"),
            altered(&busy, "503", "99999999999"),
            altered(&busy, "Via: ", "Via: SIP/2.0/UDP h;branch=z9hG4bKother\r\nVia: "),
            [&busy[..busy.len() - 2], "X: ".as_bytes(), &[b'x'; 60_000]].concat(),
            altered(&right, "200 OK", "100 Trying"),
            right,
        ]
    })
    .await;
    assert!(is_good(&ask(&server(Transport::Udp, address)).await));
    assert_eq!(log.count("ignored"), 11);
}

#[tokio::test]
async fn bad_input_from_a_spoofed_source_is_not_heard() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let subject = server(Transport::Udp, socket.local_addr().unwrap());
    let peer = tokio::spawn(async move {
        let mut buffer = [0; 4096];
        let (length, asker) = socket.recv_from(&mut buffer).await.unwrap();
        // The right words from the wrong port, and from the wrong address.
        for from in ["127.0.0.1:0", "127.0.0.2:0"] {
            let Ok(stranger) = UdpSocket::bind(from).await else { continue };
            let busy = response(&buffer[..length], "503 Service Unavailable");
            stranger.send_to(&busy, asker).await.unwrap();
        }
        socket.send_to(&response(&buffer[..length], "200 OK"), asker).await.unwrap();
    });
    assert!(is_good(&ask(&subject).await));
    peer.await.unwrap();
}

#[tokio::test]
async fn whatever_a_server_says_it_answers_but_for_503() {
    for status in [401, 403, 404, 405, 407, 483, 500, 603] {
        let address = over_udp(move |request| vec![response(request, &format!("{status} "))]).await;
        assert!(is_good(&ask(&server(Transport::Udp, address)).await), "{status}");
    }
    let address = over_udp(|request| vec![response(request, "503 Service Unavailable")]).await;
    assert_eq!(ask(&server(Transport::Udp, address)).await, Answer::Fault(Fault::Busy));
}

#[tokio::test]
async fn a_lost_request_is_sent_again() {
    let sent = std::sync::atomic::AtomicU8::new(0);
    let address = over_udp(move |request| match sent.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
        0 => Vec::new(),
        _ => vec![response(request, "200 OK")],
    })
    .await;
    let answer = ask(&server(Transport::Udp, address)).await;
    assert!(matches!(answer, Answer::Good { sends: 2.., .. }), "{answer:?}");
}
