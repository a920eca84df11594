//! STUN: the far end of UDP.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use rightdoor_core::reach::{Answer, Fault};
use rightdoor_core::wire::stun::{StunError, answer, request};
use rightdoor_platform::clock;
use tokio::time::Instant;

use super::sip::connected;
use super::{AGAIN, fault};

/// Where the server was last found: its name need not resolve for it to answer.
#[derive(Debug, Default)]
pub(super) struct Stun(Mutex<Option<(String, SocketAddr)>>);

impl Stun {
    pub async fn ask(&self, server: &str) -> Answer {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let address = match kept.filter(|(name, _)| name == server) {
            Some((_, address)) => address,
            None => match tokio::net::lookup_host(server).await.map(|mut found| found.next()) {
                Ok(Some(address)) => address,
                Ok(None) => return Answer::Fault(Fault::NoSuchName),
                Err(error) => {
                    tracing::debug!(%error, "the STUN server's name leads nowhere");
                    return Answer::Fault(Fault::NoSuchName);
                }
            },
        };
        match exchange(address).await {
            Ok(answer) => {
                *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((server.to_owned(), address));
                answer
            }
            Err(error) => Answer::Fault(fault(&error)),
        }
    }
}

async fn exchange(server: SocketAddr) -> std::io::Result<Answer> {
    let socket = connected(server).await?;
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
