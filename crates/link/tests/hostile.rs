//! A client of the same user that misbehaves: it is told one thing and closed, and nobody else
//! notices. One of another user is in unix.rs.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{Desk, Raw, nobody_else_noticed, view};
use rightdoor_core::Reply;
use rightdoor_link::message::Message;
use rightdoor_link::server::Limits;
use rightdoor_link::wire;
use serde_json::{Value, json};

const SHORT: Duration = Duration::from_millis(200);

fn short() -> Limits {
    Limits { hello: SHORT, frame: SHORT, write: SHORT, ..Limits::default() }
}

async fn first_frame_is_refused(frame: &[u8], code: &str) -> rightdoor_link::Problem {
    let mut desk = Desk::with(short()).await;
    let witness = desk.client().await;
    let _views = witness.views().await.unwrap();
    let mut raw = desk.raw().await;
    raw.bytes(frame).await;
    let problem = raw.refused().await;
    assert_eq!(problem.code, code, "{problem:?}");
    assert!(!problem.hint.is_empty());
    nobody_else_noticed(&mut desk, &witness).await;
    problem
}

fn framed(value: &Value) -> Vec<u8> {
    wire::encode(value).unwrap()
}

#[tokio::test]
async fn bad_input_garbage_instead_of_a_hello() {
    first_frame_is_refused(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "message_too_long").await;
    first_frame_is_refused(&[0, 0, 0, 4, 0xff, 0xfe, 0, 1], "malformed_hello").await;
    first_frame_is_refused(&[0, 0, 0, 0], "malformed_hello").await;
}

#[tokio::test]
async fn bad_input_a_huge_length() {
    let problem = first_frame_is_refused(&[0xff; 4], "message_too_long").await;
    assert_eq!(problem.message, "a message of 4294967295 bytes is more than the link carries");
    assert_eq!(problem.hint, "send at most 1048576 bytes");
}

#[tokio::test]
async fn bad_input_a_hello_that_never_comes_or_stops_half_way() {
    first_frame_is_refused(&[], "no_hello").await;
    first_frame_is_refused(&[0, 0], "no_hello").await;
    first_frame_is_refused(&[0, 0, 0, 100, b'{'], "no_hello").await;
}

#[tokio::test]
async fn bad_input_a_hello_without_its_fields() {
    let problem = first_frame_is_refused(&framed(&json!({"client": "x"})), "malformed_hello").await;
    assert!(problem.message.contains("missing field `rightdoor`"), "{}", problem.message);
}

#[tokio::test]
async fn bad_input_another_version() {
    let newer = framed(&json!({"rightdoor": 2, "client": "x", "new_field": [1]}));
    let problem = first_frame_is_refused(&newer, "version_differs").await;
    assert_eq!(
        problem.message,
        "the client speaks link version 2, this companion version 1: the companion is older"
    );
    let older = framed(&json!({"rightdoor": 0, "client": "x"}));
    let problem = first_frame_is_refused(&older, "version_differs").await;
    assert_eq!(problem.hint, "close this program and start the installed release");
}

/// After the hello: `frame` is answered with one problem and the end.
async fn frame_ends_it(frame: &[u8], code: &str) {
    let mut desk = Desk::with(short()).await;
    let witness = desk.client().await;
    let _views = witness.views().await.unwrap();
    let mut raw = desk.greeted().await;
    raw.bytes(frame).await;
    assert_eq!(raw.refused().await.code, code);
    nobody_else_noticed(&mut desk, &witness).await;
}

#[tokio::test]
async fn bad_input_frames_that_are_no_requests() {
    frame_ends_it(&[0x7f, 0xff, 0xff, 0xff, 1, 2, 3], "message_too_long").await;
    frame_ends_it(&[0, 0, 0, 2, b'{', b'['], "malformed_message").await;
    frame_ends_it(&[0, 0, 0, 50, b'{'], "no_answer").await;
    frame_ends_it(&framed(&json!({"ask": "view"})), "malformed_message").await;
    frame_ends_it(&framed(&json!([])), "malformed_message").await;
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let mut frame = u32::try_from(deep.len()).unwrap().to_be_bytes().to_vec();
    frame.extend_from_slice(deep.as_bytes());
    frame_ends_it(&frame, "malformed_message").await;
}

/// A request with an id is answered under its id, and the connection goes on.
async fn request_is_wrong(ask: Value, naming: &[&str]) {
    let mut desk = Desk::open().await;
    let mut raw = desk.greeted().await;
    raw.send(&json!({"id": 9, "ask": ask})).await;
    let Some(Message::Problem { id: Some(9), problem }) = raw.next().await else { panic!("no problem") };
    for name in naming {
        assert!(problem.message.contains(name), "{name} is not in: {}", problem.message);
    }
    assert!(desk.intents.try_recv().is_err());
    raw.send(&json!({"id": 10, "ask": "ping"})).await;
    assert_eq!(raw.next().await, Some(Message::Pong { id: 10 }));
}

#[tokio::test]
async fn bad_input_an_unknown_request_names_the_known_ones() {
    request_is_wrong(json!("sing"), &["sing", "`view`", "`act`", "`trace`", "`ping`"]).await;
}

#[tokio::test]
async fn bad_input_an_unknown_intent_names_the_known_ones() {
    request_is_wrong(
        json!({"act": {"dial": 911}}),
        &["ask.act", "dial", "`answer`", "`say`", "`ask`", "`report933`", "`enrol`"],
    )
    .await;
}

#[tokio::test]
async fn bad_input_what_933_read_out_has_to_be_said() {
    request_is_wrong(json!({"act": {"report933": {}}}), &["`matched`"]).await;
}

#[tokio::test]
async fn bad_input_an_unknown_field_names_the_known_ones() {
    let ask = json!({"act": {"answer": {"prompt": 1, "answer": "still", "force": true}}});
    request_is_wrong(ask, &["force", "`prompt`", "`answer`"]).await;
    let ask = json!({"act": {"say": {"address": {"location": {"ZIP": "80202"}, "label": null}}}});
    request_is_wrong(ask, &["location", "ZIP", "`PC`", "`country`"]).await;
}

#[tokio::test]
async fn bad_input_an_unknown_field_beside_the_request_is_not_overlooked() {
    let desk = Desk::open().await;
    let mut raw = desk.greeted().await;
    raw.send(&json!({"id": 9, "ask": "ping", "dry_run": true})).await;
    let Some(Message::Problem { id: Some(9), problem }) = raw.next().await else { panic!("no problem") };
    assert!(
        problem.message.contains("unknown field `dry_run`, expected `id` or `ask`"),
        "{}",
        problem.message
    );
}

#[tokio::test]
async fn bad_input_a_wrong_type_names_the_field() {
    let ask = json!({"act": {"answer": {"prompt": "first", "answer": "still"}}});
    request_is_wrong(ask, &["prompt", "expected u64"]).await;
}

#[tokio::test]
async fn bad_input_a_flood_of_acts_is_cut_and_one_at_a_time() {
    let mut desk = Desk::with(Limits { acts_per_second: 5, ..Limits::default() }).await;
    let mut raw = desk.greeted().await;
    let flood: Vec<u8> = (0..100).flat_map(|id| framed(&json!({"id": id, "ask": {"act": "ask"}}))).collect();
    raw.bytes(&flood).await;
    let mut refused = 0;
    let mut done = 0;
    while refused + done < 100 {
        let message = tokio::select! {
            message = raw.next() => message,
            asked = desk.intents.recv() => {
                assert!(desk.intents.try_recv().is_err(), "two acts of one client at once");
                asked.unwrap().1.send(Reply::Done).unwrap();
                continue;
            }
        };
        match message {
            Some(Message::Reply { reply: Reply::Done, .. }) => done += 1,
            Some(Message::Problem { id: Some(_), problem }) if problem.code == "too_fast" => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(done >= 5 && refused >= 80, "{done} done, {refused} refused");
}

#[tokio::test]
async fn bad_input_a_busy_engine_refuses_and_loses_nothing_silently() {
    let mut desk = Desk::open().await;
    // Sixteen clients may have one act each under way; the channel holds sixteen.
    let mut crowd = Vec::new();
    for _ in 0..16 {
        let mut raw = desk.greeted().await;
        raw.send(&json!({"id": 1, "ask": {"act": "ask"}})).await;
        crowd.push(raw);
    }
    for raw in &mut crowd {
        desk.answer(Reply::Done).await;
        let _ = raw;
    }
    for raw in &mut crowd {
        assert_eq!(raw.next().await, Some(Message::Reply { id: 1, reply: Reply::Done }));
    }
}

#[tokio::test]
async fn bad_input_the_seventeenth_client_is_told_and_the_place_comes_back() {
    let desk = Desk::open().await;
    let mut crowd: Vec<Raw> = Vec::new();
    for _ in 0..16 {
        crowd.push(desk.greeted().await);
    }
    let error = rightdoor_link::Client::connect(&desk.path, "test").await.unwrap_err().problem();
    assert_eq!(error.code, "too_many_clients");
    assert_eq!(error.message, "16 clients are connected, and more are not taken");
    crowd.pop();
    while rightdoor_link::Client::connect(&desk.path, "test").await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn bad_input_silent_clients_do_not_keep_their_places() {
    let desk = Desk::with(Limits { clients: 2, idle: SHORT, ..short() }).await;
    let (mut one, mut two) = (desk.greeted().await, desk.greeted().await);
    assert_eq!(one.refused().await.code, "idle");
    assert_eq!(two.refused().await.code, "idle");
    desk.client().await.ping().await.unwrap();
}

#[tokio::test]
async fn bad_input_a_client_that_does_not_read_is_dropped() {
    let mut desk = Desk::with(Limits { clients: 2, ..short() }).await;
    let witness = desk.client().await;
    let _views = witness.views().await.unwrap();
    let mut deaf = desk.greeted().await;
    deaf.send(&json!({"id": 1, "ask": "view"})).await;
    // Views until its socket is full and the patience with it has run out: then its place is free.
    let mut n = 0;
    while rightdoor_link::Client::connect(&desk.path, "test").await.is_err() {
        let mut heavy = view(n);
        heavy.standing.address = rightdoor_core::view::AddressFacet::ConfirmedBy("x".repeat(100_000));
        desk.views.send_replace(Arc::new(heavy));
        n += 1;
    }
    nobody_else_noticed(&mut desk, &witness).await;
}
