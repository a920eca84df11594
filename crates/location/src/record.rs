//! What a registry holds for one endpoint and device, and its JSON forms under `/v1`.
//!
//! A client and a registry meet only over the wire and in these types. Nothing else in this crate needs
//! them, except that a registration has a [`Revision`], a [`Basis`] and a [`Content`], and that every
//! error becomes a [`Problem`].

use serde::{Deserialize, Serialize};

use crate::{CivicAddress, FieldError};

/// A registration's number: the client counts up, and a registry refuses to go back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Revision(pub u64);

impl Revision {
    /// The revision after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// What is registered: a location, or the honest absence of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Responders go there.
    Located(CivicAddress),
    /// "I'm travelling / I can't give an address": the call path is answered `locationUnknown`.
    NoFixedAddress,
    /// Taken back by policy: the call path is answered `locationUnknown`.
    Withdrawn,
}

impl Content {
    /// The address, where there is one.
    #[must_use]
    pub const fn address(&self) -> Option<&CivicAddress> {
        match self {
            Self::Located(address) => Some(address),
            Self::NoFixedAddress | Self::Withdrawn => None,
        }
    }
}

/// Why a location is believed (`method` in the PIDF-LO is `Manual` or `Derived` accordingly).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Basis {
    /// The organisation's network map places this network.
    NetworkMap,
    /// The person confirmed this place here before, and its network was recognised.
    ConfirmedHereBefore,
    /// The person entered or chose it now.
    Manual,
    /// The operating system suggested it and the person confirmed.
    OsSuggestionConfirmed,
    /// An administrator set it.
    AdminStatic,
}

/// How fresh the registry believes its record to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attendance {
    /// The client renews the lease.
    Attended,
    /// The computer certainly moved and the person has not answered.
    Stale,
    /// The client left or its lease lapsed.
    Unattended,
}

/// `GET /v1/me/record?endpoint=URI`: what the call path would be given now. Carries an `ETag`
/// header; with `If-None-Match` it answers 304. 404 where there is no record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The record's revision.
    pub revision: Revision,
    /// What is registered.
    pub content: Content,
    /// Entity tag of the PIDF-LO document, to be given back in `If-Match`; quotes included.
    pub etag: String,
    /// Why it was believed.
    pub basis: Basis,
    /// When it was confirmed, Unix milliseconds; `None` where it was written elsewhere and nobody says when.
    #[serde(default)]
    pub confirmed_at: Option<i64>,
    /// How fresh it is.
    pub attendance: Attendance,
    /// When the lease ends, Unix milliseconds.
    pub lease_until: i64,
    /// When the call path last fetched this very revision, Unix milliseconds.
    pub fetched_at: Option<i64>,
    /// When the call path last fetched any revision for an emergency (`responseTime`
    /// `emergencyRouting` or `emergencyDispatch`), Unix milliseconds.
    pub emergency_at: Option<i64>,
}

/// `GET /v1/me/changes?endpoint=URI&after=N`: answers as soon as anything that [`Record`] shows has
/// changed past `after`, or 204 after four minutes (a long poll: one waiting request, no polling).
/// This is how an emergency fetch reaches the client in time to freeze what nobody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Where the record's changes have come to; to be given back in `after`.
    pub at: u64,
}

/// Header of that request: the hardware addresses of the adapters that connect this computer, as
/// `00-1A-2B-3C-4D-5E`, separated by commas. While it waits, the device is known by them and by the address that it
/// asks from.
pub const ADAPTERS: &str = "device-adapters";

/// Header of that request: the instance id of the softphone beside it (RFC 5626 section 4.1).
pub const INSTANCE: &str = "device-instance";

/// `POST /v1/me/attendance?endpoint=URI`: renews the lease or says that it should not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttendanceReport {
    /// The state to set.
    pub attendance: Attendance,
}

/// `POST /v1/me/advisories?endpoint=URI`: the person has read the notice of 911's limits. The same one again changes
/// nothing; answered 204.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdvisoryReport {
    /// The text's edition.
    pub edition: u32,
    /// Its language.
    pub language: crate::guidance::Language,
    /// When it was read, Unix milliseconds.
    pub at: i64,
}

/// `POST /v1/enrol`: an enrolment code for a device token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolRequest {
    /// The one-time code.
    pub code: String,
    /// A name for this device, chosen by the client; opaque, stable.
    pub device: String,
}

/// The answer to [`EnrolRequest`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolResponse {
    /// Bearer token for this person and device; shown once, only its hash is kept.
    pub token: String,
    /// The endpoint that the code was made for.
    pub endpoint: String,
    /// The device name, as the registry will have it in document paths.
    pub device: String,
    /// The organisation's name, for the person to see.
    pub organisation: String,
}

impl std::fmt::Debug for EnrolResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnrolResponse").field("device", &self.device).finish_non_exhaustive()
    }
}

/// `POST /v1/validate` answers one of these for a [`CivicAddress`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Validation {
    /// The format is right and, where `confirmed_by` says so, someone who knows confirmed it.
    Valid {
        /// Who confirmed that the address exists; `None` means that only the format was checked.
        confirmed_by: Option<String>,
    },
    /// It would be right like this; the person must consent.
    Corrected {
        /// The corrected address.
        address: CivicAddress,
    },
    /// It could be one of these.
    Candidates {
        /// Addresses to choose from.
        addresses: Vec<CivicAddress>,
    },
    /// It cannot be registered.
    Invalid {
        /// What is wrong, field by field.
        fields: Vec<FieldError>,
    },
}

/// Whether "in this building" says which floor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Floors {
    /// One floor: evidence for the building is evidence for the place.
    Single,
    /// Several: only floor evidence (LLDP port, Wi-Fi set) may be silent.
    Several,
    /// Nobody has said.
    #[default]
    Unknown,
}

/// A place in the organisation's directory: `GET /v1/directory/places/{id}`, and the rows of
/// `GET /v1/directory/places`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DirectoryPlace {
    /// Stable id, chosen by the organisation (`denver/b/5/5-112`).
    pub id: String,
    /// What people call it.
    pub label: String,
    /// Its full address, floor and seat included.
    pub location: CivicAddress,
    /// Whether its building has one floor.
    pub floors: Floors,
}

impl std::fmt::Debug for DirectoryPlace {
    /// Shows no label: it says where a person sits as plainly as the address does.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DirectoryPlace")
            .field("id", &self.id)
            .field("floors", &self.floors)
            .finish_non_exhaustive()
    }
}

/// Every error body under `/v1`, and of the XCAP and HELD trees where their standards leave room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Problem {
    /// Stable code for programs, `snake_case`.
    pub code: String,
    /// What happened, for a person.
    pub message: String,
    /// What to do about it.
    pub hint: String,
    /// The fields at fault, if the error is about fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldError>,
}
