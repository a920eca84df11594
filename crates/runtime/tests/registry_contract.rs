//! The adapter and our own registry, together, with and without TLS.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::time::Duration;

use rcgen::{CertificateParams, IsCa, KeyPair};
use rightdoor_core::{
    Delivery, DeliveryOutcome, Precondition, ReadBackOutcome, Redacted, RequestId, ValidationOutcome, Wall,
};
use rightdoor_location::record::{Attendance, DirectoryPlace, Record, Validation};
use rightdoor_location::{Basis, CivicAddress, Content, Element, Revision};
use rightdoor_platform::secrets::Secrets;
use rightdoor_registry::{Admin, Clock, DatabaseUrl, Options as Server, Running, Tls, serve};
use rightdoor_runtime::registry::{Found, Options, Registry};
use tokio::sync::mpsc;

const ENDPOINT: &str = "sip:ada.o'neil@example.com";

struct Bench {
    server: Running,
    adapter: Registry,
    admin: Admin,
    folder: tempfile::TempDir,
}

fn now() -> i64 {
    Clock::system().now()
}

/// A certificate of this computer's, and its key.
fn certificate(folder: &Path) -> Tls {
    let tls = Tls { certificate: folder.join("tls.pem"), key: folder.join("tls.key"), clients: None };
    let mut wanted = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    wanted.is_ca = IsCa::ExplicitNoCa;
    let key = KeyPair::generate().unwrap();
    std::fs::write(&tls.certificate, wanted.self_signed(&key).unwrap().pem()).unwrap();
    std::fs::write(&tls.key, key.serialize_pem()).unwrap();
    tls
}

async fn bench(secure: bool) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let database: DatabaseUrl = format!("sqlite:{}", folder.path().join("r.db").display()).parse().unwrap();
    let tls = secure.then(|| certificate(folder.path()));
    let ca_file = tls.as_ref().map(|tls| tls.certificate.clone());
    let server = serve(Server { tls, ..Server::new(database.clone()) }).await.unwrap();
    let admin = Admin::open(&database).unwrap();
    let secrets = Secrets::File(folder.path().join("secrets"));
    let adapter = Registry::new(Options { ca_file, plain_http: false, secrets }, None);
    Bench { server, adapter, admin, folder }
}

impl Bench {
    async fn enrol(&mut self) {
        let code = self.admin.make_code(ENDPOINT, None, Duration::from_secs(60), now()).unwrap();
        let enrolment = self.adapter.enrol(&Redacted::new(code), &self.server.url()).await.unwrap();
        assert_eq!(enrolment.endpoint.reveal(), ENDPOINT);
        assert_eq!(enrolment.organisation.reveal(), "Your organisation");
    }

    async fn record(&self) -> Record {
        let read = self.adapter.read_back(None).await;
        let ReadBackOutcome::Found(record) = read else { panic!("{read:?}") };
        record
    }
}

fn address(floor: &str) -> CivicAddress {
    [
        (Element::Country, "US"),
        (Element::A1, "CO"),
        (Element::A3, "Denver"),
        (Element::HNO, "1600"),
        (Element::RD, "Blake"),
        (Element::STS, "Street"),
        (Element::PC, "80202"),
        (Element::FLR, floor),
    ]
    .into_iter()
    .fold(CivicAddress::new(), |address, (element, value)| address.with(element, value))
}

fn delivery(revision: u64, content: Content, precondition: Precondition) -> Delivery {
    Delivery {
        id: RequestId(revision),
        revision: Revision(revision),
        content,
        basis: Basis::Manual,
        confirmed_at: Wall(1_770_000_000_000),
        precondition,
    }
}

async fn whole_life(mut bench: Bench) {
    bench.enrol().await;
    let adapter = bench.adapter.clone();
    assert_eq!(adapter.read_back(None).await, ReadBackOutcome::Nothing);
    assert_eq!(adapter.reach(&bench.server.url()).await, Ok(()));

    let first = delivery(1, Content::Located(address("5")), Precondition::Absent);
    let DeliveryOutcome::Active { etag } = adapter.deliver(&first).await else { panic!("not accepted") };
    let record = bench.record().await;
    assert_eq!((record.revision, &record.content, &record.etag), (Revision(1), &first.content, &etag));
    assert_eq!(record.attendance, Attendance::Attended);
    assert_eq!(adapter.read_back(Some(&etag)).await, ReadBackOutcome::NotModified);
    // The same write again, as after a lost answer, is no second write.
    assert_eq!(adapter.deliver(&first).await, DeliveryOutcome::Active { etag: etag.clone() });
    // Another one under a condition that does not hold, and one that goes back.
    let stale = delivery(2, Content::NoFixedAddress, Precondition::Match("\"old\"".into()));
    assert_eq!(adapter.deliver(&stale).await, DeliveryOutcome::Conflict);
    let back = delivery(1, Content::NoFixedAddress, Precondition::Match(etag.clone()));
    assert_eq!(adapter.deliver(&back).await, DeliveryOutcome::Conflict);
    // An address that cannot be one.
    let wrong =
        delivery(2, Content::Located(address("5").with(Element::PC, "1")), Precondition::Match(etag.clone()));
    let DeliveryOutcome::Rejected { fields } = adapter.deliver(&wrong).await else { panic!("not refused") };
    assert!(fields.iter().any(|field| field.field == Element::PC), "{fields:?}");

    // Whoever listens hears of a change, and the read-back shows it although the document is the same.
    let (heard, mut hears) = mpsc::unbounded_channel();
    let listener = adapter.clone();
    let listening = tokio::spawn(async move { listener.hear(move || heard.send(()).unwrap()).await });
    hears.recv().await.unwrap();
    let left = adapter.attend(Attendance::Unattended).await;
    assert_eq!(left, DeliveryOutcome::Active { etag: etag.clone() });
    hears.recv().await.unwrap();
    listening.abort();
    let read = adapter.read_back(Some(&etag)).await;
    let ReadBackOutcome::Found(record) = read else { panic!("{read:?}") };
    assert_eq!(record.attendance, Attendance::Unattended);

    let valid = adapter.validate(&address("5")).await;
    assert_eq!(valid, ValidationOutcome::Answered(Validation::Valid { confirmed_by: None }));
    let csv = "id,label,site,single_floor,country,A1,A3,HNO,RD,STS,PC,FLR\n\
               denver/5/112,Desk 5-112,denver,no,US,CO,Denver,1600,Blake,Street,80202,5\n";
    bench.admin.import(csv.as_bytes(), false, now()).unwrap();
    let Found::Place(place) = adapter.look_up("denver/5/112").await else { panic!("not found") };
    assert_eq!((place.label.as_str(), place.location.get(Element::FLR)), ("Desk 5-112", Some("5")));
    assert_eq!(adapter.look_up("denver/9").await, Found::Nothing);
    let many: String = (0..230)
        .map(|desk| format!("lab/{desk:03},Lab {desk},lab,no,US,CO,Denver,1,Larimer,Street,80202,1\n"))
        .collect();
    let header = csv.lines().next().unwrap();
    bench.admin.import(format!("{header}\n{many}").as_bytes(), false, now()).unwrap();
    let ids = |(places, cut): (Vec<DirectoryPlace>, bool)| (places.len(), places[0].id.clone(), cut);
    assert_eq!(ids(adapter.search("", 1000).await.unwrap()), (231, "denver/5/112".to_owned(), false));
    assert_eq!(ids(adapter.search("larimer", 150).await.unwrap()), (150, "lab/000".to_owned(), true));

    // A token that was revoked is unauthorised, and the location stays.
    let device = adapter.enrolment().unwrap().device;
    bench.admin.revoke(ENDPOINT, &device, now()).unwrap();
    assert_eq!(adapter.read_back(None).await, ReadBackOutcome::Unauthorised);
    assert_eq!(adapter.attend(Attendance::Attended).await, DeliveryOutcome::Unauthorised);
    bench.server.stop().await;
    assert_eq!(adapter.read_back(None).await, ReadBackOutcome::Unreachable);
}

#[tokio::test]
async fn a_whole_life_with_our_registry() {
    whole_life(bench(false).await).await;
}

#[tokio::test]
async fn a_whole_life_with_our_registry_behind_tls() {
    whole_life(bench(true).await).await;
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_gets_neither_code_nor_token() {
    let mut bench = bench(true).await;
    let code = bench.admin.make_code(ENDPOINT, None, Duration::from_secs(60), now()).unwrap();
    let other = tempfile::tempdir().unwrap();
    let secrets = Secrets::File(bench.folder.path().join("secrets"));
    let ca_file = Some(certificate(other.path()).certificate);
    let adapter = Registry::new(Options { ca_file, plain_http: false, secrets: secrets.clone() }, None);
    let code = Redacted::new(code);
    let problem = adapter.enrol(&code, &bench.server.url()).await.unwrap_err().into_inner();
    assert_eq!(problem.code, "registry_certificate");
    // Nothing was sent, so the code still works.
    bench.adapter.enrol(&code, &bench.server.url()).await.unwrap();
    let adapter =
        Registry::new(Options { ca_file: Some("/none.pem".into()), plain_http: false, secrets }, None);
    let problem = adapter.enrol(&code, &bench.server.url()).await.unwrap_err().into_inner();
    assert_eq!(problem.code, "registry_ca");
}
