//! Whatever either side may say arrives as it was said.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use proptest::prelude::*;
use rightdoor_core::event::{OutageCause, PhoneService};
use rightdoor_core::network::delta::Delta;
use rightdoor_core::place::PlaceId;
use rightdoor_core::place::recognise::Recognition;
use rightdoor_core::saved::Parked;
use rightdoor_core::view::{
    AddressFacet, Choice, Doubt, Here, Kept, OutageView, PromptView, Question, RegistryFacet, Review, Senses,
    Standing, Tested, View, WaitReason, Why,
};
use rightdoor_core::{Answer, Intent, PromptId, Redacted, Reply, Suggestion, Wall};
use rightdoor_link::message::{Ask, Capability, Hello, Message, Request, Welcome};
use rightdoor_link::{Problem, wire};
use rightdoor_location::record::{Attendance, Record};
use rightdoor_location::{Basis, CivicAddress, Content, Element, FieldError, Floors, Revision};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn back<T: Serialize + DeserializeOwned>(message: &T) -> T {
    let frame = wire::encode(message).unwrap();
    let length = u32::from_be_bytes(frame[..4].try_into().unwrap());
    assert_eq!(length as usize, frame.len() - 4);
    wire::decode(&frame[4..]).unwrap()
}

fn text() -> BoxedStrategy<String> {
    prop_oneof!["[a-zA-Z0-9 ]{0,12}", "\\PC{0,8}", Just("\"\\\n\u{0}é😀".to_owned())].boxed()
}

fn private() -> impl Strategy<Value = Redacted<String>> {
    text().prop_map(Redacted::new)
}

fn wall() -> impl Strategy<Value = Wall> {
    any::<i64>().prop_map(Wall)
}

fn place() -> impl Strategy<Value = PlaceId> {
    text().prop_map(PlaceId)
}

fn element() -> impl Strategy<Value = Element> {
    proptest::sample::select(Element::ALL.to_vec())
}

fn address() -> impl Strategy<Value = CivicAddress> {
    proptest::collection::vec((element(), "[a-z]{1,6}"), 0..6).prop_map(|parts| {
        parts.iter().fold(CivicAddress::new(), |address, (element, value)| address.with(*element, value))
    })
}

fn field_error() -> impl Strategy<Value = FieldError> {
    (element(), text(), text(), text()).prop_map(|(field, code, message, hint)| FieldError {
        field,
        code,
        message,
        hint,
    })
}

fn problem() -> impl Strategy<Value = Problem> {
    (text(), text(), text(), proptest::collection::vec(field_error(), 0..3))
        .prop_map(|(code, message, hint, fields)| Problem { code, message, hint, fields })
}

fn answer() -> impl Strategy<Value = Answer> {
    let floors = prop_oneof![Just(Floors::Single), Just(Floors::Several), Just(Floors::Unknown)];
    prop_oneof![
        Just(Answer::Still),
        place().prop_map(Answer::Place),
        (address(), proptest::option::of(private()), floors)
            .prop_map(|(location, label, floors)| Answer::Address { location, label, floors }),
        Just(Answer::Travelling),
        Just(Answer::No),
        Just(Answer::Later),
    ]
}

fn intent() -> impl Strategy<Value = Intent> {
    prop_oneof![
        (any::<u64>(), answer())
            .prop_map(|(prompt, answer)| Intent::Answer { prompt: PromptId(prompt), answer }),
        answer().prop_map(Intent::Say),
        Just(Intent::Ask),
        any::<Option<bool>>().prop_map(|matched| Intent::Report933 { matched }),
        (private(), text()).prop_map(|(code, registry)| Intent::Enrol { code, registry }),
    ]
}

fn reply() -> impl Strategy<Value = Reply> {
    prop_oneof![
        any::<u64>().prop_map(|n| Reply::Kept(Revision(n))),
        any::<u64>().prop_map(|n| Reply::SentNotKept(Revision(n))),
        any::<u64>().prop_map(|n| Reply::Asked(PromptId(n))),
        wall().prop_map(Reply::Snoozed),
        Just(Reply::Done),
        problem().prop_map(|problem| Reply::Refused(problem.into())),
        (problem(), address(), prop::collection::vec(address(), 0..3)).prop_map(|(problem, given, known)| {
            Reply::Suggested(Suggestion { problem, given, known }.into())
        }),
    ]
}

fn content() -> impl Strategy<Value = Content> {
    prop_oneof![address().prop_map(Content::Located), Just(Content::NoFixedAddress), Just(Content::Withdrawn)]
}

fn record() -> impl Strategy<Value = Record> {
    let numbers = (any::<u64>(), any::<i64>(), any::<i64>(), any::<Option<i64>>(), any::<Option<i64>>());
    (numbers, content(), text()).prop_map(
        |((revision, at, until, fetched_at, emergency_at), content, etag)| Record {
            revision: Revision(revision),
            content,
            etag,
            basis: Basis::OsSuggestionConfirmed,
            confirmed_at: Some(at),
            attendance: Attendance::Stale,
            lease_until: until,
            fetched_at,
            emergency_at,
        },
    )
}

fn here() -> impl Strategy<Value = Here> {
    prop_oneof![
        (place(), wall()).prop_map(|(place, since)| Here::Recognised { place, since }),
        (proptest::option::of(place()), wall())
            .prop_map(|(place, since)| Here::ConfirmedNow { place, since }),
        wall().prop_map(|since| Here::Checking { since }),
        wall().prop_map(|since| Here::NotVerified { why: Doubt::RemoteSession, since }),
    ]
}

fn registry() -> impl Strategy<Value = RegistryFacet> {
    prop_oneof![
        Just(RegistryFacet::Nothing),
        wall().prop_map(|since| RegistryFacet::Waiting { since, why: WaitReason::Uncertain }),
        Just(RegistryFacet::Pending),
        (any::<u64>(), wall())
            .prop_map(|(n, read_at)| RegistryFacet::ReadBackEqual { revision: Revision(n), read_at }),
        Just(RegistryFacet::Differs),
        // An enum inside a tagged enum: the shape that serde finds hardest.
        proptest::collection::vec(field_error(), 0..3)
            .prop_map(|fields| RegistryFacet::Parked(Parked::Rejected(fields))),
        Just(RegistryFacet::Parked(Parked::Unauthorised)),
        Just(RegistryFacet::Parked(Parked::NotEnrolled)),
        Just(RegistryFacet::Unattended),
    ]
}

fn address_facet() -> impl Strategy<Value = AddressFacet> {
    prop_oneof![
        Just(AddressFacet::None),
        Just(AddressFacet::InDirectory),
        text().prop_map(AddressFacet::ConfirmedBy),
        proptest::collection::vec(field_error(), 0..3).prop_map(AddressFacet::Refused),
    ]
}

fn phone() -> impl Strategy<Value = PhoneService> {
    prop_oneof![
        Just(PhoneService::Answers),
        Just(PhoneService::Unknown),
        Just(PhoneService::Silent(OutageCause::CaptivePortal)),
    ]
}

fn standing() -> impl Strategy<Value = Standing> {
    (
        any::<(bool, bool)>(),
        proptest::option::of(record()),
        proptest::option::of(wall()),
        proptest::option::of(content()),
        here(),
        address_facet(),
        registry(),
        phone(),
    )
        .prop_map(
            |((enrolled, proved), registered, read_at, confirmed_differs, here, address, registry, phone)| {
                Standing {
                    enrolled,
                    registered,
                    read_at,
                    proved,
                    confirmed_differs,
                    here,
                    address,
                    kept: Kept::SentNotKept,
                    registry,
                    tested: Tested::DidNotMatch,
                    phone,
                    battery: enrolled,
                }
            },
        )
}

fn prompt() -> impl Strategy<Value = PromptView> {
    let choice =
        (place(), private(), private()).prop_map(|(place, label, address)| Choice { place, label, address });
    let question = prop_oneof![place().prop_map(Question::Tap), Just(Question::Choose)];
    let review = prop_oneof![Just(Review::Move), text().prop_map(Review::Requested), Just(Review::Age)];
    let flags = any::<(bool, bool)>();
    (
        any::<u64>(),
        proptest::collection::vec(review, 0..3),
        question,
        proptest::collection::vec(choice, 0..4),
        wall(),
        flags,
    )
        .prop_map(|(id, reviews, question, choices, opened_at, (working, may_raise))| PromptView {
            id: PromptId(id),
            reviews,
            question,
            choices,
            building: None,
            opened_at,
            snoozed_until: may_raise.then_some(opened_at),
            working,
            may_raise,
        })
}

fn view() -> impl Strategy<Value = View> {
    (standing(), proptest::option::of(prompt()), any::<(bool, u64)>(), wall()).prop_map(
        |(standing, prompt, (frozen, number), at)| View {
            guidance: rightdoor_core::guidance::Guidance::default(),
            registry: rightdoor_core::Abilities::default(),
            advisory: None,
            standing,
            prompt,
            outage: frozen.then_some(OutageView { number, since: at, ended: Some(at) }),
            evidence: Vec::new(),
            senses: Senses::Degraded,
            frozen,
            why: frozen.then(|| Why {
                delta: Delta { port: true, ..Delta::default() },
                recognition: Recognition::default(),
                at,
            }),
        },
    )
}

fn ask() -> impl Strategy<Value = Ask> {
    prop_oneof![Just(Ask::View), intent().prop_map(Ask::Act), Just(Ask::Trace), Just(Ask::Ping)]
}

fn message() -> impl Strategy<Value = Message> {
    prop_oneof![
        (any::<u32>(), text()).prop_map(|(rightdoor, version)| Message::Welcome(Welcome {
            rightdoor,
            version,
            capabilities: vec![Capability::Act, Capability::Trace, Capability::View],
        })),
        view().prop_map(|view| Message::View(Arc::new(view))),
        (any::<u64>(), reply()).prop_map(|(id, reply)| Message::Reply { id, reply }),
        any::<u64>().prop_map(|id| Message::Pong { id }),
        text().prop_map(Message::Trace),
        any::<u64>().prop_map(Message::TraceLost),
        (any::<Option<u64>>(), problem()).prop_map(|(id, problem)| Message::Problem { id, problem }),
    ]
}

proptest! {
    #[test]
    fn every_message_of_the_server_arrives_as_it_was_said(message in message()) {
        prop_assert_eq!(back(&message), message);
    }

    #[test]
    fn every_request_of_a_client_arrives_as_it_was_said(id in any::<u64>(), ask in ask()) {
        let request = Request { id, ask };
        prop_assert_eq!(back(&request), request);
    }

    #[test]
    fn every_hello_arrives_as_it_was_said(rightdoor in any::<u32>(), client in text()) {
        let hello = Hello { rightdoor, client };
        prop_assert_eq!(back(&hello), hello);
    }

    #[test]
    fn bad_input_bytes_never_panic_and_are_never_half_a_message(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _ = wire::decode::<Request>(&bytes);
        let _ = wire::decode::<Hello>(&bytes);
        let mut whole = wire::encode(&Request { id: 1, ask: Ask::Ping }).unwrap().split_off(4);
        whole.extend_from_slice(&bytes);
        let blank = bytes.iter().all(u8::is_ascii_whitespace);
        prop_assert_eq!(wire::decode::<Request>(&whole).is_ok(), blank);
    }
}

#[test]
fn a_capability_of_a_later_release_is_no_fault() {
    let welcome = br#"{"rightdoor":1,"version":"9.0.0","capabilities":["view","telepathy"],"more":{}}"#;
    let welcome: Welcome = wire::decode(welcome).unwrap();
    assert_eq!(welcome.capabilities, [Capability::View, Capability::Unknown]);
}

/// The shapes that other programs may be written against.
#[test]
fn the_shapes_on_the_wire_are_these() {
    let said = |message: &Message| serde_json::to_string(message).unwrap();
    let asked = |ask| serde_json::to_string(&Request { id: 7, ask }).unwrap();
    assert_eq!(asked(Ask::View), r#"{"id":7,"ask":"view"}"#);
    assert_eq!(
        asked(Ask::Act(Intent::Say(Answer::Travelling))),
        r#"{"id":7,"ask":{"act":{"say":"travelling"}}}"#
    );
    assert_eq!(said(&Message::Pong { id: 7 }), r#"{"pong":{"id":7}}"#);
    assert_eq!(
        said(&Message::Reply { id: 7, reply: Reply::Kept(Revision(3)) }),
        r#"{"reply":{"id":7,"reply":{"kept":3}}}"#
    );
    let problem = Problem { code: "c".into(), message: "m".into(), hint: "h".into(), fields: Vec::new() };
    assert_eq!(
        said(&Message::Problem { id: None, problem }),
        r#"{"problem":{"id":null,"problem":{"code":"c","message":"m","hint":"h"}}}"#
    );
}
