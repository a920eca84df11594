//! The whole loop with real senses and a real store, without a registry.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::time::Duration;

use rightdoor_core::look::{Directory, Instead};
use rightdoor_core::{Answer, Intent, Look, Reply, Sight, View};
use rightdoor_location::record::Problem;
use rightdoor_location::{Basis, CivicAddress, Element};
use rightdoor_platform::{Finding, State};
use rightdoor_runtime::config::{Config, SecretStore};
use rightdoor_runtime::store::Reader;
use rightdoor_runtime::{Running, StartError, start};
use tokio::sync::oneshot;

fn config(folder: &Path) -> Config {
    let mut config = Config::with_folders(folder.join("data"), folder.join("run"));
    config.secrets = SecretStore::File;
    config.policy.settle_quiet = Duration::from_millis(20);
    config.policy.settle_ceiling = Duration::from_millis(80);
    config
}

async fn act(running: &Running, intent: Intent) -> Reply {
    let (reply, answer) = oneshot::channel();
    running.intents.send((intent, reply)).await.unwrap();
    answer.await.unwrap()
}

async fn look(running: &Running, look: Look) -> Result<Sight, Problem> {
    let (show, shown) = oneshot::channel();
    running.looks.send((look, show)).await.unwrap();
    shown.await.unwrap()
}

async fn until(running: &mut Running, holds: impl Fn(&View) -> bool) {
    let seen = running.views.wait_for(|view| holds(view));
    tokio::time::timeout(Duration::from_secs(10), seen).await.unwrap().unwrap();
}

fn address() -> CivicAddress {
    [
        (Element::Country, "US"),
        (Element::A1, "CO"),
        (Element::A3, "Denver"),
        (Element::HNO, "1600"),
        (Element::RD, "Blake"),
        (Element::STS, "Street"),
        (Element::PC, "80202"),
        (Element::FLR, "5"),
    ]
    .into_iter()
    .fold(CivicAddress::new(), |address, (element, value)| address.with(element, value))
}

#[tokio::test]
async fn an_answer_is_kept_through_a_stop_and_traced() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    let mut running = start(config.clone()).await.unwrap();
    let mut lines = running.trace.subscribe();
    until(&mut running, |view| view.prompt.is_some()).await;
    let answer = Answer::Address { location: address(), label: None, floors: Default::default() };
    let reply = act(&running, Intent::Say(answer)).await;
    assert!(matches!(reply, Reply::Kept(_)), "{reply:?}");
    until(&mut running, |view| view.prompt.is_none()).await;
    running.stop().await;

    let mut traced = String::new();
    while let Ok(line) = lines.try_recv() {
        traced.push_str(&line);
        traced.push('\n');
    }
    assert!(traced.contains("\"kind\":\"standing\""), "{traced}");
    assert!(!traced.contains("Blake"), "no address in a trace");

    let reader = Reader::open(&config.store_file()).unwrap();
    let saved = reader.saved().unwrap();
    assert_eq!(saved.entry.unwrap().content.address(), Some(&address()));
    assert!(reader.verify_audit().unwrap().seq >= 2);
    let card = std::fs::read_to_string(config.data.join("guidance.txt"));
    assert!(card.is_ok(), "the card is on disk");
    // What was kept is there at the next start.
    let running = start(config).await.unwrap();
    running.stop().await;
}

#[tokio::test]
async fn a_second_companion_gets_one_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(config(folder.path())).await.unwrap();
    let StartError::Store(error) = start(config(folder.path())).await.unwrap_err();
    assert_eq!(error.problem().code, "already_running");
    running.stop().await;
}

#[tokio::test]
async fn a_store_that_cannot_be_written_is_said_and_the_loop_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data"), "not a folder").unwrap();
    let mut running = start(config(folder.path())).await.unwrap();
    assert_eq!(running.problems[0].code, "hash_key");
    until(&mut running, |view| view.prompt.is_some()).await;
    let answer = Answer::Address { location: address(), label: None, floors: Default::default() };
    let reply = act(&running, Intent::Say(answer)).await;
    assert!(matches!(reply, Reply::SentNotKept(_)), "{reply:?}");
    running.stop().await;
}

#[tokio::test]
async fn the_doctor_looks_at_everything_and_hints_at_every_fault() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    let found =
        |findings: &[Finding], part: &str| findings.iter().find(|finding| finding.sense == part).cloned();
    let before = rightdoor_runtime::doctor(&config).await;
    assert_eq!(found(&before, "store").unwrap().hint, "The companion makes it when it starts.");
    start(config.clone()).await.unwrap().stop().await;
    let mut after = rightdoor_runtime::doctor(&config).await;
    assert_eq!(found(&after, "store").unwrap().state, State::Works);
    assert!(found(&after, "enrolment").unwrap().hint.contains("rightdoorctl enrol"));
    after.retain(|finding| finding.state == State::Broken && finding.hint.is_empty());
    assert_eq!(after, [], "a fault without a hint");
    std::fs::write(config.store_file(), "a letter").unwrap();
    let broken = found(&rightdoor_runtime::doctor(&config).await, "store").unwrap();
    assert_eq!(broken.state, State::Broken, "{broken:?}");
}

#[tokio::test]
async fn what_was_confirmed_is_there_to_be_looked_at_and_what_was_not_asked_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    let mut running = start(config.clone()).await.unwrap();
    until(&mut running, |view| view.prompt.is_some()).await;
    assert_eq!(look(&running, Look::History).await, Ok(Sight::History(Vec::new())));
    let answer = Answer::Address { location: address(), label: None, floors: Default::default() };
    for said in [answer, Answer::Travelling] {
        assert!(matches!(act(&running, Intent::Say(said)).await, Reply::Kept(_)));
    }
    let Ok(Sight::History(known)) = look(&running, Look::History).await else { panic!("no history") };
    let told: Vec<_> = known
        .iter()
        .map(|one| {
            (one.revision.0, one.address.as_ref().map(|address| address.reveal().clone()), one.instead)
        })
        .collect();
    let line = "1600 Blake Street, floor 5, Denver CO 80202".to_owned();
    assert_eq!(told, [(2, None, Some(Instead::NoFixedAddress)), (1, Some(line), None)], "latest first");
    assert!(known.iter().all(|one| one.registered_at.is_none() && one.basis == Some(Basis::Manual)));

    // Without a registry and without anything from before the directory is empty, and says that it was not read.
    let directory = look(&running, Look::Directory { search: String::new() }).await;
    assert_eq!(directory, Ok(Sight::Directory(Directory { places: Vec::new(), read_at: None, cut: false })));
    let Ok(Sight::Settings(settings)) = look(&running, Look::Settings).await else { panic!("no settings") };
    assert!(settings.enrolled.is_none() && !settings.keys.is_empty() && !settings.findings.is_empty());

    let typed = address().with(Element::RD, "").with(Element::STS, "").with(Element::PC, "10001");
    let check = Look::Check { address: typed, street: Some("12 n. Elm st, Apt 4".to_owned().into()) };
    let Ok(Sight::Checked(checked)) = look(&running, check).await else { panic!("not checked") };
    assert_eq!(checked.address.street_line(), "12 North Elm Street");
    assert_eq!(checked.address.get(Element::UNIT), Some("Apartment 4"));
    assert_eq!(checked.faults.iter().map(|fault| fault.field).collect::<Vec<_>>(), [Element::PC]);
    assert_eq!(checked.screen.reveal().narrow, "FL 5 APT 4");
    running.stop().await;
}

/// A problem with a way out, and the loop goes on. Windows keeps a file that is open from being removed.
#[cfg(unix)]
#[tokio::test]
async fn a_store_that_is_gone_while_the_loop_runs_is_said_with_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    let mut running = start(config.clone()).await.unwrap();
    until(&mut running, |view| view.prompt.is_some()).await;
    std::fs::remove_file(config.store_file()).unwrap();
    let problem = look(&running, Look::History).await.unwrap_err();
    assert_eq!(problem.code, "store_unreadable");
    assert!(problem.hint.contains("rightdoorctl doctor"), "{}", problem.hint);
    running.stop().await;
}
