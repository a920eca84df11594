//! Hints, taken together as they come together, and slowed down when they flood.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use rightdoor_core::{Event, HintSource};
use rightdoor_platform::network::{Hint, Options, Watcher};
use tokio::time::Instant;

/// More hints than this within [`WINDOW`] are a flood.
const FLOOD: usize = 1000;
const WINDOW: Duration = Duration::from_secs(5);
/// In a flood the system is heard this often.
const PAUSE: Duration = Duration::from_millis(200);
/// Taken at one time; the rest waits for the next turn.
const AT_ONCE: usize = 4096;

/// What was heard at one time: which sources, not how often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    sources: Vec<HintSource>,
    lost: bool,
}

impl Heard {
    fn add(&mut self, hint: Hint) {
        match hint {
            Hint::Look(source) if !self.sources.contains(&source) => self.sources.push(source),
            Hint::Look(_) => {}
            Hint::Lost => self.lost = true,
        }
    }

    pub fn events(self) -> impl Iterator<Item = Event> {
        let lost = self.lost.then_some(Event::EventsLost);
        lost.into_iter().chain(self.sources.into_iter().map(Event::Hint))
    }
}

/// Where hints come from.
pub(crate) trait Source {
    /// The next hint; dropping the future loses none.
    fn next(&mut self) -> impl Future<Output = Hint> + Send;
}

impl Source for Watcher {
    fn next(&mut self) -> impl Future<Output = Hint> + Send {
        Self::next(self)
    }
}

/// The network's hints.
pub(crate) struct Hints<S = Watcher> {
    source: Option<S>,
    flood: Flood,
    announced: bool,
}

impl Hints {
    /// Begins to listen. Where the system refuses, the engine is told that events are lost: it then
    /// polls and says so.
    pub fn open(options: &Options) -> Self {
        let source = Watcher::open(options)
            .inspect_err(|error| tracing::error!(%error, "network events cannot be heard; polling instead"));
        Self::from(source.ok())
    }
}

impl<S: Source> Hints<S> {
    pub fn from(source: Option<S>) -> Self {
        Self { source, flood: Flood::default(), announced: false }
    }

    /// Everything that is there, as soon as anything is. Cancel safe.
    pub async fn next(&mut self) -> Heard {
        let Some(source) = &mut self.source else {
            if !std::mem::replace(&mut self.announced, true) {
                return Heard { lost: true, ..Heard::default() };
            }
            return std::future::pending().await;
        };
        if let Some(until) = self.flood.pause {
            tokio::time::sleep_until(until).await;
        }
        let mut heard = Heard::default();
        heard.add(source.next().await);
        // From here on nothing waits, so nothing heard can be lost by cancelling.
        let mut count = 1;
        while count < AT_ONCE
            && let Some(hint) = ready(source.next()).await
        {
            heard.add(hint);
            count += 1;
        }
        self.flood.count(count, Instant::now());
        heard
    }
}

/// The future's value, if it has one already.
async fn ready<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

#[derive(Default)]
struct Flood {
    began: Option<Instant>,
    seen: usize,
    told: bool,
    pause: Option<Instant>,
}

impl Flood {
    fn count(&mut self, hints: usize, now: Instant) {
        if self.began.is_none_or(|began| now.duration_since(began) > WINDOW) {
            self.told = self.told && self.seen > FLOOD;
            (self.began, self.seen) = (Some(now), 0);
        }
        self.seen += hints;
        let flooded = self.seen > FLOOD;
        self.pause = flooded.then(|| now + PAUSE);
        if flooded && !std::mem::replace(&mut self.told, true) {
            tracing::warn!(
                hints = self.seen,
                "a flood of network events; heard five times a second until it ends"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many hints at once, then silence.
    struct Storm(usize);

    impl Source for Storm {
        async fn next(&mut self) -> Hint {
            if self.0 == 0 {
                std::future::pending().await
            }
            self.0 -= 1;
            Hint::Look(if self.0.is_multiple_of(2) { HintSource::Link } else { HintSource::Address })
        }
    }

    #[tokio::test]
    async fn hints_that_come_together_are_heard_together() {
        let mut hints = Hints::from(Some(Storm(900)));
        let heard = hints.next().await;
        assert_eq!(heard.sources, [HintSource::Address, HintSource::Link]);
        assert!(hints.flood.pause.is_none());
        assert!(ready(hints.next()).await.is_none(), "nothing is left");
    }

    #[tokio::test]
    async fn a_flood_is_heard_five_times_a_second_and_its_end_at_once() {
        let mut hints = Hints::from(Some(Storm(10_000)));
        let began = Instant::now();
        let mut turns = 0;
        while hints.source.as_ref().is_some_and(|storm| storm.0 > 0) {
            hints.next().await;
            turns += 1;
        }
        assert_eq!(turns, 3, "4096 at a time");
        assert!(began.elapsed() >= 2 * PAUSE, "paused between");
        let quiet = Instant::now() + WINDOW + WINDOW;
        hints.flood.count(1, quiet);
        assert!(hints.flood.pause.is_none());
    }

    #[tokio::test]
    async fn without_a_source_events_are_lost_once() {
        let mut hints = Hints::<Storm>::from(None);
        assert_eq!(hints.next().await.events().collect::<Vec<_>>(), [Event::EventsLost]);
        assert!(ready(hints.next()).await.is_none());
    }
}
