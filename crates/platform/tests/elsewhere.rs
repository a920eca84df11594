//! The senses of Windows and macOS on whatever computer this is: what they answer depends on it, that they answer and
//! are consistent does not.
#![cfg(not(target_os = "linux"))]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use rightdoor_platform::network::{Options, Sampler, Watcher};
use rightdoor_platform::secrets::{SecretError, Secrets};
use rightdoor_platform::{State, doctor, session};

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn options() -> Options {
    Options { physical: Vec::new(), key: [7; 32] }
}

#[test]
fn the_quick_look_and_the_full_look_see_the_same_physical_links() {
    block_on(async {
        let mut sampler = Sampler::new(&options()).unwrap();
        let full = sampler.sample().await.unwrap();
        assert!(!full.links.is_empty(), "a computer without any interface");
        assert!(full.links.is_sorted_by(|one, two| one.name <= two.name));
        assert_eq!(sampler.pre_sample().unwrap(), full.pre_sample());
    });
}

#[test]
fn a_computer_where_nothing_happens_hints_at_nothing() {
    block_on(async {
        let mut watcher = Watcher::open(&options()).unwrap();
        let quiet = tokio::time::timeout(Duration::from_millis(300), watcher.next()).await;
        assert!(quiet.is_err(), "{quiet:?}");
        // Callbacks are taken back before what they point at goes.
        drop(watcher);
        drop(Watcher::open(&options()).unwrap());
    });
}

#[test]
fn an_interface_is_wired_where_the_organisation_says_so() {
    block_on(async {
        let names = |links: &[rightdoor_core::network::Link]| -> Vec<String> {
            links.iter().map(|link| link.name.clone()).collect()
        };
        let seen = names(&Sampler::new(&options()).unwrap().sample().await.unwrap().links);
        let told = Options { physical: seen.clone(), key: [7; 32] };
        let links = Sampler::new(&told).unwrap().sample().await.unwrap().links;
        assert_eq!(names(&links), seen);
        assert!(links.iter().all(|link| link.medium.is_physical()));
    });
}

#[test]
fn the_session_is_listened_to() {
    block_on(async {
        assert!(session::Watcher::open().await.hears());
    });
}

#[test]
fn the_keyring_keeps_and_forgets() {
    block_on(async {
        let (keyring, name) = (Secrets::Keyring, "test-of-the-senses");
        keyring.set(name, "one").await.unwrap();
        keyring.set(name, "two").await.unwrap();
        assert_eq!(keyring.get(name).await.unwrap(), "two");
        keyring.delete(name).await.unwrap();
        keyring.delete(name).await.unwrap();
        assert_eq!(keyring.get(name).await.unwrap_err(), SecretError::Missing);
    });
}

#[test]
fn doctor_hints_at_every_fault_and_says_nothing_private() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = Secrets::File(folder.path().join("secrets"));
    let findings = block_on(doctor(&options(), &secrets, folder.path(), folder.path()));
    for finding in &findings {
        assert!(finding.state == State::Works || !finding.hint.is_empty(), "{finding:?}");
        assert!(!finding.found.contains(&folder.path().display().to_string()), "{finding:?}");
    }
    let state = |sense: &str| findings.iter().find(|finding| finding.sense == sense).unwrap().state;
    assert_eq!(state("network events"), State::Works);
    assert_eq!(state("session"), State::Works);
}
