//! Another LoST server that is asked what our own directory cannot decide (RFC 5222).

use std::time::Duration;

use reqwest::{Client, Url, header};
use rightdoor_location::CivicAddress;
use rightdoor_location::Element;
use rightdoor_location::lost::{
    Answer, FieldName, FindService, FindServiceResponse, Identifier, Location, LocationValidation, MEDIA_TYPE,
};

/// A call may wait for the answer.
const PATIENCE: Duration = Duration::from_secs(2);
const MOST_BYTES: usize = 256 * 1024;
/// What an address must have, and what of it must be found right, before it counts as known to somebody.
const DOOR: [Element; 4] = [Element::A1, Element::A3, Element::RD, Element::HNO];

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Silence {
    /// Nothing came in time, or nobody is there.
    #[error("the upstream server did not answer in time")]
    Late,
    /// Something else came.
    #[error("the upstream server did not answer in LoST")]
    Unreadable,
}

/// What it says of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// The door is known; the server that says so.
    Confirmed(Identifier),
    /// These elements are wrong.
    Wrong(Vec<Element>),
    /// Nothing, or not enough.
    Nothing,
}

/// The server.
#[derive(Debug)]
pub struct Upstream {
    url: Url,
    /// The name under which it can be found, if its URL has one.
    pub name: Option<Identifier>,
    client: Client,
}

impl Upstream {
    /// At `url`; nothing is asked yet.
    ///
    /// # Errors
    /// When `url` is none of HTTP, or this computer's certificates cannot be read.
    pub fn new(url: &str) -> Result<Self, String> {
        drop(rustls::crypto::ring::default_provider().install_default());
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        let host = url.host_str().ok_or("it names no host")?;
        let builder = Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none());
        // What is on this computer is not beyond a proxy.
        let local = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        let builder = if local { builder.no_proxy() } else { builder };
        let client = builder.build().map_err(|error| error.to_string())?;
        Ok(Self { name: Identifier::new(host), url, client })
    }

    /// Asks on behalf of `own`, which is added to the query's path, so that a circle of servers is noticed.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn ask(&self, query: &FindService, own: &Identifier) -> Result<Answer, Silence> {
        let mut query = FindService { recursive: true, ..query.clone() };
        query.path.push(own.clone());
        let path = query.path.clone();
        let mut answer = self.exchange(query.write()).await.inspect_err(|silence| {
            tracing::warn!(%silence, "LoST");
        })?;
        if let Answer::Found(found) = &mut answer
            && !found.path.starts_with(&path)
        {
            found.path = [path, std::mem::take(&mut found.path)].concat();
        }
        Ok(answer)
    }

    async fn exchange(&self, query: String) -> Result<Answer, Silence> {
        let late = |_: reqwest::Error| Silence::Late;
        let post = self.client.post(self.url.clone()).header(header::CONTENT_TYPE, MEDIA_TYPE);
        let post = post.header(header::ACCEPT, MEDIA_TYPE).header(header::CACHE_CONTROL, "no-cache");
        let mut answer = post.body(query).send().await.map_err(late)?;
        if !answer.status().is_success() {
            return Err(Silence::Unreadable);
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(late)? {
            body.extend_from_slice(&chunk);
            if body.len() > MOST_BYTES {
                return Err(Silence::Unreadable);
            }
        }
        Answer::parse(&body).map_err(|_| Silence::Unreadable)
    }

    /// What it says of an address. Silence is nothing.
    pub async fn word(&self, address: &CivicAddress, own: &Identifier) -> Word {
        let about = FindService::about(Location::civic("address", address.clone()));
        let service = Some(super::http::SOS.to_owned());
        let answer = self.ask(&FindService { service, validate: true, ..about }, own).await;
        let Ok(Answer::Found(found)) = answer else { return Word::Nothing };
        said(address, &found)
    }
}

/// Only the elements of the door are judged by others: nobody outside knows floors and desks.
fn said(address: &CivicAddress, found: &FindServiceResponse) -> Word {
    let Some(LocationValidation { valid, invalid, .. }) = &found.validation else { return Word::Nothing };
    let named = |list: &[FieldName], element| list.contains(&FieldName::Civic(element));
    let wrong: Vec<_> = address.iter().map(|(element, _)| element).filter(|e| named(invalid, *e)).collect();
    if !invalid.is_empty() {
        return if wrong.is_empty() { Word::Nothing } else { Word::Wrong(wrong) };
    }
    let known = DOOR.into_iter().all(|element| address.get(element).is_some() && named(valid, element));
    match found.path.last() {
        Some(server) if known => Word::Confirmed(server.clone()),
        Some(_) | None => Word::Nothing,
    }
}

/// What the directory and the other server say together. What either calls wrong is wrong.
#[must_use]
pub fn together(own: LocationValidation, other: &LocationValidation) -> LocationValidation {
    let mut all = LocationValidation { invalid: own.invalid, ..LocationValidation::default() };
    let (known, unchecked) = (own.valid.into_iter(), own.unchecked.into_iter());
    for (field, was_known) in known.map(|field| (field, true)).chain(unchecked.map(|field| (field, false))) {
        let list = if other.invalid.contains(&field) {
            &mut all.invalid
        } else if was_known || other.valid.contains(&field) {
            &mut all.valid
        } else {
            &mut all.unchecked
        };
        list.push(field);
    }
    all
}
