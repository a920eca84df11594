//! What is read from the disk, beside a companion or without one.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;

use common::House;
use insta::assert_snapshot;
use rightdoor_core::audit::{Head, Kind};
use rightdoor_core::network::{Heard, StationKey};
use rightdoor_core::place::{Exemplar, Origin, Place, PlaceId};
use rightdoor_core::saved::Change;
use rightdoor_core::{Batch, BatchId, Wall};
use rightdoor_location::Floors;
use rightdoor_runtime::store::Store;
use serde_json::Value;

const AT: Wall = Wall(1_800_000_000_000);

/// A store with two places and three records, written by the real store.
async fn lived_in() -> House {
    let house = House::empty();
    let (store, _) = Store::open(&house.path("data/rightdoor.sqlite")).unwrap();
    let radio = Heard { key: StationKey(7), dbm: -50, global: true };
    let place = |id: &str, label: &str, origin, exemplars| {
        Change::Place(Place {
            id: PlaceId(id.into()),
            label: label.to_owned().into(),
            location: common::address(),
            floors: Floors::Several,
            origin,
            exemplars,
            confirmed_at: AT,
            doubted: false,
        })
    };
    let mut changes = vec![
        place("p1", "Home", Origin::Agent, vec![Exemplar { radios: vec![radio], ..Exemplar::default() }]),
        place("denver/b/5", "Denver office", Origin::Directory, vec![]),
    ];
    let mut head = Head::default();
    let facts = |text: &str| BTreeMap::from([("basis".to_owned(), text.to_owned())]);
    for (kind, facts, detail) in [
        (Kind::Started, BTreeMap::new(), None),
        (
            Kind::Confirmed,
            facts("manual, \"said\""),
            Some(("00".repeat(16), "{\"A3\":\"Denver\"}".to_owned())),
        ),
        (Kind::Registered, facts("manual"), None),
    ] {
        let (record, detail) = head.next(AT, kind, facts, detail);
        head = record.head();
        changes.push(Change::Audit(record, detail));
    }
    store.apply(Batch { id: BatchId(1), changes }).await.unwrap();
    house
}

#[tokio::test]
async fn places_are_listed() {
    let house = lived_in().await;
    assert_snapshot!("places", house.run(&["places", "list"]).await);
    assert_snapshot!("places_json", house.run(&["places", "list", "--json"]).await);
}

#[tokio::test]
async fn the_audit_trail_is_verified_and_exported() {
    let house = lived_in().await;
    let ran = house.run(&["audit", "verify"]).await;
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stdout.starts_with("The audit trail holds: 3 records, none changed or missing.\n"), "{ran}");
    let verified = house.run(&["audit", "verify", "--json"]).await.json();
    assert_eq!((&verified["holds"], &verified["records"]), (&Value::Bool(true), &Value::from(3)));

    let lines = house.run(&["audit", "export"]).await.stdout;
    let mut head = Head::default();
    for line in lines.lines() {
        head.follow(&serde_json::from_str(line).unwrap(), None).unwrap();
    }
    assert_eq!(verified["head"], head.hash, "the export can be verified by itself");
    assert!(!lines.contains("Denver"), "no address unless it is asked for");
    let lines = house.run(&["audit", "export", "--details", "--json"]).await.stdout;
    let second: Value = serde_json::from_str(lines.lines().nth(1).unwrap()).unwrap();
    assert_eq!(second["detail"]["A3"], "Denver");

    let ran = house.run(&["audit", "export", "--csv", "--details"]).await;
    let mut rows = csv::Reader::from_reader(ran.stdout.as_bytes());
    let names: Vec<String> = rows.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(names, ["seq", "at", "kind", "facts", "digest", "prev", "hash", "detail"]);
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(&rows[1][1], "2027-01-15T08:00:00Z");
    assert_eq!(&rows[1][3], "{\"basis\":\"manual, \\\"said\\\"\"}");
    assert_eq!(&rows[1][7], "{\"A3\":\"Denver\"}");
}

#[tokio::test]
async fn a_changed_record_is_found_and_the_code_says_no() {
    let house = lived_in().await;
    let file = house.path("data/rightdoor.sqlite");
    let changed = rusqlite::Connection::open(&file).unwrap();
    // What somebody would do who means it: the trigger that forbids changes goes first.
    let triggers: Vec<String> = changed
        .prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for trigger in triggers {
        changed.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
    }
    changed.execute("UPDATE audit SET at = at + 1 WHERE seq = 2", []).unwrap();
    drop(changed);
    assert_snapshot!("audit_broken", house.run(&["audit", "verify"]).await);
    let doctor = house.run(&["doctor"]).await;
    assert!(doctor.stdout.contains("▲ store"), "{doctor}");
}

#[tokio::test]
async fn bad_input_a_store_that_is_none() {
    let house = House::empty();
    assert_snapshot!("no_store", house.run(&["audit", "verify"]).await);
    std::fs::write(house.path("data/rightdoor.sqlite"), "not a database, but long enough to be read")
        .unwrap();
    for words in [["places", "list"].as_slice(), &["audit", "export"], &["audit", "verify", "--json"]] {
        let ran = house.run(words).await;
        assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{ran}");
    }
    let kept = std::fs::read_to_string(house.path("data/rightdoor.sqlite")).unwrap();
    assert_eq!(kept, "not a database, but long enough to be read", "reading must not change the file");
}
