//! `doctor`: every part in turn, and what to do about each fault.

use std::path::Path;

use rightdoor_core::View;
use rightdoor_core::event::PhoneService;
use rightdoor_core::saved::Parked;
use rightdoor_core::view::{RegistryFacet, Senses, WaitReason};
use rightdoor_core::words;
use rightdoor_link::{Client, Problem};
use rightdoor_runtime::Health as Sensed;
use rightdoor_runtime::{Config, guidance_file};
use serde::Serialize;

use crate::{Exit, Fault, Paper};

/// How a part does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Well.
    Ok,
    /// Worth knowing; nothing is lost.
    Note,
    /// To be mended.
    Fault,
}

/// One part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which.
    pub part: String,
    /// How it does.
    pub state: State,
    /// What was found.
    pub text: String,
    /// What to do; empty where there is nothing to do.
    pub hint: String,
}

/// Checks everything; exit code 1 when something is to be mended.
pub async fn show(given: Option<&Path>, paper: &mut Paper<'_>) -> Result<Exit, Fault> {
    let mut findings = Vec::new();
    let config = match Config::load(given) {
        Ok(config) => {
            findings.push(finding("configuration", State::Ok, "every file was taken", ""));
            config
        }
        Err(error) => {
            findings.push(of_problem("configuration", &error.problem()));
            Config::defaults()
        }
    };
    let mut told = Vec::new();
    match Client::connect(&rightdoor_link::socket_path(&config.runtime), "cli").await {
        Ok(client) => {
            let text = format!("running, version {}", client.welcome().version);
            findings.push(finding("companion", State::Ok, &text, ""));
            match client.view().await {
                Ok(view) => told = of_view(&view),
                Err(error) => findings.push(of_problem("companion", &error.problem())),
            }
        }
        Err(error) => findings.push(of_problem("companion", &error.problem())),
    }
    findings.append(&mut told);
    findings.push(card(&config));
    // The companion's own word on what both can tell comes first and once.
    let known: Vec<String> = findings.iter().map(|finding| finding.part.clone()).collect();
    let more = of_this_computer(&config).await;
    findings.extend(more.filter(|finding| finding.part != "enrolment" || !known.contains(&finding.part)));
    tell(&findings, paper)
}

fn tell(findings: &[Finding], paper: &mut Paper<'_>) -> Result<Exit, Fault> {
    if paper.wants_json() {
        paper.value(&findings)?;
    } else {
        let width = findings.iter().map(|finding| finding.part.chars().count()).max().unwrap_or(0);
        for Finding { part, state, text, hint } in findings {
            let mark = match state {
                State::Ok => "●",
                State::Note => "○",
                State::Fault => "▲",
            };
            paper.line(&format!("{mark} {part:width$}  {text}"))?;
            if !hint.is_empty() {
                paper.line(&format!("  {:width$}  → {hint}", ""))?;
            }
        }
    }
    let broken = findings.iter().any(|finding| finding.state == State::Fault);
    Ok(if broken { Exit::No } else { Exit::Done })
}

fn finding(part: &str, state: State, text: &str, hint: &str) -> Finding {
    Finding { part: part.to_owned(), state, text: text.to_owned(), hint: hint.to_owned() }
}

fn of_problem(part: &str, problem: &Problem) -> Finding {
    finding(part, State::Fault, &problem.message, &problem.hint)
}

/// What the companion knows of itself.
pub fn of_view(view: &View) -> Vec<Finding> {
    let standing = &view.standing;
    vec![
        if standing.enrolled {
            finding("enrolment", State::Ok, "this person and computer are enrolled", "")
        } else {
            finding(
                "enrolment",
                State::Fault,
                "not enrolled: nothing can be registered",
                "get a code from your administrator, then `rightdoorctl enrol CODE --registry URL`",
            )
        },
        registry(&standing.registry),
        match view.senses {
            Senses::Live => finding("senses", State::Ok, "network events arrive", ""),
            Senses::Degraded => finding(
                "senses",
                State::Note,
                "network events were lost: the network is looked at every 15 s instead",
                "a move is noticed some seconds later; it mends itself when events arrive again",
            ),
            Senses::Blind => finding(
                "senses",
                State::Fault,
                "the network cannot be looked at: no move would be noticed",
                "see the findings of the single senses; until then confirm your location yourself",
            ),
        },
        phone(view),
    ]
}

/// Whether the phone service answers, and by what that is known.
fn phone(view: &View) -> Finding {
    let (state, text, hint) = match view.standing.phone {
        PhoneService::Answers => (State::Ok, "the phone service answers", ""),
        PhoneService::Degraded => (State::Note, "the phone service answers in part or slowly", ""),
        PhoneService::Silent(_) => (
            State::Fault,
            "the phone service does not answer",
            "see `rightdoorctl guidance` for how to reach 911",
        ),
        PhoneService::Unknown => (
            State::Note,
            "cannot tell whether the phone service answers",
            "if in doubt, use your mobile phone for 911",
        ),
    };
    let asked = words::evidence(view);
    let text = if asked.is_empty() { text.to_owned() } else { format!("{text} ({})", asked.join("; ")) };
    finding("phone", state, &text, hint)
}

fn registry(facet: &RegistryFacet) -> Finding {
    let part = "registration";
    match facet {
        RegistryFacet::Nothing => finding(
            part,
            State::Note,
            "nothing was confirmed yet",
            "say where you are: `rightdoorctl change --address F.json`",
        ),
        RegistryFacet::ReadBackEqual { revision, .. } => {
            finding(part, State::Ok, &format!("holds number {}, read back equal", revision.0), "")
        }
        RegistryFacet::Pending => finding(part, State::Note, "the provider is still working on it", ""),
        RegistryFacet::Waiting { why, .. } => match why {
            WaitReason::Sending => finding(part, State::Note, "a location is on its way", ""),
            WaitReason::Uncertain => {
                finding(part, State::Note, "an answer was lost; it is being read back", "")
            }
            WaitReason::Throttled => finding(part, State::Note, "the registry asked for patience", ""),
            WaitReason::Unreachable => finding(
                part,
                State::Fault,
                "the registry does not answer; the location is kept and sent when it does",
                "check the network, a VPN that the registry needs, and `[registry] ca_file`",
            ),
            WaitReason::Locked => finding(
                part,
                State::Fault,
                "the keyring is locked or missing",
                "unlock it, or set `[secrets] store = \"file\"` and enrol again",
            ),
        },
        RegistryFacet::Differs => finding(
            part,
            State::Fault,
            "the registry holds something else than you confirmed",
            "see both with `rightdoorctl where`, and confirm again",
        ),
        RegistryFacet::Parked(Parked::Rejected(fields)) => {
            let names: Vec<&str> = fields.iter().map(|field| field.field.name()).collect();
            finding(
                part,
                State::Fault,
                &format!("the registry refused the address: {}", names.join(", ")),
                "correct it: `rightdoorctl change --address F.json`",
            )
        }
        RegistryFacet::Parked(Parked::Unauthorised) => finding(
            part,
            State::Fault,
            "the registry does not accept this computer any more",
            "get a new code, then `rightdoorctl enrol CODE --registry URL`",
        ),
        RegistryFacet::Parked(Parked::NotEnrolled) => finding(
            part,
            State::Fault,
            "a location waits until this computer is enrolled",
            "get a code from your administrator, then `rightdoorctl enrol CODE --registry URL`",
        ),
        RegistryFacet::Unattended => finding(
            part,
            State::Fault,
            "the registry believes that nobody keeps this location fresh",
            "confirm it: `rightdoorctl confirm`",
        ),
    }
}

/// What is found on this computer whether the companion runs or not: store, senses, secrets, registry.
async fn of_this_computer(config: &Config) -> impl Iterator<Item = Finding> {
    let found = rightdoor_runtime::doctor(config).await;
    found.into_iter().map(|found| {
        let state = match found.state {
            Sensed::Works => State::Ok,
            Sensed::Limited => State::Note,
            Sensed::Broken => State::Fault,
        };
        Finding { part: found.sense, state, text: found.found, hint: found.hint }
    })
}

fn card(config: &Config) -> Finding {
    let file = guidance_file::path(&config.data);
    if file.exists() {
        finding("guidance", State::Ok, "the outage card is on the disk", "")
    } else {
        finding(
            "guidance",
            State::Note,
            "the outage card is not on the disk yet",
            "the companion writes it when it starts",
        )
    }
}
