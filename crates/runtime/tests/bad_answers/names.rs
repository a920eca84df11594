//! DNS.

use std::net::SocketAddr;

use rightdoor_core::reach::{Answer, Fault, Subject};
use rightdoor_runtime::probe::{Options, Probes};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};

use super::peers::{DOMAIN, Log, over_udp};

const A: u8 = 1;

/// The answer to that question with these flags, and an address where one was asked for.
fn answer(query: &[u8], flags: [u8; 2], address: [u8; 4]) -> Vec<u8> {
    // Without the additional record of the query, which is the last.
    let question = &query[12..query.len() - 11];
    let is_a = question[question.len() - 3] == A;
    let head = [&query[..2], &flags[..], &[0, 1, 0, u8::from(is_a), 0, 0, 0, 0]].concat();
    let record = [&[0xC0, 12, 0, A, 0, 1, 0, 0, 0, 60, 0, 4], &address[..]].concat();
    let records: &[u8] = if is_a { &record } else { &[] };
    [&head, question, records].concat()
}

async fn located(resolver: SocketAddr) -> Answer {
    let options = Options { resolvers: vec![resolver], ..Options::default() };
    Probes::new(&options).ask(&Subject::Names(format!("sip:{DOMAIN}").into()), false).await
}

fn addresses(answer: &Answer) -> Vec<String> {
    let Answer::Located(targets) = answer else { panic!("{answer:?}") };
    targets.iter().map(|target| target.address.reveal().to_string()).collect()
}

#[tokio::test]
async fn bad_input_from_a_resolver_is_ignored_line_by_line() {
    let log = Log::default();
    let _kept = log.keep();
    let address = over_udp(|query| {
        let wrong = answer(query, [0x81, 0x80], [203, 0, 113, 66]);
        let mut id = wrong.clone();
        id[0] ^= 1;
        let mut question = wrong.clone();
        question[13] ^= 1;
        let mut kind = wrong.clone();
        let at = query.len() - 11 - 3;
        kind[at] = 255;
        // One record whose name points to itself.
        let mut endless = wrong[..query.len() - 11].to_vec();
        endless[7] = 1;
        let own = u8::try_from(endless.len()).unwrap();
        endless.extend([0xC0, own]);
        let mut short = wrong[..query.len() - 11].to_vec();
        short[7] = 9;
        let right = answer(query, [0x81, 0x80], [192, 0, 2, 1]);
        vec![b"\0".to_vec(), query.to_vec(), id, question, kind, endless, short, right]
    })
    .await;
    assert_eq!(addresses(&located(address).await), ["192.0.2.1:5060"]);
    // Each of six questions: NAPTR, three SRV, A and AAAA.
    assert_eq!(log.count("ignored"), 6 * 7);
}

#[tokio::test]
async fn no_such_name_and_a_resolver_that_fails_lead_nowhere() {
    for flags in [[0x81, 0x83], [0x81, 0x82], [0x81, 0x85]] {
        let address = over_udp(move |query| vec![answer(query, flags, [192, 0, 2, 1])]).await;
        assert_eq!(located(address).await, Answer::Fault(Fault::NoSuchName), "{flags:?}");
    }
}

type Say = fn(&[u8]) -> Vec<u8>;

/// A resolver that has more to say than a datagram holds, and says over TCP what `say` makes of the question.
async fn over_both(say: Say) -> SocketAddr {
    // A port that is free in both: another one is tried if it is not.
    let (listener, socket) = loop {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        if let Ok(socket) = UdpSocket::bind(listener.local_addr().unwrap()).await {
            break (listener, socket);
        }
    };
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 512];
        while let Ok((length, asker)) = socket.recv_from(&mut buffer).await {
            socket.send_to(&answer(&buffer[..length], [0x83, 0x80], [0; 4]), asker).await.unwrap();
        }
    });
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut query = vec![0; usize::from(stream.read_u16().await.unwrap())];
            stream.read_exact(&mut query).await.unwrap();
            let _ = stream.write_all(&say(&query)).await;
        }
    });
    address
}

#[tokio::test]
async fn what_is_cut_short_is_asked_again_over_tcp() {
    let framed = |query: &[u8]| {
        let answer = answer(query, [0x81, 0x80], [192, 0, 2, 2]);
        [&u16::try_from(answer.len()).unwrap().to_be_bytes()[..], &answer].concat()
    };
    assert_eq!(addresses(&located(over_both(framed).await).await), ["192.0.2.2:5060"]);
}

#[tokio::test]
async fn bad_input_over_tcp_from_a_resolver_is_a_fault_and_no_address() {
    let wrong: [Say; 3] =
        [|_| vec![0xFF, 0xFF, 1, 2], |_| vec![0, 4, 1, 2, 3, 4], |query| [&[0, 12], &query[..12]].concat()];
    for say in wrong {
        let answer = located(over_both(say).await).await;
        assert!(matches!(answer, Answer::Fault(_)), "{answer:?}");
    }
}
