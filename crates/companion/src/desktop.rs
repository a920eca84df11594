//! The real screen: a tray and notifications, each a task of its own that is told what to show.

use rightdoor_core::words::{Notice, TrayView};
use tokio::sync::mpsc;

use crate::screen::{Action, Screen, Tell};
use crate::{notifications, tray};

pub use crate::tray::{Ends as TrayEnds, told_to_stop};

/// Tray and notifications of this operating system.
#[derive(Debug)]
pub struct Desktop {
    tray: tray::Tray,
    notifications: notifications::Notifications,
}

impl Desktop {
    /// Begins. What the person does arrives at `actions`.
    #[must_use]
    pub fn begin(tray: TrayEnds, actions: &mpsc::UnboundedSender<Action>) -> Self {
        Self {
            tray: tray::Tray::begin(tray, actions.clone()),
            notifications: notifications::Notifications::begin(actions.clone()),
        }
    }
}

impl Screen for Desktop {
    fn tray(&mut self, view: &TrayView) {
        self.tray.show(view);
    }

    fn notice(&mut self, notice: Option<&Notice>) {
        self.notifications.show(notice);
    }

    fn tell(&mut self, tell: &Tell) {
        self.notifications.tell(tell);
    }
}

/// Runs `companion` where this system's tray lets it run: on the main thread, or, where the tray needs
/// the main thread for itself, beside it.
///
/// # Errors
/// What `companion` returned.
pub fn run(companion: impl FnOnce(TrayEnds) -> anyhow::Result<()> + Send + 'static) -> anyhow::Result<()> {
    tray::run(companion)
}
