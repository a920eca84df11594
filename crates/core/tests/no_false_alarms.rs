//! Days on a bad network, in virtual time: what only loses packets is no outage, and an outage that comes and goes is
//! told once each time.
//!
//! `RIGHTDOOR_DAYS=50` plays more of them. The last line is the figures, as JSON.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test, whose figures are read by a program")]

use std::time::Duration;

use rightdoor_core::Policy;
use rightdoor_core::event::{OutageCause, PhoneService};
use rightdoor_core::reach::Service;
use rightdoor_core::testing::phone::service;
use rightdoor_core::testing::rng::Rng;
use rightdoor_core::testing::{Spot, Step, World};

const HOUR: u64 = 3_600_000;

#[expect(clippy::disallowed_methods, reason = "how many to play is for whoever starts the test")]
fn days() -> u64 {
    std::env::var("RIGHTDOOR_DAYS").ok().and_then(|text| text.parse().ok()).unwrap_or(2)
}

/// A computer whose phone service answers, asked at the rate that people have.
fn watching(seed: u64) -> World {
    let Service { step, idle_step, .. } = Service::default();
    let policy = Policy { phone: Service { step, idle_step, ..service() }, ..Policy::default() };
    let mut world = World::new(seed, Spot::Home, policy, true).unwrap();
    world.wait(Duration::from_secs(20)).unwrap();
    assert_eq!(world.view().standing.phone, PhoneService::Answers, "seed {seed}");
    world
}

fn notices(world: &World) -> u64 {
    world.view().outage.map_or(0, |outage| outage.number)
}

/// What a day does to a network that carries the phone service all the time.
fn disturb(world: &mut World, rng: &mut Rng) {
    let spot = [Spot::Home, Spot::Cafe][usize::try_from(rng.below(2)).unwrap()];
    let step = match rng.below(6) {
        0 => Step::Sleep(u32::try_from(5 + rng.below(3000)).unwrap()),
        1 => Step::Move { spot, gap: u8::try_from(rng.below(3)).unwrap(), told: true },
        2 => Step::Churn(u8::try_from(1 + rng.below(4)).unwrap()),
        3 => Step::Vpn(rng.percent(50)),
        4 => Step::Flap { down: 1 + u8::try_from(rng.below(2)).unwrap(), times: 2 },
        _ => Step::SwapGateway,
    };
    world.step(step).unwrap();
}

#[test]
fn nothing_is_told_in_a_day_that_loses_one_packet_in_twenty() {
    let mut degraded = 0_u64;
    for seed in 0..days() {
        let (mut world, mut rng) = (watching(seed), Rng::new(seed));
        world.way.loss = 50;
        let begin = world.time;
        while world.time < begin + 24 * HOUR {
            disturb(&mut world, &mut rng);
            for _ in 0..rng.below(40) {
                world.wait(Duration::from_secs(15)).unwrap();
                degraded += u64::from(world.view().standing.phone == PhoneService::Degraded);
                assert_eq!(
                    notices(&world),
                    0,
                    "seed {seed}, after {} s: {:?}",
                    world.time / 1000,
                    world.view().standing.phone
                );
            }
        }
    }
    println!("{{\"days\":{},\"notices\":0,\"looks_at_degraded\":{degraded}}}", days());
}

#[test]
fn an_outage_that_comes_and_goes_is_told_at_most_once_each_time() {
    let (mut outages, mut told, mut missed) = (0, 0, 0);
    for seed in 0..days() {
        let (mut world, mut rng) = (watching(seed), Rng::new(seed));
        let begin = world.time;
        while world.time < begin + 8 * HOUR {
            let causes = [OutageCause::ServiceDown, OutageCause::NoInternet, OutageCause::CaptivePortal];
            world.way.service = PhoneService::Silent(rng.pick(&causes));
            let (before, lasts) = (notices(&world), 1 + rng.below(60));
            world.wait(Duration::from_secs(lasts)).unwrap();
            let is_told = world.view().outage.is_some_and(|outage| outage.ended.is_none());
            missed += u64::from(lasts > 20 && !is_told);
            world.way.service = PhoneService::Answers;
            world.wait(Duration::from_secs(1 + rng.below(120))).unwrap();
            outages += 1;
            told += notices(&world) - before;
            assert!(
                notices(&world) <= before + 1,
                "seed {seed}: one outage was told {} times",
                notices(&world) - before
            );
        }
    }
    assert!(told > 0 && told <= outages);
    assert_eq!(missed, 0, "an outage of more than 20 s was not told");
    println!("{{\"flaps\":{outages},\"notices\":{told}}}");
}
