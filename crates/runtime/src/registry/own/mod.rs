//! The adapter for our own registry: XCAP to write (RFC 4825, 4827), `/v1` for everything else.
//!
//! It turns every order into one request and every way a network, a proxy or a server can fail into
//! one of the outcomes the engine knows. The one question that matters most is whether a write may
//! have happened: only a connection that was never made is [`DeliveryOutcome::Unreachable`]; once
//! bytes may have been sent, silence is [`DeliveryOutcome::Ambiguous`].

mod changes;
mod outcome;
mod session;

use std::sync::Arc;

use rightdoor_core::advisory::Acknowledged;
use rightdoor_core::saved::Enrolment;
use rightdoor_core::{Delivery, DeliveryOutcome, ReadBackOutcome, Redacted, ValidationOutcome};
use rightdoor_location::CivicAddress;
use rightdoor_location::pidf::Pidf;
use rightdoor_location::record::{
    AdvisoryReport, Attendance, AttendanceReport, DirectoryPlace, EnrolRequest, EnrolResponse, Problem,
    Validation,
};

use super::wire::{Answer, Fault, Wire};
use super::xcap::{Peer, Xcap};
use super::{Found, Guided, KnownBy, Options};
pub(super) use outcome::written;
use session::Session;
pub(crate) use session::TOKEN;

/// The adapter. Cheap to clone; clones share connection, token and enrolment.
#[derive(Clone, Debug)]
pub(super) struct Own {
    wire: Arc<Wire>,
    session: Arc<Session>,
    known_by: Arc<KnownBy>,
}

impl Own {
    /// An adapter that writes for `enrolment`, if there is one yet. Nothing is opened or read.
    pub fn new(options: Options, enrolment: Option<Enrolment>) -> Self {
        let wire = Wire::new(options.ca_file, options.plain_http);
        let session = Arc::new(Session::new(options.secrets, enrolment));
        Self { wire: Arc::new(wire), session, known_by: Arc::default() }
    }

    /// The same, and it says what the device is known by.
    pub fn known_by(self, known_by: KnownBy) -> Self {
        Self { known_by: Arc::new(known_by), ..self }
    }

    /// Forgets open connections: the network may have changed under them, and a write must not wait
    /// for a connection that leads nowhere.
    pub fn forget_connections(&self) {
        self.wire.forget();
    }

    /// Ends what is under way as unanswered: the network that it was asked on is gone.
    pub fn leave_network(&self) {
        self.wire.leave();
    }

    /// Who it writes for, once enrolled.
    pub fn enrolment(&self) -> Option<Enrolment> {
        self.session.enrolment()
    }

    /// Writes one revision.
    pub async fn deliver(&self, delivery: &Delivery) -> DeliveryOutcome {
        let Some((enrolment, token)) = self.access().await else { return DeliveryOutcome::Locked };
        let document = Pidf {
            entity: enrolment.endpoint.reveal().clone(),
            device: enrolment.device.clone(),
            revision: delivery.revision,
            confirmed_at: delivery.confirmed_at.0,
            basis: delivery.basis,
            content: delivery.content.clone(),
        };
        let base = enrolment.registry.reveal().clone();
        let peer = Peer { base, token: Some(token), heeds_absence: true };
        let xcap = Xcap::on(Arc::clone(&self.wire));
        self.judged(xcap.put(&peer, &document, &delivery.precondition).await)
    }

    /// Reads what the call path would be given; see [`rightdoor_core::Effect::ReadBack`].
    pub async fn read_back(&self, unless: Option<&str>) -> ReadBackOutcome {
        let Some((enrolment, token)) = self.access().await else { return ReadBackOutcome::Locked };
        let known = self.session.seen(unless);
        let answer = self
            .wire
            .send(enrolment.registry.reveal(), &["v1", "me", "record"], |client, url| {
                let request = client.get(for_endpoint(url, &enrolment)).bearer_auth(&token);
                match &known {
                    Some(tag) => request.header("If-None-Match", tag),
                    None => request,
                }
            })
            .await;
        let tag = answer.as_ref().ok().and_then(|answer| answer.header("etag"));
        let read = outcome::read(answer);
        match &read {
            ReadBackOutcome::Found(record) => self.session.remember(record, tag),
            ReadBackOutcome::Unauthorised => self.session.forget_token(),
            ReadBackOutcome::NotModified
            | ReadBackOutcome::Nothing
            | ReadBackOutcome::Locked
            | ReadBackOutcome::Unreachable => {}
        }
        read
    }

    /// Renews the lease, or says how the record should be taken.
    pub async fn attend(&self, attendance: Attendance) -> DeliveryOutcome {
        let Some((enrolment, token)) = self.access().await else { return DeliveryOutcome::Locked };
        let answer = self
            .wire
            .send(enrolment.registry.reveal(), &["v1", "me", "attendance"], |client, url| {
                client
                    .post(for_endpoint(url, &enrolment))
                    .bearer_auth(&token)
                    .json(&AttendanceReport { attendance })
            })
            .await;
        self.judged(outcome::attended(answer))
    }

    /// Tells that the notice of 911's limits was read.
    pub async fn acknowledge(&self, read: &Acknowledged) -> DeliveryOutcome {
        let Some((enrolment, token)) = self.access().await else { return DeliveryOutcome::Locked };
        let report = AdvisoryReport { edition: read.edition, language: read.language, at: read.at.0 };
        let answer =
            self.wire.send(enrolment.registry.reveal(), &["v1", "me", "advisories"], |client, url| {
                client.post(for_endpoint(url, &enrolment)).bearer_auth(&token).json(&report)
            });
        self.judged(outcome::told(answer.await))
    }

    /// Checks an address.
    pub async fn validate(&self, address: &CivicAddress) -> ValidationOutcome {
        let Some((enrolment, token)) = self.access().await else { return ValidationOutcome::Unavailable };
        let answer = self
            .wire
            .send(enrolment.registry.reveal(), &["v1", "validate"], |client, url| {
                client.post(url).bearer_auth(&token).json(address)
            })
            .await;
        match answer.ok().and_then(|answer| answer.json::<Validation>()) {
            Some(validation) => ValidationOutcome::Answered(validation),
            None => ValidationOutcome::Unavailable,
        }
    }

    /// Finds a place in the organisation's directory.
    pub async fn look_up(&self, id: &str) -> Found {
        let Some((enrolment, token)) = self.access().await else { return Found::Unavailable };
        let path = ["v1", "directory", "places", id];
        let answer = self
            .wire
            .send(enrolment.registry.reveal(), &path, |client, url| client.get(url).bearer_auth(&token));
        match answer.await {
            Ok(answer) if answer.status == 404 && answer.problem().is_some() => Found::Nothing,
            Ok(answer) => answer.json().map_or(Found::Unavailable, |place| Found::Place(Box::new(place))),
            Err(_) => Found::Unavailable,
        }
    }

    /// The places of the organisation's directory that hold all these words, `most` at the most, and
    /// whether there are more. `None` when it could not be asked.
    pub async fn search(&self, words: &str, most: usize) -> Option<(Vec<DirectoryPlace>, bool)> {
        let (enrolment, token) = self.access().await?;
        let mut places: Vec<DirectoryPlace> = Vec::new();
        loop {
            let after = places.last().map(|place| place.id.clone()).unwrap_or_default();
            let answer = self.wire.send(
                enrolment.registry.reveal(),
                &["v1", "directory", "places"],
                |client, mut url| {
                    url.query_pairs_mut().append_pair("q", words).append_pair("after", &after);
                    client.get(url).bearer_auth(&token)
                },
            );
            let page: PlacesPage = answer.await.ok()?.json()?;
            places.extend(page.places);
            if page.next.is_none() || places.len() >= most {
                let cut = page.next.is_some() || places.len() > most;
                places.truncate(most);
                return Some((places, cut));
            }
        }
    }

    /// What the organisation says to do when VoIP cannot carry 911.
    pub async fn guidance(&self, unless: Option<&str>) -> Guided {
        let Some((enrolment, token)) = self.access().await else { return Guided::Unavailable };
        let answer = self.wire.send(enrolment.registry.reveal(), &["v1", "guidance"], |client, url| {
            let request = client.get(url).bearer_auth(&token);
            match unless {
                Some(tag) => request.header("If-None-Match", tag),
                None => request,
            }
        });
        outcome::guided(answer.await)
    }

    /// Exchanges a code for a token and keeps the token; from then on the adapter writes for this
    /// enrolment.
    ///
    /// # Errors
    /// A problem for the agent. The code is used up only if the registry accepted it, and it is not
    /// sent at all while the token could not be kept.
    pub async fn enrol(&self, code: &Redacted<String>, base: &str) -> Result<Enrolment, Redacted<Problem>> {
        self.session.check_keeping().await?;
        let request = EnrolRequest { code: code.reveal().clone(), device: self.session.device() };
        let answer =
            self.wire.send(base, &["v1", "enrol"], |client, url| client.post(url).json(&request)).await;
        let response: EnrolResponse = outcome::enrolled(answer)?;
        let enrolment = Enrolment {
            registry: base.trim().trim_end_matches('/').to_owned().into(),
            endpoint: response.endpoint.into(),
            device: response.device,
            organisation: response.organisation.into(),
        };
        self.session.begin(&enrolment, response.token).await?;
        Ok(enrolment)
    }

    /// Whether the registry answers at all: `GET /readyz`.
    ///
    /// # Errors
    /// What stands in the way, in words.
    pub async fn reach(&self, base: &str) -> Result<(), String> {
        let answer = self.wire.send(base, &["readyz"], |client, url| client.get(url)).await;
        match answer {
            Ok(answer) if answer.status == 200 => Ok(()),
            Ok(answer) => Err(format!("it answers, but with status {}", answer.status)),
            Err(fault) => Err(fault.to_string()),
        }
    }

    async fn access(&self) -> Option<(Enrolment, String)> {
        let enrolment = self.session.enrolment()?;
        Some((enrolment, self.session.token().await?))
    }

    fn judged(&self, outcome: DeliveryOutcome) -> DeliveryOutcome {
        // The keyring may hold a newer token than the one refused.
        if outcome == DeliveryOutcome::Unauthorised {
            self.session.forget_token();
        }
        outcome
    }
}

/// A page of `GET /v1/directory/places`.
#[derive(serde::Deserialize)]
struct PlacesPage {
    places: Vec<DirectoryPlace>,
    next: Option<String>,
}

fn for_endpoint(mut url: reqwest::Url, enrolment: &Enrolment) -> reqwest::Url {
    url.query_pairs_mut().append_pair("endpoint", enrolment.endpoint.reveal());
    url
}

/// An answer, or how far the request got.
type Sent = Result<Answer, Fault>;
