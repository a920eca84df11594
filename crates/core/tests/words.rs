//! Everything a person reads, over a table of views. A change of a sentence is a change of a snapshot.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;

use rightdoor_core::event::{OutageCause, PhoneService};
use rightdoor_core::guidance::{Document, Guidance, Language, select};
use rightdoor_core::network::delta::Delta;
use rightdoor_core::place::PlaceId;
use rightdoor_core::place::recognise::Recognition;
use rightdoor_core::saved::Parked;
use rightdoor_core::view::{
    AddressFacet, Choice, Doubt, Here, Kept, OutageView, PromptView, Question, RegistryFacet, Review, Senses,
    Standing, Tested, View, WaitReason, Why,
};
use rightdoor_core::words::{self, Moment, TrayIcon};
use rightdoor_core::{Abilities, PromptId, Wall};
use rightdoor_location::record::{Attendance, Record};
use rightdoor_location::{Basis, CivicAddress, Content, Element, FieldError, Revision};

/// What an organisation may say.
const ORGANISATION: &str = r#"{"version": 1, "rules": [
    {"steps": {"desk": {"en": "Then tell the security desk: 303-555-0100.", "es": "Después avise a seguridad: 303-555-0100.",
                        "fr": "Prévenez ensuite la sécurité : 303-555-0100."}}},
    {"at": {"BLD": "Building B", "FLR": "5"}, "callback": "303-555-0142",
     "steps": {"phone": {"en": "No mobile? Red phone by the stairwell, floor 5 east.",
                         "es": "¿Sin móvil? Teléfono rojo junto a la escalera, piso 5 este."}}}
]}"#;

const MINUTE: i64 = 60_000;
const NOW: Wall = Wall(1_778_603_400_000);

fn back(minutes: i64) -> Wall {
    Wall(NOW.0 - minutes * MINUTE)
}

fn office() -> CivicAddress {
    CivicAddress::new()
        .with(Element::HNO, "1600")
        .with(Element::RD, "Blake")
        .with(Element::STS, "Street")
        .with(Element::A3, "Denver")
        .with(Element::A1, "CO")
        .with(Element::PC, "80202")
        .with(Element::BLD, "Building B")
        .with(Element::FLR, "5")
        .with(Element::SEAT, "5-112")
}

fn home() -> CivicAddress {
    CivicAddress::new()
        .with(Element::HNO, "12")
        .with(Element::RD, "Elm")
        .with(Element::STS, "Street")
        .with(Element::A3, "Golden")
        .with(Element::A1, "CO")
}

fn record(content: Content) -> Record {
    Record {
        revision: Revision(7),
        content,
        etag: "\"7\"".to_owned(),
        basis: Basis::Manual,
        confirmed_at: Some(back(200).0),
        attendance: Attendance::Attended,
        lease_until: NOW.0 + 600 * MINUTE,
        fetched_at: None,
        emergency_at: None,
    }
}

fn office_place() -> PlaceId {
    PlaceId("denver/b/5/5-112".to_owned())
}

/// All is well at the office, and the call path has fetched it.
fn well() -> View {
    View {
        standing: Standing {
            enrolled: true,
            registered: Some(record(Content::Located(office()))),
            read_at: Some(back(2)),
            proved: true,
            confirmed_differs: None,
            here: Here::Recognised { place: office_place(), since: back(12) },
            address: AddressFacet::InDirectory,
            kept: Kept::Saved,
            registry: RegistryFacet::ReadBackEqual { revision: Revision(7), read_at: back(2) },
            tested: Tested::Matched,
            phone: PhoneService::Answers,
            battery: false,
        },
        prompt: None,
        outage: None,
        evidence: Vec::new(),
        senses: Senses::Live,
        frozen: false,
        why: None,
        guidance: Guidance::default(),
        registry: Abilities::default(),
        advisory: None,
    }
}

fn with(change: impl FnOnce(&mut View)) -> View {
    let mut view = well();
    change(&mut view);
    view
}

fn not_verified(why: Doubt) -> Here {
    Here::NotVerified { why, since: back(2) }
}

fn prompt(question: Question, reviews: &[Review]) -> PromptView {
    let choice = |place: PlaceId, label: &str, address: &CivicAddress| Choice {
        place,
        label: label.to_owned().into(),
        address: address.one_line().into(),
    };
    PromptView {
        id: PromptId(3),
        reviews: reviews.to_vec(),
        question,
        choices: vec![
            choice(PlaceId("p1".to_owned()), "Home", &home()),
            choice(office_place(), "Desk 5-112", &office()),
        ],
        building: None,
        opened_at: back(1),
        snoozed_until: None,
        working: false,
        may_raise: true,
    }
}

fn moved(question: Question) -> View {
    with(|view| {
        view.standing.here = not_verified(Doubt::Moved);
        view.prompt = Some(prompt(question, &[Review::Move]));
        let delta = Delta { gateway: true, radio: true, ..Delta::default() };
        view.why = Some(Why { delta, recognition: Recognition::default(), at: back(2) });
    })
}

fn refused() -> FieldError {
    FieldError {
        field: Element::HNO,
        code: "missing".to_owned(),
        message: "The house number is missing.".to_owned(),
        hint: "Enter the number at the door.".to_owned(),
    }
}

fn table() -> Vec<(&'static str, View)> {
    let nothing = |view: &mut View| {
        view.standing.registered = None;
        view.standing.proved = false;
        view.standing.here = not_verified(Doubt::NeverConfirmed);
        view.standing.address = AddressFacet::None;
        view.standing.kept = Kept::Nothing;
        view.standing.registry = RegistryFacet::Nothing;
        view.standing.tested = Tested::Never;
        view.standing.phone = PhoneService::Unknown;
    };
    let waiting = |view: &mut View, why| {
        view.standing.registered = Some(record(Content::Located(home())));
        view.standing.confirmed_differs = Some(Content::Located(office()));
        view.standing.here = Here::ConfirmedNow { place: Some(office_place()), since: back(3) };
        view.standing.registry = RegistryFacet::Waiting { since: back(3), why };
        view.standing.proved = false;
    };
    vec![
        ("proved", well()),
        (
            "registered, not proved",
            with(|view| {
                view.standing.proved = false;
                view.standing.tested = Tested::Earlier;
                view.standing.here = Here::ConfirmedNow { place: Some(office_place()), since: back(0) };
                view.standing.address = AddressFacet::ConfirmedBy("the county".to_owned());
            }),
        ),
        ("checking", with(|view| view.standing.here = Here::Checking { since: back(0) })),
        ("moved, one guess", moved(Question::Tap(PlaceId("p1".to_owned())))),
        ("moved, no guess", moved(Question::Choose)),
        (
            "moved, the answer is being kept",
            with(|view| {
                *view = moved(Question::Choose);
                if let Some(prompt) = &mut view.prompt {
                    prompt.working = true;
                    prompt.may_raise = false;
                }
            }),
        ),
        ("remote session", with(|view| view.standing.here = not_verified(Doubt::RemoteSession))),
        (
            "no network",
            with(|view| {
                view.standing.here = not_verified(Doubt::NoNetwork);
                view.standing.phone = PhoneService::Silent(OutageCause::NoLink);
            }),
        ),
        ("the registry still has another", with(|view| waiting(view, WaitReason::Unreachable))),
        (
            "confirmed elsewhere, then moved on",
            with(|view| {
                waiting(view, WaitReason::Locked);
                view.standing.here = not_verified(Doubt::UnknownNetwork);
            }),
        ),
        (
            "first confirmation on its way",
            with(|view| {
                waiting(view, WaitReason::Sending);
                view.standing.registered = None;
            }),
        ),
        (
            "refused by the registry",
            with(|view| {
                waiting(view, WaitReason::Sending);
                view.standing.address = AddressFacet::Refused(vec![refused()]);
                view.standing.registry = RegistryFacet::Parked(Parked::Rejected(vec![refused()]));
                view.standing.kept = Kept::SentNotKept;
            }),
        ),
        (
            "not enrolled",
            with(|view| {
                nothing(view);
                view.standing.enrolled = false;
                view.standing.read_at = None;
                view.standing.registry = RegistryFacet::Parked(Parked::NotEnrolled);
            }),
        ),
        ("nothing registered", with(nothing)),
        (
            "never read",
            with(|view| {
                nothing(view);
                view.standing.read_at = None;
            }),
        ),
        (
            "no fixed address",
            with(|view| {
                view.standing.registered = Some(record(Content::NoFixedAddress));
                view.standing.here = Here::ConfirmedNow { place: None, since: back(5) };
                view.standing.address = AddressFacet::None;
            }),
        ),
        (
            "withdrawn",
            with(|view| {
                view.standing.registered = Some(record(Content::Withdrawn));
                view.standing.here = not_verified(Doubt::UserChanged);
                view.standing.registry = RegistryFacet::Unattended;
            }),
        ),
        ("933 read out no address", with(|view| view.standing.tested = Tested::NoAddress)),
        ("933 did not match", with(|view| view.standing.tested = Tested::DidNotMatch)),
        (
            "outage while verified",
            with(|view| {
                view.standing.phone = PhoneService::Silent(OutageCause::ServiceDown);
                view.outage = Some(OutageView { number: 1, since: back(30), ended: None });
                let document = Document::read(ORGANISATION.as_bytes()).unwrap();
                view.guidance.local = select(&document, Some(OutageCause::ServiceDown), Some(&office()));
            }),
        ),
        (
            "senses degraded, frozen",
            with(|view| {
                view.senses = Senses::Degraded;
                view.frozen = true;
                view.standing.phone = PhoneService::Degraded;
            }),
        ),
    ]
}

#[test]
fn what_each_view_says() {
    let moment = Moment { now: NOW, ahead_of_utc: Some(-360) };
    let mut said = String::new();
    for (name, view) in table() {
        let tray = words::tray(&view);
        let _ = writeln!(said, "## {name}\n{}", words::hero(&view, moment).sentence());
        for line in words::facets(&view, moment) {
            let _ = writeln!(said, "  {line}");
        }
        let _ = writeln!(said, "tray {:?}: {}", tray.icon, tray.headline.reveal());
        for item in tray.items.iter().skip(1) {
            let _ = writeln!(said, "  [{:?}] {}", item.action, item.label.reveal());
        }
        match words::notice(&view) {
            Some(notice) => {
                let confirm = notice.confirm.as_ref().map(|label| label.reveal().as_str());
                let _ = writeln!(
                    said,
                    "notice {}: {}\n  {}\n  [confirm: {confirm:?}] [change: {}]",
                    notice.prompt.0,
                    notice.title.reveal(),
                    notice.body.reveal(),
                    notice.change
                );
            }
            None => said.push_str("no notice\n"),
        }
        said.push('\n');
    }
    insta::assert_snapshot!(said);
}

#[test]
fn the_outage_card() {
    let mut said = String::new();
    for (name, view) in table() {
        if [
            "proved",
            "moved, no guess",
            "no network",
            "the registry still has another",
            "not enrolled",
            "outage while verified",
        ]
        .contains(&name)
        {
            let languages =
                if name == "outage while verified" { &Language::ALL[..] } else { &[Language::En] };
            for language in languages {
                let card =
                    words::guidance(&view, *language, Some(Moment { now: NOW, ahead_of_utc: Some(-360) }));
                let _ = writeln!(said, "## {name}\n{}", card.text());
            }
        }
    }
    insta::assert_snapshot!(said);
}

#[test]
fn only_a_proved_and_verified_location_is_said_to_reach_responders() {
    for (name, view) in table() {
        let sure = words::hero(&view, NOW).sentence().contains("responders go to");
        let standing = &view.standing;
        assert!(!sure || (standing.proved && standing.here.is_verified()), "{name}");
        let tick = words::tray(&view).icon == TrayIcon::Verified;
        assert!(!tick || (standing.here.is_verified() && standing.confirmed_differs.is_none()), "{name}");
        let card = words::guidance(&view, Language::En, None).text();
        assert!(card.starts_with("Already talking to 911? Stay on the line.\n"), "{name}");
        assert_eq!(
            card.contains("Tell them:"),
            !standing.here.is_verified() || !card.contains("Say this"),
            "{name}"
        );
    }
}

#[test]
fn the_first_menu_line_is_the_headline_and_nothing_in_it_ages() {
    for (name, view) in table() {
        let tray = words::tray(&view);
        assert_eq!(tray.items.first().map(|item| &item.label), Some(&tray.headline), "{name}");
        assert!(!tray.headline.reveal().contains(" ago"), "{name}");
        assert!(!tray.headline.reveal().contains("just now"), "{name}");
    }
}

#[test]
fn nothing_is_confirmed_where_there_is_more_than_one_answer_or_nothing_may_raise() {
    for (name, view) in table() {
        let notice = words::notice(&view);
        let tap = view.prompt.as_ref().is_some_and(|prompt| matches!(prompt.question, Question::Tap(_)));
        assert_eq!(notice.as_ref().is_some_and(|notice| notice.confirm.is_some()), tap, "{name}");
        let may = view.prompt.as_ref().is_some_and(|prompt| prompt.may_raise);
        assert_eq!(notice.is_some(), may, "{name}");
    }
}

#[test]
fn what_a_registry_cannot_do_is_said_before_the_answer() {
    let said = |registry: Abilities| {
        let mut view = moved(Question::Choose);
        view.registry = registry;
        let face = words::face(&view, NOW);
        let meanwhile = face.question.map(|question| question.meanwhile).unwrap_or_default();
        (face.terms.join(" "), face.without_address, meanwhile)
    };
    let (terms, without, meanwhile) = said(Abilities::default());
    assert_eq!((terms.as_str(), without.as_str()), ("", "The registry will then hold no location for you."));
    assert!(!meanwhile.contains("provider"), "{meanwhile}");
    let (terms, without, meanwhile) =
        said(Abilities { by_number: true, activates_later: true, marks_stale: false });
    assert!(terms.contains("everybody who calls from your number"), "{terms}");
    assert!(terms.contains("pending") && without.contains("That takes a while"), "{terms} {without}");
    assert!(meanwhile.ends_with("Your provider cannot mark it as old."), "{meanwhile}");
}

#[test]
fn what_was_entered_elsewhere_has_no_date_and_says_so() {
    let foreign = "It was entered elsewhere; by whom and when is not known.";
    let said = |record: Record| {
        let view = with(|view| view.standing.registered = Some(record));
        words::hero(&view, NOW).sentence()
    };
    let own = record(Content::Located(office()));
    assert!(!said(own.clone()).contains(foreign));
    let elsewhere = said(Record { confirmed_at: None, ..own });
    assert!(elsewhere.ends_with(foreign) && !elsewhere.contains("1970"), "{elsewhere}");
}

#[test]
fn the_card_is_read_back_from_its_text() {
    for (name, view) in table() {
        let cards = words::cards(&view, Some(NOW.into()));
        assert_eq!(cards.len(), Language::ALL.len(), "{name}");
        let read = words::Card::read_file(&words::Card::file(&cards));
        assert!(read.is_some_and(|read| read == cards), "{name}");
    }
    assert!(words::Card::read_file("").is_none());
    assert!(words::Card::read("\u{0}\nnothing of ours\n9").is_none());
}

#[test]
fn a_face_offers_the_best_guess_first_and_another_floor_next_to_it() {
    let building = CivicAddress::new().with(Element::HNO, "1600").with(Element::RD, "Blake");
    let offered = |question: Question, building: Option<CivicAddress>| {
        let mut view = table().remove(0).1;
        view.prompt = Some(PromptView { building, ..prompt(question, &[Review::Move]) });
        let face = words::face(&view, NOW);
        let kind = |offer: words::Offer| match offer {
            words::Offer::Place { place, likely, .. } => {
                format!("{}{}", place.0, if likely { "!" } else { "" })
            }
            words::Offer::Building { label, .. } => format!("another floor of {label}"),
        };
        face.question
            .map(|question| question.offers.into_iter().map(kind).collect::<Vec<_>>())
            .unwrap_or_default()
    };
    let first = offered(Question::Choose, None)[0].clone();
    let guess = PlaceId(first.clone());
    assert_eq!(
        offered(Question::Choose, Some(building.clone()))[..2],
        ["another floor of 1600 Blake".to_owned(), first.clone()]
    );
    assert_eq!(
        offered(Question::Tap(guess), Some(building))[..2],
        [format!("{first}!"), "another floor of 1600 Blake".to_owned()]
    );
}
