//! `places`: what the person has confirmed.

use rightdoor_core::place::{Origin, Place};
use rightdoor_runtime::Config;
use rightdoor_runtime::store::Reader;
use serde_json::{Value, json};

use crate::args::PlacesAction;
use crate::{Exit, Fault, Paper, when};

pub fn show(config: &Config, action: PlacesAction, paper: &mut Paper<'_>) -> Result<Exit, Fault> {
    let PlacesAction::List = action;
    let places = Reader::open(&config.store_file())?.places()?;
    if paper.wants_json() {
        paper.value(&places.iter().map(as_json).collect::<Vec<Value>>())?;
    } else if places.is_empty() {
        paper.line("No place is known yet. Confirm one with `rightdoorctl change --address F.json`.")?;
    } else {
        let width = places.iter().map(|place| place.id.0.chars().count()).max().unwrap_or(0);
        for place in &places {
            paper.line(&as_text(place, width))?;
        }
    }
    Ok(Exit::Done)
}

fn as_text(place: &Place, width: usize) -> String {
    let label = place.label.reveal();
    let from = if place.origin == Origin::Directory { " (your organisation's)" } else { "" };
    format!(
        "{:width$}  {label}{from}: {}\n{:width$}  confirmed {}; {}",
        place.id.0,
        place.location.one_line(),
        "",
        when::stamp(place.confirmed_at),
        evidence(place),
    )
}

fn evidence(place: &Place) -> String {
    let any = |test: fn(&rightdoor_core::place::Exemplar) -> bool| place.exemplars.iter().any(test);
    let kinds = [
        (any(|seen| seen.port.is_some()), "its switch port"),
        (any(|seen| !seen.radios.is_empty()), "its Wi-Fi"),
        (any(|seen| !seen.gateways.is_empty()), "its gateway"),
    ];
    let known: Vec<&str> = kinds.into_iter().filter_map(|(is, what)| is.then_some(what)).collect();
    if known.is_empty() {
        "not recognised by itself yet".to_owned()
    } else {
        format!("known by {}", known.join(", "))
    }
}

/// The network evidence stays out: it is keyed, and of no use to anyone else.
fn as_json(place: &Place) -> Value {
    json!({
        "id": place.id, "label": place.label, "location": place.location, "floors": place.floors,
        "origin": place.origin, "confirmed_at": when::stamp(place.confirmed_at),
        "exemplars": place.exemplars.len(),
    })
}
