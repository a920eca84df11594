//! Whether a host is there at all: by ICMP echo where this person may send one, and by knocking at ports
//! where even a refusal is an answer.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use rightdoor_core::reach::{Answer, Fault};
use rightdoor_platform::clock;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpStream, UdpSocket};

use super::{AGAIN, fault};

/// Ports that a router or a server is likely to serve, or to refuse aloud.
const DOORS: [u16; 3] = [53, 80, 443];

/// Asks by every way at once; the first sign of life counts.
pub(super) async fn ask(host: IpAddr) -> Answer {
    let begun = Instant::now();
    let (sent, mut heard) = tokio::sync::mpsc::channel(1 + DOORS.len());
    let mut ways = tokio::task::JoinSet::new();
    let to = sent.clone();
    ways.spawn(async move { drop(to.send(echo(host).await).await) });
    for door in DOORS {
        let to = sent.clone();
        ways.spawn(async move { drop(to.send(knock(SocketAddr::new(host, door)).await).await) });
    }
    drop(sent);
    let mut closed = false;
    while let Some(result) = heard.recv().await {
        match result {
            Ok(()) => return Answer::Good { took: begun.elapsed(), sends: 1 },
            // A permission or a protocol that is missing here says nothing of the host.
            Err(error) => closed |= fault(&error) == Fault::Unreachable && is_about_the_way(&error),
        }
    }
    Answer::Fault(if closed { Fault::Unreachable } else { Fault::Silent })
}

fn is_about_the_way(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable)
}

/// A door that is opened and one that is shut are both of a house that stands.
async fn knock(door: SocketAddr) -> io::Result<()> {
    match TcpStream::connect(door).await {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
        Err(error) => Err(error),
    }
}

/// Echo request and reply (RFC 792, RFC 4443) on a socket that needs no privilege where the system has them.
async fn echo(host: IpAddr) -> io::Result<()> {
    let (domain, protocol, request, reply) = match host {
        IpAddr::V4(_) => (Domain::IPV4, Protocol::ICMPV4, 8, 0),
        IpAddr::V6(_) => (Domain::IPV6, Protocol::ICMPV6, 128, 129),
    };
    let socket = Socket::new(domain, Type::DGRAM, Some(protocol))?;
    socket.set_nonblocking(true)?;
    socket.connect(&SocketAddr::new(host, 0).into())?;
    let socket = UdpSocket::from_std(socket.into())?;
    let nonce = clock::random::<8>();
    let mut packet = [&[request, 0, 0, 0, 0, 0, 0, 1], &nonce[..]].concat();
    let sum = checksum(&packet).to_be_bytes();
    packet[2..4].copy_from_slice(&sum);
    let mut buffer = [0; 256];
    socket.send(&packet).await?;
    for wait in AGAIN {
        let answered = async {
            loop {
                let length = socket.recv(&mut buffer).await?;
                // Some systems hand over the IP header, too.
                let heard = &buffer[..length];
                let inside = if heard.first().is_some_and(|first| first >> 4 == 4) {
                    heard.get(20..)
                } else {
                    Some(heard)
                };
                if inside.is_some_and(|inside| {
                    inside.first() == Some(&reply) && inside.get(8..16) == Some(&nonce[..])
                }) {
                    return Ok::<(), io::Error>(());
                }
            }
        };
        if let Ok(answered) = tokio::time::timeout(wait, answered).await {
            return answered;
        }
        socket.send(&packet).await?;
    }
    Err(io::ErrorKind::TimedOut.into())
}

/// The internet checksum (RFC 1071); kernels that fill it in themselves do not mind.
fn checksum(bytes: &[u8]) -> u16 {
    let words =
        bytes.chunks(2).map(|two| u32::from(two[0]) << 8 | two.get(1).map_or(0, |low| u32::from(*low)));
    let sum: u32 = words.sum();
    let folded = (sum >> 16) + (sum & 0xFFFF);
    !u16::try_from((folded + (folded >> 16)) & 0xFFFF).unwrap_or_default()
}
