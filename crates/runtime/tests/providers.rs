//! The adapters of providers, against vendors with a memory, behind everything that can lie between.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test, whose figures are read by a program")]

#[path = "providers/bandwidth.rs"]
mod bandwidth;
#[path = "providers/life.rs"]
mod life;
#[path = "providers/prism.rs"]
mod prism;
#[path = "providers/signalwire.rs"]
mod signalwire;
#[path = "providers/telnyx.rs"]
mod telnyx;
#[path = "providers/wire.rs"]
mod wire;

use std::collections::HashMap;
use std::path::Path;

use axum::Router;
use axum::http::HeaderMap;
use rightdoor_core::saved::Enrolment;
use rightdoor_core::{Delivery, Precondition, Redacted, RequestId, Wall};
use rightdoor_location::record::Record;
use rightdoor_location::{Basis, CivicAddress, Content, Element, Revision};
use rightdoor_platform::secrets::Secrets;
use rightdoor_runtime::registry::{Adapter, Options, Registry, Settings};

/// What a request asks for behind the question mark.
pub type Shop = HashMap<String, String>;

/// The device whose location is kept.
pub const CALLER: &str = "Ada Lovelace laptop";
/// Its number at SignalWire.
pub const NUMBER_ID: &str = "11111111-2222-4333-8444-555555555555";

/// A provider with a memory.
pub trait Vendor {
    /// Its interface.
    fn router(&self) -> Router;
    /// The doors that are bound and active for the device of this caller name.
    fn bound(&self, name: &str) -> Vec<String>;
    /// How often nobody was bound although somebody had been, without a withdrawal.
    fn gaps(&self) -> usize;
    /// From now on nobody need be bound.
    fn withdrawn(&self);
    /// The door that responders go to if a call carries what this file says.
    fn called_from(&self, token: &str) -> Option<String>;
}

/// The header's text.
pub fn said(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// A door, in one spelling.
pub fn door(street: &str, inside: &str, city: &str) -> String {
    let spaced = format!("{street} {inside} {city}").to_uppercase();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An address, and the door that it is.
pub fn address(number: &str, street: &str, floor: &str, city: &str) -> (CivicAddress, String) {
    let address = [
        (Element::Country, "US"),
        (Element::A1, "CO"),
        (Element::A3, city),
        (Element::PC, "80202"),
        (Element::HNO, number),
        (Element::RD, street),
        (Element::STS, "Street"),
        (Element::FLR, floor),
        (Element::ROOM, "112"),
    ]
    .into_iter()
    .fold(CivicAddress::new(), |address, (element, value)| address.with(element, value));
    (address, door(&format!("{number} {street} St"), &format!("FL {floor} RM 112"), city))
}

/// An order to bind `content`.
pub fn delivery(revision: u64, content: Content) -> Delivery {
    Delivery {
        id: RequestId(revision),
        revision: Revision(revision),
        content,
        basis: Basis::Manual,
        confirmed_at: Wall(1_770_000_000_000),
        precondition: Precondition::Absent,
    }
}

/// What the configuration says of a vendor at `base`.
pub fn settings(adapter: Adapter, base: &str, folder: &Path, caller_name: &str) -> Settings {
    let (account, client) = match adapter {
        Adapter::SignalWire => ("project", ""),
        Adapter::Own | Adapter::Telnyx | Adapter::Bandwidth => ("5001232", "client"),
    };
    Settings {
        adapter,
        url: base.to_owned(),
        number: "+13035550100".to_owned(),
        caller_name: caller_name.to_owned(),
        account: account.to_owned(),
        client: client.to_owned(),
        token_url: format!("{base}/oauth2/token"),
        number_id: NUMBER_ID.to_owned(),
        call_token_file: folder.join("call-token.json"),
    }
}

/// An adapter that has its secret and is enrolled.
pub async fn enrolled(settings: &Settings, folder: &Path) -> Registry {
    let secrets = Secrets::File(folder.join("secrets"));
    secrets.set(settings.adapter.secret().unwrap(), "s3cret").await.unwrap();
    let registry = fresh(settings, folder, None, None);
    registry.enrol(&Redacted::new(String::new()), "").await.unwrap();
    registry
}

/// An adapter as after a start.
pub fn fresh(
    settings: &Settings,
    folder: &Path,
    enrolment: Option<Enrolment>,
    held: Option<Record>,
) -> Registry {
    let options =
        Options { ca_file: None, plain_http: false, secrets: Secrets::File(folder.join("secrets")) };
    Registry::at_provider(options, settings.clone(), enrolment, held)
}

/// Serves `vendor`; its host and port.
pub async fn serve(vendor: &(impl Vendor + ?Sized)) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let router = vendor.router();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    host
}
