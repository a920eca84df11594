//! Under which addresses devices were seen: in memory only, for minutes, and under keyed hashes.
//!
//! A device says where it is by listening for changes of its record. What is remembered of that is replaced by the
//! next time, ends a minute after it was due, and ends with the process: there is nothing to look back into.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ring::hmac;

use crate::secret::{self, NoRandomness};

/// How long a sighting counts, in milliseconds: as long as a request for changes waits, and a minute.
pub const LIFE: i64 = 5 * 60 * 1000;

/// As many marks of one device are remembered beside the address that it asks from.
pub const MOST: usize = 8;

/// A device as documents know it: endpoint and device.
pub type Who = (String, String);

/// Something a device is known by, as nobody can read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mark([u8; 16]);

/// The sightings.
pub struct Seen {
    key: hmac::Key,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    by_mark: HashMap<Mark, Vec<Arc<Who>>>,
    of: HashMap<Arc<Who>, (i64, Vec<Mark>)>,
    /// In the order in which they end; what was replaced since is skipped.
    ending: VecDeque<(i64, Arc<Who>)>,
}

impl Seen {
    /// Nothing seen yet, under a key of its own.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn new() -> Result<Self, NoRandomness> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret::random::<32>()?);
        Ok(Self { key, state: Mutex::default() })
    }

    /// The mark of the address that a device asks from.
    #[must_use]
    pub fn address(&self, address: IpAddr) -> Mark {
        self.mark("ip", &address.to_canonical().to_string())
    }

    /// The mark of a hardware address, as RFC 6155 spells it.
    #[must_use]
    pub fn hardware(&self, mac: &str) -> Mark {
        self.mark("mac", mac)
    }

    /// The mark of a softphone's instance id (RFC 5626 section 4.1); the case of a URN does not matter.
    #[must_use]
    pub fn instance(&self, id: &str) -> Mark {
        self.mark("instance", &id.to_ascii_lowercase())
    }

    fn mark(&self, kind: &str, text: &str) -> Mark {
        let tag = hmac::sign(&self.key, format!("{kind} {text}").as_bytes());
        let mut mark = [0; 16];
        for (to, from) in mark.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        Mark(mark)
    }

    /// This device is here now, under these marks and no others.
    pub fn note(&self, who: Who, marks: Vec<Mark>, now: i64) {
        let mut state = self.state();
        while let Some((until, _)) = state.ending.front()
            && *until <= now
        {
            if let Some((until, who)) = state.ending.pop_front()
                && state.of.get(&who).is_some_and(|(known, _)| *known == until)
            {
                state.forget(&who);
            }
        }
        let who = Arc::new(who);
        state.forget(&who);
        let until = now.saturating_add(LIFE);
        for mark in &marks {
            let seen = state.by_mark.entry(*mark).or_default();
            if !seen.contains(&who) {
                seen.push(Arc::clone(&who));
            }
        }
        state.ending.push_back((until, Arc::clone(&who)));
        state.of.insert(who, (until, marks));
    }

    /// The device has left.
    pub fn forget(&self, who: &Who) {
        self.state().forget(who);
    }

    /// The devices that are under this mark now.
    #[must_use]
    pub fn under(&self, mark: Mark, now: i64) -> Vec<Arc<Who>> {
        let state = self.state();
        let lives = |who: &&Arc<Who>| state.of.get(*who).is_some_and(|(until, _)| *until > now);
        state.by_mark.get(&mark).into_iter().flatten().filter(lives).map(Arc::clone).collect()
    }

    /// Whether the device is anywhere now.
    #[must_use]
    pub fn knows(&self, who: &Who, now: i64) -> bool {
        self.state().of.get(who).is_some_and(|(until, _)| *until > now)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn forget(&mut self, who: &Who) {
        let Some((_, marks)) = self.of.remove(who) else { return };
        for mark in marks {
            if let Some(seen) = self.by_mark.get_mut(&mark) {
                seen.retain(|other| **other != *who);
                if seen.is_empty() {
                    self.by_mark.remove(&mark);
                }
            }
        }
    }
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seen").field("devices", &self.state().of.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn who(name: &str) -> Who {
        ("sip:ada@example.com".to_owned(), name.to_owned())
    }

    #[test]
    fn a_device_is_where_it_was_seen_last_and_not_for_long() {
        let seen = Seen::new().unwrap();
        let (desk, hall) = (seen.hardware("02-00-00-00-00-01"), seen.hardware("02-00-00-00-00-02"));
        seen.note(who("a"), vec![desk, desk], 0);
        seen.note(who("b"), vec![desk], 1);
        assert_eq!(seen.under(desk, 2).len(), 2);
        seen.note(who("a"), vec![hall], 2);
        assert_eq!(seen.under(desk, 3), [Arc::new(who("b"))]);
        assert_eq!(seen.under(hall, 3), [Arc::new(who("a"))]);
        assert!(seen.under(desk, 1 + LIFE).is_empty());
        seen.forget(&who("a"));
        assert!(seen.under(hall, 3).is_empty());
    }

    #[test]
    fn what_has_ended_takes_no_room() {
        let seen = Seen::new().unwrap();
        for number in 0..100_u8 {
            let marks = vec![seen.address(IpAddr::from([192, 0, 2, number]))];
            seen.note(who(&number.to_string()), marks, i64::from(number));
        }
        seen.note(who("last"), Vec::new(), 200 + LIFE);
        let state = seen.state();
        assert_eq!((state.of.len(), state.by_mark.len(), state.ending.len()), (1, 0, 1));
    }

    #[test]
    fn a_mark_is_of_one_kind_and_of_one_process() {
        let (one, other) = (Seen::new().unwrap(), Seen::new().unwrap());
        assert_ne!(one.hardware("a"), one.instance("a"));
        assert_ne!(one.hardware("a"), other.hardware("a"));
        assert_eq!(
            one.address("::ffff:192.0.2.1".parse().unwrap()),
            one.address("192.0.2.1".parse().unwrap())
        );
    }
}
