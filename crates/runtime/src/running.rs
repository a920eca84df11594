//! Starting and stopping.

use std::sync::Arc;

use rightdoor_core::saved::Enrolment;
use rightdoor_core::{Engine, Event, Policy, View};
use rightdoor_location::record::{Problem, Record};
use rightdoor_platform::secrets::Secrets;
use rightdoor_platform::{clock, network, power, secrets, session};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::config::{Config, SecretStore};
use crate::driver::{self, Asked, Driver, Hands, Hints, Inputs};
use crate::guidance_file::GuidanceFile;
use crate::looking::{Looked, Looking};
use crate::organisation;
use crate::probe::{self, Probes};
use crate::registry::{Adapter, KnownBy, Options, Registry};
use crate::store::{OpenError, Store};
use crate::trace::Trace;

/// Why the companion cannot run.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store: another companion runs, or a newer version wrote it.
    #[error(transparent)]
    Store(#[from] OpenError),
}

impl StartError {
    /// The same for the edge: `{code, message, hint}`.
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self {
            Self::Store(error) => error.problem(),
        }
    }
}

/// A companion at work.
#[derive(Debug)]
pub struct Running {
    /// The view, whenever it is another one.
    pub views: watch::Receiver<Arc<View>>,
    /// What the agent wants, and where the answer goes.
    pub intents: mpsc::Sender<Asked>,
    /// What somebody wants to look at, and where what was seen goes.
    pub looks: mpsc::Sender<Looked>,
    /// One NDJSON line per hint, snapshot, delta, decision and standing change.
    pub trace: broadcast::Sender<Arc<str>>,
    /// What is wrong with this installation and does not keep the loop from running.
    pub problems: Vec<Problem>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
    looking: JoinHandle<()>,
}

impl Running {
    /// Takes leave: tells the registry that this computer is unattended, waits at most 2 s for it and
    /// for the store, and ends.
    pub async fn stop(self) {
        // Looking holds the store, too, and what is being looked at is not worth waiting for.
        self.looking.abort();
        let _ = self.looking.await;
        let _ = self.stop.send(());
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the loop did not end well");
        }
    }
}

/// Starts the loop on the current tokio runtime.
///
/// # Errors
/// [`StartError`], when running would do harm. Everything else that is wrong is a fault the engine
/// knows, or one of [`Running::problems`].
pub async fn start(config: Config) -> Result<Running, StartError> {
    let mut problems = Vec::new();
    let (store, mut saved) = Store::open(&config.store_file())?;
    saved.seed = clock::random();
    let key = secrets::hash_key(&config.data).unwrap_or_else(|error| {
        tracing::error!(%error, "the hash key cannot be used; no place is recognised until it can");
        problems.push(Problem {
            code: "hash_key".into(),
            message: error.to_string(),
            hint: "Until this is mended, you are asked wherever you are.".into(),
            fields: Vec::new(),
        });
        clock::random()
    });
    let senses = network::Options { physical: config.physical.clone(), key };
    // Listening begins before the first look, so that nothing falls between the two.
    let hints = Hints::open(&senses);
    let system = tokio::join!(session::Watcher::open(), power::Watcher::open());
    let held = saved.registered.as_ref().and_then(|registered| registered.record.clone());
    let registry = registry(&config, saved.enrolment.clone(), held);
    let (facts, received) = mpsc::unbounded_channel();
    let store = Arc::new(store);
    let (looks, looked) = mpsc::channel(16);
    let looking =
        Looking { config: Arc::new(config.clone()), registry: registry.clone(), store: Arc::clone(&store) };
    let looking = tokio::spawn(looking.run(looked));
    let probes = Probes::new(&probe::Options {
        ca_file: config.phone_ca_file.clone(),
        registry_ca_file: config.ca_file.clone(),
        resolvers: config.resolvers.clone(),
        physical: config.physical.clone(),
    });
    let policy = Policy { registry: registry.capabilities().abilities(), ..config.policy.clone() };
    let hands = Hands::new(registry, probes, store, senses, facts, config.data.clone());
    let (longest_sleep, sound) = (config.policy.reconcile_every, config.sound.clone());
    let (mut engine, mut begin) = Engine::restore(saved, policy, clock::now());
    let guidance = Event::Guidance(Box::new(organisation::kept(&config.data)));
    begin.extend(engine.handle(guidance, clock::now()));

    let (views, shown) = watch::channel(Arc::new(engine.view()));
    let (intents, asked) = driver::intents();
    let trace = Trace::new();
    let lines = trace.sender();
    let (stop, stopped) = oneshot::channel();
    let mut guidance = GuidanceFile::new(&config.data);
    guidance.show(&shown.borrow());
    let driver =
        Driver { engine, hands, views, trace, guidance, sound, call: false, seen: None, longest_sleep };
    let inputs = Inputs::new(hints, system, received, asked);
    let task = tokio::spawn(driver.run(inputs, stopped, begin));
    Ok(Running { views: shown, intents, looks, trace: lines, problems, stop, task, looking })
}

/// Where tokens are kept under this configuration.
#[must_use]
pub fn secret_store(config: &Config) -> Secrets {
    match config.secrets {
        SecretStore::Keyring => Secrets::Keyring,
        SecretStore::File => Secrets::File(config.data.join("secrets")),
    }
}

/// The registry that is configured; `held` is the record that was last read from it.
pub(crate) fn registry(config: &Config, enrolment: Option<Enrolment>, held: Option<Record>) -> Registry {
    let options = Options {
        ca_file: config.ca_file.clone(),
        plain_http: config.plain_http,
        secrets: secret_store(config),
    };
    if config.provider.adapter == Adapter::Own {
        let known_by = KnownBy { physical: config.physical.clone(), instance: config.instance.clone() };
        return Registry::new(options, enrolment).known_by(known_by);
    }
    let mut settings = config.provider.clone();
    if settings.call_token_file.as_os_str().is_empty() {
        settings.call_token_file = config.data.join("call-token.json");
    }
    Registry::at_provider(options, settings, enrolment, held)
}
