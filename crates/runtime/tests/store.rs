//! The store: the same as the core's reference after anything, and whole after any death.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![expect(clippy::print_stdout, reason = "children tell their parents how far they came")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use proptest::prelude::*;
use rightdoor_core::audit::{Head, Kind};
use rightdoor_core::intent::PromptId;
use rightdoor_core::network::{PortKey, Station, StationKey, StationKind};
use rightdoor_core::place::{Exemplar, Origin, Place, PlaceId};
use rightdoor_core::saved::{
    Change, Counters, Enrolment, Entry, Parked, Progress, Registered, StayRecord, Test933,
};
use rightdoor_core::{Batch, BatchId, Precondition, Saved, StoreFault, Wall};
use rightdoor_location::record::{Attendance, DirectoryPlace, Record};
use rightdoor_location::{Basis, CivicAddress, Content, Element, Floors, Revision};
use rightdoor_runtime::store::{OpenError, ReadError, Reader, Store};

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn address(number: u64) -> CivicAddress {
    CivicAddress::new().with(Element::HNO, &number.to_string()).with(Element::RD, "Blake ‹é› \"x\"")
}

fn place(id: &str, number: u64) -> Place {
    Place {
        id: PlaceId(id.into()),
        label: format!("Desk {number}").into(),
        location: address(number),
        floors: Floors::Several,
        origin: Origin::Agent,
        exemplars: vec![Exemplar { port: Some(PortKey(u64::MAX - number)), ..Exemplar::default() }],
        confirmed_at: Wall(-1),
        doubted: number.is_multiple_of(2),
    }
}

/// One change from two numbers; `head` is where the audit trail ends.
fn change(kind: u8, n: u64, head: &mut Head) -> Change {
    match kind {
        0 => Change::Place(place(&format!("p{}", n % 7), n)),
        1 => Change::Entry(Entry {
            revision: Revision(n),
            content: if n.is_multiple_of(3) { Content::NoFixedAddress } else { Content::Located(address(n)) },
            basis: Basis::Manual,
            place: (n.is_multiple_of(2)).then(|| PlaceId("p1".into())),
            confirmed_at: Wall(i64::MAX),
            confirmed_by: (n % 3 == 1).then(|| "example".into()),
            progress: match n % 4 {
                0 => Progress::Queued,
                1 => Progress::Sent(Precondition::Match(format!("\"{n}\""))),
                2 => Progress::Parked(Parked::NotEnrolled),
                _ => Progress::Accepted,
            },
        }),
        2 => Change::Registered(Registered {
            record: (!n.is_multiple_of(5)).then(|| Record {
                revision: Revision(n),
                content: Content::Withdrawn,
                etag: "\"e\"".into(),
                basis: Basis::AdminStatic,
                confirmed_at: Some(i64::MIN),
                attendance: Attendance::Stale,
                lease_until: 5,
                fetched_at: None,
                emergency_at: Some(7),
            }),
            read_at: Wall(9),
        }),
        3 => Change::Stay(StayRecord {
            network: Exemplar {
                gateways: vec![Station { key: StationKey(n), kind: StationKind::Local }],
                ..Exemplar::default()
            },
            user: u64::MAX,
            place: None,
            prompt: Some(PromptId(n)),
            open: n % 2 == 1,
        }),
        4 => Change::Enrolment(Enrolment {
            registry: "https://r.example".to_owned().into(),
            endpoint: format!("sip:{n}@example.org").into(),
            device: "d1".into(),
            organisation: "Example".to_owned().into(),
        }),
        5 => Change::Tested(Test933 {
            revision: Revision(n),
            matched: [None, Some(false), Some(true)][usize::try_from(n % 3).unwrap()],
            at: Wall(3),
        }),
        6 => Change::Counters(Counters { revision: Revision(n), prompt: u64::MAX, place: n }),
        _ => {
            let facts = BTreeMap::from([("revision".to_owned(), n.to_string())]);
            let detail = (n.is_multiple_of(2)).then(|| ("00ff".to_owned(), format!("{{\"n\":{n}}}")));
            let (record, detail) = head.next(Wall(n as i64), Kind::Confirmed, facts, detail);
            *head = record.head();
            Change::Audit(record, detail)
        }
    }
}

fn reopened(path: &Path) -> Saved {
    Store::open(path).unwrap().1
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn keeps_what_the_reference_keeps(batches in prop::collection::vec(prop::collection::vec((0u8..9, 0u64..1000), 0..6), 0..8)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.sqlite");
        let (store, mut expected) = Store::open(&path).unwrap();
        let mut head = Head::default();
        for (id, kinds) in batches.into_iter().enumerate() {
            let changes: Vec<Change> = kinds.into_iter().map(|(kind, n)| change(kind, n, &mut head)).collect();
            changes.iter().for_each(|change| expected.apply(change));
            wait(store.apply(Batch { id: BatchId(id as u64), changes })).unwrap();
        }
        // What the command line reads beside a running companion, and what the next start is given.
        prop_assert_eq!(&Reader::open(&path).unwrap().saved().unwrap(), &expected);
        prop_assert_eq!(Reader::open(&path).unwrap().verify_audit().unwrap(), head);
        drop(store);
        prop_assert_eq!(reopened(&path), expected);
    }
}

#[test]
fn a_batch_is_kept_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.sqlite");
    let (store, _) = Store::open(&path).unwrap();
    let mut head = Head::default();
    let first = change(9, 1, &mut head);
    wait(store.apply(Batch { id: BatchId(1), changes: vec![first.clone()] })).unwrap();
    // The same number twice cannot be appended, and takes the place before it down with it.
    let changes = vec![change(0, 1, &mut head), first];
    assert_eq!(wait(store.apply(Batch { id: BatchId(2), changes })), Err(StoreFault::Failed));
    assert_eq!(Reader::open(&path).unwrap().places().unwrap(), []);
}

#[test]
fn a_second_companion_is_refused_and_the_next_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.sqlite");
    let (first, _) = Store::open(&path).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(error, OpenError::AlreadyRunning(_)));
    assert_eq!(error.problem().hint, "Use the one that runs, or quit it first.");
    drop(first);
    Store::open(&path).unwrap();
}

#[test]
fn the_audit_trail_cannot_be_rewritten_and_a_forgery_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.sqlite");
    let (store, _) = Store::open(&path).unwrap();
    let mut head = Head::default();
    let changes = (0..4).map(|n| change(9, n, &mut head)).collect();
    wait(store.apply(Batch { id: BatchId(1), changes })).unwrap();
    drop(store);
    let sql = rusqlite::Connection::open(&path).unwrap();
    for order in
        ["UPDATE audit SET at = 5", "DELETE FROM audit WHERE seq = 4", "UPDATE audit_detail SET body = ''"]
    {
        assert!(sql.execute(order, []).unwrap_err().to_string().contains("append-only"), "{order}");
    }
    // A person's erasure leaves the chain whole.
    sql.execute("DELETE FROM audit_detail", []).unwrap();
    assert_eq!(Reader::open(&path).unwrap().verify_audit().unwrap(), head);
    sql.execute_batch(
        "DROP TRIGGER audit_is_not_rewritten; UPDATE audit SET facts = '{\"revision\":\"9\"}' WHERE seq = 2",
    )
    .unwrap();
    let error = Reader::open(&path).unwrap().verify_audit().unwrap_err();
    assert!(matches!(error, ReadError::Broken(_)), "{error}");
    assert!(error.to_string().contains("record 2"), "{error}");
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/s.sqlite");
    let (store, _) = Store::open(&path).unwrap();
    let batch = Batch { id: BatchId(1), changes: vec![change(0, 1, &mut Head::default())] };
    wait(store.apply(batch)).unwrap();
    let inner = path.parent().unwrap();
    assert_eq!(std::fs::metadata(inner).unwrap().permissions().mode() & 0o777, 0o700);
    for name in names(inner) {
        let mode = std::fs::metadata(inner.join(&name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
}

#[test]
fn directory_places_are_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.sqlite");
    let (store, _) = Store::open(&path).unwrap();
    let row = DirectoryPlace {
        id: "denver/5-112".into(),
        label: "Desk 5-112".into(),
        location: address(1600),
        floors: Floors::Several,
    };
    store.cache_directory(vec![row.clone()]);
    assert_eq!(wait(store.directory_place("denver/5-112")), Some(row));
    assert_eq!(wait(store.directory_place("nowhere")), None);
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn bad_input_store_damage_is_moved_aside_and_the_agent_is_told() {
    type Damage = fn(&mut Vec<u8>);
    let damages: [(&str, Damage); 4] = [
        ("header", |bytes| bytes[..16].fill(b'x')),
        ("page", |bytes| bytes[4096..12288].fill(0xa5)),
        ("cut", |bytes| bytes.truncate(5000)),
        ("text", |bytes| *bytes = b"this is no database, but a letter to one".repeat(40)),
    ];
    for (name, damage) in damages {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.sqlite");
        let (store, _) = Store::open(&path).unwrap();
        let mut head = Head::default();
        let changes = (0..50).map(|n| change((n % 9) as u8, n, &mut head)).collect();
        wait(store.apply(Batch { id: BatchId(1), changes })).unwrap();
        drop(store);
        let mut bytes = std::fs::read(&path).unwrap();
        damage(&mut bytes);
        std::fs::write(&path, &bytes).unwrap();
        let (store, saved) = Store::open(&path).unwrap();
        assert_eq!(saved, Saved { started_fresh: true, ..Saved::default() }, "{name}");
        wait(store.apply(Batch { id: BatchId(1), changes: vec![change(0, 1, &mut head)] })).unwrap();
        drop(store);
        let aside: Vec<PathBuf> = names(folder.path())
            .into_iter()
            .filter(|file| file.ends_with(".corrupt"))
            .map(|file| folder.path().join(file))
            .collect();
        assert_eq!(aside.len(), 1, "{name}: {:?}", names(folder.path()));
        assert_eq!(std::fs::read(&aside[0]).unwrap(), bytes, "{name}: nothing is lost");
        let again = reopened(&path);
        assert!(!again.started_fresh, "{name}: told once");
        assert_eq!(again.places.len(), 1, "{name}");
    }
}

#[test]
fn bad_input_store_of_a_newer_version_is_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.sqlite");
    drop(Store::open(&path).unwrap());
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(error.to_string().contains("written by a newer version of Rightdoor (schema 99"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert!(Reader::open(&path).unwrap_err().to_string().contains("newer version"));
}

#[test]
fn bad_input_store_in_an_impossible_folder_answers_every_batch() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let (store, saved) = Store::open(&folder.path().join("file/s.sqlite")).unwrap();
    assert!(saved.started_fresh, "nothing could be read, so nothing is verified");
    assert_eq!(wait(store.apply(Batch { id: BatchId(1), changes: Vec::new() })), Err(StoreFault::ReadOnly));
}

/// Windows keeps a file that is open from being removed.
#[cfg(unix)]
#[test]
fn a_store_whose_file_is_gone_does_not_pretend() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.sqlite");
    let (store, _) = Store::open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let batch = Batch { id: BatchId(1), changes: vec![change(0, 1, &mut Head::default())] };
    assert_eq!(wait(store.apply(batch)), Err(StoreFault::Failed));
}

/// Runs `test` (an ignored test of this binary) as a child.
fn child(test: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--ignored", "--nocapture", "--test-threads=1"]).env("STORE", path);
    command
}

#[test]
#[ignore = "the child of `what_was_acknowledged_survives_kill_9`"]
fn child_writes_until_killed() {
    let (store, saved) = Store::open(Path::new(&std::env::var_os("STORE").unwrap())).unwrap();
    let mut head = saved.audit;
    for n in saved.counters.place + 1.. {
        let counters = Change::Counters(Counters { place: n, ..Counters::default() });
        let changes = vec![change(9, n * 2, &mut head), change(0, n, &mut head), counters];
        wait(store.apply(Batch { id: BatchId(n), changes })).unwrap();
        // Only after the store said so.
        println!("\nkept {n}");
        std::io::stdout().flush().unwrap();
    }
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.sqlite");
    let mut last = 0;
    for round in 0..8_u64 {
        let mut writer = child("child_writes_until_killed", &path).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        let mut kept =
            lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("kept ")?.parse::<u64>().ok());
        let until = last + 1 + round * 3;
        while last < until {
            last = kept.next().unwrap();
        }
        writer.kill().unwrap();
        last = kept.last().unwrap_or(last);
        writer.wait().unwrap();
        let reader = Reader::open(&path).unwrap();
        let head = reader.verify_audit().unwrap();
        let saved = reader.saved().unwrap();
        assert!(!saved.started_fresh);
        assert!(saved.counters.place >= last, "{} kept, {last} acknowledged", saved.counters.place);
        assert_eq!(head.seq, saved.counters.place, "a batch is whole");
        last = saved.counters.place;
    }
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "the child of `a_full_disk_and_a_read_only_folder`"]
fn child_on_a_small_disk() {
    let folder = PathBuf::from(std::env::var_os("STORE").unwrap());
    let path = folder.join("s.sqlite");
    let (store, _) = Store::open(&path).unwrap();
    let mut head = Head::default();
    let keep = |n: u64, change: Change| wait(store.apply(Batch { id: BatchId(n), changes: vec![change] }));
    keep(1, change(9, 1, &mut head)).unwrap();
    std::fs::write(folder.join("filler"), vec![0; 1 << 20]).unwrap_err();
    let wide = Place { label: "x".repeat(200_000).into(), ..place("p1", 1) };
    assert_eq!(keep(2, Change::Place(wide.clone())), Err(StoreFault::Full));
    std::fs::remove_file(folder.join("filler")).unwrap();
    // Stored later, by the same store, with nothing lost.
    keep(3, Change::Place(wide)).unwrap();
    drop(store);
    let mount = |how: &str| {
        assert!(Command::new("mount").args(["-o", how]).arg(&folder).status().unwrap().success());
    };
    mount("remount,ro");
    assert_eq!(Reader::open(&path).unwrap().verify_audit().unwrap(), head);
    let (store, saved) = Store::open(&path).unwrap();
    assert!(!saved.started_fresh, "what is there is read");
    assert_eq!((saved.places.len(), saved.audit.seq), (1, 1));
    let keep = |n: u64, change: Change| wait(store.apply(Batch { id: BatchId(n), changes: vec![change] }));
    assert_eq!(keep(4, change(0, 9, &mut head)), Err(StoreFault::ReadOnly));
    mount("remount,rw");
    keep(5, change(0, 9, &mut head)).unwrap();
    println!("\nboth held");
}

/// On a small disk of its own, which only Linux lets anybody mount.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_and_a_read_only_folder() {
    let folder = tempfile::tempdir().unwrap();
    let inner = child("child_on_a_small_disk", folder.path());
    let mut script = Command::new("unshare");
    script.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
    script.arg("mount -t tmpfs -o size=1m tmpfs \"$STORE\" || exit 77; exec \"$0\" \"$@\"");
    script.arg(inner.get_program()).args(inner.get_args()).env("STORE", folder.path());
    let Ok(output) = script.output() else { return eprintln!("skipped: no unshare") };
    let text = String::from_utf8_lossy(&output.stdout);
    if output.status.code() == Some(77) || (text.is_empty() && !output.status.success()) {
        return eprintln!("skipped: namespaces are not allowed here");
    }
    assert!(text.contains("both held"), "{text}{}", String::from_utf8_lossy(&output.stderr));
}
