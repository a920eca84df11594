//! Claims: what the project promises, and the one test or measurement behind each promise.

mod package;
mod prove;

use anyhow::{Result, bail};

pub use prove::{Proof, prove};

/// What stands behind a claim.
#[derive(Clone, Copy, Debug)]
pub enum Behind {
    /// One test binary of a package; the last JSON line that it prints are its figures.
    Test {
        /// The package.
        package: &'static str,
        /// Its test binary.
        test: &'static str,
        /// The profile it is built with.
        profile: &'static str,
        /// The variable that says how often, and the counts of the quick and the long form; others only read
        /// `RIGHTDOOR_LONG`.
        count: Option<(&'static str, &'static str, &'static str)>,
        /// Which of its tests; all of them where it is empty.
        only: &'static str,
        /// What has to be built before.
        starts: Starts,
    },
    /// All tests of the workspace that match a filter of the test runner.
    Filter(&'static str),
    /// The tests that write documents, and what validators of others say of all that was written.
    Documents,
    /// The replay of the fuzzers' corpus by ordinary tests, and the fuzzers themselves.
    Fuzz {
        /// The tests that replay it.
        replays: &'static str,
        /// The targets.
        targets: &'static [&'static str],
    },
    /// The house rules.
    House,
    /// The checks for other systems, from Linux.
    Cross,
    /// The face: its types, its tests, and how it looks and behaves in a browser.
    Face,
    /// The packages, built as they are shipped and installed on a clean Debian.
    Package,
    /// A part of a measurement.
    Bench {
        /// The measurement.
        name: &'static str,
        /// Which part.
        part: &'static str,
    },
}

/// What a test starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Starts {
    /// Nothing of ours.
    Nothing,
    /// The mock of the providers' contracts.
    Contracts,
    /// The companion, the registry, `rightdoorctl`.
    Binaries,
    /// The windows, too.
    Windows,
}

/// A promise.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// Its name on the command line.
    pub name: &'static str,
    /// The promise itself.
    pub sentence: &'static str,
    /// What the quick form runs; `None`: it is not run by CI.
    pub quick: Option<&'static str>,
    /// What the long form runs.
    pub long: &'static str,
    /// What stands behind it.
    pub behind: Behind,
}

const fn scenario(test: &'static str) -> Behind {
    let starts = Starts::Binaries;
    Behind::Test { package: "whole-system", test, profile: "dev", count: None, only: "", starts }
}

const fn on_windows(only: &'static str) -> Behind {
    let starts = Starts::Windows;
    Behind::Test { package: "whole-system", test: "app", profile: "dev", count: None, only, starts }
}

/// The packages in which documents are written, and the one that validates them. (What the programs write in the
/// scenarios is validated by the claims that run them.)
const WRITERS: &str =
    "package(rightdoor-location) + package(rightdoor-registry) + package(rightdoor-runtime) + package(xtask)";

/// Every claim there is.
pub const CLAIMS: &[Claim] = &[
    Claim {
        name: "lab",
        sentence: "A companion moved through real networks says *checking* within 100 ms of the kernel's event (p99), asks \
                   once and in time, and shows the new location only after the registry gave it back equal; a PBX then reads \
                   it by HELD. Moving back asks nothing; a gateway-only change is seen; VPN, address churn, DHCP renewal, \
                   bridges and a flapping link ask nothing.",
        quick: Some("6 moves"),
        long: "50 moves",
        behind: scenario("lab"),
    },
    Claim {
        name: "911-path",
        sentence: "The agent moves and says where; a 911 call then goes from sipp through Kamailio, which asks the registry by \
                   HELD, and the PIDF-LO that arrives with it is the confirmed one, field for field, within 1 s of the \
                   registry's acknowledgement. The registry keeps that this revision was given out for an emergency; the companion \
                   says so and asks nothing unasked. Stale and unattended still answer with the last location and its time; \
                   travelling and withdrawn answer locationUnknown; and with those, or with a registry that hangs, the call \
                   goes through.",
        quick: Some("3 moves, every state once"),
        long: "25 moves, every state once",
        behind: scenario("callpath"),
    },
    Claim {
        name: "outage-matrix",
        sentence: "Every row of the design's table of outages, produced for real with Kamailio, coturn, dnsmasq, nginx and nftables, \
                   brings the card or none as the table says, calls the cause by its name for as long as it lasts, and is told once; \
                   a hard fault brings the card within 10 s (median) and 20 s (worst), at 12 requests a minute or fewer while all is \
                   well. The long form also times a softphone that registers every minute.",
        quick: Some("2 runs of each row"),
        long: "20 runs of each row, and once for each hard fault a softphone beside it",
        behind: Behind::Test {
            package: "whole-system",
            test: "outage",
            profile: "dev",
            count: Some(("RIGHTDOOR_RUNS", "2", "20")),
            only: "",
            starts: Starts::Binaries,
        },
    },
    Claim {
        name: "no-false-alarms",
        sentence: "In days that lose one packet in twenty, with sleeps, roams and other addresses, no outage is told; in eight hours of \
                   a service that comes and goes, at most one notice for each real outage.",
        quick: Some("2 days"),
        long: "50 days",
        behind: Behind::Test {
            package: "rightdoor-core",
            test: "no_false_alarms",
            profile: "histories",
            count: Some(("RIGHTDOOR_DAYS", "2", "50")),
            only: "",
            starts: Starts::Nothing,
        },
    },
    Claim {
        name: "crash",
        sentence: "Killed at any moment between answer and read-back, against a registry that drops, delays, duplicates and \
                   loses answers, the companion loses no confirmed location, duplicates and reorders none at the registry, \
                   and its audit chain stays whole.",
        quick: Some("200 kills"),
        long: "2,000 kills",
        behind: scenario("crash"),
    },
    Claim {
        name: "histories",
        sentence: "All fifteen invariants hold after every step of generated histories.",
        quick: Some("2,000 histories"),
        long: "200,000 histories",
        behind: Behind::Test {
            package: "rightdoor-core",
            test: "histories",
            profile: "histories",
            count: Some(("RIGHTDOOR_HISTORIES", "2000", "200000")),
            only: "",
            starts: Starts::Nothing,
        },
    },
    Claim {
        name: "advisory",
        sentence: "That the agent has read the notice of 911's limits survives a death before any order of the engine, reaches the registry \
                   once however often its answer is lost, is not sent before it is kept, and is asked for again when a year has \
                   passed or the text changes, in virtual time; the registry reports it as CSV and JSON.",
        quick: Some("a death before every order; two years of virtual time"),
        long: "the same",
        behind: Behind::Filter("(package(rightdoor-core) & binary(advisory)) + test(/^an_acknowledgement_/)"),
    },
    Claim {
        name: "providers",
        sentence: "Telnyx, Bandwidth and SignalWire are written to as their own contracts say (good, bad, 401, forced 4xx and 5xx), \
                   keep the earlier location until the new one is active, and put corrections before the agent; through loss, \
                   duplication, delay, 429, redirection, endless and foreign answers and crashes 0 confirmed locations are lost \
                   and 0 bindings are wrong.",
        quick: Some("4 rounds of 6 moves at each provider"),
        long: "100 rounds of 6 moves at each provider",
        behind: Behind::Test {
            package: "rightdoor-runtime",
            test: "providers",
            profile: "dev",
            count: Some(("RIGHTDOOR_ROUNDS", "4", "100")),
            only: "",
            starts: Starts::Contracts,
        },
    },
    Claim {
        name: "xcap-contract",
        sentence: "One contract for writing by XCAP (create, change, old and wrong entity tags, lost answers found by reading back, \
                   withdrawal, odd identities, and whatever may lie between) holds against our registry and against Kamailio's \
                   `xcap_server`, which does not heed `If-None-Match`: there a creation reads first.",
        quick: Some("every case once at both servers"),
        long: "every case once at both servers",
        behind: Behind::Test {
            package: "rightdoor-runtime",
            test: "xcap",
            profile: "dev",
            count: None,
            only: "",
            starts: Starts::Nothing,
        },
    },
    Claim {
        name: "desk",
        sentence: "With a real notification daemon and tray host, *Confirm* confirms, a click on the body only opens, a stale \
                   action changes nothing and the tray's menu says the hero sentence; without tray host, notification \
                   daemon or keyring, or with a locked one, the companion works and says so.",
        quick: Some("every case once"),
        long: "every case once",
        behind: scenario("desk"),
    },
    Claim {
        name: "app",
        sentence: "The real windows on a real display: a first run ends in *accepted and read back equal*; the prompt is \
                   confirmed with the keyboard alone; a hot-desk agent is on another floor in three acts; a wrong address is \
                   refused at its field and mended; windows and companion survive one another; the outage card opens with \
                   everything dead; nothing raises itself in a call or after 911 was called.",
        quick: Some("every case once"),
        long: "every case once",
        behind: on_windows("the_windows_on_a_real_desktop"),
    },
    Claim {
        name: "card",
        sentence: "With network, registry, keyring, store and companion gone the outage card opens from its flat file in English, Spanish \
                   and French, with the phones that the organisation named for that floor, with nothing for axe to find and without \
                   scrolling; it prints on one page through the desktop's own dialogue, and `rightdoorctl guidance` says the same. \
                   How soon it can be read, `latency` measures.",
        quick: Some("every language once, printed once"),
        long: "the same, and 5 cold starts",
        behind: on_windows("the_card_opens_and_prints_with_all_else_gone"),
    },
    Claim {
        name: "bad-ui",
        sentence: "Hostile payloads, commands, links and texts, another user's peer, and a companion of another version are \
                   refused or shown safely by the windows, in words, and change nothing.",
        quick: Some("every case once"),
        long: "every case once",
        behind: on_windows("bad_ui_is_refused_or_shown_safely"),
    },
    Claim {
        name: "footprint",
        sentence: "The companion with its tray needs at most 12 MiB PSS and 7 MiB private dirty memory, and wakes up at most 4 \
                   times a minute when nothing happens; nm-applet is measured beside it.",
        quick: None,
        long: "60 s each: headless, with tray, nm-applet",
        behind: Behind::Bench { name: "companion", part: "footprint" },
    },
    Claim {
        name: "latency",
        sentence: "From the start of the command that changes the network to *checking* takes at most twice as long as to the \
                   line that `ip monitor` prints of it (p50), and from the decision to the notification at most 100 ms. What \
                   both need without the command is measured beside it. A window that nothing else could show is readable \
                   within 1 s of the decision, cold (the slowest), and leaves no process behind when it is closed; the outage card is readable within \
                   1 s of the command, with no companion.",
        quick: Some("20 events, the ratio only; 6 without the command"),
        long: "100 events; 20 without the command; 5 cold windows, 5 cold cards",
        behind: Behind::Bench { name: "companion", part: "latency" },
    },
    Claim {
        name: "deb",
        sentence: "The Debian package holds every program of an agent's computer in at most 12 MiB, installs on a clean Debian with \
                   nothing but what it depends on, has the companion started at login, brings a companion that answers and a \
                   window that shows itself, and leaves nothing behind.",
        quick: None,
        long: "built, installed, started, installed over itself and removed once",
        behind: Behind::Package,
    },
    Claim {
        name: "bad-requests",
        sentence: "Every malformed request to the registry (HELD, location URIs, LoST, XCAP, JSON, CSV) gets the error of its own \
                   protocol with what is wrong named, and a dump of the whole database is the same before and after.",
        quick: Some("every case"),
        long: "every case",
        behind: Behind::Test {
            package: "rightdoor-registry",
            test: "bad_requests",
            profile: "dev",
            count: None,
            only: "",
            starts: Starts::Nothing,
        },
    },
    Claim {
        name: "bad-input",
        sentence: "Bad input anywhere gives one clear error that names the field and the fix, and nothing is lost.",
        quick: Some("every test named bad_input_*"),
        long: "every test named bad_input_*",
        behind: Behind::Filter("test(/(^|::)bad_input_/)"),
    },
    Claim {
        name: "documents",
        sentence: "Every document that any part of Rightdoor writes in any test is valid for `xmllint` and `jing` with the schemas of \
                   RFC 3863, 4119, 4479, 5139, 5222, 5491, 5985, 6155, 6848 and 7459, in that very test run; every example of \
                   those RFCs that is at hand parses, and those of our kinds come back from being written without loss.",
        quick: Some(
            "the tests of location, registry and runtime; the scenarios' documents by their own claims",
        ),
        long: "all tests",
        behind: Behind::Documents,
    },
    Claim {
        name: "fuzz-corpus",
        sentence: "Nothing that a stranger may send breaks a parser: PIDF-LO, HELD, LoST, XCAP paths, the directory's CSV, deep links and \
                   addresses in any form are read or refused in words, what is read survives writing, and the limits hold. Every \
                   target has a committed corpus, which ordinary tests replay.",
        quick: Some("every committed input, and 256 spliced ones"),
        long: "the same, and 60 s of fuzzing for each target",
        behind: Behind::Fuzz {
            replays: "(test(/(^|::)bad_input_corpus_/) - package(rightdoor-core)) + (package(xtask) & test(every_target_has_a_corpus))",
            targets: crate::fuzz::DOCUMENTS,
        },
    },
    Claim {
        name: "fuzz-wire",
        sentence: "Nothing that answers a probe breaks it: SIP, STUN and DNS in any form are read or refused, an answer counts for its \
                   own question only, and the way from a URI to its servers ends, with few of them. The torture messages of \
                   RFC 4475 are told apart and the vectors of RFC 5769 read; both are in the committed corpus, which ordinary \
                   tests replay.",
        quick: Some("every committed input, and 256 spliced ones"),
        long: "the same, and 60 s of fuzzing for each target",
        behind: Behind::Fuzz {
            replays: "package(rightdoor-core) & (binary(wire) + test(/^wire::/))",
            targets: crate::fuzz::WIRE,
        },
    },
    Claim {
        name: "bad-answers",
        sentence: "Hostile answers change nothing: SIP, STUN, DNS and control pages with wrong identifiers, from strange sources, \
                   garbled, endless, slow or too large are ignored with one line each in the log, the right answer after them \
                   still counts, and a certificate that does not fit is told from a server that is not there; guidance that \
                   cannot be used is refused whole, and the one before it is kept.",
        quick: Some("every hostile peer, and every guidance file"),
        long: "the same",
        behind: Behind::Filter(
            "(package(rightdoor-runtime) & binary(bad_answers)) + test(/(^|::)bad_input_in_guidance/)",
        ),
    },
    Claim {
        name: "face",
        sentence: "Every view of the windows, in every state, has nothing for axe to find in light, dark, forced colours and at \
                   200 %, scrolls nowhere sideways, has no target under 32 px and no motion where less is asked for; the \
                   outage card fits 1024×700 with no letter under 20 px. The keyboard reaches everything in reading order \
                   with the focus visible, a key answers only 500 ms after the focus, an old answer never goes to a new \
                   question, and nothing typed is lost.",
        quick: Some("every view in light, one of each kind in the other modes, every behaviour"),
        long: "every view in every mode, every behaviour",
        behind: Behind::Face,
    },
    Claim {
        name: "registry-speed",
        sentence: "Beside nginx with one static document and Kamailio's XCAP server in the same run, each on the same single \
                   processor: the registry answers HELD and GET at half of nginx's rate or better, keeps five times as many durable PUTs as \
                   Kamailio and more than the disk makes single commits, and a lookup costs the same among many endpoints as among a thousand \
                   (at most 1.3 times); at half load a PUT takes at most 10 ms and a read at most 5 ms (p99).",
        // It does not hold yet; its quick form gates CI as soon as it does.
        quick: None,
        long: "by turns in five rounds of 3 s, 1,000,000 endpoints",
        behind: Behind::Bench { name: "registry", part: "all" },
    },
    Claim {
        name: "cross",
        sentence: "Every package compiles for Windows (x86-64, GNU) and macOS (ARM) without a warning under the lints of the house, \
                   and the tests of location, core, platform, link, runtime and companion pass as Windows programs under wine; a \
                   mistake that only those systems' compilers can see is found.",
        quick: Some("everything"),
        long: "everything",
        behind: Behind::Cross,
    },
    Claim {
        name: "house",
        sentence: "The house rules hold: purity, file sizes, arrows between crates, places for `cfg(target_os)`, no `unwrap` \
                   outside tests, no GTK or WebKit in the companion, licences, bans and sources, documentation without a warning.",
        quick: Some("all rules"),
        long: "all rules",
        behind: Behind::House,
    },
];

/// Prints every claim.
///
/// # Errors
/// Never; the type is that of its neighbours.
pub fn list() -> Result<()> {
    for claim in CLAIMS {
        let quick = claim.quick.unwrap_or("long-only");
        println!("{:<10} {}\n{:<10} quick: {quick}; long: {}", claim.name, claim.sentence, "", claim.long);
    }
    Ok(())
}

/// Runs what stands behind one claim, and prints its figures as one JSON line last.
///
/// # Errors
/// When there is no such claim, or the promise does not hold.
pub fn prove_one(name: &str, long: bool) -> Result<()> {
    let Some(claim) = CLAIMS.iter().find(|claim| claim.name == name) else {
        let names: Vec<_> = CLAIMS.iter().map(|claim| claim.name).collect();
        bail!("there is no claim `{name}`; there are: {}", names.join(", "));
    };
    crate::setup::system()?;
    let proof = prove(claim, long || claim.quick.is_none())?;
    println!("{}", proof.line());
    if proof.holds { Ok(()) } else { bail!("the claim `{name}` does not hold") }
}

/// Runs the quick form of every claim that has one.
///
/// # Errors
/// When one does not hold.
pub fn prove_all_quick() -> Result<()> {
    crate::setup::system()?;
    let proofs = quick(|_| true)?;
    println!();
    for proof in &proofs {
        println!("{}", proof.line());
    }
    let failed = proofs.iter().filter(|proof| !proof.holds).count();
    println!("{} passed, {failed} failed", proofs.len() - failed);
    if failed == 0 { Ok(()) } else { bail!("{failed} claims do not hold") }
}

/// The quick proofs of all claims that have one and that `wanted` lets through.
///
/// # Errors
/// When something behind one of them cannot be started at all.
pub fn quick(wanted: impl Fn(&Claim) -> bool) -> Result<Vec<Proof>> {
    CLAIMS
        .iter()
        .filter(|claim| claim.quick.is_some() && wanted(claim))
        .map(|claim| prove(claim, false))
        .collect()
}
