//! The companion, as a window sees it: found, started where it does not run, followed, and asked.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rightdoor_core::guidance::Language;
use rightdoor_core::words::{Card, Companion, Moment, Shown, face};
use rightdoor_core::{View, Wall};
use rightdoor_link::{Client, LinkError, Problem};
use tokio::sync::{Notify, watch};

/// Ages are written anew this often while a window is open.
const AGEING: Duration = Duration::from_secs(15);
/// Between two attempts to reach a companion that is not there.
const AGAIN: Duration = Duration::from_millis(400);
/// A window that nobody asked for waits so long to learn whether it may show itself.
const PATIENCE: Duration = Duration::from_secs(2);
/// A companion that was started has this long before its absence is called a fault.
const STARTING: Duration = Duration::from_secs(8);

/// Where the companion is, and what is kept beside it.
#[derive(Clone, Debug)]
pub struct Place {
    /// The link's socket.
    pub socket: PathBuf,
    /// The flat guidance file.
    pub guidance: PathBuf,
    /// Whether a companion that does not run is started: not one of other folders than the usual, whose own
    /// supervisor knows them.
    pub usual: bool,
}

/// What the windows know, shared by the commands and the task that follows the companion.
pub struct Desk {
    place: Place,
    known: Mutex<Known>,
    /// Rung when a window tells its clock's zone: the face is drawn again.
    zone: Notify,
    /// Whether it was found out once if the companion answers.
    answered: watch::Sender<bool>,
}

#[derive(Default)]
struct Known {
    client: Option<Arc<Client>>,
    view: Option<Arc<View>>,
    trouble: Option<Problem>,
    ahead_of_utc: Option<i16>,
    cards: Option<Vec<Card>>,
}

impl Desk {
    /// Knows nothing yet but the cards on the disk.
    pub fn new(place: Place) -> Self {
        let text = std::fs::read_to_string(&place.guidance).unwrap_or_default();
        let known = Known { cards: Card::read_file(&text), ..Known::default() };
        Self { place, known: Mutex::new(known), zone: Notify::new(), answered: watch::Sender::new(false) }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        // Nothing panics while it holds the lock.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The person's clock is this many minutes ahead of UTC.
    pub fn set_zone(&self, ahead_of_utc: i16) {
        let changed = self.known().ahead_of_utc.replace(ahead_of_utc) != Some(ahead_of_utc);
        if changed {
            self.zone.notify_one();
        }
    }

    /// The connection, if there is one.
    ///
    /// # Errors
    /// Why there is none.
    pub fn client(&self) -> Result<Arc<Client>, Problem> {
        let known = self.known();
        let trouble = || known.trouble.clone().unwrap_or_else(starting);
        known.client.clone().ok_or_else(trouble)
    }

    /// The view as it is now, if the companion answers.
    pub fn view(&self) -> Option<Arc<View>> {
        self.known().view.clone()
    }

    /// What a page is given.
    pub fn shown(&self) -> Shown {
        let known = self.known();
        let moment = Moment { now: now(), ahead_of_utc: known.ahead_of_utc };
        let face = known.view.as_ref().map(|view| face(view, moment));
        let companion = match (&face, &known.trouble) {
            (Some(_), _) => Companion::Here,
            (None, None) => Companion::Starting,
            (None, Some(problem)) => Companion::Gone { problem: problem.clone() },
        };
        let said = face.as_ref().map(|face| face.cards.clone()).or_else(|| known.cards.clone());
        let cards = said.unwrap_or_else(|| Card::all_bare(Language::default()));
        Shown { companion, cards, face }
    }

    /// Follows the companion for as long as there is a window: `changed` is called whenever what is shown may be
    /// another thing.
    pub async fn follow(&self, changed: impl Fn()) {
        let mut started_at = None;
        loop {
            match Client::connect(&self.place.socket, "windows").await {
                Ok(client) => {
                    started_at = None;
                    self.attend(client, &changed).await;
                }
                Err(error) => {
                    let absent = matches!(error, LinkError::NotRunning { .. });
                    if absent && self.place.usual && started_at.is_none() {
                        started_at = Some(tokio::time::Instant::now());
                        start();
                    }
                    let waiting = absent && started_at.is_some_and(|at| at.elapsed() < STARTING);
                    self.known().trouble = (!waiting).then(|| error.problem());
                    self.answered.send_if_modified(|answered| !waiting && !std::mem::replace(answered, true));
                    changed();
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// While the connection lasts.
    async fn attend(&self, client: Client, changed: &impl Fn()) {
        let client = Arc::new(client);
        let Ok(mut views) = client.views().await else { return };
        self.known().client = Some(client);
        loop {
            tokio::select! {
                view = views.next() => {
                    let Some(view) = view else { break };
                    let mut known = self.known();
                    known.trouble = None;
                    known.view = Some(view);
                    drop(known);
                    self.answered.send_replace(true);
                }
                () = tokio::time::sleep(AGEING) => {}
                () = self.zone.notified() => {}
            }
            changed();
        }
        // What it said last is not shown as what is: only the cards stay.
        let mut known = self.known();
        let cards = known.view.as_ref().map(|view| rightdoor_core::words::cards(view, None));
        known.cards = cards.or(known.cards.take());
        (known.client, known.view, known.trouble) = (None, None, None);
        drop(known);
        changed();
    }

    /// Waits until it is known whether the companion answers, but not for long.
    pub async fn settled(&self) {
        let mut answered = self.answered.subscribe();
        let _ = tokio::time::timeout(PATIENCE, answered.wait_for(|answered| *answered)).await;
    }
}

/// Starts the companion that lies beside this program. It outlives the windows; a second one finds the first
/// and ends by itself.
fn start() {
    let program = std::env::current_exe()
        .ok()
        .map(|this| this.with_file_name(format!("rightdoor-companion{}", std::env::consts::EXE_SUFFIX)));
    let Some(program) = program.filter(|program| program.is_file()) else { return };
    let begun = std::process::Command::new(program)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if let Ok(mut child) = begun {
        // Collected when it ends, should that be before us.
        std::thread::spawn(move || child.wait());
    }
}

fn starting() -> Problem {
    Problem {
        code: "companion_starting".to_owned(),
        message: "Rightdoor is starting.".to_owned(),
        hint: "Nothing was changed. Try again in a moment.".to_owned(),
        fields: Vec::new(),
    }
}

fn now() -> Wall {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Wall(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
