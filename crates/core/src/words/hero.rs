//! The hero sentence, and its short form for the tray.

use rightdoor_location::Content;

use super::when::{Moment, ago};
use crate::event::PhoneService;
use crate::view::{Doubt, Here, Standing, Tested};
use crate::{View, Wall};

/// The hero sentence; never ahead of the registry (invariant 15).
///
/// Say it with a [`Moment`] of the person's own zone, or with a [`Wall`] for clock times in UTC.
#[must_use]
pub fn hero(view: &View, now: impl Into<Moment>) -> String {
    compose(&view.standing, Some(now.into()))
}

/// The same without ages: it changes only when something happened.
pub(super) fn short(standing: &Standing) -> String {
    compose(standing, None)
}

fn compose(standing: &Standing, moment: Option<Moment>) -> String {
    let mut sentences = Vec::new();
    let silent = matches!(standing.phone, PhoneService::Silent(_));
    if silent {
        sentences.push("Your softphone may not be able to reach 911: call from a mobile phone.".to_owned());
    }
    let doubt = doubt(&standing.here, moment);
    if !standing.enrolled {
        sentences.push(
            "This computer is not enrolled, so no 911 location is registered from here. \
             If you call 911, say where you are."
                .to_owned(),
        );
        return sentences.join(" ");
    }
    let located = standing.registered.as_ref().is_some_and(|record| record.content.address().is_some());
    if let Some(doubt) = doubt.as_ref().filter(|_| located || standing.confirmed_differs.is_some()) {
        sentences.push(format!("This may be wrong: {doubt}."));
    }
    sentences.push(match &standing.confirmed_differs {
        Some(confirmed) => differs(standing, confirmed, doubt.is_none()),
        None => held(standing, doubt.is_none(), silent, moment),
    });
    sentences.join(" ")
}

/// The registry holds what was confirmed, or nothing was.
fn held(standing: &Standing, verified: bool, silent: bool, moment: Option<Moment>) -> String {
    let read = match (standing.read_at, moment) {
        (Some(at), Some(moment)) => format!(" (read from the registry {})", ago(at, moment)),
        (Some(_) | None, _) => String::new(),
    };
    let Some(record) = &standing.registered else {
        let known = if standing.read_at.is_some() {
            "No 911 location is registered for you"
        } else {
            "Your registered 911 location is not known: the registry has not been read yet"
        };
        return format!("{known}{read}. If you call 911, say where you are.");
    };
    match &record.content {
        Content::Located(address) => {
            let address = address.one_line();
            if !verified {
                return format!("Registered, not verified: {address}{read}.");
            }
            if standing.tested == Tested::DidNotMatch {
                return format!(
                    "Your registered 911 location is {address}{read}, but 933 read out another one: \
                     tell the dispatcher {address}."
                );
            }
            if standing.proved && !silent {
                format!("If you call 911 now, responders go to {address}{read}.")
            } else {
                format!("Your registered 911 location is {address}{read}.")
            }
        }
        Content::NoFixedAddress => format!(
            "No 911 location is registered, because you have no fixed address{read}. \
             If you call 911, say where you are; a mobile phone is better."
        ),
        Content::Withdrawn => format!(
            "No 911 location is registered: it was taken back after this computer moved{read}. \
             If you call 911, say where you are."
        ),
    }
}

/// The registry holds something else than was confirmed.
fn differs(standing: &Standing, confirmed: &Content, verified: bool) -> String {
    let held = standing.registered.as_ref().map(|record| &record.content);
    let registry = match held.and_then(Content::address) {
        Some(address) => format!("The registry still has {}.", address.one_line()),
        None if standing.read_at.is_none() => "The registry has not been read yet.".to_owned(),
        None => "The registry has no location for you yet.".to_owned(),
    };
    match confirmed.address() {
        Some(address) if verified => {
            let address = address.one_line();
            format!("{registry} You confirmed {address}: tell the dispatcher {address}.")
        }
        Some(address) => {
            let address = address.one_line();
            format!("{registry} You last confirmed {address}. If you call 911, say where you are now.")
        }
        None => {
            format!("{registry} You said that you have no fixed address: tell the dispatcher where you are.")
        }
    }
}

/// Why the location may be wrong; `None` when it is verified.
pub(super) fn doubt(here: &Here, moment: Option<Moment>) -> Option<String> {
    let when = |at: Wall| moment.map_or_else(String::new, |moment| format!(" {}", ago(at, moment)));
    match here {
        Here::Recognised { .. } | Here::ConfirmedNow { .. } => None,
        Here::Checking { since } => {
            Some(format!("something changed{}, and it is being checked", when(*since)))
        }
        Here::NotVerified { why, since } => {
            let when = when(*since);
            Some(match why {
                Doubt::Moved => format!("you moved{when}"),
                Doubt::UnknownNetwork => format!("you joined an unknown network{when}"),
                Doubt::NoNetwork => format!("the network went away{when}"),
                Doubt::WokeUp => "this computer may have been moved while it slept".to_owned(),
                Doubt::TooOld => "you confirmed it too long ago".to_owned(),
                Doubt::UserChanged => format!("the person at this computer changed{when}"),
                Doubt::RemoteSession => "you use this computer from somewhere else".to_owned(),
                Doubt::NeverConfirmed => "you have not confirmed where you are".to_owned(),
                Doubt::StartedFresh => "this computer's own record was damaged and began anew".to_owned(),
            })
        }
    }
}
