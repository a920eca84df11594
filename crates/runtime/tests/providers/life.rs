//! Moves, refusals, crashes and withdrawals, and what is bound at the vendor after each.

use std::sync::atomic::Ordering;

use rightdoor_core::{DeliveryOutcome, ReadBackOutcome, ValidationOutcome};
use rightdoor_location::record::{Attendance, Validation};
use rightdoor_location::{Content, Element};
use rightdoor_runtime::registry::{Adapter, Found, Registry, Scope, Settings};
use tempfile::TempDir;

use super::bandwidth::Bandwidth;
use super::signalwire::SignalWire;
use super::telnyx::Telnyx;
use super::wire::{MISHAPS, Way};
use super::{CALLER, Vendor, address, delivery, enrolled, fresh, serve, settings};

/// Somebody else with the same account.
const COLLEAGUE: &str = "Grace Hopper desk";

/// The adapters, and vendors for them.
fn vendors() -> Vec<(Adapter, Box<dyn Vendor>)> {
    vec![
        (Adapter::Telnyx, Box::new(Telnyx::default())),
        (Adapter::Bandwidth, Box::new(Bandwidth::default())),
        (Adapter::SignalWire, Box::new(SignalWire::default())),
    ]
}

struct Stage {
    vendor: Box<dyn Vendor>,
    way: Way,
    settings: Settings,
    registry: Registry,
    folder: TempDir,
    /// Connections that came by where only a redirection leads.
    strays: std::sync::Arc<std::sync::atomic::AtomicUsize>,
}

impl Stage {
    async fn open(adapter: Adapter, vendor: Box<dyn Vendor>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = elsewhere.local_addr().unwrap().to_string();
        let strays = std::sync::Arc::<std::sync::atomic::AtomicUsize>::default();
        let counted = std::sync::Arc::clone(&strays);
        tokio::spawn(async move {
            while elsewhere.accept().await.is_ok() {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        let way = Way::open(serve(vendor.as_ref()).await, host).await;
        let settings = settings(adapter, &way.base, folder.path(), CALLER);
        let registry = enrolled(&settings, folder.path()).await;
        Self { vendor, way, settings, registry, folder, strays }
    }

    fn token(&self) -> String {
        std::fs::read_to_string(&self.settings.call_token_file).unwrap_or_default()
    }

    /// The process ends and another begins, with or without what was last read back.
    fn crash(&mut self, held: Option<rightdoor_location::record::Record>) {
        let enrolment = self.registry.enrolment();
        self.registry = fresh(&self.settings, self.folder.path(), enrolment, held);
    }

    /// Does what the engine does until the revision is read back equal, or refused.
    async fn settle(&self, revision: u64, content: &Content) -> DeliveryOutcome {
        let settled = self.try_to_settle(revision, content).await;
        settled.unwrap_or_else(|| panic!("revision {revision} is lost"))
    }

    /// The same; `None`: lost.
    async fn try_to_settle(&self, revision: u64, content: &Content) -> Option<DeliveryOutcome> {
        let order = delivery(revision, content.clone());
        let mut sure = false;
        for _ in 0..400 {
            if !sure {
                match self.registry.read_back(None).await {
                    ReadBackOutcome::Found(record)
                        if record.revision == order.revision && record.content == order.content =>
                    {
                        return Some(DeliveryOutcome::Active { etag: record.etag });
                    }
                    ReadBackOutcome::Found(_) | ReadBackOutcome::Nothing => sure = true,
                    ReadBackOutcome::NotModified | ReadBackOutcome::Locked => panic!("not of a provider"),
                    ReadBackOutcome::Unauthorised => panic!("the secret is right"),
                    ReadBackOutcome::Unreachable => continue,
                }
            }
            match self.registry.deliver(&order).await {
                refused @ DeliveryOutcome::Rejected { .. } => return Some(refused),
                DeliveryOutcome::Active { .. } | DeliveryOutcome::Ambiguous | DeliveryOutcome::Conflict => {
                    sure = false;
                }
                DeliveryOutcome::Pending { .. }
                | DeliveryOutcome::Throttled { .. }
                | DeliveryOutcome::Unreachable => {}
                DeliveryOutcome::Locked | DeliveryOutcome::Unauthorised | DeliveryOutcome::Unsupported => {
                    panic!("not of a provider with a right secret")
                }
            }
        }
        None
    }
}

#[tokio::test]
async fn a_whole_life_at_every_provider() {
    for (adapter, vendor) in vendors() {
        let mut stage = Stage::open(adapter, vendor).await;
        let name = adapter.name();
        assert_eq!(stage.registry.read_back(None).await, ReadBackOutcome::Nothing, "{name}");
        let (home, at_home) = address("1600", "Blake", "5", "Denver");
        let (office, at_office) = address("200", "Larimer", "6", "Denver");
        let first = stage.registry.deliver(&delivery(1, Content::Located(home.clone()))).await;
        assert!(matches!(first, DeliveryOutcome::Pending { .. }), "{name} {first:?}");
        stage.settle(1, &Content::Located(home.clone())).await;
        assert_eq!(stage.vendor.bound(CALLER), std::slice::from_ref(&at_home), "{name}");
        // A move: the earlier door stands until the new one is active.
        let begun = stage.registry.deliver(&delivery(2, Content::Located(office.clone()))).await;
        assert!(matches!(begun, DeliveryOutcome::Pending { .. }), "{name} {begun:?}");
        if stage.registry.capabilities().scope == Scope::Device {
            assert_eq!(stage.vendor.bound(CALLER), std::slice::from_ref(&at_home), "{name}");
        }
        let DeliveryOutcome::Active { etag } = stage.settle(2, &Content::Located(office.clone())).await
        else {
            panic!("{name}: refused")
        };
        assert_eq!(stage.vendor.bound(CALLER), std::slice::from_ref(&at_office), "{name}");
        assert_eq!(stage.vendor.called_from(&stage.token()), Some(at_office.clone()), "{name}");
        // A start with the record that was kept knows its revision; one without finds the same door.
        let ReadBackOutcome::Found(held) = stage.registry.read_back(None).await else { panic!("{name}") };
        assert_eq!((held.revision.0, &held.etag), (2, &etag), "{name}");
        stage.crash(Some(held.clone()));
        assert_eq!(stage.registry.read_back(None).await, ReadBackOutcome::Found(held), "{name}");
        stage.crash(None);
        let ReadBackOutcome::Found(found) = stage.registry.read_back(None).await else { panic!("{name}") };
        assert_eq!(found.revision.0, 0, "{name}");
        let door = found.content.address().cloned().unwrap();
        assert_eq!((door.get(Element::HNO), door.get(Element::FLR)), (Some("200"), Some("6")), "{name}");
        stage.settle(2, &Content::Located(office.clone())).await;
        // Refused at once, and refused later: the door before stands, at every provider that keeps it.
        let (nowhere, _) = address("1", "Blake", "5", "Nowhere");
        let refused = stage.settle(3, &Content::Located(nowhere)).await;
        let DeliveryOutcome::Rejected { fields } = refused else { panic!("{name} {refused:?}") };
        assert_eq!(fields.first().map(|field| field.field), Some(Element::A3), "{name}");
        assert_eq!(stage.vendor.bound(CALLER), std::slice::from_ref(&at_office), "{name}");
        let (unlucky, _) = address("13", "Blake", "5", "Denver");
        let refused = stage.settle(4, &Content::Located(unlucky)).await;
        assert!(matches!(refused, DeliveryOutcome::Rejected { .. }), "{name} {refused:?}");
        if stage.registry.capabilities().scope == Scope::Device {
            assert_eq!(stage.vendor.bound(CALLER), [at_office], "{name}");
        }
        stage.settle(5, &Content::Located(home)).await;
        assert_eq!(stage.vendor.bound(CALLER), [at_home], "{name}");
        assert_eq!(stage.vendor.gaps(), 0, "{name}");
        // Without a fixed address nobody is bound.
        stage.vendor.withdrawn();
        stage.settle(6, &Content::NoFixedAddress).await;
        assert_eq!(stage.vendor.bound(CALLER), Vec::<String>::new(), "{name}");
        // What a provider does not have.
        assert_eq!(stage.registry.attend(Attendance::Stale).await, DeliveryOutcome::Unsupported);
        assert_eq!(stage.registry.look_up("denver/b/5").await, Found::Nothing);
        assert_eq!(stage.registry.search("desk", 5).await, Some((Vec::new(), false)));
    }
}

#[tokio::test]
async fn a_correction_is_asked_about_and_never_bound_by_itself() {
    for (adapter, vendor) in vendors() {
        let stage = Stage::open(adapter, vendor).await;
        let name = adapter.name();
        let (right, _) = address("1600", "Blake", "5", "Denver");
        let (typo, _) = address("1600", "Blaek", "5", "Denver");
        let (nowhere, _) = address("1600", "Blake", "5", "Nowhere");
        let said = stage.registry.validate(&right).await;
        let valid = matches!(&said, ValidationOutcome::Answered(Validation::Valid { confirmed_by: Some(_) }));
        assert!(valid, "{name} {said:?}");
        match stage.registry.validate(&typo).await {
            ValidationOutcome::Answered(Validation::Corrected { address }) => {
                assert!(adapter != Adapter::SignalWire);
                let street = address.get(Element::RD).unwrap().to_lowercase();
                assert_eq!((street.as_str(), address.get(Element::FLR)), ("blake", Some("5")), "{name}");
                // What was agreed to is then taken as it is.
                let again = stage.registry.validate(&address).await;
                assert!(matches!(again, ValidationOutcome::Answered(Validation::Valid { .. })), "{again:?}");
            }
            ValidationOutcome::Answered(Validation::Candidates { addresses }) => {
                assert!(adapter == Adapter::SignalWire);
                let streets: Vec<_> =
                    addresses.iter().filter_map(|address| address.get(Element::RD)).collect();
                assert_eq!(streets, ["Blake", "Blaine"]);
                assert!(addresses.iter().all(|address| address.get(Element::ROOM) == Some("112")));
            }
            other @ (ValidationOutcome::Answered(_) | ValidationOutcome::Unavailable) => {
                panic!("{name} {other:?}")
            }
        }
        let refused = stage.registry.validate(&nowhere).await;
        let ValidationOutcome::Answered(Validation::Invalid { fields }) = refused else { panic!("{name}") };
        assert_eq!(fields.first().map(|field| field.field), Some(Element::A3), "{name}");
        // Delivered without having been validated, it is refused rather than bound otherwise.
        let outcome = stage.settle(1, &Content::Located(typo)).await;
        assert!(matches!(outcome, DeliveryOutcome::Rejected { .. }), "{name} {outcome:?}");
        assert_eq!(stage.vendor.bound(CALLER), Vec::<String>::new(), "{name}");
    }
}

#[tokio::test]
async fn what_was_bound_elsewhere_has_no_date() {
    for (adapter, vendor) in vendors() {
        let mut stage = Stage::open(adapter, vendor).await;
        let (home, _) = address("1600", "Blake", "5", "Denver");
        stage.settle(1, &Content::Located(home)).await;
        let read = async |stage: &Stage| {
            let read = stage.registry.read_back(None).await;
            let ReadBackOutcome::Found(record) = read else { panic!("{read:?}") };
            (record.revision.0, record.confirmed_at.is_some())
        };
        assert_eq!(read(&stage).await, (1, true), "{}", adapter.name());
        // Nobody here remembers having bound it.
        stage.crash(None);
        assert_eq!(read(&stage).await, (0, false), "{}", adapter.name());
    }
}

#[tokio::test]
async fn a_wrong_secret_is_said_to_be_wrong() {
    for (adapter, vendor) in vendors() {
        let mut stage = Stage::open(adapter, vendor).await;
        let secrets = rightdoor_platform::secrets::Secrets::File(stage.folder.path().join("secrets"));
        secrets.set(adapter.secret().unwrap(), "wrong").await.unwrap();
        stage.crash(None);
        let (home, _) = address("1600", "Blake", "5", "Denver");
        let order = delivery(1, Content::Located(home));
        assert_eq!(stage.registry.deliver(&order).await, DeliveryOutcome::Unauthorised);
        assert_eq!(stage.registry.read_back(None).await, ReadBackOutcome::Unauthorised);
        let nothing = rightdoor_core::Redacted::new(String::new());
        let problem = stage.registry.enrol(&nothing, "").await.unwrap_err().into_inner();
        assert_eq!(problem.code, "provider_secret");
        secrets.delete(adapter.secret().unwrap()).await.unwrap();
        assert_eq!(stage.registry.deliver(&order).await, DeliveryOutcome::Locked);
        // Whoever is not enrolled there writes nothing there.
        let stranger = fresh(&stage.settings, stage.folder.path(), None, None);
        assert_eq!(stranger.deliver(&order).await, DeliveryOutcome::Unauthorised);
    }
}

/// A small generator of our own: the same seed, the same mishaps.
struct Dice(u64);

impl Dice {
    fn next(&mut self, faces: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % faces as u64).unwrap()
    }
}

#[tokio::test]
async fn nothing_is_lost_and_nobody_is_bound_elsewhere_whatever_lies_between() {
    let rounds = std::env::var("RIGHTDOOR_ROUNDS").map_or(6, |rounds| rounds.parse().unwrap());
    let (mut moves, mut mishaps, mut requests, mut crashes) = (0, 0, 0, 0);
    let (mut lost, mut wrong) = (0, 0);
    for round in 0..rounds {
        for (adapter, vendor) in vendors() {
            let mut stage = Stage::open(adapter, vendor).await;
            let at = format!("{} round {round}", adapter.name());
            // A colleague with the same account, at the same doors.
            let other = settings(adapter, &stage.way.base, stage.folder.path(), COLLEAGUE);
            let other = rightdoor_runtime::registry::Settings {
                call_token_file: stage.folder.path().join("other.json"),
                ..other
            };
            let doors: Vec<_> = ["4", "5", "6"].map(|floor| address("1600", "Blake", floor, "Denver")).into();
            let colleague = (adapter != Adapter::SignalWire).then(|| doors[0].clone());
            if let Some((door, _)) = &colleague {
                let registry = enrolled(&other, stage.folder.path()).await;
                let order = delivery(1, Content::Located(door.clone()));
                while !matches!(registry.deliver(&order).await, DeliveryOutcome::Active { .. }) {}
            }
            let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ (round * 3 + adapter as u64 + 1));
            for revision in 1..=6 {
                let (door, wanted) = doors[dice.next(doors.len())].clone();
                let script = (0..dice.next(12)).map(|_| {
                    let harmless = dice.next(3) == 0;
                    (!harmless).then(|| MISHAPS[dice.next(MISHAPS.len())])
                });
                *stage.way.shared.script.lock().unwrap() = script.collect();
                let content = Content::Located(door);
                if dice.next(3) == 0 {
                    // Killed in the middle: whatever was begun is found again, or begun again.
                    let _ = stage.registry.deliver(&delivery(revision, content.clone())).await;
                    stage.crash(None);
                    crashes += 1;
                }
                let outcome = stage.try_to_settle(revision, &content).await;
                moves += 1;
                if !matches!(outcome, Some(DeliveryOutcome::Active { .. })) {
                    eprintln!("{at} {revision}: {outcome:?}");
                    lost += 1;
                    continue;
                }
                let called = stage.vendor.called_from(&stage.token());
                // With the way mended, one more order leaves this door and no other.
                stage.way.shared.script.lock().unwrap().clear();
                let order = delivery(revision, content.clone());
                while !matches!(stage.registry.deliver(&order).await, DeliveryOutcome::Active { .. }) {}
                stage.settle(revision, &content).await;
                let bound = stage.vendor.bound(CALLER);
                let other = colleague.as_ref().map(|(_, door)| vec![door.clone()]);
                let others = stage.vendor.bound(COLLEAGUE);
                let is_wrong = called.as_ref() != Some(&wanted)
                    || bound != [wanted]
                    || other.is_some_and(|other| other != others);
                if is_wrong {
                    eprintln!("{at} {revision}: called from {called:?}, bound {bound:?}, others {others:?}");
                    wrong += 1;
                }
            }
            assert_eq!(stage.vendor.gaps(), 0, "{at}: nobody was bound for a while");
            assert_eq!(stage.strays.load(Ordering::Relaxed), 0, "{at}: a redirection was followed");
            assert_eq!(
                stage.way.shared.took_too_much.load(Ordering::Relaxed),
                0,
                "{at}: an answer without end"
            );
            mishaps += stage.way.shared.done.load(Ordering::Relaxed);
            requests += stage.way.shared.requests.load(Ordering::Relaxed);
        }
    }
    println!(
        "{{\"rounds\":{rounds},\"moves\":{moves},\"requests\":{requests},\"mishaps\":{mishaps},\
         \"crashes\":{crashes},\"lost\":{lost},\"wrong_bindings\":{wrong}}}"
    );
    assert_eq!((lost, wrong), (0, 0));
    assert!(mishaps > moves, "too little went wrong to show anything");
}

#[tokio::test]
async fn a_server_of_another_name_is_told_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let tls = rightdoor_registry::Tls {
        certificate: folder.path().join("tls.pem"),
        key: folder.path().join("tls.key"),
        clients: None,
    };
    let key = rcgen::KeyPair::generate().unwrap();
    let wanted = rcgen::CertificateParams::new(["api.other.example".to_owned()]).unwrap();
    std::fs::write(&tls.certificate, wanted.self_signed(&key).unwrap().pem()).unwrap();
    std::fs::write(&tls.key, key.serialize_pem()).unwrap();
    let database = format!("sqlite:{}", folder.path().join("r.db").display()).parse().unwrap();
    let ca_file = Some(tls.certificate.clone());
    let server = rightdoor_registry::Options { tls: Some(tls), ..rightdoor_registry::Options::new(database) };
    let server = rightdoor_registry::serve(server).await.unwrap();
    for (adapter, _) in vendors() {
        let settings = settings(adapter, &server.url(), folder.path(), CALLER);
        let secrets = rightdoor_platform::secrets::Secrets::File(folder.path().join("secrets"));
        secrets.set(adapter.secret().unwrap(), "s3cret").await.unwrap();
        let options =
            rightdoor_runtime::registry::Options { ca_file: ca_file.clone(), plain_http: false, secrets };
        // The authority is trusted; the name is another.
        let registry = Registry::at_provider(options, settings, None, None);
        let why = registry.reach("").await.unwrap_err();
        assert!(why.contains("certificate"), "{why}");
        let nothing = rightdoor_core::Redacted::new(String::new());
        assert_eq!(registry.enrol(&nothing, "").await.unwrap_err().reveal().code, "provider_silent");
    }
    server.stop().await;
}
