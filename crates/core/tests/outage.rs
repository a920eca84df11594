//! Outages of the phone service in virtual time: named rightly, noticed soon, told once.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test, whose figures are read by people")]

use std::time::Duration;

use rightdoor_core::Policy;
use rightdoor_core::event::{OutageCause, PhoneService};
use rightdoor_core::reach::Service;
use rightdoor_core::testing::phone::service;
use rightdoor_core::testing::{Spot, World};
use rightdoor_core::view::OutageView;

/// A computer at home whose phone service answers, asked at the rate that people have.
fn watching(seed: u64) -> World {
    let Service { step, idle_step, .. } = Service::default();
    let policy = Policy { phone: Service { step, idle_step, ..service() }, ..Policy::default() };
    let mut world = World::new(seed, Spot::Home, policy, true).unwrap();
    wait(&mut world, 20);
    assert_eq!(phone(&world), PhoneService::Answers, "seed {seed}");
    world
}

fn wait(world: &mut World, seconds: u64) {
    world.wait(Duration::from_secs(seconds)).unwrap();
}

fn phone(world: &World) -> PhoneService {
    world.view().standing.phone
}

fn outage(world: &World) -> Option<OutageView> {
    world.view().outage
}

/// Seconds until `is_so`, at most `most`.
fn until(world: &mut World, most: u64, is_so: impl Fn(&World) -> bool) -> Option<f64> {
    let begin = world.time;
    while !is_so(world) {
        if world.time > begin + most * 1000 {
            return None;
        }
        world.wait(Duration::from_millis(100)).unwrap();
    }
    Some((world.time - begin) as f64 / 1000.0)
}

fn is_on(world: &World) -> bool {
    outage(world).is_some_and(|outage| outage.ended.is_none())
}

#[test]
fn every_cause_is_named_soon_and_its_end_told_once() {
    for cause in [
        OutageCause::ServiceDown,
        OutageCause::CaptivePortal,
        OutageCause::NoInternet,
        OutageCause::VpnBroken,
    ] {
        let mut noticed = Vec::new();
        for seed in 0..40 {
            let mut world = watching(seed);
            wait(&mut world, seed % 11);
            world.way.service = PhoneService::Silent(cause);
            let took = until(&mut world, 60, is_on)
                .unwrap_or_else(|| panic!("{cause:?} is never noticed, seed {seed}"));
            assert_eq!(phone(&world), PhoneService::Silent(cause), "seed {seed}");
            noticed.push(took);
            wait(&mut world, 90);
            assert_eq!(phone(&world), PhoneService::Silent(cause), "it stays named, seed {seed}");
            world.way.service = PhoneService::Answers;
            until(&mut world, 60, |world| !is_on(world))
                .unwrap_or_else(|| panic!("{cause:?} never ends, seed {seed}"));
            wait(&mut world, 600);
            assert_eq!(outage(&world).map(|outage| outage.number), Some(1));
        }
        noticed.sort_by(f64::total_cmp);
        let (median, worst) = (noticed[noticed.len() / 2], noticed[noticed.len() - 1]);
        println!("{cause:?}: median {median} s, worst {worst} s");
        assert!(median <= 10.0 && worst <= 20.0, "{cause:?}: {noticed:?}");
    }
}

#[test]
fn a_slow_service_is_said_and_is_no_outage() {
    let mut world = watching(3);
    world.way.service = PhoneService::Degraded;
    wait(&mut world, 120);
    assert_eq!((phone(&world), outage(&world)), (PhoneService::Degraded, None));
}

#[test]
fn what_never_answered_is_unknown_and_asked_ever_less() {
    let mut world =
        World::new(5, Spot::Home, Policy { phone: service(), ..Policy::default() }, true).unwrap();
    world.way.service = PhoneService::Silent(OutageCause::NoInternet);
    wait(&mut world, 7200);
    assert_eq!((phone(&world), outage(&world)), (PhoneService::Unknown, None));
}

#[test]
fn no_more_than_twelve_requests_a_minute_while_all_is_well() {
    let mut world = watching(8);
    world.trace = Some(Vec::new());
    wait(&mut world, 3600);
    let probes: usize = world.trace.iter().flatten().map(|line| line.matches("Probe {").count()).sum();
    println!("{} requests a minute", probes as f64 / 60.0);
    assert!(probes <= 12 * 60 && probes > 9 * 60, "{probes} in an hour");
}
