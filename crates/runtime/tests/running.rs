//! The whole loop with real senses and a real store, without a registry.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::time::Duration;

use rightdoor_core::{Answer, Intent, Reply, View};
use rightdoor_location::{CivicAddress, Element};
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
