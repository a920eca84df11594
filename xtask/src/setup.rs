//! Set-up: what the commands need, installed where that may be done and named exactly where not.

use anyhow::{Result, bail};

use crate::shell::{cargo, command, is_installed, run, succeeds};

/// Debian and Ubuntu packages, and why each is needed.
const PACKAGES: &[(&str, &str)] = &[
    ("build-essential", "C compiler and linker (SQLite is compiled in)"),
    ("pkg-config", "finds the web view's libraries"),
    ("libwebkit2gtk-4.1-dev", "the windows (never the companion)"),
    ("iproute2", "network namespaces for the labs"),
    ("busybox", "DHCP servers and the DHCP client of the labs"),
    ("dbus", "a private session bus for desktop tests"),
    ("dbus-x11", "a private session bus for desktop tests"),
    ("libglib2.0-bin", "gdbus, which reads and activates the tray's menu"),
    ("xvfb", "a display for machines that have none"),
    ("xauth", "a display for machines that have none"),
    ("openbox", "a window manager on that display"),
    ("dunst", "a real notification daemon"),
    ("xfce4-panel", "a real tray host"),
    ("imagemagick", "screenshots"),
    ("webkit2gtk-driver", "drives the real windows"),
    ("xdotool", "types on that display"),
    ("wmctrl", "closes windows as a person does"),
    ("poppler-utils", "reads what the outage card printed"),
    ("x11-utils", "asks the display whether it has a window manager"),
    ("procps", "finds the processes of the windows"),
    ("gnome-keyring", "a real keyring"),
    ("python3-dbus", "speaks to the tray as a host does"),
    ("python3-gi", "speaks to the tray as a host does"),
    ("python3-dbusmock", "NetworkManager and logind without the daemons"),
    ("network-manager-gnome", "nm-applet, the yardstick for footprint"),
    ("openssl", "certificates of the labs' registry"),
    ("kamailio", "the SIP proxy of the call path"),
    ("kamailio-utils-modules", "Kamailio's HELD and LoST client"),
    ("kamailio-presence-modules", "Kamailio's XCAP server, which the write client is held against, too"),
    ("kamailio-tls-modules", "the phone service over TLS, which an outage takes away"),
    ("coturn", "a STUN server, which tells a blocked port from a dead service"),
    ("dnsmasq-base", "names that lie, deny and die"),
    ("nftables", "routers that block and lose packets, and counters of what is asked"),
    ("baresip-core", "the softphone that an outage is also told to, as a yardstick"),
    ("nginx-light", "control pages, and the page of a captive portal"),
    ("sip-tester", "sipp: makes and takes the emergency calls"),
    ("libxml2-utils", "xmllint, which validates PIDF-LO and HELD documents"),
    ("jing", "validates LoST documents"),
    ("curl", "reads the record as a dispatcher's system would"),
];

/// A tool of cargo's own. Building one takes minutes, so it is built by the step that uses it, and by no other.
#[derive(Clone, Copy, Debug)]
pub enum Tool {
    /// Runs the tests.
    Nextest,
    /// Checks licences, bans and sources.
    Deny,
    /// Searches for input that breaks a parser.
    Fuzz,
}

impl Tool {
    /// Builds it, if it is missing.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn install(self) -> Result<()> {
        let (subcommand, why) = match self {
            Self::Nextest => ("nextest", "runs the tests"),
            Self::Deny => ("deny", "checks licences, bans and sources"),
            Self::Fuzz => ("fuzz", "searches for input that breaks a parser"),
        };
        // Cargo finds its tools in its own folder, too, which need not be on the path.
        if succeeds(&mut cargo([subcommand, "--version"])) {
            return Ok(());
        }
        println!("cargo-{subcommand} is missing ({why}); building it once");
        let mut install = cargo(["install", "--locked"]);
        install.arg(format!("cargo-{subcommand}"));
        run(install.env("CARGO_TARGET_DIR", crate::shell::target().join("tools")))
    }
}

/// Installs the system's packages that are missing, or says which to install.
///
/// # Errors
/// When something is missing that may not be installed from here.
pub fn system() -> Result<()> {
    match std::env::consts::OS {
        "linux" if is_debian() => debian(PACKAGES),
        "linux" => other_linux(),
        "macos" => prerequisites(&[("cc", "xcode-select --install"), ("node", "brew install node")]),
        "windows" => prerequisites(&[
            ("link", "Visual Studio Build Tools with \"Desktop development with C++\""),
            ("node", "winget install OpenJS.NodeJS.LTS"),
        ]),
        other => bail!("{other} is not a system that Rightdoor knows"),
    }
}

/// Whether packages can be installed by `apt-get`.
pub fn is_debian() -> bool {
    is_installed("dpkg-query") && is_installed("apt-get")
}

fn is_present(package: &str) -> bool {
    let query = ["-W", "-f", "${db:Status-Status}", package];
    crate::shell::read(&mut command("dpkg-query", query)).is_ok_and(|status| status == "installed")
}

/// Installs those of these Debian packages that are missing, or says how.
///
/// # Errors
/// When they are missing and may not be installed from here.
pub fn debian(packages: &[(&str, &str)]) -> Result<()> {
    let missing: Vec<_> = packages.iter().filter(|(package, _)| !is_present(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("Missing system packages:");
    for (package, why) in &missing {
        println!("  {package}: {why}");
    }
    let names = missing.iter().map(|(package, _)| *package);
    let by_hand = format!(
        "sudo apt-get install --no-install-recommends {}",
        names.clone().collect::<Vec<_>>().join(" ")
    );
    let is_root = crate::shell::read(&mut command("id", ["-u"])).is_ok_and(|id| id.trim() == "0");
    let prefix: &[&str] = if is_root {
        &["env"]
    } else if succeeds(&mut command("sudo", ["-n", "true"])) {
        &["sudo", "-n"]
    } else {
        bail!("they cannot be installed without a password; please run\n  {by_hand}")
    };
    let apt = |words: &[&str]| {
        let fixed =
            ["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=400"];
        command(prefix[0], prefix[1..].iter().chain(&fixed).chain(words))
    };
    run(&mut apt(&["update"]))?;
    let mut install = vec!["install", "--no-install-recommends"];
    install.extend(names);
    if let Err(error) = run(&mut apt(&install)) {
        bail!("{error:#}; please run\n  {by_hand}");
    }
    Ok(())
}

fn other_linux() -> Result<()> {
    println!("This is not Debian or Ubuntu: packages are only checked.");
    prerequisites(&[
        ("cc", "a C compiler"),
        ("pkg-config", "pkg-config"),
        ("ip", "iproute2"),
        ("dbus-daemon", "dbus"),
        ("gdbus", "glib2"),
        ("Xvfb", "xvfb"),
        ("dunst", "dunst"),
    ])
}

fn prerequisites(needs: &[(&str, &str)]) -> Result<()> {
    let missing: Vec<_> = needs.iter().filter(|(program, _)| !is_installed(program)).collect();
    for (program, how) in &missing {
        println!("`{program}` is missing: {how}");
    }
    if missing.is_empty() {
        Ok(())
    } else {
        bail!("please install what is missing, then run the command again")
    }
}
