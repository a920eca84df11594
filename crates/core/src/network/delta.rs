//! What differs between two looks, as answers to specific questions. No single "changed" boolean:
//! each consumer asks its own.

use serde::{Deserialize, Serialize};

use super::{Evidence, Gateway, Heard, PreSample, Snapshot};

/// Answers about two snapshots or pre-samples, older first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// The set of physical links with a carrier differs.
    pub links: bool,
    /// A physical link's gateway is another machine or address.
    pub gateway: bool,
    /// A gateway's machine became known; by itself no move.
    pub resolved: bool,
    /// Wi-Fi is connected to another radio.
    pub radio: bool,
    /// The cable leads to another switch port.
    pub port: bool,
    /// The networks of the physical links share nothing.
    pub subnets: bool,
    /// The DNS suffix differs.
    pub suffix: bool,
    /// Another person, or the session became active or inactive.
    pub user: bool,
    /// The session became remote or local.
    pub remote: bool,
}

impl Delta {
    /// What two cheap looks can tell apart.
    #[must_use]
    pub fn of_looks(old: &PreSample, new: &PreSample) -> Self {
        let names = |look: &PreSample| look.links.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        let mut delta = Self {
            links: names(old) != names(new),
            radio: differs(&old.radio, &new.radio),
            user: old.session.user != new.session.user || old.session.active != new.session.active,
            remote: old.session.remote != new.session.remote,
            ..Self::default()
        };
        for (name, gateway) in &new.links {
            let before = old.links.iter().find(|(known, _)| known == name).map(|(_, gateway)| gateway);
            let (other, resolved) = match (before, gateway) {
                (Some(Some(before)), Some(now)) => compare(before, now),
                (Some(None), None) | (None, _) => (false, false),
                (Some(None), Some(_)) | (Some(Some(_)), None) => (true, false),
            };
            delta.gateway |= other;
            delta.resolved |= resolved;
        }
        delta
    }

    /// What two full samples can tell apart.
    #[must_use]
    pub fn of_samples(old: &Snapshot, new: &Snapshot) -> Self {
        let subnets = |s: &Snapshot| s.live().flat_map(|link| link.subnets.clone()).collect::<Vec<_>>();
        let (before, after) = (subnets(old), subnets(new));
        Self {
            port: differs(&old.lldp, &new.lldp),
            subnets: !before.is_empty() && !after.is_empty() && !before.iter().any(|net| after.contains(net)),
            suffix: differs(&old.dns_suffix, &new.dns_suffix),
            ..Self::of_looks(&old.pre_sample(), &new.pre_sample())
        }
    }

    /// Whether a person might call it a move: the standing says *checking* until it is settled.
    #[must_use]
    pub const fn may_be_move(&self) -> bool {
        self.links || self.gateway || self.radio || self.port || self.user || self.remote
    }

    /// Whether it is a change of the network that the system should have announced.
    #[must_use]
    pub const fn is_of_network(&self) -> bool {
        self.links || self.gateway || self.radio
    }
}

/// Two known and different facts; what became known or unknown is not a difference.
fn differs<T: PartialEq>(old: &Evidence<T>, new: &Evidence<T>) -> bool {
    matches!((old.known(), new.known()), (Some(old), Some(new)) if old != new)
}

fn compare(old: &Gateway, new: &Gateway) -> (bool, bool) {
    let other = old.address != new.address || differs(&old.station, &new.station);
    (other, !other && old.station.known().is_none() && new.station.known().is_some())
}

/// How alike two sets of radios are, 0 to 1000: weighted Jaccard over linear signal weights
/// (`place-recognition`, R1 step 4); and how many radios they share.
#[must_use]
pub fn likeness(a: &[Heard], b: &[Heard]) -> (u16, usize) {
    let weight = |heard: &Heard| u32::try_from((i32::from(heard.dbm) + 105).clamp(0, 90)).unwrap_or(0);
    let (mut shared, mut all, mut common) = (0_u32, 0_u32, 0_usize);
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        let order = match (a.get(i), b.get(j)) {
            (Some(x), Some(y)) => x.key.cmp(&y.key),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, _) => std::cmp::Ordering::Greater,
        };
        match order {
            std::cmp::Ordering::Less => {
                all += weight(&a[i]);
                i += 1;
            }
            std::cmp::Ordering::Greater => {
                all += weight(&b[j]);
                j += 1;
            }
            std::cmp::Ordering::Equal => {
                let (x, y) = (weight(&a[i]), weight(&b[j]));
                shared += x.min(y);
                all += x.max(y);
                common += 1;
                i += 1;
                j += 1;
            }
        }
    }
    let score = (shared * 1000).checked_div(all).unwrap_or(0);
    (u16::try_from(score).unwrap_or(1000), common)
}
