//! logind, played by python-dbusmock on a bus of the test's own.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

use rightdoor_core::network::Session;
use rightdoor_platform::network::{Options, Sampler};
use rightdoor_platform::session::{SessionEvent, Watcher};
use support::block_on;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);
const LOGIND: &str = "org.freedesktop.login1";
const ROOT: &str = "/org/freedesktop/login1";
const OURS: &str = "/org/freedesktop/login1/session/c1";
const MOCK: &str = "org.freedesktop.DBus.Mock";

/// Calls a method of the mock.
fn call(path: &str, method: &str, arguments: &[&str]) -> String {
    let mut command = Command::new("gdbus");
    command
        .args(["call", "--system", "--dest", LOGIND, "--object-path", path, "--method", method])
        .args(arguments);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{method}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn signal(path: &str, interface: &str, name: &str, signature: &str, arguments: &str) {
    call(path, &format!("{MOCK}.EmitSignal"), &[interface, name, signature, arguments]);
}

fn set(path: &str, interface: &str, properties: &str) {
    call(path, &format!("{MOCK}.UpdateProperties"), &[interface, properties]);
}

fn on_logind(test: &str, body: &str) {
    if !support::installed(test, &["dbus-run-session", "gdbus", "python3"]) {
        return;
    }
    let Some(python) = support::mock(test) else { return };
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    // The mock leaves with its bus.
    let script = format!(
        "export DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS XDG_SESSION_ID=c1\n\
         unset SSH_CONNECTION XRDP_SESSION\n\
         {python} -m dbusmock --template logind >/dev/null 2>&1 &\n\
         gdbus wait --system --timeout 20 {LOGIND}\n\
         gdbus call --system --dest {LOGIND} --object-path {ROOT} --method {MOCK}.AddSession c1 seat0 0 agent true >/dev/null"
    );
    support::must_succeed(&support::on_a_bus(folder.path(), &script, body));
}

fn session() -> Session {
    Sampler::new(&Options::default()).unwrap().pre_sample().unwrap().session
}

async fn next(watcher: &mut Watcher) -> SessionEvent {
    timeout(PATIENCE, watcher.next()).await.unwrap()
}

#[test]
fn lock_switch_and_sleep_are_told() {
    on_logind("lock_switch_and_sleep_are_told", "logind_body");
}

#[test]
#[ignore = "body of another test"]
fn logind_body() {
    block_on(async {
        let mut watcher = Watcher::open().await;
        let first = session();
        assert_eq!((first.active, first.remote, first.locked), (true, false, false));

        call(OURS, "org.freedesktop.login1.Session.SetLockedHint", &["true"]);
        assert_eq!(next(&mut watcher).await, SessionEvent::Changed);
        assert_eq!(session(), Session { locked: true, ..first });
        call(OURS, "org.freedesktop.login1.Session.Unlock", &[]);
        assert_eq!(next(&mut watcher).await, SessionEvent::Changed);
        assert_eq!(session(), first);

        // Somebody else's session comes to the screen.
        set(OURS, "org.freedesktop.login1.Session", "{'Active': <false>}");
        assert_eq!(next(&mut watcher).await, SessionEvent::Changed);
        assert_eq!(session(), Session { active: false, ..first });
        set(OURS, "org.freedesktop.login1.Session", "{'Active': <true>}");
        assert_eq!(next(&mut watcher).await, SessionEvent::Changed);

        // What is no change, or not ours, is not told: the next event is the sleep.
        set(OURS, "org.freedesktop.login1.Session", "{'IdleHint': <true>, 'Active': <true>}");
        call(ROOT, &format!("{MOCK}.AddSession"), &["c2", "seat0", "501", "other", "false"]);
        set("/org/freedesktop/login1/session/c2", "org.freedesktop.login1.Session", "{'LockedHint': <true>}");
        assert!(inhibitors().contains("Rightdoor"), "{}", inhibitors());
        signal(ROOT, "org.freedesktop.login1.Manager", "PrepareForSleep", "b", "[<true>]");
        assert_eq!(next(&mut watcher).await, SessionEvent::Leaving);
        assert!(inhibitors().contains("Rightdoor"), "sleep is held up while the registry is told");
        watcher.ready_to_sleep();
        until_no_inhibitor().await;
        signal(ROOT, "org.freedesktop.login1.Manager", "PrepareForSleep", "b", "[<false>]");
        let SessionEvent::Resumed { asleep } = next(&mut watcher).await else { panic!("not resumed") };
        assert!(asleep < Duration::from_secs(5), "{asleep:?}");

        // The hold is taken again for the next sleep, and falls by itself when nobody lets go.
        signal(ROOT, "org.freedesktop.login1.Manager", "PrepareForSleep", "b", "[<true>]");
        assert_eq!(next(&mut watcher).await, SessionEvent::Leaving);
        assert!(inhibitors().contains("Rightdoor"));
        tokio::select! {
            event = watcher.next() => panic!("{event:?}"),
            () = until_no_inhibitor() => {}
        }
    });
}

#[test]
fn a_session_from_elsewhere_is_remote() {
    on_logind("a_session_from_elsewhere_is_remote", "remote_body");
}

#[test]
#[ignore = "body of another test"]
fn remote_body() {
    block_on(async {
        for properties in [
            "{'Remote': <true>}",
            "{'Remote': <false>, 'RemoteHost': <'192.0.2.1'>}",
            "{'RemoteHost': <''>, 'Service': <'xrdp-sesman'>}",
            "{'Service': <'gdm-password'>, 'Type': <'x11'>}",
        ] {
            if properties.contains("x11") {
                let seat = ["org.freedesktop.login1.Session", "Seat", "<('', objectpath '/')>"];
                call(OURS, "org.freedesktop.DBus.Properties.Set", &seat);
            }
            set(OURS, "org.freedesktop.login1.Session", properties);
            let _watcher = Watcher::open().await;
            assert!(session().remote, "{properties}");
        }
        set(OURS, "org.freedesktop.login1.Session", "{'Type': <'tty'>}");
        let _watcher = Watcher::open().await;
        assert!(!session().remote, "a console without a seat is a service");
    });
}

#[test]
fn without_a_bus_the_watcher_waits_and_the_environment_speaks() {
    let folder = tempfile::tempdir().unwrap();
    let child = support::child("no_bus_body");
    let output = Command::new(&child[0])
        .args(&child[1..])
        .env("DBUS_SYSTEM_BUS_ADDRESS", format!("unix:path={}/none", folder.path().display()))
        .env("SSH_CONNECTION", "192.0.2.1 5 192.0.2.2 22")
        .output()
        .unwrap();
    support::must_succeed(&output);
}

#[test]
#[ignore = "body of another test"]
fn no_bus_body() {
    block_on(async {
        let mut watcher = Watcher::open().await;
        assert!(timeout(Duration::from_millis(100), watcher.next()).await.is_err());
        assert!(session().remote);
        watcher.ready_to_sleep();
    });
}

fn inhibitors() -> String {
    call(ROOT, "org.freedesktop.login1.Manager.ListInhibitors", &[])
}

/// The mock hears of a closed hold on its own time; nothing announces it.
async fn until_no_inhibitor() {
    timeout(PATIENCE, async {
        while inhibitors().contains("Rightdoor") {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .unwrap();
}
