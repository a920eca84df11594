//! Confirmations, read from the audit trail and the details that were not erased.

use std::collections::BTreeMap;

use rightdoor_core::Wall;
use rightdoor_core::audit::{Detail, Kind, Record};
use rightdoor_core::look::{Confirmation, Instead};
use rightdoor_location::{Basis, Content, Revision};

use crate::store::{ReadError, Reader};

/// Most confirmations shown: more than a year of moving twice a day.
const MOST: usize = 1000;

/// Every confirmation that is kept, latest first.
pub(super) fn of(reader: &Reader) -> Result<Vec<Confirmation>, ReadError> {
    Ok(told(&reader.audit()?, &reader.details()?))
}

fn told(records: &[Record], details: &[Detail]) -> Vec<Confirmation> {
    let bodies: BTreeMap<u64, &str> =
        details.iter().map(|detail| (detail.seq, detail.body.reveal().as_str())).collect();
    let mut all: Vec<Confirmation> = Vec::new();
    for record in records {
        let revision = record.facts.get("revision").and_then(|text| text.parse().ok()).map(Revision);
        // A refusal names no revision: it is about the last one confirmed.
        let about = match revision {
            Some(revision) => all.iter_mut().rev().find(|known| known.revision == revision),
            None => all.last_mut(),
        };
        match (record.kind, about) {
            (Kind::Confirmed, _) => {
                let body = bodies.get(&record.seq).copied();
                all.extend(revision.map(|revision| confirmation(record, revision, body)));
            }
            (Kind::Registered, Some(known)) => known.registered_at = Some(record.at),
            (Kind::Refused, Some(known)) => known.refused_at = Some(record.at),
            (Kind::Tested, Some(known)) => {
                known.matched = record.facts.get("matched").and_then(|matched| matched.parse().ok());
            }
            (_, _) => {}
        }
    }
    all.reverse();
    all.truncate(MOST);
    all
}

fn confirmation(record: &Record, revision: Revision, body: Option<&str>) -> Confirmation {
    let content = body.and_then(|body| serde_json::from_str::<Content>(body).ok());
    let (address, instead) = match content {
        Some(Content::Located(address)) => (Some(address.one_line().into()), None),
        Some(Content::NoFixedAddress) => (None, Some(Instead::NoFixedAddress)),
        Some(Content::Withdrawn) => (None, Some(Instead::Withdrawn)),
        None => (None, Some(Instead::Erased)),
    };
    let basis = record.facts.get("basis");
    let at: Wall = record.at;
    Confirmation {
        at,
        revision,
        address,
        instead,
        basis: basis.and_then(|name| serde_json::from_value::<Basis>(name.as_str().into()).ok()),
        registered_at: None,
        refused_at: None,
        matched: None,
    }
}
