//! One JSON object per line for whoever watches: hints, looks, deltas, decisions, the standing.
//!
//! Holds structure and decisions, never an address, a network's name or a key. Nothing is made while
//! nobody watches.

use std::sync::Arc;

use rightdoor_core::network::{Evidence, Snapshot};
use rightdoor_core::{Event, Now, View};
use serde_json::{Value, json};
use tokio::sync::broadcast;

/// Where the lines go.
#[derive(Clone, Debug)]
pub(crate) struct Trace(broadcast::Sender<Arc<str>>);

impl Trace {
    pub fn new() -> Self {
        Self(broadcast::Sender::new(64))
    }

    pub fn sender(&self) -> broadcast::Sender<Arc<str>> {
        self.0.clone()
    }

    /// What happened.
    pub fn event(&self, event: &Event, now: Now) {
        if self.0.receiver_count() == 0 {
            return;
        }
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "a watcher sees what was sensed; the rest shows in the view"
        )]
        let (kind, body) = match event {
            Event::Hint(source) => ("hint", json!({ "source": source })),
            Event::EventsLost => ("hint", json!({ "source": "lost" })),
            Event::Resumed { asleep } => {
                ("hint", json!({ "source": "resumed", "asleep_ms": asleep.as_millis() }))
            }
            Event::Sampled(snapshot) => ("snapshot", structure(snapshot)),
            Event::SampleFailed => ("snapshot", json!({ "failed": true })),
            _ => return,
        };
        self.line(kind, body, now);
    }

    /// What is shown differently from before.
    pub fn view(&self, before: &View, after: &View, now: Now) {
        if self.0.receiver_count() == 0 {
            return;
        }
        if before.why != after.why
            && let Some(why) = &after.why
        {
            self.line("delta", json!(why.delta), now);
            self.line("decision", json!(why.recognition), now);
        }
        let prompt = |view: &View| {
            let prompt = view.prompt.as_ref();
            prompt.map_or(Value::Null, |prompt| {
                json!({ "id": prompt.id, "reviews": prompt.reviews, "question": prompt.question,
                        "snoozed": prompt.snoozed_until.is_some(), "may_raise": prompt.may_raise })
            })
        };
        if prompt(before) != prompt(after) {
            self.line("prompt", prompt(after), now);
        }
        if standing(before) != standing(after) {
            self.line("standing", standing(after), now);
        }
    }

    fn line(&self, kind: &str, body: Value, now: Now) {
        let line = json!({ "kind": kind, "mono": now.mono, "wall": now.wall, kind: body });
        // An error means that the last watcher left just now.
        let _ = self.0.send(line.to_string().into());
    }
}

fn standing(view: &View) -> Value {
    let standing = &view.standing;
    json!({
        "enrolled": standing.enrolled,
        "here": standing.here,
        "verified": standing.here.is_verified(),
        "registered": standing.registered.as_ref().map(|record| record.revision),
        "attendance": standing.registered.as_ref().map(|record| record.attendance),
        "differs": standing.confirmed_differs.is_some(),
        "proved": standing.proved,
        "address": standing.address,
        "kept": standing.kept,
        "registry": standing.registry,
        "tested": standing.tested,
        "phone": standing.phone,
        "senses": view.senses,
        "frozen": view.frozen,
    })
}

fn structure(snapshot: &Snapshot) -> Value {
    let links: Vec<Value> = snapshot
        .links
        .iter()
        .map(|link| {
            let gateway = link.gateway.as_ref();
            json!({
                "name": link.name,
                "medium": link.medium,
                "carrier": link.carrier,
                "subnets": link.subnets.len(),
                "gateway": gateway.map_or("none", |gateway| state(&gateway.station)),
                "dhcp": state(&link.dhcp),
            })
        })
        .collect();
    let wifi = snapshot.wifi.known();
    json!({
        "links": links,
        "wifi": state(&snapshot.wifi),
        "heard": wifi.map_or(0, |wifi| wifi.heard.len()),
        "connected": wifi.map_or("absent", |wifi| state(&wifi.connected)),
        "lldp": state(&snapshot.lldp),
        "dns_suffix": state(&snapshot.dns_suffix),
        "active": snapshot.session.active,
        "remote": snapshot.session.remote,
        "locked": snapshot.session.locked,
    })
}

const fn state<T>(evidence: &Evidence<T>) -> &'static str {
    match evidence {
        Evidence::Known(_) => "known",
        Evidence::Absent => "absent",
        Evidence::Withheld(_) => "withheld",
    }
}
