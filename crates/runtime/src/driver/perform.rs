//! Performing effects. Every effect but a reply is answered by exactly one event.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rightdoor_core::place::PlaceId;
use rightdoor_core::{Batch, Effect, Event, Intent, ReadBackOutcome, Reply, Ticket};
use rightdoor_location::record::DirectoryPlace;
use rightdoor_platform::network::{Options, Sampler};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::guided;
use crate::probe::Probes;
use crate::registry::{Found, Registry};
use crate::store::Store;

/// Longest that a full look may take.
const LOOK: Duration = Duration::from_secs(3);

/// An answer that comes back to the loop.
pub(crate) struct Fact {
    pub(super) event: Event,
    /// Whether it answers an effect; the others came unasked.
    answers: bool,
    /// The sampler, back from its look.
    sampler: Option<Box<Sampler>>,
}

impl Fact {
    /// What nobody ordered.
    pub const fn unasked(event: Event) -> Self {
        Self { event, answers: false, sampler: None }
    }
}

/// What the loop acts with.
pub(crate) struct Hands {
    pub registry: Registry,
    pub probes: Probes,
    store: Arc<Store>,
    senses: Options,
    /// For cheap looks, here and now.
    glance: Option<Sampler>,
    /// For full looks, which wait; away while one is under way.
    look: Option<Box<Sampler>>,
    facts: mpsc::UnboundedSender<Fact>,
    under_way: usize,
    hearing: Option<JoinHandle<()>>,
    guided: guided::Asking,
    tickets: BTreeMap<Ticket, oneshot::Sender<Reply>>,
    last_ticket: u64,
}

impl Hands {
    pub fn new(
        registry: Registry,
        probes: Probes,
        store: Arc<Store>,
        senses: Options,
        facts: mpsc::UnboundedSender<Fact>,
        data: PathBuf,
    ) -> Self {
        Self {
            registry,
            probes,
            store,
            glance: sampler(&senses),
            look: sampler(&senses).map(Box::new),
            senses,
            facts,
            under_way: 0,
            hearing: None,
            guided: guided::Asking::new(data),
            tickets: BTreeMap::new(),
            last_ticket: 0,
        }
    }

    /// How many answers are still to come.
    pub const fn under_way(&self) -> usize {
        self.under_way
    }

    /// Takes an answer.
    pub fn received(&mut self, fact: Fact) -> Event {
        self.under_way -= usize::from(fact.answers);
        if let Event::ReadBack(_, outcome) = &fact.event {
            match **outcome {
                ReadBackOutcome::Found(_) | ReadBackOutcome::NotModified => {
                    self.hear();
                    self.guided.ask(&self.registry, &self.facts);
                }
                ReadBackOutcome::Nothing => self.guided.ask(&self.registry, &self.facts),
                ReadBackOutcome::Unauthorised | ReadBackOutcome::Locked | ReadBackOutcome::Unreachable => {}
            }
        }
        if let Event::Enrolled(_, Ok(_)) = &fact.event {
            self.stop_hearing();
            self.guided.begin_anew();
        }
        if fact.sampler.is_some() {
            self.look = fact.sampler;
        }
        fact.event
    }

    /// Takes an intent; its reply goes to `answer`.
    pub fn asked(&mut self, intent: Intent, answer: oneshot::Sender<Reply>) -> Event {
        // Who hung up need not be remembered.
        self.tickets.retain(|_, answer| !answer.is_closed());
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        self.tickets.insert(ticket, answer);
        Event::Agent { ticket, intent }
    }

    /// Performs `effect`; what is answered at once is answered into `events`.
    pub fn perform(&mut self, effect: Effect, events: &mut VecDeque<Event>) {
        match effect {
            Effect::PreSample => events.push_back(self.glance()),
            Effect::Sample => self.look(events),
            Effect::Persist(batch) => self.persist(batch),
            Effect::LookUp { id, place } => {
                let (registry, store) = (self.registry.clone(), Arc::clone(&self.store));
                self.begin(async move { Event::LookedUp(id, look_up(&registry, &store, &place).await) });
            }
            Effect::Validate { id, address } => {
                let registry = self.registry.clone();
                self.begin(async move { Event::Validated(id, registry.validate(&address).await) });
            }
            Effect::Deliver(delivery) => {
                let registry = self.registry.clone();
                self.begin(async move { Event::Delivered(delivery.id, registry.deliver(&delivery).await) });
            }
            Effect::ReadBack { id, unless } => {
                let registry = self.registry.clone();
                self.begin(async move {
                    Event::ReadBack(id, Box::new(registry.read_back(unless.as_deref()).await))
                });
            }
            Effect::Attend { id, attendance } => {
                let registry = self.registry.clone();
                self.begin(async move { Event::Attended(id, registry.attend(attendance).await) });
            }
            Effect::Acknowledge { id, acknowledged } => {
                let registry = self.registry.clone();
                self.begin(async move { Event::Acknowledged(id, registry.acknowledge(&acknowledged).await) });
            }
            Effect::Enrol { id, code, registry: base } => {
                let registry = self.registry.clone();
                self.begin(async move { Event::Enrolled(id, registry.enrol(&code, &base).await) });
            }
            Effect::Probe { id, subject, fresh } => {
                let (probes, facts) = (self.probes.clone(), self.facts.clone());
                // Nobody waits for a probe before a sleep or a goodbye.
                tokio::spawn(async move {
                    let event = Event::Probed(id, probes.ask(&subject, fresh).await);
                    let _ = facts.send(Fact { event, answers: false, sampler: None });
                });
            }
            Effect::Reply { ticket, reply } => {
                if let Some(answer) = self.tickets.remove(&ticket) {
                    // Who does not wait any more sees it in the view.
                    let _ = answer.send(reply);
                }
            }
        }
    }

    fn glance(&mut self) -> Event {
        if self.glance.is_none() {
            self.glance = sampler(&self.senses);
        }
        let Some(glance) = &mut self.glance else { return Event::SampleFailed };
        match glance.pre_sample() {
            Ok(look) => Event::PreSampled(look),
            Err(error) => {
                tracing::warn!(%error, "the network could not be glanced at");
                self.glance = None;
                Event::SampleFailed
            }
        }
    }

    fn look(&mut self, events: &mut VecDeque<Event>) {
        let Some(mut look) = self.look.take().or_else(|| sampler(&self.senses).map(Box::new)) else {
            events.push_back(Event::SampleFailed);
            return;
        };
        self.under_way += 1;
        let facts = self.facts.clone();
        tokio::spawn(async move {
            let outcome = tokio::time::timeout(LOOK, look.sample()).await;
            let (event, sampler) = match outcome {
                Ok(Ok(snapshot)) => (Event::Sampled(snapshot), Some(look)),
                // After a failure the next look begins with a sampler of its own.
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the network could not be looked at");
                    (Event::SampleFailed, None)
                }
                Err(_) => {
                    tracing::warn!("the look at the network took too long");
                    (Event::SampleFailed, None)
                }
            };
            let _ = facts.send(Fact { event, answers: true, sampler });
        });
    }

    fn persist(&mut self, batch: Batch) {
        let id = batch.id;
        let kept = self.store.apply(batch);
        self.begin(async move {
            match kept.await {
                Ok(()) => Event::Persisted(id),
                Err(fault) => Event::PersistFailed(id, fault),
            }
        });
    }

    /// Listens to the registry, now that it can be reached, unless that is being done.
    pub fn hear(&mut self) {
        if self.hearing.as_ref().is_some_and(|hearing| !hearing.is_finished()) {
            return;
        }
        let (registry, facts) = (self.registry.clone(), self.facts.clone());
        self.hearing = Some(tokio::spawn(async move {
            let changed = || _ = facts.send(Fact::unasked(Event::RegistryHint));
            registry.hear(changed).await;
        }));
    }

    /// The registry may be another one now.
    fn stop_hearing(&mut self) {
        if let Some(hearing) = self.hearing.take() {
            hearing.abort();
        }
    }

    fn begin(&mut self, answer: impl Future<Output = Event> + Send + 'static) {
        self.under_way += 1;
        let facts = self.facts.clone();
        tokio::spawn(async move {
            let _ = facts.send(Fact { event: answer.await, answers: true, sampler: None });
        });
    }
}

impl Drop for Hands {
    fn drop(&mut self) {
        self.stop_hearing();
    }
}

fn sampler(senses: &Options) -> Option<Sampler> {
    Sampler::new(senses).inspect_err(|error| tracing::warn!(%error, "the network cannot be looked at")).ok()
}

/// The directory's place; as last seen, where the registry cannot be asked.
async fn look_up(registry: &Registry, store: &Store, place: &PlaceId) -> Option<DirectoryPlace> {
    match registry.look_up(&place.0).await {
        Found::Place(found) => {
            store.cache_directory(vec![DirectoryPlace::clone(&found)]);
            Some(*found)
        }
        Found::Nothing => None,
        Found::Unavailable => store.directory_place(&place.0).await,
    }
}
