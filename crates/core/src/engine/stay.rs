//! The stay: from arrival on a network or place until a certain move or a change of user.

use super::Engine;
use crate::intent::PromptId;
use crate::network::delta::{Delta, likeness};
use crate::network::{Evidence, PreSample, Snapshot, StationKey, StationKind};
use crate::place::{Exemplar, PlaceId};
use crate::saved::{Change, StayRecord};
use crate::view::{Doubt, Here, Review, Senses};
use crate::{Mono, Wall};

/// What is known about where the person is, in this stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    /// Recognised without a question.
    Recognised { place: PlaceId, since: Wall },
    /// The agent said so, here.
    Confirmed { place: Option<PlaceId>, since: Wall, expires: Option<Mono> },
    /// Not known.
    Unknown { why: Doubt, since: Wall },
}

/// The stay. The deciding room begins one; everybody else only says what happened to it.
#[derive(Debug)]
pub(super) struct Stay {
    /// Counts the stays of this run.
    pub number: u64,
    /// Network evidence on arrival; `None` before the first sample.
    pub network: Option<Exemplar>,
    /// The whole sample behind it, for what an exemplar does not hold; not kept over a restart.
    pub snapshot: Option<Snapshot>,
    pub user: u64,
    pub settled: Settled,
    /// The move prompt of this stay, once it was opened.
    pub prompt: Option<PromptId>,
    /// Whether the link was lost since arrival: weak evidence no longer proves the same network.
    pub broken: bool,
    /// The agent said where they are while the network was not known, and this is what the last look
    /// saw then: it holds for that network and no other.
    pub said: Option<PreSample>,
    /// How often looks had differed when that was said.
    said_at: u64,
    /// Whether the last arrival was a certain move that nobody has answered.
    pub moved_unanswered: Option<Mono>,
    /// A place that one Wi-Fi scan found, and when; a second scan must agree.
    pub agreeing: Option<(PlaceId, Mono)>,
    /// Whether another person was seen at the screen since arrival.
    pub changed: bool,
    /// Whether the session was remote on arrival: then the network says nothing.
    pub remote: bool,
    /// Whether there is no network, or none can be seen: an overlay, the stay itself goes on.
    pub overlay: Option<(Doubt, Wall)>,
}

/// Radios less alike than this are another part of the building, even behind the same gateway.
const STAY_LIKENESS: u16 = 250;

impl Stay {
    pub(super) fn restored(saved: Option<StayRecord>, why: Doubt, now: Wall) -> Self {
        let (network, user, prompt) = match saved {
            Some(stay) => (Some(stay.network), stay.user, stay.prompt.filter(|_| stay.open)),
            None => (None, 0, None),
        };
        Self {
            number: 0,
            network,
            snapshot: None,
            user,
            settled: Settled::Unknown { why, since: now },
            prompt,
            broken: true,
            said: None,
            said_at: 0,
            moved_unanswered: None,
            agreeing: None,
            changed: false,
            remote: false,
            overlay: None,
        }
    }

    /// Whether `seen` is the network of this stay.
    pub(super) fn matches(&self, seen: &Snapshot) -> bool {
        let Some(known) = &self.network else { return false };
        let here = Exemplar::of(seen);
        if let (Some(a), Some(b)) = (known.port, here.port)
            && a != b
        {
            return false;
        }
        // The floor was known by its radios, the link was lost, and now they are kept from us.
        let withheld = matches!(seen.wifi, Evidence::Withheld(_)) && !known.radios.is_empty();
        if withheld && self.broken {
            return false;
        }
        let enough = known.radios.len() >= 3 && here.radios.len() >= 3;
        if enough && likeness(&known.radios, &here.radios).0 < STAY_LIKENESS {
            return false;
        }
        let shared = here.gateways.iter().find(|h| known.gateways.iter().any(|k| k.key == h.key));
        match shared {
            Some(station) if station.kind == StationKind::Global => true,
            Some(_) => !self.broken && self.same_addresses(seen),
            None if known.gateways.is_empty() || here.gateways.is_empty() => self.same_addresses(seen),
            None => false,
        }
    }

    /// Whether gateways' addresses and subnets agree: enough only while the link never broke.
    fn same_addresses(&self, seen: &Snapshot) -> bool {
        let Some(old) = &self.snapshot else { return false };
        let gateways = |s: &Snapshot| s.gateways().map(|g| g.address.clone()).collect::<Vec<_>>();
        !self.broken && gateways(old) == gateways(seen) && !Delta::of_samples(old, seen).subnets
    }

    fn record(&self, open: Option<PromptId>) -> StayRecord {
        StayRecord {
            network: self.network.clone().unwrap_or_default(),
            user: self.user,
            place: self.place().cloned(),
            prompt: self.prompt,
            open: self.prompt.is_some() && self.prompt == open,
        }
    }

    pub(super) const fn place(&self) -> Option<&PlaceId> {
        match &self.settled {
            Settled::Recognised { place, .. } => Some(place),
            Settled::Confirmed { place, .. } => place.as_ref(),
            Settled::Unknown { .. } => None,
        }
    }

    pub(super) const fn is_known(&self) -> bool {
        match &self.settled {
            Settled::Recognised { .. } | Settled::Confirmed { .. } => true,
            Settled::Unknown { .. } => false,
        }
    }
}

impl Engine {
    /// The *here* facet.
    pub(super) fn here(&self) -> Here {
        if let Some(since) = self.senses.checking {
            return Here::Checking { since };
        }
        if let Some((why, since)) = self.stay.overlay {
            return Here::NotVerified { why, since };
        }
        match &self.stay.settled {
            Settled::Recognised { place, since } => Here::Recognised { place: place.clone(), since: *since },
            Settled::Confirmed { place, since, .. } => {
                Here::ConfirmedNow { place: place.clone(), since: *since }
            }
            Settled::Unknown { why, since } => Here::NotVerified { why: *why, since: *since },
        }
    }

    /// What was said of a network holds no longer once another one was seen, nor a stay once another
    /// person was.
    pub(super) fn stay_saw(&mut self, look: &PreSample) {
        self.stay.said.take_if(|said| Delta::of_looks(said, look).may_be_move());
        // However short another person's turn was, it ends the stay.
        let known = self.stay.user != 0 && (self.stay.network.is_some() || self.stay.is_known());
        self.stay.changed |= known && (look.session.user != self.stay.user || !look.session.active);
    }

    /// Whether a radio belongs to this stay, as far as its radios are known.
    pub(super) fn stay_hears(&self, radio: StationKey) -> bool {
        let known = self.stay.network.as_ref().map(|known| known.radios.as_slice()).unwrap_or_default();
        known.is_empty() || known.iter().any(|heard| heard.key == radio)
    }

    /// A link went or came: weak evidence no longer proves that it is the same network.
    pub(super) fn stay_lost_link(&mut self) {
        self.stay.broken = true;
    }

    pub(super) fn stay_unsettled(&mut self) {
        self.stay.agreeing = None;
    }

    /// A sleep long enough to be somewhere else: what was only said, and cannot be recognised
    /// again, no longer holds.
    pub(super) fn stay_slept(&mut self) {
        self.stay.broken = true;
        if let Settled::Confirmed { expires: Some(_), .. } = self.stay.settled {
            self.stay.settled = Settled::Unknown { why: Doubt::WokeUp, since: self.now.wall };
        }
    }

    pub(super) fn stay_blind(&mut self) {
        // What was said without evidence holds without it; it expires by itself.
        // What was said without a network needs none; anything else was said of a network.
        let said = self.stay.network.is_none()
            && self.stay_expires().is_some()
            && self.stay.said_at == self.senses.changes;
        if !said {
            self.stay.overlay = Some((Doubt::UnknownNetwork, self.now.wall));
        }
        self.stay.broken = true;
        if !self.stay.is_known() {
            self.due(Review::Login);
        }
    }

    /// The agent said where they are while the network was not known: the network of before is no
    /// longer theirs, and the one that `look` saw is.
    pub(super) fn stay_said(&mut self, look: Option<PreSample>) {
        self.stay.overlay = None;
        self.stay.network = None;
        self.stay.snapshot = None;
        self.stay.user = self.session.user;
        self.stay.changed = false;
        self.stay.said = look;
        self.stay.said_at = self.senses.changes;
    }

    /// The agent said that this is the place, on this network.
    pub(super) fn stay_proved(&mut self) {
        self.stay.broken = false;
    }

    pub(super) fn begin_stay(&mut self, seen: &Snapshot, settled: Settled) {
        self.stay = Stay {
            number: self.stay.number + 1,
            network: Some(Exemplar::of(seen)),
            snapshot: Some(seen.clone()),
            user: seen.session.user,
            settled,
            prompt: None,
            broken: false,
            said: None,
            said_at: 0,
            moved_unanswered: None,
            agreeing: None,
            changed: false,
            remote: seen.session.remote,
            overlay: None,
        };
    }

    pub(super) fn keep_stay(&mut self) {
        let record = self.stay.record(self.asking.open_id());
        self.keep(Change::Stay(record));
    }

    /// The evidence of now, if it is this person's and worth learning.
    pub(super) fn evidence_now(&self) -> Option<Exemplar> {
        let seen = self.senses.snapshot.as_ref()?;
        let theirs = seen.session.active && !seen.session.remote;
        let steady = self.senses.checking.is_none()
            && self.stay.overlay.is_none()
            && self.senses.state() != Senses::Blind;
        (theirs && steady).then(|| Exemplar::of(seen)).filter(Exemplar::is_learnable)
    }

    pub(super) fn stay_expires(&self) -> Option<Mono> {
        match &self.stay.settled {
            Settled::Confirmed { expires, .. } => *expires,
            Settled::Recognised { .. } | Settled::Unknown { .. } => None,
        }
    }
}
