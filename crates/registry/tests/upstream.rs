//! Another LoST server behind ours: what it is asked, what of its answers comes through, and what happens without it.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use common::{ADA, Device, Registry, START, floor};
use reqwest::Method;
use rightdoor_location::lost::{
    Answer, ExceptionCode, Exceptions, Expires, FieldName, FindService, FindServiceResponse, Identifier,
    Location, LocationValidation, Mapping, Redirect,
};
use rightdoor_location::record::Validation;
use rightdoor_location::{CivicAddress, Element};
use rightdoor_registry::{Lost, Options, ServeError, serve};

const PLACES: &str = "id,label,single_floor,country,A1,A3,RD,STS,HNO,PC,FLR\n\
    d/5,Floor 5,no,US,CO,Denver,Blake,Street,1600,80202,5\n";

/// What the other server does with the next queries.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mood {
    Answers,
    /// As an answer without its path, which names the servers behind it only.
    Forgets,
    Refuses(ExceptionCode),
    Redirects,
    Hangs,
    Fails,
    Babbles,
}

/// A LoST server that knows the streets of a county: it keeps what it is told is there, and what it was asked.
struct Lvf {
    known: Vec<CivicAddress>,
    mood: Mood,
    asked: Vec<FindService>,
}

type Shared = Arc<Mutex<Lvf>>;

fn name(text: &str) -> Identifier {
    Identifier::new(text).unwrap()
}

impl Lvf {
    fn judge(&self, address: &CivicAddress) -> LocationValidation {
        let mut found = LocationValidation::default();
        let best = |known: &&CivicAddress| {
            address.iter().filter(|(element, value)| known.get(*element) == Some(*value)).count()
        };
        let nearest = self.known.iter().max_by_key(best);
        for (element, value) in address.iter() {
            let list = match nearest.and_then(|known| known.get(element)) {
                None => continue,
                Some(known) if known == value => &mut found.valid,
                Some(_) => &mut found.invalid,
            };
            list.push(FieldName::Civic(element));
        }
        found
    }

    fn answer(&mut self, query: FindService) -> Answer {
        let own = name("lvf.county.example");
        self.asked.push(query.clone());
        let refusal = |code| Answer::Errors(Exceptions::one(own.clone(), code, "no"));
        if query.passed(&own) {
            return refusal(ExceptionCode::Loop);
        }
        match &self.mood {
            Mood::Refuses(code) => return refusal(code.clone()),
            Mood::Redirects => {
                let target = name("other.example");
                return Answer::Redirect(Redirect { target, source: own, message: None });
            }
            Mood::Answers | Mood::Forgets | Mood::Hangs | Mood::Fails | Mood::Babbles => {}
        }
        let location = query.location().unwrap();
        let mut mapping = Mapping::new(Expires::NoCache, START, own.clone(), "psap-7");
        mapping.uris = vec!["sip:psap@county.example".to_owned()];
        let before = if self.mood == Mood::Forgets { Vec::new() } else { query.path.clone() };
        Answer::Found(FindServiceResponse {
            mappings: vec![mapping],
            validation: query.validate.then(|| self.judge(location.address().unwrap())),
            warnings: Vec::new(),
            path: [before, vec![own]].concat(),
            location_used: Some(location.id.clone()),
        })
    }
}

async fn hear(State(lvf): State<Shared>, headers: HeaderMap, body: String) -> Response {
    assert_eq!(headers[header::CONTENT_TYPE], "application/lost+xml");
    assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
    let mood = lvf.lock().unwrap().mood.clone();
    match mood {
        Mood::Hangs => std::future::pending().await,
        Mood::Fails => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Mood::Babbles => "<html>".into_response(),
        Mood::Answers | Mood::Forgets | Mood::Refuses(_) | Mood::Redirects => {
            let answer = lvf.lock().unwrap().answer(FindService::parse(body.as_bytes()).unwrap());
            ([(header::CONTENT_TYPE, "application/lost+xml")], answer.write()).into_response()
        }
    }
}

struct Bench {
    registry: Registry,
    reader: String,
    lvf: Shared,
}

impl Bench {
    /// A registry that knows one floor, with the other server behind it.
    async fn open(route: Option<&str>) -> Self {
        let lvf =
            Arc::new(Mutex::new(Lvf { known: vec![street("1600")], mood: Mood::Answers, asked: Vec::new() }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = Some(format!("http://{}/lost", listener.local_addr().unwrap()));
        let routes =
            axum::Router::new().route("/lost", axum::routing::post(hear)).with_state(Arc::clone(&lvf));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let lost = Lost { name: Some(name("lvf.example.com")), route: route.map(str::to_owned), upstream };
        let registry = Registry::with(move |options| options.lost = lost.clone()).await;
        registry.admin().import(PLACES.as_bytes(), false, registry.now()).unwrap();
        let reader = registry.bearer();
        Self { registry, reader, lvf }
    }

    fn is(&self, mood: Mood) {
        self.lvf.lock().unwrap().mood = mood;
    }

    /// What the other server was asked since the last time.
    fn asked(&self) -> Vec<FindService> {
        std::mem::take(&mut self.lvf.lock().unwrap().asked)
    }

    async fn ask(&self, query: &FindService) -> Answer {
        let post = self.registry.client.post(format!("{}/lost", self.registry.url)).bearer_auth(&self.reader);
        let post = post.header("content-type", "application/lost+xml").body(query.write());
        Answer::parse(&post.send().await.unwrap().bytes().await.unwrap()).unwrap()
    }

    async fn found(&self, query: &FindService) -> FindServiceResponse {
        match self.ask(query).await {
            Answer::Found(found) => found,
            other @ (Answer::Errors(_) | Answer::Redirect(_)) => panic!("{other:?}"),
        }
    }

    async fn error(&self, query: &FindService) -> (String, ExceptionCode) {
        match self.ask(query).await {
            Answer::Errors(errors) => (errors.source.to_string(), errors.list[0].code.clone()),
            other @ (Answer::Found(_) | Answer::Redirect(_)) => panic!("{other:?}"),
        }
    }

    async fn validate(&self, device: &Device, address: &CivicAddress) -> Validation {
        let post = self.registry.ask(device, Method::POST, "/v1/validate").json(address);
        post.send().await.unwrap().json().await.unwrap()
    }
}

/// A door of that street, as the county knows it.
fn street(number: &str) -> CivicAddress {
    let all = floor("5").address().unwrap().clone();
    let door = all.iter().filter(|(element, _)| *element != Element::FLR);
    door.fold(CivicAddress::new(), |door, (element, value)| door.with(element, value))
        .with(Element::HNO, number)
}

fn query(address: CivicAddress) -> FindService {
    let service = Some("urn:service:sos".to_owned());
    let about = FindService::about(Location::civic("here", address));
    FindService { service, validate: true, recursive: true, ..about }
}

fn names(path: &[Identifier]) -> Vec<&str> {
    path.iter().map(Identifier::as_str).collect()
}

#[tokio::test]
async fn what_is_not_known_here_is_asked_there_and_says_so() {
    let bench = Bench::open(None).await;
    bench.lvf.lock().unwrap().known.push(street("1700"));
    let from = FindService { path: vec![name("proxy.example.com")], ..query(street("1700")) };
    for mood in [Mood::Answers, Mood::Forgets] {
        bench.is(mood.clone());
        let found = bench.found(&from).await;
        assert_eq!(found.mappings[0].uris, ["sip:psap@county.example"]);
        assert_eq!(found.mappings[0].source.as_str(), "lvf.county.example", "who says it");
        let path = ["proxy.example.com", "lvf.example.com", "lvf.county.example"];
        assert_eq!(names(&found.path), path, "{mood:?}");
        let validation = found.validation.unwrap();
        assert!(validation.is_valid() && validation.unchecked.is_empty(), "{validation:?}");
        let asked = bench.asked();
        assert_eq!(names(&asked[0].path), path[..2], "so that a circle is noticed");
        assert!(asked[0].recursive && asked[0].validate);
    }
    // What our directory calls wrong is wrong, whatever is known outside.
    let wrong = bench.found(&query(street("1600").with(Element::FLR, "9"))).await.validation.unwrap();
    assert_eq!(wrong.invalid, [FieldName::Civic(Element::FLR)]);
    assert!(wrong.valid.contains(&FieldName::Civic(Element::HNO)));
}

#[tokio::test]
async fn a_configured_route_stays_and_only_what_the_directory_leaves_open_is_asked() {
    let bench = Bench::open(Some("sip:911@sbc.example.com")).await;
    let known = bench.found(&query(floor("5").address().unwrap().clone())).await;
    assert_eq!((known.mappings[0].uris[0].as_str(), bench.asked().len()), ("sip:911@sbc.example.com", 0));
    let unasked = FindService { validate: false, ..query(street("1700")) };
    bench.found(&unasked).await;
    assert!(bench.asked().is_empty(), "a call that wants a route only does not wait");

    let found = bench.found(&query(street("1700"))).await;
    assert_eq!(found.mappings[0].uris, ["sip:911@sbc.example.com"]);
    assert_eq!(names(&found.path), ["lvf.example.com", "lvf.county.example"]);
    assert_eq!(found.validation.unwrap().invalid, [FieldName::Civic(Element::HNO)]);
    for mood in
        [Mood::Hangs, Mood::Fails, Mood::Babbles, Mood::Refuses(ExceptionCode::NotFound), Mood::Redirects]
    {
        bench.is(mood.clone());
        let found = bench.found(&query(street("1700"))).await;
        assert!(found.validation.unwrap().unchecked.contains(&FieldName::Civic(Element::HNO)), "{mood:?}");
        assert_eq!(names(&found.path), ["lvf.example.com"], "{mood:?}");
    }
}

#[tokio::test]
async fn errors_of_others_come_through_and_silence_is_said() {
    let bench = Bench::open(None).await;
    let there = "lvf.county.example".to_owned();
    let here = "lvf.example.com".to_owned();
    for (mood, error) in [
        (Mood::Refuses(ExceptionCode::NotFound), (there.clone(), ExceptionCode::NotFound)),
        (Mood::Refuses(ExceptionCode::Loop), (there, ExceptionCode::Loop)),
        (Mood::Hangs, (here.clone(), ExceptionCode::ServerTimeout)),
        (Mood::Fails, (here.clone(), ExceptionCode::ServerError)),
        (Mood::Babbles, (here.clone(), ExceptionCode::ServerError)),
    ] {
        bench.is(mood.clone());
        let answer = tokio::time::timeout(Duration::from_secs(5), bench.error(&query(street("1700")))).await;
        assert_eq!(answer.unwrap(), error, "{mood:?}");
    }
    bench.is(Mood::Redirects);
    let Answer::Redirect(redirect) = bench.ask(&query(street("1700"))).await else { panic!("no redirect") };
    assert_eq!(redirect.target, name("other.example"));
    bench.is(Mood::Answers);
    bench.asked();
    // Round and round it does not go, and who asks the next server itself is told which.
    let circle = FindService { path: vec![name("lvf.county.example"), name(&here)], ..query(street("1700")) };
    assert_eq!(bench.error(&circle).await, (here, ExceptionCode::Loop));
    let iterative = FindService { recursive: false, ..query(street("1700")) };
    let Answer::Redirect(redirect) = bench.ask(&iterative).await else { panic!("no redirect") };
    assert_eq!(redirect.target, name("127.0.0.1"));
    assert!(bench.asked().is_empty());
}

#[tokio::test]
async fn only_the_other_server_confirms_an_address() {
    let bench = Bench::open(None).await;
    let ada = bench.registry.enrol(ADA, "desk-1").await;
    let here = floor("5").address().unwrap().clone();
    let confirmed = Validation::Valid { confirmed_by: Some("lvf.county.example".to_owned()) };
    let valid = Validation::Valid { confirmed_by: None };
    assert_eq!(bench.validate(&ada, &here).await, confirmed);
    for mood in
        [Mood::Hangs, Mood::Fails, Mood::Babbles, Mood::Refuses(ExceptionCode::NotFound), Mood::Redirects]
    {
        bench.is(mood.clone());
        assert_eq!(bench.validate(&ada, &here).await, valid, "{mood:?}: our own directory confirms nothing");
    }
    bench.is(Mood::Answers);
    // What it does not check is not confirmed.
    bench.lvf.lock().unwrap().known =
        vec![CivicAddress::new().with(Element::A1, "CO").with(Element::A3, "Denver")];
    assert_eq!(bench.validate(&ada, &here).await, valid);
    // What it calls wrong is said once; who says it again means it.
    bench.lvf.lock().unwrap().known = vec![street("1700")];
    let Validation::Invalid { fields } = bench.validate(&ada, &here).await else { panic!("not doubted") };
    assert_eq!((fields[0].field, fields[0].code.as_str()), (Element::HNO, "not_known_upstream"));
    assert_eq!(bench.validate(&ada, &here).await, valid);
    // A slip beside our own directory: what is said again may still be confirmed.
    let typed = here.with(Element::RD, "Blaek");
    assert!(matches!(bench.validate(&ada, &typed).await, Validation::Candidates { .. }));
    bench.lvf.lock().unwrap().known = vec![street("1600").with(Element::RD, "Blaek")];
    assert_eq!(bench.validate(&ada, &typed).await, confirmed);
}

#[tokio::test]
async fn bad_input_an_upstream_that_is_no_url_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let database = rightdoor_registry::DatabaseUrl::file(dir.path().join("r.db"));
    let lost = Lost { upstream: Some("lvf".to_owned()), ..Lost::default() };
    let error = serve(Options { lost, ..Options::new(database) }).await.unwrap_err();
    assert!(matches!(error, ServeError::Upstream { .. }) && error.to_string().contains("lvf"), "{error}");
}
