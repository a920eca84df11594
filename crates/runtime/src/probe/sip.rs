//! SIP OPTIONS in datagrams, and what a response means.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use rightdoor_core::reach::{Answer, Fault, Target};
use rightdoor_core::wire::sip::{Options, Response, response};
use tokio::net::UdpSocket;
use tokio::time::Instant;

use super::{AGAIN, DATAGRAM, fault, token};

/// 503 Service Unavailable: the one answer of a service that says that it does not serve.
const UNAVAILABLE: u16 = 503;

/// One request, ready to be sent, and what knows its answer.
#[derive(Debug)]
pub(super) struct Request {
    target: Target,
    local: SocketAddr,
    branch: String,
    call: String,
}

impl Request {
    pub fn new(target: &Target, local: SocketAddr) -> Self {
        Self { target: target.clone(), local, branch: token(), call: token() }
    }

    fn options(&self) -> Options<'_> {
        Options {
            domain: self.target.domain.reveal(),
            transport: self.target.transport,
            local: self.local,
            branch: &self.branch,
            call: &self.call,
            number: 1,
        }
    }

    pub fn write(&self) -> Vec<u8> {
        self.options().write()
    }

    /// Whether that is the last response to it; provisional ones only say that it is worked on.
    pub fn is_answered_by(&self, response: &Response) -> bool {
        response.status >= 200 && self.options().is_answered_by(response)
    }
}

/// What a final response says of the service: whatever it answers, it answers, but for 503.
pub(super) fn meaning(response: &Response, took: Duration, sends: u8) -> Answer {
    if response.status == UNAVAILABLE { Answer::Fault(Fault::Busy) } else { Answer::Good { took, sends } }
}

/// Asks over UDP, again and again until it is answered.
pub(super) async fn ask(target: &Target) -> Answer {
    match exchange(target).await {
        Ok(answer) => answer,
        Err(error) => Answer::Fault(fault(&error)),
    }
}

async fn exchange(target: &Target) -> std::io::Result<Answer> {
    let socket = connected(*target.address.reveal()).await?;
    let request = Request::new(target, socket.local_addr()?);
    let (bytes, begun) = (request.write(), Instant::now());
    let mut buffer = vec![0; DATAGRAM];
    socket.send(&bytes).await?;
    let (mut sends, mut again) = (1, AGAIN.iter());
    let mut next = again.next();
    loop {
        let wait = async {
            match next {
                Some(after) => tokio::time::sleep_until(begun + *after).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            received = socket.recv(&mut buffer) => {
                let length = received?;
                match response(&buffer[..length]) {
                    Ok(response) if request.is_answered_by(&response) => {
                        return Ok(meaning(&response, begun.elapsed(), sends));
                    }
                    Ok(response) => tracing::debug!(response.status, "a SIP response to something else is ignored"),
                    Err(error) => tracing::debug!(%error, "what a SIP server sent is ignored"),
                }
            }
            () = wait => {
                socket.send(&bytes).await?;
                sends += 1;
                next = again.next();
            }
        }
    }
}

/// A socket that hears nobody but `peer`.
pub(super) async fn connected(peer: SocketAddr) -> std::io::Result<UdpSocket> {
    let any: IpAddr =
        if peer.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(peer).await?;
    Ok(socket)
}
