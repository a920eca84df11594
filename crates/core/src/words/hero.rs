//! The hero sentence, and its short form for the tray.

use rightdoor_location::{CivicAddress, Content};
use serde::{Deserialize, Serialize};

use super::when::{Moment, ago};
use crate::event::PhoneService;
use crate::view::{Doubt, Here, Standing, Tested};
use crate::{View, Wall};

/// The hero sentence in its parts, so that a screen can set the address apart without another wording.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Hero {
    /// What stands before everything: an outage, then a doubt.
    pub warnings: Vec<String>,
    /// What the address is: "If you call 911 now, responders go to".
    pub lead: String,
    /// The address, where the registry holds one.
    pub address: Option<AddressLines>,
    /// How old the reading is: "read from the registry 2 minutes ago".
    pub read: Option<String>,
    /// What follows from it: what to tell the dispatcher.
    pub after: Option<String>,
}

/// An address as people set it on an envelope.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct AddressLines {
    /// "1600 Blake Street".
    pub street: String,
    /// "Building B, floor 5, desk 5-112"; empty where nothing is known.
    pub inside: String,
    /// "Denver CO 80202".
    pub city: String,
}

impl AddressLines {
    fn of(address: &CivicAddress) -> Self {
        Self { street: address.street_line(), inside: address.interior_line(), city: address.city_line() }
    }

    fn one_line(&self) -> String {
        let lines = [&self.street, &self.inside, &self.city];
        let full: Vec<&str> = lines.into_iter().map(String::as_str).filter(|line| !line.is_empty()).collect();
        full.join(", ")
    }
}

impl Hero {
    fn of(lead: impl Into<String>) -> Self {
        Self { warnings: Vec::new(), lead: lead.into(), address: None, read: None, after: None }
    }

    /// The whole sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut said = self.warnings.clone();
        let address =
            self.address.as_ref().map_or_else(String::new, |lines| format!(" {}", lines.one_line()));
        let read = self.read.as_ref().map_or_else(String::new, |read| format!(" ({read})"));
        said.push(format!("{}{address}{read}.", self.lead));
        said.extend(self.after.clone());
        said.join(" ")
    }
}

/// The hero sentence; never ahead of the registry (invariant 15).
///
/// Say it with a [`Moment`] of the person's own zone, or with a [`Wall`] for clock times in UTC.
#[must_use]
pub fn hero(view: &View, now: impl Into<Moment>) -> Hero {
    compose(&view.standing, Some(now.into()))
}

/// The same without ages: it changes only when something happened.
pub(super) fn short(standing: &Standing) -> String {
    compose(standing, None).sentence()
}

const FOREIGN: &str = "It was entered elsewhere; by whom and when is not known.";
const SAY_WHERE: &str = "If you call 911, say where you are.";

fn compose(standing: &Standing, moment: Option<Moment>) -> Hero {
    let silent = matches!(standing.phone, PhoneService::Silent(_));
    let doubt = doubt(&standing.here, moment);
    let mut hero = if !standing.enrolled {
        let lead = "This computer is not enrolled, so no 911 location is registered from here";
        Hero { after: Some(SAY_WHERE.to_owned()), ..Hero::of(lead) }
    } else {
        match &standing.confirmed_differs {
            Some(confirmed) => differs(standing, confirmed, doubt.is_none()),
            None => held(standing, doubt.is_none(), silent, moment),
        }
    };
    if silent {
        let warning = "Your softphone may not be able to reach 911: call from a mobile phone.";
        hero.warnings.push(warning.to_owned());
    }
    let something = hero.address.is_some() || standing.confirmed_differs.is_some();
    if let Some(doubt) = doubt.filter(|_| standing.enrolled && something) {
        hero.warnings.push(format!("This may be wrong: {doubt}."));
    }
    hero
}

/// The registry holds what was confirmed, or nothing was.
fn held(standing: &Standing, verified: bool, silent: bool, moment: Option<Moment>) -> Hero {
    let read = standing
        .read_at
        .zip(moment)
        .map(|(at, moment)| format!("read from the registry {}", ago(at, moment)));
    let Some(record) = &standing.registered else {
        let lead = if standing.read_at.is_some() {
            "No 911 location is registered for you"
        } else {
            "Your registered 911 location is not known: the registry has not been read yet"
        };
        return Hero { read, after: Some(SAY_WHERE.to_owned()), ..Hero::of(lead) };
    };
    match &record.content {
        Content::Located(address) => {
            let tell =
                || format!("But 933 read out another address: tell the dispatcher {}.", address.one_line());
            let foreign = || record.confirmed_at.is_none().then(|| FOREIGN.to_owned());
            let (lead, after) = if !verified {
                ("Registered, not verified:", foreign())
            } else if standing.tested == Tested::DidNotMatch {
                ("Your registered 911 location is", Some(tell()))
            } else if standing.proved && !silent {
                ("If you call 911 now, responders go to", foreign())
            } else {
                ("Your registered 911 location is", foreign())
            };
            Hero { address: Some(AddressLines::of(address)), read, after, ..Hero::of(lead) }
        }
        Content::NoFixedAddress => {
            let after = "If you call 911, say where you are; a mobile phone is better.".to_owned();
            let lead = "No 911 location is registered, because you have no fixed address";
            Hero { read, after: Some(after), ..Hero::of(lead) }
        }
        Content::Withdrawn => {
            let lead = "No 911 location is registered: it was taken back after this computer moved";
            Hero { read, after: Some(SAY_WHERE.to_owned()), ..Hero::of(lead) }
        }
    }
}

/// The registry holds something else than was confirmed.
fn differs(standing: &Standing, confirmed: &Content, verified: bool) -> Hero {
    let held = standing.registered.as_ref().map(|record| &record.content).and_then(Content::address);
    let lead = match held {
        Some(_) => "The registry still has",
        None if standing.read_at.is_none() => "The registry has not been read yet",
        None => "The registry has no location for you yet",
    };
    let after = match confirmed.address().map(CivicAddress::one_line) {
        Some(address) if verified => format!("You confirmed {address}: tell the dispatcher {address}."),
        Some(address) => {
            format!("You last confirmed {address}. If you call 911, say where you are now.")
        }
        None => "You said that you have no fixed address: tell the dispatcher where you are.".to_owned(),
    };
    Hero { address: held.map(AddressLines::of), after: Some(after), ..Hero::of(lead) }
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
