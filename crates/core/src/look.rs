//! What a window, or anyone else at the link, can look at besides the view. Looking changes nothing.

use rightdoor_location::format::Screen;
use rightdoor_location::record::DirectoryPlace;
use rightdoor_location::{Basis, CivicAddress, FieldError, Revision};
use serde::{Deserialize, Serialize};

use crate::{Redacted, Wall};

/// What to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Look {
    /// The organisation's directory of places.
    Directory {
        /// Words that all must be in a place's label or address; empty for all of them.
        search: String,
    },
    /// What this person confirmed on this computer.
    History,
    /// How this installation is set up, and what is wrong with it.
    Settings,
    /// An address as it is being typed.
    Check {
        /// Its elements.
        address: CivicAddress,
        /// Number and street on one line; what is understood of it takes the place of those elements.
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(type = "string | null"))]
        street: Option<Redacted<String>>,
    },
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Sight {
    /// The directory.
    Directory(Directory),
    /// Confirmations, latest first.
    History(Vec<Confirmation>),
    /// The installation.
    Settings(Box<Settings>),
    /// The address.
    Checked(Box<Checked>),
}

/// The organisation's directory, as far as it is known here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Directory {
    /// Every place, by id.
    pub places: Vec<DirectoryPlace>,
    /// When the registry gave it; `None`: it could not be asked, and nothing is kept from before.
    pub read_at: Option<Wall>,
    /// Whether there are more places than were fetched.
    pub cut: bool,
}

/// One confirmation, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Confirmation {
    /// When.
    pub at: Wall,
    /// Its revision.
    pub revision: Revision,
    /// Where, on one line; `None` where there was no address, or it was erased.
    #[cfg_attr(feature = "ts", ts(type = "string | null"))]
    pub address: Option<Redacted<String>>,
    /// Why there is no address here: no fixed address, taken back, or erased.
    pub instead: Option<Instead>,
    /// Why it was believed; `None` where it was counted anew after the registry's numbers had run ahead.
    pub basis: Option<Basis>,
    /// When the registry was seen to hold it.
    pub registered_at: Option<Wall>,
    /// When the registry refused it.
    pub refused_at: Option<Wall>,
    /// What 933 said about it.
    pub matched: Option<bool>,
}

/// What stands in an address's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Instead {
    /// "I'm travelling / I can't give an address."
    NoFixedAddress,
    /// Taken back by policy.
    Withdrawn,
    /// Erased by the person, or no longer kept.
    Erased,
}

/// How this installation is set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Settings {
    /// Who this computer is enrolled for.
    pub enrolled: Option<EnrolledAs>,
    /// The companion's version.
    pub version: String,
    /// Every key of the configuration.
    pub keys: Vec<Setting>,
    /// Every sense, permission and store, and what to do about each fault.
    pub findings: Vec<Finding>,
}

/// Who this computer is enrolled for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct EnrolledAs {
    /// The organisation.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub organisation: Redacted<String>,
    /// The softphone's number or address.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub endpoint: Redacted<String>,
    /// The registry.
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub registry: Redacted<String>,
}

/// One key of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Setting {
    /// Its name with its section.
    pub name: String,
    /// Who set it: a file and its line, the environment, or Rightdoor itself.
    pub origin: String,
}

/// How something does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Condition {
    /// Works.
    Works,
    /// Works in part, or is not there.
    Limited,
    /// Does not work.
    Broken,
}

/// One finding of the doctor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Finding {
    /// What was looked at.
    pub topic: String,
    /// How it does.
    pub condition: Condition,
    /// What was found.
    pub found: String,
    /// What to do; empty where nothing needs to be done.
    pub remedy: String,
}

/// An address as it would be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Checked {
    /// In one spelling, with what was understood of the street line.
    pub address: CivicAddress,
    /// What is wrong with its form; empty means "format ok", not that it exists.
    pub faults: Vec<FieldError>,
    /// What a dispatcher's screen may hold of it.
    #[cfg_attr(feature = "ts", ts(as = "Screen"))]
    pub screen: Redacted<Screen>,
}
