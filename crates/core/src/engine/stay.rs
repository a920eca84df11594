//! The stay: from arrival on a network or place until a certain move or a change of user.

use super::{Deadlines, Engine};
use crate::intent::PromptId;
use crate::network::delta::{Delta, likeness};
use crate::network::{Evidence, PreSample, Snapshot, StationKind};
use crate::place::recognise::{Sense, recognise};
use crate::place::{Exemplar, PlaceId};
use crate::saved::{Change, StayRecord};
use crate::view::{Doubt, Here, Review, Senses, Why};
use crate::{Mono, Wall, policy};

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

/// The stay.
#[derive(Debug)]
pub(super) struct Stay {
    /// Counts the stays of this run.
    pub number: u64,
    /// Network evidence on arrival; `None` before the first sample.
    network: Option<Exemplar>,
    /// The whole sample behind it, for what an exemplar does not hold; not kept over a restart.
    snapshot: Option<Snapshot>,
    user: u64,
    pub settled: Settled,
    /// The move prompt of this stay, once it was opened.
    pub prompt: Option<PromptId>,
    /// Whether the link was lost since arrival: weak evidence no longer proves the same network.
    broken: bool,
    /// The agent said where they are while the network was not known, and this is what the last look
    /// saw then: it holds for that network and no other.
    said: Option<PreSample>,
    /// Whether the last arrival was a certain move that nobody has answered.
    pub moved_unanswered: Option<Mono>,
    /// A place that one Wi-Fi scan found, and when; a second scan must agree.
    agreeing: Option<(PlaceId, Mono)>,
    /// Whether another person was seen at the screen since arrival.
    changed: bool,
    /// Whether the session was remote on arrival: then the network says nothing.
    remote: bool,
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
            moved_unanswered: None,
            agreeing: None,
            changed: false,
            remote: false,
            overlay: None,
        }
    }

    /// Whether `seen` is the network of this stay.
    fn matches(&self, seen: &Snapshot) -> bool {
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
        let said = self.stay_expires().is_some();
        if !said {
            self.stay.overlay = Some((Doubt::UnknownNetwork, self.now.wall));
        }
        self.stay.broken = true;
        if !self.stay.is_known() {
            self.due(Review::Login);
        }
    }

    /// A settled sample is in: is this still the stay, and if not, where are we?
    pub(super) fn decide(&mut self, delta: Delta) {
        let Some(seen) = self.senses.snapshot.clone() else { return };
        let recognition = recognise(&self.places, &seen, &self.policy, self.calendar());
        self.why = Some(Why { delta, recognition: recognition.clone(), at: self.now.wall });
        let arriving = std::mem::take(&mut self.senses.arriving);

        let doubt = if !seen.session.active {
            Some(Doubt::UserChanged)
        } else if seen.live().next().is_none() {
            Some(Doubt::NoNetwork)
        } else {
            None
        };
        if let Some(why) = doubt {
            // What was said without a network needs none; it expires by itself.
            let now = seen.pre_sample();
            let still = |look: &PreSample| !Delta::of_looks(look, &now).may_be_move();
            let said = why == Doubt::NoNetwork && self.stay.said.as_ref().is_some_and(still);
            self.stay.overlay = (!said).then_some((why, self.now.wall));
            self.stay.broken = true;
            // Nobody has arrived anywhere yet.
            self.senses.arriving = arriving;
            return;
        }
        let came_back = matches!(self.stay.overlay.take(), Some((Doubt::UserChanged, _)))
            || std::mem::take(&mut self.stay.changed);
        let known = self.stay.network.is_some() || self.stay.said.is_some();
        let stranger = known && self.stay.user != seen.session.user;
        if stranger || came_back {
            self.arrive(&seen, Doubt::UserChanged, Review::UserSwitch, stranger);
            return;
        }
        if seen.session.remote {
            if !self.stay.remote {
                self.arrive(&seen, Doubt::RemoteSession, Review::Login, false);
            }
            return;
        }
        let same = !self.stay.remote && self.stay.matches(&seen) && self.same_floor();
        if same {
            // The link may have been lost; that it is the same one is proved again.
            self.stay.broken = false;
        }
        let expired_stay = arriving && recognition.silent().is_none();
        if same && self.stay.is_known() && !expired_stay {
            self.stay.agreeing = None;
            return;
        }
        if same
            && matches!(self.stay.settled, Settled::Unknown { why: Doubt::UserChanged | Doubt::TooOld, .. })
        {
            // What was confirmed here may be another person's, or is too old: only an answer helps.
            return;
        }
        let said = self.stay.said.take();
        if said.is_some_and(|look| !Delta::of_looks(&look, &seen.pre_sample()).may_be_move()) {
            self.adopt(&seen);
            return;
        }
        if let Some(best) = recognition.silent() {
            let (place, by) = (best.place.clone(), best.by);
            let switch = by == Sense::Radios && self.stay.network.is_some() && !same;
            if switch && !self.agrees(&place) {
                return;
            }
            self.recognised(&seen, place);
            return;
        }
        if same && !expired_stay {
            // Still unknown, still the same stay: it was asked, or is being asked.
            return;
        }
        let first = self.stay.network.is_none();
        let certain = !first && !same;
        let (why, review) = match &self.stay.settled {
            Settled::Unknown { why: why @ (Doubt::NeverConfirmed | Doubt::StartedFresh), .. } => {
                (*why, Review::Login)
            }
            _ if same => (Doubt::WokeUp, Review::Login),
            _ if first => (Doubt::UnknownNetwork, Review::Login),
            _ if self.places.is_empty() => (Doubt::UnknownNetwork, Review::Move),
            Settled::Recognised { .. } | Settled::Confirmed { .. } | Settled::Unknown { .. } => {
                (Doubt::Moved, Review::Move)
            }
        };
        self.arrive(&seen, why, review, certain);
    }

    /// Whether a link that was lost and came back behind the same gateway is still the same floor: only
    /// where a port or radios tell it, or the place claims nothing inside the building.
    fn same_floor(&self) -> bool {
        let told =
            self.stay.network.as_ref().is_some_and(|known| known.port.is_some() || !known.radios.is_empty());
        let place = self.stay.place().and_then(|id| self.place(id));
        !self.stay.broken || told || place.is_none_or(crate::place::Place::building_is_enough)
    }

    /// Two Wi-Fi scans, some time apart, must agree before a switch without a question.
    fn agrees(&mut self, place: &PlaceId) -> bool {
        let now = self.now.mono;
        let first = match &self.stay.agreeing {
            Some((agreed, first)) if agreed == place => *first,
            _ => {
                self.stay.agreeing = Some((place.clone(), now));
                now
            }
        };
        let due = first.after(self.policy.wifi_agreement);
        if due <= now {
            self.stay.agreeing = None;
            return true;
        }
        self.senses.checking.get_or_insert(self.now.wall);
        self.senses.agree_at = Some(due);
        false
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
    }

    /// The agent said that this is the place, on this network.
    pub(super) fn stay_proved(&mut self) {
        self.stay.broken = false;
    }

    /// A new stay at a place that needs no question.
    fn recognised(&mut self, seen: &Snapshot, place: PlaceId) {
        self.begin_stay(seen, Settled::Recognised { place: place.clone(), since: self.now.wall });
        self.withdraw_reviews(&[Review::Move, Review::Login, Review::UserSwitch]);
        self.keep_stay();
        self.register_recognised(&place);
        if self.policy.login_review == policy::LoginReview::Always && self.asking.login_pending {
            self.due(Review::Login);
        }
        self.asking.login_pending = false;
    }

    /// A new stay that has to be asked about.
    fn arrive(&mut self, seen: &Snapshot, why: Doubt, review: Review, certain: bool) {
        let kept = self.stay.prompt.filter(|_| !certain && self.asking.is_open_unasked());
        self.begin_stay(seen, Settled::Unknown { why, since: self.now.wall });
        self.stay.prompt = kept;
        self.stay.moved_unanswered = certain.then_some(self.now.mono);
        if kept.is_none() {
            self.replace_prompt();
        }
        self.due(review);
        self.asking.login_pending = false;
        self.keep_stay();
    }

    /// What the agent said while the network was still being looked at holds for what was found.
    fn adopt(&mut self, seen: &Snapshot) {
        let settled = self.stay.settled.clone();
        self.begin_stay(seen, settled);
        let learnable = Exemplar::of(seen).is_learnable();
        if let Settled::Confirmed { expires, place: Some(_), .. } = &mut self.stay.settled {
            *expires = (!learnable).then(|| self.now.mono.after(self.policy.unlearned_holds));
        }
        if let Some(place) = self.stay.place().cloned() {
            self.learn(&place);
        }
        self.withdraw_reviews(&[Review::Move, Review::Login, Review::UserSwitch]);
        self.keep_stay();
    }

    fn begin_stay(&mut self, seen: &Snapshot, settled: Settled) {
        self.stay = Stay {
            number: self.stay.number + 1,
            network: Some(Exemplar::of(seen)),
            snapshot: Some(seen.clone()),
            user: seen.session.user,
            settled,
            prompt: None,
            broken: false,
            said: None,
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

    fn stay_expires(&self) -> Option<Mono> {
        match &self.stay.settled {
            Settled::Confirmed { expires, .. } => *expires,
            Settled::Recognised { .. } | Settled::Unknown { .. } => None,
        }
    }

    pub(super) fn stay_deadlines(&self, due: &mut Deadlines) {
        due.extend(self.stay_expires().map(|at| (at, "confirmation without evidence")));
        due.extend(self.age_due().map(|at| (at, "age of the confirmation")));
        due.extend(self.withdrawal_due().map(|at| (at, "withdrawal by policy")));
    }

    pub(super) fn pump_stay(&mut self) {
        let now = self.now.mono;
        if self.stay_expires().is_some_and(|at| at <= now) {
            self.stay.settled = Settled::Unknown { why: Doubt::TooOld, since: self.now.wall };
            self.due(Review::Age);
            self.keep_stay();
        }
        if self.age_due().is_some_and(|at| at <= now) {
            if self.stay.is_known() {
                self.stay.settled = Settled::Unknown { why: Doubt::TooOld, since: self.now.wall };
            }
            self.due(Review::Age);
            self.keep_stay();
        }
        if self.withdrawal_due().is_some_and(|at| at <= now) {
            self.stay.moved_unanswered = None;
            self.withdraw();
        }
    }

    /// When the confirmation is too old; now, where its age cannot be known. Nothing while that is
    /// already being asked.
    fn age_due(&self) -> Option<Mono> {
        let limit = self.policy.confirm_max_age?;
        self.desk.entry.as_ref().filter(|entry| entry.content.address().is_some())?;
        let asked = self.asking.is_due(&Review::Age) && !self.stay.is_known();
        if asked || self.senses.checking.is_some() {
            return None;
        }
        match self.confirmation_age() {
            Some(age) => Some(self.now.mono.after(limit.saturating_sub(age))),
            None => Some(self.now.mono),
        }
    }

    fn withdrawal_due(&self) -> Option<Mono> {
        let moved = self.stay.moved_unanswered?;
        let allowed = self.policy.withdraw == policy::WithdrawPolicy::AfterCertainMove;
        let positive = self.why.as_ref().is_some_and(|why| why.recognition.tap().is_some())
            || matches!(self.stay.settled, Settled::Unknown { why: Doubt::UserChanged, .. });
        let located = self.desk.entry.as_ref().is_some_and(|entry| entry.content.address().is_some());
        if !(allowed && positive && located) {
            return None;
        }
        let at = moved.after(self.policy.snooze);
        Some(self.asking.freeze_until.map_or(at, |thaw| at.max(thaw)))
    }
}
