//! The resident against a screen that only remembers.
#![expect(clippy::panic, reason = "a test says what it did not find")]

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rightdoor_companion::resident::{Asked, Ends, attend};
use rightdoor_companion::windows::Windows;
use rightdoor_companion::{Action, Screen, Tell};
use rightdoor_core::event::{OutageCause, PhoneService};
use rightdoor_core::guidance::Language;
use rightdoor_core::place::PlaceId;
use rightdoor_core::view::{Choice, OutageView, PromptView, Question, Review};
use rightdoor_core::words::{self, Notice, TrayIcon, TrayView};
use rightdoor_core::{Answer, Engine, Intent, Now, Policy, PromptId, Reply, Saved, View, Wall};
use rightdoor_location::record::Problem;
use tokio::sync::{mpsc, oneshot, watch};

#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Tray(TrayIcon),
    Notice(Option<PromptId>),
    Tell(String),
    /// A line below it.
    Told(String),
}

#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Seen>>>, Arc<tokio::sync::Notify>);

impl Recorder {
    fn push(&self, seen: Seen) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
        self.1.notify_one();
    }

    /// Waits until `wanted` was seen.
    async fn until(&self, wanted: Seen) {
        let seen = async {
            while !self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&wanted) {
                self.1.notified().await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(5), seen).await.is_err() {
            panic!("{wanted:?} never came: {:?}", self.0);
        }
    }

    fn count(&self, wanted: impl Fn(&Seen) -> bool) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().filter(|seen| wanted(seen)).count()
    }
}

impl Screen for Recorder {
    fn tray(&mut self, view: &TrayView) {
        self.push(Seen::Tray(view.icon));
    }

    fn notice(&mut self, notice: Option<&Notice>) {
        self.push(Seen::Notice(notice.map(|notice| notice.prompt)));
    }

    fn tell(&mut self, tell: &Tell) {
        self.push(Seen::Tell(tell.title.reveal().clone()));
        for line in tell.body.reveal().lines() {
            self.push(Seen::Told(line.to_owned()));
        }
    }
}

struct Desk {
    views: watch::Sender<Arc<View>>,
    asked: mpsc::Receiver<Asked>,
    actions: mpsc::UnboundedSender<Action>,
    screen: Recorder,
    ended: tokio::task::JoinHandle<()>,
    _stop: oneshot::Sender<()>,
}

impl Desk {
    fn begin(view: View) -> Self {
        let (views, shown) = watch::channel(Arc::new(view));
        let (intents, asked) = mpsc::channel(4);
        let (actions, acted) = mpsc::unbounded_channel();
        let (failed, windowless) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let screen = Recorder::default();
        let mut drawn = screen.clone();
        let ended = tokio::spawn(async move {
            let ends = Ends { views: shown, intents, actions: acted, windowless };
            let windows = Windows::none(failed);
            attend(&mut drawn, &windows, ends, async {
                let _ = stopped.await;
            })
            .await;
        });
        Self { views, asked, actions, screen, ended, _stop: stop }
    }

    fn change(&self, change: impl FnOnce(&mut View)) {
        self.views.send_modify(|view| change(Arc::make_mut(view)));
    }

    fn act(&self, action: Action) {
        if self.actions.send(action).is_err() {
            panic!("the resident has ended");
        }
    }

    async fn next_intent(&mut self, reply: Reply) -> Intent {
        let asked = tokio::time::timeout(Duration::from_secs(5), self.asked.recv()).await;
        let Ok(Some((intent, answer))) = asked else { panic!("no intent came: {:?}", self.screen.0) };
        let _ = answer.send(reply);
        intent
    }
}

fn fresh() -> View {
    Engine::restore(Saved::default(), Policy::default(), Now::default()).0.view()
}

fn prompt(id: u64, question: Question) -> PromptView {
    let choice =
        Choice { place: home(), label: "Home".to_owned().into(), address: "12 Elm Street".to_owned().into() };
    PromptView {
        id: PromptId(id),
        reviews: vec![Review::Move],
        question,
        choices: vec![choice],
        building: None,
        opened_at: Wall(0),
        snoozed_until: None,
        working: false,
        may_raise: true,
    }
}

fn home() -> PlaceId {
    PlaceId("p1".to_owned())
}

fn asking(id: u64, question: Question) -> View {
    let mut view = fresh();
    view.prompt = Some(prompt(id, question));
    view
}

const CARD: &str = "Already talking to 911? Stay on the line.";
const CLOSED: &str = "That question is closed; nothing was changed.";

#[tokio::test]
async fn confirm_answers_its_own_prompt_with_the_place_it_asked_about() {
    let mut desk = Desk::begin(asking(7, Question::Tap(home())));
    desk.screen.until(Seen::Notice(Some(PromptId(7)))).await;
    desk.act(Action::Confirm(PromptId(7)));
    let intent = desk.next_intent(Reply::Done).await;
    assert_eq!(intent, Intent::Answer { prompt: PromptId(7), answer: Answer::Place(home()) });
}

#[tokio::test]
async fn a_stale_confirm_changes_nothing_and_says_so() {
    let mut desk = Desk::begin(asking(8, Question::Tap(home())));
    desk.act(Action::Confirm(PromptId(7)));
    desk.screen.until(Seen::Tell(CLOSED.to_owned())).await;
    // The same prompt, once it asks something else, is as stale.
    desk.change(|view| view.prompt = Some(prompt(8, Question::Choose)));
    desk.act(Action::Confirm(PromptId(8)));
    // And one that is being answered.
    desk.change(|view| view.prompt = None);
    desk.act(Action::Confirm(PromptId(8)));
    desk.act(Action::Change);
    assert_eq!(desk.next_intent(Reply::Done).await, Intent::Ask, "the first intent is the harmless one");
    assert_eq!(desk.screen.count(|seen| *seen == Seen::Tell(CLOSED.to_owned())), 3);
}

#[tokio::test]
async fn opening_an_open_question_only_opens() {
    let mut desk = Desk::begin(asking(7, Question::Tap(home())));
    desk.act(Action::Change);
    desk.screen.until(Seen::Tell("Where are you working now?".to_owned())).await;
    assert!(desk.asked.try_recv().is_err());
    // One that was put off is asked for again.
    desk.change(|view| {
        if let Some(prompt) = &mut view.prompt {
            prompt.snoozed_until = Some(Wall(1));
            prompt.may_raise = false;
        }
    });
    desk.screen.until(Seen::Notice(None)).await;
    desk.act(Action::Change);
    assert_eq!(desk.next_intent(Reply::Asked(PromptId(7))).await, Intent::Ask);
}

#[tokio::test]
async fn what_may_not_raise_is_taken_off_the_screen_and_a_refusal_is_told() {
    let mut desk = Desk::begin(asking(7, Question::Tap(home())));
    desk.screen.until(Seen::Notice(Some(PromptId(7)))).await;
    desk.act(Action::Confirm(PromptId(7)));
    let problem = Problem {
        code: "locked".to_owned(),
        message: "The screen is locked; nothing was changed.".to_owned(),
        hint: "Unlock the screen and answer again.".to_owned(),
        fields: Vec::new(),
    };
    desk.next_intent(Reply::Refused(problem.into())).await;
    desk.screen.until(Seen::Tell("The screen is locked; nothing was changed.".to_owned())).await;
    desk.change(|view| {
        if let Some(prompt) = &mut view.prompt {
            prompt.may_raise = false;
        }
    });
    desk.screen.until(Seen::Notice(None)).await;
}

#[tokio::test]
async fn an_equal_view_draws_nothing_and_an_outage_is_told_once_and_ended_once() {
    let desk = Desk::begin(fresh());
    desk.screen.until(Seen::Tray(TrayIcon::NotVerified)).await;
    let card = Seen::Tell(CARD.to_owned());
    let outage = |ended| OutageView { number: 1, since: Wall(0), ended };
    desk.change(|view| {
        view.outage = Some(outage(None));
        view.standing.phone = PhoneService::Silent(OutageCause::ServiceDown);
    });
    desk.screen.until(card.clone()).await;
    // What changes nothing on the screen draws nothing; the status that is asked for after it is its mark.
    desk.change(|view| view.standing.phone = PhoneService::Silent(OutageCause::Dns));
    desk.act(Action::Status);
    let headline = words::tray(&desk.views.borrow()).headline;
    desk.screen.until(Seen::Tell(headline.reveal().clone())).await;
    desk.change(|view| {
        view.outage = Some(outage(Some(Wall(1))));
        view.standing.phone = PhoneService::Answers;
    });
    desk.screen.until(Seen::Tell("The phone service answers again.".to_owned())).await;
    desk.act(Action::Quit);
    let _ = desk.ended.await;
    assert_eq!(desk.screen.count(|seen| *seen == card), 1);
    let trays = desk.screen.count(|seen| matches!(seen, Seen::Tray(_)));
    assert_eq!(trays, 3, "not verified, no phone, not verified: {:?}", desk.screen.0);
}

#[tokio::test]
async fn no_card_raises_itself_in_the_emergency_freeze() {
    let desk = Desk::begin(fresh());
    desk.change(|view| {
        view.frozen = true;
        view.outage = Some(OutageView { number: 1, since: Wall(0), ended: None });
        view.standing.phone = PhoneService::Silent(OutageCause::NoLink);
    });
    desk.screen.until(Seen::Tray(TrayIcon::NoPhone)).await;
    assert_eq!(desk.screen.count(|seen| matches!(seen, Seen::Tell(_))), 0);
    desk.change(|view| view.frozen = false);
    desk.screen.until(Seen::Tell(CARD.to_owned())).await;
}

#[tokio::test]
async fn where_no_window_opens_the_card_is_a_notification_in_the_persons_language() {
    let mut view = fresh();
    view.guidance.language = Language::Es;
    let desk = Desk::begin(view);
    desk.act(Action::Guidance);
    desk.screen.until(Seen::Tell("¿Ya está hablando con el 911? No cuelgue.".to_owned())).await;
    desk.screen.until(Seen::Told("1  Llame al 911 desde su teléfono móvil.".to_owned())).await;
    let outage = |ended| Some(OutageView { number: 1, since: Wall(0), ended });
    desk.change(|view| {
        view.outage = outage(None);
        view.standing.phone = PhoneService::Silent(OutageCause::NoLink);
    });
    desk.screen.until(Seen::Tray(TrayIcon::NoPhone)).await;
    desk.change(|view| view.outage = outage(Some(Wall(1))));
    desk.screen.until(Seen::Told("Compruebe que su softphone tenga la sesión iniciada.".to_owned())).await;
}
