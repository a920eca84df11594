//! The client: many kept connections on one thread, which never sleeps, so that no timer's grain is in a figure.
//!
//! Every server is asked by it in the same way. Either each connection asks again as soon as it has its answer, which
//! finds the greatest rate; or requests are due at even times whatever became of those before them, and each is
//! measured from the time when it was due, which is what a caller waits at that rate.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

/// Connections, as many as in the yardstick's own script.
const CONNECTIONS: usize = 16;
/// An answer that does not come within this time is a fault.
const PATIENCE: Duration = Duration::from_secs(10);

/// How fast requests come.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// As fast as they are answered.
    Greatest,
    /// So many a second.
    Rate(f64),
}

/// What became of the requests.
#[derive(Debug, Default)]
pub struct Outcome {
    elapsed: Duration,
    /// How many requests were answered with another status than 2xx.
    pub refused: u64,
    /// The first such answer.
    pub first_refused: String,
    micros: Vec<u32>,
}

impl Outcome {
    /// Takes what `work` does, again and again for `time`, for a request each.
    ///
    /// # Errors
    /// What `work` says.
    pub fn of(time: Duration, mut work: impl FnMut() -> Result<()>) -> Result<Self> {
        let (mut outcome, began) = (Self::default(), Instant::now());
        while began.elapsed() < time {
            let since = Instant::now();
            work()?;
            outcome.answered(since.elapsed());
        }
        outcome.elapsed = began.elapsed();
        Ok(outcome)
    }

    fn answered(&mut self, took: Duration) {
        self.micros.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
    }

    /// Adds what was measured at another time.
    pub fn add(&mut self, other: &Self) {
        self.elapsed += other.elapsed;
        self.refused += other.refused;
        if self.first_refused.is_empty() {
            self.first_refused.clone_from(&other.first_refused);
        }
        self.micros.extend_from_slice(&other.micros);
    }

    /// Answered requests a second.
    pub fn rate(&self) -> f64 {
        self.micros.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// The time that at least this share of the requests did not exceed, in milliseconds.
    pub fn percentile(&self, percent: f64) -> f64 {
        let mut micros = self.micros.clone();
        micros.sort_unstable();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank within the list")]
        let rank = (micros.len() as f64 * percent / 100.0).ceil() as usize;
        f64::from(micros.get(rank.saturating_sub(1)).copied().unwrap_or_default()) / 1000.0
    }

    /// The figures.
    pub fn json(&self) -> Value {
        json!({
            "per_second": self.rate().round(), "n": self.micros.len(), "p50_ms": self.percentile(50.0),
            "p99_ms": self.percentile(99.0), "max_ms": self.percentile(100.0), "refused": self.refused,
        })
    }
}

/// Asks `server` for `time`; `request` writes the request of a number into an empty buffer.
///
/// # Errors
/// When a connection breaks, an answer cannot be read, or one does not come.
pub fn run(
    server: SocketAddr,
    pace: Pace,
    time: Duration,
    mut request: impl FnMut(u64, &mut Vec<u8>),
) -> Result<Outcome> {
    let mut connections = (0..CONNECTIONS).map(|_| Connection::open(server)).collect::<Result<Vec<_>>>()?;
    let mut outcome = Outcome::default();
    let (began, mut sent) = (Instant::now(), 0_u64);
    loop {
        let now = Instant::now();
        let over = now.duration_since(began) >= time;
        let mut waiting = false;
        for connection in &mut connections {
            if let Some(since) = connection.since {
                if let Some(status) = connection.answer()? {
                    outcome.answered(Instant::now().saturating_duration_since(since));
                    if !(200..300).contains(&status) {
                        outcome.refused += 1;
                        if outcome.first_refused.is_empty() {
                            outcome.first_refused = connection.text();
                        }
                    }
                } else {
                    ensure!(now.saturating_duration_since(since) < PATIENCE, "no answer within {PATIENCE:?}");
                    waiting = true;
                    continue;
                }
            }
            let due = match pace {
                Pace::Greatest => Instant::now(),
                Pace::Rate(rate) => began + Duration::from_secs_f64(sent as f64 / rate),
            };
            if over || due > Instant::now() {
                continue;
            }
            connection.ask(due, |buffer| request(sent, buffer))?;
            sent += 1;
            waiting = true;
        }
        if over && !waiting {
            break;
        }
    }
    outcome.elapsed = began.elapsed();
    Ok(outcome)
}

/// Asks once; the status, and the whole answer.
///
/// # Errors
/// As [`run`].
pub fn once(server: SocketAddr, request: &[u8]) -> Result<(u16, String)> {
    let mut connection = Connection::open(server)?;
    let began = Instant::now();
    connection.ask(began, |buffer| buffer.extend_from_slice(request))?;
    loop {
        if let Some(status) = connection.answer()? {
            return Ok((status, connection.text()));
        }
        ensure!(began.elapsed() < PATIENCE, "no answer within {PATIENCE:?}");
        std::thread::yield_now();
    }
}

struct Connection {
    stream: TcpStream,
    since: Option<Instant>,
    sending: Vec<u8>,
    received: Vec<u8>,
}

impl Connection {
    fn open(server: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(server).with_context(|| format!("nobody answers at {server}"))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self { stream, since: None, sending: Vec::new(), received: Vec::new() })
    }

    fn ask(&mut self, due: Instant, write: impl FnOnce(&mut Vec<u8>)) -> Result<()> {
        self.sending.clear();
        self.received.clear();
        write(&mut self.sending);
        // A request is far smaller than the buffer of a socket on which nothing waits.
        let written = self.stream.write(&self.sending)?;
        ensure!(written == self.sending.len(), "a request did not go out whole");
        self.since = Some(due);
        Ok(())
    }

    /// The status, as soon as the whole answer is there.
    fn answer(&mut self) -> Result<Option<u16>> {
        let mut buffer = [0; 16 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(0) => bail!("the server closed the connection"),
            Ok(count) => self.received.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        let Some(head) = self.received.windows(4).position(|end| end == b"\r\n\r\n") else { return Ok(None) };
        let text = std::str::from_utf8(&self.received[..head]).context("a head that is no text")?;
        let status =
            text.get(9..12).and_then(|status| status.parse().ok()).context("an answer without status")?;
        let length = text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        if self.received.len() < head + 4 + length.unwrap_or_default() {
            return Ok(None);
        }
        self.since = None;
        Ok(Some(status))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.received).into_owned()
    }
}
