//! STUN: the far end of UDP, by the way that everything takes, and past a VPN.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use rightdoor_core::reach::{Answer, Fault};
use rightdoor_core::wire::stun::{StunError, answer, request};
use rightdoor_platform::clock;
use rightdoor_platform::network::past_vpn;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;
use tokio::time::Instant;

use super::sip::connected;
use super::{AGAIN, fault};

/// Asks STUN servers.
#[derive(Debug)]
pub(super) struct Stun {
    /// Where the server was last found: its name need not resolve for it to answer.
    found: Mutex<Option<(String, SocketAddr)>>,
    physical: Vec<String>,
}

impl Stun {
    pub const fn new(physical: Vec<String>) -> Self {
        Self { found: Mutex::new(None), physical }
    }

    pub async fn ask(&self, server: &str) -> Answer {
        let address = match self.found(server) {
            Some(address) => address,
            None => match tokio::net::lookup_host(server).await.map(|mut found| found.next()) {
                Ok(Some(address)) => address,
                Ok(None) => return Answer::Fault(Fault::NoSuchName),
                Err(error) => {
                    tracing::debug!(%error, "the STUN server's name leads nowhere");
                    return Answer::Fault(Fault::NoSuchName);
                }
            },
        };
        let answer = async { exchange(connected(address).await?).await }.await;
        if answer.is_ok() {
            let found = Some((server.to_owned(), address));
            *self.found.lock().unwrap_or_else(PoisonError::into_inner) = found;
        }
        answer.unwrap_or_else(|error| Answer::Fault(fault(&error)))
    }

    /// Asks by the physical adapter. Where no VPN is in the way there is nothing to ask; and names are not looked up,
    /// for they are asked for through the VPN.
    pub async fn ask_past_vpn(&self, server: &str) -> Answer {
        let Some(address) = self.found(server) else { return Answer::CannotAsk };
        let socket = match bound(address, &self.physical) {
            Ok(Some(socket)) => socket,
            Ok(None) => return Answer::CannotAsk,
            Err(error) => {
                tracing::debug!(%error, "nothing can be asked past the VPN");
                return Answer::CannotAsk;
            }
        };
        exchange(socket).await.unwrap_or_else(|error| Answer::Fault(fault(&error)))
    }

    fn found(&self, server: &str) -> Option<SocketAddr> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner).clone();
        found.filter(|(name, _)| name == server).map(|(_, address)| address).or_else(|| server.parse().ok())
    }
}

/// A socket past the VPN that hears nobody but `peer`; `None` where there is no VPN.
fn bound(peer: SocketAddr, physical: &[String]) -> anyhow::Result<Option<UdpSocket>> {
    let Some(exit) = past_vpn(peer.ip(), physical)? else { return Ok(None) };
    let socket = Socket::new(Domain::for_address(peer), Type::DGRAM, Some(Protocol::UDP))?;
    exit.bind(&socket, peer.ip())?;
    socket.set_nonblocking(true)?;
    socket.connect(&peer.into())?;
    Ok(Some(UdpSocket::from_std(socket.into())?))
}

async fn exchange(socket: UdpSocket) -> std::io::Result<Answer> {
    let (transaction, begun) = (clock::random::<12>(), Instant::now());
    let bytes = request(transaction);
    let mut buffer = [0; 2048];
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
                match answer(&buffer[..length], transaction) {
                    // Who refuses was reached, too: that is all that is asked here.
                    Ok(_) | Err(StunError::Refused(_)) => {
                        return Ok(Answer::Good { took: begun.elapsed(), sends });
                    }
                    Err(error) => tracing::debug!(%error, "what a STUN server sent is ignored"),
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
