//! A registry on a free loopback port, with a clock that the test turns.
#![expect(clippy::unwrap_used, reason = "tests")]
#![allow(dead_code, clippy::allow_attributes, reason = "each test file uses its part of this")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use rightdoor_location::pidf::Pidf;
use rightdoor_location::record::{EnrolResponse, Problem, Record};
use rightdoor_location::{Basis, CivicAddress, Content, Element, Revision};
use rightdoor_registry::{Admin, Clock, Credential, DatabaseUrl, Options, Running, serve};

pub const ADA: &str = "sip:ada@example.com";
pub const BEN: &str = "sip:ben@example.com";
/// The time at which a test starts, Unix milliseconds.
pub const START: i64 = 1_770_000_000_000;
pub const HOUR: i64 = 60 * 60 * 1000;

pub struct Registry {
    pub running: Option<Running>,
    pub url: String,
    pub client: Client,
    pub database: DatabaseUrl,
    pub dir: tempfile::TempDir,
    time: Arc<AtomicI64>,
    change: Box<dyn Fn(&mut Options) + Send + Sync>,
}

/// A device that was enrolled.
#[derive(Clone)]
pub struct Device {
    pub endpoint: String,
    pub name: String,
    pub token: String,
}

pub fn client() -> Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::builder().no_proxy().build().unwrap()
}

impl Registry {
    pub async fn start() -> Self {
        Self::with(|_| ()).await
    }

    pub async fn with(change: impl Fn(&mut Options) + Send + Sync + 'static) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let database = DatabaseUrl::file(dir.path().join("registry.db"));
        let time = Arc::new(AtomicI64::new(START));
        let change = Box::new(change);
        let mut registry =
            Self { running: None, url: String::new(), client: client(), database, dir, time, change };
        registry.restart().await;
        registry
    }

    /// Stops the server, if it runs, and starts it on the same database.
    pub async fn restart(&mut self) {
        self.stop().await;
        let mut options = Options::new(self.database.clone());
        let time = Arc::clone(&self.time);
        options.clock = Clock::new(move || time.load(Ordering::SeqCst));
        options.organisation = "Example Ltd".to_owned();
        (self.change)(&mut options);
        let running = serve(options).await.unwrap();
        self.url = running.url();
        self.running = Some(running);
    }

    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }

    pub fn now(&self) -> i64 {
        self.time.load(Ordering::SeqCst)
    }

    pub fn pass(&self, ms: i64) {
        self.time.fetch_add(ms, Ordering::SeqCst);
    }

    pub fn admin(&self) -> Admin {
        Admin::open(&self.database).unwrap()
    }

    pub fn path(&self) -> PathBuf {
        self.database.path.clone()
    }

    pub fn code(&self, endpoint: &str) -> String {
        self.admin().make_code(endpoint, None, Duration::from_secs(3600), self.now()).unwrap()
    }

    pub async fn enrol(&self, endpoint: &str, name: &str) -> Device {
        let answer = self.try_enrol(&self.code(endpoint), name).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let EnrolResponse { token, endpoint, device, .. } = answer.json().await.unwrap();
        Device { endpoint, name: device, token }
    }

    pub async fn try_enrol(&self, code: &str, device: &str) -> Response {
        let body = serde_json::json!({ "code": code, "device": device });
        self.client.post(format!("{}/v1/enrol", self.url)).json(&body).send().await.unwrap()
    }

    pub fn bearer(&self) -> String {
        match self.admin().make_reader("pbx", false, self.now()).unwrap() {
            Credential::Bearer(token) => token,
            Credential::Basic { .. } => unreachable!(),
        }
    }

    /// A request to a path under the registry's URL, with a device's token.
    pub fn ask(&self, device: &Device, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&device.token)
    }

    pub fn document(&self, device: &Device, method: Method) -> RequestBuilder {
        let endpoint = device.endpoint.replace(':', "%3A").replace('@', "%40");
        let path = format!("/xcap-root/pidf-manipulation/users/{endpoint}/{}", device.name);
        self.ask(device, method, &path)
    }

    /// A PUT of this revision and content, still without a precondition.
    pub fn write(&self, device: &Device, revision: u64, content: Content) -> RequestBuilder {
        let text = pidf(device, revision, content, self.now()).write();
        self.document(device, Method::PUT).header("content-type", "application/pidf+xml").body(text)
    }

    /// Writes, and gives the document's entity tag.
    pub async fn put(&self, device: &Device, revision: u64, content: Content) -> String {
        let answer = self.write(device, revision, content).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
        etag(&answer)
    }

    pub async fn record(&self, device: &Device) -> Record {
        let path = format!("/v1/me/record?endpoint={}", device.endpoint);
        self.ask(device, Method::GET, &path).send().await.unwrap().json().await.unwrap()
    }

    pub async fn attend(&self, device: &Device, attendance: &str) -> Record {
        let path = format!("/v1/me/attendance?endpoint={}", device.endpoint);
        let body = serde_json::json!({ "attendance": attendance });
        self.ask(device, Method::POST, &path).json(&body).send().await.unwrap().json().await.unwrap()
    }

    /// Asks as the call path does, and gives the answer's text.
    pub async fn held(&self, reader: &str, request: &str) -> String {
        let answer = self
            .client
            .post(format!("{}/held", self.url))
            .bearer_auth(reader)
            .header("content-type", "application/held+xml;charset=utf-8")
            .body(request.to_owned())
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["content-type"], "application/held+xml");
        answer.text().await.unwrap()
    }
}

/// A `locationRequest` for `uri`, with these attributes.
pub fn request(uri: &str, attributes: &str) -> String {
    format!(
        "<locationRequest xmlns=\"urn:ietf:params:xml:ns:geopriv:held\" {attributes}>\
         <locationType>civic geodetic locationURI</locationType>\
         <device xmlns=\"urn:ietf:params:xml:ns:geopriv:held:id\"><uri>{uri}</uri></device></locationRequest>"
    )
}

pub fn pidf(device: &Device, revision: u64, content: Content, confirmed_at: i64) -> Pidf {
    Pidf {
        entity: device.endpoint.clone(),
        device: device.name.clone(),
        revision: Revision(revision),
        confirmed_at,
        basis: Basis::Manual,
        content,
    }
}

pub fn floor(floor: &str) -> Content {
    let address = [
        (Element::Country, "US"),
        (Element::A1, "CO"),
        (Element::A3, "Denver"),
        (Element::RD, "Blake"),
        (Element::STS, "Street"),
        (Element::HNO, "1600"),
        (Element::PC, "80202"),
        (Element::FLR, floor),
    ];
    Content::Located(
        address
            .into_iter()
            .fold(CivicAddress::new(), |address, (element, value)| address.with(element, value)),
    )
}

pub fn etag(answer: &Response) -> String {
    answer.headers()["etag"].to_str().unwrap().to_owned()
}

/// The status and the problem's code.
pub async fn problem(answer: Response) -> (StatusCode, Problem) {
    let status = answer.status();
    (status, answer.json().await.unwrap())
}
