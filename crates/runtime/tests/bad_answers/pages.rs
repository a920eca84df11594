//! Control pages.

use std::time::Duration;

use rightdoor_core::reach::{Answer, Fault, Subject};
use tokio::io::AsyncWriteExt as _;

use super::peers::{ask, head, is_good, over_tcp};

/// What a page whose server says these pieces is called.
async fn called(pieces: &[&[u8]]) -> Answer {
    let pieces: Vec<Vec<u8>> = pieces.iter().map(|piece| piece.to_vec()).collect();
    let address = over_tcp(move |mut stream| {
        let pieces = pieces.clone();
        async move {
            stream.set_nodelay(true).unwrap();
            head(&mut stream).await;
            for piece in pieces {
                if stream.write_all(&piece).await.is_err() {
                    break;
                }
                // Each in a packet of its own, as far as the system lets us.
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
    ask(&Subject::Portal(format!("http://{address}/").into())).await
}

#[tokio::test]
async fn bad_input_in_place_of_the_control_page_is_a_portal() {
    for pieces in [
        &[&b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/login\r\nContent-Length: 0\r\n\r\n"[..]][..],
        &[b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n<html>login!"],
        &[b"HTTP/1.1 511 Network Authentication Required\r\nContent-Length: 0\r\n\r\n"],
        &[b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsucc"],
    ] {
        assert_eq!(called(pieces).await, Answer::Fault(Fault::Captive), "{}", pieces[0].escape_ascii());
    }
    for pieces in [
        &[&b"HTTP/1.1 204 No Content\r\n\r\n"[..]][..],
        &[b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n", b"succ", b"ess\n"],
    ] {
        assert!(is_good(&called(pieces).await), "{}", pieces[0].escape_ascii());
    }
    let answer = called(&[b"\xFF\xFE nothing of the kind\r\n\r\n"]).await;
    assert!(matches!(answer, Answer::Fault(Fault::Garbled | Fault::Refused)), "{answer:?}");
}

#[tokio::test]
async fn bad_input_without_end_from_a_control_page_ends() {
    let address = over_tcp(|mut stream| async move {
        head(&mut stream).await;
        let mut written = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
        while written.is_ok() {
            written = stream.write_all(&[b"X-Y: ".as_slice(), &[b'y'; 1000], b"\r\n"].concat()).await;
        }
    })
    .await;
    let page = Subject::Portal(format!("http://{address}/").into());
    let ended = tokio::time::timeout(Duration::from_secs(8), ask(&page));
    assert!(matches!(ended.await.unwrap(), Answer::Fault(_)));
}
