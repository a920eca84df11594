//! What lies between an adapter and a vendor: whatever a network, a proxy or a broken server does.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// It is slow.
    Slow,
    /// It never arrives.
    LostBefore,
    /// It takes effect, and the answer is lost.
    LostAfter,
    /// The answer ends in its middle.
    CutBody,
    /// It is turned away with 429 and `Retry-After`.
    Throttled,
    /// It is sent on to another host.
    Redirected,
    /// The answer has a hundred megabytes.
    Huge,
    /// A captive portal says yes.
    Portal,
    /// It takes effect, and the answer is somebody else's.
    WrongType,
    /// It takes effect, and the answer is a 500.
    BrokenAfter,
    /// It arrives twice.
    Twice,
    /// It arrives, and once more before the next one.
    AgainLater,
}

pub const MISHAPS: [Mishap; 12] = [
    Mishap::Slow,
    Mishap::LostBefore,
    Mishap::LostAfter,
    Mishap::CutBody,
    Mishap::Throttled,
    Mishap::Redirected,
    Mishap::Huge,
    Mishap::Portal,
    Mishap::WrongType,
    Mishap::BrokenAfter,
    Mishap::Twice,
    Mishap::AgainLater,
];

/// Most of a body without end that an adapter may take: its own bound and what sockets hold.
const MOST_TAKEN: usize = 16 * 1024 * 1024;
const HUNDRED_MEGABYTES: usize = 100 * 1024 * 1024;

#[derive(Default)]
pub struct Shared {
    pub script: Mutex<VecDeque<Option<Mishap>>>,
    again: Mutex<Option<Vec<u8>>>,
    /// Header lines that requests get whose first line begins so, such as `Prefer: code=422`.
    pub headers: Mutex<Vec<(String, String)>>,
    /// What is written otherwise in answers.
    pub otherwise: Mutex<Vec<(String, String)>>,
    /// The first line of every request, and what the vendor complained of.
    pub seen: Mutex<Vec<(String, Option<String>)>>,
    pub requests: AtomicUsize,
    pub done: AtomicUsize,
    pub took_too_much: AtomicUsize,
}

/// The way to a vendor.
pub struct Way {
    pub base: String,
    pub shared: Arc<Shared>,
}

impl Way {
    /// A way to `vendor` (host and port); `elsewhere` is where a redirection leads.
    pub async fn open(vendor: String, elsewhere: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::<Shared>::default();
        let way = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass(stream, vendor.clone(), elsewhere.clone(), Arc::clone(&way)));
            }
        });
        Self { base, shared }
    }
}

async fn pass(mut stream: TcpStream, vendor: String, elsewhere: String, way: Arc<Shared>) {
    let Some(request) = request(&mut stream).await else { return };
    way.requests.fetch_add(1, Ordering::Relaxed);
    let earlier = way.again.lock().unwrap().take();
    if let Some(earlier) = earlier {
        forward(&vendor, &earlier).await;
    }
    let line = String::from_utf8_lossy(&request).lines().next().unwrap_or_default().to_owned();
    let more: String = {
        let headers = way.headers.lock().unwrap();
        headers
            .iter()
            .filter(|(begins, _)| line.starts_with(begins))
            .map(|(_, header)| header.as_str())
            .collect()
    };
    let request = with_header(&request, &more);
    let mishap = way.script.lock().unwrap().pop_front().flatten();
    if mishap.is_some() {
        way.done.fetch_add(1, Ordering::Relaxed);
    }
    let answer = match mishap {
        None => {
            let answer = forward(&vendor, &request).await;
            let text = String::from_utf8_lossy(&answer).into_owned();
            let complaint = text.lines().find(|line| line.to_ascii_lowercase().starts_with("sl-violations"));
            way.seen.lock().unwrap().push((line, complaint.map(str::to_owned)));
            rewritten(answer, &way.otherwise.lock().unwrap())
        }
        Some(Mishap::Slow) => {
            tokio::time::sleep(Duration::from_millis(40)).await;
            forward(&vendor, &request).await
        }
        Some(Mishap::LostBefore) => return,
        Some(Mishap::LostAfter) => {
            forward(&vendor, &request).await;
            return;
        }
        Some(Mishap::CutBody) => {
            let mut answer = forward(&vendor, &request).await;
            answer.truncate(answer.len() - 3.min(answer.len()));
            answer
        }
        Some(Mishap::Throttled) => say("429 Too Many Requests", "Retry-After: 7\r\n", "{}"),
        Some(Mishap::Redirected) => {
            say("307 Temporary Redirect", &format!("Location: http://{elsewhere}/\r\n"), "")
        }
        Some(Mishap::Huge) => {
            if endless(&mut stream).await > MOST_TAKEN {
                way.took_too_much.fetch_add(1, Ordering::Relaxed);
            }
            return;
        }
        Some(Mishap::Portal) => say("200 OK", "Content-Type: text/html\r\n", "<h1>Welcome</h1>"),
        Some(Mishap::WrongType) => {
            forward(&vendor, &request).await;
            say("200 OK", "Content-Type: text/html\r\n", "<h1>Welcome</h1>")
        }
        Some(Mishap::BrokenAfter) => {
            forward(&vendor, &request).await;
            say("500 Internal Server Error", "", "{}")
        }
        Some(Mishap::Twice) => {
            let first = forward(&vendor, &request).await;
            forward(&vendor, &request).await;
            first
        }
        Some(Mishap::AgainLater) => {
            *way.again.lock().unwrap() = Some(request.clone());
            forward(&vendor, &request).await
        }
    };
    let _ = stream.write_all(&answer).await;
}

/// The answer with other words in it, and the right length.
fn rewritten(answer: Vec<u8>, otherwise: &[(String, String)]) -> Vec<u8> {
    let text = String::from_utf8_lossy(&answer).into_owned();
    let Some((head, body)) = text.split_once("\r\n\r\n").filter(|_| !otherwise.is_empty()) else {
        return answer;
    };
    let body = otherwise.iter().fold(body.to_owned(), |body, (from, to)| body.replace(from, to));
    let head: Vec<&str> =
        head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("content-length")).collect();
    format!("{}\r\nContent-Length: {}\r\n\r\n{body}", head.join("\r\n"), body.len()).into_bytes()
}

/// Writes a body until the other side has enough of it; how much that was.
async fn endless(stream: &mut TcpStream) -> usize {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {HUNDRED_MEGABYTES}\r\n\r\n["
    );
    let chunk = [b' '; 64 * 1024];
    let mut written = 0;
    if stream.write_all(head.as_bytes()).await.is_err() {
        return 0;
    }
    while written < HUNDRED_MEGABYTES && stream.write_all(&chunk).await.is_ok() {
        written += chunk.len();
    }
    written
}

pub fn say(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
        .into_bytes()
}

fn with_header(request: &[u8], header: &str) -> Vec<u8> {
    let line = request.windows(2).position(|two| two == b"\r\n").unwrap() + 2;
    let mut whole = request[..line].to_vec();
    whole.extend_from_slice(b"Connection: close\r\n");
    whole.extend_from_slice(header.as_bytes());
    whole.extend_from_slice(&request[line..]);
    whole
}

/// The vendor's whole answer.
async fn forward(vendor: &str, request: &[u8]) -> Vec<u8> {
    let mut answer = Vec::new();
    let mut stream = TcpStream::connect(vendor).await.unwrap();
    stream.write_all(request).await.unwrap();
    // Not every server closes the connection when it is asked to.
    while !is_whole(&answer) && stream.read_buf(&mut answer).await.unwrap() > 0 {}
    answer
}

/// Whether this is an answer with all the body that its head tells of.
fn is_whole(answer: &[u8]) -> bool {
    let Some(head) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let text = String::from_utf8_lossy(&answer[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    length.is_some_and(|length: usize| answer.len() - head - 4 >= length)
}

/// One whole request: head, and as much body as it says.
async fn request(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        if let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if bytes.len() - head - 4 >= length.unwrap_or(0) {
                return Some(bytes);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
