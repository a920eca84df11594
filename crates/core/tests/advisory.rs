//! The notice of 911's limits: it survives a death at any moment, the registry keeps it once, and it is asked again when
//! its text or the year changes, in virtual time.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeSet, VecDeque};

use rightdoor_core::advisory::{self, Acknowledged, Due, EDITION, HOLDS};
use rightdoor_core::audit::Kind;
use rightdoor_core::guidance::Language;
use rightdoor_core::saved::{Change, Enrolment};
use rightdoor_core::testing::store::Store;
use rightdoor_core::{
    Batch, BatchId, DeliveryOutcome, Effect, Engine, Event, Intent, Mono, Now, Policy, Reply, Saved, Ticket,
    Wall,
};

const BEGIN: i64 = 1_770_000_000_000;
const DAY: u64 = 24 * 60 * 60 * 1000;

/// A companion whose every order is carried out at once, until it dies.
struct Desk {
    engine: Engine,
    store: Store,
    /// What the registry keeps: each acknowledgement once.
    registry: BTreeSet<(u32, i64)>,
    sent: usize,
    replies: Vec<Reply>,
    time: u64,
    /// Orders until it dies; the one that it dies at is not carried out.
    life: Option<usize>,
    /// Whether the registry's answers are lost.
    deaf: bool,
}

fn enrolment() -> Enrolment {
    Enrolment {
        registry: "https://registry.example".to_owned().into(),
        endpoint: "sip:ada@example.com".to_owned().into(),
        device: "d-1".to_owned(),
        organisation: "Example".to_owned().into(),
    }
}

impl Desk {
    fn new() -> Self {
        let mut store = Store::default();
        store.saved.enrolment = Some(enrolment());
        Self::over(store)
    }

    fn over(store: Store) -> Self {
        let now = Now { mono: Mono(0), wall: Wall(BEGIN) };
        let (engine, orders) = Engine::restore(store.saved.clone(), Policy::default(), now);
        let mut desk = Self {
            engine,
            store,
            registry: BTreeSet::new(),
            sent: 0,
            replies: Vec::new(),
            time: 0,
            life: None,
            deaf: false,
        };
        desk.carry_out(orders);
        desk
    }

    fn now(&self) -> Now {
        Now { mono: Mono(self.time), wall: Wall(BEGIN + i64::try_from(self.time).unwrap()) }
    }

    fn tell(&mut self, event: Event) {
        let orders = self.engine.handle(event, self.now());
        self.carry_out(orders);
    }

    fn carry_out(&mut self, orders: Vec<Effect>) {
        let mut waiting = VecDeque::from(orders);
        while let Some(order) = waiting.pop_front() {
            if let Some(life) = &mut self.life {
                if *life == 0 {
                    return;
                }
                *life -= 1;
            }
            let Some(event) = self.perform(order) else { continue };
            waiting.extend(self.engine.handle(event, self.now()));
        }
    }

    fn perform(&mut self, order: Effect) -> Option<Event> {
        match order {
            Effect::Persist(batch) => {
                let id = batch.id;
                Some(
                    self.store
                        .keep(&batch)
                        .map_or_else(|fault| Event::PersistFailed(id, fault), |()| Event::Persisted(id)),
                )
            }
            Effect::Acknowledge { id, acknowledged } => {
                self.sent += 1;
                self.registry.insert((acknowledged.edition, acknowledged.at.0));
                let taken = DeliveryOutcome::Active { etag: String::new() };
                Some(Event::Acknowledged(id, if self.deaf { DeliveryOutcome::Ambiguous } else { taken }))
            }
            Effect::Reply { reply, .. } => {
                self.replies.push(reply);
                None
            }
            // Nothing else matters here.
            Effect::PreSample
            | Effect::Sample
            | Effect::LookUp { .. }
            | Effect::Validate { .. }
            | Effect::Deliver(_)
            | Effect::ReadBack { .. }
            | Effect::Attend { .. }
            | Effect::Enrol { .. }
            | Effect::Probe { .. } => None,
        }
    }

    fn read(&mut self, edition: u32) {
        let intent = Intent::Acknowledge { edition, language: Language::Es };
        self.tell(Event::Agent { ticket: Ticket(1), intent });
    }

    fn pass(&mut self, millis: u64) {
        let end = self.time + millis;
        while let Some((at, _)) = self.engine.poll_timeout().filter(|(at, _)| at.0 <= end) {
            assert!(at.0 >= self.time);
            self.time = at.0.max(self.time);
            self.tell(Event::Tick);
        }
        self.time = end;
        self.tell(Event::Tick);
    }

    /// Dies, and starts again later.
    fn again(self) -> Self {
        let time = self.time + 60_000;
        let (registry, sent) = (self.registry, self.sent);
        let mut store = self.store;
        store.saved.seed = [7; 32];
        let now = Now { mono: Mono(time), wall: Wall(BEGIN + i64::try_from(time).unwrap()) };
        let (engine, orders) = Engine::restore(store.saved.clone(), Policy::default(), now);
        let replies = Vec::new();
        let mut desk = Self { engine, store, registry, sent, replies, time, life: None, deaf: false };
        desk.carry_out(orders);
        desk
    }

    fn due(&self) -> Option<Due> {
        self.engine.view().advisory
    }
}

#[test]
fn it_survives_a_death_at_any_moment_and_is_kept_once_at_the_registry() {
    let mut deaths = 0;
    for life in 0.. {
        let mut desk = Desk::new();
        desk.life = Some(life);
        desk.read(EDITION);
        let ended = desk.life != Some(0);
        let acknowledged = desk.replies.contains(&Reply::Done);
        let mut desk = desk.again();
        if acknowledged {
            assert_eq!(desk.due(), None, "what was acknowledged is lost after {life} orders");
        }
        if desk.due().is_some() {
            desk.read(EDITION);
        }
        desk.pass(600_000);
        assert_eq!(desk.due(), None);
        assert!(desk.store.saved.advisory.as_ref().is_some_and(|read| read.sent), "after {life} orders");
        assert_eq!(desk.registry.len(), 1, "after {life} orders");
        assert!(desk.store.broken.is_none());
        assert_eq!(desk.store.count(Kind::Acknowledged), 1, "after {life} orders");
        deaths += 1;
        if ended {
            break;
        }
    }
    assert!(deaths > 3, "it died {deaths} times only");
}

#[test]
fn a_lost_answer_is_asked_for_again_and_an_answered_one_never() {
    let mut desk = Desk::new();
    desk.deaf = true;
    desk.read(EDITION);
    desk.pass(120_000);
    assert!(desk.sent > 1);
    desk.deaf = false;
    desk.pass(120_000);
    let sent = desk.sent;
    desk.pass(30 * DAY);
    let mut desk = desk.again();
    desk.pass(30 * DAY);
    assert_eq!((desk.sent, desk.registry.len()), (sent, 1));
}

#[test]
fn it_is_not_sent_before_it_is_kept() {
    let mut desk = Desk::new();
    desk.store.fault = Some(rightdoor_core::StoreFault::Full);
    desk.read(EDITION);
    desk.pass(60_000);
    assert_eq!((desk.sent, desk.due()), (0, None));
    desk.store.fault = None;
    desk.pass(120_000);
    assert_eq!(desk.sent, 1);
}

#[test]
fn it_is_asked_again_when_the_year_or_the_text_changes() {
    let mut desk = Desk::new();
    assert_eq!(desk.due(), Some(Due::First));
    desk.read(EDITION + 1);
    assert!(
        matches!(desk.replies.as_slice(), [Reply::Refused(_)]),
        "a text that is not shown was acknowledged"
    );
    desk.read(EDITION);
    assert_eq!(desk.due(), None);
    let year = u64::try_from(HOLDS.as_millis()).unwrap();
    desk.pass(year - DAY);
    assert_eq!(desk.due(), None, "a day before the year has passed");
    // By the calendar, too, after a restart.
    let mut desk = desk.again();
    assert_eq!(desk.due(), None);
    desk.pass(DAY);
    assert_eq!(desk.due(), Some(Due::Year));
    desk.read(EDITION);
    assert_eq!((desk.due(), desk.registry.len()), (None, 2));

    // An earlier edition was read.
    let earlier = Acknowledged { edition: EDITION - 1, language: Language::En, at: Wall(BEGIN), sent: true };
    desk.store.keep(&Batch { id: BatchId(0), changes: vec![Change::Advisory(earlier)] }).unwrap();
    assert_eq!(desk.again().due(), Some(Due::Changed));
}

#[test]
fn a_calendar_that_jumped_asks_again_only_where_the_age_is_not_known() {
    let mut desk = Desk::new();
    desk.read(EDITION);
    let jumped = Now { mono: Mono(1000), wall: Wall(BEGIN + 400 * i64::try_from(DAY).unwrap()) };
    let _ = desk.engine.handle(Event::Tick, jumped);
    assert_eq!(desk.due(), None, "it was read a second ago");
    let mut saved: Saved = desk.store.saved.clone();
    saved.advisory = saved.advisory.map(|read| Acknowledged { at: Wall(BEGIN + 86_400_000), ..read });
    let before = Now { mono: Mono(0), wall: Wall(BEGIN) };
    let (engine, _) = Engine::restore(saved, Policy::default(), before);
    assert_eq!(engine.view().advisory, Some(Due::Year), "it was read in the future");
}

#[test]
fn it_holds_nothing_up_and_every_language_says_the_same() {
    let desk = Desk::new();
    let view = desk.engine.view();
    assert!(view.advisory.is_some() && view.prompt.is_none());
    for language in Language::ALL {
        let notice = advisory::notice(language);
        assert_eq!((notice.language, notice.edition, notice.limits.len()), (language, EDITION, 4));
    }
}
