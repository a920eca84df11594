//! One event through the rooms, step by step: a first confirmation from arrival to read back.

use rightdoor_core::event::{DeliveryOutcome, Event, ReadBackOutcome, ValidationOutcome};
use rightdoor_core::network::{
    Evidence, Gateway, Link, Medium, Session, Snapshot, Station, StationKey, StationKind,
};
use rightdoor_core::reach::Service;
use rightdoor_core::saved::{Enrolment, Saved};
use rightdoor_core::view::{Here, RegistryFacet};
use rightdoor_core::{Answer, Effect, Engine, Intent, Mono, Now, Policy, Redacted, Reply, Ticket, Wall};
use rightdoor_location::record::{Attendance, Record, Validation};
use rightdoor_location::{CivicAddress, Content, Element, Floors};

/// Nobody asks after the phone service here.
fn quiet() -> Policy {
    Policy { phone: Service { own_domain: false, ..Service::default() }, ..Policy::default() }
}

fn home() -> Snapshot {
    let station = Station { key: StationKey(7), kind: StationKind::Global };
    let address = Redacted::new(std::net::IpAddr::from([10, 0, 0, 1]));
    let gateway = Gateway { address, station: Evidence::Known(station) };
    Snapshot {
        links: vec![Link {
            name: "eth0".into(),
            medium: Medium::Wired,
            carrier: true,
            subnets: Vec::new(),
            gateway: Some(gateway),
            dhcp: Evidence::Absent,
        }],
        session: Session { user: 1, active: true, remote: false, locked: false },
        ..Snapshot::default()
    }
}

fn at(ms: u64) -> Now {
    Now { mono: Mono(ms), wall: Wall(1_000_000_000_000 + i64::try_from(ms).unwrap_or(0)) }
}

/// Answers every persist, and hands back the other orders.
fn settle_store(engine: &mut Engine, orders: Vec<Effect>, now: Now) -> Vec<Effect> {
    let mut rest = Vec::new();
    let mut queue = orders;
    while !queue.is_empty() {
        let mut next = Vec::new();
        for order in queue {
            if let Effect::Persist(batch) = order {
                next.extend(engine.handle(Event::Persisted(batch.id), now));
            } else {
                rest.push(order);
            }
        }
        queue = next;
    }
    rest
}

#[test]
fn a_first_confirmation_is_asked_kept_delivered_and_read_back() {
    let enrolment = Enrolment {
        registry: Redacted::new("http://127.0.0.1".into()),
        endpoint: Redacted::new("sip:desk@example.com".into()),
        device: "d1".into(),
        organisation: Redacted::new("Example".into()),
    };
    let saved = Saved { enrolment: Some(enrolment), ..Saved::default() };
    let (mut engine, orders) = Engine::restore(saved, quiet(), at(0));
    assert!(matches!(engine.view().standing.here, Here::Checking { .. }));
    let orders = settle_store(&mut engine, orders, at(1));
    let Some(Effect::ReadBack { id, .. }) = orders.iter().find(|o| matches!(o, Effect::ReadBack { .. }))
    else {
        panic!("no read back among {orders:?}")
    };
    let orders = engine.handle(Event::ReadBack(*id, Box::new(ReadBackOutcome::Nothing)), at(5));
    assert!(settle_store(&mut engine, orders, at(5)).is_empty());
    let orders = engine.handle(Event::Sampled(home()), at(10));
    assert!(settle_store(&mut engine, orders, at(11)).is_empty());
    let prompt = engine.view().prompt.unwrap_or_else(|| panic!("no prompt"));
    assert!(prompt.may_raise);

    let location = [
        (Element::Country, "US"),
        (Element::A1, "CO"),
        (Element::A3, "Denver"),
        (Element::HNO, "1600"),
        (Element::RD, "Blake"),
        (Element::STS, "Street"),
        (Element::PC, "80202"),
    ]
    .into_iter()
    .fold(CivicAddress::new(), |address, (element, value)| address.with(element, value));
    let answer = Answer::Address { location: location.clone(), label: None, floors: Floors::Single };
    let intent = Intent::Answer { prompt: prompt.id, answer };
    let orders = engine.handle(Event::Agent { ticket: Ticket(1), intent }, at(20));
    let [Effect::Validate { id, .. }] = orders.as_slice() else { panic!("{orders:?}") };
    let valid = ValidationOutcome::Answered(Validation::Valid { confirmed_by: None });
    let orders = engine.handle(Event::Validated(*id, valid), at(30));
    assert!(orders.iter().all(|order| matches!(order, Effect::Persist(_))), "kept before sent: {orders:?}");
    let orders = settle_store(&mut engine, orders, at(40));
    let [Effect::Reply { reply: Reply::Kept(revision), .. }, Effect::Deliver(delivery)] = orders.as_slice()
    else {
        panic!("{orders:?}")
    };
    assert_eq!(*revision, delivery.revision);
    assert!(engine.view().standing.registered.is_none(), "nothing is shown that was not read back");

    let active = DeliveryOutcome::Active { etag: "\"1\"".into() };
    let orders = engine.handle(Event::Delivered(delivery.id, active), at(50));
    let [Effect::ReadBack { id, unless: None }] = orders.as_slice() else { panic!("{orders:?}") };
    let record = Record {
        revision: delivery.revision,
        content: Content::Located(location),
        etag: "\"1\"".into(),
        basis: delivery.basis,
        confirmed_at: Some(delivery.confirmed_at.0),
        attendance: Attendance::Attended,
        lease_until: i64::MAX,
        fetched_at: None,
        emergency_at: None,
    };
    let found = Box::new(ReadBackOutcome::Found(record.clone()));
    let orders = engine.handle(Event::ReadBack(*id, found), at(60));
    settle_store(&mut engine, orders, at(61));
    let view = engine.view();
    assert!(matches!(view.standing.registry, RegistryFacet::ReadBackEqual { .. }));
    assert_eq!(view.standing.registered, Some(record));
    assert!(view.standing.here.is_verified());
    assert!(view.prompt.is_none());
}

#[test]
fn a_hint_during_a_reading_is_read_once_more() {
    let enrolment = Enrolment {
        registry: Redacted::new("http://127.0.0.1".into()),
        endpoint: Redacted::new("sip:desk@example.com".into()),
        device: "d1".into(),
        organisation: Redacted::new("Example".into()),
    };
    let saved = Saved { enrolment: Some(enrolment), ..Saved::default() };
    let (mut engine, orders) = Engine::restore(saved, quiet(), at(0));
    let read = |orders: &[Effect]| {
        orders.iter().find_map(|o| if let Effect::ReadBack { id, .. } = o { Some(*id) } else { None })
    };
    let first = read(&orders).unwrap_or_else(|| panic!("no read back among {orders:?}"));
    assert_eq!(read(&engine.handle(Event::RegistryHint, at(1))), None, "one call at a time");
    let orders = engine.handle(Event::ReadBack(first, Box::new(ReadBackOutcome::Nothing)), at(2));
    let second = read(&orders).unwrap_or_else(|| panic!("the hint was lost: {orders:?}"));
    let orders = engine.handle(Event::ReadBack(second, Box::new(ReadBackOutcome::Nothing)), at(3));
    assert_eq!(read(&orders), None, "once, not for ever");
}
