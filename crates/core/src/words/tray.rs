//! The tray as a value.

use rightdoor_location::Content;

use super::hero::short;
use super::{TrayAction, TrayIcon, TrayItem, TrayView, guidance};
use crate::View;
use crate::event::PhoneService;
use crate::guidance::phrases;
use crate::view::{Question, RegistryFacet, Standing, Tested};

/// What the tray draws. It holds no ages, so that it changes only when something happened.
#[must_use]
pub fn tray(view: &View) -> TrayView {
    let headline = short(&view.standing);
    let mut items = Vec::new();
    let mut add = |action, label: String| items.push(TrayItem { action, label: label.into() });
    add(TrayAction::Status, headline.clone());
    let prompt = view.prompt.as_ref().filter(|prompt| !prompt.working);
    let tap = prompt.and_then(|prompt| match &prompt.question {
        Question::Tap(place) => {
            prompt.choices.iter().find(|choice| choice.place == *place).map(|choice| (prompt.id, choice))
        }
        Question::Choose => None,
    });
    if let Some((id, choice)) = tap {
        let (label, address) = (choice.label.reveal(), choice.address.reveal());
        let whole =
            if address.starts_with(label.as_str()) { address.clone() } else { format!("{label}, {address}") };
        add(TrayAction::Confirm(id), format!("Confirm: I am at {whole}"));
    }
    let change = if prompt.is_some() && tap.is_none() { "Say where you are…" } else { "Change…" };
    add(TrayAction::Change, change.to_owned());
    add(TrayAction::Guidance, phrases(view.guidance.language).door.to_owned());
    if matches!(view.standing.phone, PhoneService::Silent(_)) {
        // Should no window open, the menu says what to do.
        for (step, number) in guidance(view, view.guidance.language, None).steps.into_iter().zip(1..) {
            add(TrayAction::Guidance, format!("{number}  {step}"));
        }
    }
    add(TrayAction::Quit, "Quit".to_owned());
    TrayView { icon: icon(&view.standing), headline: headline.into(), items }
}

/// The tick is given only where person, registry and test all agree on a real address.
pub(super) fn icon(standing: &Standing) -> TrayIcon {
    if matches!(standing.phone, PhoneService::Silent(_)) {
        return TrayIcon::NoPhone;
    }
    if !standing.here.is_verified() || standing.tested == Tested::DidNotMatch {
        return TrayIcon::NotVerified;
    }
    let equal = matches!(standing.registry, RegistryFacet::ReadBackEqual { .. });
    if !standing.enrolled || !equal || standing.confirmed_differs.is_some() {
        return TrayIcon::Waiting;
    }
    match standing.registered.as_ref().map(|record| &record.content) {
        Some(Content::Located(_)) => TrayIcon::Verified,
        Some(Content::NoFixedAddress | Content::Withdrawn) | None => TrayIcon::NotVerified,
    }
}
