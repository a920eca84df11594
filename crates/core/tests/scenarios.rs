//! The design's walk-throughs, each played in the simulated world and readable from top to bottom.
//! Every step is held to the fifteen invariants as well; here stands what the person sees.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use rightdoor_core::event::StoreFault;
use rightdoor_core::intent::{Answer, Intent, Reply};
use rightdoor_core::testing::play::policy;
use rightdoor_core::testing::registry::Lie;
use rightdoor_core::testing::{Says, Spot, Step, World};
use rightdoor_core::view::{Doubt, Here, Kept, Question, RegistryFacet, Review};
use rightdoor_location::Content;

const SEED: u64 = 5;

/// A laptop at a spot whose person has confirmed it, read back from the registry.
fn confirmed_at(spot: Spot) -> World {
    let mut world = World::new(SEED, spot, policy(0), true).unwrap();
    play(&mut world, &[Step::Wait(15), Step::Answer(Says::Truth), Step::Wait(20)]);
    world
}

fn play(world: &mut World, steps: &[Step]) {
    for step in steps {
        world.step(*step).unwrap();
    }
}

fn go(world: &mut World, spot: Spot) {
    play(world, &[Step::Move { spot, gap: 2, told: true }, Step::Wait(40)]);
}

fn registered(world: &World) -> Option<&Content> {
    world.registry.record.as_ref().map(|record| &record.content)
}

fn reviews(world: &World) -> Vec<Review> {
    world.view().prompt.as_ref().map(|prompt| prompt.reviews.clone()).unwrap_or_default()
}

fn doubt(world: &World) -> Option<Doubt> {
    match world.view().standing.here {
        Here::NotVerified { why, .. } => Some(why),
        Here::Recognised { .. } | Here::ConfirmedNow { .. } | Here::Checking { .. } => None,
    }
}

#[test]
fn the_first_confirmation_is_kept_delivered_and_read_back() {
    let mut world = World::new(SEED, Spot::Home, policy(0), true).unwrap();
    play(&mut world, &[Step::Wait(15)]);
    assert_eq!(doubt(&world), Some(Doubt::NeverConfirmed));
    assert_eq!(reviews(&world), [Review::Login]);
    play(&mut world, &[Step::Answer(Says::Truth), Step::Wait(10)]);
    let standing = &world.view().standing;
    assert!(matches!(standing.here, Here::ConfirmedNow { .. }));
    assert!(matches!(standing.registry, RegistryFacet::ReadBackEqual { .. }));
    assert_eq!(standing.kept, Kept::Saved);
    assert!(!standing.proved, "nobody on the call path has fetched it yet");
}

#[test]
fn a_move_is_checked_at_once_and_asked_within_ten_seconds() {
    let mut world = confirmed_at(Spot::Home);
    play(&mut world, &[Step::Move { spot: Spot::Cafe, gap: 0, told: true }]);
    assert!(matches!(world.view().standing.here, Here::Checking { .. }));
    world.wait(Duration::from_secs(10)).unwrap();
    assert_eq!(doubt(&world), Some(Doubt::Moved));
    assert_eq!(reviews(&world), [Review::Move]);
}

#[test]
fn a_known_place_is_registered_without_a_question_on_return() {
    let mut world = confirmed_at(Spot::OfficeThree);
    go(&mut world, Spot::OfficeFive);
    play(&mut world, &[Step::Answer(Says::Truth), Step::Wait(20)]);
    let five = registered(&world).cloned();
    go(&mut world, Spot::OfficeThree);
    play(&mut world, &[Step::Wait(20)]);
    assert!(matches!(world.view().standing.here, Here::Recognised { .. }));
    assert!(world.view().prompt.is_none());
    assert_ne!(registered(&world).cloned(), five, "the third floor is registered again");
}

#[test]
fn the_gateway_of_the_building_never_carries_a_floor() {
    let mut world = confirmed_at(Spot::WardTwo);
    go(&mut world, Spot::WardThree);
    assert!(!world.view().standing.here.is_verified());
    let prompt = world.view().prompt.clone().unwrap();
    assert!(matches!(prompt.question, Question::Tap(_)), "one tap at best: {:?}", prompt.question);
}

#[test]
fn a_flapping_link_ends_where_it_began() {
    let mut world = confirmed_at(Spot::OfficeThree);
    play(&mut world, &[Step::Flap { down: 3, times: 4 }, Step::Wait(30)]);
    assert!(matches!(world.view().standing.here, Here::ConfirmedNow { .. }));
    assert!(world.view().prompt.is_none());
}

#[test]
fn a_vpn_a_bridge_and_new_addresses_are_no_move() {
    let mut world = confirmed_at(Spot::Home);
    play(&mut world, &[Step::Vpn(true), Step::Bridge(true), Step::Churn(2), Step::Wait(90)]);
    assert!(matches!(world.view().standing.here, Here::ConfirmedNow { .. }));
    assert!(world.view().prompt.is_none());
}

#[test]
fn another_gateway_behind_the_same_cable_is_a_doubt() {
    let mut world = confirmed_at(Spot::SiteA);
    play(&mut world, &[Step::SwapGateway, Step::Wait(12)]);
    assert_eq!(doubt(&world), Some(Doubt::Moved));
    assert_eq!(reviews(&world), [Review::Move]);
}

#[test]
fn two_sites_behind_one_shared_router_address_are_two_places() {
    let mut world = confirmed_at(Spot::SiteA);
    go(&mut world, Spot::SiteB);
    assert!(!world.view().standing.here.is_verified());
    assert_eq!(reviews(&world), [Review::Move]);
}

#[test]
fn travelling_leaves_the_registry_without_a_location() {
    let mut world = confirmed_at(Spot::Home);
    go(&mut world, Spot::Hotspot);
    play(&mut world, &[Step::Answer(Says::Travelling), Step::Wait(10)]);
    assert_eq!(registered(&world), Some(&Content::NoFixedAddress));
    assert!(matches!(world.view().standing.here, Here::ConfirmedNow { place: None, .. }));
}

#[test]
fn no_opens_the_full_question_under_the_same_number() {
    let mut world = confirmed_at(Spot::WardTwo);
    go(&mut world, Spot::WardThree);
    let asked = world.view().prompt.clone().unwrap();
    play(&mut world, &[Step::Answer(Says::No), Step::Wait(2)]);
    let full = world.view().prompt.clone().unwrap();
    assert_eq!((full.id, full.question), (asked.id, Question::Choose));
}

#[test]
fn a_refused_address_is_parked_until_the_person_acts() {
    let mut world = World::new(SEED, Spot::Home, policy(0), true).unwrap();
    play(&mut world, &[Step::Wait(15), Step::Registry { lie: Lie::Rejected, next: 1 }]);
    play(&mut world, &[Step::Answer(Says::Truth), Step::Wait(20)]);
    assert!(matches!(world.view().standing.registry, RegistryFacet::Parked(_)));
    play(&mut world, &[Step::Say(Says::Truth), Step::Wait(20)]);
    assert!(matches!(world.view().standing.registry, RegistryFacet::ReadBackEqual { .. }));
}

#[test]
fn a_lost_answer_is_found_by_reading_and_not_written_twice() {
    let mut world = World::new(SEED, Spot::Home, policy(0), true).unwrap();
    play(&mut world, &[Step::Wait(15), Step::Registry { lie: Lie::AnswerLost, next: 1 }]);
    play(&mut world, &[Step::Answer(Says::Truth), Step::Wait(60)]);
    assert_eq!(world.registry.accepted.len(), 1);
    assert!(matches!(world.view().standing.registry, RegistryFacet::ReadBackEqual { .. }));
}

#[test]
fn a_crash_at_any_boundary_loses_nothing_and_duplicates_nothing() {
    // A confirmation takes nine orders from the answer to the last reading.
    for before in 0..9 {
        let mut world = World::new(SEED, Spot::Home, policy(0), true).unwrap();
        play(&mut world, &[Step::Wait(15), Step::Crash { before, off: 5, power: true }]);
        play(&mut world, &[Step::Answer(Says::Truth), Step::Wait(60)]);
        world.come_to_rest().unwrap();
        assert!(world.registry.accepted.len() <= 2, "crash before order {before}");
        assert_eq!(world.tally.crashes, 1, "crash before order {before}");
    }
}

#[test]
fn after_an_emergency_nothing_unasked_happens_and_the_agents_own_act_counts() {
    let mut world = confirmed_at(Spot::Home);
    play(&mut world, &[Step::Fetch { emergency: true }, Step::Wait(1000)]);
    assert!(world.view().frozen);
    go(&mut world, Spot::Cafe);
    assert!(world.view().prompt.is_none() && !world.view().standing.here.is_verified());
    play(&mut world, &[Step::Say(Says::Truth), Step::Wait(10)]);
    assert!(matches!(world.view().standing.registry, RegistryFacet::ReadBackEqual { .. }));
    play(&mut world, &[Step::Wait(1900)]);
    assert!(!world.view().frozen);
}

#[test]
fn a_full_disk_does_not_stop_a_confirmation() {
    let mut world = World::new(SEED, Spot::Home, policy(0), true).unwrap();
    play(&mut world, &[Step::Wait(15), Step::Store(Some(StoreFault::Full))]);
    play(&mut world, &[Step::Answer(Says::Truth), Step::Wait(10)]);
    assert_eq!(world.view().standing.kept, Kept::SentNotKept);
    assert!(registered(&world).is_some());
    play(&mut world, &[Step::Store(None), Step::Wait(120)]);
    assert_eq!(world.view().standing.kept, Kept::Saved);
}

#[test]
fn a_calendar_that_jumps_a_year_confirms_nothing() {
    for year in [365 * 86_400, -365 * 86_400] {
        let mut world = confirmed_at(Spot::Home);
        go(&mut world, Spot::Cafe);
        play(&mut world, &[Step::Answer(Says::Truth), Step::Wait(20), Step::Wall(year)]);
        go(&mut world, Spot::Home);
        assert!(!matches!(world.view().standing.here, Here::Recognised { .. }), "{year} s");
        assert!(world.view().prompt.is_some(), "{year} s");
    }
}

#[test]
fn another_user_is_asked_and_never_given_the_first_ones_place() {
    let mut world = confirmed_at(Spot::OfficeThree);
    play(&mut world, &[Step::User(2), Step::Wait(200)]);
    assert_eq!(doubt(&world), Some(Doubt::UserChanged));
    assert_eq!(reviews(&world), [Review::UserSwitch]);
}

#[test]
fn a_remote_session_is_not_where_the_computer_stands() {
    let mut world = confirmed_at(Spot::OfficeThree);
    play(&mut world, &[Step::Remote(true), Step::Wait(12)]);
    assert_eq!(doubt(&world), Some(Doubt::RemoteSession));
}

#[test]
fn a_snooze_comes_back_once_under_the_same_number() {
    let mut world = confirmed_at(Spot::Home);
    go(&mut world, Spot::Cafe);
    let asked = world.view().prompt.clone().unwrap();
    play(&mut world, &[Step::Answer(Says::Later), Step::Wait(300)]);
    assert!(!world.view().prompt.as_ref().unwrap().may_raise);
    play(&mut world, &[Step::Wait(320)]);
    let again = world.view().prompt.clone().unwrap();
    assert!(again.may_raise && again.id == asked.id);
}

#[test]
fn an_answer_to_a_closed_question_is_refused() {
    let mut world = confirmed_at(Spot::Home);
    let closed = world.closed.unwrap();
    let ticket = world.act(Intent::Answer { prompt: closed, answer: Answer::Travelling }).unwrap();
    assert!(matches!(world.replies[&ticket], Reply::Refused(_)));
    assert!(registered(&world).is_some_and(|content| content.address().is_some()));
}

#[test]
fn a_question_that_a_call_holds_back_is_looked_after_until_the_call_is_over() {
    let mut world = confirmed_at(Spot::Home);
    play(&mut world, &[Step::Call(true)]);
    go(&mut world, Spot::Cafe);
    let may_raise = |world: &World| world.view().prompt.as_ref().map(|prompt| prompt.may_raise);
    assert_eq!(may_raise(&world), Some(false), "it is open, and raises nothing");
    let (due, why) = world.engine().poll_timeout().unwrap();
    assert_eq!(why, "end of a call");
    assert!(due.since(world.now().mono) <= Duration::from_secs(5));
    play(&mut world, &[Step::Call(false)]);
    assert_eq!(may_raise(&world), Some(true));
}
