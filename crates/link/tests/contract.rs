//! What a well-behaved client may rely on.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;

use common::{Desk, Raw, number, view};
use rightdoor_core::{Answer, Intent, Look, PromptId, Reply, Sight};
use rightdoor_link::client::TraceLine;
use rightdoor_link::message::{Capability, Message, VERSION};
use rightdoor_link::server::{Ends, Limits, Server};
use rightdoor_link::{Client, LinkError, wire};
use rightdoor_location::Revision;
use rightdoor_location::record::Problem;
use serde_json::json;
use tokio::sync::{broadcast, mpsc, watch};

#[tokio::test]
async fn the_hello_is_answered_with_version_and_capabilities() {
    let desk = Desk::open().await;
    let client = desk.client().await;
    assert_eq!(client.welcome().rightdoor, VERSION);
    assert_eq!(client.welcome().version, env!("CARGO_PKG_VERSION"));
    assert_eq!(
        client.welcome().capabilities,
        [Capability::View, Capability::Act, Capability::Look, Capability::Trace]
    );
    client.ping().await.unwrap();
}

#[tokio::test]
async fn a_view_comes_at_once_and_at_every_change() {
    let desk = Desk::open().await;
    let client = desk.client().await;
    let mut views = client.views().await.unwrap();
    assert_eq!(number(&views.next().await.unwrap()), 0);
    for n in 1..=3 {
        desk.show(n);
        assert_eq!(number(&views.next().await.unwrap()), n);
    }
    desk.show(4);
    assert_eq!(number(&client.view().await.unwrap()), 4, "asked again, it is the current one");
}

#[tokio::test]
async fn a_client_that_does_not_read_gets_the_latest_view_and_no_backlog() {
    const SHOWN: u64 = 2_000;
    let desk = Desk::open().await;
    let mut raw = desk.greeted().await;
    raw.send(&json!({"id": 1, "ask": "view"})).await;
    assert!(matches!(raw.next().await, Some(Message::View(_))));
    assert_eq!(raw.next().await, Some(Message::Pong { id: 1 }));
    // 2,000 views of about 20 kB: far more than a socket's buffer holds.
    let heavy = |n| {
        let mut view = view(n);
        view.standing.address = rightdoor_core::view::AddressFacet::ConfirmedBy("x".repeat(20_000));
        Arc::new(view)
    };
    for n in 1..=SHOWN {
        desk.views.send_replace(heavy(n));
        tokio::task::yield_now().await;
    }
    let (mut last, mut came) = (0, 0);
    while last != SHOWN {
        let Some(Message::View(view)) = raw.next().await else { panic!("something else than a view") };
        assert!(number(&view) > last, "never an older one after a newer one");
        (last, came) = (number(&view), came + 1);
    }
    assert!(came < SHOWN / 4, "{came} of {SHOWN} views were queued");
}

#[tokio::test]
async fn an_act_is_answered_once_and_to_who_asked() {
    let mut desk = Desk::open().await;
    let (one, two) = (desk.client().await, desk.client().await);
    let (first, second, ()) = tokio::join!(
        one.act(Intent::Say(Answer::Travelling)),
        two.act(Intent::Answer { prompt: PromptId(7), answer: Answer::Still }),
        async {
            for _ in 0..2 {
                let (intent, reply) = desk.intents.recv().await.unwrap();
                let answer = if intent == Intent::Say(Answer::Travelling) {
                    Reply::Kept(Revision(3))
                } else {
                    Reply::Refused(refusal().into())
                };
                reply.send(answer).unwrap();
            }
        }
    );
    assert_eq!(first.unwrap(), Reply::Kept(Revision(3)));
    assert_eq!(second.unwrap(), Reply::Refused(refusal().into()));
}

fn refusal() -> Problem {
    Problem { code: "closed".into(), message: "m".into(), hint: "h".into(), fields: Vec::new() }
}

#[tokio::test]
async fn views_go_on_while_an_act_is_under_way() {
    let mut desk = Desk::open().await;
    let client = desk.client().await;
    let mut views = client.views().await.unwrap();
    views.next().await.unwrap();
    let act = client.act(Intent::Ask);
    let (reply, ()) = tokio::join!(act, async {
        let (_, reply) = desk.intents.recv().await.unwrap();
        desk.show(1);
        assert_eq!(number(&views.next().await.unwrap()), 1);
        reply.send(Reply::Asked(PromptId(1))).unwrap();
    });
    assert_eq!(reply.unwrap(), Reply::Asked(PromptId(1)));
}

#[tokio::test]
async fn an_act_that_the_companion_drops_is_told_as_unknown() {
    let mut desk = Desk::open().await;
    let client = desk.client().await;
    let (reply, ()) = tokio::join!(client.act(Intent::Ask), async {
        drop(desk.intents.recv().await);
    });
    assert_eq!(reply.unwrap_err().problem().code, "companion_stopping");
}

#[tokio::test]
async fn trace_lines_come_in_order_and_missing_ones_are_counted() {
    let desk = Desk::open().await;
    let client = desk.client().await;
    let mut trace = client.trace().await.unwrap();
    for n in 0..3 {
        desk.trace.send(format!("{{\"n\":{n}}}").into()).unwrap();
    }
    for n in 0..3 {
        assert_eq!(trace.next().await, Some(TraceLine::Line(format!("{{\"n\":{n}}}"))));
    }
    // More at once than the broadcast (16) keeps for a reader.
    for n in 0..20 {
        desk.trace.send(n.to_string().into()).unwrap();
    }
    assert_eq!(trace.next().await, Some(TraceLine::Lost(4)));
    assert_eq!(trace.next().await, Some(TraceLine::Line("4".into())));
}

#[tokio::test]
async fn a_companion_that_is_not_running_is_said_with_the_fix() {
    let folder = tempfile::tempdir().unwrap();
    let path = rightdoor_link::socket_path(folder.path());
    let problem = Client::connect(&path, "test").await.unwrap_err().problem();
    assert_eq!(problem.code, "companion_not_running");
    assert_eq!(problem.message, "the Rightdoor companion is not running");
    assert!(problem.hint.contains("start it with `rightdoor-companion`"), "{}", problem.hint);
}

#[tokio::test]
async fn a_second_companion_finds_the_first_and_does_not_disturb_it() {
    let desk = Desk::open().await;
    let second = Server::bind(&desk.path).await.unwrap_err();
    assert!(matches!(second, LinkError::AlreadyRunning { .. }), "{second}");
    desk.client().await.ping().await.unwrap();
}

#[tokio::test]
async fn who_comes_and_goes_before_it_is_looked_at_does_not_keep_the_next_one_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = rightdoor_link::socket_path(folder.path());
    let server = Server::bind(&path).await.unwrap();
    drop(Raw::connect(&path).await);
    let (_views, seen) = watch::channel(Arc::new(view(5)));
    let (asked, _intents) = mpsc::channel(1);
    let (looked, _looks) = mpsc::channel(1);
    let ends = Ends { views: seen, intents: asked, looks: looked, trace: broadcast::channel(1).0 };
    let next = async {
        let client = Client::connect(&path, "test").await.unwrap();
        assert_eq!(number(&client.view().await.unwrap()), 5);
    };
    server.run(ends, next).await;
}

#[tokio::test]
async fn the_end_closes_every_client_and_takes_the_socket_away() {
    let mut desk = Desk::open().await;
    let client = desk.client().await;
    let mut views = client.views().await.unwrap();
    views.next().await.unwrap();
    desk.stop.take().unwrap().send(()).unwrap();
    desk.serving.await.unwrap();
    assert!(!desk.path.exists());
    assert_eq!(views.next().await, None);
    assert!(matches!(client.ping().await, Err(LinkError::Closed)));
}

#[tokio::test]
async fn a_slow_look_holds_up_neither_an_act_nor_another_look() {
    let mut desk = Desk::open().await;
    let client = desk.client().await;
    let slow = client.look(Look::Directory { search: String::new() });
    let history = client.look(Look::History);
    let act = client.act(Intent::Ask);
    tokio::pin!(slow, history, act);
    let work = async {
        let (asked, show_slow) = desk.looks.recv().await.unwrap();
        assert_eq!(asked, Look::Directory { search: String::new() });
        let (asked, show) = desk.looks.recv().await.unwrap();
        assert_eq!(asked, Look::History);
        show.send(Ok(Sight::History(Vec::new()))).unwrap();
        desk.answer(Reply::Done).await;
        show_slow
    };
    let (_, show_slow) = tokio::join!(
        async {
            tokio::select! {
                // In this order: the slow look is asked for first.
                biased;
                _ = &mut slow => panic!("the slow look ended first"),
                both = async { tokio::join!(&mut history, &mut act) } => both,
            }
        },
        work
    );
    let problem = connectionless();
    show_slow.send(Err(problem.clone())).unwrap();
    let refused = slow.await.unwrap_err();
    assert_eq!(refused.problem().code, problem.code);
}

#[tokio::test]
async fn more_looks_than_the_limit_are_refused_one_by_one() {
    let mut desk = Desk::with(Limits { looks: 1, ..Limits::default() }).await;
    let client = desk.client().await;
    let first = client.look(Look::History);
    tokio::pin!(first);
    let taken = tokio::select! {
        _ = &mut first => panic!("nobody showed anything"),
        taken = desk.looks.recv() => taken.unwrap(),
    };
    let second = client.look(Look::Settings).await.unwrap_err();
    assert_eq!(second.problem().code, "busy");
    taken.1.send(Ok(Sight::History(Vec::new()))).unwrap();
    assert_eq!(first.await.unwrap(), Sight::History(Vec::new()));
}

fn connectionless() -> Problem {
    Problem {
        code: "registry_unreachable".into(),
        message: "The registry does not answer.".into(),
        hint: "Try again later.".into(),
        fields: Vec::new(),
    }
}

#[test]
fn a_message_longer_than_the_cap_is_not_sent() {
    let error = wire::encode(&"x".repeat(wire::FRAME_CAP as usize)).unwrap_err();
    assert!(matches!(error, LinkError::TooLong(_)), "{error}");
}
