//! Sentences for people, drawn from the [`crate::View`]: short, plain, second person, present tense.
//!
//! Two rules stand above style. A sentence never runs ahead of the registry: only what was read
//! back is called registered, and only what the call path proved is said to reach responders. And
//! every doubt stands before the address it is about, so that nobody reads the address first.

mod evidence;
mod face;
mod facets;
mod guidance;
mod hero;
mod notice;
mod terms;
mod tray;
mod when;

pub use evidence::evidence;
pub use face::{Companion, Face, Offer, Question, Shown, face};
pub use facets::{Facet, Shape, facets};
pub use guidance::{Card, Lines, cards, guidance, recovered};
pub use hero::{AddressLines, Hero, hero};
pub use notice::notice;
pub use terms::terms;
pub use tray::tray;
pub use when::{Moment, ago};

use serde::{Deserialize, Serialize};

use crate::Redacted;
use crate::intent::PromptId;

/// The four tray silhouettes; they differ without colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum TrayIcon {
    /// Door with tick: verified, and read back equal.
    Verified,
    /// Door with question mark: not verified.
    NotVerified,
    /// Door with arrow: saved, not yet at the registry.
    Waiting,
    /// Handset with slash: VoIP cannot carry 911.
    NoPhone,
}

/// What a tray menu line does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrayAction {
    /// The headline: opens the status.
    Status,
    /// Confirms the tap question of this prompt.
    Confirm(PromptId),
    /// Opens the question.
    Change,
    /// Opens the outage card.
    Guidance,
    /// Ends the companion.
    Quit,
}

/// One line of the tray menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrayItem {
    /// What it does.
    pub action: TrayAction,
    /// What it says.
    pub label: Redacted<String>,
}

/// Everything a tray draws; equal values draw the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrayView {
    /// The silhouette.
    pub icon: TrayIcon,
    /// The hero sentence in short form: tooltip and title.
    pub headline: Redacted<String>,
    /// The menu, top to bottom; the headline first.
    pub items: Vec<TrayItem>,
}

/// A notification that should be on the screen now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The prompt it stands for.
    pub prompt: PromptId,
    /// One line.
    pub title: Redacted<String>,
    /// One or two lines.
    pub body: Redacted<String>,
    /// The *Confirm* button, where there is one thing to confirm.
    pub confirm: Option<Redacted<String>>,
    /// The *Change* button.
    pub change: String,
}
