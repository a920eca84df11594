//! Bandwidth, Emergency API v2: addresses and endpoints with identifiers of ours, changed by orders.
//!
//! The identifiers follow from what they stand for, so the same write twice is one. An endpoint keeps its
//! address until the order that changes it is done.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use reqwest::Method;
use rightdoor_core::audit::hex;
use rightdoor_location::record::Validation;
use rightdoor_location::{CivicAddress, Element, FieldError};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::address::{Postal, fault};
use super::api::{Api, Trouble};
use super::{Bound, Progress, Settings, UNBOUND, stored_otherwise, unplaced};

/// Where tokens are bought.
pub(super) const TOKEN_URL: &str = "https://api.bandwidth.com/api/v1/oauth2/token";
/// Mandatory, though the specification does not mark it so.
const REGION: &[(&str, &str)] = &[("region", "NA")];
/// Writes in one go: an address, and the order that binds it.
const MOST_STEPS: u32 = 4;

/// The interface's usual place.
pub(super) fn url(account: &str) -> String {
    format!("https://api.bandwidth.com/api/v2/accounts/{account}/emergency")
}

/// The adapter.
#[derive(Debug)]
pub(super) struct Bandwidth {
    pub api: Api,
    number: String,
    caller_name: String,
    endpoint: String,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    order: Option<Order>,
    /// Addresses of ours that nothing is bound to.
    spare: BTreeSet<String>,
}

#[derive(Clone, Debug)]
struct Order {
    id: String,
    /// What it binds; none where it takes the endpoint away.
    address: Option<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
enum ValidationStatus {
    Valid,
    Invalid,
    Unvalidated,
}

/// `addressResponse` of the specification.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Address {
    validation_status: ValidationStatus,
    house_number: String,
    predirectional: String,
    postdirectional: String,
    street_name: String,
    street_suffix: String,
    description: String,
    city: String,
    state: String,
    postal_code: String,
    country: String,
}

impl Default for Address {
    fn default() -> Self {
        let empty = String::new;
        Self {
            validation_status: ValidationStatus::Unvalidated,
            house_number: empty(),
            predirectional: empty(),
            postdirectional: empty(),
            street_name: empty(),
            street_suffix: empty(),
            description: empty(),
            city: empty(),
            state: empty(),
            postal_code: empty(),
            country: empty(),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Endpoint {
    #[serde(default)]
    address_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ordered {
    order_id: String,
}

/// `listOrderDetails` of the specification.
#[derive(Deserialize)]
struct Details {
    status: String,
    #[serde(default)]
    endpoints: Vec<Detail>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    id: String,
    status: String,
}

/// How an order stands.
enum Stand {
    Working,
    Done,
    Failed,
}

impl Bandwidth {
    pub fn new(api: Api, settings: Settings) -> Self {
        let Settings { number, caller_name, .. } = settings;
        let endpoint = endpoint_id(&number, &caller_name);
        Self { api, number, caller_name, endpoint, state: Mutex::default() }
    }

    pub async fn bind(&self, wanted: Option<&Postal>) -> Result<Progress, Trouble> {
        let id = wanted.map(|wanted| self.address_id(wanted));
        let order = self.state().order.clone();
        if let Some(order) = order {
            match self.stand(&order).await? {
                Stand::Working => return Ok(Progress::Pending(order.id)),
                Stand::Done => self.state().order = None,
                Stand::Failed => {
                    self.state().order = None;
                    if order.address == id {
                        return Ok(Progress::Rejected(unplaced()));
                    }
                }
            }
        }
        for _ in 0..MOST_STEPS {
            let endpoint: Option<Endpoint> = self.api.find(&["endpoints", &self.endpoint], REGION).await?;
            let bound = endpoint.map(|endpoint| endpoint.address_id);
            let (Some(wanted), Some(id)) = (wanted, id.as_deref()) else {
                if let Some(bound) = bound {
                    self.state().spare.insert(bound);
                    return self
                        .order(Method::DELETE, &["endpoints", &self.endpoint], &Value::Null, None)
                        .await;
                }
                self.clear(None).await?;
                return Ok(Progress::Done(UNBOUND.to_owned()));
            };
            if bound.as_deref() == Some(id) {
                self.clear(Some(id)).await?;
                return Ok(Progress::Done(id.to_owned()));
            }
            match self.address(wanted, id).await? {
                Some(Progress::Done(_)) => {}
                Some(other) => return Ok(other),
                None => continue,
            }
            if let Some(bound) = bound {
                self.state().spare.insert(bound);
                let body = json!({ "action": "PROVISION", "addressId": id });
                return self.order(Method::PATCH, &["endpoints", &self.endpoint], &body, Some(id)).await;
            }
            let body = json!({ "endpoints": [{
                "id": self.endpoint,
                "phoneNumber": self.number,
                "name": self.caller_name,
                "lang": "en",
                "country": wanted.country,
                "addressId": id,
            }] });
            return self.order(Method::POST, &["endpoints"], &body, Some(id)).await;
        }
        Err(Trouble::Ambiguous)
    }

    pub async fn bound(&self) -> Result<Option<Bound>, Trouble> {
        let endpoint: Option<Endpoint> = self.api.find(&["endpoints", &self.endpoint], REGION).await?;
        let Some(id) = endpoint.map(|endpoint| endpoint.address_id).filter(|id| !id.is_empty()) else {
            return Ok(None);
        };
        let address: Option<Address> = self.api.find(&["addresses", &id], REGION).await?;
        Ok(address.map(|address| Bound { tag: id, address: address.postal() }))
    }

    /// There is no call that only validates: the address is stored under an identifier of ours, bound to
    /// nothing, and taken away again unless it is used.
    pub async fn validate(&self, given: &CivicAddress, postal: &Postal) -> Result<Validation, Trouble> {
        let id = self.address_id(postal);
        let known: Option<Address> = self.api.find(&["addresses", &id], REGION).await?;
        let stored = match known {
            Some(known) => known,
            None => match self.store(postal, &id).await {
                Ok(stored) => stored,
                Err(Trouble::Refused(words)) => {
                    return Ok(Validation::Invalid { fields: complaints(&words) });
                }
                Err(trouble) => return Err(trouble),
            },
        };
        let theirs = stored.postal();
        if !postal.is_same(&theirs) {
            return Ok(Validation::Corrected { address: theirs.corrected(given) });
        }
        Ok(match stored.validation_status {
            ValidationStatus::Valid => Validation::Valid { confirmed_by: Some("Bandwidth".to_owned()) },
            ValidationStatus::Unvalidated => Validation::Valid { confirmed_by: None },
            ValidationStatus::Invalid => Validation::Invalid { fields: unplaced() },
        })
    }

    /// Makes sure that the address is there. `None`: look again.
    async fn address(&self, wanted: &Postal, id: &str) -> Result<Option<Progress>, Trouble> {
        let known: Option<Address> = self.api.find(&["addresses", id], REGION).await?;
        let Some(known) = known else {
            return match self.store(wanted, id).await {
                Ok(_) => Ok(None),
                Err(Trouble::Refused(words)) => Ok(Some(Progress::Rejected(complaints(&words)))),
                Err(trouble) => Err(trouble),
            };
        };
        let stored = known.postal();
        if !wanted.is_same(&stored) {
            self.api.delete(&["addresses", id], REGION).await?;
            return Ok(Some(Progress::Rejected(stored_otherwise(wanted, &stored))));
        }
        Ok(Some(match known.validation_status {
            ValidationStatus::Valid => Progress::Done(id.to_owned()),
            ValidationStatus::Unvalidated => Progress::Pending(id.to_owned()),
            ValidationStatus::Invalid => {
                self.api.delete(&["addresses", id], REGION).await?;
                Progress::Rejected(unplaced())
            }
        }))
    }

    async fn store(&self, wanted: &Postal, id: &str) -> Result<Address, Trouble> {
        let mut body = json!({
            "id": id,
            "addressLine1": wanted.street_line(),
            "addressLine2": wanted.inside,
            // The second line is never given back, the description is.
            "description": wanted.inside,
            "city": wanted.city,
            "state": wanted.state,
            "postalCode": wanted.postal_code,
            "country": wanted.country,
        });
        if let Some(fields) = body.as_object_mut() {
            fields.retain(|_, value| value != "");
        }
        self.state().spare.insert(id.to_owned());
        let made = self.api.write(Method::POST, &["addresses"], REGION, &body).await;
        // The same address may be there by now: a duplicate of this very request.
        if let Err(Trouble::Refused(_)) = made
            && let Some(known) = self.api.find(&["addresses", id], REGION).await?
        {
            return Ok(known);
        }
        made
    }

    async fn order(
        &self,
        method: Method,
        path: &[&str],
        body: &Value,
        address: Option<&str>,
    ) -> Result<Progress, Trouble> {
        match self.api.write::<Ordered>(method, path, REGION, body).await {
            Ok(ordered) => {
                let order = Order { id: ordered.order_id.clone(), address: address.map(str::to_owned) };
                self.state().order = Some(order);
                Ok(Progress::Pending(ordered.order_id))
            }
            Err(Trouble::Refused(words)) => Ok(Progress::Rejected(complaints(&words))),
            Err(trouble) => Err(trouble),
        }
    }

    async fn stand(&self, order: &Order) -> Result<Stand, Trouble> {
        let path = ["orders", order.id.as_str(), "details"];
        let Some(details) = self.api.find::<Details>(&path, REGION).await? else { return Ok(Stand::Done) };
        let mine = details.endpoints.iter().find(|endpoint| endpoint.id == self.endpoint);
        Ok(match (details.status.as_str(), mine.map(|mine| mine.status.as_str())) {
            (_, Some("ERROR")) | ("FAILED", _) => Stand::Failed,
            (_, Some("SUCCESS")) | ("COMPLETED" | "PARTIAL", _) => Stand::Done,
            _ => Stand::Working,
        })
    }

    /// Takes away addresses of ours that are not used, so that no list of homes piles up there.
    async fn clear(&self, used: Option<&str>) -> Result<(), Trouble> {
        let spare: Vec<String> = self.state().spare.iter().cloned().collect();
        for id in spare {
            // Only identifiers that this adapter gave: others belong to somebody else.
            if Some(id.as_str()) != used && id.starts_with(&format!("{}-", self.endpoint)) {
                self.api.delete(&["addresses", &id], REGION).await?;
            }
            self.state().spare.remove(&id);
        }
        Ok(())
    }

    fn address_id(&self, wanted: &Postal) -> String {
        let parts = [
            wanted.street_line(),
            wanted.inside.clone(),
            wanted.city.clone(),
            wanted.state.clone(),
            wanted.postal_code.clone(),
            wanted.country.clone(),
        ];
        let digest = hex(&Sha256::digest(parts.join("\n").to_uppercase()));
        format!("{}-{}", self.endpoint, digest.get(..16).unwrap_or_default())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Address {
    fn postal(&self) -> Postal {
        Postal {
            house_number: self.house_number.clone(),
            house_suffix: String::new(),
            pre_directional: self.predirectional.clone(),
            street_name: self.street_name.clone(),
            street_suffix: self.street_suffix.clone(),
            post_directional: self.postdirectional.clone(),
            inside: self.description.clone(),
            city: self.city.clone(),
            state: self.state.clone(),
            postal_code: self.postal_code.clone(),
            country: self.country.clone(),
        }
    }
}

/// The endpoint's identifier, which the SIP side has to know: number and caller name, in plain letters.
pub(super) fn endpoint_id(number: &str, caller_name: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let name: String = caller_name
        .to_lowercase()
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
        .collect();
    format!("{digits}-{name}")
}

/// The provider's error document (`errors[].source.field`), as fields.
fn complaints(words: &Value) -> Vec<FieldError> {
    let errors = words.get("errors").and_then(Value::as_array);
    let fields: Vec<FieldError> = errors
        .into_iter()
        .flatten()
        .map(|error| {
            let named = error.pointer("/source/field").and_then(Value::as_str).unwrap_or_default();
            let element = match named.rsplit(['.', '/']).next().unwrap_or_default() {
                "addressLine2" => Element::FLR,
                "city" => Element::A3,
                "state" => Element::A1,
                "postalCode" => Element::PC,
                "country" => Element::Country,
                _ => Element::RD,
            };
            let hint = "Correct it, or choose another address.";
            fault(element, "provider_refused", "The provider does not accept this.", hint)
        })
        .collect();
    if fields.is_empty() { unplaced() } else { fields }
}
