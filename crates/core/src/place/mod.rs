//! Places the agent has confirmed, and the network evidence of being there.

pub mod recognise;

use rightdoor_location::{CivicAddress, Floors};
use serde::{Deserialize, Serialize};

use crate::network::{Evidence, Heard, PortKey, Snapshot, Station, StationKind};
use crate::{Redacted, Wall};

/// A place's id: the directory's, or `p1`, `p2`, … for the agent's own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PlaceId(pub String);

/// Who knows the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The agent entered it.
    Agent,
    /// The organisation's directory has it.
    Directory,
}

/// The network evidence of one confirmation at a place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exemplar {
    /// The switch port, if LLDP told it.
    pub port: Option<PortKey>,
    /// Default gateways of physical links, resolved ones only.
    pub gateways: Vec<Station>,
    /// Radios heard that are one machine in the world, sorted by key: a phone's hotspot is not.
    pub radios: Vec<Heard>,
    /// Whose session it was: only for that person may the place be recognised without a question.
    #[serde(default)]
    pub user: u64,
}

impl Exemplar {
    /// Most exemplars that a place keeps (R1, step 3).
    pub const MOST: usize = 12;

    /// What a snapshot offers as evidence.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        let gateways = snapshot.gateways().filter_map(|g| g.station.known().copied()).collect();
        let mut radios = snapshot.wifi.known().map(|wifi| wifi.heard.clone()).unwrap_or_default();
        radios.retain(|heard| heard.global);
        let port = match &snapshot.lldp {
            Evidence::Known(port) => Some(*port),
            Evidence::Absent | Evidence::Withheld(_) => None,
        };
        Self { port, gateways, radios, user: snapshot.session.user }
    }

    /// Whether there is anything here that could be recognised again.
    #[must_use]
    pub fn is_learnable(&self) -> bool {
        // A shared router address proves nothing on another day, but an unbroken link to it does today.
        let fixed = |station: &Station| station.kind != StationKind::Local;
        self.port.is_some() || self.gateways.iter().any(fixed) || !self.radios.is_empty()
    }
}

/// A place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its id.
    pub id: PlaceId,
    /// What the agent calls it.
    pub label: Redacted<String>,
    /// Where it is.
    pub location: CivicAddress,
    /// Whether evidence for the building is evidence for the place.
    pub floors: Floors,
    /// Who knows it.
    pub origin: Origin,
    /// Evidence of having been there, at most [`Exemplar::MOST`].
    pub exemplars: Vec<Exemplar>,
    /// When the agent last confirmed it.
    pub confirmed_at: Wall,
    /// Whether the computer slept for more than four hours since, or the age cannot be known.
    pub doubted: bool,
}

impl Place {
    /// Whether building evidence (a gateway) may stand for the whole location: the site has one
    /// floor, or the location claims nothing inside the building.
    #[must_use]
    pub fn building_is_enough(&self) -> bool {
        match self.floors {
            Floors::Single => true,
            Floors::Several => false,
            Floors::Unknown => !self.location.names_interior(),
        }
    }

    /// Remembers one more piece of evidence; an equal one is not kept twice, and the oldest goes
    /// when there are too many.
    pub fn learn(&mut self, exemplar: Exemplar) {
        if !exemplar.is_learnable() || self.exemplars.contains(&exemplar) {
            return;
        }
        if self.exemplars.len() == Exemplar::MOST {
            self.exemplars.remove(0);
        }
        self.exemplars.push(exemplar);
    }
}
