//! Writing and reading documents: conditions, revisions, isolation, hostile input.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{ADA, BEN, Registry, etag, floor, pidf, problem};
use reqwest::{Method, StatusCode};
use rightdoor_location::Content;

#[tokio::test]
async fn a_document_comes_back_as_it_was_written() {
    let registry = Registry::start().await;
    let ada = registry.enrol(ADA, "desk-1").await;
    let none = registry.document(&ada, Method::GET).send().await.unwrap();
    assert_eq!(none.status(), StatusCode::NOT_FOUND);

    let created = registry.write(&ada, 1, floor("5")).header("if-none-match", "*").send().await.unwrap();
    assert_eq!(created.status(), StatusCode::CREATED);
    let tag = etag(&created);
    let read = registry.document(&ada, Method::GET).send().await.unwrap();
    assert_eq!(
        (etag(&read), &read.headers()["content-type"]),
        (tag.clone(), &"application/pidf+xml".parse().unwrap())
    );
    assert_eq!(read.text().await.unwrap(), pidf(&ada, 1, floor("5"), registry.now()).write());
    let same = registry.document(&ada, Method::GET).header("if-none-match", &tag).send().await.unwrap();
    assert_eq!(same.status(), StatusCode::NOT_MODIFIED);

    let updated = registry.write(&ada, 2, floor("6")).header("if-match", &tag).send().await.unwrap();
    assert_eq!(updated.status(), StatusCode::OK);
    assert_ne!(etag(&updated), tag);
}

#[tokio::test]
async fn a_write_whose_condition_fails_changes_nothing() {
    let registry = Registry::start().await;
    let ada = registry.enrol(ADA, "desk-1").await;
    let early = registry.write(&ada, 1, floor("5")).header("if-match", "\"1-a\"").send().await.unwrap();
    assert_eq!(early.status(), StatusCode::PRECONDITION_FAILED);
    let tag = registry.put(&ada, 1, floor("5")).await;
    for (name, value) in [("if-none-match", "*"), ("if-match", "\"1-a\""), ("if-match", "")] {
        let answer = registry.write(&ada, 2, floor("6")).header(name, value).send().await.unwrap();
        let (status, problem) = problem(answer).await;
        assert_eq!((status.as_u16(), problem.code.as_str()), (412, "precondition_failed"), "{name}: {value}");
    }
    assert_eq!(registry.record(&ada).await.etag, tag);
}

#[tokio::test]
async fn a_revision_never_goes_back() {
    let registry = Registry::start().await;
    let ada = registry.enrol(ADA, "desk-1").await;
    let tag = registry.put(&ada, 5, floor("5")).await;
    for (revision, content) in [(4, floor("5")), (5, floor("6")), (5, Content::Withdrawn)] {
        for condition in [None, Some(&tag)] {
            let mut write = registry.write(&ada, revision, content.clone());
            if let Some(tag) = condition {
                write = write.header("if-match", tag);
            }
            let (status, problem) = problem(write.send().await.unwrap()).await;
            assert_eq!((status.as_u16(), problem.code.as_str()), (409, "revision_goes_back"), "{revision}");
        }
    }
    assert_eq!(registry.record(&ada).await.etag, tag);
}

#[tokio::test]
async fn the_same_write_again_is_answered_like_the_first() {
    let registry = Registry::start().await;
    let ada = registry.enrol(ADA, "desk-1").await;
    let first = registry.write(&ada, 1, floor("5")).header("if-none-match", "*");
    let tag = etag(&first.try_clone().unwrap().send().await.unwrap());
    let again = first.send().await.unwrap();
    assert_eq!((again.status(), etag(&again)), (StatusCode::OK, tag.clone()));

    let second = registry.write(&ada, 2, floor("6")).header("if-match", &tag);
    let newer = etag(&second.try_clone().unwrap().send().await.unwrap());
    let again = second.try_clone().unwrap().send().await.unwrap();
    assert_eq!((again.status(), etag(&again)), (StatusCode::OK, newer.clone()));

    // Once something else is there, the old write is no longer what is there.
    registry.put(&ada, 3, floor("7")).await;
    assert_eq!(second.send().await.unwrap().status(), StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn a_deleted_document_is_not_brought_back_by_a_late_write() {
    let registry = Registry::start().await;
    let ada = registry.enrol(ADA, "desk-1").await;
    let tag = registry.put(&ada, 3, floor("5")).await;
    let wrong = registry.document(&ada, Method::DELETE).header("if-match", "\"x\"").send().await.unwrap();
    assert_eq!(wrong.status(), StatusCode::PRECONDITION_FAILED);
    let deleted = registry.document(&ada, Method::DELETE).header("if-match", &tag).send().await.unwrap();
    assert_eq!(deleted.status(), StatusCode::OK);
    assert_eq!(registry.document(&ada, Method::DELETE).send().await.unwrap().status(), StatusCode::NOT_FOUND);

    let late = registry.write(&ada, 2, floor("5")).send().await.unwrap();
    assert_eq!(problem(late).await.1.code, "revision_goes_back");
    registry.put(&ada, 4, floor("5")).await;

    // A new enrolment starts anew: its companion cannot know what was before.
    registry.document(&ada, Method::DELETE).send().await.unwrap();
    let anew = registry.enrol(ADA, "desk-1").await;
    registry.put(&anew, 1, floor("5")).await;
}

#[tokio::test]
async fn of_many_writes_at_once_exactly_one_wins() {
    let registry = Registry::start().await;
    let ada = registry.enrol(ADA, "desk-1").await;
    let mut tag = registry.put(&ada, 1, floor("1")).await;
    for round in 0..5_u64 {
        let writes: Vec<_> = (0..16)
            .map(|number| {
                let content = floor(&format!("{round}-{number}"));
                let write = registry.write(&ada, round * 16 + number + 2, content).header("if-match", &tag);
                tokio::spawn(async move { write.send().await.unwrap() })
            })
            .collect();
        let mut won = Vec::new();
        for write in writes {
            let answer = write.await.unwrap();
            if answer.status() == StatusCode::OK {
                won.push(etag(&answer));
            } else {
                assert_eq!(answer.status(), StatusCode::PRECONDITION_FAILED);
            }
        }
        assert_eq!(won.len(), 1);
        tag = registry.record(&ada).await.etag;
        assert_eq!(tag, won[0]);
        // The next round starts above every revision of this one.
        let next =
            registry.write(&ada, round * 16 + 17, floor("9")).header("if-match", &tag).send().await.unwrap();
        if next.status().is_success() {
            tag = etag(&next);
        }
    }
}

#[tokio::test]
async fn a_token_reaches_only_its_own() {
    let registry = Registry::start().await;
    let ada = registry.enrol(ADA, "desk-1").await;
    let ben = registry.enrol(BEN, "desk-1").await;
    let tag = registry.put(&ben, 1, floor("5")).await;
    let mut foreign = ben.clone();
    foreign.token.clone_from(&ada.token);
    let mut other_device = ada.clone();
    other_device.name = "desk-2".to_owned();
    for target in [&foreign, &other_device] {
        for method in [Method::GET, Method::DELETE] {
            let answer = registry.document(target, method).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        }
        let (status, problem) = problem(registry.write(target, 9, floor("9")).send().await.unwrap()).await;
        assert_eq!((status.as_u16(), problem.code.as_str()), (403, "not_yours"));
        assert_eq!(problem.hint, "this token is for device desk-1 of sip:ada@example.com");
    }
    for path in ["/v1/me/record", "/v1/me/changes"] {
        let answer = registry.ask(&ada, Method::GET, &format!("{path}?endpoint={BEN}")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
    }
    let path = format!("/v1/me/attendance?endpoint={BEN}");
    let body = serde_json::json!({ "attendance": "unattended" });
    let answer = registry.ask(&ada, Method::POST, &path).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(registry.record(&ben).await.etag, tag);
}

#[tokio::test]
async fn without_a_valid_token_nothing_is_told() {
    let registry = Registry::start().await;
    let mut ada = registry.enrol(ADA, "desk-1").await;
    registry.put(&ada, 1, floor("5")).await;
    let valid = ada.token.clone();
    ada.token = valid.replace('a', "b") + "0";
    let stranger = registry.document(&ada, Method::GET).send().await.unwrap();
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
    ada.token = valid;
    registry.admin().revoke(ADA, "desk-1", registry.now()).unwrap();
    assert_eq!(registry.document(&ada, Method::GET).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_token_that_wrote_before_writes_nothing_once_it_is_revoked() {
    let registry = Registry::start().await;
    let ada = registry.enrol(ADA, "desk-1").await;
    for revision in 1..=2 {
        registry.put(&ada, revision, floor("5")).await;
    }
    registry.admin().revoke(ADA, "desk-1", registry.now()).unwrap();
    // The first of them still looks valid before the write.
    for method in [Method::DELETE, Method::PUT, Method::PUT] {
        let body = pidf(&ada, 3, floor("6"), registry.now()).write();
        let write = registry.document(&ada, method).header("Content-Type", "application/pidf+xml");
        let answer = write.body(body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        let problem: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], "unauthorised");
    }
    // Another device of hers reads nothing new, either: the third revision is nowhere.
    let again = registry.enrol(ADA, "desk-1").await;
    assert_eq!(registry.record(&again).await.revision, rightdoor_location::Revision(2));
}

#[tokio::test]
async fn bad_input_documents_are_refused_and_the_old_one_stays() {
    let registry = Registry::start().await;
    let ada = registry.enrol(ADA, "desk-1").await;
    let ben = registry.enrol(BEN, "desk-1").await;
    let tag = registry.put(&ada, 1, floor("5")).await;
    let good = pidf(&ada, 2, floor("6"), registry.now()).write();
    let mut elsewhere = ada.clone();
    elsewhere.name = "desk-9".to_owned();
    let cases = [
        (String::new(), "not-well-formed"),
        ("<presence".to_owned(), "not-well-formed"),
        (format!("<!DOCTYPE x [<!ENTITY a \"b\">]>{}", good.split_once("?>").unwrap().1), "not-well-formed"),
        ("<a xmlns='urn:x'/>".to_owned(), "schema-validation-error"),
        (good.replace("<rd:revision>2", "<rd:revision>two"), "schema-validation-error"),
        (good.replace("<rd:basis>manual", "<rd:basis>hearsay"), "schema-validation-error"),
        (pidf(&ben, 2, floor("6"), registry.now()).write(), "constraint-failure"),
        (pidf(&elsewhere, 2, floor("6"), registry.now()).write(), "constraint-failure"),
        (format!("<a>{}</a>", "<b>".repeat(20_000)), "not-well-formed"),
    ];
    for (text, expected) in cases {
        let write = registry.document(&ada, Method::PUT).header("content-type", "application/pidf+xml");
        let answer = write.body(text.clone()).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CONFLICT, "{text}");
        assert_eq!(answer.headers()["content-type"], "application/xcap-error+xml");
        let body = answer.text().await.unwrap();
        assert!(body.contains(&format!("<{expected} phrase=\"")), "{expected}: {body}");
        assert_eq!(registry.record(&ada).await.etag, tag);
    }
}

#[tokio::test]
async fn bad_input_wrong_content_type_names_the_right_one() {
    let registry = Registry::start().await;
    let ada = registry.enrol(ADA, "desk-1").await;
    for kind in ["application/xml", "text/plain", ""] {
        let text = pidf(&ada, 1, floor("5"), registry.now()).write();
        let answer = registry
            .document(&ada, Method::PUT)
            .header("content-type", kind)
            .body(text)
            .send()
            .await
            .unwrap();
        let (status, problem) = problem(answer).await;
        assert_eq!((status.as_u16(), problem.code.as_str()), (415, "wrong_content_type"));
        assert_eq!(problem.hint, "send it with Content-Type: application/pidf+xml");
    }
}

#[tokio::test]
async fn bad_input_oversized_document_is_refused() {
    let registry = Registry::start().await;
    let ada = registry.enrol(ADA, "desk-1").await;
    let text = pidf(&ada, 1, floor("5"), registry.now()).write();
    let padded = format!("{text}<!--{}-->", "x".repeat(rightdoor_registry::MAX_BODY));
    let write = registry.document(&ada, Method::PUT).header("content-type", "application/pidf+xml");
    let (status, problem) = problem(write.body(padded).send().await.unwrap()).await;
    assert_eq!((status.as_u16(), problem.code.as_str()), (413, "too_large"));
    assert_eq!(registry.document(&ada, Method::GET).send().await.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn bad_input_paths_are_answered_with_a_problem() {
    let registry = Registry::start().await;
    let ada = registry.enrol(ADA, "desk-1").await;
    let root = "/xcap-root/pidf-manipulation/users";
    for (path, status) in [
        (format!("{root}/{ADA}/desk-1/~~/presence"), 404),
        (format!("{root}/mailto%3Aada/desk-1"), 400),
        (format!("{root}/{ADA}/..%2Fdesk-1"), 403),
        (format!("{root}/%00/desk-1"), 400),
        ("/xcap-root/rls-services/users/x/index".to_owned(), 404),
        ("/v1/me/record".to_owned(), 400),
        ("/v1/me/record?endpoint=".to_owned(), 400),
        ("/v1/enrol".to_owned(), 405),
    ] {
        let (found, problem) = problem(registry.ask(&ada, Method::GET, &path).send().await.unwrap()).await;
        assert_eq!(found.as_u16(), status, "{path}");
        assert!(!problem.hint.is_empty(), "{path}");
    }
}

#[tokio::test]
async fn bad_input_addresses_are_refused_field_by_field() {
    let registry = Registry::start().await;
    let ada = registry.enrol(ADA, "desk-1").await;
    let tag = registry.put(&ada, 1, floor("5")).await;
    let address = floor("5").address().unwrap().clone().with(rightdoor_location::Element::PC, "10001");
    let answer = registry.write(&ada, 2, Content::Located(address)).send().await.unwrap();
    let (status, problem) = problem(answer).await;
    assert_eq!((status.as_u16(), problem.code.as_str()), (422, "address_invalid"));
    assert_eq!(problem.fields.first().map(|field| field.field), Some(rightdoor_location::Element::PC));
    assert_eq!(registry.record(&ada).await.etag, tag);
}
