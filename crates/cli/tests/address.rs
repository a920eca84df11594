//! Address files that are wrong: one error with field, line and fix, and nothing is sent.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fmt::Write as _;

use common::{House, good_view};
use insta::assert_snapshot;
use rightdoor_core::Reply;

async fn wrong(files: &[&str]) -> String {
    let house = House::with(good_view(), Reply::Done).await;
    let mut all = String::new();
    for file in files {
        let ran = house.run_with(&["change", "--address", "-"], file).await;
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{file}\n{ran}");
        assert!(ran.stderr.contains("\nhint: "), "{file}\n{ran}");
        let shown = if file.len() > 200 { "(long)" } else { file };
        writeln!(all, "{shown}\n{}", ran.stderr).unwrap();
    }
    assert_eq!(house.asked(), [], "nothing may be sent");
    all
}

#[tokio::test]
async fn bad_input_address_elements_that_are_unknown_name_the_right_one() {
    let mut files = Vec::new();
    for name in [
        "zip",
        "state",
        "City",
        "street",
        "address",
        "house_number",
        "floor",
        "flr",
        "apartment",
        "desk",
        "FLOR",
        "COUNTRY",
        "XYZZY",
    ] {
        files.push(format!("{{\"location\": {{\n  \"country\": \"US\",\n  \"{name}\": \"x\"\n}}}}"));
    }
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    assert_snapshot!("unknown_elements", wrong(&files).await);
}

#[tokio::test]
async fn bad_input_address_fields_that_are_unknown_missing_or_twice() {
    assert_snapshot!(
        "unknown_fields",
        wrong(&[
            "{}",
            "{\"location\": {}}",
            "{\"location\": {\"A3\": \"  \"}}",
            "{\"label\": \"Home\",\n \"lable\": \"Home\", \"location\": {\"A3\": \"Denver\"}}",
            "{\"A3\": \"Denver\"}",
            "{\"version\": 1}",
            "{\"floors\": \"two\", \"location\": {\"A3\": \"Denver\"}}",
            "{\"location\": {\"A3\": \"Denver\",\n \"A3\": \"Golden\"}}",
            "{\"location\": {\"A3\": \"Denver\"},\n\"location\": {\"A3\": \"Golden\"}}",
        ])
        .await
    );
}

#[tokio::test]
async fn bad_input_address_values_that_are_no_texts() {
    assert_snapshot!(
        "bad_values",
        wrong(&[
            "{\"location\": {\n\"HNO\": 1600}}",
            "{\"location\": {\"HNO\": null}}",
            "{\"location\": {\"HNO\": [\"1600\"]}}",
            "{\"location\": {\"HNO\": \"16\\u0000\"}}",
            "{\"label\": 7, \"location\": {\"A3\": \"Denver\"}}",
        ])
        .await
    );
}

#[tokio::test]
async fn bad_input_address_files_that_are_no_json() {
    let long = " ".repeat(70_000);
    let deep = "[".repeat(10_000);
    assert_snapshot!(
        "no_json",
        wrong(&[
            "",
            "1600 Blake Street",
            "[]",
            "{\"location\": \"1600 Blake Street\"}",
            "{\"location\": {\"A3\": \"Denver\",}}",
            "{\"location\": {\"A3\": \"Denver\"}\n",
            "{\"location\": {\"A3\": \"Denver\"}} {}",
            &long,
            &deep,
        ])
        .await
    );
}

#[tokio::test]
async fn bad_input_address_files_that_cannot_be_read() {
    let house = House::with(good_view(), Reply::Done).await;
    let ran = house.run(&["answer", "--address", "nowhere.json"]).await;
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.starts_with("error: --address nowhere.json: "), "{ran}");
    std::fs::write(house.path("latin1.json"), b"{\"label\": \"caf\xe9\"}").unwrap();
    let ran = house.run(&["answer", "--address", "latin1.json", "--json"]).await;
    assert_eq!(ran.code, 2);
    let problem: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
    assert_eq!(problem["message"], "latin1.json is not UTF-8 text, from byte 14 on");
    assert_eq!(problem["hint"], "save it as UTF-8");
    assert_eq!(house.asked(), []);
}

#[tokio::test]
async fn bad_input_on_the_command_line() {
    let house = House::empty();
    let mut all = String::new();
    for words in [
        [].as_slice(),
        &["wehre"],
        &["where", "--wyh"],
        &["answer", "--travelling", "--no"],
        &["answer", "--prompt", "first", "--no"],
        &["answer", "--place"],
        &["report-933", "maybe"],
        &["enrol", "C"],
        &["enrol", " ", "--registry", "https://r.example"],
        &["enrol", "C", "--registry", "ftp://r.example"],
        &["enrol", "C", "--registry", "r.example"],
        &["audit", "export", "--json", "--csv"],
        &["completions", "dos"],
    ] {
        let ran = house.run(words).await;
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran}");
        writeln!(all, "{ran}\n").unwrap();
    }
    std::fs::write(house.path("config.toml"), "[paths]\nrun = \"x\"\n").unwrap();
    writeln!(all, "{}", house.run(&["where"]).await).unwrap();
    std::fs::remove_file(house.path("config.toml")).unwrap();
    writeln!(all, "{}", house.run(&["where"]).await).unwrap();
    assert_snapshot!("usage", all);
    let ran = house.run(&["where", "--json", "--wyh"]).await;
    assert_eq!(ran.code, 2);
    let problem: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
    assert_eq!(problem["code"], "usage");
}
