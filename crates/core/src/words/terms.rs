//! What an answer does at this registry, said before it is given.

use crate::abilities::Abilities;

/// What an agent would not expect of a change.
#[must_use]
pub fn terms(registry: Abilities) -> Vec<String> {
    let said = [
        (registry.by_number, "This changes where 911 goes for everybody who calls from your number."),
        (
            registry.activates_later,
            "Your provider takes a while: a new address is pending first, and until it is active 911 has the earlier one.",
        ),
    ];
    said.into_iter().filter(|(applies, _)| *applies).map(|(_, text)| text.to_owned()).collect()
}

/// What it does to say that one has no address.
pub(super) fn without_address(registry: Abilities) -> String {
    let text = if registry.activates_later {
        "Your provider is asked to take your address away. That takes a while: until then 911 has the earlier one."
    } else {
        "The registry will then hold no location for you."
    };
    text.to_owned()
}
