//! SIP over TCP.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rightdoor_core::reach::{Answer, Fault, PATIENCE, Transport};
use rightdoor_runtime::probe::{Options, Probes};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::mpsc;

use super::peers::{altered, ask, head, is_good, over_tcp, response, server};

/// What a server that says `wrong` on every connection is called, and how soon.
async fn called(wrong: &'static [u8]) -> (Answer, Duration) {
    let address = over_tcp(move |mut stream| async move {
        head(&mut stream).await;
        let _ = stream.write_all(wrong).await;
        // Silent, and open, from then on.
        head(&mut stream).await;
    })
    .await;
    let begun = Instant::now();
    (ask(&server(Transport::Tcp, address)).await, begun.elapsed())
}

#[tokio::test]
async fn bad_input_that_cannot_be_cut_ends_the_connection_at_once() {
    for wrong in [
        &b"SIP/2.0 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"[..],
        b"SIP/2.0 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"SIP/2.0 200 OK\r\n\r\n",
        b"\xFF\xFE\r\n\r\n",
    ] {
        let (answer, took) = called(wrong).await;
        assert_eq!(answer, Answer::Fault(Fault::Refused), "{}", wrong.escape_ascii());
        assert!(took < PATIENCE, "{}", wrong.escape_ascii());
    }
}

#[tokio::test]
async fn bad_input_of_ten_megabytes_is_not_kept() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let address = over_tcp(move |mut stream| {
        let tell = tell.clone();
        async move {
            head(&mut stream).await;
            let line = [b"X: ".as_slice(), &[b'x'; 1019], b"\r\n"].concat();
            let mut written = stream.write_all(b"SIP/2.0 200 OK\r\n").await;
            for _ in 0..10 * 1024 {
                if written.is_ok() {
                    written = stream.write_all(&line).await;
                }
            }
            tell.send(written.is_err()).unwrap();
        }
    })
    .await;
    assert_eq!(ask(&server(Transport::Tcp, address)).await, Answer::Fault(Fault::Refused));
    assert!(told.recv().await.unwrap(), "all of it was taken");
}

#[tokio::test]
async fn bad_input_that_trickles_without_end_is_silence() {
    let address = over_tcp(|mut stream| async move {
        head(&mut stream).await;
        let mut beat = tokio::time::interval(Duration::from_millis(50));
        while stream.write_all(b"X").await.is_ok() {
            beat.tick().await;
        }
    })
    .await;
    let begun = Instant::now();
    assert_eq!(ask(&server(Transport::Tcp, address)).await, Answer::Fault(Fault::Silent));
    assert!(begun.elapsed() < PATIENCE * 2);
}

#[tokio::test]
async fn bad_input_before_the_answer_is_ignored_and_the_connection_kept() {
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    let address = over_tcp(move |mut stream| {
        count.fetch_add(1, Ordering::Relaxed);
        async move {
            while let Some(request) = head(&mut stream).await {
                let busy = response(&request, "503 Service Unavailable");
                let said = [
                    b"\r\n\r\n".to_vec(),
                    altered(&busy, "branch=z9hG4bK", "branch=z9hG4bKx"),
                    b"OPTIONS sip:a SIP/2.0\r\nl: 0\r\n\r\n".to_vec(),
                    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi".to_vec(),
                    response(&request, "200 OK"),
                ]
                .concat();
                for piece in said.chunks(7) {
                    stream.write_all(piece).await.unwrap();
                }
            }
        }
    })
    .await;
    let (probes, subject) = (Probes::new(&Options::default()), server(Transport::Tcp, address));
    for _ in 0..3 {
        assert!(is_good(&probes.ask(&subject, false).await));
    }
    assert_eq!(connections.load(Ordering::Relaxed), 1);
    assert!(is_good(&probes.ask(&subject, true).await));
    assert_eq!(connections.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn who_hangs_up_is_asked_once_more_and_then_refuses() {
    let address = over_tcp(|mut stream| async move {
        let request = head(&mut stream).await.unwrap();
        // One answer for each connection, and never another.
        stream.write_all(&response(&request, "200 OK")).await.unwrap();
    })
    .await;
    let (probes, subject) = (Probes::new(&Options::default()), server(Transport::Tcp, address));
    for _ in 0..3 {
        assert!(is_good(&probes.ask(&subject, false).await));
    }
    let address = over_tcp(|stream| async move { drop(stream) }).await;
    assert_eq!(ask(&server(Transport::Tcp, address)).await, Answer::Fault(Fault::Refused));
}
