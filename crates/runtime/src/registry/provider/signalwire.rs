//! SignalWire: the E911 address of a phone number.
//!
//! The location belongs to the number, not to a device: a number that two people use has one location.
//! Addresses are ours by their label, which is the caller name that the call centre is shown.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use reqwest::Method;
use rightdoor_location::record::Validation;
use rightdoor_location::{CivicAddress, Element, FieldError};
use serde::Deserialize;
use serde_json::{Value, json};

use super::address::{Postal, fault};
use super::api::{Api, Trouble};
use super::{Bound, Progress, Settings, UNBOUND, stored_otherwise, unplaced};

const ADDRESSES: [&str; 4] = ["api", "relay", "rest", "addresses"];
const NUMBERS: [&str; 4] = ["api", "relay", "rest", "phone_numbers"];
/// Writes in one go: an address, and the number's assignment.
const MOST_STEPS: u32 = 4;
/// The kind of what is inside the building, and the word that begins it in our line.
const KINDS: [(&str, &str); 5] =
    [("Floor", "FL "), ("Suite", "STE "), ("Apartment", "APT "), ("Unit", "UNIT "), ("Building", "BLDG ")];
/// The kind where our line begins with something else; the line then stands whole in the number.
const OTHER: &str = "Office";

/// The adapter.
#[derive(Debug)]
pub(super) struct SignalWire {
    pub api: Api,
    label: String,
    number_id: String,
    /// Addresses of ours that nothing is bound to.
    spare: Mutex<BTreeSet<String>>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Status {
    Pending,
    Active,
    Failed,
    PendingRemoval,
    Unregistered,
}

#[derive(Deserialize)]
struct Number {
    e911_address_id: Option<String>,
    e911_status: Option<Status>,
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Address>,
}

#[derive(Deserialize)]
struct Address {
    id: String,
    label: String,
    country: String,
    street_number: String,
    street_name: String,
    address_type: Option<String>,
    address_number: Option<String>,
    city: String,
    state: String,
    postal_code: String,
    #[serde(default)]
    validated: bool,
}

#[derive(Deserialize)]
struct Candidate {
    street_number: Option<String>,
    street_name: Option<String>,
    city: Option<String>,
    state: Option<String>,
    postal_code: Option<String>,
}

impl SignalWire {
    pub fn new(api: Api, settings: Settings) -> Self {
        // What the call centre is shown is cut at 32 characters.
        let label = settings.caller_name.chars().take(32).collect();
        Self { api, label, number_id: settings.number_id, spare: Mutex::default() }
    }

    pub async fn bind(&self, wanted: Option<&Postal>) -> Result<Progress, Trouble> {
        for _ in 0..MOST_STEPS {
            let number: Number = self.api.read(&self.number(&[]), &[]).await?;
            let status = number.e911_status.unwrap_or(Status::Unregistered);
            let Some(wanted) = wanted else {
                match status {
                    Status::Active => self.api.delete(&self.number(&["e911_address"]), &[]).await?,
                    Status::Pending | Status::PendingRemoval => {
                        return Ok(Progress::Pending(self.number_id.clone()));
                    }
                    Status::Failed | Status::Unregistered => {
                        self.spare().extend(number.e911_address_id);
                        self.clear(None).await?;
                        return Ok(Progress::Done(UNBOUND.to_owned()));
                    }
                }
                continue;
            };
            let Some(address) = self.stored(wanted).await? else {
                match self.store(wanted).await {
                    Ok(stored) if wanted.is_same(&stored.postal()) => continue,
                    Ok(stored) => {
                        self.api.delete(&address_path(&stored.id), &[]).await?;
                        return Ok(Progress::Rejected(stored_otherwise(wanted, &stored.postal())));
                    }
                    Err(Trouble::Refused(words)) => return Ok(Progress::Rejected(complaints(&words))),
                    Err(trouble) => return Err(trouble),
                }
            };
            let there = number.e911_address_id.as_deref() == Some(address.id.as_str());
            match (status, there) {
                (Status::Active, true) => {
                    self.clear(Some(&address.id)).await?;
                    return Ok(Progress::Done(address.id));
                }
                // What was begun before has to end first, whatever it was.
                (Status::Pending | Status::PendingRemoval, _) => return Ok(Progress::Pending(address.id)),
                (Status::Failed, true) => return Ok(Progress::Rejected(unplaced())),
                (Status::Active | Status::Failed, false) | (Status::Unregistered, _) => {}
            }
            self.spare().extend(number.e911_address_id);
            let body = json!({ "e911_address_id": address.id });
            let path = self.number(&["e911_address"]);
            match self.api.write::<Number>(Method::POST, &path, &[], &body).await {
                Ok(_) => {}
                Err(Trouble::Refused(words)) => return Ok(Progress::Rejected(complaints(&words))),
                Err(trouble) => return Err(trouble),
            }
        }
        tracing::warn!("the provider does not keep what it is told; tried again later");
        Err(Trouble::Ambiguous)
    }

    /// Only what is active: nobody knows what a call is given while the carrier works on it.
    pub async fn bound(&self) -> Result<Option<Bound>, Trouble> {
        let number: Number = self.api.read(&self.number(&[]), &[]).await?;
        let (Some(id), Some(Status::Active)) = (number.e911_address_id, number.e911_status) else {
            return Ok(None);
        };
        let address: Option<Address> = self.api.find(&address_path(&id), &[]).await?;
        Ok(address.map(|address| Bound { tag: id, address: address.postal() }))
    }

    /// There is no call that only validates: the address is stored, bound to nothing, and taken away
    /// again unless it is used.
    pub async fn validate(&self, given: &CivicAddress, postal: &Postal) -> Result<Validation, Trouble> {
        let stored = match self.stored(postal).await? {
            Some(stored) => stored,
            None => match self.store(postal).await {
                Ok(stored) => stored,
                Err(Trouble::Refused(words)) => return Ok(refused(&words, given, postal)),
                Err(trouble) => return Err(trouble),
            },
        };
        let theirs = stored.postal();
        if !postal.is_same(&theirs) {
            return Ok(Validation::Corrected { address: theirs.corrected(given) });
        }
        Ok(Validation::Valid { confirmed_by: stored.validated.then(|| "SignalWire".to_owned()) })
    }

    /// The address of ours that leads there, if it is stored already.
    async fn stored(&self, wanted: &Postal) -> Result<Option<Address>, Trouble> {
        let query = [("filter_label", self.label.as_str()), ("page_size", "100")];
        let page: Page = self.api.read(&ADDRESSES, &query).await?;
        let same = |address: &Address| address.label == self.label && wanted.is_same(&address.postal());
        let mut same: Vec<Address> = page.data.into_iter().filter(same).collect();
        same.sort_by(|one, other| one.id.cmp(&other.id));
        // The same request twice: one of the two is enough.
        self.spare().extend(same.iter().skip(1).map(|address| address.id.clone()));
        Ok(same.into_iter().next())
    }

    async fn store(&self, wanted: &Postal) -> Result<Address, Trouble> {
        let (first, last) = self.label.split_once(' ').unwrap_or((&self.label, &self.label));
        let line = wanted.street_line();
        let street_name = line.strip_prefix(&wanted.house_number).unwrap_or(&line).trim();
        let mut body = json!({
            "label": self.label,
            "country": wanted.country,
            "first_name": first,
            "last_name": last,
            "street_number": wanted.house_number,
            "street_name": street_name,
            "city": wanted.city,
            "state": wanted.state,
            "postal_code": wanted.postal_code,
            // A correction is for the agent to agree to.
            "auto_correct_address": false,
        });
        if !wanted.inside.is_empty() {
            let (kind, number) = KINDS
                .iter()
                .find_map(|(kind, word)| wanted.inside.strip_prefix(word).map(|number| (*kind, number)))
                .unwrap_or((OTHER, &wanted.inside));
            body["address_type"] = json!(kind);
            body["address_number"] = json!(number);
        }
        let made: Address = self.api.write(Method::POST, &ADDRESSES, &[], &body).await?;
        self.spare().insert(made.id.clone());
        Ok(made)
    }

    /// Takes away addresses of ours that are not used.
    async fn clear(&self, used: Option<&str>) -> Result<(), Trouble> {
        let spare: Vec<String> = self.spare().iter().cloned().collect();
        for id in spare {
            if Some(id.as_str()) != used {
                let address: Option<Address> = self.api.find(&address_path(&id), &[]).await?;
                if address.is_some_and(|address| address.label == self.label) {
                    self.api.delete(&address_path(&id), &[]).await?;
                }
            }
            self.spare().remove(&id);
        }
        Ok(())
    }

    fn number<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        NUMBERS.iter().copied().chain([self.number_id.as_str()]).chain(more.iter().copied()).collect()
    }

    fn spare(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Address {
    fn postal(&self) -> Postal {
        let number = self.address_number.clone().unwrap_or_default();
        let word = KINDS.iter().find(|(kind, _)| Some(*kind) == self.address_type.as_deref());
        Postal {
            house_number: self.street_number.clone(),
            street_name: self.street_name.clone(),
            inside: word.map_or_else(|| number.clone(), |(_, word)| format!("{word}{number}")),
            city: self.city.clone(),
            state: self.state.clone(),
            postal_code: self.postal_code.clone(),
            country: self.country.clone(),
            ..Postal::default()
        }
    }
}

fn address_path(id: &str) -> [&str; 5] {
    let [api, relay, rest, addresses] = ADDRESSES;
    [api, relay, rest, addresses, id]
}

/// A refusal with candidates is a question; one without is an answer.
fn refused(words: &Value, given: &CivicAddress, postal: &Postal) -> Validation {
    let candidates = words.get("candidates").cloned().unwrap_or_default();
    let candidates: Vec<Candidate> = serde_json::from_value(candidates).unwrap_or_default();
    let addresses: Vec<CivicAddress> = candidates
        .into_iter()
        .map(|candidate| {
            let number = candidate.street_number.unwrap_or_else(|| postal.house_number.clone());
            let theirs = Postal {
                house_number: number,
                street_name: candidate.street_name.unwrap_or_else(|| postal.street_name.clone()),
                inside: postal.inside.clone(),
                city: candidate.city.unwrap_or_else(|| postal.city.clone()),
                state: candidate.state.unwrap_or_else(|| postal.state.clone()),
                postal_code: candidate.postal_code.unwrap_or_else(|| postal.postal_code.clone()),
                country: postal.country.clone(),
                ..Postal::default()
            };
            theirs.corrected(given)
        })
        .collect();
    if addresses.is_empty() {
        Validation::Invalid { fields: complaints(words) }
    } else {
        Validation::Candidates { addresses }
    }
}

/// The provider's error document (`errors[].detail`), as fields: it names them in a sentence.
fn complaints(words: &Value) -> Vec<FieldError> {
    let errors = words.get("errors").and_then(Value::as_array);
    let fields: Vec<FieldError> = errors
        .into_iter()
        .flatten()
        .map(|error| {
            let said = error.get("detail").and_then(Value::as_str).unwrap_or_default().to_lowercase();
            let names = [
                ("street number", Element::HNO),
                ("city", Element::A3),
                ("state", Element::A1),
                ("postal", Element::PC),
                ("zip", Element::PC),
                ("country", Element::Country),
                ("address number", Element::FLR),
            ];
            let element = names.iter().find(|(name, _)| said.contains(name)).map(|(_, element)| *element);
            let hint = "Correct it, or choose another address.";
            let message = "The provider does not accept this.";
            fault(element.unwrap_or(Element::RD), "provider_refused", message, hint)
        })
        .collect();
    if fields.is_empty() { unplaced() } else { fields }
}
