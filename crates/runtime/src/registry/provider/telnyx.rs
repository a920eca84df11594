//! Telnyx: a dynamic emergency address and an endpoint that points to it, both activated later.
//!
//! There is no update and no idempotency key. A move makes a new address (or finds one that is there)
//! and a new endpoint; the old endpoint stays until the new one is active and the SIP side was told its
//! identifier. Endpoints are ours by number and caller name. Addresses belong to the account: two people
//! at one desk share one, so only one that was refused is ever deleted.

use std::path::PathBuf;

use reqwest::Method;
use rightdoor_location::record::Validation;
use rightdoor_location::{CivicAddress, Element, FieldError};
use serde::Deserialize;
use serde_json::{Value, json};

use super::address::{Postal, fault};
use super::api::{Api, Trouble};
use super::call_token::{CallToken, publish};
use super::{Bound, Progress, Settings, UNBOUND, stored_otherwise, unplaced};

/// The interface's usual place.
pub(super) const URL: &str = "https://api.telnyx.com/v2";

const ADDRESSES: &str = "dynamic_emergency_addresses";
const ENDPOINTS: &str = "dynamic_emergency_endpoints";
/// Rows a page; the answer to one page stays well below what is read of any answer.
const PAGE: &str = "100";
/// An account with more rows than this many pages is not searched to its end.
const MOST_PAGES: u32 = 200;
/// Writes in one go: an address, an endpoint, and old endpoints taken away.
const MOST_STEPS: u32 = 8;

/// The adapter.
#[derive(Debug)]
pub(super) struct Telnyx {
    pub api: Api,
    number: String,
    caller_name: String,
    call_token_file: PathBuf,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
enum Status {
    Activated,
    Pending,
    Rejected,
}

/// `DynamicEmergencyAddress` of the specification.
#[derive(Deserialize)]
struct Address {
    id: String,
    #[serde(default)]
    sip_geolocation_id: String,
    status: Status,
    house_number: String,
    #[serde(default)]
    house_suffix: String,
    #[serde(default)]
    street_pre_directional: String,
    street_name: String,
    #[serde(default)]
    street_suffix: String,
    #[serde(default)]
    street_post_directional: String,
    #[serde(default)]
    extended_address: String,
    locality: String,
    administrative_area: String,
    postal_code: String,
    country_code: String,
}

/// `DynamicEmergencyEndpoint` of the specification.
#[derive(Deserialize)]
struct Endpoint {
    id: String,
    dynamic_emergency_address_id: String,
    status: Status,
    #[serde(default)]
    sip_from_id: String,
    callback_number: String,
    caller_name: String,
}

#[derive(Deserialize)]
struct Data<T> {
    data: T,
}

#[derive(Deserialize)]
struct Page<T> {
    data: Vec<T>,
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    total_pages: u32,
}

/// The answer to a validation.
#[derive(Deserialize)]
struct Validated {
    result: String,
    suggested: Suggested,
    #[serde(default)]
    errors: Vec<Complaint>,
}

#[derive(Deserialize)]
struct Suggested {
    #[serde(default)]
    street_address: String,
    #[serde(default)]
    extended_address: String,
    #[serde(default)]
    locality: String,
    #[serde(default)]
    administrative_area: String,
    #[serde(default)]
    postal_code: String,
}

#[derive(Deserialize)]
struct Complaint {
    #[serde(default)]
    title: String,
    source: Option<Source>,
}

#[derive(Deserialize)]
struct Source {
    #[serde(default)]
    pointer: String,
}

/// What one look leads to.
enum Step {
    /// Something was written: look again.
    Again,
    End(Progress),
}

impl Telnyx {
    pub fn new(api: Api, settings: Settings) -> Self {
        let Settings { number, caller_name, call_token_file, .. } = settings;
        Self { api, number, caller_name, call_token_file }
    }

    pub async fn bind(&self, wanted: Option<&Postal>) -> Result<Progress, Trouble> {
        for _ in 0..MOST_STEPS {
            let endpoints = self.ours().await?;
            let step = match wanted {
                Some(wanted) => self.step(wanted, &endpoints).await?,
                None => self.unbind(&endpoints).await?,
            };
            if let Step::End(progress) = step {
                return Ok(progress);
            }
        }
        tracing::warn!("the provider does not keep what it is told; tried again later");
        Err(Trouble::Ambiguous)
    }

    pub async fn bound(&self) -> Result<Option<Bound>, Trouble> {
        let mut endpoints = self.ours().await?;
        endpoints.retain(|endpoint| endpoint.status == Status::Activated);
        // The one that the SIP side was told of is what a call is given, whatever else is there.
        let told = std::fs::read_to_string(&self.call_token_file).unwrap_or_default();
        let is_told =
            |endpoint: &Endpoint| !endpoint.sip_from_id.is_empty() && told.contains(&endpoint.sip_from_id);
        endpoints.sort_by_key(|endpoint| (!is_told(endpoint), endpoint.id.clone()));
        let Some(endpoint) = endpoints.first() else { return Ok(None) };
        let path = [ADDRESSES, endpoint.dynamic_emergency_address_id.as_str()];
        let found: Option<Data<Address>> = self.api.find(&path, &[]).await?;
        Ok(found.map(|found| Bound { tag: endpoint.id.clone(), address: found.data.postal() }))
    }

    /// An address that it would spell otherwise is no other; one that leads elsewhere is.
    pub async fn validate(&self, given: &CivicAddress, postal: &Postal) -> Result<Validation, Trouble> {
        let body = json!({
            "street_address": postal.street_line(),
            "extended_address": postal.inside,
            "locality": postal.city,
            "administrative_area": postal.state,
            "postal_code": postal.postal_code,
            "country_code": postal.country,
        });
        let path = ["addresses", "actions", "validate"];
        let answer = self.api.write::<Data<Validated>>(Method::POST, &path, &[], &body).await;
        let answer = match answer {
            Ok(answer) => answer.data,
            Err(Trouble::Refused(words)) => return Ok(Validation::Invalid { fields: complaints(&words) }),
            Err(trouble) => return Err(trouble),
        };
        let or = |theirs: &str, mine: &str| if theirs.is_empty() { mine } else { theirs }.to_owned();
        let suggested = Postal {
            street_name: or(&answer.suggested.street_address, &postal.street_line()),
            inside: or(&answer.suggested.extended_address, &postal.inside),
            city: or(&answer.suggested.locality, &postal.city),
            state: or(&answer.suggested.administrative_area, &postal.state),
            postal_code: or(&answer.suggested.postal_code, &postal.postal_code),
            country: postal.country.clone(),
            ..Postal::default()
        };
        let differs = !postal.is_same(&suggested);
        Ok(match (answer.result.as_str(), differs) {
            (_, true) => Validation::Corrected { address: suggested.corrected(given) },
            ("valid", false) => Validation::Valid { confirmed_by: Some("Telnyx".to_owned()) },
            (_, false) => Validation::Invalid { fields: named(&answer.errors) },
        })
    }

    async fn step(&self, wanted: &Postal, endpoints: &[Endpoint]) -> Result<Step, Trouble> {
        let mut addresses: Vec<Address> = self.list(ADDRESSES).await?;
        addresses.retain(|address| wanted.is_same(&address.postal()));
        addresses.sort_by_key(|address| (address.status, address.id.clone()));
        let Some(address) = addresses.first() else { return self.create_address(wanted).await };
        match address.status {
            Status::Activated => {}
            Status::Pending => return Ok(Step::End(Progress::Pending(address.id.clone()))),
            Status::Rejected => {
                // Taken away, so that the same address, mended at the provider, can be tried again.
                self.api.delete(&[ADDRESSES, &address.id], &[]).await?;
                return Ok(Step::End(Progress::Rejected(unplaced())));
            }
        }
        let there = |endpoint: &&Endpoint| {
            let active = |address: &&Address| address.status == Status::Activated;
            addresses.iter().filter(active).any(|address| address.id == endpoint.dynamic_emergency_address_id)
        };
        let mine = endpoints.iter().filter(there).min_by_key(|endpoint| (endpoint.status, &endpoint.id));
        let Some(mine) = mine else { return self.create_endpoint(address).await };
        match mine.status {
            Status::Activated => {}
            Status::Pending => return Ok(Step::End(Progress::Pending(mine.id.clone()))),
            Status::Rejected => {
                self.api.delete(&[ENDPOINTS, &mine.id], &[]).await?;
                return Ok(Step::End(Progress::Rejected(unplaced())));
            }
        }
        let place = addresses.iter().find(|address| address.id == mine.dynamic_emergency_address_id);
        let place = place.unwrap_or(address);
        self.publish(Some(&CallToken {
            sip_from_id: &mine.sip_from_id,
            sip_geolocation_id: &place.sip_geolocation_id,
        }))?;
        let old: Vec<&Endpoint> = endpoints.iter().filter(|endpoint| endpoint.id != mine.id).collect();
        if old.is_empty() {
            return Ok(Step::End(Progress::Done(mine.id.clone())));
        }
        for endpoint in old {
            self.api.delete(&[ENDPOINTS, &endpoint.id], &[]).await?;
        }
        Ok(Step::Again)
    }

    async fn unbind(&self, endpoints: &[Endpoint]) -> Result<Step, Trouble> {
        self.publish(None)?;
        if endpoints.is_empty() {
            return Ok(Step::End(Progress::Done(UNBOUND.to_owned())));
        }
        for endpoint in endpoints {
            self.api.delete(&[ENDPOINTS, &endpoint.id], &[]).await?;
        }
        Ok(Step::Again)
    }

    async fn create_address(&self, wanted: &Postal) -> Result<Step, Trouble> {
        let mut body = json!({
            "house_number": wanted.house_number,
            "house_suffix": wanted.house_suffix,
            "street_pre_directional": wanted.pre_directional,
            "street_name": wanted.street_name,
            "street_suffix": wanted.street_suffix,
            "street_post_directional": wanted.post_directional,
            "extended_address": wanted.inside,
            "locality": wanted.city,
            "administrative_area": wanted.state,
            "postal_code": wanted.postal_code,
            "country_code": wanted.country,
        });
        if let Some(fields) = body.as_object_mut() {
            fields.retain(|_, value| value != "");
        }
        let made = self.api.write::<Data<Address>>(Method::POST, &[ADDRESSES], &[], &body).await;
        let made = match made {
            Ok(made) => made.data,
            Err(Trouble::Refused(words)) => return Ok(Step::End(Progress::Rejected(complaints(&words)))),
            Err(trouble) => return Err(trouble),
        };
        let stored = made.postal();
        if wanted.is_same(&stored) {
            return Ok(Step::Again);
        }
        self.api.delete(&[ADDRESSES, &made.id], &[]).await?;
        Ok(Step::End(Progress::Rejected(stored_otherwise(wanted, &stored))))
    }

    async fn create_endpoint(&self, address: &Address) -> Result<Step, Trouble> {
        let body = json!({
            "dynamic_emergency_address_id": address.id,
            "callback_number": self.number,
            "caller_name": self.caller_name,
        });
        match self.api.write::<Data<Endpoint>>(Method::POST, &[ENDPOINTS], &[], &body).await {
            Ok(_) => Ok(Step::Again),
            Err(Trouble::Refused(words)) => Ok(Step::End(Progress::Rejected(complaints(&words)))),
            Err(trouble) => Err(trouble),
        }
    }

    /// A call must not carry what is about to be deleted.
    fn publish(&self, token: Option<&CallToken<'_>>) -> Result<(), Trouble> {
        publish(&self.call_token_file, token).map_err(|error| {
            tracing::warn!(%error, "the call token cannot be written; the earlier location stays bound");
            Trouble::Unreachable
        })
    }

    async fn ours(&self) -> Result<Vec<Endpoint>, Trouble> {
        let mut all: Vec<Endpoint> = self.list(ENDPOINTS).await?;
        all.retain(|one| one.callback_number == self.number && one.caller_name == self.caller_name);
        Ok(all)
    }

    async fn list<T: serde::de::DeserializeOwned>(&self, what: &str) -> Result<Vec<T>, Trouble> {
        let mut all = Vec::new();
        for number in 1..=MOST_PAGES {
            let query = [("page[number]", number.to_string()), ("page[size]", PAGE.to_owned())];
            let query = [(query[0].0, query[0].1.as_str()), (query[1].0, query[1].1.as_str())];
            let page: Page<T> = self.api.read(&[what], &query).await?;
            all.extend(page.data);
            if page.meta.is_none_or(|meta| meta.total_pages <= number) {
                return Ok(all);
            }
        }
        tracing::warn!("the provider's list has no end");
        Err(Trouble::Unreachable)
    }
}

impl Address {
    fn postal(&self) -> Postal {
        Postal {
            house_number: self.house_number.clone(),
            house_suffix: self.house_suffix.clone(),
            pre_directional: self.street_pre_directional.clone(),
            street_name: self.street_name.clone(),
            street_suffix: self.street_suffix.clone(),
            post_directional: self.street_post_directional.clone(),
            inside: self.extended_address.clone(),
            city: self.locality.clone(),
            state: self.administrative_area.clone(),
            postal_code: self.postal_code.clone(),
            country: self.country_code.clone(),
        }
    }
}

/// The provider's error document (`errors[].source.pointer`), as fields.
fn complaints(words: &Value) -> Vec<FieldError> {
    let errors = words.get("errors").cloned().unwrap_or_default();
    named(&serde_json::from_value::<Vec<Complaint>>(errors).unwrap_or_default())
}

fn named(errors: &[Complaint]) -> Vec<FieldError> {
    let field = |pointer: &str| match pointer.rsplit('/').next().unwrap_or_default() {
        "house_number" => Element::HNO,
        "house_suffix" => Element::HNS,
        "street_pre_directional" => Element::PRD,
        "street_suffix" => Element::STS,
        "street_post_directional" => Element::POD,
        "extended_address" => Element::FLR,
        "locality" => Element::A3,
        "administrative_area" => Element::A1,
        "postal_code" => Element::PC,
        "country_code" => Element::Country,
        _ => Element::RD,
    };
    let mut fields: Vec<FieldError> = errors
        .iter()
        .map(|error| {
            let pointer = error.source.as_ref().map_or("", |source| source.pointer.as_str());
            let said = if error.title.is_empty() { "not accepted" } else { &error.title };
            let message = format!("The provider says: {said}.");
            fault(field(pointer), "provider_refused", &message, "Correct it, or choose another address.")
        })
        .collect();
    if fields.is_empty() {
        fields.extend(unplaced());
    }
    fields
}
