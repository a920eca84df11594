//! The providers' own contracts, enforced by Prism (`npm ci` in `tests/prism`).
//!
//! The contracts are not part of this repository: they are looked for in `$RIGHTDOOR_SHARED`, or beside
//! the workspace in `../shared/specs`. Prism keeps no state and answers the examples; what it proves is the
//! form of requests and the reading of answers.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rightdoor_core::{DeliveryOutcome, ReadBackOutcome, ValidationOutcome};
use rightdoor_location::record::Validation;
use rightdoor_location::{CivicAddress, Content, Element};
use rightdoor_runtime::registry::{Adapter, Registry};

use super::bandwidth::Bandwidth;
use super::wire::Way;
use super::{delivery, enrolled, serve, settings};

/// Prism on a contract, until it is dropped.
struct Prism {
    child: Child,
    host: String,
}

impl Drop for Prism {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Prism's program and the folder of contracts, where both are there. A Windows program under wine cannot start this system's
/// node; requests do not differ between systems.
fn tools() -> Option<(PathBuf, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared = std::env::var_os("RIGHTDOOR_SHARED").map_or(root.join("../shared"), PathBuf::from);
    let program = root.join("tests/prism/node_modules/@stoplight/prism-cli/dist/index.js");
    (cfg!(unix) && program.is_file() && shared.join("specs").is_dir())
        .then(|| (program, shared.join("specs")))
}

impl Prism {
    fn start(program: &Path, contract: &Path) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let mut child = Command::new("node")
            .arg(program)
            .args(["mock", "-h", "127.0.0.1", "-p", &address.port().to_string()])
            .arg(contract)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let listening = lines.by_ref().map_while(Result::ok).any(|line| line.contains("listening"));
        assert!(listening, "Prism did not start");
        // Whatever else it says is read, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, host: address.to_string() }
    }
}

fn place(parts: &[(Element, &str)]) -> Content {
    let country = CivicAddress::new().with(Element::Country, "US");
    Content::Located(parts.iter().fold(country, |place, (element, value)| place.with(*element, value)))
}

struct Case {
    adapter: Adapter,
    contract: &'static str,
    /// The address of the contract's examples.
    example: Content,
    caller_name: &'static str,
    number: &'static str,
    /// What stands in the examples and would end everything at once.
    otherwise: &'static [(&'static str, &'static str)],
    /// The writes that the contract must have seen.
    written: &'static [&'static str],
    /// What only the contract knows to be wrong.
    bad: Content,
    /// Which statuses it lists for a write, and what they mean.
    forced: &'static [(u16, &'static str)],
}

fn cases() -> Vec<Case> {
    use Element::{A1, A3, HNO, PC, RD, ROOM, STS, UNIT};
    let elsewhere =
        [(A1, "CO"), (A3, "Denver"), (HNO, "1"), (RD, "Blake"), (STS, "Street"), (PC, "80202"), (ROOM, "1")];
    let with = |element, value| {
        let mut parts = elsewhere.to_vec();
        parts.push((element, value));
        place(&parts)
    };
    vec![
        Case {
            adapter: Adapter::Telnyx,
            contract: "telnyx.json",
            example: place(&[
                (A1, "TX"),
                (A3, "Austin"),
                (HNO, "600"),
                (RD, "Congress"),
                (STS, "Street"),
                (PC, "78701"),
            ]),
            caller_name: "Jane Doe Desk Phone",
            number: "+13125550000",
            otherwise: &[
                ("\"status\":\"pending\"", "\"status\":\"activated\""),
                ("\"total_pages\":13", "\"total_pages\":1"),
                ("\"house_suffix\":\"string\"", "\"house_suffix\":\"\""),
                ("\"street_pre_directional\":\"string\"", "\"street_pre_directional\":\"\""),
                ("\"street_post_directional\":\"string\"", "\"street_post_directional\":\"\""),
                ("\"extended_address\":\"string\"", "\"extended_address\":\"\""),
            ],
            written: &[
                "POST /dynamic_emergency_addresses",
                "POST /dynamic_emergency_endpoints",
                "DELETE /dynamic_emergency_addresses/",
                "DELETE /dynamic_emergency_endpoints/",
                "POST /addresses/actions/validate",
            ],
            bad: with(Element::Country, "MX"),
            forced: &[
                (400, "rejected"),
                (401, "unauthorised"),
                (404, "ambiguous"),
                (422, "rejected"),
                (500, "ambiguous"),
            ],
        },
        Case {
            adapter: Adapter::Bandwidth,
            contract: "bandwidth-emergency-v2.json",
            example: place(&[
                (A1, "WA"),
                (A3, "Woodinville"),
                (HNO, "14024"),
                (Element::PRD, "Northeast"),
                (RD, "181st"),
                (STS, "Street"),
                (PC, "98072"),
            ]),
            caller_name: "Bob",
            number: "+13035554321",
            otherwise: &[("\"INVALID\"", "\"VALID\""), ("\"Home office, upstairs\"", "\"\"")],
            written: &[
                "POST /addresses?region=NA",
                "PATCH /endpoints/13035554321-bob?region=NA",
                "POST /endpoints?region=NA",
                "DELETE /endpoints/13035554321-bob?region=NA",
                "DELETE /addresses/",
            ],
            bad: with(UNIT, "2"),
            forced: &[
                (400, "rejected"),
                (401, "unauthorised"),
                (403, "unauthorised"),
                (404, "ambiguous"),
                (405, "unreachable"),
                (429, "throttled"),
                (500, "ambiguous"),
            ],
        },
        Case {
            adapter: Adapter::SignalWire,
            contract: "signalwire.json",
            example: place(&[
                (A1, "CA"),
                (A3, "Alexandria"),
                (HNO, "1640"),
                (RD, "Riverside"),
                (STS, "Drive"),
                (PC, "91905"),
                (UNIT, "Apartment 42"),
            ]),
            caller_name: "My Address",
            number: "",
            otherwise: &[
                ("\"address_number\":\"string\"", "\"address_number\":\"42\""),
                ("\"e911_status\":\"pending\"", "\"e911_status\":\"active\""),
            ],
            written: &[
                "POST /api/relay/rest/addresses",
                "POST /api/relay/rest/phone_numbers/",
                "DELETE /api/relay/rest/phone_numbers/",
                "DELETE /api/relay/rest/addresses/",
            ],
            bad: with(RD, LONG),
            forced: &[(401, "unauthorised"), (422, "rejected"), (500, "ambiguous")],
        },
    ]
}

/// Longer than any street in SignalWire's contract (250).
const LONG: &str = "BlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlakeBlake";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_and_answers_are_as_the_contracts_say() {
    let Some((program, contracts)) = tools() else {
        eprintln!(
            "skipped: requests_and_answers_are_as_the_contracts_say (no tests/prism/node_modules, no contracts: set RIGHTDOOR_SHARED, or not on Unix)"
        );
        return;
    };
    let tokens = serve(&Bandwidth::default()).await;
    for case in cases() {
        let prism = Prism::start(&program, &contracts.join(case.contract));
        let way = Way::open(prism.host.clone(), prism.host.clone()).await;
        let folder = tempfile::tempdir().unwrap();
        let mut told = settings(case.adapter, &way.base, folder.path(), case.caller_name);
        told.token_url = format!("http://{tokens}/oauth2/token");
        told.number = case.number.to_owned();
        let registry = enrolled(&told, folder.path()).await;
        good(&case, &way, &registry).await;
        bad(&case, &way, &registry).await;
        forced(&case, &way, &registry).await;
    }
}

/// Everything that is ever written, without a complaint.
async fn good(case: &Case, way: &Way, registry: &Registry) {
    let name = case.adapter.name();
    let elsewhere = place(&[
        (Element::A1, "CO"),
        (Element::A3, "Denver"),
        (Element::HNO, "1"),
        (Element::RD, "Blake"),
        (Element::STS, "Street"),
        (Element::PC, "80202"),
        (Element::FLR, "5"),
        (Element::ROOM, "112"),
    ]);
    let other = elsewhere.address().unwrap();
    let read = registry.read_back(None).await;
    assert!(!matches!(read, ReadBackOutcome::Unreachable), "{name} {read:?}");
    let said = registry.validate(other).await;
    assert!(matches!(said, ValidationOutcome::Answered(_)), "{name} {said:?}");
    registry.deliver(&delivery(1, elsewhere.clone())).await;
    *way.shared.otherwise.lock().unwrap() =
        case.otherwise.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
    registry.deliver(&delivery(2, case.example.clone())).await;
    registry.deliver(&delivery(3, Content::NoFixedAddress)).await;
    if case.adapter == Adapter::Bandwidth {
        // What is not there yet is made; the examples know everything already.
        for missing in [&["GET /addresses"][..], &["GET /endpoints"][..]] {
            force(way, missing, 404);
            registry.deliver(&delivery(4, elsewhere.clone())).await;
            registry.deliver(&delivery(5, case.example.clone())).await;
        }
    }
    force(way, &[], 0);
    way.shared.otherwise.lock().unwrap().clear();
    let seen = std::mem::take(&mut *way.shared.seen.lock().unwrap());
    let complaints: Vec<_> = seen.iter().filter(|(_, complaint)| complaint.is_some()).collect();
    assert!(complaints.is_empty(), "{name}: {complaints:#?}");
    for written in case.written {
        let was = seen.iter().any(|(line, _)| line.starts_with(written));
        assert!(was, "{name}: never {written}: {:#?}", seen.iter().map(|(line, _)| line).collect::<Vec<_>>());
    }
}

/// What the contract refuses is refused, and named.
async fn bad(case: &Case, way: &Way, registry: &Registry) {
    if case.adapter == Adapter::Bandwidth {
        // Its contract binds no address by form; its refusals are forced below.
        return;
    }
    let name = case.adapter.name();
    let outcome = registry.deliver(&delivery(6, case.bad.clone())).await;
    assert!(matches!(outcome, DeliveryOutcome::Rejected { .. }), "{name} {outcome:?}");
    let seen = std::mem::take(&mut *way.shared.seen.lock().unwrap());
    assert!(
        seen.iter().any(|(_, complaint)| complaint.is_some()),
        "{name}: the contract had nothing against it"
    );
}

/// Every status that the contract lists, on a write, and the two that matter on a question.
async fn forced(case: &Case, way: &Way, registry: &Registry) {
    let name = case.adapter.name();
    let order = delivery(
        7,
        place(&[
            (Element::A1, "CO"),
            (Element::A3, "Denver"),
            (Element::HNO, "2"),
            (Element::RD, "Blake"),
            (Element::STS, "Street"),
            (Element::PC, "80202"),
        ]),
    );
    for (status, meaning) in case.forced {
        force(way, &["POST /"], *status);
        if case.adapter == Adapter::Bandwidth {
            // An address that is not there has to be written.
            let prefer = ("GET /addresses".to_owned(), "Prefer: code=404\r\n".to_owned());
            way.shared.headers.lock().unwrap().push(prefer);
        }
        let outcome = registry.deliver(&order).await;
        assert_eq!(&word(&outcome), meaning, "{name} {status}");
    }
    if case.adapter == Adapter::SignalWire {
        force(way, &["POST /"], 422);
        let address = order.content.address().unwrap();
        let said = registry.validate(address).await;
        let several = matches!(&said, ValidationOutcome::Answered(Validation::Candidates { addresses }) if !addresses.is_empty());
        assert!(several, "{said:?}");
    }
    for (status, read, written) in [
        (401, ReadBackOutcome::Unauthorised, "unauthorised"),
        (500, ReadBackOutcome::Unreachable, "unreachable"),
    ] {
        force(way, &["GET /"], status);
        assert_eq!(registry.read_back(None).await, read, "{name} {status}");
        assert_eq!(word(&registry.deliver(&order).await), written, "{name} {status}");
    }
}

fn force(way: &Way, begins: &[&str], status: u16) {
    let prefer = |begins: &&str| ((*begins).to_owned(), format!("Prefer: code={status}\r\n"));
    *way.shared.headers.lock().unwrap() = begins.iter().map(prefer).collect();
}

fn word(outcome: &DeliveryOutcome) -> &'static str {
    match outcome {
        DeliveryOutcome::Active { .. } => "active",
        DeliveryOutcome::Pending { .. } => "pending",
        DeliveryOutcome::Conflict => "conflict",
        DeliveryOutcome::Rejected { .. } => "rejected",
        DeliveryOutcome::Throttled { .. } => "throttled",
        DeliveryOutcome::Unauthorised => "unauthorised",
        DeliveryOutcome::Locked => "locked",
        DeliveryOutcome::Unreachable => "unreachable",
        DeliveryOutcome::Ambiguous => "ambiguous",
        DeliveryOutcome::Unsupported => "unsupported",
    }
}
