//! The border between the loop and whoever keeps the locations: our own registry, or a provider.
//!
//! [`Registry`] is one thing to the driver, whichever adapter is behind it. The directory, enrolment
//! codes and being told of changes belong to our own server; a provider has none of them, and
//! [`Capabilities`] says what else it lacks. An order at a provider is *level-triggered*: every call
//! of [`Registry::deliver`] first looks at what the provider holds and then does what is still to be
//! done, so a retry, a lost answer, a crash between two requests and "is it active yet?" are one case.

mod own;
mod provider;
mod wire;
mod xcap;

use std::path::PathBuf;
use std::sync::Arc;

use rightdoor_core::advisory::Acknowledged;
use rightdoor_core::saved::Enrolment;
use rightdoor_core::{Abilities, Delivery, DeliveryOutcome, ReadBackOutcome, Redacted, ValidationOutcome};
use rightdoor_location::CivicAddress;
use rightdoor_location::record::{Attendance, DirectoryPlace, Problem, Record};
use rightdoor_platform::secrets::Secrets;

use own::Own;
pub(crate) use own::TOKEN;
use provider::Provider;
pub use provider::{Adapter, Settings};
pub use xcap::{Fetched, Peer, Xcap};

/// How the adapter reaches registries.
#[derive(Clone, Debug)]
pub struct Options {
    /// Certificate authorities to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Whether an address without TLS is taken for hosts other than this computer (laboratories).
    pub plain_http: bool,
    /// Where the token is kept.
    pub secrets: Secrets,
}

/// What a look into the directory found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The place.
    Place(Box<DirectoryPlace>),
    /// The directory has no such place.
    Nothing,
    /// It could not be asked.
    Unavailable,
}

/// What the organisation's guidance is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Guided {
    /// Another one than was asked with, as it came; nobody has checked it.
    New {
        /// The document.
        bytes: Vec<u8>,
        /// Its entity tag.
        tag: Option<String>,
    },
    /// The one that was asked with.
    Same,
    /// The organisation says nothing.
    Nothing,
    /// It could not be asked, or somebody else answered.
    Unavailable,
}

/// What a location is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This device: a person with two computers has two locations.
    Device,
    /// The number: whoever uses it has the same location, so it must not be shared.
    Number,
}

/// What has to stand in the SIP request of a 911 call, so that the provider finds the location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallToken {
    /// Nothing: the caller's number or URI finds it.
    None,
    /// Identifiers that are new after every move; they are kept in a file for the SIP side.
    NewAtEveryMove,
    /// The endpoint's identifier at the provider, which stays the same.
    Fixed,
}

/// What a registry can do (design, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// What a location is bound to.
    pub scope: Scope,
    /// Whether it stores an address otherwise than given without asking; the adapter notices, and the
    /// agent is asked.
    pub corrects_silently: bool,
    /// Whether a location counts only some time after it was taken.
    pub activates_later: bool,
    /// Whether a record can be marked stale or unattended.
    pub marks_stale: bool,
    /// Whether a record lapses unless it is renewed.
    pub lease: bool,
    /// Whether it has a directory of places.
    pub directory: bool,
    /// What the SIP side has to add to a call.
    pub call_token: CallToken,
}

/// What the device is known by at our own registry while it listens there, beside the address that it asks from.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KnownBy {
    /// Interfaces that count as adapters whatever the kernel says of them (`senses.physical`).
    pub physical: Vec<String>,
    /// The instance id of the softphone on this computer (`registry.instance`); empty if nobody has said.
    pub instance: String,
}

impl std::fmt::Debug for KnownBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KnownBy").field("physical", &self.physical).finish_non_exhaustive()
    }
}

impl Capabilities {
    /// What an agent has to know of it before answering.
    #[must_use]
    pub const fn abilities(self) -> Abilities {
        Abilities {
            by_number: matches!(self.scope, Scope::Number),
            activates_later: self.activates_later,
            marks_stale: self.marks_stale,
        }
    }
}

/// The registry that is configured. Cheap to clone; clones share connection, secrets and enrolment.
#[derive(Clone, Debug)]
pub struct Registry(Behind);

#[derive(Clone, Debug)]
enum Behind {
    Own(Own),
    Provider(Arc<Provider>),
}

impl Registry {
    /// Our own registry, written for `enrolment`, if there is one yet. Nothing is opened or read.
    #[must_use]
    pub fn new(options: Options, enrolment: Option<Enrolment>) -> Self {
        // The token of our own registry is not for a provider that this computer wrote to before.
        let enrolment = enrolment.filter(|enrolment| !provider::is_at_provider(enrolment));
        Self(Behind::Own(Own::new(options, enrolment)))
    }

    /// The same, and it says what the device is known by. A provider is not told.
    #[must_use]
    pub fn known_by(self, known_by: KnownBy) -> Self {
        match self.0 {
            Behind::Own(own) => Self(Behind::Own(own.known_by(known_by))),
            Behind::Provider(_) => self,
        }
    }

    /// A provider, written for `enrolment`; `held` is the record that was last read from it.
    #[must_use]
    pub fn at_provider(
        options: Options,
        settings: Settings,
        enrolment: Option<Enrolment>,
        held: Option<Record>,
    ) -> Self {
        Self(Behind::Provider(Arc::new(Provider::new(options, settings, enrolment, held))))
    }

    /// What it can do.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        match &self.0 {
            Behind::Own(_) => Capabilities {
                scope: Scope::Device,
                corrects_silently: false,
                activates_later: false,
                marks_stale: true,
                lease: true,
                directory: true,
                call_token: CallToken::None,
            },
            Behind::Provider(provider) => provider.capabilities(),
        }
    }

    /// Forgets open connections: the network may have changed under them, and a write must not wait
    /// for a connection that leads nowhere.
    pub fn forget_connections(&self) {
        match &self.0 {
            Behind::Own(own) => own.forget_connections(),
            Behind::Provider(provider) => provider.forget_connections(),
        }
    }

    /// Ends what is under way as unanswered: the network that it was asked on is gone.
    pub fn leave_network(&self) {
        match &self.0 {
            Behind::Own(own) => own.leave_network(),
            Behind::Provider(provider) => provider.leave_network(),
        }
    }

    /// Who it writes for, once enrolled.
    #[must_use]
    pub fn enrolment(&self) -> Option<Enrolment> {
        match &self.0 {
            Behind::Own(own) => own.enrolment(),
            Behind::Provider(provider) => provider.enrolment(),
        }
    }

    /// Writes one revision. At a provider that activates later the same order, given again, says how
    /// far it has come; what was bound before stands until the new location is active. A withdrawal is
    /// a revision, too.
    pub async fn deliver(&self, delivery: &Delivery) -> DeliveryOutcome {
        match &self.0 {
            Behind::Own(own) => own.deliver(delivery).await,
            Behind::Provider(provider) => provider.deliver(delivery).await,
        }
    }

    /// Reads what the call path would be given; see [`rightdoor_core::Effect::ReadBack`].
    pub async fn read_back(&self, unless: Option<&str>) -> ReadBackOutcome {
        match &self.0 {
            Behind::Own(own) => own.read_back(unless).await,
            Behind::Provider(provider) => provider.read_back().await,
        }
    }

    /// Renews the lease, or says how the record should be taken.
    pub async fn attend(&self, attendance: Attendance) -> DeliveryOutcome {
        match &self.0 {
            Behind::Own(own) => own.attend(attendance).await,
            Behind::Provider(_) => DeliveryOutcome::Unsupported,
        }
    }

    /// Tells that the notice of 911's limits was read. A provider takes no such thing.
    pub async fn acknowledge(&self, read: &Acknowledged) -> DeliveryOutcome {
        match &self.0 {
            Behind::Own(own) => own.acknowledge(read).await,
            Behind::Provider(_) => DeliveryOutcome::Unsupported,
        }
    }

    /// Checks an address.
    pub async fn validate(&self, address: &CivicAddress) -> ValidationOutcome {
        match &self.0 {
            Behind::Own(own) => own.validate(address).await,
            Behind::Provider(provider) => provider.validate(address).await,
        }
    }

    /// Finds a place in the organisation's directory.
    pub async fn look_up(&self, id: &str) -> Found {
        match &self.0 {
            Behind::Own(own) => own.look_up(id).await,
            Behind::Provider(_) => Found::Nothing,
        }
    }

    /// The places of the organisation's directory that hold all these words, `most` at the most, and
    /// whether there are more. `None` when it could not be asked.
    pub async fn search(&self, words: &str, most: usize) -> Option<(Vec<DirectoryPlace>, bool)> {
        match &self.0 {
            Behind::Own(own) => own.search(words, most).await,
            Behind::Provider(_) => Some((Vec::new(), false)),
        }
    }

    /// Exchanges a code for a token and keeps the token; from then on the adapter writes for this
    /// enrolment. A provider has no codes: its secret must be in the keyring already, and is tried.
    ///
    /// # Errors
    /// A problem for the agent. The code is used up only if the registry accepted it, and it is not
    /// sent at all while the token could not be kept.
    pub async fn enrol(&self, code: &Redacted<String>, base: &str) -> Result<Enrolment, Redacted<Problem>> {
        match &self.0 {
            Behind::Own(own) => own.enrol(code, base).await,
            Behind::Provider(provider) => provider.enrol().await,
        }
    }

    /// Whether the registry answers at all.
    ///
    /// # Errors
    /// What stands in the way, in words.
    pub async fn reach(&self, base: &str) -> Result<(), String> {
        match &self.0 {
            Behind::Own(own) => own.reach(base).await,
            Behind::Provider(provider) => provider.reach().await,
        }
    }

    /// What the organisation says to do when VoIP cannot carry 911; `unless` is the entity tag of what is known. A
    /// provider says nothing.
    pub(crate) async fn guidance(&self, unless: Option<&str>) -> Guided {
        match &self.0 {
            Behind::Own(own) => own.guidance(unless).await,
            Behind::Provider(_) => Guided::Nothing,
        }
    }

    /// Calls `changed` whenever the registry says that the record is not what it was, until it cannot
    /// be heard. A provider says nothing: it is read back at its time.
    pub async fn hear(&self, changed: impl FnMut() + Send) {
        match &self.0 {
            Behind::Own(own) => own.hear(changed).await,
            Behind::Provider(_) => {}
        }
    }
}
