//! The port to whatever a person looks at.

use rightdoor_core::PromptId;
use rightdoor_core::words::{Notice, TrayView};
use rightdoor_core::{Redacted, words::TrayAction};

/// What a person did at the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// *Confirm* for this prompt, in the tray's menu or a notification.
    Confirm(PromptId),
    /// Open the question: *Change*, *Choose*, or a click on a notification's body.
    Change,
    /// Open the status.
    Status,
    /// Nobody took the notification of this prompt, so nobody has seen it.
    Unnotified(PromptId),
    /// Open the outage card.
    Guidance,
    /// End the companion.
    Quit,
}

impl From<TrayAction> for Action {
    fn from(action: TrayAction) -> Self {
        match action {
            TrayAction::Status => Self::Status,
            TrayAction::Confirm(prompt) => Self::Confirm(prompt),
            TrayAction::Change => Self::Change,
            TrayAction::Guidance => Self::Guidance,
            TrayAction::Quit => Self::Quit,
        }
    }
}

/// Something told that asks nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tell {
    /// One line.
    pub title: Redacted<String>,
    /// What stands below.
    pub body: Redacted<String>,
    /// Whether it must stay until it is closed.
    pub urgent: bool,
}

/// Draws. Every call returns at once; a screen that is not there says so in the log, once, and is
/// tried again when it appears.
pub trait Screen: Send {
    /// Draws the tray.
    fn tray(&mut self, view: &TrayView);
    /// Shows this notification, replaces the one that is shown, or closes it.
    fn notice(&mut self, notice: Option<&Notice>);
    /// Tells something.
    fn tell(&mut self, tell: &Tell);
}

/// No screen at all: `--no-tray`. Prompts are answered by `rightdoorctl answer` and by windows.
#[derive(Clone, Copy, Debug)]
pub struct Headless;

impl Screen for Headless {
    fn tray(&mut self, _view: &TrayView) {}
    fn notice(&mut self, _notice: Option<&Notice>) {}
    fn tell(&mut self, _tell: &Tell) {}
}
