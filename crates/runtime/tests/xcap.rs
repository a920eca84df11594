//! One contract for whoever keeps documents by XCAP: our own registry, and Kamailio's `xcap_server`, which
//! nobody here wrote.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test, whose figures are read by a program")]

#[path = "providers/wire.rs"]
mod wire;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

use rightdoor_core::{DeliveryOutcome, Precondition, Redacted};
use rightdoor_location::pidf::Pidf;
use rightdoor_location::{Basis, CivicAddress, Content, Element, Revision};
use rightdoor_platform::secrets::Secrets;
use rightdoor_registry::{Admin, Clock, DatabaseUrl, serve};
use rightdoor_runtime::registry::{Fetched, Options, Peer, Registry, Xcap};
use wire::{MISHAPS, Mishap, Way};

/// Identities as phone systems have them.
const ENDPOINTS: [&str; 5] = [
    "sip:ada@example.com",
    "sip:ada.o'neil@example.com",
    "sip:+13035550100@example.com",
    "sip:front-desk_2@pbx.example.com",
    "tel:+13035550100",
];

fn document(entity: &str, device: &str, revision: u64) -> Pidf {
    let floor = revision.to_string();
    let address = [
        (Element::Country, "US"),
        (Element::A1, "CO"),
        (Element::A3, "Denver"),
        (Element::HNO, "1600"),
        (Element::RD, "Blake"),
        (Element::STS, "Street"),
        (Element::PC, "80202"),
        (Element::FLR, floor.as_str()),
        (Element::LOC, "Café & <bar>, \"rear\""),
    ]
    .into_iter()
    .fold(CivicAddress::new(), |address, (element, value)| address.with(element, value));
    Pidf {
        entity: entity.to_owned(),
        device: device.to_owned(),
        revision: Revision(revision),
        confirmed_at: 1_770_000_000_000,
        basis: Basis::Manual,
        content: Content::Located(address),
    }
}

fn client(folder: &Path) -> Xcap {
    let secrets = Secrets::File(folder.join("secrets"));
    Xcap::new(Options { ca_file: None, plain_http: false, secrets })
}

/// What the contract is held against.
struct Target<'a> {
    way: &'a Way,
    xcap: Xcap,
    peer: Peer,
    /// Whether a `DELETE` heeds `If-Match`.
    heeds_on_delete: bool,
}

impl Target<'_> {
    async fn held(&self, entity: &str, device: &str) -> Option<(String, Pidf)> {
        match self.xcap.get(&self.peer, entity, device).await {
            Fetched::Document(tag, found) => Some((tag, *found)),
            Fetched::Nothing => None,
            other @ (Fetched::Unauthorised | Fetched::Unreachable) => panic!("{entity}: {other:?}"),
        }
    }

    async fn put(&self, document: &Pidf, condition: &Precondition) -> DeliveryOutcome {
        self.xcap.put(&self.peer, document, condition).await
    }

    fn next(&self, mishap: Mishap) {
        self.way.shared.script.lock().unwrap().push_back(Some(mishap));
    }

    /// The whole contract, for one identity; how many writes it took.
    async fn keeps_the_contract(&self, entity: &str, device: &str) -> u64 {
        let at = |revision| document(entity, device, revision);
        assert_eq!(self.held(entity, device).await, None, "{entity}");
        // Created once; a second creation is a conflict and changes nothing.
        let DeliveryOutcome::Active { etag: first } = self.put(&at(1), &Precondition::Absent).await else {
            panic!("{entity}: not created")
        };
        assert_eq!(self.held(entity, device).await, Some((first.clone(), at(1))), "{entity}");
        assert_eq!(self.put(&at(2), &Precondition::Absent).await, DeliveryOutcome::Conflict, "{entity}");
        // Changed under the right tag only.
        let wrong = Precondition::Match("\"wrong\"".into());
        assert_eq!(self.put(&at(2), &wrong).await, DeliveryOutcome::Conflict, "{entity}");
        assert_eq!(self.held(entity, device).await, Some((first.clone(), at(1))), "{entity}");
        let held = Precondition::Match(first.clone());
        let DeliveryOutcome::Active { etag: second } = self.put(&at(2), &held).await else {
            panic!("{entity}: not changed")
        };
        assert_ne!(first, second, "{entity}: two documents, two tags");
        assert_eq!(self.put(&at(3), &held).await, DeliveryOutcome::Conflict, "{entity}: the tag is old");
        // The answer is lost after the write: reading back finds it, and nothing is written again.
        self.next(Mishap::LostAfter);
        let held = Precondition::Match(second);
        assert_eq!(self.put(&at(3), &held).await, DeliveryOutcome::Ambiguous, "{entity}");
        assert_eq!(self.held(entity, device).await.unwrap().1, at(3), "{entity}");
        // Whatever lies between: read back before writing again, until it is there.
        let (mut revision, mut writes) = (3, 6);
        for mishap in MISHAPS {
            revision += 1;
            let wanted = at(revision);
            self.next(mishap);
            let (tag, _) = self.held_through(entity, device).await;
            self.next(mishap);
            writes += 1;
            let mut outcome = self.put(&wanted, &Precondition::Match(tag)).await;
            while self.held_through(entity, device).await.1 != wanted {
                let (tag, _) = self.held_through(entity, device).await;
                writes += 1;
                outcome = self.put(&wanted, &Precondition::Match(tag)).await;
            }
            assert!(!matches!(outcome, DeliveryOutcome::Rejected { .. }), "{entity} {mishap:?} {outcome:?}");
        }
        // Taken away, under the right tag only; then there is nothing.
        let (tag, last) = self.held(entity, device).await.unwrap();
        if self.heeds_on_delete {
            let refused = self.xcap.delete(&self.peer, &last, &wrong).await;
            assert_eq!(refused, DeliveryOutcome::Conflict, "{entity}");
            assert_eq!(self.held(entity, device).await, Some((tag.clone(), last.clone())), "{entity}");
        }
        let gone = self.xcap.delete(&self.peer, &last, &Precondition::Match(tag)).await;
        assert_eq!(gone, DeliveryOutcome::Active { etag: String::new() }, "{entity}");
        assert_eq!(self.held(entity, device).await, None, "{entity}");
        writes
    }

    /// The document, asked for until there is an answer.
    async fn held_through(&self, entity: &str, device: &str) -> (String, Pidf) {
        loop {
            if let Fetched::Document(tag, found) = self.xcap.get(&self.peer, entity, device).await {
                return (tag, *found);
            }
        }
    }
}

/// A way to `base`; a redirection leads to a port where nobody is.
async fn way(base: &str) -> Way {
    let host = base.trim_start_matches("http://").trim_end_matches('/');
    Way::open(host.to_owned(), "127.0.0.1:9".to_owned()).await
}

fn told(server: &str, way: &Way, identities: usize, writes: u64) {
    let (requests, mishaps) =
        (way.shared.requests.load(Ordering::Relaxed), way.shared.done.load(Ordering::Relaxed));
    assert_eq!(way.shared.took_too_much.load(Ordering::Relaxed), 0, "an answer without end was read");
    println!(
        "{{\"server\":\"{server}\",\"identities\":{identities},\"requests\":{requests},\"writes\":{writes},\
         \"mishaps\":{mishaps},\"broken\":0}}"
    );
}

#[tokio::test]
async fn our_own_registry_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let database: DatabaseUrl = format!("sqlite:{}", folder.path().join("r.db").display()).parse().unwrap();
    let server = serve(rightdoor_registry::Options::new(database.clone())).await.unwrap();
    let mut admin = Admin::open(&database).unwrap();
    let way = way(&server.url()).await;
    let mut writes = 0;
    for (number, endpoint) in ENDPOINTS.iter().enumerate() {
        let secrets = Secrets::File(folder.path().join(format!("secrets-{number}")));
        let now = Clock::system().now();
        let code = admin.make_code(endpoint, None, Duration::from_secs(60), now).unwrap();
        let options = Options { ca_file: None, plain_http: false, secrets: secrets.clone() };
        let registry = Registry::new(options, None);
        let enrolment = registry.enrol(&Redacted::new(code), &server.url()).await.unwrap();
        let token = secrets.get("registry-token").await.unwrap();
        let target = Target {
            way: &way,
            xcap: client(folder.path()),
            peer: Peer { base: way.base.clone(), token: Some(token), heeds_absence: true },
            heeds_on_delete: true,
        };
        writes += target.keeps_the_contract(enrolment.endpoint.reveal(), &enrolment.device).await;
    }
    told("rightdoor-registry", &way, ENDPOINTS.len(), writes);
    server.stop().await;
}

/// Kamailio, until it is dropped.
struct Kamailio(Child);

impl Drop for Kamailio {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// The tables that Debian's package ships, empty.
const TABLES: &str = "/usr/share/kamailio/dbtext/kamailio";

const KAMAILIO: &str = r#"fork=no
children=1
tcp_children=1
listen=tcp:127.0.0.1:PORT
tcp_accept_no_cl=yes
http_reply_parse=yes
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "textops.so"
loadmodule "xhttp.so"
loadmodule "db_text.so"
loadmodule "xcap_server.so"
modparam("xcap_server", "db_url", "text://TABLES")
modparam("xcap_server", "xcap_root", "/xcap-root/")
modparam("xcap_server", "buf_size", 65536)
request_route { exit; }
event_route[xhttp:request] {
  $xcapuri(u=>data) = $hu;
  $var(uri) = $xcapuri(u=>xuid);
  switch($rm) {
    case "PUT":    xcaps_put("$var(uri)", "$hu", "$rb"); exit;
    case "GET":    xcaps_get("$var(uri)", "$hu"); exit;
    case "DELETE": xcaps_del("$var(uri)", "$hu"); exit;
  }
}
"#;

/// Starts it on a free port; its host and port.
async fn kamailio(folder: &Path) -> (Kamailio, String) {
    let tables = folder.join("tables");
    std::fs::create_dir(&tables).unwrap();
    for table in std::fs::read_dir(TABLES).unwrap() {
        let table = table.unwrap();
        std::fs::copy(table.path(), tables.join(table.file_name())).unwrap();
    }
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let file = folder.join("kamailio.cfg");
    let text = KAMAILIO.replace("PORT", &address.port().to_string());
    std::fs::write(&file, text.replace("TABLES", &tables.to_string_lossy())).unwrap();
    let log = std::fs::File::create(folder.join("kamailio.log")).unwrap();
    let mut command = Command::new("kamailio");
    command.args(["-DD", "-E", "-Y"]).arg(folder).arg("-f").arg(&file).stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(log);
    let mut server = Kamailio(command.spawn().unwrap());
    while tokio::net::TcpStream::connect(address).await.is_err() {
        let log = || std::fs::read_to_string(folder.join("kamailio.log")).unwrap();
        assert!(server.0.try_wait().unwrap().is_none(), "Kamailio ended:\n{}", log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    (server, address.to_string())
}

#[tokio::test]
async fn kamailios_xcap_server_keeps_the_contract() {
    if !Path::new(TABLES).is_dir() || Command::new("kamailio").arg("-v").output().is_err() {
        eprintln!("skipped: kamailios_xcap_server_keeps_the_contract (no kamailio-presence-modules)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (_server, host) = kamailio(folder.path()).await;
    let way = way(&host).await;
    let peer = Peer { base: way.base.clone(), token: None, heeds_absence: false };
    let xcap = client(folder.path());
    let target = Target { way: &way, xcap, peer, heeds_on_delete: false };
    let mut writes = 0;
    // It knows users by SIP URI only.
    let known: Vec<_> = ENDPOINTS.into_iter().filter(|endpoint| endpoint.starts_with("sip:")).collect();
    for endpoint in &known {
        writes += target.keeps_the_contract(endpoint, "d-1").await;
    }
    told("kamailio xcap_server", &way, known.len(), writes);
}
