//! An eye on the companion: a client of the link that keeps every view with the instant of its arrival.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rightdoor_core::View;
use rightdoor_link::Client;
use tokio::sync::oneshot;

/// A view, and when it came.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When its last byte was there. A line of another program is taken in the same way: what its reader does with it
    /// afterwards (here, unoptimised, it parses) is not what is measured.
    pub at: Instant,
    /// What.
    pub view: Arc<View>,
}

/// A client that sees every view pushed to it. It reads on a thread of its own, so that what a test does meanwhile
/// does not delay what it measures. It is no client any more as soon as this is dropped.
#[derive(Debug)]
pub struct Eye {
    arriving: Receiver<Seen>,
    /// Every view seen so far, oldest first; at least one.
    pub seen: Vec<Seen>,
    _closed: oneshot::Sender<()>,
}

impl Eye {
    /// Connects to the companion.
    ///
    /// # Errors
    /// When nobody answers there.
    pub fn open(socket: &Path) -> Result<Self> {
        let (send, arriving) = mpsc::channel();
        let (ready, is_ready) = mpsc::channel();
        let (closed, is_closed) = oneshot::channel();
        let socket = socket.to_owned();
        std::thread::spawn(move || {
            let outcome = watch(&socket, &send, &ready, is_closed);
            if let Err(error) = outcome {
                // Whoever waits is told; whoever does not wait any more does not miss it.
                let _ = ready.send(Err(error));
            }
        });
        is_ready.recv().context("the eye closed at once")??;
        let first = arriving.recv_timeout(Duration::from_secs(5)).context("no view came")?;
        Ok(Self { arriving, seen: vec![first], _closed: closed })
    }

    /// The latest view seen.
    ///
    /// # Errors
    /// When the companion is gone.
    pub fn now(&mut self) -> Result<Arc<View>> {
        self.watch_until(Instant::now())?;
        self.latest()
    }

    fn latest(&self) -> Result<Arc<View>> {
        self.seen.last().map(|seen| Arc::clone(&seen.view)).context("no view was seen")
    }

    /// How many views have come; a mark to look [`Eye::since`]. What has come and was not looked at yet is before it.
    pub fn mark(&mut self) -> usize {
        self.seen.extend(self.arriving.try_iter());
        self.seen.len()
    }

    /// The views after a mark, and the one that stood at it.
    #[must_use]
    pub fn since(&self, mark: usize) -> &[Seen] {
        &self.seen[mark.saturating_sub(1).min(self.seen.len())..]
    }

    /// Watches until that instant, whatever comes.
    ///
    /// # Errors
    /// When the companion is gone.
    pub fn watch_until(&mut self, end: Instant) -> Result<()> {
        loop {
            match self.arriving.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(seen) => self.seen.push(seen),
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => bail!("the companion is gone"),
            }
        }
    }

    /// The first view after `mark` for which `wanted` holds.
    ///
    /// # Errors
    /// When none came in time; with the last one that did.
    pub fn first(
        &mut self,
        mark: usize,
        what: &str,
        patience: Duration,
        wanted: impl Fn(&View) -> bool,
    ) -> Result<Seen> {
        let end = Instant::now() + patience;
        let mut looked = mark;
        loop {
            while let Some(seen) = self.seen.get(looked) {
                if wanted(&seen.view) {
                    return Ok(seen.clone());
                }
                looked += 1;
            }
            match self.arriving.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(seen) => self.seen.push(seen),
                Err(RecvTimeoutError::Timeout) => {
                    bail!("{what}: not within {patience:?}; the last view is\n{:#?}", self.latest()?)
                }
                Err(RecvTimeoutError::Disconnected) => bail!("{what}: the companion is gone"),
            }
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn watch(
    socket: &Path,
    send: &mpsc::Sender<Seen>,
    ready: &mpsc::Sender<Result<()>>,
    mut closed: oneshot::Receiver<()>,
) -> Result<()> {
    let client = Client::connect(socket, "eye").await?;
    let mut views = client.views().await?;
    // Nobody waits for the connection any more if these fail.
    let _ = ready.send(Ok(()));
    loop {
        let arrived = tokio::select! {
            _ = &mut closed => return Ok(()),
            arrived = views.next_arrived() => arrived,
        };
        let Some((at, view)) = arrived else { return Ok(()) };
        if send.send(Seen { at, view }).is_err() {
            return Ok(());
        }
    }
}
