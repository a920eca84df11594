//! A proxy before the registry that drops, delays, duplicates and loses, and that delivers late what was given up.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What is done to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    /// Nothing.
    Pass,
    /// The connection closes; the registry never sees it.
    Drop,
    /// The registry does it; its answer is lost.
    LoseAnswer,
    /// The answer comes later.
    Delay,
    /// The registry is given it twice; the second answer is passed on.
    Twice,
    /// The connection closes; the registry sees it later, perhaps after newer writes.
    Late,
}

impl Act {
    const fn name(self) -> &'static str {
        match self {
            Self::Pass => "passed",
            Self::Drop => "dropped",
            Self::LoseAnswer => "answer_lost",
            Self::Delay => "delayed",
            Self::Twice => "twice",
            Self::Late => "late",
        }
    }
}

/// The proxy. Runs on the current tokio runtime until that ends.
#[derive(Clone, Debug)]
pub struct Hostile(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    address: SocketAddr,
    registry: SocketAddr,
    calm: AtomicBool,
    /// Requests that are still to be delivered late.
    late: AtomicUsize,
    chance: Mutex<Chance>,
    tally: Mutex<BTreeMap<&'static str, u64>>,
}

impl Hostile {
    /// Opens a proxy before `registry`; it is calm at first. The same seed does the same to the same requests.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn open(registry: SocketAddr, seed: u64) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let shared = Arc::new(Shared {
            address: listener.local_addr()?,
            registry,
            calm: AtomicBool::new(true),
            late: AtomicUsize::new(0),
            chance: Mutex::new(Chance::new(seed)),
            tally: Mutex::default(),
        });
        let serving = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&serving);
                // An error is a connection that ended, on purpose or with a process that was killed.
                tokio::spawn(async move { shared.serve(stream).await.ok() });
            }
        });
        Ok(Self(shared))
    }

    /// Where the proxy is, as a base URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.0.address)
    }

    /// Whether everything is passed from now on.
    pub fn set_calm(&self, calm: bool) {
        self.0.calm.store(calm, Ordering::Relaxed);
    }

    /// How many given-up requests the registry is still going to see.
    #[must_use]
    pub fn still_to_come(&self) -> usize {
        self.0.late.load(Ordering::Relaxed)
    }

    /// What was done to writes, and how often.
    #[must_use]
    pub fn tally(&self) -> BTreeMap<&'static str, u64> {
        self.0.tally.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Shared {
    async fn serve(self: Arc<Self>, mut client: TcpStream) -> Result<()> {
        let request = read_request(&mut client).await?;
        let act = self.choose(&request);
        match act {
            Act::Drop => return Ok(()),
            Act::Late => {
                self.late.fetch_add(1, Ordering::Relaxed);
                drop(client);
                tokio::time::sleep(self.while_()).await;
                let _ = ask(self.registry, &request).await;
                self.late.fetch_sub(1, Ordering::Relaxed);
                return Ok(());
            }
            Act::Twice => drop(ask(self.registry, &request).await?),
            Act::Pass | Act::LoseAnswer | Act::Delay => {}
        }
        // A client that is killed lets go of what it waits for.
        let answer = tokio::select! {
            answer = ask(self.registry, &request) => answer?,
            _ = client.readable(), if is_wait(&request) => return Ok(()),
        };
        if act == Act::Delay {
            tokio::time::sleep(self.while_()).await;
        }
        if act != Act::LoseAnswer {
            client.write_all(&answer).await?;
        }
        Ok(())
    }

    fn choose(&self, request: &[u8]) -> Act {
        if self.calm.load(Ordering::Relaxed) || is_wait(request) {
            return Act::Pass;
        }
        let is_write = request.starts_with(b"PUT");
        let mut chance = self.chance.lock().unwrap_or_else(PoisonError::into_inner);
        let act = match chance.below(10) {
            0 => Act::Drop,
            1 | 2 => Act::LoseAnswer,
            3 => Act::Delay,
            4 if is_write => Act::Twice,
            5 | 6 if is_write => Act::Late,
            _ => Act::Pass,
        };
        if is_write {
            *self.tally.lock().unwrap_or_else(PoisonError::into_inner).entry(act.name()).or_default() += 1;
        }
        act
    }

    fn while_(&self) -> Duration {
        Duration::from_millis(self.chance.lock().unwrap_or_else(PoisonError::into_inner).below(80))
    }
}

/// A request that the registry answers when something changes.
fn is_wait(request: &[u8]) -> bool {
    request.starts_with(b"GET /v1/me/changes")
}

/// One request with its body, asking for one answer on its connection.
async fn read_request(from: &mut TcpStream) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let lower = head.to_ascii_lowercase();
            let length =
                lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            if bytes.len() >= head.len() + 4 + length.unwrap_or(0) {
                let line = head.find("\r\n").context("a request has a line")? + 2;
                bytes.splice(line..line, *b"connection: close\r\n");
                return Ok(bytes);
            }
        }
        anyhow::ensure!(from.read_buf(&mut bytes).await? > 0, "the client hung up");
    }
}

async fn ask(registry: SocketAddr, request: &[u8]) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(registry).await?;
    stream.write_all(request).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer)
}

/// Chance that can be played again (xorshift64*).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Begins with `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// A number below `limit`, which is not 0.
    pub const fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % limit
    }
}
