//! Peers on loopback, and what is asked of them.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rightdoor_core::reach::{Answer, Subject, Target, Transport};
use rightdoor_runtime::probe::{Options, Probes};
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream, UdpSocket};

pub const DOMAIN: &str = "phone.example";

/// Answers each datagram with whatever `say` makes of it, in that order.
pub async fn over_udp(say: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = vec![0; 65_536];
        while let Ok((length, asker)) = socket.recv_from(&mut buffer).await {
            for answer in say(&buffer[..length]) {
                socket.send_to(&answer, asker).await.unwrap();
            }
        }
    });
    address
}

/// Hands every connection to `serve`.
pub async fn over_tcp<F: Future<Output = ()> + Send + 'static>(
    serve: impl Fn(TcpStream) -> F + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    address
}

/// Reads one request's head; `None` at the end of the stream.
pub async fn head(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        read.push(stream.read_u8().await.ok()?);
    }
    Some(read)
}

pub fn server(transport: Transport, address: SocketAddr) -> Subject {
    Subject::Server(Target { transport, address: address.into(), domain: DOMAIN.to_owned().into() })
}

/// A probe that remembers nothing.
pub async fn ask(subject: &Subject) -> Answer {
    Probes::new(&Options::default()).ask(subject, false).await
}

pub fn is_good(answer: &Answer) -> bool {
    matches!(answer, Answer::Good { .. })
}

/// The response to that request, as a server writes it.
pub fn response(request: &[u8], status: &str) -> Vec<u8> {
    let request = String::from_utf8_lossy(request);
    let repeated = ["Via", "From", "To", "Call-ID", "CSeq"];
    let headers: String = request
        .split_inclusive("\r\n")
        .filter(|line| line.split_once(':').is_some_and(|(name, _)| repeated.contains(&name)))
        .collect();
    format!("SIP/2.0 {status}\r\n{headers}Content-Length: 0\r\n\r\n").into_bytes()
}

/// The same with another text in place of the first.
pub fn altered(message: &[u8], old: &str, new: &str) -> Vec<u8> {
    let text = String::from_utf8(message.to_vec()).unwrap();
    assert!(text.contains(old), "{old} is not in {text}");
    text.replacen(old, new, 1).into_bytes()
}

/// What was logged by this thread.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Keeps it from now on, until the guard goes.
    pub fn keep(&self) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let lines = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_writer(move || log.clone())
            .finish();
        tracing::subscriber::set_default(lines)
    }

    /// How many lines hold that text.
    pub fn count(&self, text: &str) -> usize {
        let log = self.0.lock().unwrap();
        String::from_utf8_lossy(&log).lines().filter(|line| line.contains(text)).count()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
