//! The audit trail: numbered without gaps, each record holding the hash of the one before.
//!
//! A record holds what anyone may read for ever: what happened and when. What a person may have
//! erased (an address) is a [`Detail`] beside it; the record keeps only its salted digest, so that
//! erasing the detail leaves the chain whole and tells nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Redacted, Wall};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The companion started, and with what kind of store.
    Started,
    /// This person and device were enrolled.
    Enrolled,
    /// A prompt was opened.
    Prompted,
    /// A prompt was answered or put off.
    Answered,
    /// A location was confirmed or recognised and queued for the registry.
    Confirmed,
    /// The registry accepted a revision.
    Registered,
    /// The registry refused a revision, and it was parked.
    Refused,
    /// A registration was withdrawn by policy.
    Withdrawn,
    /// The record was reported stale after a certain move.
    MarkedStale,
    /// Policy changed.
    Policy,
    /// The notice of 911's limits was read.
    Acknowledged,
    /// A 933 test was reported.
    Tested,
    /// The phone service stopped answering.
    OutageBegan,
    /// The phone service answers again.
    OutageEnded,
    /// An emergency fetch was learned of, and unasked acts froze.
    EmergencyFetch,
}

/// One record of the trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its number; the first is 1.
    pub seq: u64,
    /// When, by the computer's calendar.
    pub at: Wall,
    /// What.
    pub kind: Kind,
    /// What else anyone may know (revision, basis, reason); never an address or a network.
    pub facts: BTreeMap<String, String>,
    /// SHA-256 of salt and body of its detail, hex; empty where there is none.
    pub digest: String,
    /// Hash of the record before, hex; 64 zeros for the first.
    pub prev: String,
    /// Hash of this record, hex.
    pub hash: String,
}

/// What a person may have erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// The record it belongs to.
    pub seq: u64,
    /// 16 random bytes, hex.
    pub salt: Redacted<String>,
    /// JSON text.
    pub body: Redacted<String>,
}

/// The end of the trail: what the next record builds on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Number of the last record; 0 when there is none.
    pub seq: u64,
    /// Its hash, hex.
    pub hash: String,
}

impl Default for Head {
    fn default() -> Self {
        Self { seq: 0, hash: "0".repeat(64) }
    }
}

/// Why a chain does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A number is missing or out of order.
    #[error("record {found} follows record {after}: a number is missing or out of order")]
    Gap {
        /// The last good number.
        after: u64,
        /// The number found.
        found: u64,
    },
    /// A record does not build on the one before.
    #[error("record {0} does not hold the hash of the record before it")]
    Link(u64),
    /// A record was changed after it was written.
    #[error("record {0} does not match its own hash: it was changed after it was written")]
    Hash(u64),
    /// A detail was changed after it was written.
    #[error("the detail of record {0} does not match the record's digest")]
    Detail(u64),
}

impl Head {
    /// The next record after this head, and its detail.
    #[must_use]
    pub fn next(
        &self,
        at: Wall,
        kind: Kind,
        facts: BTreeMap<String, String>,
        detail: Option<(String, String)>,
    ) -> (Record, Option<Detail>) {
        let seq = self.seq + 1;
        let detail = detail.map(|(salt, body)| Detail { seq, salt: salt.into(), body: body.into() });
        let digest = detail.as_ref().map(Detail::digest).unwrap_or_default();
        let mut record =
            Record { seq, at, kind, facts, digest, prev: self.hash.clone(), hash: String::new() };
        record.hash = record.expected_hash();
        (record, detail)
    }

    /// Checks that `record` is the next one, and moves on to it.
    ///
    /// # Errors
    /// [`Broken`] says what does not hold.
    pub fn follow(&mut self, record: &Record, detail: Option<&Detail>) -> Result<(), Broken> {
        if record.seq != self.seq + 1 {
            return Err(Broken::Gap { after: self.seq, found: record.seq });
        }
        if record.prev != self.hash {
            return Err(Broken::Link(record.seq));
        }
        if record.hash != record.expected_hash() {
            return Err(Broken::Hash(record.seq));
        }
        if detail.is_some_and(|detail| detail.digest() != record.digest) {
            return Err(Broken::Detail(record.seq));
        }
        *self = record.head();
        Ok(())
    }
}

impl Record {
    /// The head that this record makes.
    #[must_use]
    pub fn head(&self) -> Head {
        Head { seq: self.seq, hash: self.hash.clone() }
    }

    fn expected_hash(&self) -> String {
        // Lengths before texts, so that no two records share a byte string.
        let mut sha = Sha256::new();
        let mut put = |text: &str| {
            sha.update(text.len().to_be_bytes());
            sha.update(text.as_bytes());
        };
        put(&self.prev);
        put(&self.seq.to_string());
        put(&self.at.0.to_string());
        put(&format!("{:?}", self.kind));
        for (name, value) in &self.facts {
            put(name);
            put(value);
        }
        put(&self.digest);
        hex(&sha.finalize())
    }
}

impl Detail {
    fn digest(&self) -> String {
        let mut sha = Sha256::new();
        sha.update(self.salt.reveal().as_bytes());
        sha.update([0]);
        sha.update(self.body.reveal().as_bytes());
        hex(&sha.finalize())
    }
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}
