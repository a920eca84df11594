//! Toasts of Windows and notifications of macOS, through notify-rust.
//!
//! Neither can be closed from here, and waiting for an answer blocks: each has a thread, at most
//! [`MOST`] of them. A toast that outlives its question is harmless, because its answer names it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use notify_rust::{Notification, NotificationResponse, Timeout};
use rightdoor_core::words::Notice;
use tokio::sync::mpsc;

use super::sender;
use crate::screen::{Action, Tell};

/// Most toasts that are waited for; the oldest question is long closed by then.
const MOST: usize = 4;

/// Notifications.
#[derive(Debug)]
pub struct Notifications {
    actions: mpsc::UnboundedSender<Action>,
    waiting: Arc<AtomicUsize>,
    silent: Arc<AtomicBool>,
}

impl Notifications {
    /// Begins.
    pub fn begin(actions: mpsc::UnboundedSender<Action>) -> Self {
        if let Err(error) = sender::register() {
            tracing::warn!(%error, "notifications will not show Rightdoor's name");
        }
        Self { actions, waiting: Arc::default(), silent: Arc::default() }
    }

    /// Shows the question.
    pub fn show(&self, notice: Option<&Notice>) {
        let Some(notice) = notice else { return };
        let mut toast = toast(notice.title.reveal(), notice.body.reveal());
        // A click on a title fires the first action on macOS, so the harmless one comes first.
        toast.action("change", &notice.change);
        if let Some(label) = &notice.confirm {
            toast.action("confirm", label.reveal());
        }
        let (actions, prompt) = (self.actions.clone(), notice.prompt);
        let missed = actions.clone();
        let unseen = move || _ = missed.send(Action::Unnotified(prompt));
        self.send(toast, unseen, move |response| {
            let action = match response {
                NotificationResponse::Action(key) if key == "confirm" => Action::Confirm(prompt),
                NotificationResponse::Action(_) | NotificationResponse::Default => Action::Change,
                NotificationResponse::Reply(_) | NotificationResponse::Closed(_) => return,
            };
            let _ = actions.send(action);
        });
    }

    /// Tells something.
    pub fn tell(&self, tell: &Tell) {
        self.send(toast(tell.title.reveal(), tell.body.reveal()), || {}, |_| {});
    }

    fn send(
        &self,
        toast: Notification,
        unseen: impl FnOnce() + Send + 'static,
        heard: impl FnOnce(&NotificationResponse) + Send + 'static,
    ) {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= MOST {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            unseen();
            tracing::warn!("too many notifications wait for an answer; the tray's menu has the question");
            return;
        }
        let (waiting, silent) = (Arc::clone(&self.waiting), Arc::clone(&self.silent));
        std::thread::spawn(move || {
            if let Err(error) = toast.show().and_then(|shown| shown.wait_for_response(heard)) {
                unseen();
                if !silent.swap(true, Ordering::Relaxed) {
                    tracing::warn!(%error, "nothing can be notified: questions are in the tray's menu");
                }
            }
            waiting.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

fn toast(title: &str, body: &str) -> Notification {
    let mut toast = Notification::new();
    toast.appname("Rightdoor").summary(title).body(body).timeout(Timeout::Never);
    sender::sign(&mut toast);
    toast
}
