//! `where`: the standing, as a sentence or as JSON, and the evidence behind it.

use rightdoor_core::network::delta::Delta;
use rightdoor_core::place::recognise::{Candidate, Tier};
use rightdoor_core::view::{RegistryFacet, Why};
use rightdoor_core::{View, Wall, words};
use rightdoor_runtime::Config;
use serde_json::{Value, json};

use crate::{Exit, Fault, Paper, reach, when};

pub async fn show(config: &Config, why: bool, paper: &mut Paper<'_>) -> Result<Exit, Fault> {
    let view = reach::companion(config).await?.view().await?;
    let now = when::now();
    if paper.wants_json() {
        paper.value(&as_json(&view, now, why)?)?;
    } else {
        paper.line(&as_text(&view, now, why))?;
    }
    Ok(if is_verified(&view) { Exit::Done } else { Exit::No })
}

/// Whether a 911 call now would send responders to where the person is known to be: recognised or
/// confirmed here, and an address that the registry holds and that was read back equal.
pub fn is_verified(view: &View) -> bool {
    let standing = &view.standing;
    let read_back = matches!(standing.registry, RegistryFacet::ReadBackEqual { .. });
    let located = standing.registered.as_ref().is_some_and(|record| record.content.address().is_some());
    standing.here.is_verified() && read_back && located
}

/// The sentence, its facets, the open question, and the whole view under its own names.
pub fn as_json(view: &View, now: Wall, why: bool) -> Result<Value, Fault> {
    let mut all = serde_json::to_value(view).map_err(|error| {
        Fault::could_not("output", error.to_string(), "this is a defect of Rightdoor: please report it")
    })?;
    if let Value::Object(all) = &mut all {
        if !why {
            all.remove("why");
        }
        all.insert("verified".to_owned(), json!(is_verified(view)));
        all.insert("sentence".to_owned(), json!(words::hero(view, now).sentence()));
        all.insert(
            "facets".to_owned(),
            json!(words::facets(view, now).iter().map(ToString::to_string).collect::<Vec<_>>()),
        );
    }
    Ok(all)
}

pub fn as_text(view: &View, now: Wall, why: bool) -> String {
    let mut lines = vec![words::hero(view, now).sentence()];
    lines.extend(words::facets(view, now).into_iter().map(|facet| format!("  {facet}")));
    if let Some(prompt) = &view.prompt {
        lines.push(format!(
            "Question {} is open: see it with `rightdoorctl answer`, or say `rightdoorctl confirm`.",
            prompt.id.0
        ));
        lines.extend(words::terms(view.registry).into_iter().map(|term| format!("  {term}")));
    }
    if why {
        lines.push(String::new());
        lines.extend(view.why.as_ref().map_or_else(
            || vec!["Why: the network has not been looked at yet.".to_owned()],
            |why| because(why, now),
        ));
        let asked = words::evidence(view);
        if !asked.is_empty() {
            lines.push("On the way to the phone service:".to_owned());
            lines.extend(asked.into_iter().map(|line| format!("  {line}")));
        }
    }
    lines.join("\n")
}

fn because(why: &Why, now: Wall) -> Vec<String> {
    let mut lines = vec![format!("Why (decided {}):", words::ago(why.at, now.into()))];
    let changes = changes(&why.delta);
    lines.push(if changes.is_empty() {
        "  Nothing about the network changed.".to_owned()
    } else {
        format!("  Changed: {}.", changes.join(", "))
    });
    if why.recognition.candidates.is_empty() {
        lines.push("  No known place fits what is seen here.".to_owned());
    }
    for Candidate { place, tier, score, reasons, .. } in &why.recognition.candidates {
        let sure = match tier {
            Tier::Silent => "recognised",
            Tier::Tap => "likely: one question",
            Tier::Offer => "possible: among the choices",
        };
        lines.push(format!("  {}: {sure} ({score} of 1000)", place.0));
        lines.extend(reasons.iter().map(|reason| {
            let sign = if reason.for_it { "for    " } else { "against" };
            format!("    {sign}  {}", reason.text)
        }));
    }
    lines
}

fn changes(delta: &Delta) -> Vec<&'static str> {
    let Delta { links, gateway, radio, port, subnets, suffix, user, remote, .. } = *delta;
    let all = [
        (links, "which links are connected"),
        (gateway, "the gateway"),
        (radio, "the Wi-Fi radio"),
        (port, "the switch port"),
        (subnets, "the network's addresses"),
        (suffix, "the network's name"),
        (user, "who is using the computer"),
        (remote, "whether the session is remote"),
    ];
    all.into_iter().filter_map(|(changed, what)| changed.then_some(what)).collect()
}
