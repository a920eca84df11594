//! Every command, its output and its exit code, as a person or a script sees them.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::sync::Arc;

use common::{House, good_view, minutes_ago, prompt};
use insta::assert_snapshot;
use rightdoor_core::guidance::Language;
use rightdoor_core::place::PlaceId;
use rightdoor_core::place::recognise::{Candidate, Reason, Tier};
use rightdoor_core::view::{Doubt, Here, Question, RegistryFacet, Senses, WaitReason};
use rightdoor_core::{Answer, Intent, PromptId, Redacted, Reply, View, Wall, words};
use rightdoor_link::Problem;
use rightdoor_location::record::Content;
use rightdoor_location::{Element, FieldError, Floors, Revision};
use serde_json::json;

#[tokio::test]
async fn help_of_every_command() {
    let house = House::empty();
    let commands: &[&[&str]] = &[
        &[],
        &["where"],
        &["answer"],
        &["confirm"],
        &["change"],
        &["report-933"],
        &["enrol"],
        &["watch"],
        &["doctor"],
        &["guidance"],
        &["audit"],
        &["audit", "verify"],
        &["audit", "export"],
        &["places"],
        &["places", "list"],
        &["completions"],
        &["man"],
        &["supervise"],
        &["supervise", "install"],
        &["supervise", "remove"],
        &["supervise", "status"],
    ];
    let mut all = String::new();
    for words in commands {
        let ran = house.run(&[words, ["--help"].as_slice()].concat()).await;
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        writeln!(all, "{ran}\n").unwrap();
    }
    assert_snapshot!("help", all.replace("--config [folder]/config.toml ", ""));
}

#[tokio::test]
async fn where_says_what_core_says_and_its_code_says_whether_it_is_verified() {
    let verified = good_view();
    let mut not_here = good_view();
    not_here.standing.here = Here::NotVerified { why: Doubt::Moved, since: minutes_ago(1) };
    let mut checking = good_view();
    checking.standing.here = Here::Checking { since: minutes_ago(0) };
    let mut waiting = good_view();
    waiting.standing.registry =
        RegistryFacet::Waiting { since: minutes_ago(1), why: WaitReason::Unreachable };
    let mut nowhere = good_view();
    nowhere.standing.registered.as_mut().unwrap().content = Content::NoFixedAddress;
    let cases = [(verified, 0), (not_here, 1), (checking, 1), (waiting, 1), (nowhere, 1)];
    for (view, code) in cases {
        let house = House::with(view.clone(), Reply::Done).await;
        let ran = house.run(&["where"]).await;
        let mut said = vec![words::hero(&view, common::now()).sentence()];
        said.extend(words::facets(&view, common::now()).iter().map(|facet| format!("  {facet}")));
        assert_eq!(ran.stdout.trim_end(), said.join("\n").trim_end());
        assert_eq!((ran.code, ran.stderr.as_str()), (code, ""), "{ran}");

        let ran = house.run(&["where", "--json"]).await;
        let all = ran.json();
        assert_eq!(all["verified"], json!(code == 0));
        assert_eq!(all["sentence"], json!(words::hero(&view, common::now()).sentence()));
        assert_eq!(all.get("why"), None);
        assert_eq!(ran.code, code);
        let all = house.run(&["where", "--json", "--why"]).await.json();
        let read: View = serde_json::from_value(all).unwrap();
        assert_eq!(read, view, "the JSON is the whole view");
    }
}

#[tokio::test]
async fn where_tells_why() {
    let mut view = good_view();
    view.prompt = Some(prompt(Question::Choose));
    let why = view.why.as_mut().unwrap();
    let reason = |for_it, text: &str| Reason { for_it, text: text.into() };
    let mut candidate: Vec<Candidate> = Vec::new();
    for (id, tier, score) in [("p1", Tier::Tap, 640), ("denver/b/5", Tier::Offer, 120)] {
        let json = json!({ "place": id, "tier": tier, "score": score, "by": "radios", "reasons": [
            reason(true, "7 of 9 Wi-Fi radios are those of this place"),
            reason(false, "the gateway is another machine"),
        ]});
        candidate.push(serde_json::from_value(json).unwrap());
    }
    why.recognition.candidates = candidate;
    let house = House::with(view, Reply::Done).await;
    let ran = house.run(&["where", "--why"]).await;
    let from = ran.stdout.find("Question 4").unwrap();
    assert_snapshot!("where_why", &ran.stdout[from..]);
}

#[tokio::test]
async fn the_question_is_shown_and_answered() {
    let mut view = good_view();
    view.prompt = Some(prompt(Question::Tap(PlaceId("p1".into()))));
    let house = House::with(view, Reply::Kept(Revision(4))).await;
    assert_snapshot!("question_tap", house.run(&["answer"]).await);
    assert_snapshot!("kept", house.run(&["confirm"]).await);
    for words in [
        ["answer", "--place", "denver/b/5"].as_slice(),
        &["answer", "--travelling"],
        &["answer", "--no"],
        &["answer", "--later", "--prompt", "3"],
        &["change", "--place", "p1"],
        &["change", "--travelling"],
        &["change"],
        &["report-933", "yes"],
        &["report-933", "no"],
        &["report-933", "other"],
        &["enrol", "K7-22", "--registry", "https://registry.example.com"],
    ] {
        let ran = house.run(words).await;
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran}");
    }
    let answer = |prompt, answer| Intent::Answer { prompt: PromptId(prompt), answer };
    assert_eq!(
        house.asked(),
        [
            answer(4, Answer::Still),
            answer(4, Answer::Place(PlaceId("denver/b/5".into()))),
            answer(4, Answer::Travelling),
            answer(4, Answer::No),
            answer(3, Answer::Later),
            Intent::Say(Answer::Place(PlaceId("p1".into()))),
            Intent::Say(Answer::Travelling),
            Intent::Ask,
            Intent::Report933 { matched: Some(true) },
            Intent::Report933 { matched: Some(false) },
            Intent::Report933 { matched: None },
            Intent::Enrol {
                code: Redacted::new("K7-22".into()),
                registry: "https://registry.example.com".into()
            },
        ]
    );
}

#[tokio::test]
async fn without_a_question() {
    let house = House::with(good_view(), Reply::Done).await;
    assert_snapshot!("no_question", house.run(&["answer"]).await);
    assert_snapshot!("nothing_to_answer", house.run(&["answer", "--travelling"]).await);
    assert_eq!(house.asked(), []);
    assert_eq!(house.run(&["confirm"]).await.code, 0);
    assert_eq!(house.asked(), [Intent::Say(Answer::Still)]);
    assert_eq!(house.run(&["answer", "--json"]).await.json(), json!({ "prompt": null }));
}

#[tokio::test]
async fn every_reply_has_its_words_and_its_json() {
    let replies = [
        Reply::Kept(Revision(4)),
        Reply::SentNotKept(Revision(4)),
        Reply::Asked(PromptId(9)),
        Reply::Snoozed(Wall(1_800_000_000_123)),
        Reply::Done,
    ];
    let mut all = String::new();
    for reply in replies {
        let house = House::with(good_view(), reply).await;
        writeln!(all, "{}\n", house.run(&["confirm"]).await).unwrap();
        writeln!(all, "{}\n", house.run(&["confirm", "--json"]).await).unwrap();
    }
    assert_snapshot!("replies", all);
}

#[tokio::test]
async fn a_refusal_names_its_fields_and_its_code_says_whose_turn_it_is() {
    let field = |field, message: &str| FieldError {
        field,
        code: "missing".into(),
        message: message.into(),
        hint: "Add it.".into(),
    };
    let refusal = |code: &str, fields| {
        Reply::Refused(
            Problem { code: code.into(), message: "It was refused.".into(), hint: "Mend it.".into(), fields }
                .into(),
        )
    };
    let one = vec![field(Element::FLR, "The floor is missing.")];
    let two = vec![one[0].clone(), field(Element::ROOM, "The room is missing.")];
    let mut all = String::new();
    for (code, fields, exit) in [
        ("invalid_address", one, 2),
        ("invalid_address", two, 2),
        ("unknown_place", vec![], 2),
        ("prompt_closed", vec![], 3),
    ] {
        let house = House::with(good_view(), refusal(code, fields)).await;
        let ran = house.run(&["change", "--place", "p9"]).await;
        assert_eq!((ran.code, ran.stdout.as_str()), (exit, ""), "{ran}");
        writeln!(all, "{ran}\n").unwrap();
        let ran = house.run(&["change", "--place", "p9", "--json"]).await;
        let problem: Problem = serde_json::from_str(&ran.stderr).unwrap();
        assert_eq!((problem.code.as_str(), ran.code), (code, exit));
    }
    assert_snapshot!("refusals", all);
}

#[tokio::test]
async fn an_address_file_becomes_an_answer() {
    let house = House::with(good_view(), Reply::Done).await;
    let file =
        json!({"label": "Denver office", "floors": "several", "location": common::address()}).to_string();
    std::fs::write(house.path("a.json"), &file).unwrap();
    assert_eq!(house.run(&["change", "--address", "a.json"]).await.code, 0);
    let ran = house.run_with(&["change", "--address", "-"], &file.replace("1600", "  1600 ")).await;
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let said = Intent::Say(Answer::Address {
        location: common::address(),
        label: Some(Redacted::new("Denver office".into())),
        floors: Floors::Several,
    });
    assert_eq!(house.asked(), [said.clone(), said]);
}

#[tokio::test]
async fn without_a_companion_it_is_said_with_the_fix() {
    let house = House::empty();
    for words in [
        ["where"].as_slice(),
        &["answer"],
        &["answer", "--travelling"],
        &["confirm"],
        &["change", "--travelling"],
        &["report-933", "yes"],
        &["enrol", "C", "--registry", "https://r.example"],
        &["watch"],
    ] {
        let ran = house.run(words).await;
        assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{ran}");
        assert!(ran.stderr.starts_with("error: the Rightdoor companion is not running\nhint: "), "{ran}");
    }
    assert_snapshot!("not_running", house.run(&["where"]).await);
    assert_snapshot!("not_running_json", house.run(&["where", "--json"]).await);
}

#[tokio::test]
async fn guidance_comes_from_whoever_is_alive() {
    let mut house = House::empty();
    assert_snapshot!("guidance_bare", house.run(&["guidance"]).await);
    let kept = words::Card { steps: vec!["the step it kept".to_owned()], ..words::Card::bare(Language::En) };
    std::fs::write(house.path("data/guidance.txt"), kept.text()).unwrap();
    assert_snapshot!("guidance_file", house.run(&["guidance"]).await);
    assert_snapshot!("guidance_file_json", house.run(&["guidance", "--json"]).await);
    // A socket whose companion hangs: nobody accepts.
    std::fs::create_dir(house.path("run")).unwrap();
    let hung = std::os::unix::net::UnixListener::bind(house.path("run/link.sock")).unwrap();
    let asked_at = std::time::Instant::now();
    assert!(house.run(&["guidance"]).await.stdout.contains("the step it kept"));
    assert!(
        house.run(&["guidance", "--lang", "es"]).await.stdout.starts_with("¿Ya está hablando con el 911?")
    );
    assert!(asked_at.elapsed().as_secs() < 4, "the card cannot wait for a companion that hangs");
    drop(hung);
    // A broken configuration is a remark.
    std::fs::write(house.path("config.toml"), "[paths]\ndat = \"x\"\n").unwrap();
    let ran = house.run(&["guidance"]).await;
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("`paths.dat`"), "{ran}");

    let view = good_view();
    house = House::with(view.clone(), Reply::Done).await;
    for language in Language::ALL {
        let card = words::guidance(&view, language, None).text();
        let said = house.run(&["guidance", "--lang", language.tag()]).await.stdout;
        assert_eq!(said.trim_end(), card.trim_end());
    }
    assert_eq!(house.run(&["guidance", "--lang", "de"]).await.code, 2);
}

#[tokio::test]
async fn watch_follows_the_trace_and_ends_when_nobody_reads() {
    let house = House::with(good_view(), Reply::Done).await;
    let mut child = house.command(&["watch", "--json"]).spawn().unwrap();
    let trace = house.trace.clone();
    // Nobody subscribed yet: the line would be lost.
    while trace.receiver_count() == 0 {
        tokio::task::yield_now().await;
    }
    trace.send("{\"hint\":\"wifi\"}".into()).unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let (line, lines) = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        (line, lines)
    })
    .await
    .unwrap();
    assert_eq!(line, "{\"hint\":\"wifi\"}\n");
    drop(lines);
    let ended = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap());
    tokio::pin!(ended);
    let output = loop {
        let _ = trace.send("{}".into());
        tokio::select! {
            output = &mut ended => break output.unwrap(),
            () = tokio::task::yield_now() => {}
        }
    };
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn watch_says_when_the_companion_ends() {
    let mut house = House::with(good_view(), Reply::Done).await;
    let child = house.command(&["watch"]).spawn().unwrap();
    let views = house.views.take().unwrap();
    while views.receiver_count() < 2 {
        tokio::task::yield_now().await;
    }
    views.send_replace(Arc::new(good_view()));
    drop(views);
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("error: the connection has ended\nhint: "), "{said}");
}

#[tokio::test]
async fn doctor_says_what_to_do_about_each_fault() {
    let house = House::empty();
    let dead = house.run(&["doctor"]).await;
    assert_eq!(dead.code, 1, "{dead}");
    for said in ["▲ companion", "the Rightdoor companion is not running", "○ store", "○ guidance"] {
        assert!(dead.stdout.contains(said), "{dead}");
    }
    let mut ill = good_view();
    ill.standing.enrolled = false;
    ill.senses = Senses::Degraded;
    ill.standing.registry = RegistryFacet::Waiting { since: minutes_ago(9), why: WaitReason::Locked };
    let house = House::with(ill, Reply::Done).await;
    let ran = house.run(&["doctor"]).await;
    assert_eq!(ran.code, 1);
    for said in
        ["● companion", "▲ enrolment", "▲ registration", "the keyring is locked", "○ senses", "● phone"]
    {
        assert!(ran.stdout.contains(said), "{said} is not in:\n{ran}");
    }
    for finding in house.run(&["doctor", "--json"]).await.json().as_array().unwrap() {
        assert!(finding["state"] != "fault" || finding["hint"] != "", "{finding}");
    }
}

#[tokio::test]
async fn supervision_says_how_it_stands_and_what_it_lacks() {
    let house = House::empty();
    assert_snapshot!("supervise_status", house.run(&["supervise", "status"]).await);
    assert_eq!(
        house.run(&["supervise", "status", "--json"]).await.json(),
        json!({ "status": "not_installed" })
    );
    assert_eq!(house.run(&["supervise", "remove"]).await.code, 0, "removing what is not there is no error");
    // Alone in its folder, without a companion beside it.
    let alone = house.path("rightdoorctl");
    std::fs::copy(env!("CARGO_BIN_EXE_rightdoorctl"), &alone).unwrap();
    let output = std::process::Command::new(alone)
        .args(["supervise", "install"])
        .env_clear()
        .env("HOME", house.folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.starts_with("error: rightdoor-companion is not installed beside rightdoorctl\nhint: "),
        "{said}"
    );
}

#[tokio::test]
async fn completions_and_manual_pages() {
    let house = House::empty();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = house.run(&["completions", shell]).await;
        assert!(ran.code == 0 && ran.stdout.contains("report-933"), "{shell}");
    }
    assert_eq!(house.run(&["man", "pages"]).await.code, 0);
    let page = std::fs::read_to_string(house.path("pages/rightdoorctl-where.1")).unwrap();
    assert!(page.contains("exit code 1 when it is not verified"), "{page}");
}
