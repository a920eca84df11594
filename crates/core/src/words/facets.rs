//! The facets beside the hero sentence: words with a shape, never merged into one tick mark.

use rightdoor_location::FieldError;

use super::hero::doubt;
use super::when::{Moment, ago};
use crate::View;
use crate::event::{OutageCause, PhoneService};
use crate::saved::Parked;
use crate::view::{AddressFacet, Here, Kept, RegistryFacet, Senses, Tested, WaitReason};

/// The facets, one line each, beginning with a shape: ● good, ◐ under way or in part, ○ nothing
/// known, ▲ wrong or doubtful now.
#[must_use]
pub fn facets(view: &View, now: impl Into<Moment>) -> Vec<String> {
    let moment = now.into();
    let standing = &view.standing;
    let mut lines = vec![
        here(&standing.here, moment),
        address(&standing.address),
        kept(standing.kept),
        registry(&standing.registry, moment),
        tested(standing.tested),
        phone(standing.phone),
    ];
    lines.extend(match view.senses {
        Senses::Live => None,
        Senses::Degraded => {
            Some("◐ Network: its events were lost, so it is looked at every 15 seconds".to_owned())
        }
        Senses::Blind => Some("▲ Network: could not be looked at; `rightdoorctl doctor` says why".to_owned()),
    });
    if view.frozen {
        lines.push("◐ Questions: held back, because 911 was called from here".to_owned());
    }
    lines
}

fn here(here: &Here, moment: Moment) -> String {
    match here {
        Here::Recognised { since, .. } => format!("● Here: recognised {}", ago(*since, moment)),
        Here::ConfirmedNow { place: Some(_), since } => {
            format!("● Here: confirmed by you {}", ago(*since, moment))
        }
        Here::ConfirmedNow { place: None, since } => {
            format!("◐ Here: no fixed address, said by you {}", ago(*since, moment))
        }
        Here::Checking { since } => format!("◐ Here: checking since a change {}", ago(*since, moment)),
        Here::NotVerified { .. } => {
            format!("▲ Here: not verified: {}", doubt(here, Some(moment)).unwrap_or_default())
        }
    }
}

fn address(facet: &AddressFacet) -> String {
    match facet {
        AddressFacet::None => "○ Address: none".to_owned(),
        AddressFacet::FormatOk => "◐ Address: format ok; nobody has said that it exists".to_owned(),
        AddressFacet::InDirectory => "● Address: in your company's directory".to_owned(),
        AddressFacet::ConfirmedBy(who) => format!("● Address: confirmed by {who}"),
        AddressFacet::Refused(fields) => format!("▲ Address: refused{}", first(fields)),
    }
}

fn kept(kept: Kept) -> String {
    match kept {
        Kept::Nothing => "○ Kept: nothing yet",
        Kept::Saving => "◐ Kept: being saved on this computer",
        Kept::Saved => "● Kept: saved on this computer",
        Kept::SentNotKept => "▲ Kept: sent, not kept on this computer; it is tried again",
        Kept::NotSaved => "▲ Kept: neither saved nor sent yet; both are tried again",
    }
    .to_owned()
}

fn registry(facet: &RegistryFacet, moment: Moment) -> String {
    match facet {
        RegistryFacet::Nothing => "○ Registry: nothing confirmed yet".to_owned(),
        RegistryFacet::Waiting { since, why } => {
            let why = match why {
                WaitReason::Sending => "◐ Registry: on its way, confirmed",
                WaitReason::Unreachable => "▲ Registry: does not answer; tried again by itself, confirmed",
                WaitReason::Throttled => "◐ Registry: asked to wait; sent again by itself, confirmed",
                WaitReason::Locked => {
                    "▲ Registry: not sent, the keyring is locked or missing; unlock it. Confirmed"
                }
                WaitReason::Uncertain => "◐ Registry: its answer was lost; being read back, confirmed",
            };
            format!("{why} {}", ago(*since, moment))
        }
        RegistryFacet::Pending => {
            "◐ Registry: the provider works on it; the earlier location stands until then".to_owned()
        }
        RegistryFacet::ReadBackEqual { read_at, .. } => {
            format!("● Registry: accepted, read back equal {}", ago(*read_at, moment))
        }
        RegistryFacet::Differs => "▲ Registry: holds something else than you confirmed".to_owned(),
        RegistryFacet::Parked(Parked::Rejected(fields)) => format!("▲ Registry: refused{}", first(fields)),
        RegistryFacet::Parked(Parked::Unauthorised) => {
            "▲ Registry: does not accept this computer any more; ask for a new enrolment code".to_owned()
        }
        RegistryFacet::Parked(Parked::NotEnrolled) => {
            "▲ Registry: this computer is not enrolled; ask for an enrolment code".to_owned()
        }
        RegistryFacet::Unattended => {
            "▲ Registry: marked as left alone; renewed by itself when it answers".to_owned()
        }
    }
}

fn tested(tested: Tested) -> String {
    match tested {
        Tested::Matched => "● 933 test: matched this address",
        Tested::Earlier => "○ 933 test: an earlier address",
        Tested::DidNotMatch => "▲ 933 test: another address was read out; tell your administrator",
        Tested::Never => "○ 933 test: never done",
    }
    .to_owned()
}

fn phone(phone: PhoneService) -> String {
    match phone {
        PhoneService::Answers => "● Phone service: answers".to_owned(),
        PhoneService::Degraded => "◐ Phone service: answers slowly or in part".to_owned(),
        PhoneService::Silent(why) => format!("▲ Phone service: {}", cause(why)),
        PhoneService::Unknown => "○ Phone service: cannot tell".to_owned(),
    }
}

/// What is broken, and what is not, in one sentence without its full stop.
pub(super) const fn cause(cause: OutageCause) -> &'static str {
    match cause {
        OutageCause::NoLink => "this computer has no network",
        OutageCause::GatewayDead => "your network's router does not answer",
        OutageCause::NoInternet => "your network has no internet",
        OutageCause::CaptivePortal => "this network wants you to sign in first",
        OutageCause::Dns => "this network does not find names on the internet",
        OutageCause::Blocked => "this network blocks the phone service",
        OutageCause::ServiceDown => "the phone service does not answer, though your internet works",
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
