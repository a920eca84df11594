//! Sentences for people, drawn from the [`View`]: short, plain, second person, present tense.

use crate::intent::PromptId;
use crate::{Redacted, View, Wall};

/// The four tray silhouettes; they differ without colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// The hero sentence; never ahead of the registry (invariant 15).
#[must_use]
pub fn hero(_view: &View, _now: Wall) -> String {
    String::new()
}

/// The facets beside it, one line each, beginning with a shape (● ◐ ○ ▲).
#[must_use]
pub fn facets(_view: &View, _now: Wall) -> Vec<String> {
    Vec::new()
}

/// What the tray draws.
#[must_use]
pub fn tray(_view: &View) -> TrayView {
    TrayView { icon: TrayIcon::NotVerified, headline: String::new().into(), items: Vec::new() }
}

/// What should be notified now, if anything.
#[must_use]
pub fn notice(_view: &View) -> Option<Notice> {
    None
}

/// The outage card as plain text; also the flat guidance file.
#[must_use]
pub fn guidance(_view: &View) -> String {
    String::new()
}
