//! Tests that need a world of their own (a network namespace, a bus) run their body in a child: this
//! same test program, asked for one ignored test.
#![allow(dead_code, clippy::allow_attributes, reason = "each test program uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "test support")]

use std::path::Path;
use std::process::{Command, Output};

/// The child's arguments: this program, running the one ignored test `body`.
pub fn child(body: &str) -> Vec<String> {
    let program = std::env::current_exe().unwrap().to_string_lossy().into_owned();
    [&program, "--exact", body, "--ignored", "--nocapture", "--test-threads=1"].map(str::to_owned).to_vec()
}

/// Fails with everything the child said, unless it succeeded and really ran its body.
pub fn must_succeed(output: &Output) {
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(
        output.status.success() && said.contains("1 passed"),
        "the child failed ({}):\n{said}",
        output.status
    );
}

/// Whether all programs are installed; says which one is not.
pub fn installed(test: &str, programs: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    for program in programs {
        if !std::env::split_paths(&path).any(|folder| folder.join(program).is_file()) {
            println!("skipped: {test} needs {program}");
            return false;
        }
    }
    true
}

/// The Python that has dbusmock; says so if there is none.
pub fn mock(test: &str) -> Option<&'static str> {
    let has_mock = |python: &&str| {
        Command::new(python).args(["-c", "import dbusmock"]).status().is_ok_and(|status| status.success())
    };
    let found = ["/usr/bin/python3", "python3"].into_iter().find(has_mock);
    if found.is_none() {
        println!("skipped: {test} needs python3-dbusmock");
    }
    found
}

/// Whether this is root, who may make network namespaces; says so if not.
pub fn root(test: &str) -> bool {
    use std::os::unix::fs::MetadataExt;
    let root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    if !root {
        println!("skipped: {test} needs root");
    }
    root
}

/// Runs `script` and then `body`, in a session bus of its own and without the caller's one.
pub fn on_a_bus(folder: &Path, script: &str, body: &str) -> Output {
    let child = child(body).join(" ");
    Command::new("dbus-run-session")
        .args(["--", "sh", "-ec", &format!("{script}\nexec {child}")])
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .env("XDG_RUNTIME_DIR", folder)
        .env("XDG_DATA_HOME", folder)
        .env("HOME", folder)
        .output()
        .unwrap()
}

/// Runs async test code on one thread, as the companion does.
pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Runs `body` in a network namespace of its own, with a folder for named namespaces that nobody else
/// sees, and the loopback up. `None` without root.
pub fn in_a_namespace(test: &str, body: &str) -> Option<Output> {
    run_in_a_namespace(test, body, "ip link set lo up;")
}

/// The same with nothing up at all, so that not even a table of routes exists.
pub fn in_a_bare_namespace(test: &str, body: &str) -> Option<Output> {
    run_in_a_namespace(test, body, "")
}

fn run_in_a_namespace(test: &str, body: &str, before: &str) -> Option<Output> {
    if !root(test) || !installed(test, &["unshare", "ip", "mount"]) {
        return None;
    }
    let script = "mkdir -p /run/netns; mount -t tmpfs none /run/netns; mount -t sysfs none /sys;";
    let child = child(body).join(" ");
    let run = Command::new("unshare")
        .env("RUST_BACKTRACE", "0")
        .args(["-n", "-m", "sh", "-ec", &format!("{script} {before} exec {child}")])
        .output();
    Some(run.unwrap())
}

/// Runs `ip` with these words; it must succeed.
pub fn ip(words: &str) {
    let output = Command::new("ip").args(words.split_whitespace()).output().unwrap();
    assert!(output.status.success(), "ip {words}: {}", String::from_utf8_lossy(&output.stderr));
}
