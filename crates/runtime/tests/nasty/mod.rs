//! A hand-made server that drops, stalls, cuts and lies as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What is done with one request.
#[derive(Clone, Debug)]
pub enum Act {
    /// Answer with these bytes, then keep the connection.
    Say(String),
    /// Read the request, then close without a word.
    Cut,
    /// Read half a request's worth, then reset the connection.
    Reset,
    /// Answer half of it, then close.
    Half(String),
    /// Never answer.
    Stall,
}

/// The server.
pub struct Nasty {
    pub base: String,
    acts: Arc<Mutex<VecDeque<Act>>>,
    /// Requests as they were read, heads and bodies.
    pub requests: mpsc::UnboundedReceiver<String>,
}

impl Nasty {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let acts = Arc::<Mutex<VecDeque<Act>>>::default();
        let (tell, requests) = mpsc::unbounded_channel();
        let script = Arc::clone(&acts);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&script), tell.clone()));
            }
        });
        Self { base, acts, requests }
    }

    pub fn will(&self, act: Act) {
        self.acts.lock().unwrap().push_back(act);
    }

    /// An answer with this status line, header lines and body.
    pub fn will_say(&self, status: &str, headers: &str, body: &str) {
        self.will(Act::Say(answer(status, headers, body)));
    }
}

pub fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
}

async fn serve(
    mut stream: TcpStream,
    script: Arc<Mutex<VecDeque<Act>>>,
    tell: mpsc::UnboundedSender<String>,
) {
    while let Some(request) = request(&mut stream).await {
        let act = script.lock().unwrap().pop_front();
        let _ = tell.send(request);
        match act.expect("a request that no test expects") {
            Act::Say(text) => stream.write_all(text.as_bytes()).await.unwrap(),
            Act::Cut => return,
            Act::Reset => {
                stream.set_zero_linger().unwrap();
                return;
            }
            Act::Half(text) => {
                stream.write_all(&text.as_bytes()[..text.len() / 2]).await.unwrap();
                return;
            }
            Act::Stall => std::future::pending().await,
        }
    }
}

/// One whole request: head, and as much body as it says.
async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
