//! Providers: companies that keep the locations of their customers' phones.
//!
//! Nothing of a provider's state is kept here but the record that was last read back, which the loop
//! stores with everything else: identifiers, halves of a move and answers that were lost are found
//! again by looking at the provider. No provider has a conditional write or an idempotency key, so the
//! look before the write takes their place, and this companion is taken for the only writer of its
//! binding; what somebody else changes is seen by the read-back and written over.

mod address;
mod api;
mod bandwidth;
mod call_token;
mod settings;
mod signalwire;
mod telnyx;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rightdoor_core::saved::Enrolment;
use rightdoor_core::{Delivery, DeliveryOutcome, ReadBackOutcome, Redacted, ValidationOutcome};
use rightdoor_location::record::{Attendance, Problem, Record, Validation};
use rightdoor_location::{Basis, CivicAddress, Content, Element, FieldError, Revision};

use self::address::Postal;
use self::api::{Access, Api, Trouble};
use self::bandwidth::Bandwidth;
pub use self::settings::{Adapter, Settings};
use self::signalwire::SignalWire;
use self::telnyx::Telnyx;
use super::wire::Wire;
use super::{CallToken, Capabilities, Options, Scope};

/// Before a provider's name in [`Enrolment::device`].
const AT_PROVIDER: &str = "provider:";
/// The tag of a location that is bound to nothing.
const UNBOUND: &str = "unbound";

/// How far a binding has come.
enum Progress {
    /// The provider binds this and nothing else to the endpoint, under this tag.
    Done(String),
    /// The provider is working on it, under this reference.
    Pending(String),
    /// It will not be.
    Rejected(Vec<FieldError>),
}

/// What the provider binds to the endpoint now.
struct Bound {
    tag: String,
    address: Postal,
}

#[derive(Debug)]
enum Kind {
    Telnyx(Telnyx),
    Bandwidth(Bandwidth),
    SignalWire(SignalWire),
}

impl Kind {
    const fn api(&self) -> &Api {
        match self {
            Self::Telnyx(telnyx) => &telnyx.api,
            Self::Bandwidth(bandwidth) => &bandwidth.api,
            Self::SignalWire(signalwire) => &signalwire.api,
        }
    }

    /// Looks at what is bound, and does what is still to be done.
    async fn bind(&self, wanted: Option<&Postal>) -> Result<Progress, Trouble> {
        match self {
            Self::Telnyx(telnyx) => telnyx.bind(wanted).await,
            Self::Bandwidth(bandwidth) => bandwidth.bind(wanted).await,
            Self::SignalWire(signalwire) => signalwire.bind(wanted).await,
        }
    }

    async fn bound(&self) -> Result<Option<Bound>, Trouble> {
        match self {
            Self::Telnyx(telnyx) => telnyx.bound().await,
            Self::Bandwidth(bandwidth) => bandwidth.bound().await,
            Self::SignalWire(signalwire) => signalwire.bound().await,
        }
    }

    async fn validate(&self, given: &CivicAddress, postal: &Postal) -> Result<Validation, Trouble> {
        match self {
            Self::Telnyx(telnyx) => telnyx.validate(given, postal).await,
            Self::Bandwidth(bandwidth) => bandwidth.validate(given, postal).await,
            Self::SignalWire(signalwire) => signalwire.validate(given, postal).await,
        }
    }
}

/// A provider, and what is known of it.
#[derive(Debug)]
pub(super) struct Provider {
    kind: Kind,
    wire: Arc<Wire>,
    enrolment: Enrolment,
    url: String,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    enrolled: bool,
    /// The record that was last delivered or read back; its tag says which binding it is about.
    record: Option<Record>,
}

/// Whether this is an enrolment at a provider.
pub(super) fn is_at_provider(enrolment: &Enrolment) -> bool {
    enrolment.device.starts_with(AT_PROVIDER)
}

impl Provider {
    pub fn new(
        options: Options,
        settings: Settings,
        enrolment: Option<Enrolment>,
        held: Option<Record>,
    ) -> Self {
        let wire = Arc::new(Wire::new(options.ca_file, options.plain_http));
        let usual = match settings.adapter {
            Adapter::Bandwidth => bandwidth::url(&settings.account),
            Adapter::Own | Adapter::Telnyx | Adapter::SignalWire => telnyx::URL.to_owned(),
        };
        let url = if settings.url.is_empty() { usual } else { settings.url.clone() };
        let access = match settings.adapter {
            Adapter::Own | Adapter::Telnyx => Access::Bearer,
            Adapter::SignalWire => Access::Basic(settings.account.clone()),
            Adapter::Bandwidth => Access::Client {
                id: settings.client.clone(),
                token_url: if settings.token_url.is_empty() {
                    bandwidth::TOKEN_URL.to_owned()
                } else {
                    settings.token_url.clone()
                },
            },
        };
        let name = settings.adapter.secret().unwrap_or_default();
        let api = Api::new(Arc::clone(&wire), url.clone(), options.secrets, name, access);
        let ours = Enrolment {
            registry: url.clone().into(),
            endpoint: [&settings.number, &settings.number_id].map(String::as_str).concat().into(),
            device: format!("{AT_PROVIDER}{}:{}", settings.adapter.name(), settings.caller_name),
            organisation: settings.adapter.name().to_owned().into(),
        };
        let enrolled = enrolment.as_ref() == Some(&ours);
        let kind = match settings.adapter {
            Adapter::Own | Adapter::Telnyx => Kind::Telnyx(Telnyx::new(api, settings)),
            Adapter::Bandwidth => Kind::Bandwidth(Bandwidth::new(api, settings)),
            Adapter::SignalWire => Kind::SignalWire(SignalWire::new(api, settings)),
        };
        let state = Mutex::new(State { enrolled, record: held.filter(|_| enrolled) });
        Self { kind, wire, enrolment: ours, url, state }
    }

    pub const fn capabilities(&self) -> Capabilities {
        let (scope, call_token) = match &self.kind {
            Kind::Telnyx(_) => (Scope::Device, CallToken::NewAtEveryMove),
            Kind::Bandwidth(_) => (Scope::Device, CallToken::Fixed),
            Kind::SignalWire(_) => (Scope::Number, CallToken::None),
        };
        Capabilities {
            scope,
            corrects_silently: true,
            activates_later: true,
            marks_stale: false,
            lease: false,
            directory: false,
            call_token,
        }
    }

    pub fn forget_connections(&self) {
        self.wire.forget();
    }

    pub fn leave_network(&self) {
        self.wire.leave();
    }

    pub fn enrolment(&self) -> Option<Enrolment> {
        self.state().enrolled.then(|| self.enrolment.clone())
    }

    pub async fn deliver(&self, delivery: &Delivery) -> DeliveryOutcome {
        if !self.state().enrolled {
            return DeliveryOutcome::Unauthorised;
        }
        let wanted = match delivery.content.address().map(Postal::of).transpose() {
            Ok(wanted) => wanted,
            Err(fields) => return DeliveryOutcome::Rejected { fields },
        };
        match self.kind.bind(wanted.as_ref()).await {
            Ok(Progress::Done(tag)) => {
                self.state().record = Some(record(delivery, tag.clone()));
                DeliveryOutcome::Active { etag: tag }
            }
            Ok(Progress::Pending(reference)) => DeliveryOutcome::Pending { reference },
            Ok(Progress::Rejected(fields)) => DeliveryOutcome::Rejected { fields },
            Err(trouble) => trouble.of_write(),
        }
    }

    pub async fn read_back(&self) -> ReadBackOutcome {
        if !self.state().enrolled {
            return ReadBackOutcome::Unauthorised;
        }
        let bound = match self.kind.bound().await {
            Ok(bound) => bound,
            Err(trouble) => return trouble.of_read(),
        };
        let known = self.state().record.clone();
        match bound {
            Some(bound) => ReadBackOutcome::Found(match known {
                Some(known) if is_about(&known, &bound) => known,
                // Bound by somebody else, or by us before everything was forgotten.
                Some(_) | None => stranger(&bound),
            }),
            None => match known {
                Some(known) if known.content.address().is_none() => ReadBackOutcome::Found(known),
                Some(_) | None => ReadBackOutcome::Nothing,
            },
        }
    }

    pub async fn validate(&self, address: &CivicAddress) -> ValidationOutcome {
        let postal = match Postal::of(address) {
            Ok(postal) => postal,
            Err(fields) => return ValidationOutcome::Answered(Validation::Invalid { fields }),
        };
        let answered = self.kind.validate(address, &postal).await;
        answered.map_or(ValidationOutcome::Unavailable, ValidationOutcome::Answered)
    }

    /// Tries the secret that is in the keyring.
    pub async fn enrol(&self) -> Result<Enrolment, Redacted<Problem>> {
        let problem = |code: &str, message: String, hint: &str| {
            Redacted::new(Problem { code: code.into(), message, hint: hint.into(), fields: Vec::new() })
        };
        if let Err(why) = self.kind.api().has_secret().await {
            let hint = "Give it to `rightdoorctl enrol --provider` on its standard input.";
            return Err(problem("no_provider_secret", why, hint));
        }
        match self.kind.bound().await {
            Ok(_) => {}
            Err(Trouble::Unauthorised) => {
                let hint = "Make a new one at the provider, and give it to `rightdoorctl enrol --provider`.";
                return Err(problem("provider_secret", "The provider refuses this secret.".into(), hint));
            }
            Err(trouble) => {
                tracing::info!(?trouble, "the provider could not be asked");
                let hint = "Check the network and the section `registry` of the configuration.";
                return Err(problem("provider_silent", "The provider did not answer.".into(), hint));
            }
        }
        self.state().enrolled = true;
        Ok(self.enrolment.clone())
    }

    /// Whether the provider answers at all.
    pub async fn reach(&self) -> Result<(), String> {
        let answer = self.wire.send(&self.url, &[], |client, url| client.get(url)).await;
        answer.map(|_| ()).map_err(|fault| fault.to_string())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The record of what was delivered. A provider has neither leases nor stale marks.
fn record(delivery: &Delivery, tag: String) -> Record {
    Record {
        revision: delivery.revision,
        content: delivery.content.clone(),
        etag: tag,
        basis: delivery.basis,
        confirmed_at: Some(delivery.confirmed_at.0),
        attendance: Attendance::Attended,
        lease_until: i64::MAX,
        fetched_at: None,
        emergency_at: None,
    }
}

/// Whether what is bound is what the record says, and not what somebody else has bound since.
fn is_about(known: &Record, bound: &Bound) -> bool {
    let postal = known.content.address().map(Postal::of);
    known.etag == bound.tag
        && postal.is_some_and(|postal| postal.is_ok_and(|mine| mine.is_same(&bound.address)))
}

/// A binding that nobody here knows: before every revision of ours, so that ours is written over it.
fn stranger(bound: &Bound) -> Record {
    Record {
        revision: Revision(0),
        content: Content::Located(bound.address.civic()),
        etag: bound.tag.clone(),
        basis: Basis::AdminStatic,
        confirmed_at: None,
        attendance: Attendance::Attended,
        lease_until: i64::MAX,
        fetched_at: None,
        emergency_at: None,
    }
}

/// What the provider says of an address that it could not place, and gives no reason.
fn unplaced() -> Vec<FieldError> {
    let hint = "Compare it with an envelope that was delivered there, or ask your administrator.";
    vec![address::fault(Element::RD, "provider_rejected", "The provider could not place this address.", hint)]
}

/// What the provider stored differs from what it was given: the agent has to agree first.
fn stored_otherwise(wanted: &Postal, stored: &Postal) -> Vec<FieldError> {
    let message = "The provider would store this otherwise than you gave it.";
    let hint = "Enter the address again, and say whether its correction is the place.";
    let differing = wanted.differs(stored);
    differing.into_iter().map(|field| address::fault(field, "corrected", message, hint)).collect()
}
