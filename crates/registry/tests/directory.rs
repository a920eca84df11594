//! The organisation's places: CSV in and out, search, and what is wrong with a file.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{ADA, Registry, START};
use reqwest::{Method, StatusCode};
use rightdoor_location::record::DirectoryPlace;
use rightdoor_location::{Element, Floors};
use rightdoor_registry::directory_csv;

const HEADER: &str = "id,label,site,single_floor,country,A1,A3,RD,STS,HNO,PC,BLD,FLR,SEAT";

fn csv(rows: &[&str]) -> String {
    std::iter::once(HEADER).chain(rows.iter().copied()).map(|row| format!("{row}\n")).collect()
}

fn two() -> String {
    csv(&[
        "denver/b/5/5-112,\"Desk 5-112, window\",Denver,no,US,CO,Denver,Blake,Street,1600,80202,B,5,5-112",
        "denver/b/6,Floor 6,Denver,no,US,CO,Denver,Blake,Street,1600,80202,B,6,",
    ])
}

#[tokio::test]
async fn devices_find_places() {
    let registry = Registry::start().await;
    let ada = registry.enrol(ADA, "desk-1").await;
    assert_eq!(registry.admin().import(two().as_bytes(), false, START).unwrap(), 2);
    let ask = |path: &str| registry.ask(&ada, Method::GET, &format!("/v1/directory/places{path}")).send();
    for path in ["/denver/b/5/5-112", "/denver%2Fb%2F5%2F5-112"] {
        let place: DirectoryPlace = ask(path).await.unwrap().json().await.unwrap();
        assert_eq!((place.label.as_str(), place.floors), ("Desk 5-112, window", Floors::Several));
        assert_eq!(place.location.get(Element::SEAT), Some("5-112"));
    }
    assert_eq!(ask("/denver/b/7").await.unwrap().status(), StatusCode::NOT_FOUND);
    for (query, found) in [
        ("", 2),
        ("?q=blake+WINDOW", 1),
        ("?q=b/6", 1),
        ("?q=%25", 0),
        ("?q=tokyo", 0),
        ("?after=denver/b/5/5-112", 1),
    ] {
        let page: serde_json::Value = ask(query).await.unwrap().json().await.unwrap();
        assert_eq!(page["places"].as_array().unwrap().len(), found, "{query}");
        assert_eq!(page.get("next"), None);
    }
    let stranger = registry.client.get(format!("{}/v1/directory/places", registry.url)).send().await.unwrap();
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_large_directory_comes_in_pages() {
    let registry = Registry::start().await;
    let ada = registry.enrol(ADA, "desk-1").await;
    let rows: Vec<String> = (0..250)
        .map(|n| format!("d/{n:03},Desk {n},Denver,,US,CO,Denver,Blake,Street,1600,80202,B,5,{n}"))
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    registry.admin().import(csv(&rows).as_bytes(), false, START).unwrap();
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/directory/places?after={after}");
        let page: serde_json::Value =
            registry.ask(&ada, Method::GET, &path).send().await.unwrap().json().await.unwrap();
        seen.extend(
            page["places"].as_array().unwrap().iter().map(|place| place["id"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut after),
            None => break,
        }
    }
    assert_eq!(seen, (0..250).map(|n| format!("d/{n:03}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_is_exported_can_be_imported() {
    let registry = Registry::start().await;
    let mut admin = registry.admin();
    admin.import(two().as_bytes(), false, START).unwrap();
    let export = || {
        let mut out = Vec::new();
        registry.admin().export(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let first = export();
    assert_eq!(
        directory_csv::read(first.as_bytes()).unwrap(),
        directory_csv::read(two().as_bytes()).unwrap()
    );
    let one = csv(&["denver/b/6,The sixth,Denver,no,US,CO,Denver,Blake,Street,1600,80202,B,6,"]);
    admin.import(one.as_bytes(), false, START).unwrap();
    assert!(export().contains("The sixth") && export().contains("5-112"));
    admin.import(one.as_bytes(), true, START).unwrap();
    assert!(!export().contains("5-112"));
}

#[tokio::test]
async fn bad_input_csv_changes_nothing_and_names_the_fix() {
    let registry = Registry::start().await;
    let mut admin = registry.admin();
    admin.import(two().as_bytes(), false, START).unwrap();
    let good = "x,X,,,US,CO,Denver,Blake,Street,1600,80202,C,5,";
    let long = "x/1,X,,no,US,CO,Denver,Blake,Street,1600,80202,C,5,";
    for (text, message) in [
        (csv(&[good]).replacen("BLD", "Building", 1), "unknown column \"Building\"; name it \"BLD\""),
        (csv(&[good]).replacen("A3", "City", 1), "unknown column \"City\"; name it \"A3\""),
        (
            csv(&[good]).replacen("single_floor", "Single Floor", 1),
            "unknown column \"Single Floor\"; name it \"single_floor\"",
        ),
        (
            csv(&[good]).replacen("SEAT", "colour", 1),
            "unknown column \"colour\"; remove it, or use one of id, label, site, single_floor, or a PIDF-LO element such as HNO, FLR or SEAT",
        ),
        (csv(&[good]).replacen("SEAT", "FLR", 1), "column \"FLR\" is there twice; keep one of them"),
        (csv(&[good]).replacen("label", "NAM", 1), "column \"label\" is missing; add it to the first line"),
        (csv(&[]), "the file has no places; write one line for each place after the line of column names"),
        (String::new(), "column \"id\" is missing; add it to the first line"),
        (
            csv(&["x,X"]),
            "line 2: it has 2 fields where the first line has 14; save the file as CSV in UTF-8, with one line for each place",
        ),
        (csv(&[good, good]), "line 3, column id: this id is there already; give every place its own id"),
        (
            csv(&["a b,X,,,US,CO,Denver,Blake,Street,1600,80202,C,5,"]),
            "line 2, column id: this is not an id; use letters, digits and / . _ : - only, such as denver/b/5/5-112",
        ),
        (
            csv(&["x,,,,US,CO,Denver,Blake,Street,1600,80202,C,5,"]),
            "line 2, column label: it is empty; write what people call this place",
        ),
        (
            csv(&["x,X,,maybe,US,CO,Denver,Blake,Street,1600,80202,C,5,"]),
            "line 2, column single_floor: this is neither yes nor no; write yes, no or nothing",
        ),
        (
            csv(&[good, long]),
            "line 3, column single_floor: another line of the same building says otherwise; write the same on every line of a building",
        ),
    ] {
        let error = admin.import(text.as_bytes(), true, START).unwrap_err().to_string();
        assert_eq!(error, format!("nothing was imported: {message}"));
    }
    let binary = admin.import(
        [csv(&[]).as_bytes(), b"\xff\xfe,X,,,US,CO,D,B,S,1,8,C,5,\n"].concat().as_slice(),
        true,
        START,
    );
    assert!(binary.unwrap_err().to_string().contains("line 2: it is not UTF-8"));
    let mut out = Vec::new();
    admin.export(&mut out).unwrap();
    assert_eq!(directory_csv::read(out.as_slice()).unwrap(), directory_csv::read(two().as_bytes()).unwrap());
}
