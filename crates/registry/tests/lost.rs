//! LoST and the JSON validation: what the directory says, and what it does not.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{ADA, Device, Registry, floor};
use reqwest::{Method, StatusCode};
use rightdoor_location::lost::{
    Answer, ExceptionCode, FieldName, FindService, FindServiceResponse, Identifier, Location,
};
use rightdoor_location::record::Validation;
use rightdoor_location::{CivicAddress, Element};
use rightdoor_registry::{Lost, Options};

const PLACES: &str = "id,label,single_floor,country,A1,A3,RD,STS,HNO,PC,FLR\n\
    d/5,Floor 5,no,US,CO,Denver,Blake,Street,1600,80202,5\nd/6,Floor 6,no,US,CO,Denver,Blake,Street,1600,80202,6\n";

fn routed(options: &mut Options) {
    let name = Identifier::new("lvf.example.com");
    options.lost = Lost { name, route: Some("sip:911@sbc.example.com".to_owned()), upstream: None };
}

fn address(level: &str) -> CivicAddress {
    floor(level).address().unwrap().clone()
}

async fn ask(registry: &Registry, reader: &str, query: &str) -> Answer {
    let post = registry.client.post(format!("{}/lost", registry.url)).bearer_auth(reader);
    let answer =
        post.header("content-type", "application/lost+xml").body(query.to_owned()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "application/lost+xml");
    Answer::parse(&answer.bytes().await.unwrap()).unwrap()
}

fn found(answer: Answer) -> FindServiceResponse {
    match answer {
        Answer::Found(response) => response,
        Answer::Errors(_) | Answer::Redirect(_) => panic!("{answer:?}"),
    }
}

fn query(address: CivicAddress) -> FindService {
    let service = Some("urn:service:sos".to_owned());
    FindService { service, validate: true, ..FindService::about(Location::civic("here", address)) }
}

#[tokio::test]
async fn the_route_is_the_one_that_was_configured_and_the_directory_validates() {
    let registry = Registry::with(routed).await;
    registry.admin().import(PLACES.as_bytes(), false, registry.now()).unwrap();
    let reader = registry.bearer();
    let answer = found(ask(&registry, &reader, &query(address("5")).write()).await);
    assert_eq!(answer.mappings[0].uris, ["sip:911@sbc.example.com"]);
    assert!(!answer.mappings[0].display_names.is_empty(), "Kamailio 5.6 crashes on a mapping without a name");
    assert_eq!(answer.location_used.as_deref(), Some("here"));
    assert_eq!(answer.warnings[0].list[0].code, ExceptionCode::DefaultMappingReturned);
    let validation = answer.validation.unwrap();
    assert!(validation.is_valid() && validation.unchecked.is_empty(), "{validation:?}");

    let answer = found(ask(&registry, &reader, &query(address("9")).write()).await);
    assert_eq!(answer.validation.unwrap().invalid, [FieldName::Civic(Element::FLR)]);
    let elsewhere = address("5").with(Element::HNO, "1700");
    let answer = found(ask(&registry, &reader, &query(elsewhere).write()).await).validation.unwrap();
    assert!(
        answer.invalid.is_empty() && answer.unchecked.contains(&FieldName::Civic(Element::HNO)),
        "{answer:?}"
    );
    let unasked = FindService { validate: false, ..query(address("5")) };
    assert_eq!(found(ask(&registry, &reader, &unasked.write()).await).validation, None);
}

#[tokio::test]
async fn no_route_is_invented_and_strangers_learn_nothing() {
    let registry = Registry::start().await;
    registry.admin().import(PLACES.as_bytes(), false, registry.now()).unwrap();
    let Answer::Errors(errors) = ask(&registry, &registry.bearer(), &query(address("5")).write()).await
    else {
        panic!("a mapping out of nowhere")
    };
    assert_eq!(errors.list[0].code, ExceptionCode::NotFound);
    let stranger = registry.client.post(format!("{}/lost", registry.url));
    let answer = stranger.header("content-type", "application/lost+xml").body("<x/>").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert!(answer.headers()["www-authenticate"].to_str().unwrap().starts_with("Basic"));
}

async fn validate(registry: &Registry, device: &Device, address: &CivicAddress) -> Validation {
    let post = registry.ask(device, Method::POST, "/v1/validate").json(address);
    post.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_slip_is_asked_about_once_and_what_is_said_again_stands() {
    let registry = Registry::start().await;
    registry.admin().import(PLACES.as_bytes(), false, registry.now()).unwrap();
    let ada = registry.enrol(ADA, "desk-1").await;
    let valid = Validation::Valid { confirmed_by: None };
    assert_eq!(validate(&registry, &ada, &address("5")).await, valid);
    assert_eq!(validate(&registry, &ada, &address("9")).await, valid, "a floor is the agent's to say");
    let typed = address("5").with(Element::RD, "Blaek");
    let candidates = Validation::Candidates { addresses: vec![address("5"), typed.clone()] };
    assert_eq!(validate(&registry, &ada, &typed).await, candidates);
    assert_eq!(validate(&registry, &ada, &typed).await, valid);
    let Validation::Invalid { fields } = validate(&registry, &ada, &typed.with(Element::PC, "x")).await
    else {
        panic!("a postal code x")
    };
    assert_eq!(fields[0].field, Element::PC);
}
