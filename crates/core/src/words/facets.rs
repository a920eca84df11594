//! The facets beside the hero sentence: words with a shape, never merged into one tick mark.

use std::fmt;

use rightdoor_location::FieldError;
use serde::{Deserialize, Serialize};

use super::hero::doubt;
use super::when::{Moment, ago};
use crate::View;
use crate::event::{OutageCause, PhoneService};
use crate::saved::Parked;
use crate::view::{AddressFacet, Here, Kept, RegistryFacet, Senses, Tested, WaitReason};

/// How good a facet is, by the shape that stands before it; colour only repeats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Shape {
    /// ● good.
    Good,
    /// ◐ under way, or in part.
    Partly,
    /// ○ nothing known.
    Unknown,
    /// ▲ wrong or doubtful now.
    Alert,
}

impl Shape {
    /// The character drawn in text.
    #[must_use]
    pub const fn glyph(self) -> char {
        match self {
            Self::Good => '●',
            Self::Partly => '◐',
            Self::Unknown => '○',
            Self::Alert => '▲',
        }
    }
}

/// One facet: "● Here: recognised 12 minutes ago".
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Facet {
    /// How good it is.
    pub shape: Shape,
    /// What it is about.
    pub name: String,
    /// What is known.
    pub text: String,
}

impl fmt::Display for Facet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.shape.glyph(), self.name, self.text)
    }
}

type Said = (Shape, String);

/// The facets, in the order in which they matter; never merged into one tick mark.
#[must_use]
pub fn facets(view: &View, now: impl Into<Moment>) -> Vec<Facet> {
    let moment = now.into();
    let standing = &view.standing;
    let facet = |name: &str, (shape, text): Said| Facet { shape, name: name.to_owned(), text };
    let mut all = vec![
        facet("Here", here(&standing.here, moment)),
        facet("Address", address(&standing.address)),
        facet("Kept", kept(standing.kept)),
        facet("Registry", registry(&standing.registry, moment)),
        facet("933 test", tested(standing.tested)),
        facet("Phone service", phone(standing.phone, standing.battery)),
    ];
    all.extend(senses(view.senses).map(|said| facet("Network", said)));
    if view.frozen {
        let held = "held back, because 911 was called from here".to_owned();
        all.push(facet("Questions", (Shape::Partly, held)));
    }
    all
}

fn senses(senses: Senses) -> Option<Said> {
    let (shape, text) = match senses {
        Senses::Live => return None,
        Senses::Degraded => (Shape::Partly, "its events were lost, so it is looked at every 15 seconds"),
        Senses::Blind => (Shape::Alert, "could not be looked at; `rightdoorctl doctor` says why"),
    };
    Some((shape, text.to_owned()))
}

fn here(here: &Here, moment: Moment) -> Said {
    match here {
        Here::Recognised { since, .. } => (Shape::Good, format!("recognised {}", ago(*since, moment))),
        Here::ConfirmedNow { place: Some(_), since } => {
            (Shape::Good, format!("confirmed by you {}", ago(*since, moment)))
        }
        Here::ConfirmedNow { place: None, since } => {
            (Shape::Partly, format!("no fixed address, said by you {}", ago(*since, moment)))
        }
        Here::Checking { since } => {
            (Shape::Partly, format!("checking since a change {}", ago(*since, moment)))
        }
        Here::NotVerified { .. } => {
            (Shape::Alert, format!("not verified: {}", doubt(here, Some(moment)).unwrap_or_default()))
        }
    }
}

fn address(facet: &AddressFacet) -> Said {
    match facet {
        AddressFacet::None => (Shape::Unknown, "none".to_owned()),
        AddressFacet::FormatOk => (Shape::Partly, "format ok; nobody has said that it exists".to_owned()),
        AddressFacet::InDirectory => (Shape::Good, "in your company's directory".to_owned()),
        AddressFacet::ConfirmedBy(who) => (Shape::Good, format!("confirmed by {who}")),
        AddressFacet::Refused(fields) => (Shape::Alert, format!("refused{}", first(fields))),
    }
}

fn kept(kept: Kept) -> Said {
    let (shape, text) = match kept {
        Kept::Nothing => (Shape::Unknown, "nothing yet"),
        Kept::Saving => (Shape::Partly, "being saved on this computer"),
        Kept::Saved => (Shape::Good, "saved on this computer"),
        Kept::SentNotKept => (Shape::Alert, "sent, not kept on this computer; it is tried again"),
        Kept::NotSaved => (Shape::Alert, "neither saved nor sent yet; both are tried again"),
    };
    (shape, text.to_owned())
}

fn registry(facet: &RegistryFacet, moment: Moment) -> Said {
    let said = |shape, text: &str| (shape, text.to_owned());
    match facet {
        RegistryFacet::Nothing => said(Shape::Unknown, "nothing confirmed yet"),
        RegistryFacet::Waiting { since, why } => {
            let (shape, why) = waiting(*why);
            (shape, format!("{why} {}", ago(*since, moment)))
        }
        RegistryFacet::Pending => {
            said(Shape::Partly, "the provider works on it; the earlier location stands until then")
        }
        RegistryFacet::ReadBackEqual { read_at, .. } => {
            (Shape::Good, format!("accepted, read back equal {}", ago(*read_at, moment)))
        }
        RegistryFacet::Differs => said(Shape::Alert, "holds something else than you confirmed"),
        RegistryFacet::Parked(Parked::Rejected(fields)) => {
            (Shape::Alert, format!("refused{}", first(fields)))
        }
        RegistryFacet::Parked(Parked::Unauthorised) => {
            said(Shape::Alert, "does not accept this computer any more; ask for a new enrolment code")
        }
        RegistryFacet::Parked(Parked::NotEnrolled) => {
            said(Shape::Alert, "this computer is not enrolled; ask for an enrolment code")
        }
        RegistryFacet::Unattended => {
            said(Shape::Alert, "marked as left alone; renewed by itself when it answers")
        }
    }
}

const fn waiting(why: WaitReason) -> (Shape, &'static str) {
    match why {
        WaitReason::Sending => (Shape::Partly, "on its way, confirmed"),
        WaitReason::Unreachable => (Shape::Alert, "does not answer; tried again by itself, confirmed"),
        WaitReason::Throttled => (Shape::Partly, "asked to wait; sent again by itself, confirmed"),
        WaitReason::Locked => {
            (Shape::Alert, "not sent, the keyring is locked or missing; unlock it. Confirmed")
        }
        WaitReason::Uncertain => (Shape::Partly, "its answer was lost; being read back, confirmed"),
    }
}

fn tested(tested: Tested) -> Said {
    let (shape, text) = match tested {
        Tested::Matched => (Shape::Good, "matched this address"),
        Tested::Earlier => (Shape::Unknown, "an earlier address"),
        Tested::DidNotMatch => (Shape::Alert, "another address was read out; tell your administrator"),
        Tested::NoAddress => (Shape::Unknown, "no address was read out"),
        Tested::Never => (Shape::Unknown, "never done"),
    };
    (shape, text.to_owned())
}

fn phone(phone: PhoneService, battery: bool) -> Said {
    let (shape, text) = match phone {
        PhoneService::Answers => (Shape::Good, "answers"),
        PhoneService::Degraded => (Shape::Partly, "answers slowly or in part"),
        PhoneService::Silent(why) => (Shape::Alert, cause(why)),
        PhoneService::Unknown => (Shape::Unknown, "cannot tell"),
    };
    (shape, format!("{text}{}", if battery { "; this computer runs on its battery" } else { "" }))
}

/// What is broken, and what is not, in one sentence without its full stop.
const fn cause(cause: OutageCause) -> &'static str {
    match cause {
        OutageCause::NoLink => "this computer has no network",
        OutageCause::GatewayDead => "your network's router does not answer",
        OutageCause::NoInternet => "your network has no internet",
        OutageCause::VpnBroken => "your VPN carries nothing, though your internet works",
        OutageCause::CaptivePortal => "this network wants you to sign in first",
        OutageCause::Dns => "this network does not find names on the internet",
        OutageCause::Blocked => "this network blocks the phone service",
        OutageCause::ServiceDown => "the phone service does not answer, though your internet works",
        OutageCause::WrongCertificate => "the phone service cannot be trusted here: its certificate is wrong",
        OutageCause::Unstable => "your connection to the phone service is unstable",
        OutageCause::Unclear => "the phone service does not answer",
    }
}

/// The first field at fault and how to mend it; never its value.
fn first(fields: &[FieldError]) -> String {
    match fields.first() {
        Some(field) => {
            format!(": {} ({})", field.message.trim_end_matches('.'), field.hint.trim_end_matches('.'))
        }
        None => "; enter it again".to_owned(),
    }
}
