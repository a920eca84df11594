//! Between the loop and the screen: the view is drawn, and what a person does becomes an intent.

use std::future::Future;
use std::sync::Arc;

use rightdoor_core::place::PlaceId;
use rightdoor_core::view::Question;
use rightdoor_core::words::{self, Notice, TrayView};
use rightdoor_core::{Answer, Intent, PromptId, Reply, View};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use crate::screen::{Action, Screen, Tell};
use crate::windows::{Page, Windows};

/// An intent, and where its one reply goes.
pub type Asked = (Intent, oneshot::Sender<Reply>);

/// What the resident listens to and speaks to.
#[derive(Debug)]
pub struct Ends {
    /// The view, latest only.
    pub views: watch::Receiver<Arc<View>>,
    /// Intents, each with the place for its reply.
    pub intents: mpsc::Sender<Asked>,
    /// What a person does at the screen.
    pub actions: mpsc::UnboundedReceiver<Action>,
    /// Pages whose window could not open.
    pub windowless: mpsc::UnboundedReceiver<Page>,
}

/// Draws and listens until the person quits, the loop ends, or `stop` completes.
pub async fn attend(
    screen: &mut dyn Screen,
    windows: &Windows,
    mut ends: Ends,
    stop: impl Future<Output = ()>,
) {
    let mut drawn = Drawn::default();
    let mut replies = JoinSet::new();
    tokio::pin!(stop);
    drawn.draw(screen, windows, &ends.views.borrow_and_update().clone());
    loop {
        tokio::select! {
            () = &mut stop => return,
            changed = ends.views.changed() => {
                if changed.is_err() {
                    return;
                }
                let view = ends.views.borrow_and_update().clone();
                drawn.draw(screen, windows, &view);
            }
            Some(action) = ends.actions.recv() => {
                let view = ends.views.borrow().clone();
                let intent = match action {
                    Action::Quit => return,
                    Action::Status => { windows.open(Page::Status); None }
                    Action::Guidance => { windows.open(Page::Guidance); None }
                    Action::Change => { windows.open(Page::Question); ask(&view) }
                    Action::Unnotified(prompt) => { drawn.raise(windows, &view, prompt); None }
                    Action::Confirm(prompt) => match confirm(&view, prompt) {
                        Some(intent) => Some(intent),
                        None => {
                            tracing::info!("an action came for a question that is closed or has changed; nothing was changed");
                            screen.tell(&closed());
                            None
                        }
                    },
                };
                if let Some(intent) = intent {
                    replies.spawn(send(ends.intents.clone(), intent));
                }
            }
            Some(page) = ends.windowless.recv() => {
                let view = ends.views.borrow().clone();
                if let Some(tell) = instead(page, &view) {
                    screen.tell(&tell);
                }
            }
            Some(reply) = replies.join_next() => {
                let problem = match reply {
                    Ok(Some(Reply::Refused(problem))) => Some(problem.into_inner()),
                    Ok(Some(Reply::Suggested(suggestion))) => Some(suggestion.into_inner().problem),
                    _ => None,
                };
                if let Some(problem) = problem {
                    screen.tell(&Tell {
                        title: problem.message.into(),
                        body: problem.hint.into(),
                        urgent: false,
                    });
                }
            }
        }
    }
}

/// What the screen shows now.
#[derive(Default)]
struct Drawn {
    tray: Option<TrayView>,
    notice: Option<Notice>,
    /// The prompt whose window was raised, because nothing else could show it.
    raised: Option<PromptId>,
    /// The outage that was told, and whether its end was.
    outage: Option<(u64, bool)>,
}

impl Drawn {
    fn draw(&mut self, screen: &mut dyn Screen, windows: &Windows, view: &View) {
        let tray = words::tray(view);
        if self.tray.as_ref() != Some(&tray) {
            screen.tray(&tray);
            self.tray = Some(tray);
        }
        let notice = words::notice(view);
        if self.notice != notice {
            screen.notice(notice.as_ref());
            self.notice = notice;
        }
        let outage = view.outage.map(|outage| (outage.number, outage.ended.is_some()));
        if view.frozen || self.outage == outage {
            return;
        }
        match outage {
            Some((_, false)) => windows.open(Page::Guidance),
            // An end is told only to who was told of the beginning.
            Some((number, true)) if self.outage == Some((number, false)) => {
                let [title, body] = words::recovered(view.guidance.language).map(str::to_owned);
                screen.tell(&Tell { title: title.into(), body: body.into(), urgent: false });
            }
            Some(_) | None => {}
        }
        self.outage = outage;
    }
}

impl Drawn {
    /// Raises the window of a question that no notification shows, once, if it may raise itself.
    fn raise(&mut self, windows: &Windows, view: &View, prompt: PromptId) {
        let may = view.prompt.as_ref().is_some_and(|open| open.id == prompt && open.may_raise);
        if may && self.raised.replace(prompt) != Some(prompt) {
            windows.open(Page::Unasked);
        }
    }
}

/// *Confirm* for this prompt, if it still asks one thing. The answer names the place that was asked
/// about, so that a question that changes on the way cannot turn it into another place.
fn confirm(view: &View, prompt: PromptId) -> Option<Intent> {
    let open = view.prompt.as_ref().filter(|open| open.id == prompt && !open.working)?;
    let place: PlaceId = match &open.question {
        Question::Tap(place) => place.clone(),
        Question::Choose => return None,
    };
    Some(Intent::Answer { prompt, answer: Answer::Place(place) })
}

/// Opening asks only where no question is open yet, or it was put off.
fn ask(view: &View) -> Option<Intent> {
    let open = view.prompt.as_ref().is_some_and(|prompt| prompt.snoozed_until.is_none());
    (!open).then_some(Intent::Ask)
}

async fn send(intents: mpsc::Sender<Asked>, intent: Intent) -> Option<Reply> {
    let (reply, answered) = oneshot::channel();
    intents.send((intent, reply)).await.ok()?;
    answered.await.ok()
}

fn closed() -> Tell {
    Tell {
        title: "That question is closed; nothing was changed.".to_owned().into(),
        body: "Look at your location now, and answer the question that is open, if there is one."
            .to_owned()
            .into(),
        urgent: false,
    }
}

/// What is told when a window cannot open.
fn instead(page: Page, view: &View) -> Option<Tell> {
    match page {
        Page::Status => {
            let tray = words::tray(view);
            let body = "The window could not open. `rightdoorctl where` shows more.".to_owned();
            Some(Tell { title: tray.headline, body: body.into(), urgent: false })
        }
        // Nothing could notify it, either; the tray's menu and `rightdoorctl where` have it.
        Page::Unasked => None,
        Page::Question => {
            tracing::info!("the window could not open; answer with `rightdoorctl answer`");
            let body = "The window could not open. Answer with `rightdoorctl answer`.".to_owned();
            Some(Tell {
                title: "Where are you working now?".to_owned().into(),
                body: body.into(),
                urgent: false,
            })
        }
        Page::Guidance => {
            // Its first line comes first here, too: whoever talks to 911 must not hang up.
            let card = words::guidance(view, view.guidance.language, None).text();
            let (first, rest) = card.split_once('\n').unwrap_or((&card, ""));
            Some(Tell { title: first.to_owned().into(), body: rest.trim().to_owned().into(), urgent: true })
        }
    }
}
