//! SIP OPTIONS on connections that are kept: over UDP, TCP and TLS by one way in.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rightdoor_core::reach::{Answer, Fault, Target, Transport};
use rightdoor_core::wire::sip::{Frame, Response, frame, response};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

use super::sip::{Request, meaning};
use super::{fault, sip, trust};

/// Both ends of a connection.
trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// Why there is no connection.
enum NoLine {
    Way(Fault),
    /// Nothing of the peer's doing.
    CannotAsk,
}

/// A connection at work: whoever asks hands over a request and where its response goes.
#[derive(Clone, Debug)]
struct Line {
    asks: mpsc::Sender<(Request, oneshot::Sender<Response>)>,
    local: std::net::SocketAddr,
}

/// Connections, kept by whom they lead to.
#[derive(Debug)]
pub(super) struct Streams {
    ca_file: Option<PathBuf>,
    tls: Mutex<Option<Connector>>,
    lines: Mutex<BTreeMap<Target, Line>>,
}

/// A connector that can be printed.
#[derive(Clone)]
struct Connector(TlsConnector);

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsConnector")
    }
}

impl Streams {
    pub fn new(ca_file: Option<PathBuf>) -> Self {
        Self { ca_file, tls: Mutex::default(), lines: Mutex::default() }
    }

    pub fn forget(&self) {
        self.lines().clear();
    }

    /// Asks on the kept connection, or on a new one, which is then kept.
    pub async fn ask(&self, target: &Target, fresh: bool) -> Answer {
        if target.transport == Transport::Udp {
            return sip::ask(target).await;
        }
        let kept = self.lines().get(target).filter(|line| !fresh && !line.asks.is_closed()).cloned();
        if let Some(line) = kept
            && let Some(answer) = self.ask_on(line, target).await
        {
            return answer;
        }
        // None yet, or the server had put the old one down, as it may at any time.
        match self.connect(target).await {
            Ok(line) => self.ask_on(line, target).await.unwrap_or(Answer::Fault(Fault::Refused)),
            Err(NoLine::Way(fault)) => Answer::Fault(fault),
            Err(NoLine::CannotAsk) => Answer::CannotAsk,
        }
    }

    /// `None`: the connection ended without an answer.
    async fn ask_on(&self, line: Line, target: &Target) -> Option<Answer> {
        let begun = Instant::now();
        let (answer, answered) = oneshot::channel();
        line.asks.send((Request::new(target, line.local), answer)).await.ok()?;
        let response = answered.await.ok()?;
        self.lines().insert(target.clone(), line);
        Some(meaning(&response, begun.elapsed(), 1))
    }

    async fn connect(&self, target: &Target) -> Result<Line, NoLine> {
        let way = |error: io::Error| NoLine::Way(fault(&error));
        let stream = TcpStream::connect(target.address.reveal()).await.map_err(way)?;
        let local = stream.local_addr().map_err(way)?;
        stream.set_nodelay(true).map_err(way)?;
        let stream: Box<dyn Duplex> = if target.transport == Transport::Tls {
            let connector = self.connector().ok_or(NoLine::CannotAsk)?;
            let domain = target.domain.reveal().clone();
            let name = ServerName::try_from(domain).map_err(|_| NoLine::CannotAsk)?;
            let stream = connector.connect(name, stream).await;
            let refused = |error| {
                tracing::debug!(%error, "TLS to the phone service failed");
                NoLine::Way(of_handshake(&error))
            };
            Box::new(stream.map_err(refused)?)
        } else {
            Box::new(stream)
        };
        let (asks, asked) = mpsc::channel(8);
        tokio::spawn(work(stream, asked));
        Ok(Line { asks, local })
    }

    /// Read and built once; a file that cannot be read may be mended, so that is tried again.
    fn connector(&self) -> Option<TlsConnector> {
        let mut kept = self.tls.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.is_none() {
            *kept = trust::connector(self.ca_file.as_deref())
                .inspect_err(|error| tracing::warn!(%error, "TLS to the phone service cannot be asked"))
                .ok()
                .map(Connector);
        }
        kept.clone().map(|connector| connector.0)
    }

    fn lines(&self) -> MutexGuard<'_, BTreeMap<Target, Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A certificate that does not fit is another thing than a peer that does not speak TLS.
fn of_handshake(error: &io::Error) -> Fault {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented) => {
            Fault::Certificate
        }
        Some(_) => Fault::Garbled,
        None => fault(error),
    }
}

/// Sends what is asked and hands out what is answered, until either side ends.
async fn work(mut stream: Box<dyn Duplex>, mut asked: mpsc::Receiver<(Request, oneshot::Sender<Response>)>) {
    let (mut waiting, mut heard): (Vec<(Request, oneshot::Sender<Response>)>, Vec<u8>) =
        (Vec::new(), Vec::new());
    let mut buffer = vec![0; 4096];
    loop {
        tokio::select! {
            ask = asked.recv() => {
                let Some((request, answer)) = ask else { break };
                if stream.write_all(&request.write()).await.is_err() {
                    break;
                }
                waiting.retain(|(_, answer)| !answer.is_closed());
                waiting.push((request, answer));
            }
            read = stream.read(&mut buffer) => {
                let Ok(length @ 1..) = read else { break };
                heard.extend(&buffer[..length]);
                if let Err(error) = hand_out(&mut heard, &mut waiting) {
                    tracing::debug!(%error, "a SIP server's stream cannot be read; it is put down");
                    break;
                }
            }
        }
    }
}

/// Takes whole messages from the front of `heard`.
fn hand_out(
    heard: &mut Vec<u8>,
    waiting: &mut Vec<(Request, oneshot::Sender<Response>)>,
) -> Result<(), rightdoor_core::wire::sip::SipError> {
    loop {
        match frame(heard)? {
            Frame::More => return Ok(()),
            Frame::KeepAlive(length) => drop(heard.drain(..length)),
            Frame::Message(length) => {
                let message: Vec<u8> = heard.drain(..length).collect();
                match response(&message) {
                    Ok(response) => {
                        match waiting.iter().position(|(request, _)| request.is_answered_by(&response)) {
                            // Who does not wait any more has given up.
                            Some(at) => drop(waiting.swap_remove(at).1.send(response)),
                            None => tracing::debug!(
                                response.status,
                                "a SIP response to something else is ignored"
                            ),
                        }
                    }
                    Err(error) => tracing::debug!(%error, "what a SIP server sent is ignored"),
                }
            }
        }
    }
}
